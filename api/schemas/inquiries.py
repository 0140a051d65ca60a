"""What registers send about inquiries, and what they are told; docs/reference/inquiries.md is the contract."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, fields


class InquiryAnswerBody(Schema):
    """A register's answer; the layer below checks every part of it against the contract."""

    class Meta:
        """Further parts are the register's own affair."""

        unknown = INCLUDE

    question_id = fields.String(required=True)
    kind = fields.Raw(required=True, metadata={"type": "string"})
    status = fields.Raw(required=True, metadata={"type": "string", "enum": ["ANSWERED"]})
    answer = fields.Raw(required=True, metadata={"type": "string", "enum": ["CLEAN", "NOT_CLEAN"]})
    reference = fields.Raw(required=True, metadata={"type": "string"})
    answered_on = fields.Raw(required=True, metadata={"type": "string", "format": "date"})


class InquiryAnswerReceiptSchema(Schema):
    """What became of it."""

    question_id = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": ["ANSWERED", "LATE"]})
