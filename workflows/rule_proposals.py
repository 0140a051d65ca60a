"""Changing a rule: one person proposes a version with its reason and its day, a second one approves or declines it.

Nothing changes before the day on which an approved version takes effect, and that day lies after its approval: what was
in force on the day of an application stays in force for it. Whether a rule may refuse, block or charge is no field of a
version: it follows from grade and scope (`rules.acts`), and who raises a rule to one that may names where that stands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Problem, new_id
from workflows import authorization, calendar, identifiers, reasons, rule_versions, rules
from workflows.models.account import Account
from workflows.models.rule_version import RuleVersion as Row
from workflows.rule_versions import APPROVED, CONDITION, PROPOSED, REJECTED, RULE, WITHDRAWN

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

KINDS = (RULE, CONDITION)
OPERATOR = "operator"
"""Who is noted as having proposed at the command line; nobody approves there."""
MOST_OF_SOURCE = 500
MOST_OF_PORTAL_NO = 32

_FIELDS: Mapping[str, tuple[str, ...]] = {
    RULE: ("value", "grade", "scope", "source", "source_fa"),
    CONDITION: ("portal_no", "grade", "scope", "source", "source_fa")}
"""Kind -> what a version may change. A condition that tests a rule has the rule's grade and scope, and keeps them."""


class SamePerson(errors.Forbidden):
    """You proposed this change, so another person has to approve it."""

    fa = "این تغییر را خودتان پیشنهاد کرده‌اید؛ شخص دیگری باید آن را تأیید کند."


class ProposalDecided(errors.Conflict):
    """This proposal is {state} already."""

    fa = "این پیشنهاد پیش‌تر بررسی شده است: {state}."


class ProposalOpen(errors.Conflict):
    """A proposal about {key} waits for its decision already."""

    fa = "پیشنهاد دیگری درباره {key} در انتظار تصمیم است."


class EffectiveDayPassed(errors.Conflict):
    """The day on which this change was to take effect has come; decline it and propose a later day."""

    fa = "روز اجرای این تغییر رسیده است؛ آن را نپذیرید و روز دیرتری پیشنهاد کنید."


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A proposal and what became of it."""

    id: str
    kind: str
    key: str
    content: Mapping[str, Any]
    effective_from: date
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One rule or condition as it stands today, with what is to come."""

    kind: str
    key: str
    present: rules.Rule | rules.Condition
    changed: bool
    """Whether an approved version stands in place of what was deployed."""
    coming: Version | None
    """The next approved version that is not in force yet."""
    proposed: Version | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One rule or condition with everything that was ever proposed about it."""

    line: Line
    deployed: rules.Rule | rules.Condition
    history: tuple[Version, ...]
    """Latest first."""


def listed(session: Session, *, product: Product, user: User) -> list[Line]:
    """Every rule and condition of the latest deployment, as it stands today. Raises: Forbidden."""
    authorization.require(user, "rules.read", clock=product.machine)
    today = calendar.today(product.clock.now())
    rows = session.scalars(select(Row).where(or_(
        Row.state == PROPOSED, (Row.state == APPROVED) & (Row.effective_from > today)))
        .order_by(Row.effective_from.desc(), Row.id.desc()))
    open_, coming = dict[tuple[str, str], Version](), dict[tuple[str, str], Version]()
    for row in rows:
        (open_ if row.state == PROPOSED else coming)[row.kind, row.key] = _version(row)
    book, changed = _book(session, product, today), rule_versions.in_force(session, today)
    return [Line(kind=kind, key=key, present=one, changed=(kind, key) in changed, coming=coming.get((kind, key)),
                 proposed=open_.get((kind, key)))
            for kind, entries in ((RULE, book.rules), (CONDITION, book.conditions)) for key, one in entries.items()]


def record(session: Session, *, product: Product, user: User, kind: str, key: str) -> Record:
    """One rule or condition with its history. Raises: NotFound; Forbidden."""
    found = next((one for one in listed(session, product=product, user=user) if (one.kind, one.key) == (kind, key)),
                 None)
    if found is None:
        raise errors.NotFound(what="rule", id=key)
    rows = session.scalars(select(Row).where(Row.kind == kind, Row.key == key).order_by(Row.id.desc()))
    plain = rules.overlaid(_deployed(session, product), {})
    deployed: Mapping[str, Any] = plain.rules if kind == RULE else plain.conditions
    return Record(line=found, deployed=deployed[key], history=tuple(_version(row) for row in rows))


def propose(session: Session, *, product: Product, user: User, kind: str, key: str, changes: Mapping[str, Any],
            effective_from: date | None, reason: str) -> Version:
    """Propose other fields of a rule or condition from a day on; a second person decides.

    Raises: Forbidden; NotFound; Invalid with every fault; ProposalOpen while another one about it waits.
    """
    authorization.require(user, "rules.propose", clock=product.machine)
    return propose_as(session, product=product, by=user.id, kind=kind, key=key, changes=changes,
                      effective_from=effective_from, reason=reason)


def propose_as(session: Session, *, product: Product, by: str, kind: str, key: str, changes: Mapping[str, Any],
               effective_from: date | None, reason: str) -> Version:
    """Propose for someone who was authorized before.

    Raises: NotFound; Invalid with every fault; ProposalOpen while another one about it waits.
    """
    now = product.clock.now()
    today = calendar.today(now)
    present = _present(_book(session, product, effective_from or today), kind, key)
    content = {name: _plain(name, value) for name, value in _contents(kind, present).items()} | {
        name: _plain(name, value) for name, value in changes.items()}
    why, problems = reasons.checked(reason)
    if effective_from is None or effective_from <= today:
        problems.append(Problem(where="effective_from", code="too_early", what="Give a day after today.",
                                what_fa="روزی پس از امروز را بنویسید."))
    problems += _faults(kind, present, content)
    if not problems and effective_from is not None:
        problems += _consequences(session, product, kind, key, content, effective_from)
    if problems or effective_from is None:
        raise errors.Invalid(problems)
    row = Row(id=new_id(), kind=kind, key=key, content=content, effective_from=effective_from, reason=why,
              state=PROPOSED, proposed_by=by, proposed_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise ProposalOpen(key=key) from None
    return _version(row)


def approve(session: Session, *, product: Product, user: User, id: str, reason: str = "") -> Version:
    """Approve a proposal of another person; it takes effect on its day.

    Raises: Forbidden, SamePerson for who proposed it (under another account too); NotFound; ProposalDecided;
    EffectiveDayPassed; Invalid where it would contradict what has changed since.
    """
    authorization.require(user, "rules.decide", clock=product.machine)
    row = _waiting(session, id)
    if row.proposed_by == user.id or _is_person(session, row.proposed_by, user):
        raise SamePerson
    if row.effective_from <= calendar.today(product.clock.now()):
        raise EffectiveDayPassed
    problems = _consequences(session, product, row.kind, row.key, row.content, row.effective_from)
    if problems:
        raise errors.Invalid(problems)
    _decide(session, product, row, APPROVED, by=user.id, reason=reason)
    rule_versions.forget(session)
    return _version(row)


def decline(session: Session, *, product: Product, user: User, id: str, reason: str) -> Version:
    """Decline a proposal with a reason; who proposed it withdraws it so. Raises: Forbidden; NotFound;
    ProposalDecided; Invalid without a reason.
    """
    row = _waiting(session, id)
    own = row.proposed_by == user.id
    authorization.require(user, "rules.propose" if own else "rules.decide", clock=product.machine)
    _decide(session, product, row, WITHDRAWN if own else REJECTED, by=user.id, reason=reasons.given(reason))
    return _version(row)


def may_change(kind: str, present: rules.Rule | rules.Condition) -> tuple[str, ...]:
    """The fields a version of this one may change."""
    fields = _FIELDS[kind]
    tests_rule = isinstance(present, rules.Condition) and present.rule is not None
    return tuple(name for name in fields if name not in {"grade", "scope"}) if tests_rule else fields


def _contents(kind: str, present: rules.Rule | rules.Condition) -> dict[str, Any]:
    return {name: getattr(present, name) for name in may_change(kind, present)}


def _plain(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name == "value":
        return value
    text = " ".join(identifiers.normalise_text(value).split())
    return (text or None) if name == "portal_no" else text


def _faults(kind: str, present: rules.Rule | rules.Condition, content: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a version by itself."""
    fields = may_change(kind, present)
    problems = [Problem(where=name, code="unchangeable", what=f"{name} cannot be changed here.",
                        what_fa=f"{name} را اینجا نمی‌توان تغییر داد.") for name in sorted(set(content) - set(fields))]
    for name, known in (("grade", rules.GRADES), ("scope", rules.SCOPES)):
        if name in fields and content[name] not in known:
            problems.append(Problem(where=name, code="unknown_choice", what=f"Choose one of {', '.join(known)}.",
                                    what_fa=f"یکی از {'، '.join(known)} را انتخاب کنید."))
    for name, most in (("source", MOST_OF_SOURCE), ("source_fa", MOST_OF_SOURCE), ("portal_no", MOST_OF_PORTAL_NO)):
        value = content.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > most):
            problems.append(Problem(where=name, code="too_long", what=f"Give at most {most} characters.",
                                    what_fa=f"بیشینه {calendar.to_persian_digits(str(most))} نویسه بنویسید."))
    if problems:
        return problems
    if content == _contents(kind, present):
        return [Problem(where="value" if kind == RULE else "portal_no", code="unchanged",
                        what="Nothing would change.", what_fa="چیزی تغییر نمی‌کند.")]
    return _unfounded(present, content)


def _unfounded(present: rules.Rule | rules.Condition, content: Mapping[str, Any]) -> list[Problem]:
    """What raises a rule to one that may refuse, block or charge names where that stands, in both languages."""
    if "grade" not in content or present.acts or not rules.acts(content["grade"], content["scope"]):
        return []
    return [Problem(where=name, code="source_needed",
                    what="From now on this rule could refuse, block or charge: name the law or letter it stands in.",
                    what_fa="این قاعده از این پس می‌تواند مانع یا موجب رد یا هزینه شود؛ متن یا نامه‌ای را که در آن "
                            "آمده است بنویسید.")
            for name in ("source", "source_fa") if not content[name] or content[name] == getattr(present, name)]


def _consequences(session: Session, product: Product, kind: str, key: str, content: Mapping[str, Any],
                  on: date) -> list[Problem]:
    """What would be wrong with the rules from the day on which this version took effect."""
    raw = _deployed(session, product)
    if kind == RULE and not rules.is_value(content["value"]):
        return [Problem(where="value", code="rule_value", what="Give a text, a number, true or false, or a list.",
                        what_fa="متن، عدد، بله یا خیر، یا فهرستی از این‌ها را بنویسید.")]
    if kind == RULE and (alone := rules.value_problem(raw, key, content["value"])) is not None:
        return [dataclasses.replace(alone, where="value")]
    later = {one.effective_from for one in rule_versions.approved(session) if one.effective_from > on}
    problems: dict[str, Problem] = {}
    for day in (on, *sorted(later)):
        versions = rule_versions.in_force(session, day)
        mine = {(kind, key): content} if (kind, key) not in versions or versions[kind, key].effective_from <= on else {}
        found = rules.overlaid(raw, {**{name: one.content for name, one in versions.items()}, **mine})
        problems |= {one.where: one for one in rules.values(found)}
    return [dataclasses.replace(one, where="value") for one in problems.values()]


def _deployed(session: Session, product: Product) -> rules.RuleBook:
    latest = product.engine.latest_deployment(session)
    if latest is None:
        return rules.RuleBook(rules={}, conditions={})
    return rules.deployed(session, engine=product.engine, deployment_id=latest.id)


def _book(session: Session, product: Product, on: date) -> rules.RuleBook:
    return rules.in_force(session, engine=product.engine, on=on)


def _present(book: rules.RuleBook, kind: str, key: str) -> rules.Rule | rules.Condition:
    found = book.rules.get(key) if kind == RULE else book.conditions.get(key) if kind == CONDITION else None
    if found is None:
        raise errors.NotFound(what="rule", id=key)
    return found


def _waiting(session: Session, id: str) -> Row:
    row = session.get(Row, id, with_for_update=True, populate_existing=True)
    if row is None:
        raise errors.NotFound(what="proposal", id=id)
    if row.state != PROPOSED:
        raise ProposalDecided(state=row.state)
    return row


def _is_person(session: Session, id: str, user: User) -> bool:
    """Whether an account is of this person, by national ID or mobile number."""
    account = session.get(Account, id)
    if account is None:
        return False
    return (account.national_id is not None and account.national_id == user.national_id) or (
        account.mobile is not None and account.mobile == user.mobile)


def _decide(session: Session, product: Product, row: Row, state: str, *, by: str, reason: str) -> None:
    row.state, row.decided_by, row.decided_at = state, by, product.clock.now()
    row.decision_reason = identifiers.normalise_text(reason)[:reasons.MOST] or None
    session.flush()


def _version(row: Row) -> Version:
    return Version(**{name: getattr(row, name) for name in Version.__dataclass_fields__})
