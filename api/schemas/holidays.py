"""Shapes of the holidays."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.schemas.base import Text
from workflows import holidays, reasons


class YearQuery(Schema):
    """Which year."""

    year = fields.Integer(required=True, metadata={"description": "A Jalali year, such as 1405."})


class DeclaredDaySchema(Schema):
    """What somebody declared of a day."""

    working = fields.Boolean()
    kind = fields.String(metadata={"enum": list(holidays.KINDS)})
    reason = fields.String()


class HolidaySchema(Schema):
    """A holiday of the official list, a declared day, or both."""

    day = fields.Date()
    names = fields.List(fields.String(), allow_none=True, metadata={"description": "Persian and English."})
    predicted = fields.String(allow_none=True, metadata={
        "enum": [*holidays.KINDS, None], "description": "Its kind by the official list; a lunar one may shift."})
    declared = fields.Nested(DeclaredDaySchema, allow_none=True)
    working = fields.Boolean(metadata={"description": "What counts."})


class HolidayListSchema(Schema):
    """The days of a year."""

    items = fields.List(fields.Nested(HolidaySchema))


class DeclarationSchema(Schema):
    """What is declared of a day."""

    working = fields.Boolean(load_default=False, metadata={"description": "True: work goes on all the same."})
    kind = fields.String(load_default=holidays.ADHOC, validate=validate.OneOf(holidays.KINDS))
    reason = Text(required=True, most=reasons.MOST)


class MovedSchema(Schema):
    """What followed at once."""

    moved = fields.Integer(metadata={"description": "Deadlines of the first instances that moved; the others follow."})
