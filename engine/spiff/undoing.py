"""Compensation: what has been done in a scope and can be undone, and the order of undoing (BPMN 2.0.2 §10.7, §13.5.5).

An activity that has ended and can be compensated leaves a token behind that keeps the variables of that moment; of a
subprocess it keeps the scope inside as well, in which only such tokens are left. These tokens rest: they hold up no
end of their scope, and go with it. Who compensates wakes them one after the other, the last one first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.spiff import data, model
from engine.spiff.tokens import PARKED, Token

RUNNER = "(compensating)"
"""The specification, in every scope, of the token that compensates there."""


def kept_by(activity: str) -> str:
    """The specification of what an activity leaves behind."""
    return f"{activity}(compensation)"


def resting(scope: Any, activity: str | None = None) -> list[Token]:
    """What can be compensated in a scope, or of one activity there, in the order in which it was done."""
    return [token for token in scope.tokens() if token.task_spec.undoes and token.task_spec.is_listening(token)
            and activity in (None, token.task_spec.node.id)]


def keep(token: Token, activity: str) -> Token:
    """Leave behind what compensates the activity that the token has done."""
    scope = token.workflow
    left: Token = scope.spawn(kept_by(activity))
    left._set_state(PARKED)
    left.data = data.copies(data.visible(token))
    if scope.instance.weight is not None:
        scope.instance.weight += data.weight(left.data)
    return left


def keep_inside(token: Token, inside: Any) -> bool:
    """Keep the ended inside of a subprocess if it can be compensated; whether it can."""
    if not resting(inside) and inside.spec.compensation is None:
        return False
    left = keep(token, token.task_spec.node.id)
    hand_over(inside, left)
    return True


def hand_over(inside: Any, owner: Token) -> None:
    """Let a scope belong to another token."""
    inside.parent_task_id, inside._owner, inside.completed = owner.id, owner, False
    owner.workflow.instance.subprocesses[owner.id] = inside


def begin(scope: Any, activity: str | None = None, **memory: Any) -> None:
    """Compensate what rests in a scope."""
    scope.spawn(RUNNER, left=[token.number for token in resting(scope, activity)], **memory)


def throw(token: Token, event: model.Event) -> bool:
    """Begin to compensate what a throwing event says; whether the event may go on. Inside an event subprocess it is the
    scope around that is compensated.
    """
    memory, scope = token.internal_data, token.workflow
    if memory.get("compensated"):
        return True
    if "compensating" in memory:
        return False
    while scope.owner is not None and scope.owner.task_spec.node.triggered_by_event:
        scope = scope.owner.workflow
    if not resting(scope, event.activity):
        return True
    memory["compensating"] = True
    begin(scope, event.activity, **({"thrower": token.number} if event.waits else {}))
    return not event.waits


def cancel(scope: Any) -> None:
    """Cancel the transaction around: nothing in it goes on, what was done in it is compensated, then it is left."""
    while scope.owner is not None and scope.owner.task_spec.node.type != "transaction":
        scope = scope.owner.workflow
    scope.clear(spare=True)
    begin(scope, cancels=True)


def found(tokens: Iterable[Token], number: int) -> Token | None:
    """The token that arrived as this number, if it is still there."""
    return next((token for token in tokens if token.number == number), None)
