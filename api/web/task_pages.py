"""The page of one user task, for whoever may do it: staff, and applicants whose turn it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from api import context, language
from api.idempotency import REDRAW_FIELD
from api.web import access, fields, rendering, summaries, timelines, uploads, words
from engine import errors
from engine.values import Problem
from workflows import (
    accounts,
    applications,
    authorization,
    decisions,
    form_answers,
    inquiries,
    inquiry_letters,
    inquiry_requests,
    rules,
    statutory_clock,
    tasks,
)

blueprint = Blueprint("task", __name__, url_prefix="/tasks")


@blueprint.get("/<task_id>")
@access.anyone
def show(user: accounts.User, task_id: str) -> Response:
    """The task: the application, where it stands on its diagram, and the form."""
    return _page(user, task_id)


@blueprint.post("/<task_id>")
@access.anyone
def act(user: accounts.User, task_id: str) -> Response:
    """Complete the task, save a draft, or draw the form again with what is filled in so far."""
    session, product = context.session(), context.product()
    view = tasks.view(session, product=product, task_id=task_id, user=user)
    answers = form_answers.from_inputs(view.compiled, request.form.to_dict(flat=False)) if view.compiled else {}
    if REDRAW_FIELD in request.form:
        return _page(user, task_id, answers=answers, kept=uploads.keep(user, uploads.received(user), refused=set()))
    dropped = uploads.dropped()
    version = _version()
    files = uploads.received(user)
    try:
        if request.form.get("action") == "draft":
            tasks.save_draft(session, product=product, task_id=task_id, data=answers, files=files,
                             dropped=dropped, user=user, if_match=version)
            context.after_commit(lambda: uploads.forget(user))
            return rendering.go("task.show", task_id=task_id, done="draft_saved")
        tasks.complete(session, product=product, task_id=task_id, data=answers, files=files, user=user,
                       dropped=dropped, if_match=version)
    except errors.Invalid as refusal:
        kept = uploads.keep(user, files, refused={problem.where for problem in refusal.problems})
        return _page(user, task_id, answers=answers, problems=refusal.problems, kept=kept)
    except errors.StaleVersion as refusal:
        # What was typed is not lost: the page comes back with the present version, to be looked at and sent again.
        changed = Problem(where="version", what=refusal.message("en"), what_fa=refusal.message("fa"))
        return _page(user, task_id, answers=answers, problems=[changed], status=412,
                     kept=uploads.keep(user, files, refused=set()))
    context.after_commit(lambda: uploads.forget(user))
    if user.kind == "applicant":
        return rendering.go("applicant.application", application_id=view.task.business_key, done="task_completed")
    return rendering.go("clerk.inbox", done="task_completed")


@blueprint.post("/<task_id>/claim")
@access.staff
def claim(user: accounts.User, task_id: str) -> Response:
    """Take the task."""
    tasks.claim(context.session(), product=context.product(), task_id=task_id, user=user,
                if_match=_version())
    return rendering.go("task.show", task_id=task_id, done="claimed")


@blueprint.post("/<task_id>/letter")
@access.staff
def write_letter(user: accounts.User, task_id: str) -> Response:
    """Write the request letter of an inquiry, once."""
    inquiry_letters.write(context.session(), product=context.product(), task_id=task_id, user=user)
    return rendering.go("task.show", task_id=task_id, done="letter_written")


@blueprint.post("/<task_id>/release")
@access.staff
def release(user: accounts.User, task_id: str) -> Response:
    """Put the task back."""
    tasks.release(context.session(), product=context.product(), task_id=task_id, user=user,
                  if_match=_version())
    return rendering.go("clerk.inbox", done="released")


@blueprint.get("/<task_id>/assignment")
@access.staff
def choose_assignee(user: accounts.User, task_id: str) -> Response:
    """Ask a supervisor who shall do the task, and why."""
    return _assignment(user, task_id)


@blueprint.post("/<task_id>/assignment")
@access.staff
def assign(user: accounts.User, task_id: str) -> Response:
    """Give the task to another person, with a reason."""
    assignee, reason = request.form.get("assignee", ""), request.form.get("reason", "")
    missing = [Problem(where=key, what=words.t(f"task.{key}_missing"), what_fa=words.t(f"task.{key}_missing"))
               for key, given in (("assignee", assignee), ("reason", reason.strip())) if not given]
    try:
        if missing:
            raise errors.Invalid(missing)
        tasks.assign(context.session(), product=context.product(), task_id=task_id, assignee=assignee, reason=reason,
                     user=user, if_match=_version())
    except errors.Invalid as refusal:
        return _assignment(user, task_id, refusal.problems)
    return rendering.go("task.show", task_id=task_id, done="assigned")


def _version() -> errors.IfMatch:
    """The version of the task that the page was drawn from; one that no page ever had matches none."""
    given = request.form.get("version")
    if given is None:
        return None
    return int(given) if re.fullmatch(r"[0-9]{1,9}", given) else frozenset()


def _page(user: accounts.User, task_id: str, *, answers: Mapping[str, Any] | None = None,
          problems: Sequence[Problem] = (), kept: Mapping[str, Sequence[Any]] | None = None,
          status: int = 422) -> Response:
    session, product = context.session(), context.product()
    view = tasks.view(session, product=product, task_id=task_id, user=user)
    open_ = view.task.state in tasks.OPEN
    mine = open_ and view.refusal is None and (view.task.assignee == user.id or user.kind == "applicant")
    form = fields.view(view.compiled, view.data if answers is None else answers, context=view.context,
                       problems=problems, kept=kept, stored=_stored(view), attached=view.attached,
                       dropped=uploads.dropped()) if mine and view.compiled else None
    values: dict[str, Any] = {
        "view": view, "form": form, "mine": mine, "open": open_, "now": product.clock.now(),
        "faults": form.faults if form else fields.faults(problems, {}),
        "verified": authorization.is_verified(user, clock=product.machine),
        "refusal": _refusal(view),
        "eligibility": view.context.get("eligibility") or (),
        "inquiry": inquiries.code_of(view.task), "letters": product.letter_renderer is not None,
        "letter": inquiry_letters.of_task(session, task_id=task_id),
        "asked": inquiry_requests.of_task(session, task_id=task_id)}
    status = status if problems else 200
    if user.kind == "applicant":
        return rendering.page("applicant/task.html", status=status, **values)
    return rendering.page("clerk/task.html", status=status, **values, **_dossier(user, view))


def _dossier(user: accounts.User, view: tasks.TaskView) -> dict[str, Any]:
    """What a member of staff reads before deciding."""
    session, product, application = context.session(), context.product(), view.application
    if application is None:
        return {"groups": [], "found": [], "decided": [], "inquired": [], "late": [], "entries": [], "steps": [],
                "marks": {}, "clock": None}
    history = applications.timeline(session, product=product, id=application.id, user=user)
    book = rules.of_application(session, engine=product.engine, application=application)
    return {
        "clock": statutory_clock.of_application(session, product=product, application_id=application.id),
        "groups": summaries.of_application(application, view.documents, documents_first=True),
        "found": summaries.of_tasks(application, view.documents),
        "decided": decisions.of_application(session, application_id=application.id, book=book),
        "inquired": inquiries.of_application(session, application_id=application.id),
        "late": inquiry_requests.late_answers(session, application_id=application.id),
        "entries": timelines.of_history(history, staff=True),
        "steps": summaries.steps(view.task.definition_id, view.progress), "marks": summaries.marks(view.progress)}


def _refusal(view: tasks.TaskView) -> str:
    """Why this account may not take the task; nothing for those who only look on."""
    if view.refusal is None or isinstance(view.refusal, authorization.RoleMissing):
        return ""
    return view.refusal.message(language.language())


def _stored(view: tasks.TaskView) -> dict[str, list[Any]]:
    """Documents that stand behind the file fields of the form."""
    found: dict[str, list[Any]] = {}
    for document in view.documents:
        if document.replaced_at is None:
            found.setdefault(document.field, []).append(document)
    return found


def _assignment(user: accounts.User, task_id: str, problems: Sequence[Problem] = ()) -> Response:
    session, product = context.session(), context.product()
    view = tasks.view(session, product=product, task_id=task_id, user=user)
    authorization.require(user, "task.assign", county=view.task.scope, clock=product.machine)
    said = {problem.where: fields.in_words(problem) for problem in problems}
    people = [(one.id, one.name) for one in tasks.candidates(session, product=product, task=view.task)]
    assignee = fields.simple("assignee", "select", words.t("task.assignee"), error=said.get("assignee", ""),
                             choices=fields.choices("assignee", people, {request.form.get("assignee", "")}))
    reason = fields.simple("reason", "textarea", words.t("task.reason"), hint=words.t("task.reason_hint"),
                           error=said.get("reason", ""), value=request.form.get("reason", ""), max_length=2000)
    return rendering.page("clerk/assignment.html", status=422 if problems else 200, view=view, assignee=assignee,
                          reason=reason, faults=fields.faults(problems, {"assignee": assignee, "reason": reason}))
