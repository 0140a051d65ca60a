"""What an SMS gateway reports of a message; docs/reference/sms-gateway.md is the contract."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, fields, validate


class MessageReceiptBody(Schema):
    """What became of a message that was handed over."""

    class Meta:
        """Further parts are the gateway's own affair."""

        unknown = INCLUDE

    message_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["DELIVERED", "FAILED"]))


class MessageReceiptTakenSchema(Schema):
    """That the report was taken."""

    message_id = fields.String(required=True)
