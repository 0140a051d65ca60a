"""Answers of registers: what a register that was asked over HTTP brings later, signed instead of signed in."""

from __future__ import annotations

from typing import Any

from flask import request

from api import context
from api.blueprints import Noun
from api.schemas.inquiries import InquiryAnswerBody, InquiryAnswerReceiptSchema
from workflows import inquiry_requests, outside

noun = Noun("inquiry_answers", "/inquiry-answers", "Answers that registers bring to inquiries.")


@noun.post(takes=InquiryAnswerBody, answers=InquiryAnswerReceiptSchema, public=True)
def receive(body: dict[str, Any]) -> dict[str, Any]:
    """Take a register's answer, signed in `Parvaneh-Signature`; sent again it is the same answer.

    404 for a question that was never asked, 403 for a signature that is not the register's, 409 for an answer other
    than the first, 422 for one that breaks the contract. `LATE`: a clerk had recorded an answer before.
    """
    state = inquiry_requests.receive(
        context.session(), product=context.product(), question_id=body["question_id"], body=request.get_data(),
        value=body, signature=request.headers.get(outside.SIGNATURE, ""))
    return {"question_id": body["question_id"], "state": state}
