"""An application as others see it: its values, who may read them, its timeline, and what a tracking code shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import Element, errors
from engine.values import HistoryEntry, Page, Problem
from workflows import accounts, authorization, catalogue, deadlines, identifiers, numbers, statutory_clock
from workflows.models.application import Application as Row
from workflows.models.application import ApplicationInstance, Decision, StageEntry
from workflows.models.county import County
from workflows.models.licence import Licence

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

REFUSED = "REFUSED"
"""The answer of the decision that ended an application with a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as its applicant and the staff see it."""

    id: str
    service: str
    service_name: str
    service_name_en: str
    file_number: str
    county: str
    county_name: str
    county_name_en: str
    state: str
    outcome: str | None
    holder_role: str | None
    """The role whose turn it is."""
    instance_id: str | None
    definition_id: str
    deployment_id: str
    applicant_id: str
    applicant_name: str
    via: str
    submitted_at: datetime
    updated_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    condition_codes: tuple[str, ...] = ()
    """Of the refusal; empty unless the application was rejected."""
    licence_id: str | None = None
    """The licence it has led to."""
    licence_number: str | None = None
    about_licence_number: str | None = None
    """The licence it is about, of a service that is about one."""
    version: int
    """Rises with every change of the row."""
    data: Mapping[str, Any] | None = None
    """The form as it stands; None in lists."""

    @property
    def stage(self) -> str:
        """The public stage: the same word as the state."""
        return self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line of what happened."""

    at: datetime
    kind: str
    element_id: str | None
    element_name: str
    element_name_en: str
    actor: str | None
    """A name for staff; for the applicant only APPLICANT, STAFF or SYSTEM."""
    reason: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedStage:
    """A stage and how long it lasted."""

    stage: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingView:
    """What anyone with the tracking code sees: stage, dates, which office holds it. Nothing personal."""

    file_number: str
    service: str
    service_name: str
    service_name_en: str
    state: str
    stages: Sequence[TrackedStage]
    office: str
    office_en: str
    submitted_at: datetime
    updated_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    basis: deadlines.Basis | None
    """What `due_at` was computed from."""
    clock: statutory_clock.Clock | None
    """How much of the application's time has passed."""

    @property
    def stage(self) -> str:
        """The public stage: the same word as the state."""
        return self.state


def row(session: Session, id: str, *, lock: bool = False) -> Row:
    """The row of an application, for use cases. Raises: NotFound."""
    if not re.fullmatch("[0-9a-f]{32}", id):
        raise errors.NotFound(what="application", id=id)
    found = session.get(Row, id, populate_existing=lock, with_for_update={"key_share": True} if lock else None)
    if found is None:
        raise errors.NotFound(what="application", id=id)
    return found


def get(session: Session, *, product: Product, id: str, user: User) -> Application:
    """One application with its data. Raises: NotFound; Forbidden."""
    found = row(session, id)
    authorization.require(user, "application.read", county=found.county, owner_id=found.applicant_id,
                          clock=product.machine)
    return value(session, found)


def value(session: Session, found: Row) -> Application:
    """The value of a row, with its data."""
    [one] = _values(session, [found], with_data=True)
    return one


def search(session: Session, *, product: Product, user: User, state: str | None = None, county: str | None = None,
           text: str | None = None, after: str | None = None, limit: int = 50) -> Page[Application]:
    """Applications, newest first: an applicant's own, or those of the counties a member of staff works for.

    `text` is a part of the file number, a name, or an identifier. Raises: Forbidden; Invalid for a wrong cursor.
    """
    query = select(Row).order_by(Row.id.desc()).limit(limit + 1)
    if user.kind == "applicant":
        query = query.where(Row.applicant_id == user.id)
    else:
        authorization.require(user, "application.search", clock=product.machine)
        places = authorization.counties(user, "application.search")
        if places is not None:
            query = query.where(Row.county.in_(places))
    if state:
        query = query.where(Row.state == state)
    if county:
        query = query.where(Row.county == county)
    if text and (key := identifiers.search_key(text)):
        query = query.where(Row.search_text.contains(key, autoescape=True))
    if after:
        query = query.where(Row.id < _cursor(after))
    rows = list(session.scalars(query))
    return Page(items=_values(session, rows[:limit]), next=rows[limit - 1].id if len(rows) > limit else None)


def track(session: Session, *, product: Product, code: str) -> TrackingView | None:
    """What a tracking code shows; None for a code that is unknown or malformed, by the same path."""
    found = session.scalars(select(Row).where(Row.tracking_hash == numbers.tracking_hash(code))).first()
    if found is None:
        return None
    service = catalogue.service(found.service)
    stages = session.scalars(select(StageEntry).where(StageEntry.application_id == found.id)
                             .order_by(StageEntry.id)).all()
    role = "ISSUER" if found.state == "AT_ISSUER" else found.holder_role
    office, office_en = catalogue.ROLE_WORDS.get(role or "", ("", "")) if found.ended_at is None else ("", "")
    bases = deadlines.of_applications(session, product=product, due={found.id: found.due_at})
    return TrackingView(
        clock=statutory_clock.of_application(session, product=product, application_id=found.id),
        basis=bases.get(found.id), file_number=found.file_number, service=found.service, service_name=service.name,
        service_name_en=service.name_en, state=found.state, office=office, office_en=office_en,
        stages=[TrackedStage(stage=entry.stage, at=entry.entered_at, until=entry.left_at) for entry in stages],
        submitted_at=found.submitted_at, updated_at=found.state_since, due_at=found.due_at, ended_at=found.ended_at)


def timeline(session: Session, *, product: Product, id: str, user: User) -> list[TimelineEntry]:
    """What happened to an application, oldest first, over all its process instances. Raises: NotFound; Forbidden."""
    found = row(session, id)
    authorization.require(user, "application.read", county=found.county, owner_id=found.applicant_id,
                          clock=product.machine)
    entries: list[tuple[HistoryEntry, str]] = []
    instances = session.scalars(select(ApplicationInstance.instance_id).where(ApplicationInstance.application_id == id)
                                .order_by(ApplicationInstance.started_at, ApplicationInstance.instance_id))
    for instance_id in instances:
        elements = product.engine.elements(session, product.engine.instance(session, instance_id).definition_id)
        after: str | None = None
        while True:
            page = product.engine.history(session, instance_id, after=after, limit=200)
            entries += [(entry, _name_en(_called(session, product, entry) or elements, entry.element_id))
                        for entry in page.items]
            after = page.next
            if after is None:
                break
    names = accounts.names(session, [entry.actor for entry, _ in entries]) if user.kind == "staff" else {}
    return [_line(entry, name_en, found, user, names) for entry, name_en in entries]


def _called(session: Session, product: Product, entry: HistoryEntry) -> Mapping[str, Element] | None:
    """The elements of the process that a call activity ran; None for what was deployed with the instance's own."""
    key, version = entry.facts.get("process"), entry.facts.get("process_version")
    if version is None:
        return None
    return product.engine.elements(session, product.engine.definition(session, key=key, version=version).id)


def _name_en(elements: Mapping[str, Element], element_id: str | None) -> str:
    return elements[element_id].name_en if element_id is not None and element_id in elements else ""


def _line(entry: HistoryEntry, name_en: str, found: Row, user: User, names: Mapping[str, str]) -> TimelineEntry:
    inside = user.kind == "staff"
    if entry.actor == "system":
        actor = "SYSTEM"
    elif inside:
        actor = names.get(entry.actor, entry.actor)
    else:
        actor = "APPLICANT" if entry.actor == found.applicant_id else "STAFF"
    return TimelineEntry(at=entry.at, kind=entry.kind, element_id=entry.element_id, element_name=entry.element_name,
                         element_name_en=name_en, actor=actor,
                         reason=entry.reason if inside or _is_told(entry, found) else None,
                         facts=entry.facts if inside else {})


def _is_told(entry: HistoryEntry, found: Row) -> bool:
    """Whether the applicant reads the reason: his own, why the file was closed, or which counter took it down."""
    return entry.actor == found.applicant_id or entry.kind in {"instance_cancelled", "taken_at_counter"}


def _values(session: Session, rows: Sequence[Row], *, with_data: bool = False) -> list[Application]:
    ids = [one.id for one in rows]
    counties = {county.code: county for county in session.scalars(select(County))} if rows else {}
    licences = {one.application_id: one for one in session.execute(
        select(Licence.application_id, Licence.id, Licence.number).where(Licence.application_id.in_(ids)))}
    about = {one.id: one.number for one in session.execute(select(Licence.id, Licence.number).where(
        Licence.id.in_({one.about_licence_id for one in rows if one.about_licence_id})))}
    refusals = {one.application_id: one.codes for one in session.execute(
        select(Decision.application_id, Decision.codes)
        .where(Decision.application_id.in_(ids), Decision.answer == REFUSED).order_by(Decision.id))}
    return [_value(one, counties[one.county], licences.get(one.id), about.get(one.about_licence_id or ""),
                   refusals.get(one.id, ()), with_data) for one in rows]


def _value(one: Row, county: County, licence: Any, about: str | None, codes: Sequence[str],
           with_data: bool) -> Application:
    service = catalogue.service(one.service)
    return Application(
        id=one.id, service=one.service, service_name=service.name, service_name_en=service.name_en,
        file_number=one.file_number, county=one.county, county_name=county.name, county_name_en=county.name_en,
        state=one.state, outcome=one.outcome, holder_role=one.holder_role, instance_id=one.instance_id,
        definition_id=one.definition_id, deployment_id=one.deployment_id, applicant_id=one.applicant_id,
        applicant_name=applicant_name(one.data), via=one.via, submitted_at=one.submitted_at,
        updated_at=one.state_since, due_at=one.due_at, ended_at=one.ended_at,
        condition_codes=tuple(codes) if one.outcome == "REJECTED" else (),
        version=one.version, about_licence_number=about, licence_id=licence.id if licence else None,
        licence_number=licence.number if licence else None,
        data=dict(one.data) if with_data else None)


def applicant_name(data: Mapping[str, Any]) -> str:
    """The company's name, or the person's."""
    person = f"{data.get('ceo_first_name', '')} {data.get('ceo_last_name', '')}".strip()
    return str(data.get("company_name") or person)


def _cursor(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{32}", text):
        raise errors.Invalid([Problem(where="after", what="not a cursor of this list",
                                      what_fa="نشانگر صفحه نادرست است", code="bad_cursor")])
    return text
