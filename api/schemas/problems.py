"""Errors on the wire (RFC 9457), for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, pre_dump

from api import language
from api.schemas import messages
from engine.values import Problem


class FaultSchema(Schema):
    """One fault of an input, or a warning about it."""

    where = fields.String(required=True, metadata={"description": "Field name, element id or file name."})
    what = fields.String(required=True)
    fix = fields.String(metadata={"description": "How to mend it."})
    code = fields.String(required=True)
    severity = fields.String(metadata={"enum": ["error", "warning"]})
    file = fields.String()
    line = fields.Integer()
    column = fields.Integer()

    @pre_dump
    def in_words(self, problem: Problem | dict[str, Any], **_: Any) -> dict[str, Any]:
        """A problem in the language of the answer."""
        return messages.body(problem, language.language()) if isinstance(problem, Problem) else problem


class ProblemSchema(Schema):
    """problem+json."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable name of the error, for programs."})
    errors = fields.List(fields.Nested(FaultSchema), metadata={"description": "Every fault at once (422)."})
