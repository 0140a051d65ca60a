"""User tasks as people do them: see, claim, fill in, complete.

Completing a task checks its form, splits the answers (facts go to the process, everything else to domain rows), and
lets the process go on, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Actor, Page, Problem, Progress, UserTask, new_id
from workflows import (
    accounts,
    authorization,
    bank_codes,
    catalogue,
    corrections,
    deadlines,
    decisions,
    docket_sessions,
    documents,
    dossiers,
    drafts,
    fees,
    form_fields,
    forms,
    inquiries,
    intake,
    reasons,
    withdrawals,
)
from workflows.models.application import Application, Submission
from workflows.task_forms import Shown

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

OPEN = ("READY", "CLAIMED")
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task with all that is needed to do it."""

    task: UserTask
    form: Mapping[str, Any] | None
    """form-js JSON of the task's own form."""
    compiled: form_fields.CompiledForm | None
    """The form to show and to check: for a correction, with the unlocked fields of the application behind it."""
    data: Mapping[str, Any]
    """What the form shows: the draft, or what stands."""
    context: Mapping[str, Any]
    """Option lists and facts that the form's conditions see."""
    application: dossiers.Application | None
    documents: Sequence[documents.Document]
    attached: Mapping[str, drafts.DraftFile]
    """Field -> the file that this account has attached to its draft."""
    progress: Progress
    correction: corrections.Request | None
    basis: deadlines.Basis | None
    """What the due date was computed from: the correction's, where one is open, else the task's."""
    asked_again: inquiries.AskedAgain | None
    withdrawal: withdrawals.Request | None
    """The request that the task decides on."""
    refusal: errors.Forbidden | None
    """Why this account may not take the task; None when it may."""
    can_assign: bool
    assignee_name: str | None


def search(session: Session, *, product: Product, user: User, state: str | None = None, assignee: str | None = None,
           application_id: str | None = None, role: str | None = None, overdue: bool | None = None,
           after: str | None = None, limit: int = 50, count: bool = False) -> Page[UserTask]:
    """The tasks this account works on, earliest due first; a supervisor sees those of every role.

    An applicant has those of his own applications.
    """
    own = None
    if user.kind == "applicant":
        own = select(Application.id).where(Application.applicant_id == user.id)
    where = [pair for pair in authorization.task_scope(user) if role in (None, pair[0])]
    return product.engine.user_tasks(session, where=where, assignee=assignee, overdue=overdue, after=after, limit=limit,
                                     states=OPEN if state is None else (state,), business_key=application_id,
                                     business_keys=own, count=count)


def waiting(session: Session, *, product: Product, user: User, applications: Collection[str]) -> set[str]:
    """Those of an applicant's own `applications` (ids) in which a task waits for him."""
    own = select(Application.id).where(Application.applicant_id == user.id, Application.id.in_(applications))
    found, after = set[str](), None
    while True:
        page = product.engine.user_tasks(session, where=authorization.task_scope(user), business_keys=own, after=after)
        found |= {task.business_key for task in page.items}
        after = page.next
        if after is None:
            return found


def view(session: Session, *, product: Product, task_id: str, user: User) -> TaskView:
    """A task for someone who may see it. Raises: NotFound; Forbidden."""
    task = product.engine.user_task(session, task_id)
    refusal = _require_sight(session, product, user, task)
    application = session.get(Application, task.business_key)
    shown = Shown.of(session, product, task, application)
    names = accounts.names(session, [task.assignee]) if task.assignee else {}
    window = shown.request.due_at if shown.request is not None else None
    return TaskView(
        basis=deadlines.of_task(session, product=product, task=task, due_at=window,
                                 on=intake.submission_day(application) if application else None),
        attached=drafts.files(session, user=user, place=task_id),
        asked_again=inquiries.asked_again(session, task=task, book=shown.book),
        task=task, form=shown.raw, compiled=shown.compiled, context=shown.context,
        data={**shown.standing, **(task.draft or {})},
        application=dossiers.value(session, application) if application else None,
        documents=documents.listed(session, application_id=application.id) if application else [],
        progress=product.engine.progress(session, task.instance_id), correction=shown.request, refusal=refusal,
        withdrawal=(withdrawals.open_request(session, application_id=task.business_key)
                    if task.form_key == withdrawals.FORM else None),
        can_assign=authorization.allowed(user, "task.assign", county=task.scope) and task.role != "APPLICANT",
        assignee_name=names.get(task.assignee or ""))


def claim(session: Session, *, product: Product, task_id: str, user: User, if_match: errors.IfMatch = None) -> UserTask:
    """Take a task. Raises: NotFound; Forbidden; TaskHeldByAnother, TaskAlreadyCompleted; StaleVersion."""
    task = product.engine.user_task(session, task_id)
    _require_take(session, product, user, task)
    return product.engine.claim(session, task_id, actor=Actor(id=user.id), if_match=if_match)


def release(session: Session, *, product: Product, task_id: str, user: User,
            if_match: errors.IfMatch = None) -> UserTask:
    """Put one's task back. Raises: NotFound; Forbidden; TaskHeldByAnother; StaleVersion."""
    task = product.engine.user_task(session, task_id)
    _require_take(session, product, user, task)
    return product.engine.release(session, task_id, actor=Actor(id=user.id), if_match=if_match)


def save_draft(session: Session, *, product: Product, task_id: str, data: Mapping[str, Any], user: User,
               files: documents.Files | None = None, dropped: Collection[str] = (),
               if_match: errors.IfMatch = None) -> UserTask:
    """Keep what is filled in so far, unchecked, and the files, checked; those of the `dropped` fields go.

    The files are kept for this account alone. Raises: NotFound; Forbidden; TaskHeldByAnother; StaleVersion; Invalid for
    a file that could not be sent either.
    """
    task = product.engine.user_task(session, task_id)
    _require_take(session, product, user, task)
    _require_open(task, user, if_match)
    shown = Shown.of(session, product, task, session.get(Application, task.business_key))
    drafts.keep(session, product=product, user=user, place=task_id, form=shown.compiled, files=files or {},
                dropped=dropped)
    return product.engine.save_draft(session, task_id, data=data, actor=Actor(id=user.id), if_match=if_match)


def assign(session: Session, *, product: Product, task_id: str, assignee: str, reason: str, user: User,
           if_match: errors.IfMatch = None) -> UserTask:
    """Give a task, held or not, to another person, with a reason; for supervisors. `assignee` is an id or sign-in name.

    Raises: NotFound; Forbidden for who may not assign; Invalid without a reason, or for a person who may not take it.
    """
    task = product.engine.user_task(session, task_id)
    authorization.require(user, "task.assign", county=task.scope, clock=product.machine)
    why = reasons.given(reason)
    person = accounts.find(session, assignee) or accounts.by_username(session, assignee)
    if person is None or not person.active:
        raise errors.NotFound(what="account", id=assignee)
    refusal = authorization.may_take(session, product.engine, person, task)
    if refusal is not None:
        what, what_fa = (words.format(**refusal.facts) for words in refusal.of_another)
        raise errors.Invalid([Problem(where="assignee", code=refusal.code, what=what, what_fa=what_fa)])
    return product.engine.assign(session, task_id, assignee=person.id, actor=Actor(id=user.id, reason=why),
                                 if_match=if_match)


def candidates(session: Session, *, product: Product, task: UserTask) -> list[User]:
    """The people a task may be given to."""
    people = accounts.staff(session, role=task.role, county=task.scope)
    return [one for one in people if authorization.may_take(session, product.engine, one, task) is None]


def complete(session: Session, *, product: Product, task_id: str, data: Mapping[str, Any], files: documents.Files,
             user: User, dropped: Collection[str] = (), if_match: errors.IfMatch = None) -> UserTask:
    """Complete a task with its form. Every fault is told at once, and then nothing has changed.

    To the files sent come those attached to this account's draft, save those of the `dropped` fields.

    Raises: NotFound; Forbidden; TaskAlreadyCompleted, TaskHeldByAnother; StaleVersion; Invalid.
    """
    # The instance is locked before anything is read that the answer depends on: always the instance first, then the
    # application, or two people could wait for each other.
    product.engine.lock(session, product.engine.user_task(session, task_id).instance_id)
    task = product.engine.user_task(session, task_id)
    _require_take(session, product, user, task)
    _require_open(task, user, if_match)
    application = session.get(Application, task.business_key, populate_existing=True)
    shown = Shown.of(session, product, task, application)
    files = {**shown.attached(session, product, user, task_id, data, but={*dropped, *files}), **files}
    checked = shown.check(data, files)
    bank_codes.check(session, task=task, application=application, data=checked)
    variables = shown.variables(checked)
    if application is not None:
        if shown.keys and shown.whole is not None and shown.corrects(checked):
            made = corrections.apply(session, product=product, application=application, form=shown.whole,
                                     keys=shown.keys, data=checked, files=files, user=user)
            measured = catalogue.service(application.service).measured
            variables |= {name: fact for name, fact in made.items()
                          if shown.context.get(measured.get(name, "")) is None}
        elif shown.request is not None:
            corrections.close(session, product=product, application_id=application.id)
        _record(session, product, application, task, shown, checked, files, by=user.id)
    docket_sessions.record(session, product=product, task=task, data=checked, files=files, by=user.id)
    drafts.discard(session, place=task_id)
    return product.engine.complete(session, task_id, variables=variables, actor=Actor(id=user.id), if_match=if_match)


def answer(session: Session, *, product: Product, task: UserTask, data: Mapping[str, Any], by: str) -> UserTask:
    """Complete an open task of an inquiry with what the register itself answered, named `by`, who is no account.

    The instance is locked already. The form's checks are those a clerk's answer passes. Whoever holds the task loses
    it, and the history says to whom. Raises: Invalid with every fault; TaskAlreadyCompleted; InstanceSuspended.
    """
    application = session.get(Application, task.business_key, populate_existing=True)
    shown = Shown.of(session, product, task, application)
    checked = shown.check(data, {})
    if application is not None:
        _record(session, product, application, task, shown, checked, {}, by=by, source=inquiries.REGISTER)
    drafts.discard(session, place=task.id)
    actor = Actor(id=by)
    if task.assignee is not None:
        product.engine.assign(session, task.id, assignee=None, actor=actor)
    return product.engine.complete(session, task.id, variables=shown.variables(checked), actor=actor)


def _record(session: Session, product: Product, application: Application, task: UserTask, shown: Shown,
            checked: Mapping[str, Any], files: documents.Files, *, by: str,
            source: str = inquiries.CLERK) -> None:
    """The domain rows of a completed task: its documents, its submission, and what its form decides or answers."""
    own = shown.own.fields if shown.own else {}
    mine = {key: value for key, value in checked.items() if key in own}
    asked = forms.ask(shown.own, checked, shown.context).visible if shown.own and files else frozenset()
    stored = [documents.store(session, product=product, application_id=application.id, task_id=task.id,
                              field=f"{task.element_id}.{field}", name=name, content=content, by=by, replace=False)
              for field, (name, content) in files.items() if field in asked]
    first = stored[0].id if stored else None
    session.add(Submission(id=new_id(), application_id=application.id, task_id=task.id, element_id=task.element_id,
                           form_key=task.form_key or "", data=mine, submitted_by=by,
                           submitted_at=product.clock.now()))
    decisions.record(session, product=product, application_id=application.id, task=task, data=mine, by=by)
    inquiries.record(session, product=product, application_id=application.id, task=task, data=mine, document_id=first,
                     by=by, source=source)
    if fees.FIELDS & own.keys():
        fees.record(session, product=product, application_id=application.id, rule=shown.context.get("fee"), data=mine,
                    document_id=first, by=by)
    session.flush()


def _require_sight(session: Session, product: Product, user: User, task: UserTask) -> errors.Forbidden | None:
    """Why the user may not take the task. Raises: Forbidden when he may not even see it."""
    refusal = authorization.may_take(session, product.engine, user, task)
    if isinstance(refusal, authorization.RoleMissing | authorization.OwnApplication) and not authorization.allowed(
            user, "task.view", county=task.scope):
        raise refusal
    return refusal


def _require_take(session: Session, product: Product, user: User, task: UserTask) -> None:
    refusal = authorization.may_take(session, product.engine, user, task)
    if refusal is not None and task.state in OPEN:
        raise refusal
    if isinstance(refusal, authorization.RoleMissing):
        raise refusal
    if task.role == "APPLICANT" and not authorization.is_verified(user, clock=product.machine):
        raise authorization.CodeNeeded


def _require_open(task: UserTask, user: User, if_match: errors.IfMatch) -> None:
    """The state is told before the form's faults: a task that is gone needs no correct form."""
    if task.state not in OPEN:
        raise errors.TaskAlreadyCompleted
    if task.assignee not in (None, user.id):
        raise errors.TaskHeldByAnother
    errors.require_version(task.version, if_match)
