"""Requests to withdraw after the hand-over to the issuer: a person decides on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.models.application import WithdrawalRequest

if TYPE_CHECKING:
    from workflows.product import Product

FORM = "withdrawal-decision"
"""The form by which a request is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, in the applicant's words."""

    reason: str
    requested_at: datetime


def open_request(session: Session, *, application_id: str) -> Request | None:
    """The latest request that was not carried out."""
    found = session.scalars(select(WithdrawalRequest).where(
        WithdrawalRequest.application_id == application_id, WithdrawalRequest.carried_out_at.is_(None))
        .order_by(WithdrawalRequest.id.desc()).limit(1)).first()
    return None if found is None else Request(reason=found.reason, requested_at=found.requested_at)


def waits(session: Session, *, product: Product, application_id: str) -> bool:
    """Whether a request waits for its decision."""
    waiting = product.engine.user_tasks(session, business_key=application_id, limit=100).items
    return any(task.form_key == FORM for task in waiting)
