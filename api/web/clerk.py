"""Pages of staff: the inbox, applications, the issuer's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from api import context
from api.web import access, fields, rendering, summaries, timelines, words
from engine import errors
from engine.values import Problem, Progress
from workflows import (
    accounts,
    applications,
    authorization,
    catalogue,
    corrections,
    deadlines,
    decision_letters,
    decisions,
    documents,
    fees,
    form_answers,
    inquiries,
    issuer,
    licences,
    notifications,
    queries,
    rules,
    statutory_clock,
    tasks,
)

blueprint = Blueprint("clerk", __name__)

PAGE_SIZE = 25


@blueprint.get("/start")
@access.staff
def start(user: accounts.User) -> Response:
    """Where staff arrive after signing in: the first page they may open."""
    return rendering.go_to(rendering.navigation(user)[0].href)


@blueprint.get("/inbox")
@access.staff
def inbox(user: accounts.User) -> Response:
    """The tasks this account may take or holds, earliest due first."""
    chosen = {name: request.args.get(name, "") for name in ("show", "role")}
    page = queries.inbox(
        context.session(), product=context.product(), user=user, role=chosen["role"] or None,
        assignee=user.id if chosen["show"] == "mine" else None,
        state="READY" if chosen["show"] == "free" else None, overdue=True if chosen["show"] == "overdue" else None,
        after=request.args.get("after") or None, limit=PAGE_SIZE)
    roles = list(dict.fromkeys(role for role, _ in user.roles if role not in {"SUPERVISOR", "ADMIN"}))
    return rendering.page("clerk/inbox.html", page=page, chosen=chosen, roles=roles, now=context.product().clock.now(),
                          counties=rendering.county_names(),
                          later="after" in request.args)


@blueprint.get("/applications")
@access.staff
def search(user: accounts.User) -> Response:
    """Applications of the counties this account works for, newest first."""
    chosen = {name: request.args.get(name, "").strip() for name in ("state", "text")}
    session, product = context.session(), context.product()
    page = applications.search(session, product=product, user=user, state=chosen["state"] or None,
                               text=chosen["text"] or None, after=request.args.get("after") or None, limit=PAGE_SIZE)
    bases = deadlines.of_applications(session, product=product, due={one.id: one.due_at for one in page.items})
    return rendering.page("clerk/applications.html", page=page, bases=bases, chosen=chosen, now=product.clock.now(),
                          counts=queries.counts(session, product=product, user=user),
                          states=(*catalogue.OPEN_STATES, *catalogue.END_STATES), later="after" in request.args)


@blueprint.get("/applications/<application_id>")
@access.staff
def application(user: accounts.User, application_id: str) -> Response:
    """One application with everything that was said about it."""
    return _page(user, application_id)


@blueprint.post("/applications/<application_id>/issuer-answer")
@access.staff
def record_issuer_answer(user: accounts.User, application_id: str) -> Response:
    """Record what the issuer answered."""
    sent = request.form
    typed = "-".join(sent.get(f"issued_on-{part}", "").strip() for part in reversed(form_answers.DATE_PARTS))
    try:
        issuer.record_answer(
            context.session(), product=context.product(), application_id=application_id, user=user,
            answer="RETURNED" if sent.get("answer") == "RETURNED" else "ISSUED",
            issuer_number=sent.get("issuer_number"), national_licence_id=sent.get("national_licence_id"),
            issued_on=form_answers.to_date(typed), return_reason=sent.get("return_reason"))
    except errors.Invalid as refusal:
        return _page(user, application_id, {**sent.to_dict(), "issued_on": typed}, refusal.problems)
    return rendering.go("clerk.application", application_id=application_id, done="answer_recorded")


@blueprint.post("/applications/<application_id>/notice")
@access.staff
def record_notice(user: accounts.User, application_id: str) -> Response:
    """Record having told the applicant what to correct: the correction window starts now."""
    try:
        applications.record_notice(context.session(), product=context.product(), id=application_id, user=user,
                                   reason=request.form.get("reason", ""))
    except errors.Invalid as refusal:
        return _page(user, application_id, request.form.to_dict(), refusal.problems)
    return rendering.go("clerk.application", application_id=application_id, done="notice_recorded")


@blueprint.post("/applications/<application_id>/reopening")
@access.staff
def reopen(user: accounts.User, application_id: str) -> Response:
    """Open a lapsed application again."""
    try:
        applications.reopen(context.session(), product=context.product(), id=application_id, user=user,
                            reason=request.form.get("reason", ""))
    except errors.Invalid as refusal:
        return _page(user, application_id, request.form.to_dict(), refusal.problems)
    return rendering.go("clerk.application", application_id=application_id, done="reopened")


def _page(user: accounts.User, application_id: str, typed: Mapping[str, str] | None = None,
          problems: Sequence[Problem] = ()) -> Response:
    session, product = context.session(), context.product()
    found = applications.get(session, product=product, id=application_id, user=user)
    stored = documents.of_application(session, product=product, application_id=application_id, user=user)
    book = rules.of_application(session, engine=product.engine, application=found)
    history = applications.timeline(session, product=product, id=application_id, user=user)
    progress = (product.engine.progress(session, found.instance_id) if found.instance_id
                else Progress(active={}, completed={}, incidents=()))
    questions = _questions(typed or {}, problems)
    return rendering.page(
        "clerk/application.html", status=422 if problems else 200, application=found, now=product.clock.now(),
        notices=notifications.of_application(session, application_id=application_id),
        basis=deadlines.of_applications(session, product=product, due={found.id: found.due_at}).get(found.id),
        clock=statutory_clock.of_application(session, product=product, application_id=application_id),
        groups=summaries.of_application(found, stored), found=summaries.of_tasks(found, stored),
        decided=decisions.of_application(session, application_id=application_id, book=book),
        letter=decision_letters.of_application(session, application_id=application_id),
        inquired=inquiries.of_application(session, application_id=application_id),
        fees=fees.of_application(session, application_id=application_id),
        corrections=corrections.requests(session, application_id=application_id),
        entries=[*timelines.present(found), *timelines.of_history(history, staff=True)],
        steps=summaries.steps(found.definition_id, progress),
        marks=summaries.marks(progress),
        licence=licences.of_application(session, product=product, application_id=application_id),
        open_tasks=_open_tasks(user, application_id), may=_may(user, found), questions=questions,
        faults=fields.faults(problems, questions))


def _may(user: accounts.User, found: applications.Application) -> set[str]:
    """What this account may do with the application as it stands."""
    request_open = corrections.open_request(context.session(), application_id=found.id)
    possible = {
        "issuer.record_answer": found.state == "AT_ISSUER",
        "application.record_notice": request_open is not None and request_open.told_at is None,
        "application.reopen": found.state in catalogue.REOPENABLE}
    return {action for action, now in possible.items()
            if now and authorization.allowed(user, action, county=found.county)}


def _open_tasks(user: accounts.User, application_id: str) -> Sequence[Any]:
    page = tasks.search(context.session(), product=context.product(), user=user, application_id=application_id)
    return page.items


def _questions(typed: Mapping[str, str], problems: Sequence[Problem]) -> dict[str, fields.Input]:
    """The questions of the small forms on an application's page."""
    said = {problem.where: fields.in_words(problem) for problem in problems}
    answers = [(value, words.t(f"issuer_answer.{value}")) for value in (issuer.ISSUED, issuer.RETURNED)]
    issued, returned = words.t("issuer_answer.if_issued"), words.t("issuer_answer.if_returned")
    asked = {
        "answer": fields.simple("answer", "radio", words.t("issuer_answer.answer"),
                                choices=fields.choices("answer", answers, {typed.get("answer", issuer.ISSUED)})),
        "issued_on": fields.simple("issued_on", "date", words.t("licence.issued_on"), hint=issued,
                                   error=said.get("issued_on", ""),
                                   date=fields.date_parts("issued_on", typed.get("issued_on", "")))}
    for key, kind, required, hint in (
            ("issuer_number", "text", True, issued), ("national_licence_id", "text", False, ""),
            ("return_reason", "textarea", True, returned), ("reason", "textarea", True, "")):
        asked[key] = fields.simple(key, kind, words.t(f"issuer_answer.{key}"), hint=hint, error=said.get(key, ""),
                                   required=required, value=typed.get(key, ""), left_to_right=kind == "text",
                                   max_length=2000)
    return asked
