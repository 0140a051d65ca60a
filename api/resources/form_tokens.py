"""Form tokens: names for commands sent without an account, so that a repeated one is done once."""

from __future__ import annotations

from api import security
from api.blueprints import Noun
from api.schemas.accounts import FormTokenSchema

noun = Noun("form-tokens", "/form-tokens", "One-time names for commands sent without an account.")


@noun.post(answers=FormTokenSchema, status=201, public=True)
def create() -> dict[str, str]:
    """Issue a form token; send it in X-Form-Token together with an Idempotency-Key."""
    return {"form_token": security.form_token()}
