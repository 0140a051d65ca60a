"""One-time codes: an applicant proves a mobile number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api import context, security
from api.blueprints import Noun
from api.language import language
from api.schemas.accounts import OneTimeCodeBody
from workflows import accounts

noun = Noun("one-time-codes", "/one-time-codes", "Codes sent to a mobile number.")


@noun.post(takes=OneTimeCodeBody, status=202, public=True)
def send(body: dict[str, Any]) -> dict[str, str]:
    """Send a code to a mobile number; the answer is the same whether or not it has an account."""
    security.limit("one-time-code-address", most=10, window=timedelta(minutes=10))
    accounts.request_code(context.session(), product=context.product(), mobile=body["mobile"],
                          language=language())
    return {"status": "sent"}
