"""Who may do what: one table of action, role and relation, and the separation of duties.

Everything that asks (lists, pages, API, the transaction that completes a task) asks here, so that a button that is
shown is a command that will be obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine import Engine, errors
from engine.clock import Clock, SystemClock
from engine.store.prepared import Prepared
from engine.values import UserTask
from workflows.models.application import Application

if TYPE_CHECKING:
    from workflows.accounts import User

Relation = Literal["any", "county", "own"]
"""`any`: the role is enough. `county`: the role in that county or the whole province. `own`: one's own application."""

CODE_LIFETIME = timedelta(hours=12)
"""How long a session counts as verified after its one-time code."""

_OFFICERS = ("CLERK", "INSPECTOR", "TECH_COMMITTEE", "WORKING_GROUP", "POST_BANK", "MANAGER",
             "SUPERVISOR")
_MACHINE = SystemClock()


class RoleMissing(errors.Forbidden):
    """You may not do this: your account has none of the roles {roles} here."""

    fa = "اجازه این کار را ندارید: حساب شما در اینجا هیچ‌یک از نقش‌های {roles} را ندارد."
    of_another = ("This person has none of the roles {roles} here.",
                  "این شخص در اینجا هیچ‌یک از نقش‌های {roles} را ندارد.")


class CodeNeeded(errors.Forbidden):
    """Sign in again with a one-time code to do this."""

    fa = "برای این کار دوباره با رمز یک‌بارمصرف وارد شوید."


class DutySeparated(errors.Forbidden):
    """You have done the {done} of this application, so another person has to do the {duty}."""

    fa = "شما «{done_fa}» این درخواست را انجام داده‌اید، پس «{duty_fa}» را باید شخص دیگری انجام دهد."
    of_another = ("This person has done the {done} of this application, so somebody else has to do the {duty}.",
                  "این شخص «{done_fa}» این درخواست را انجام داده است، پس «{duty_fa}» را باید شخص دیگری انجام دهد.")


class OwnApplication(errors.Forbidden):
    """This application names you; another person has to act on it."""

    fa = "نام شما در این درخواست است؛ شخص دیگری باید به آن رسیدگی کند."
    of_another = ("This application names this person; somebody else has to act on it.",
                  "نام این شخص در این درخواست است؛ شخص دیگری باید به آن رسیدگی کند.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One line of the table."""

    action: str
    role: str
    relation: Relation
    code: bool = False
    """True: the session must have been verified by a one-time code."""


def _lines(action: str, roles: Iterable[str], relation: Relation, *, code: bool = False) -> list[Permission]:
    return [Permission(action=action, role=role, relation=relation, code=code) for role in roles]


_INTERESTS = Prepared(
    select(Application.applicant_id, Application.data).where(Application.id == bindparam("id")))

TABLE: Sequence[Permission] = (
    *_lines("application.submit", ("APPLICANT",), "any"),
    *_lines("application.submit_for", ("CLERK",), "county"),
    *_lines("application.read", ("APPLICANT",), "own"),
    *_lines("application.read", _OFFICERS, "county"),
    *_lines("application.search", _OFFICERS, "any"),
    *_lines("application.correct", ("APPLICANT",), "own", code=True),
    *_lines("application.withdraw", ("APPLICANT",), "own", code=True),
    *_lines("application.reopen", ("APPLICANT",), "own", code=True),
    *_lines("application.reopen", ("CLERK", "MANAGER"), "county"),
    *_lines("application.record_notice", ("CLERK",), "county"),
    *_lines("document.read", ("APPLICANT",), "own", code=True),
    *_lines("document.read", _OFFICERS, "county"),
    *_lines("issuer.record_answer", ("CLERK", "MANAGER"), "county"),
    *_lines("licence.read", ("APPLICANT",), "own"),
    *_lines("licence.read", _OFFICERS, "county"),
    *_lines("licence.search", _OFFICERS, "any"),
    *_lines("licence.download", ("APPLICANT",), "own", code=True),
    *_lines("licence.download", _OFFICERS, "county"),
    *_lines("licence.change", ("MANAGER",), "county"),
    *_lines("office.read", _OFFICERS, "county"),
    *_lines("office.search", _OFFICERS, "any"),
    *_lines("indicators.read", (*_OFFICERS, "ADMIN"), "any"),
    *_lines("task.assign", ("SUPERVISOR",), "county"),
    *_lines("task.view", ("SUPERVISOR", "MANAGER"), "county"),
    *_lines("definitions.read", ("ADMIN", "SUPERVISOR", "MANAGER"), "any"),
    *_lines("definitions.deploy", ("ADMIN",), "any"),
    *_lines("instances.search", ("ADMIN", "SUPERVISOR", "MANAGER"), "any"),
    *_lines("instances.read", ("ADMIN", "SUPERVISOR", "MANAGER"), "county"),
    *_lines("instances.manage", ("ADMIN",), "any"),
    *_lines("incidents.search", ("ADMIN", "SUPERVISOR"), "any"),
    *_lines("incidents.read", ("ADMIN", "SUPERVISOR"), "county"),
    *_lines("incidents.retry", ("ADMIN",), "any"),
    *_lines("messages.publish", ("ADMIN",), "any"),
    *_lines("signals.throw", ("ADMIN",), "any"),
    *_lines("users.manage", ("ADMIN",), "any"),
    *_lines("cycle.read", ("POST_BANK", "MANAGER", "SUPERVISOR", "ADMIN"), "any"),
    *_lines("cycle.review", ("POST_BANK",), "any"),
    *_lines("cycle.convene", ("MANAGER",), "any"),
    *_lines("cycle.skip", ("MANAGER",), "any"),
    *_lines("cycle.catch_up", ("MANAGER", "ADMIN"), "any"),
    *_lines("services.switch", ("ADMIN",), "any"),
    *_lines("calendar.read", (*_OFFICERS, "ADMIN"), "any"),
    *_lines("calendar.declare", ("ADMIN",), "any"),
    *_lines("rules.read", (*_OFFICERS, "ADMIN"), "any"),
    *_lines("rules.propose", ("ADMIN",), "any"),
    *_lines("rules.decide", ("ADMIN", "MANAGER"), "any"),
)

DUTIES: Mapping[str, tuple[str, str]] = {
    "inspection": ("inspection", "بازدید"),
    "technical_opinion": ("technical opinion", "نظر فنی"),
    "decision": ("decision", "تصمیم"),
}
"""Duty -> its English and Persian words."""


def require(user: User, action: str, *, county: str | None = None, owner_id: str | None = None,
            clock: Clock = _MACHINE) -> None:
    """Pass when the table lets `user` do `action` on something in `county` that belongs to `owner_id`.

    Raises: CodeNeeded when a one-time code would do; else RoleMissing.
    """
    lines = [line for line in TABLE if line.action == action]
    if not lines:
        raise ValueError(f"the table of permissions has no action {action!r}")
    met = [line for line in lines if _meets(user, line, county, owner_id)]
    if any(not line.code or is_verified(user, clock=clock) for line in met):
        return
    if met:
        raise CodeNeeded
    raise RoleMissing(roles=", ".join(dict.fromkeys(line.role for line in lines)))


def allowed(user: User, action: str, *, county: str | None = None, owner_id: str | None = None) -> bool:
    """Whether `require` would pass, or would pass after a one-time code: what decides if a button is shown."""
    return any(line.action == action and _meets(user, line, county, owner_id) for line in TABLE)


def allowed_anywhere(user: User, action: str) -> bool:
    """Whether this member of staff may do `action` in any county at all: what decides if a page is offered."""
    return user.kind == "staff" and any(line.action == action and line.role == role
                                        for line in TABLE for role, _ in user.roles)


def is_verified(user: User, *, clock: Clock = _MACHINE) -> bool:
    """Whether a one-time code was entered in this session in the last 12 hours."""
    return user.verified_at is not None and clock.now() - user.verified_at < CODE_LIFETIME


def counties(user: User, action: str) -> set[str] | None:
    """The counties in which `user` may do `action`; None means the whole province."""
    names = {line.role for line in TABLE if line.action == action and line.relation != "own"}
    found = {county for role, county in user.roles if role in names}
    return None if None in found else {county for county in found if county is not None}


def task_scope(user: User) -> list[tuple[str, str | None]]:
    """The (role, county) pairs whose tasks this account sees, for `engine.user_tasks`; no pair within another.

    A supervisor sees the tasks of every role in his counties. An applicant's are further limited to his applications.
    """
    if user.kind == "applicant":
        return [("APPLICANT", None)]
    seen = dict.fromkeys((each, county) for role, county in user.roles
                         for each in (_OFFICERS if role == "SUPERVISOR" else (role,)))
    return [(role, county) for role, county in seen if county is None or (role, None) not in seen]


Refusal = RoleMissing | OwnApplication | DutySeparated
"""Why somebody may not take a task; `of_another` words it for who would give it to him, in English and Persian."""


def may_take(session: Session, engine: Engine, user: User, task: UserTask) -> Refusal | None:
    """Why `user` may not take or complete `task`, or None when he may.

    Role and county, an interest of one's own, and the separation of duties are tested in this order.
    """
    session.flush()  # what was changed in this transaction counts
    application = _INTERESTS.first(session, {"id": task.business_key})
    if task.role == "APPLICANT":
        mine = application is not None and application.applicant_id == user.id
        return None if mine else RoleMissing(roles="APPLICANT")
    if not any(role == task.role and county in (None, task.scope) for role, county in user.roles):
        return RoleMissing(roles=task.role)
    if application is not None and names_user(application.data, user):
        return OwnApplication()
    return separated(session, engine, user, task)


def separated(session: Session, engine: Engine, user: User, task: UserTask) -> DutySeparated | None:
    """The separation of duties: nobody does two different duties of one set on one application."""
    if task.duty is None:
        return None
    done = {duty for duty, people in engine.completed_duties(session, business_key=task.business_key).items()
            if user.id in people and duty != task.duty}
    # A task of another deployment's process stands under its own sets and under those of the instance that called it.
    of = dict.fromkeys((engine.instance(session, task.instance_id).definition_id, task.definition_id))
    for duties in (each for definition_id in of for each in engine.separations(session, definition_id)):
        if task.duty in duties and (clash := sorted(done & set(duties))):
            first, own = DUTIES.get(clash[0], (clash[0],) * 2), DUTIES.get(task.duty, (task.duty,) * 2)
            return DutySeparated(done=first[0], duty=own[0], done_fa=first[1], duty_fa=own[1])
    return None


def names_user(data: Mapping[str, object], user: User) -> bool:
    """Whether an application names this account: by its national ID, or by its mobile number."""
    national_ids = {data.get(key) for key in ("ceo_national_id", "deputy_national_id", "national_id")} - {None}
    mobiles = {data.get(key) for key in ("ceo_mobile", "deputy_mobile", "mobile")} - {None}
    return user.national_id in national_ids or user.mobile in mobiles


def _meets(user: User, line: Permission, county: str | None, owner_id: str | None) -> bool:
    if line.role == "APPLICANT":
        return user.kind == "applicant" and (line.relation == "any" or owner_id == user.id)
    if user.kind != "staff":
        return False
    return any(role == line.role and (line.relation == "any" or place is None or place == county)
               for role, place in user.roles)
