"""What forbids a service to a licence: the state it is in, or what is open for it already. One place for all services.

A service says in the catalogue in which states it may be asked for and which services exclude it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from workflows import catalogue
from workflows.models.application import Application


class LicenceBarred(errors.Conflict):
    """The state of the licence {number} forbids this."""

    fa = "وضعیت پروانه {number} این کار را ممکن نمی‌سازد."


class LicenceSuspended(LicenceBarred):
    """The licence {number} is suspended; "{service_en}" is possible once the suspension is lifted."""

    fa = "پروانه {number} معلق است؛ «{service_fa}» پس از رفع تعلیق ممکن است."


class LicenceExpired(LicenceBarred):
    """The licence {number} has expired, so "{service_en}" is not possible; a new licence can be applied for."""

    fa = "اعتبار پروانه {number} پایان یافته است و «{service_fa}» ممکن نیست؛ می‌توان پروانه تازه‌ای درخواست کرد."


class LicenceCancelled(LicenceBarred):
    """The licence {number} was cancelled, so "{service_en}" is not possible; a new licence can be applied for."""

    fa = "پروانه {number} لغو شده است و «{service_fa}» ممکن نیست؛ می‌توان پروانه تازه‌ای درخواست کرد."


class LicenceSurrendered(LicenceBarred):
    """The licence {number} was given back, so "{service_en}" is not possible; a new licence can be applied for."""

    fa = "پروانه {number} بازپس داده شده است و «{service_fa}» ممکن نیست؛ می‌توان پروانه تازه‌ای درخواست کرد."


class LicenceSuperseded(LicenceBarred):
    """Another licence has taken the place of {number}; apply for "{service_en}" with that one."""

    fa = "پروانه دیگری جای {number} را گرفته است؛ «{service_fa}» را با همان پروانه درخواست کنید."


class LicenceActive(LicenceBarred):
    """The licence {number} is in force, and "{service_en}" is for one that is not."""

    fa = "پروانه {number} معتبر است و «{service_fa}» برای پروانه‌ای است که معتبر نباشد."


class WrongKindOfLicence(errors.Conflict):
    """The service "{service_en}" is not for a licence of the kind of {number}."""

    fa = "«{service_fa}» برای پروانه‌ای از نوع {number} نیست."


class AnotherOpen(errors.Conflict):
    """For this licence "{other_en}" is open under {file_number}; wait for its end or withdraw it."""

    fa = "برای این پروانه «{other_fa}» با شماره {file_number} باز است؛ تا پایان آن بمانید یا از آن انصراف دهید."


_BARS: Mapping[str, type[LicenceBarred]] = {
    "ACTIVE": LicenceActive, "SUSPENDED": LicenceSuspended, "EXPIRED": LicenceExpired, "REVOKED": LicenceCancelled,
    "SURRENDERED": LicenceSurrendered, "REPLACED": LicenceSuperseded, "TRANSFERRED": LicenceSuperseded}


def require(session: Session, *, service: catalogue.Entry, licence_id: str, number: str, kind: str,
            state: str) -> None:
    """Pass when `service` may be asked for a licence that is in `state` today.

    The caller holds the licence's row, so that of two services that exclude each other one is refused.
    A second application of the same kind is refused by its subject. Raises: WrongKindOfLicence; LicenceBarred;
    AnotherOpen.
    """
    facts = {"number": number, "service_fa": service.name, "service_en": service.name_en}
    if kind not in service.licence_kinds:
        raise WrongKindOfLicence(**facts)
    if state not in service.licence_states:
        raise _BARS.get(state, LicenceBarred)(**facts)
    found = session.execute(select(Application.service, Application.file_number).where(
        Application.about_licence_id == licence_id, Application.ended_at.is_(None),
        Application.service.in_(service.excludes)).limit(1)).first()
    if found is not None:
        other = catalogue.service(found.service)
        raise AnotherOpen(other_fa=other.name, other_en=other.name_en, file_number=found.file_number)
