"""Fees: paid, or promised by a notarised undertaking while no amount is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import new_id
from workflows import catalogue
from workflows.models.fee import Fee as Row

if TYPE_CHECKING:
    from workflows.product import Product

PAYMENT, UNDERTAKING = "PAYMENT", "UNDERTAKING"
FIELDS = frozenset({"payment_ref", "undertaking_no", "undertaking_file"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A settled fee; the amount is in rials, None while none is set."""

    id: str
    mode: str
    amount: Decimal | None
    source: str | None
    grade: str | None
    reference: str | None
    document_id: str | None
    settled_at: datetime


def record(session: Session, *, product: Product, application_id: str, rule: Any, data: Mapping[str, Any],
           document_id: str | None, by: str) -> None:
    """Write how the fee was settled. `rule` is what the decision `fee` gave: amount, mode, source, grade."""
    found: Mapping[str, Any] = rule if isinstance(rule, Mapping) else {}
    mode = str(found.get("mode") or (PAYMENT if data.get("payment_ref") else UNDERTAKING))
    session.add(Row(
        id=new_id(), application_id=application_id, mode=mode, amount=catalogue.as_number(found.get("amount")),
        source=found.get("source"), grade=found.get("grade"),
        reference=data.get("payment_ref") if mode == PAYMENT else data.get("undertaking_no"),
        document_id=document_id, settled_by=by, settled_at=product.clock.now()))


def of_application(session: Session, *, application_id: str) -> list[Fee]:
    """The fees settled for an application, oldest first."""
    rows = session.scalars(select(Row).where(Row.application_id == application_id).order_by(Row.id))
    return [Fee(id=row.id, mode=row.mode, amount=row.amount, source=row.source, grade=row.grade,
                reference=row.reference, document_id=row.document_id, settled_at=row.settled_at) for row in rows]
