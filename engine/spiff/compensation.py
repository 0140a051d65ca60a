"""Specifications of what compensates: the token an activity leaves behind, and the one that wakes those tokens."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults

from engine.spiff import undoing
from engine.spiff.specs import NodeSpec
from engine.spiff.tokens import PARKED, Token, settle


class CompensationSpec(NodeSpec, defaults.SubWorkflowTask):
    """What an activity leaves behind: its compensation (BPMN 2.0.2 §13.5.5).

    That is the handler of its boundary event or, of a subprocess without one, its compensation event subprocess or,
    without that either, the compensation of all that was done inside, the last one first.
    """

    records = False
    undoes = True
    handler: str | None = None

    def _run_hook(self, my_task: Token) -> None:
        """It waits to be woken."""

    def is_listening(self, token: Token) -> bool:
        return not token.internal_data.get("runs")

    def undo(self, token: Token, under: Token) -> None:
        """Compensate the activity, with the variables as they were when it was done."""
        scope = token.workflow
        inside = scope.instance.subprocesses.pop(token.id, None)
        awake = scope.spawn(self.name, parent=under, runs=True)
        awake._set_state(PARKED)
        awake.data = token.data
        scope.leave(token)
        if inside is not None:
            undoing.hand_over(inside, awake)
        if self.handler is not None:
            scope.spawn(scope.spec.entry(self.handler), parent=awake).data = dict(awake.data)
        elif inside is not None and inside.spec.compensation is not None:
            event = inside.spawn(inside.spec.compensation, runs=True)
            event._set_state(PARKED)
            event.task_spec.begin(event)
        elif inside is not None:
            undoing.begin(inside)

    def child_ended(self, token: Token, child: Token) -> None:  # noqa: ARG002 - as everywhere
        self._end(token)

    def inside_ended(self, token: Token, inside: Any) -> None:
        """Everything inside is compensated."""
        inside.clear()
        del token.workflow.instance.subprocesses[token.id]
        self._end(token)

    def _end(self, token: Token) -> None:
        token.taken = ()
        token.complete()

    def _on_cancel(self, my_task: Token) -> None:
        inside = my_task.workflow.instance.subprocesses.pop(my_task.id, None)
        if inside is not None:
            inside.clear()
            inside.completed = True


class CompensatingSpec(NodeSpec, defaults.NoneTask):
    """Wakes what was left behind in its scope, one after the other and the last one first."""

    records = False

    def _run_hook(self, my_task: Token) -> bool | None:
        memory, scope = my_task.internal_data, my_task.workflow
        while memory["left"]:
            token = undoing.found(undoing.resting(scope), memory["left"].pop())
            if token is not None:
                token.task_spec.undo(token, my_task)
                return None
        my_task.taken = ()
        return True

    def child_ended(self, token: Token, child: Token) -> None:  # noqa: ARG002 - as everywhere
        token.make_ready()

    def _on_complete_hook(self, my_task: Token) -> None:
        super()._on_complete_hook(my_task)
        memory, scope = my_task.internal_data, my_task.workflow
        thrower = undoing.found(scope.instance.all_tokens(), memory["thrower"]) if "thrower" in memory else None
        if thrower is not None:
            thrower.internal_data["compensated"] = True
            thrower.make_ready()
        if memory.get("cancels"):
            self._leave_transaction(scope)

    @staticmethod
    def _leave_transaction(scope: Any) -> None:
        owner: Token = scope.owner
        events = owner.parent.children if owner.parent is not None else []
        for event in events:
            if event.task_spec.node.event.has("cancel") and event is not owner:
                around = event.workflow
                event.task_spec.fire(event, {})
                settle(around)
                return
