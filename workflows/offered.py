"""Which services are offered: all that rest on more than our own defaults, unless an administrator says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import new_id
from workflows import accounts, authorization, catalogue, reasons
from workflows.models.rule import ServiceSwitch as Row

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product


class ServiceOff(errors.Conflict):
    """"{service_en}" is not offered at present."""

    fa = "«{service_fa}» اکنون ارائه نمی‌شود."


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Whether a service is offered, and who said so; nobody where it is as it was delivered."""

    service: catalogue.Entry
    offered: bool
    reason: str | None = None
    switched_by: str | None = None
    """The name of the account."""
    switched_at: datetime | None = None


def services(session: Session) -> Sequence[catalogue.Entry]:
    """The services that are offered, in the order of the catalogue."""
    said = _said(session)
    return [one for one in catalogue.SERVICES.values() if _is_offered(one, said.get(one.key))]


def require(session: Session, service: catalogue.Entry) -> None:
    """Pass for a service that is offered. Raises: ServiceOff."""
    if not _is_offered(service, _said(session, service.key).get(service.key)):
        raise ServiceOff(service_fa=service.name, service_en=service.name_en)


def switches(session: Session, *, user: User) -> Sequence[Switch]:
    """Every service with its switch. Raises: Forbidden."""
    authorization.require(user, "services.switch")
    said = _said(session)
    names = accounts.names(session, [row.switched_by for row in said.values()])
    return [_switch(one, said.get(one.key), names) for one in catalogue.SERVICES.values()]


def switch(session: Session, *, product: Product, key: str, offered: bool, reason: str, user: User) -> None:
    """Offer a service, or cease to, with a reason; open applications go on. Raises: NotFound; Forbidden; Invalid."""
    authorization.require(user, "services.switch")
    service, why = catalogue.service(key), reasons.given(reason)
    session.add(Row(id=new_id(), service=service.key, offered=offered, reason=why, switched_by=user.id,
                    switched_at=product.clock.now()))
    session.flush()


def _said(session: Session, key: str | None = None) -> dict[str, Row]:
    latest = select(func.max(Row.id)).group_by(Row.service)
    if key is not None:
        latest = latest.where(Row.service == key)
    return {row.service: row for row in session.scalars(select(Row).where(Row.id.in_(latest)))}


def _is_offered(service: catalogue.Entry, said: Row | None) -> bool:
    return service.offered if said is None else said.offered


def _switch(service: catalogue.Entry, said: Row | None, names: dict[str, str]) -> Switch:
    if said is None:
        return Switch(service=service, offered=service.offered)
    return Switch(service=service, offered=said.offered, reason=said.reason, switched_at=said.switched_at,
                  switched_by=names.get(said.switched_by, said.switched_by))
