"""The form of a user task: what it shows, by what it is checked, and what it tells the process."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine import errors
from engine.values import Problem, UserTask
from workflows import calendar, corrections, decisions, documents, drafts, form_fields, forms, intake, rules
from workflows.models.application import Application

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

FIX_FORM, CORRECTION_FORM, CHECK_FORM = "fix-or-stop", "correction", "check-documents"
_ASKING_FORMS = frozenset({CHECK_FORM, "issuer-return"})
"""Forms by which a clerk sends an application back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
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
    def of(cls, session: Session, product: Product, task: UserTask, application: Application | None) -> Shown:
        definition = product.engine.definition(session, id=task.definition_id)
        raw = product.engine.form(session, task.definition_id, task.form_key) if task.form_key else None
        own = (intake.form(session, product=product, definition_id=task.definition_id, form_key=task.form_key)
               if task.form_key else None)
        whole = intake.application_form(session, product=product, application=application) if application else None
        variables = product.engine.task_variables(session, task.id)
        on = intake.submission_day(application) if application else calendar.today(product.clock.now())
        offers = intake.context(session, product=product, deployment_id=definition.deployment_id, on=on,
                                service=application.service if application else None, application_form=whole)
        context = {**variables, **offers, "item": task.item}
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
            book=rules.book(session, engine=product.engine, deployment_id=definition.deployment_id, on=on))

    def variables(self, checked: Mapping[str, Any]) -> dict[str, Any]:
        """What a checked answer tells the process."""
        return forms.variables(forms.settled(self.own, checked, self.context), checked) if self.own else {}

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


def _documents_missing(session: Session, product: Product, application: Application,
                       form: form_fields.CompiledForm, context: Mapping[str, Any]) -> list[str]:
    """Codes of the documents that the form asks for and that were not handed in."""
    visible = forms.ask(form, application.data, context).visible
    stored = {one.field for one in documents.listed(session, application_id=application.id)}
    book = rules.of_application(session, engine=product.engine, application=application)
    return [one.code for one in book.conditions.values()
            if one.kind == rules.DOCUMENT and one.is_of(application.service) and one.field in visible
            and one.field not in stored]


def _fields_of(codes: Sequence[str], session: Session, product: Product, application: Application) -> set[str | None]:
    book = rules.of_application(session, engine=product.engine, application=application)
    return {book.conditions[code].field for code in codes if code in book.conditions}
