"""A compiled form as its template draws it: inputs with their values, hints and errors, in the language of the page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api import language
from api.web import words
from engine.values import Problem
from workflows import calendar, form_answers, forms
from workflows.form_fields import FORMATS, CompiledForm, Field, Note

_LEFT_TO_RIGHT = frozenset(FORMATS) - {"persian_text"}
_KEYBOARDS: Mapping[str, str] = {"mobile": "tel", "email": "email", "iban": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option as an input."""

    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatePart:
    """One of the three inputs of a date."""

    id: str
    name: str
    part: str
    label: str
    value: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One question of the page."""

    key: str
    kind: str
    label: str
    hint: str = ""
    error: str = ""
    required: bool = True
    value: str = ""
    choices: tuple[Choice, ...] = ()
    date: tuple[DatePart, ...] = ()
    unit: str = ""
    max_length: int | None = None
    keyboard: str | None = None
    left_to_right: bool = False
    accept: str = ""
    readonly: bool = False
    controls: bool = False
    """Its answer decides which other questions are asked, so the page is drawn again when it changes."""
    kept: tuple[Any, ...] = ()
    """Uploads that a refused sending left behind, so that nobody chooses the same file twice."""
    stored: tuple[Any, ...] = ()
    """Documents given for this field earlier."""
    attached: Any = None
    """The file attached to a draft of the form; it is sent unless `dropped`."""
    dropped: bool = False

    @property
    def id(self) -> str:
        """Where a link of the error summary leads: the first thing to fill in."""
        if self.date:
            return self.date[0].id
        return self.choices[0].id if self.choices and self.kind != "select" else f"field-{self.key}"

    @property
    def described_by(self) -> str | None:
        """The ids of what describes the input, for `aria-describedby`."""
        ids = [f"{self.key}-hint"] * bool(self.hint) + [f"{self.key}-error"] * bool(self.error)
        return " ".join(ids) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words between the questions."""

    words: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions under one heading."""

    title: str
    blocks: tuple[Input | Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One line of the error summary."""

    text: str
    href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """A form ready to be drawn."""

    groups: tuple[Group, ...]
    faults: tuple[Fault, ...]
    has_files: bool
    changes: bool
    """Whether some answers decide which questions are asked."""


def view(form: CompiledForm, answers: Mapping[str, Any], *, context: Mapping[str, Any],
         problems: Sequence[Problem] = (), kept: Mapping[str, Sequence[Any]] | None = None,
         stored: Mapping[str, Sequence[Any]] | None = None, attached: Mapping[str, Any] | None = None,
         dropped: Collection[str] = ()) -> FormView:
    """The form with `answers`: stored JSON values, or what was typed and refused with `problems`."""
    chosen = language.language()
    # What a field shows by default decides which other questions are asked, as an answer would.
    answers = {key: field.default for key, field in form.fields.items() if field.default is not None} | dict(answers)
    asked, controlling = forms.ask(form, answers, context), forms.controls(form)
    form = forms.settled(form, answers, context)
    said = {problem.where: in_words(problem) for problem in reversed(problems)}
    kept, stored = kept or {}, stored or {}
    groups = []
    inputs: dict[str, Input] = {}
    for section in form.sections:
        blocks: list[Input | Text] = []
        for block in section.blocks:
            if isinstance(block, Note):
                if not forms.is_hidden(form, block.hidden_if, answers, context):
                    blocks.append(Text(words=block.words(chosen)))
            elif block.key in asked.visible:
                inputs[block.key] = _input(
                    block, answers.get(block.key), context=context, error=said.get(block.key, ""),
                    required=block.key in asked.required, controls=block.key in controlling,
                    kept=kept.get(block.key, ()), stored=stored.get(block.key, ()),
                    attached=(attached or {}).get(block.key), dropped=block.key in dropped)
                blocks.append(inputs[block.key])
        if blocks:
            groups.append(Group(title=section.title(chosen), blocks=tuple(blocks)))
    order = {key: place for place, key in enumerate(inputs)}
    listed = sorted(problems, key=lambda problem: order.get(problem.where, len(order)))
    return FormView(groups=tuple(groups), faults=faults(listed, inputs),
                    has_files=any(found.kind == "file" for found in inputs.values()), changes=bool(controlling))


def faults(problems: Sequence[Problem], inputs: Mapping[str, Input]) -> tuple[Fault, ...]:
    """The error summary: each fault once, linked to its question, whose label goes before what does not name it."""
    return tuple(_fault(problem, inputs.get(problem.where)) for problem in problems)


def _fault(problem: Problem, asked: Input | None) -> Fault:
    said = in_words(problem)
    if asked is None:
        return Fault(text=said, href=None)
    named = asked.label.casefold() in said.casefold()
    return Fault(text=said if named else f"{asked.label}: {said}", href=f"#{asked.id}")


def in_words(problem: Problem) -> str:
    """What is wrong, in the language of the page."""
    return (problem.what_fa if language.language() == "fa" else problem.what) or problem.what


def simple(key: str, kind: str, label: str, **details: Any) -> Input:
    """A question of a page that has no form-js form behind it."""
    return Input(key=key, kind=kind, label=label, **details)


def choices(key: str, options: Sequence[tuple[str, str]], chosen: Collection[str] = ()) -> tuple[Choice, ...]:
    """Options (value, label) as inputs of the question `key`."""
    return tuple(Choice(id=f"field-{key}-{place}", value=value, label=label, chosen=value in chosen)
                 for place, (value, label) in enumerate(options))


def date_parts(key: str, value: Any) -> tuple[DatePart, ...]:
    """Day, month and year of a date in the calendar of the page; a text that is no date is taken apart as typed."""
    chosen = language.language()
    day = form_answers.to_date(value) if value else None
    if day is not None:
        year, month, number = calendar.to_jalali(day) if chosen == "fa" else (day.year, day.month, day.day)
        typed = [str(number), str(month), str(year)]
    else:
        typed = ([*str(value or "").split("-")[::-1], "", "", ""])[:3]
    months = [(str(number), calendar.month_name(number, chosen)) for number in range(1, 13)]
    return tuple(
        DatePart(id=f"field-{key}-{part}", name=f"{key}-{part}", part=part, label=words.t(f"form.{part}"), value=text,
                 choices=choices(f"{key}-month", months, {text.lstrip("0")}) if part == "month" else ())
        for part, text in zip(form_answers.DATE_PARTS, typed, strict=True))


def _input(field: Field, value: Any, *, context: Mapping[str, Any], error: str, required: bool, controls: bool,
           kept: Sequence[Any], stored: Sequence[Any], attached: Any, dropped: bool) -> Input:
    chosen = language.language()
    if value is None:
        value = field.default
    kind = "select" if field.kind == "radio" and len(field.choices(context)) > _MOST_RADIOS else field.kind
    return Input(
        key=field.key, kind=kind, label=field.title(chosen), hint=field.hint(chosen), error=error, required=required,
        value=_text(value), choices=_options(field, value, context),
        date=date_parts(field.key, value) if field.kind == "date" else (),
        unit=field.unit if chosen == "fa" else field.unit_en, max_length=field.max_length,
        keyboard=_keyboard(field), left_to_right=field.kind == "number" or field.format in _LEFT_TO_RIGHT,
        accept=field.accept or ".pdf,.jpg,.jpeg,.png", readonly=field.readonly,
        controls=controls, kept=tuple(kept), stored=tuple(stored), attached=attached, dropped=dropped)


_MOST_RADIOS = 7


def _options(field: Field, value: Any, context: Mapping[str, Any]) -> tuple[Choice, ...]:
    if field.kind == "checkbox":
        ticked = value is True or str(value).casefold() in {"true", "on"}
        return (Choice(id=f"field-{field.key}", value="true", label=field.title(language.language()), chosen=ticked),)
    given = value if isinstance(value, list | tuple) else [] if value is None else [value]
    texts = {form_answers.option_text(item) for item in given}
    listed = [(form_answers.option_text(option.value), option.text(language.language()))
              for option in field.choices(context)]
    return choices(field.key, listed, texts)


def _keyboard(field: Field) -> str | None:
    if field.kind == "number":
        return "decimal" if not field.whole else "numeric"
    return _KEYBOARDS.get(field.format, "numeric") if field.format in _LEFT_TO_RIGHT else None


def _text(value: Any) -> str:
    if value is None or isinstance(value, list | tuple | dict):
        return ""
    return form_answers.option_text(value)
