"""Receipts of text messages: what the SMS gateway reports later, signed instead of signed in."""

from __future__ import annotations

from typing import Any

from flask import request

from api import context
from api.blueprints import Noun
from api.schemas.message_receipts import MessageReceiptBody, MessageReceiptTakenSchema
from workflows import outbox, outside

noun = Noun("message_receipts", "/message-receipts", "Reports of the SMS gateway.")


@noun.post(takes=MessageReceiptBody, answers=MessageReceiptTakenSchema, status=202, public=True)
def receive(body: dict[str, Any]) -> dict[str, Any]:
    """Take the gateway's report on a message, signed in `Parvaneh-Signature`; sent again it is the same report.

    404 for a message that was never sent, 403 for a signature that is not the gateway's.
    """
    outbox.report(context.session(), product=context.product(), notification_id=body["message_id"],
                  delivered=body["status"] == "DELIVERED", body=request.get_data(),
                  signature=request.headers.get(outside.SIGNATURE, ""))
    return {"message_id": body["message_id"]}
