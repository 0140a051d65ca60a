"""Pages of applicants: apply, follow, correct, withdraw, receive the licence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, request, url_for

from api import context
from api.idempotency import REDRAW_FIELD
from api.web import access, fields, refusals, rendering, summaries, timelines, uploads, words
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
    drafts,
    form_answers,
    forms,
    licences,
    notifications,
    offered,
    rules,
    statutory_clock,
    subject_licences,
    tasks,
)

blueprint = Blueprint("applicant", __name__)

PAGE_SIZE = 20


@blueprint.get("/apply")
@access.applicant
def services(user: accounts.User) -> Response:
    """The services that are offered."""
    del user  # whoever applies sees the same
    return rendering.page("applicant/services.html", services=offered.services(context.session()))


@blueprint.get("/apply/<service>")
@access.applicant
def apply(user: accounts.User, service: str) -> Response:
    """The application form: the draft, or empty but for what is known; first the licence, where it is about one."""
    asked = _asked(service)
    if asked.service.about_licence and asked.licence is None:
        own = subject_licences.own(context.session(), product=context.product(), user=user, service=asked.service)
        return rendering.page("applicant/licences.html", service=asked.service, licences=own)
    kept = drafts.answers(context.session(), user=user, place=asked.draft)
    return _form(user, asked, _known(user, asked) if kept is None else kept)


@blueprint.post("/apply/<service>")
@access.applicant
def submit(user: accounts.User, service: str) -> Response:
    """Submit the application, or keep it as a draft; every fault is shown at its question, and right files are kept."""
    session, product, asked = context.session(), context.product(), _asked(service)
    form, options = applications.application_form(session, product=product, service=service)
    answers = form_answers.from_inputs(form, request.form.to_dict(flat=False))
    files = uploads.received(user)
    if REDRAW_FIELD in request.form:
        return _form(user, asked, answers, kept=uploads.keep(user, files, refused=set()))
    dropped = uploads.dropped()
    try:
        if request.form.get("action") == "draft":
            drafts.keep(session, product=product, user=user, place=asked.draft, form=form, files=files,
                        dropped=dropped, data=answers)
            context.after_commit(lambda: uploads.forget(user))
            return rendering.go("applicant.apply", service=service, licence=asked.licence, done="draft_saved")
        hidden = form.fields.keys() - forms.ask(form, answers, options).visible
        attached = drafts.contents(session, product=product, user=user, place=asked.draft,
                                   but={*dropped, *files, *hidden})
        submitted = applications.submit(session, product=product, data=answers, files={**attached, **files}, user=user,
                                        service=service, licence=asked.licence)
    except refusals.KINDS as refusal:
        problems = refusals.problems(refusal)
        return _form(user, asked, answers, problems,
                     uploads.keep(user, files, refused={one.where for one in problems}))
    drafts.discard(session, place=asked.draft, user=user)
    context.after_commit(lambda: uploads.forget(user))
    return rendering.go("applicant.receipt", application_id=submitted.application_id)


@blueprint.get("/my/applications/<application_id>/receipt")
@access.applicant
def receipt(user: accounts.User, application_id: str) -> Response:
    """The receipt: file number and tracking code, to print."""
    session, product = context.session(), context.product()
    return rendering.page(
        "applicant/receipt.html", receipt=applications.receipt(session, product=product, id=application_id, user=user),
        application=applications.get(session, product=product, id=application_id, user=user))


@blueprint.get("/my")
@access.applicant
def mine(user: accounts.User) -> Response:
    """The applicant's applications, and what waits for him."""
    session, product = context.session(), context.product()
    page = applications.search(session, product=product, user=user, after=request.args.get("after") or None,
                               limit=PAGE_SIZE)
    waiting = tasks.waiting(session, product=product, user=user, applications=[one.id for one in page.items])
    return rendering.page("applicant/mine.html", waiting=waiting, page=page, later="after" in request.args)


@blueprint.get("/my/applications/<application_id>")
@access.applicant
def application(user: accounts.User, application_id: str) -> Response:
    """One application: its stage, what waits for the applicant, its history and documents, the licence."""
    session, product = context.session(), context.product()
    found = applications.get(session, product=product, id=application_id, user=user)
    stored = documents.of_application(session, product=product, application_id=application_id, user=user,
                                      replaced=False)
    progress = (product.engine.progress(session, found.instance_id) if found.instance_id
                else Progress(active={}, completed={}, incidents=()))
    history = applications.timeline(session, product=product, id=application_id, user=user)
    waiting = tasks.search(session, product=product, user=user, application_id=application_id).items
    return rendering.page(
        "applicant/application.html", application=found, now=product.clock.now(), waiting=waiting,
        notices=notifications.of_application(session, application_id=application_id),
        bases=deadlines.of_tasks(session, product=product, tasks=waiting),
        basis=deadlines.of_applications(session, product=product, due={found.id: found.due_at}).get(found.id),
        clock=statutory_clock.of_application(session, product=product, application_id=application_id),
        correction=corrections.open_request(session, application_id=application_id),
        licence=licences.of_application(session, product=product, application_id=application_id),
        refusal=_refusal(found), groups=summaries.of_application(found, stored),
        letter=decision_letters.of_application(session, application_id=application_id),
        entries=[*timelines.present(found), *timelines.of_history(history, staff=False)],
        steps=summaries.steps(found.definition_id, progress), marks=summaries.marks(progress),
        verified=authorization.is_verified(user, clock=product.machine))


@blueprint.get("/my/applications/<application_id>/withdrawal")
@access.applicant
def ask_withdrawal(user: accounts.User, application_id: str) -> Response:
    """Ask for the reason of a withdrawal."""
    return _reason_page(user, application_id, "withdraw")


@blueprint.post("/my/applications/<application_id>/withdrawal")
@access.applicant
def withdraw(user: accounts.User, application_id: str) -> Response:
    """Withdraw, or ask to once the file is with the issuer."""
    try:
        outcome = applications.withdraw(context.session(), product=context.product(), id=application_id, user=user,
                                        reason=request.form.get("reason", ""))
    except errors.Invalid as refusal:
        return _reason_page(user, application_id, "withdraw", refusal.problems)
    return rendering.go("applicant.application", application_id=application_id, done=outcome.lower())


@blueprint.get("/my/applications/<application_id>/reopening")
@access.applicant
def ask_reopening(user: accounts.User, application_id: str) -> Response:
    """Ask why a lapsed application shall be opened again."""
    return _reason_page(user, application_id, "reopen")


@blueprint.post("/my/applications/<application_id>/reopening")
@access.applicant
def reopen(user: accounts.User, application_id: str) -> Response:
    """Open a lapsed application again, with its data."""
    try:
        applications.reopen(context.session(), product=context.product(), id=application_id, user=user,
                            reason=request.form.get("reason", ""))
    except errors.Invalid as refusal:
        return _reason_page(user, application_id, "reopen", refusal.problems)
    return rendering.go("applicant.application", application_id=application_id, done="reopened")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the address of a form asks for."""

    service: catalogue.Entry
    licence: str | None
    """The number of the licence it is about."""

    @property
    def draft(self) -> str:
        """Where its draft is kept."""
        return drafts.of_application(self.service.key, self.licence)


def _asked(service: str) -> _Asked:
    """Raises: NotFound; ServiceOff."""
    chosen = catalogue.service(service)
    offered.require(context.session(), chosen)
    number = request.args.get("licence", "")[:40] if chosen.about_licence else ""
    return _Asked(service=chosen, licence=number or None)


def _known(user: accounts.User, asked: _Asked) -> dict[str, Any]:
    """What need not be typed: the applicant's own number, and what the register knows of his licence."""
    if asked.licence is None:
        return {"ceo_mobile": user.mobile}
    found = subject_licences.take(context.session(), product=context.product(), service=asked.service,
                                  number=asked.licence, user=user, lock=False)
    return {"ceo_mobile": user.mobile, **subject_licences.known(found, asked.service)}


def _form(user: accounts.User, asked: _Asked, answers: Mapping[str, Any], problems: Sequence[Problem] = (),
          kept: Mapping[str, Sequence[Any]] | None = None) -> Response:
    form, options = applications.application_form(context.session(), product=context.product(),
                                                  service=asked.service.key)
    attached = drafts.files(context.session(), user=user, place=asked.draft)
    view = fields.view(form, answers, context=options, problems=problems, kept=kept, attached=attached,
                       dropped=uploads.dropped())
    return rendering.page("applicant/apply.html", status=422 if problems else 200, form=view, faults=view.faults,
                          draft_days=drafts.ABANDONED.days, service=asked.service, licence=asked.licence,
                          account=user)


def _refusal(found: applications.Application) -> decisions.Decision | None:
    """The decision that refused an application, with the conditions it cites."""
    if found.outcome != "REJECTED":
        return None
    session = context.session()
    book = rules.of_application(session, engine=context.engine(), application=found)
    decided = decisions.of_application(session, application_id=found.id, book=book)
    refusal = next((one for one in reversed(decided) if one.cited), None)
    return None if refusal is None else replace(refusal, note=decisions.reason(decided, refusal))


def _reason_page(user: accounts.User, application_id: str, what: str, problems: Sequence[Problem] = ()) -> Response:
    found = applications.get(context.session(), product=context.product(), id=application_id, user=user)
    if not authorization.is_verified(user, clock=context.product().machine):
        return rendering.go_to(url_for("sign_in.mobile", next=request.path))
    said = {problem.where: fields.in_words(problem) for problem in problems}
    reason = fields.simple("reason", "textarea", words.t(f"{what}.reason"), hint=words.t(f"{what}.reason_hint"),
                           error=said.get("reason", ""), value=request.form.get("reason", ""), max_length=2000)
    return rendering.page("applicant/reason.html", status=422 if problems else 200, application=found, what=what,
                          reason=reason, faults=fields.faults(problems, {"reason": reason}))
