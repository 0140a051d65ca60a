"""Errors on the wire (RFC 9457), for the OpenAPI document."""

from __future__ import annotations

from marshmallow import Schema, fields


class FaultSchema(Schema):
    """One fault of an input."""

    where = fields.String(required=True, metadata={"description": "Field name, element id or file name."})
    what = fields.String(required=True)
    fix = fields.String(metadata={"description": "How to mend it."})
    code = fields.String(required=True)
    severity = fields.String(metadata={"enum": ["error", "warning"]})
    file = fields.String()
    line = fields.Integer()
    column = fields.Integer()


class ProblemSchema(Schema):
    """problem+json."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable name of the error, for programs."})
    errors = fields.List(fields.Nested(FaultSchema), metadata={"description": "Every fault at once (422)."})
