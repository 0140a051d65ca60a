"""Which activities of an ad hoc subprocess run, and what goes on when it is complete (BPMN 2.0.2 §13.3.5).

What nothing leads to is enabled once: all of it at once or, if the ordering is sequential, one activity at a time. In
the latter a token before an activity rests until it is chosen, the first in the document first. Only tokens inside of
an ad hoc subprocess are looked at here.
"""

from __future__ import annotations

from typing import Any

from engine.spiff import model, vocabulary
from engine.spiff.tokens import PARKED, READY, Token

SELECTOR = "(selecting)"
"""The specification, in an ad hoc subprocess, of the token that asks its condition and chooses what is next."""
_UNDER_WAY = frozenset({"items", "over", "given"})
"""What a token that has its turn again remembers of its activity: that it began."""


def choice_of(activity: str) -> str:
    """The specification of a token that waits to be chosen for the activity."""
    return f"{activity}(choice)"


def is_selected(node: model.Node) -> bool:
    """Whether the node is one of the activities that the subprocess is there for."""
    return node.type in vocabulary.ACTIVITIES and not node.triggered_by_event and not node.for_compensation


def ended(token: Token) -> None:
    """An element of the ad hoc subprocess was left. After an activity its condition is asked and the next is chosen."""
    scope, spec = token.workflow, token.task_spec
    if token.is_part or scope.is_closing or not is_selected(spec.node) or not _runs(token):
        return
    is_done = spec.name == spec.node.id
    if not is_done and any(other.task_spec.name == SELECTOR for other in scope.task_tree.children):
        return  # the activity inside the split has seen to it
    if scope.spec.ad_hoc.sequential or (is_done and scope.spec.ad_hoc.completion is not None):
        scope.spawn(SELECTOR, asks=is_done)
        queue = scope.instance.queue
        queue.appendleft(queue.pop())


def is_free(scope: Any, but: Token) -> bool:
    """Whether no activity runs, none is chosen and nothing is to be decided first; `but` does not count."""
    return not any(
        other is not but and (other.task_spec.name == SELECTOR or other.internal_data.get("chosen")
                              or (is_selected(other.task_spec.node) and _runs(other)))
        for other in scope.task_tree.children)


def choose(scope: Any, but: Token) -> None:
    """Let the first activity in the document that waits for it run, if no other one runs."""
    order = {identifier: index for index, identifier in enumerate(scope.spec.scope.nodes)}
    waiting = [token for token in scope.tokens()
               if token.task_spec.name == choice_of(token.task_spec.node.id) and token.state in (READY, PARKED)]
    if not waiting or not is_free(scope, but):
        return
    token = min(waiting, key=lambda found: (order[found.task_spec.node.id], found.number))
    token.internal_data["chosen"] = True
    if token.state == PARKED:
        token.make_ready()


def close(scope: Any, by: Token, *, cancels: bool) -> None:
    """The ad hoc subprocess is complete: nothing more begins in it; with `cancels`, what still runs is ended."""
    if cancels:
        scope.clear(keep=by, spare=True)
        return
    scope.owner.internal_data["closing"] = True
    for token in list(scope.task_tree.children):
        if token is not by and token.id in scope.tasks and not token.task_spec.undoes and not _has_begun(token):
            token.cancel()


def _runs(token: Token) -> bool:
    """Whether the token runs its activity or holds it, and does not stand before or behind it."""
    spec = token.task_spec
    return bool(spec.name in (spec.node.id, f"{spec.node.id}(split)"))


def _has_begun(token: Token) -> bool:
    spec = token.task_spec
    if spec.node.type == "compensation":
        return True
    if spec.node.type not in vocabulary.ACTIVITIES or not _runs(token) or spec.is_listening(token):
        return False
    inner = token if spec.name == spec.node.id else spec.activity(token)
    return inner is not None and (inner.state != READY or not _UNDER_WAY.isdisjoint(inner.internal_data))
