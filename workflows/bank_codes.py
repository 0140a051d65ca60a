"""Bank codes: given to an office by Post Bank, once for ever to that office; an office has one in force at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import HandlerCall, errors
from engine.values import Problem, UserTask, new_id
from workflows import calendar, identifiers, register_changes
from workflows.models.application import Application, Submission
from workflows.models.licence import Licence
from workflows.models.office import BankCode as Row
from workflows.models.office import Office

if TYPE_CHECKING:
    from workflows.product import Product

FORM = "bank-code"
"""The form by which a code is given."""


def check(session: Session, *, task: UserTask, application: Application | None, data: Mapping[str, Any]) -> None:
    """Pass for every task but one that gives a code which cannot be given.

    Raises: Invalid, when the code belongs to an office already, or the office has another one in force.
    """
    if task.form_key != FORM or data.get("decision") != "ASSIGN" or application is None:
        return
    faults = _faults(session, _office(session, application), _plain(data.get("bank_code")))
    if faults:
        raise errors.Invalid(faults)


def assign(product: Product, call: HandlerCall) -> None:
    """The service task `bank_codes.assign`: enters the code that Post Bank gave in the last completed form."""
    session, application = call.session, call.session.get_one(Application, call.business_key)
    office_id = _office(session, application)
    said = session.scalars(select(Submission.data).where(
        Submission.application_id == application.id, Submission.form_key == FORM)
        .order_by(Submission.id.desc()).limit(1)).first() or {}
    code = _plain(said.get("bank_code"))
    # Whoever gives this office a code at the same moment waits for the office's row.
    session.execute(select(Office.id).where(Office.id == office_id).with_for_update())
    faults = _faults(session, office_id, code)
    if faults:
        raise errors.HandlerFailed(faults[0].what, hint=faults[0].what_fa)
    session.add(Row(id=new_id(), code=code, office_id=office_id, assigned_on=calendar.today(product.clock.now())))
    session.flush()
    _note(session, product, office_id, [None, code], application.file_number, call.actor.id)


def end(session: Session, *, product: Product, office_id: str, reason: str, by: str) -> str | None:
    """End the code an office has in force, such as when its licence is transferred; the code, None without one.

    It stays that office's for ever: nobody else gets it.
    """
    row = session.scalars(select(Row).where(Row.office_id == office_id, Row.ended_on.is_(None))
                          .with_for_update()).first()
    if row is None:
        return None
    row.ended_on = calendar.today(product.clock.now())
    session.flush()
    _note(session, product, office_id, [row.code, None], reason, by)
    return row.code


def end_handler(product: Product, call: HandlerCall) -> None:
    """The service task `bank_codes.end`: ends the code of the office whose licence the application is about."""
    application = call.session.get_one(Application, call.business_key)
    end(call.session, product=product, office_id=_office(call.session, application), by=call.actor.id,
        reason=application.file_number)


def _faults(session: Session, office_id: str, code: str) -> list[Problem]:
    if not code:
        return [Problem(where="bank_code", code="required", what="The code is needed.", what_fa="کد لازم است.")]
    found = []
    if session.scalar(select(Row.id).where(Row.code == code)) is not None:
        found.append(Problem(where="bank_code", code="bank_code_taken", what=f"The bank code {code} is used already.",
                             what_fa=f"کد بانکی {calendar.to_persian_digits(code)} پیش‌تر به کار رفته است."))
    if session.scalar(select(Row.id).where(Row.office_id == office_id, Row.ended_on.is_(None))) is not None:
        found.append(Problem(where="bank_code", code="bank_code_in_force",
                             what="This office has a bank code in force; that one has to end first.",
                             what_fa="این دفتر کد بانکی معتبر دارد؛ نخست باید آن کد پایان یابد."))
    return found


def _office(session: Session, application: Application) -> str:
    """The office of the licence an application is about, or has led to. Raises: HandlerFailed without one."""
    found = session.scalar(select(Licence.office_id).where(
        Licence.id == application.about_licence_id if application.about_licence_id is not None
        else Licence.application_id == application.id))
    if found is None:
        raise errors.HandlerFailed("the application has no office of the register yet",
                                   hint="lead the diagram through licences.register first")
    return found


def _plain(code: Any) -> str:
    return identifiers.normalise_digits(str(code or "")).strip()


def _note(session: Session, product: Product, office_id: str, change: list[Any], reason: str, by: str) -> None:
    register_changes.record(session, kind=register_changes.CHANGED, changes={"bank_code": change}, reason=reason,
                            by=by, at=product.clock.now(), office_id=office_id)
