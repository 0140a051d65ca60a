"""Reads form-js JSON (schema version 16 and later): what the product supports becomes fields, the rest is named."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import regex  # type: ignore[import-untyped]

from engine import errors, feel
from engine.values import Problem
from workflows import form_fields, form_places
from workflows.form_fields import CompiledForm, Field, Kind, Note, Option, Section

_KINDS: Mapping[str, Kind] = {
    "textfield": "text", "textarea": "textarea", "number": "number", "checkbox": "checkbox", "select": "select",
    "radio": "radio", "checklist": "checklist", "taglist": "checklist", "datetime": "date", "filepicker": "file"}
_LAYOUT = frozenset({"separator", "spacer"})
_RECORDS = frozenset({"text", "textarea", "file"})
_CHOICES = frozenset({"select", "radio", "checklist"})
_LIMITS: Mapping[str, form_fields.Limit] = {"min": "minimum", "max": "maximum", "minLength": "min_length",
                                             "maxLength": "max_length"}
_LONGEST = {"text": 300, "textarea": 5000}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_SUPPORTED = ("textfield, textarea, number, checkbox, select, radio, checklist, taglist, datetime (date), filepicker, "
              "text, group")


def read(form: Mapping[str, Any], *, file: str | None, functions: feel.Functions | None,
         is_stored: bool = False) -> CompiledForm:
    """Compile `form`; of one that was accepted before (`is_stored`), what can be read today.

    Raises: Invalid with every problem; of a stored form, when it is no form at all.
    """
    reader = _Reader(file, functions)
    compiled = reader.form(form)
    if any(not is_stored or problem.code == "not_a_form" for problem in reader.problems):
        raise errors.Invalid(reader.problems)
    return compiled


class _Reader:
    def __init__(self, file: str | None, functions: feel.Functions | None) -> None:
        self.file = file
        self.functions = functions
        self.problems: list[Problem] = []
        self.keys: set[str] = set()

    def form(self, form: Mapping[str, Any]) -> CompiledForm:
        sections: list[Section] = []
        components = form.get("components") if isinstance(form, Mapping) else None
        if not isinstance(components, list):
            self.problem("form", "not_a_form", "This is not a form-js form: it has no list of components.",
                         "این فرم form-js نیست: فهرست components ندارد.",
                         "Save it again from the form editor.", "آن را دوباره از ویرایشگر فرم ذخیره کنید.")
            raise errors.Invalid(self.problems)
        self.walk(components, sections, "", "", ())
        title = self.property(form, "title")
        return CompiledForm(id=str(form.get("id") or ""), name=title, name_en=self.property(form, "title_en") or title,
                            sections=tuple(sections))

    def walk(self, components: list[Any], sections: list[Section], label: str, label_en: str,
             hidden_if: tuple[feel.Expression, ...]) -> None:
        """Read components in their order; a group ends the section before it and begins its own."""
        blocks: list[Field | Note] = []

        def close() -> None:
            if blocks:
                sections.append(Section(label=label, label_en=label_en, blocks=tuple(blocks)))
                blocks.clear()

        for component in components:
            if not isinstance(component, Mapping):
                self.problem("form", "not_a_form", "A component is not an object.", "یکی از اجزا شیء نیست.")
                continue
            kind = str(component.get("type"))
            self.parts(component)
            hidden = (*hidden_if, *self.condition(component))
            if kind == "group":
                close()
                self.group(component, sections, hidden)
            elif kind == "text":
                blocks.append(self.note(component, hidden))
            elif kind in _KINDS:
                if (field := self.field(component, _KINDS[kind], hidden)) is not None:
                    blocks.append(field)
            elif kind not in _LAYOUT and not (kind == "button" and component.get("action", "submit") == "submit"):
                self.unsupported(component, f"the component “{kind}”", f"جزء «{kind}»", f"Use one of: {_SUPPORTED}.",
                                 f"یکی از این‌ها را به کار ببرید: {_SUPPORTED}.")
        close()

    def group(self, component: Mapping[str, Any], sections: list[Section], hidden: tuple[feel.Expression, ...]) -> None:
        if component.get("path"):
            self.unsupported(component, "a group with a path", "گروه دارای path", "Remove the path: keys are flat.",
                             "path را بردارید: کلیدها تودرتو نیستند.")
        nested = component.get("components")
        label = self.words(component, "label")
        self.walk(nested if isinstance(nested, list) else [], sections, label,
                  self.words(component, "label_en") or label, hidden)

    def note(self, component: Mapping[str, Any], hidden: tuple[feel.Expression, ...]) -> Note:
        text = self.words(component, "text")
        return Note(text=text, text_en=self.words(component, "text_en") or text, hidden_if=hidden)

    def field(self, component: Mapping[str, Any], kind: Kind, hidden: tuple[feel.Expression, ...]) -> Field | None:
        key = component.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            self.problem(_name(component), "key", "The field has no usable key.", "خانه کلید درستی ندارد.",
                         "A key begins with a letter and has letters, digits and _.",
                         "کلید با حرف لاتین آغاز می‌شود و حرف، رقم و _ دارد.")
            return None
        if key in self.keys:
            self.problem(key, "key_repeated", f"Two fields have the key “{key}”.", f"دو خانه کلید «{key}» دارند.",
                         "Give each field its own key.", "به هر خانه کلید خودش را بدهید.")
        self.keys.add(key)
        if kind == "file" and component.get("multiple", False) is not False:
            self.unsupported(component, "several files in one field", "چند پرونده در یک خانه",
                             "Take multiple away and add a field for each file.",
                             "multiple را بردارید و برای هر پرونده یک خانه بگذارید.")
        rules = component.get("validate")
        rules = rules if isinstance(rules, Mapping) else {}
        label = self.words(component, "dateLabel" if kind == "date" and not component.get("label") else "label") or key
        description = self.words(component, "description")
        pattern_message = self.property(component, "pattern_message")
        appearance = component.get("appearance")
        appearance = appearance if isinstance(appearance, Mapping) else {}
        self.words(appearance, "prefixAdorner", of=component)
        unit = self.words(appearance, "suffixAdorner", of=component)
        return Field(
            key=key, kind=kind, label=label, label_en=self.words(component, "label_en") or label,
            description=description, description_en=self.words(component, "description_en") or description,
            required=rules.get("required") is True,
            required_if=self.expression(component, self.raw(component, "required_if"))
            or self.computed(component, rules.get("required"), "required"),
            hidden_if=hidden, store=self.store(component, kind), format=self.text_format(component, kind, rules),
            options=self.options(component, kind), options_from=self.options_from(component, kind),
            minimum=self.limit(component, rules, "min"), maximum=self.limit(component, rules, "max"),
            min_length=self.length(component, rules, "minLength"),
            max_length=self.length(component, rules, "maxLength") or _LONGEST.get(kind),
            pattern=self.pattern(component, rules), whole=kind == "number" and component.get("decimalDigits") == 0,
            pattern_message=pattern_message,
            pattern_message_en=self.property(component, "pattern_message_en") or pattern_message,
            past=self.property(component, "past").casefold() == "true",
            accept=str(component.get("accept") or "") if kind == "file" else "",
            unit=unit, unit_en=self.property(component, "unit_en") or unit,
            readonly=component.get("readonly") is True or component.get("disabled") is True,
            readonly_if=self.computed(component, component.get("readonly"), "readonly"),
            limits_from=self.limits_from(component, rules),
            default=component.get("defaultValue"))

    def store(self, component: Mapping[str, Any], kind: Kind) -> form_fields.Store:
        named = self.property(component, "store")
        if named in {"variable", "record"}:
            return "variable" if named == "variable" else "record"
        if named:
            self.unsupported(component, f"store “{named}”", f"store «{named}»", "Use variable or record.",
                             "variable یا record بنویسید.")
        return "record" if kind in _RECORDS else "variable"

    def text_format(self, component: Mapping[str, Any], kind: Kind, rules: Mapping[str, Any]) -> str | None:
        if kind == "date":
            if component.get("subtype", "date") != "date":
                subtype = component.get("subtype")
                self.unsupported(component, f"datetime of subtype “{subtype}”", f"datetime از نوع «{subtype}»",
                                 "Use subtype date.", "نوع date را برگزینید.")
            return None
        named = self.property(component, "format")
        if not named and rules.get("validationType") == "email":
            named = "email"
        elif not named and (kind_of_check := rules.get("validationType")) not in (None, "", "custom"):
            self.unsupported(component, f"validation of type “{kind_of_check}”", f"اعتبارسنجی از نوع «{kind_of_check}»",
                             "Use the property format, such as mobile.", "ویژگی format را به کار ببرید، مانند mobile.")
        if named and (named not in form_fields.FORMATS or kind not in {"text", "textarea"}):
            self.unsupported(component, f"format “{named}”", f"format «{named}»",
                             "On a text field, use one of: " + ", ".join(form_fields.FORMATS) + ".",
                             "در خانه متنی یکی از این‌ها: " + "، ".join(form_fields.FORMATS) + ".")
            return None
        # Long texts may quote codes and foreign names; they are normalised like any text and not tested further.
        return None if kind == "textarea" and named == "persian_text" else named or None

    def options(self, component: Mapping[str, Any], kind: Kind) -> tuple[Option, ...]:
        if kind not in _CHOICES or component.get("valuesKey"):
            return ()
        listed = component.get("values")
        if component.get("valuesExpression"):
            self.unsupported(component, "options from an expression", "گزینه‌های برآمده از عبارت",
                             "List the options, or name a context list in valuesKey.",
                             "گزینه‌ها را بنویسید یا نام فهرست را در valuesKey بیاورید.")
            return ()
        if not isinstance(listed, list) or not listed or not all(map(_is_option, listed)):
            self.problem(_name(component), "options", "The field has no list of options.", "خانه فهرست گزینه ندارد.",
                         "Give it values, each with value and label.", "values را با value و label بنویسید.")
            return ()
        return tuple(form_fields.option(item) for item in listed)

    def options_from(self, component: Mapping[str, Any], kind: Kind) -> str | None:
        return str(component["valuesKey"]) if kind in _CHOICES and component.get("valuesKey") else None

    def limit(self, component: Mapping[str, Any], rules: Mapping[str, Any], name: str) -> int | float | None:
        value = rules.get(name)
        if value is None or _is_expression(value):
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        self.problem(_name(component), "limit", f"The limit {name} is not a number.", f"حد {name} عدد نیست.",
                     "Write a number.", "عدد بنویسید.")
        return None

    def length(self, component: Mapping[str, Any], rules: Mapping[str, Any], name: str) -> int | None:
        value = self.limit(component, rules, name)
        if value is None or (value >= 0 and value == int(value)):
            return None if value is None else int(value)
        self.problem(_name(component), "limit", f"The limit {name} is no number of characters.",
                     f"حد {name} تعداد نویسه نیست.", "Write a whole number from 0.", "عدد صحیح از صفر بنویسید.")
        return None

    def pattern(self, component: Mapping[str, Any], rules: Mapping[str, Any]) -> str | None:
        pattern = rules.get("pattern")
        if not pattern:
            return None
        try:
            regex.compile(str(pattern))
        except (regex.error, OverflowError, RecursionError) as fault:
            self.problem(_name(component), "pattern", f"The pattern is not a regular expression: {fault}.",
                         f"الگو عبارت باقاعده درستی نیست: {fault}.", "Mend the pattern.", "الگو را درست کنید.")
            return None
        return str(pattern)

    def limits_from(self, component: Mapping[str, Any],
                    rules: Mapping[str, Any]) -> dict[form_fields.Limit, feel.Expression]:
        """The limits that are FEEL over the answers."""
        found: dict[form_fields.Limit, feel.Expression] = {}
        for name, limit in _LIMITS.items():
            text = rules.get(name)
            if _is_expression(text) and (compiled := self.expression(component, text)) is not None:
                found[limit] = compiled
        return found

    def computed(self, component: Mapping[str, Any], value: Any, name: str) -> feel.Expression | None:
        """A property that is a boolean or, as a text that begins with `=`, FEEL."""
        if value is None or isinstance(value, bool):
            return None
        if _is_expression(value):
            return self.expression(component, value)
        self.unsupported(component, f"{name} “{value}”", f"{name} «{value}»",
                         "Write true, false, or FEEL that begins with =.",
                         "true یا false یا عبارت FEEL که با = آغاز می‌شود بنویسید.")
        return None

    def condition(self, component: Mapping[str, Any]) -> tuple[feel.Expression, ...]:
        conditional = component.get("conditional")
        conditional = conditional if isinstance(conditional, Mapping) else {}
        for name in conditional.keys() - {"hide"}:
            self.unsupported(component, f"conditional.{name}", f"conditional.{name}", "Write conditional.hide.",
                             "conditional.hide بنویسید.")
        compiled = self.expression(component, conditional.get("hide"))
        return () if compiled is None else (compiled,)

    def parts(self, component: Mapping[str, Any]) -> None:
        """Note what would be passed over, because it is no object where form-js has one."""
        for name in ("conditional", "validate", "properties"):
            if component.get(name) is not None and not isinstance(component[name], Mapping):
                self.unsupported(component, f"{name} that is no object", f"{name} که شیء نیست",
                                 f"Write {name} as an object.", f"{name} را به شکل شیء بنویسید.")

    def expression(self, component: Mapping[str, Any], written: Any) -> feel.Expression | None:
        """The compiled expression; None where there is none, or it is no FEEL. Each fault of it is noted."""
        if written is not None and not isinstance(written, str):
            self.unsupported(component, f"a condition that is no text: {written}", f"شرطی که متن نیست: {written}",
                             "Write FEEL as a text.", "عبارت FEEL را به شکل متن بنویسید.")
            return None
        text = (written or "").strip().removeprefix("=").strip()
        if not text:
            return None
        for fault in feel.faults(text, functions=self.functions):
            # A text of JSON stands in one line, whatever line breaks it spells.
            column = sum(map(len, text.splitlines(keepends=True)[:fault.line - 1])) + fault.column
            self.problem(_name(component), "expression", f"The condition “{text}” cannot be used: {fault.message}.",
                         f"شرط «{text}» به کار نمی‌آید: {fault.message_fa}.", fault.hint, fault.hint_fa,
                         line=form_places.line_of(written), column=column)
        try:
            return feel.compile(text, functions=self.functions)
        except feel.FeelError:
            return None

    def words(self, component: Mapping[str, Any], name: str, *, of: Mapping[str, Any] | None = None) -> str:
        """A text of the component (or of a part `of` one), or of its custom properties; texts computed by expressions
        are not supported.
        """
        text = self.property(component, name) if name.endswith("_en") else str(component.get(name) or "")
        if text.startswith("=") or "{{" in text:
            self.unsupported(of or component, f"an expression in {name}", f"عبارت در {name}", "Write plain text.",
                             "متن ساده بنویسید.")
        return text.strip()

    def property(self, component: Mapping[str, Any], name: str) -> str:
        value = self.raw(component, name)
        return "" if value is None else str(value).strip()

    def raw(self, component: Mapping[str, Any], name: str) -> Any:
        """A custom property as it is written."""
        properties = component.get("properties")
        return properties.get(name) if isinstance(properties, Mapping) else None

    def unsupported(self, component: Mapping[str, Any], what: str, what_fa: str, fix: str, fix_fa: str) -> None:
        self.problem(_name(component), "unsupported", f"Not supported in a form: {what}.",
                     f"در فرم پشتیبانی نمی‌شود: {what_fa}.", fix, fix_fa)

    def problem(self, where: str, code: str, what: str, what_fa: str, fix: str = "", fix_fa: str = "", *,
                line: int | None = None, column: int | None = None) -> None:
        self.problems.append(Problem(where=where, code=code, what=what, what_fa=what_fa, fix=fix, fix_fa=fix_fa,
                                     file=self.file, line=line, column=column))


def _is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("=")


def _is_option(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("value"), str | int | float | bool)


def _name(component: Mapping[str, Any]) -> str:
    """How a person finds the component again: its key, else its id, else its type."""
    return str(component.get("key") or component.get("id") or component.get("type") or "form")
