"""Forms: form-js JSON compiled to fields and a JSON Schema 2020-12, and answers checked against it.

An answer is normalised first (digits, letters, spaces, Jalali dates), then fields that a FEEL condition hides are
dropped, then the rest is validated by `jsonschema`; every fault is told at once, in Persian and English.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import regex  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from engine import errors, feel
from engine.values import Problem
from workflows import form_answers, form_fields, form_messages, form_places, form_reader, identifiers
from workflows.form_fields import CompiledForm, Field

_BLANK: Mapping[str, type[bool] | type[list[Any]]] = {"checkbox": bool, "checklist": list}
_LARGEST = Decimal(10) ** 300
"""No computed limit is beyond it: what is told of a limit is short, and JSON can carry it."""
_PATTERN_SECONDS = 0.1
"""What one test of a pattern may take; a text beyond it does not fit."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An answer after checking: what is left of it, and what is wrong with it."""

    data: Mapping[str, Any]
    """Normalised JSON values of the visible fields that were answered, file fields aside."""
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which fields a form asks for, given the answers so far."""

    visible: frozenset[str]
    required: frozenset[str]


def compile(form: Mapping[str, Any], *, file: str | None = None,  # noqa: A001 - the word of the domain
            functions: feel.Functions | None = None) -> CompiledForm:
    """Compile form-js JSON.

    Raises: Invalid with every component, expression and property that the product does not support, by name.
    """
    return form_reader.read(form, file=file, functions=functions)


def problems(source: bytes, *, functions: feel.Functions | None = None) -> Sequence[Problem]:
    """Everything that keeps a file from being used as a form; faults of expressions with their line and column."""
    try:
        form_reader.read(form_places.placed(source), file=None, functions=functions)
    except errors.Invalid as error:
        return error.problems
    return ()


def load(form: Mapping[str, Any], *, functions: feel.Functions | None = None) -> CompiledForm:
    """Compile a form that was accepted when it was deployed: what became stricter since then stops nobody.

    Raises: Invalid when it is no form at all.
    """
    return form_reader.read(form, file=None, functions=functions, is_stored=True)


def check(form: CompiledForm, data: Mapping[str, Any], *, files: Mapping[str, Sequence[Any]] | None = None,
          context: Mapping[str, Any] | None = None) -> Checked:
    """Check an answer and tell everything that is wrong with it: one fault, the most telling, at each field.

    `data` holds JSON values, or the texts people typed; `files` the files present for each file field, those stored
    earlier included; `context` the option lists, `today`, and whatever else the conditions name.
    """
    context = context or {}
    form = settled(form, data, context)
    fields = form.fields
    answers = form_answers.normalise(form, data, context) | {
        key: ["file"] * len(present) for key, present in (files or {}).items()
        if present and (key not in fields or fields[key].kind == "file")}
    asked = ask(form, answers, context)
    visible = [field for field in fields.values() if field.key in asked.visible]
    kept = {key: value for key, value in answers.items()
            if key not in fields or (key in asked.visible and not fields[key].readonly)}
    schema = form.schema_for(visible, required=asked.required, context=context)
    validator = _Validator(schema, format_checker=_FORMATS)
    found: dict[str, Problem] = {}
    for error in validator.iter_errors(kept):
        for problem in form_messages.of_schema(error, fields):
            if problem.where not in found or error.validator == "type":
                found[problem.where] = problem
    for key in files or {}:
        if key in fields and fields[key].kind != "file":
            found[key] = form_messages.no_file(fields[key])
    for field in visible:
        if field.past and _after(kept.get(field.key), context.get("today")):
            found[field.key] = form_messages.future(field)
    order = {key: place for place, key in enumerate(fields)}
    problems = sorted(found.values(), key=lambda problem: order.get(problem.where, len(order)))
    return Checked(data={key: value for key, value in kept.items() if key in fields and fields[key].kind != "file"},
                   problems=tuple(problems))


def validate(form: CompiledForm, data: Mapping[str, Any], *, files: Mapping[str, Sequence[Any]] | None = None,
             context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The normalised answer. Raises: Invalid with every fault, each at its field."""
    checked = check(form, data, files=files, context=context)
    if checked.problems:
        raise errors.Invalid(checked.problems)
    return dict(checked.data)


def ask(form: CompiledForm, data: Mapping[str, Any], context: Mapping[str, Any]) -> Asked:
    """Which fields are visible and which of them required; `data` may be what people typed."""
    form = settled(form, data, context)
    answers = form_answers.normalise(form, data, context)
    hidden = _hidden(form, answers, context)
    scope = _scope(form, answers, context, hidden)
    visible = [field for field in form.fields.values() if field.key not in hidden]
    required = (field.key for field in visible if not field.readonly and (
        field.required or _holds(field.required_if, scope)))
    return Asked(visible=frozenset(field.key for field in visible), required=frozenset(required))


def is_hidden(form: CompiledForm, conditions: Collection[feel.Expression], data: Mapping[str, Any],
              context: Mapping[str, Any]) -> bool:
    """Whether one of `conditions` holds, given the answers so far: for texts between the fields."""
    if not conditions:
        return False
    answers = form_answers.normalise(form, data, context)
    scope = _scope(form, answers, context, _hidden(form, answers, context))
    return any(_holds(condition, scope) for condition in conditions)


def settled(form: CompiledForm, data: Mapping[str, Any], context: Mapping[str, Any]) -> CompiledForm:
    """The form with what FEEL decides about its fields decided for these answers: what is read-only, which limits hold.

    A limit that comes out as no number limits nothing beyond the longest text there is.
    """
    if not any(field.readonly_if or field.limits_from for field in form.fields.values()):
        return form
    answers = form_answers.normalise(form, data, context)
    scope = _scope(form, answers, context, _hidden(form, answers, context))
    return form.with_fields(lambda field: _settled(field, scope))


def _settled(field: Field, scope: Mapping[str, Any]) -> Field:
    found = {name: _limit(name, expression, scope) for name, expression in field.limits_from.items()}
    limits: dict[str, Any] = {name: value for name, value in found.items() if value is not None}
    return replace(field, readonly=field.readonly or _holds(field.readonly_if, scope), readonly_if=None,
                   limits_from={}, **limits)


def _holds(condition: feel.Expression | None, scope: Mapping[str, Any]) -> bool:
    return condition is not None and _value(condition, scope) is True


def _limit(name: form_fields.Limit, expression: feel.Expression, scope: Mapping[str, Any]) -> int | float | None:
    value = _value(expression, scope)
    if not isinstance(value, Decimal):
        return None
    is_length = name.endswith("length")
    value = min(max(value, Decimal(0) if is_length else -_LARGEST), _LARGEST)
    return int(value) if is_length or value == value.to_integral_value() else float(value)


def _value(expression: feel.Expression, scope: Mapping[str, Any]) -> Any:
    """The value; null when the answers make it larger than an evaluation may be, as when a name is missing."""
    try:
        return expression.evaluate(scope)
    except (feel.FeelBudgetExceeded, feel.FeelTypeError):
        return None


def controls(form: CompiledForm) -> frozenset[str]:
    """The fields whose answers decide which other fields are asked for."""
    fields = form.fields
    expressions = (expression for field in fields.values() for expression in (
        *field.hidden_if, field.required_if, field.readonly_if, *field.limits_from.values()))
    return frozenset(name for expression in expressions if expression is not None
                     for name in expression.names if name in fields)


def _hidden(form: CompiledForm, answers: Mapping[str, Any], context: Mapping[str, Any]) -> frozenset[str]:
    """The fields that their conditions hide; a hidden field counts as unanswered in the conditions of others."""
    hidden: frozenset[str] = frozenset()
    for _ in range(len(form.fields) + 1):
        scope = _scope(form, answers, context, hidden)
        found = frozenset(field.key for field in form.fields.values()
                          if any(_holds(condition, scope) for condition in field.hidden_if))
        if found == hidden:
            break
        hidden = found
    return hidden


def variables(form: CompiledForm, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answers a process decides by (`store` is `variable`), as FEEL values.

    One that is not in `data`, as a hidden one, is null (a box is false, a checklist empty), so that none lingers.
    """
    deciding = (field for field in form.fields.values()
                if field.store == "variable" and field.kind != "file" and not field.readonly)
    return {field.key: feel_value(field, data.get(field.key)) for field in deciding}


def records(form: CompiledForm, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that stay in domain rows only: names, addresses, numbers of persons, free text."""
    fields = form.fields
    return {key: value for key, value in data.items() if key in fields and fields[key].store == "record"}


def file_fields(form: CompiledForm) -> Collection[str]:
    """The keys of the file fields."""
    return [field.key for field in form.fields.values() if field.kind == "file"]


def feel_value(field: Field, value: Any) -> Any:
    """A normalised answer as a FEEL value: numbers are Decimal, dates are dates; a wrong date is null, and so is what
    FEEL has no value for.

    Without an answer a box is false, a checklist empty, anything else null.
    """
    if value is None and field.kind in _BLANK:
        return _BLANK[field.kind]()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, dict | list) and not (field.kind == "checklist" and isinstance(value, list)):
        return None
    if field.kind == "date" and not isinstance(value, int | float):
        return form_answers.to_date(value)
    try:
        return feel.from_python(Decimal(str(value)) if isinstance(value, int | float) else value)
    except TypeError:
        return None


def _scope(form: CompiledForm, answers: Mapping[str, Any], context: Mapping[str, Any],
           hidden: Collection[str]) -> dict[str, Any]:
    """What conditions see: the context, and over it the form's own answers, null where there is none."""
    scope = dict(context)
    for field in form.fields.values():
        if field.key in hidden or field.kind == "file":
            scope[field.key] = None
        elif field.key in answers:
            scope[field.key] = feel_value(field, answers[field.key])
        else:
            scope.setdefault(field.key, feel_value(field, None))
    return scope


def _after(value: Any, today: Any) -> bool:
    day = form_answers.to_date(value)
    return day is not None and isinstance(today, date) and day > today


def _persian_text(text: str) -> None:
    if re.search(r"[A-Za-z]", text) or not re.search(r"[\u0621-\u06CC]", text):
        raise identifiers.IdentifierError("Write this in Persian letters.", "این را به خط فارسی بنویسید.")


def _formats() -> FormatChecker:
    """The formats of our fields; every one raises `IdentifierError`, whose sentences reach the page."""
    checker = FormatChecker(formats=())
    checks = {"national_id": identifiers.national_id, "legal_id": identifiers.legal_id,
              "postal_code": identifiers.postal_code, "mobile": identifiers.mobile, "iban": identifiers.iban,
              "economic_code": identifiers.economic_code, "digits": identifiers.digits, "persian_text": _persian_text}
    for name, checks_text in checks.items():
        def holds(value: object, checks_text: Any = checks_text) -> bool:
            if isinstance(value, str):
                checks_text(value)
            return True
        checker.checks(name, raises=identifiers.IdentifierError)(holds)
    checker.checks("date")(lambda value: not isinstance(value, str) or form_answers.to_date(value) is not None)
    checker.checks("email")(lambda value: not isinstance(value, str) or _EMAIL.fullmatch(value) is not None)
    return checker


_FORMATS = _formats()


def _pattern(_: Any, pattern: str, text: Any, __: Any) -> Iterator[ValidationError]:
    """The keyword `pattern`, whatever a pattern costs on some texts."""
    try:
        fits = not isinstance(text, str) or regex.search(pattern, text, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError:
        fits = False
    if not fits:
        yield ValidationError("the text does not fit the pattern")


_Validator = validators.extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
