"""Shapes of the indicators."""

from __future__ import annotations

from marshmallow import Schema, fields


class CountedSchema(Schema):
    """The offices of one county, or the sum."""

    county = fields.String(allow_none=True, metadata={"description": "Null for the sum."})
    urban = fields.Integer()
    rural = fields.Integer()
    rural_banking = fields.Integer()
    banking_gap = fields.Integer()
    banking_percent = fields.Integer(allow_none=True, metadata={"description": "Cut off; null without an office."})
    atms = fields.Integer()
    atms_by_ministry = fields.Integer()
    over_60_counter = fields.Integer(metadata={"description": "Offices with a counter for people over 60."})
    over_60_none = fields.Integer()
    over_60_unknown = fields.Integer()


class LiveSchema(Schema):
    """What the register counts today."""

    on = fields.Date()
    counties = fields.List(fields.Nested(CountedSchema))
    total = fields.Nested(CountedSchema)


class ArticleSchema(Schema):
    """The figures of the founding article: a snapshot of unknown date, never part of the live ones."""

    source = fields.String()
    figures = fields.Dict(keys=fields.String(), values=fields.Integer())


class IndicatorsSchema(Schema):
    """Live figures and the article's, side by side."""

    live = fields.Nested(LiveSchema)
    article = fields.Nested(ArticleSchema)
