"""Whose turn it is: the order in which the tokens of an instance run."""

from __future__ import annotations

from engine.spiff import conditions, gateways
from engine.spiff.tokens import READY, Instance, Token


def following(instance: Instance) -> Token | None:
    """The token whose turn it is: any other before one that yields. When none is left, an inclusive gateway may have
    gathered all it can get; None when it has not either.
    """
    queue, later = instance.queue, instance.later
    conditions.wake(instance)
    while True:
        while queue or later:
            yielding = not queue
            token = (queue or later).popleft()
            if token.state != READY or token.id not in token.workflow.tasks:
                continue
            if yielding or not token.task_spec.yields:
                return token
            later.append(token)
        if not _release_inclusive(instance):
            return None


def _release_inclusive(instance: Instance) -> bool:
    for token in instance.all_tokens():
        spec = token.task_spec
        if isinstance(spec, gateways.AwaitingSpec) and spec.is_gathering(token) and spec.may_join(token):
            spec.release(token)
            token.make_ready()
            return True
    return False
