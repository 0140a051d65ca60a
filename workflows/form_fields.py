"""The values a form-js form compiles to: fields, the layout around them, and the JSON Schema that checks them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any, Literal

from engine import feel

Kind = Literal["text", "textarea", "number", "checkbox", "select", "radio", "checklist", "date", "file"]
Store = Literal["variable", "record"]
Limit = Literal["minimum", "maximum", "min_length", "max_length"]

Scalar = str | int | float | bool
"""What an option's value may be."""

FORMATS = ("national_id", "legal_id", "postal_code", "mobile", "iban", "economic_code", "digits", "persian_text",
           "email")
"""What a text field may be asked to hold (custom property `format`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a select, a radio group or a checklist."""

    value: Scalar
    label: str
    label_en: str

    def text(self, language: str) -> str:
        """The label in `language`."""
        return self.label if language == "fa" else self.label_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form."""

    key: str
    kind: Kind
    label: str
    label_en: str
    description: str = ""
    description_en: str = ""
    required: bool = False
    required_if: feel.Expression | None = None
    hidden_if: tuple[feel.Expression, ...] = ()
    """The field is hidden when one of them is true: its own condition and those of the groups around it."""
    store: Store = "record"
    format: str | None = None
    options: tuple[Option, ...] = ()
    options_from: str | None = None
    """The name in the context that lists the options (form-js `valuesKey`)."""
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_message: str = ""
    pattern_message_en: str = ""
    whole: bool = False
    """A number without decimals."""
    past: bool = False
    """A date that may not be after `today` of the context."""
    accept: str = ""
    unit: str = ""
    unit_en: str = ""
    readonly: bool = False
    readonly_if: feel.Expression | None = None
    limits_from: Mapping[Limit, feel.Expression] = dataclass_field(default_factory=dict)
    """The limits that are computed from the answers; see `forms.settled`."""
    default: Any = None

    def title(self, language: str) -> str:
        """The label in `language`."""
        return self.label if language == "fa" else self.label_en

    def hint(self, language: str) -> str:
        """The description in `language`."""
        return self.description if language == "fa" else self.description_en

    def choices(self, context: Mapping[str, Any]) -> tuple[Option, ...]:
        """The options: the form's own, or those that `context` lists under `options_from`; what is no list has none."""
        if self.options_from is None:
            return self.options
        listed = context.get(self.options_from)
        if not isinstance(listed, list | tuple):
            return ()
        return tuple(option(item) for item in listed if not isinstance(item, Mapping) or "value" in item)

    def schema(self, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON Schema of the value; options that come from a context are checked only when it is given."""
        schema: dict[str, Any] = {"title": self.label_en, **_TYPES[self.kind]}
        if self.kind == "number" and self.whole:
            schema["type"] = "integer"
        if self.kind == "checkbox" and self.required:
            schema["const"] = True
        if self.kind in {"select", "radio", "checklist"} and not (self.options_from and context is None):
            values = [choice.value for choice in self.choices(context or {})]
            if self.kind == "checklist":
                schema["items"] = {"enum": values}
                schema["minItems"] = int(self.required)
            else:
                schema["enum"] = values
        if self.kind == "file":
            schema["maxItems"] = 1
        limits = {"format": self.format, "pattern": self.pattern, "minimum": self.minimum, "maximum": self.maximum,
                  "minLength": self.min_length, "maxLength": self.max_length}
        return schema | {name: value for name, value in limits.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text between the fields; a blank line parts paragraphs."""

    text: str
    text_en: str
    hidden_if: tuple[feel.Expression, ...] = ()

    def words(self, language: str) -> str:
        """The text in `language`."""
        return self.text if language == "fa" else self.text_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of fields under one heading; without a label, the fields outside any group."""

    label: str
    label_en: str
    blocks: tuple[Field | Note, ...]

    def title(self, language: str) -> str:
        """The heading in `language`."""
        return self.label if language == "fa" else self.label_en


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledForm:
    """A form ready to be shown and to check what is sent."""

    id: str
    name: str = ""
    name_en: str = ""
    sections: tuple[Section, ...]

    def title(self, language: str) -> str:
        """The heading of the form in `language`; empty where it has none."""
        return self.name if language == "fa" else self.name_en

    @property
    def fields(self) -> Mapping[str, Field]:
        """Every field by its key, in the order of the form."""
        return {field.key: field for field in self._walk()}

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema 2020-12 of the form's data, as far as it holds whatever the answers and the context are."""
        return self.schema_for(self.fields.values(), required={
            field.key for field in self._walk()
            if field.required and not field.hidden_if and not field.readonly and field.readonly_if is None})

    def schema_for(self, fields: Collection[Field], *, required: Collection[str],
                   context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON Schema 2020-12 of these fields, of which `required` must be present."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {field.key: field.schema(context) for field in fields if not field.readonly},
            "required": [field.key for field in fields if field.key in required],
            "additionalProperties": False,
        }

    def only(self, keys: Collection[str]) -> CompiledForm:
        """The same form with these fields alone, such as those a clerk unlocked; notes go with the other fields."""
        sections = (replace(section, blocks=tuple(b for b in section.blocks if isinstance(b, Field) and b.key in keys))
                    for section in self.sections)
        return replace(self, sections=tuple(section for section in sections if section.blocks))

    def with_fields(self, change: Callable[[Field], Field]) -> CompiledForm:
        """The same form with every field changed."""
        return replace(self, sections=tuple(
            replace(section, blocks=tuple(change(b) if isinstance(b, Field) else b for b in section.blocks))
            for section in self.sections))

    def _walk(self) -> Iterator[Field]:
        return (block for section in self.sections for block in section.blocks if isinstance(block, Field))


def option(item: Any) -> Option:
    """An option from what a form or a context lists: a mapping with value, label and label_en, or a plain value."""
    if isinstance(item, Mapping):
        value = item["value"]
        label = str(item.get("label") or value)
        return Option(value=value, label=label, label_en=str(item.get("label_en") or label))
    return Option(value=item, label=str(item), label_en=str(item))


_TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "textarea": {"type": "string"},
    "number": {"type": "number"},
    "checkbox": {"type": "boolean"},
    "select": {},
    "radio": {},
    "checklist": {"type": "array", "uniqueItems": True},
    "date": {"type": "string", "format": "date"},
    "file": {"type": "array", "items": {"type": "string"}, "minItems": 1},
}
