"""Events with several definitions: any of them, or all of them (BPMN 2.0.2 §10.5.1, Multiple and Parallel Multiple)."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults

from engine.spiff import model, propagation, subscriptions
from engine.spiff.specs import NodeSpec
from engine.spiff.tokens import FAILED, PARKED, Token


class PartSpec(NodeSpec, defaults.NoneTask):
    """Waits for one definition of an event; nested under the token of the event, which knows what follows."""

    records = False
    whole: model.Event

    def event_of(self, token: Token) -> model.Event:
        found: model.Event = self.whole.parts[token.internal_data["part"]]
        return found

    def _run_hook(self, my_task: Token) -> None:
        event = self.event_of(my_task)
        subscriptions.arrive(my_task)
        if event.kind not in subscriptions.CAUGHT and subscriptions.subscribe(my_task, event):
            self.fire(my_task, None)  # the condition is true already

    def waits_for(self, token: Token) -> str | None:
        kind = self.event_of(token).kind
        return kind if token.state == PARKED and kind not in subscriptions.CAUGHT else None

    def catches(self, token: Token, kind: str, code: str | None) -> int:
        return propagation.precision(self.event_of(token), kind, code) if token.state != FAILED else propagation.NOT

    def is_listening(self, token: Token) -> bool:
        assert token.parent is not None  # noqa: S101 - a part is nested
        return bool(token.parent.task_spec.is_listening(token.parent))

    def fire(self, token: Token, variables: dict[str, Any] | None) -> None:
        """One definition has occurred. The event occurs with it or, where it needs all, with the last of them."""
        event = token.parent
        assert event is not None  # noqa: S101 - a part is nested
        memory, spec = event.internal_data, event.task_spec
        if self.whole.needs_all:
            memory["came"].append(token.internal_data["part"])
            memory["brought"].update(variables or {})
            token.cancel()
            if len(memory["came"]) == len(self.whole.parts):
                spec.fire(event, memory["brought"])
        elif spec.interrupts:
            for part in event.children:
                part.cancel()
            spec.fire(event, variables)
        else:
            again = subscriptions.next_wait(token, self.event_of(token))
            scope, index, around = token.workflow, token.internal_data["part"], event.parent
            token.cancel()
            if again is not None:
                scope.spawn(self.name, parent=event, part=index, **again)
            occurrence = scope.spawn(spec.name, parent=around)
            spec.fire(occurrence, variables)
