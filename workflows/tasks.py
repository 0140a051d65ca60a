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
    catalogue,
    corrections,
    deadlines,
    decisions,
    documents,
    dossiers,
    drafts,
    fees,
    form_fields,
    forms,
    inquiries,
    intake,
    reasons,
    rules,
    withdrawals,
)
from workflows.models.application import Application, Submission

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

OPEN = ("READY", "CLAIMED")
FIX_FORM, CORRECTION_FORM, CHECK_FORM = "fix-or-stop", "correction", "check-documents"
_ASKING_FORMS = frozenset({CHECK_FORM, "issuer-return"})
"""Forms by which a clerk sends an application back."""


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
    shown = _Shown.of(session, product, task, application)
    names = accounts.names(session, [task.assignee]) if task.assignee else {}
    window = shown.request.due_at if shown.request is not None else None
    return TaskView(
        basis=deadlines.of_task(session, product=product, task=task, due_at=window),
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
    shown = _Shown.of(session, product, task, session.get(Application, task.business_key))
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
    shown = _Shown.of(session, product, task, application)
    files = {**shown.attached(session, product, user, task_id, data, but={*dropped, *files}), **files}
    checked = shown.check(data, files)
    variables = forms.variables(forms.settled(shown.own, checked, shown.context), checked) if shown.own else {}
    if application is not None:
        if shown.keys and shown.whole is not None and shown.corrects(checked):
            made = corrections.apply(session, product=product, application=application, form=shown.whole,
                                     keys=shown.keys, data=checked, files=files, user=user)
            measured = catalogue.service(application.service).measured
            variables |= {name: fact for name, fact in made.items()
                          if shown.context.get(measured.get(name, "")) is None}
        elif shown.request is not None:
            corrections.close(session, product=product, application_id=application.id)
        _record(session, product, application, task, shown, checked, files, user)
    drafts.discard(session, place=task_id)
    return product.engine.complete(session, task_id, variables=variables, actor=Actor(id=user.id), if_match=if_match)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a task shows and is checked against."""

    raw: Mapping[str, Any] | None
    own: form_fields.CompiledForm | None
    compiled: form_fields.CompiledForm | None
    whole: form_fields.CompiledForm | None
    """The application's whole form."""
    keys: frozenset[str]
    """Fields of the application that this task may change."""
    standing: Mapping[str, Any]
    """What stands in those fields."""
    current: Mapping[str, Any]
    """What stands in the whole application."""
    context: Mapping[str, Any]
    request: corrections.Request | None
    stored: Mapping[str, Sequence[str]]
    """File fields that hold a document, save those it was asked to replace."""
    book: rules.RuleBook
    form_key: str

    @classmethod
    def of(cls, session: Session, product: Product, task: UserTask, application: Application | None) -> _Shown:
        definition = product.engine.definition(session, id=task.definition_id)
        raw = product.engine.form(session, task.definition_id, task.form_key) if task.form_key else None
        own = (intake.form(session, product=product, definition_id=task.definition_id, form_key=task.form_key)
               if task.form_key else None)
        whole = intake.application_form(session, product=product, application=application) if application else None
        variables = product.engine.task_variables(session, task.id)
        context = {**variables, **intake.context(session, product=product, deployment_id=definition.deployment_id,
                                                 application_form=whole), "item": task.item}
        request, keys, standing, stored = None, frozenset[str](), {}, {}
        missing: set[str | None] = set()
        if application is not None and whole is not None and task.form_key in {FIX_FORM, CORRECTION_FORM}:
            request = corrections.open_request(session, application_id=application.id)
            named = whole.fields if task.form_key == FIX_FORM else request.unlocked_fields if request else ()
            keys = corrections.unlocked(whole, named)
            standing = {key: value for key, value in application.data.items() if key in keys}
            context |= {key: forms.feel_value(whole.fields[key], value) for key, value in application.data.items()
                        if key in whole.fields}
            missing = _fields_of(request.missing_codes if request else (), session, product, application)
            stored = {one.field: [one.name] for one in documents.listed(session, application_id=application.id)
                      if one.field in keys and one.field not in missing}
        if application is not None and whole is not None and task.form_key == CHECK_FORM:
            context["documents_missing"] = _documents_missing(session, product, application, whole, context)
        return cls(
            raw=raw, own=own, whole=whole, keys=keys, standing=standing, context=context, request=request,
            current=application.data if application else {}, stored=stored, form_key=task.form_key or "",
            compiled=corrections.merged(own, whole, keys, missing) if own and whole and keys else own,
            book=rules.book(session, engine=product.engine, deployment_id=definition.deployment_id))

    def corrects(self, data: Mapping[str, Any]) -> bool:
        """Whether this answer corrects the application: always, save where the applicant chose another way."""
        return self.form_key != FIX_FORM or data.get("choice") == "FIX"

    def attached(self, session: Session, product: Product, user: User, task_id: str, data: Mapping[str, Any],
                 but: Collection[str]) -> documents.Files:
        """The files of the draft that the form still asks for; an answer may since have hidden their question."""
        if self.compiled is None or all(field.kind != "file" for field in self.compiled.fields.values()):
            return {}
        hidden = self.compiled.fields.keys() - set(forms.ask(self.compiled, data, self.context).visible)
        return drafts.contents(session, product=product, user=user, place=task_id, but={*but, *hidden})

    def check(self, data: Mapping[str, Any], files: documents.Files) -> dict[str, Any]:
        """The checked answer. Raises: Invalid with every fault of values, files and decision."""
        if self.own is None or self.compiled is None:
            return {}
        form, sent, stored = self.compiled, dict(data), self.stored
        problems = documents.check(files)
        if self.keys and self.whole is not None:
            if self.corrects(data):
                problems += corrections.locked(self.whole, self.keys, data, files, self.current)
                sent = {**self.standing, **{key: value for key, value in data.items() if key in form.fields
                                            or key not in self.whole.fields}}
            else:
                form, stored = self.own, {}
                sent = {key: value for key, value in data.items() if key not in self.whole.fields}
        present = {**stored, **{field: [name] for field, (name, _) in files.items()
                                     if field in form.fields or field not in self.keys}}
        checked = forms.check(form, sent, files=present, context=self.context)
        known = {problem.where for problem in problems}
        problems += [problem for problem in checked.problems if problem.where not in known]
        problems += [problem for problem in decisions.problems(checked.data, book=self.book, fields=form.fields,
                                                                   unmet=self.context.get("eligibility") or ())
                     if problem.where not in {one.where for one in problems}]
        problems += _asking_problems(self.form_key, checked.data, problems, self.book)
        if problems:
            raise errors.Invalid(problems)
        return dict(checked.data)


def _asking_problems(form_key: str, data: Mapping[str, Any], found: Sequence[Problem],
                     book: rules.RuleBook) -> list[Problem]:
    """Sending an application back says what for: a field, or a document that has one."""
    asks = form_key in _ASKING_FORMS and (data.get("complete") is False or data.get("decision") == "ASK_APPLICANT"
                                          or (form_key == CHECK_FORM and "complete" not in data))
    named = [code for code in data.get("missing_codes") or ()
             if code in book.conditions and book.conditions[code].field]
    if not asks or found or named or data.get("unlocked_fields"):
        return []
    return [Problem(where="unlocked_fields", code="required", what="Say which documents or fields are to be corrected.",
                    what_fa="بنویسید کدام مدارک یا موارد باید اصلاح شود.")]


def _record(session: Session, product: Product, application: Application, task: UserTask, shown: _Shown,
            checked: Mapping[str, Any], files: documents.Files, user: User) -> None:
    """The domain rows of a completed task: its documents, its submission, and what its form decides or answers."""
    own = shown.own.fields if shown.own else {}
    mine = {key: value for key, value in checked.items() if key in own}
    asked = forms.ask(shown.own, checked, shown.context).visible if shown.own and files else frozenset()
    stored = [documents.store(session, product=product, application_id=application.id, task_id=task.id,
                              field=f"{task.element_id}.{field}", name=name, content=content, by=user.id, replace=False)
              for field, (name, content) in files.items() if field in asked]
    first = stored[0].id if stored else None
    session.add(Submission(id=new_id(), application_id=application.id, task_id=task.id, element_id=task.element_id,
                           form_key=task.form_key or "", data=mine, submitted_by=user.id,
                           submitted_at=product.clock.now()))
    decisions.record(session, product=product, application_id=application.id, task=task, data=mine, by=user.id)
    inquiries.record(session, product=product, application_id=application.id, task=task, data=mine, document_id=first,
                     by=user.id)
    if fees.FIELDS & own.keys():
        fees.record(session, product=product, application_id=application.id, rule=shown.context.get("fee"), data=mine,
                    document_id=first, by=user.id)
    session.flush()


def _documents_missing(session: Session, product: Product, application: Application,
                       form: form_fields.CompiledForm, context: Mapping[str, Any]) -> list[str]:
    """Codes of the documents that the form asks for and that were not handed in."""
    visible = forms.ask(form, application.data, context).visible
    stored = {one.field for one in documents.listed(session, application_id=application.id)}
    book = rules.book(session, engine=product.engine, deployment_id=application.deployment_id)
    return [one.code for one in book.conditions.values()
            if one.kind == rules.DOCUMENT and one.field in visible and one.field not in stored]


def _fields_of(codes: Sequence[str], session: Session, product: Product, application: Application) -> set[str | None]:
    book = rules.book(session, engine=product.engine, deployment_id=application.deployment_id)
    return {book.conditions[code].field for code in codes if code in book.conditions}


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
