"""Messages and signals: what the outside world tells waiting processes."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas import processes
from workflows import messages

noun = Noun("messages", "/messages", "Messages for waiting processes.")


@noun.post(takes=processes.MessageBody, answers=processes.MessageReceiptSchema)
def publish(body: dict[str, Any]) -> dict[str, Any]:
    """Deliver a message to the process that waits for this name and correlation key; 409 when none does.

    An issuer's answer is checked whole first (422 with every fault) and recorded.
    """
    received = messages.publish(context.session(), product=context.product(), user=security.require_user(), **body)
    return {"process_instances": received}


signals = Noun("signals", "/signals", "Signals for every process that waits for them.")


@signals.post(takes=processes.SignalBody, answers=processes.SignalReceiptSchema)
def throw(body: dict[str, Any]) -> dict[str, Any]:
    """Let a signal reach every process instance that waits for it, and start every process that begins with it.

    Each of them catches it in its own time, once; nobody needs to wait for it.
    """
    return {"receivers": messages.throw(context.session(), product=context.product(), user=security.require_user(),
                                        **body)}
