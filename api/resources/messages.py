"""Messages: what the outside world tells a waiting process."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas import processes
from workflows import authorization

noun = Noun("messages", "/messages", "Messages for waiting processes.")


@noun.post(takes=processes.MessageBody, answers=processes.MessageReceiptSchema)
def publish(body: dict[str, Any]) -> dict[str, Any]:
    """Deliver a message to the process that waits for this name and correlation key; 409 when none does."""
    authorization.require(security.require_user(), "messages.publish")
    received = context.engine().publish(context.session(), actor=security.actor(), **body)
    return {"process_instances": received}
