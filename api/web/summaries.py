"""An application, and what was found out about it, as rows of label and value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api import context, language
from api.web import rendering, words
from engine import Element
from engine.values import Progress
from workflows import catalogue, documents, dossiers, inquiries, intake, submissions
from workflows.form_fields import CompiledForm, Field

_IDS = re.compile(rb'\sid="([^"]+)"')
_SHOWN_ELEMENTS = frozenset({"userTask", "receiveTask", "callActivity", "businessRuleTask", "serviceTask", "endEvent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer."""

    label: str
    value: str = ""
    documents: Sequence[documents.Document] = ()
    left_to_right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Answers under one heading."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a completed task found."""

    title: str
    by: str
    at: datetime
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One element of the diagram in its table."""

    name: str
    role: str
    mark: str
    """`active`, `completed`, `incident`, or empty."""


def of_application(application: dossiers.Application, stored: Sequence[documents.Document], *,
                   documents_first: bool = False) -> list[Group]:
    """What the applicant filled in, with the documents in force, in the words of the form it was filled in with."""
    session, product = context.session(), context.product()
    form = intake.form(session, product=product, definition_id=application.definition_id,
                       form_key=catalogue.service(application.service).form_key)
    options = intake.context(session, product=product, deployment_id=application.deployment_id, application_form=form,
                             service=application.service, on=intake.submission_day(application))
    return of_form(form, application.data or {}, stored, options, documents_first=documents_first)


def of_form(form: CompiledForm, data: Mapping[str, Any], stored: Sequence[documents.Document],
            options: Mapping[str, Any], *, documents_first: bool = False) -> list[Group]:
    """The answered questions of a form."""
    chosen = language.language()
    by_field: dict[str, list[documents.Document]] = {}
    for document in stored:
        if document.replaced_at is None:
            by_field.setdefault(document.field, []).append(document)
    groups = []
    for section in form.sections:
        rows = [Row(label=block.title(chosen), value=shown(block, data.get(block.key), options),
                    documents=by_field.get(block.key, ()), left_to_right=block.format not in {None, "persian_text"})
                for block in section.blocks
                if isinstance(block, Field) and (block.key in data or block.key in by_field)]
        if rows:
            groups.append(Group(title=section.title(chosen), rows=rows))
    return sorted(groups, key=lambda group: not any(row.documents for row in group.rows)) if documents_first else groups


def shown(field: Field, value: Any, options: Mapping[str, Any]) -> str:
    """A stored answer in the words and digits of the page."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return words.t("form.yes" if value else "form.no")
    if field.kind == "date":
        return rendering.day(str(value), long=True)
    if field.kind in {"select", "radio", "checklist"}:
        names = {choice.value: choice.text(language.language()) for choice in field.choices(options)}
        listed = value if isinstance(value, list) else [value]
        return words.t("list.comma").join(names.get(item, str(item)) for item in listed)
    if field.kind == "number":
        unit = field.unit if language.language() == "fa" else field.unit_en
        return f"{words.digits(value)} {unit}".strip()
    return str(value)


def of_tasks(application: dossiers.Application, stored: Sequence[documents.Document]) -> list[Finding]:
    """What the completed tasks found, latest first, each with its documents."""
    session, product = context.session(), context.product()
    options = intake.context(session, product=product, deployment_id=application.deployment_id,
                             on=intake.submission_day(application))
    asked = {one.task_id: one.code for one in inquiries.of_application(session, application_id=application.id)
             if one.code != inquiries.VETTING}
    found = []
    for one in submissions.of_tasks(session, product=product, application_id=application.id):
        mine = [replace(document, field=document.field.partition(".")[2]) for document in stored
                if document.task_id == one.task_id]
        groups = of_form(one.form, one.data, mine, options) if one.form else []
        which = f" – {words.known(f'inquiry.{asked[one.task_id]}')}" if one.task_id in asked else ""
        found.append(Finding(title=_name(one) + which, by=one.submitted_by, at=one.submitted_at,
                             rows=[row for group in groups for row in group.rows]))
    return found


def steps(definition_id: str, progress: Progress) -> list[Step]:
    """The elements of a diagram as a table, with where the instance stands."""
    return [Step(name=_name(one) or one.id, role=rendering.role_name(one.role), mark=_mark(one.id, progress))
            for one in drawn(definition_id) if one.type in _SHOWN_ELEMENTS]


def drawn(definition_id: str) -> list[Element]:
    """The elements on the definition's own diagram, without those of the processes deployed with it."""
    engine, session = context.engine(), context.session()
    ids = {name.decode() for name in _IDS.findall(engine.definition_xml(session, definition_id))}
    return [one for one in engine.elements(session, definition_id).values() if one.id in ids]


def marks(progress: Progress) -> dict[str, Any]:
    """The progress as the viewer reads it."""
    return {"active": dict(progress.active), "completed": dict(progress.completed),
            "incidents": list(progress.incidents)}


def _mark(element_id: str, progress: Progress) -> str:
    if element_id in progress.incidents:
        return "incident"
    if element_id in progress.active:
        return "active"
    return "completed" if element_id in progress.completed else ""


def _name(element: Any) -> str:
    return str((element.name if language.language() == "fa" else element.name_en) or element.name)
