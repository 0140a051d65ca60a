"""Field types shared by the schemas."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from engine import errors, feel
from workflows import identifiers


class FeelValue(fields.Field[Any]):
    """A FEEL value: numbers as JSON numbers, dates and durations as ISO 8601 text."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        return feel.to_json(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        try:
            return feel.from_json(value)
        except (errors.DomainError, ValueError, TypeError) as error:
            raise ValidationError(str(error)) from error


class Variables(fields.Dict):
    """Process variables: name -> FEEL value."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=fields.String(validate=validate.Length(min=1, max=100)),
                         values=FeelValue(allow_none=True), **kwargs)


class Text(fields.String):
    """Text typed by a person: letters and digits are normalised, ends are trimmed."""

    def __init__(self, *, most: int = 1000, least: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=least or None, max=most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return identifiers.normalise_text(text or "").strip()


class ReasonBody(Schema):
    """A command that takes a reason."""

    reason = Text(required=True, least=1, most=2000, metadata={"description": "Written in the history."})
