"""Tokens and the scopes they live in: the library's tasks and workflows, kept flat and small.

A scope holds only tokens that are still of use: a token that has left its element is gone, and no token is predicted.
Below the root a token is nested only where its life depends on another's: an activity and its boundary events under
their split, the instances of a multi-instance activity under it, the events of an event-based gateway under it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import clock as clocks
from engine import values
from engine.spiff import model
from engine.spiff.results import Called, Completed, Services, Thrown

READY, PARKED, FAILED = TaskState.READY, TaskState.STARTED, TaskState.ERROR


class Token(Task):
    """The library's task. READY: will be executed. STARTED: waits. ERROR: stands at an incident."""

    def __init__(self, workflow: Any, task_spec: Any, parent: Token | None = None, state: int = READY,
                 id: UUID | None = None) -> None:
        super().__init__(workflow, task_spec, parent, state, id or UUID(hex=values.new_id()))
        self.taken: tuple[model.Flow, ...] | None = None
        """The flows a gateway chose; None means all."""

    @property
    def token_id(self) -> str:
        return str(self.id.hex)

    @property
    def is_instance(self) -> bool:
        """Whether this is one instance of a multi-instance activity."""
        return "index" in self.internal_data

    @property
    def is_part(self) -> bool:
        """Whether this is one of the runs of an activity that runs several times: what follows is not its business."""
        return "index" in self.internal_data or "turn" in self.internal_data

    @property
    def shown(self) -> dict[str, Any]:
        """The variables that what is inside the activity sees of it."""
        found: dict[str, Any] = self.internal_data.get("inputs", self.data)
        return found

    @property
    def number(self) -> int:
        """Order of arrival within the process instance."""
        return int(self.internal_data.get("n", 0))

    def _set_state(self, value: int) -> None:
        """The library logs each change with all data of the task, personal data included; ours does not."""
        self._state = value

    def make_ready(self, *, first: bool = False) -> None:
        """Have the token executed when its turn comes, or before all others."""
        self._set_state(READY)
        queue = self.workflow.instance.queue
        (queue.appendleft if first else queue.append)(self)

    def cancel(self) -> None:
        """End this token and all that depends on it, without following any flow."""
        for child in self.children:
            child.cancel()
        self._set_state(TaskState.CANCELLED)
        self.task_spec._on_cancel(self)
        self.workflow.leave(self)


class _Scope:
    """What a process instance and a subprocess instance have in common."""

    spec: Any
    tasks: dict[UUID, Token]
    task_tree: Token
    data: dict[str, Any]
    completed: bool

    origin: Called | None = None
    """The definition that runs here, when it was not deployed with the instance's own."""

    @property
    def instance(self) -> Instance:
        top: Instance = self.top_workflow  # type: ignore[attr-defined]
        return top

    @property
    def siblings(self) -> Mapping[str, Any]:
        """The specifications that those here refer to by name."""
        return self.instance.subprocess_specs if self.origin is None else self.origin.specifications

    @property
    def owner(self) -> Token | None:
        """The token of the subprocess or call activity this scope belongs to."""
        return None

    @property
    def shown(self) -> dict[str, Any]:
        """The variables that what is inside sees."""
        return self.data

    @property
    def is_closing(self) -> bool:
        """Whether this is an ad hoc subprocess that only waits for what still runs: nothing more begins in it."""
        return self.spec.ad_hoc is not None and self.owner is not None and "closing" in self.owner.internal_data

    def ends_instance(self) -> bool:
        """Whether the end events here end the process: it is the process, or an event subprocess of it."""
        scope: _Scope = self
        while scope.owner is not None:
            if not scope.owner.task_spec.node.triggered_by_event:
                return False
            scope = scope.owner.workflow
        return True

    def open(self, starts: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Begin: the event subprocesses listen, and a token stands before each start, with what it remembers."""
        self.plant(Token(self, self.spec.start, state=PARKED))
        for name in self.spec.event_subprocesses:
            self.spawn(name)
        for name, memory in starts:
            self.spawn(name, **memory)

    def plant(self, root: Token) -> None:
        self.task_tree = root

    def spawn(self, name: str, *, parent: Token | None = None, **internal: Any) -> Token:
        """A new token before the specification `name`, in the queue."""
        token = Token(self, self.spec.task_specs[name], parent or self.task_tree)
        self.instance.sequence += 1
        token.internal_data = {"n": self.instance.sequence, **internal}
        self.instance.queue.append(token)
        return token

    def follow(self, flow: model.Flow) -> Token:
        """A new token at the end of a sequence flow; where tokens are gathered it remembers the flow."""
        if self.instance.flows is not None and not flow.is_link:
            self.instance.flows.append(flow.id)
        name = self.spec.entry(flow.target)
        memory: dict[str, Any] = {"flow": flow.id} if self.spec.task_specs[name].gathers else {}
        return self.spawn(name, **memory)

    def leave(self, token: Token) -> None:
        """Forget a token that has ended."""
        self.instance.unwatch(token)
        if token.id in self.tasks and token is not self.task_tree:
            self._remove_task(token.id)  # type: ignore[attr-defined]

    def tokens(self) -> list[Token]:
        """All tokens but the root, in the order of arrival."""
        return sorted((token for token in self.tasks.values() if token is not self.task_tree), key=lambda t: t.number)

    def is_settled(self) -> bool:
        """Whether nothing is left here but event subprocesses that wait for their event."""
        return all(token is self.task_tree or token.task_spec.is_listening(token) for token in self.tasks.values())

    def stop_listening(self) -> None:
        """End the event subprocesses that wait once nothing but event subprocesses runs here: the activity or process
        is completing, and no new one begins (BPMN 2.0.2 §13.5.4). Those that compensate what was done stay.
        """
        if not self.spec.event_subprocesses:
            return
        around = [token for token in self.tasks.values() if token is not self.task_tree]
        running = [token for token in around if not token.task_spec.is_listening(token)]
        if running and all(token.task_spec.node.triggered_by_event for token in running):
            for token in around:
                if token.id in self.tasks and token.task_spec.is_idle_handler(token):
                    token.cancel()

    def clear(self, keep: Token | None = None, *, spare: bool = False) -> None:
        """End every token here save `keep` and, with `spare`, what compensates what was done here."""
        for token in [token for token in self.task_tree.children if token is not keep]:
            if token.id in self.tasks and not (spare and token.task_spec.undoes):
                token.cancel()

    def _task_completed_notify(self, task: Token) -> None:
        """The library would walk all tasks here and look whether one can go on; ours are queued when they can."""


class SubInstance(_Scope, BpmnSubWorkflow):
    """The inside of a subprocess, event subprocess or call activity."""

    def __init__(self, spec: Any, parent_task_id: UUID, top_workflow: Instance, **kwargs: Any) -> None:
        super().__init__(spec, parent_task_id, top_workflow, **{**kwargs, "deserializing": True})
        self._owner: Token = top_workflow.get_task_from_id(parent_task_id)

    @property
    def owner(self) -> Token | None:
        return self._owner


class Instance(_Scope, BpmnWorkflow):
    """A process instance: the outermost scope, and what its tokens share while they run."""

    clock: clocks.Clock
    services: Services

    def __init__(self, spec: Any, subprocess_specs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.queue: deque[Token] = deque()
        self.later: deque[Token] = deque()
        """Tokens that run once no other can: see `NodeSpec.yields`."""
        self.journal: list[Completed] = []
        self.flows: list[str] | None = None
        """The sequence flows that tokens went along, where somebody asks; no state keeps them."""
        self.thrown: list[Thrown] = []
        """What other instances are to hear of."""
        self.watchers: dict[str, dict[UUID, Token]] = {}
        """The conditional events that wait, by each variable that their condition names."""
        self.watched: dict[UUID, Collection[str]] = {}
        """What each of them watches."""
        self.changed: list[tuple[Any, Collection[str]]] = []
        """Variables written since the watchers were last woken: the token or scope that holds them, and their names."""
        self.weight: int | None = None
        """About how many bytes all variables weigh, at most; None until they are weighed (`data.fits`)."""
        self.packed_bytes = 0
        """The length of the state when it was saved last, before it was compressed."""
        self.variables_max_bytes = values.VARIABLES_MAX_BYTES
        self.sequence = 0
        self.outcome: str | None = None
        self.end_element_id: str | None = None
        super().__init__(spec, subprocess_specs, **{**kwargs, "deserializing": True})

    def open_inside(self, owner: UUID, name: str, origin: Called | None) -> SubInstance:
        """The inside of an activity, empty as yet."""
        specifications = self.subprocess_specs if origin is None else origin.specifications
        inside = SubInstance(specifications[name], owner, self)
        inside.origin = origin
        self.subprocesses[owner] = inside
        return inside

    def scopes(self) -> list[_Scope]:
        return [self, *self.subprocesses.values()]

    def all_tokens(self) -> list[Token]:
        """Every token of the instance, in the order of arrival."""
        found = [token for scope in self.scopes() for token in scope.tasks.values() if token is not scope.task_tree]
        return sorted(found, key=lambda token: token.number)

    def note_change(self, holder: Token | _Scope, names: Collection[str]) -> None:
        """Variables were written; who begins to watch later looks at all of them anyway."""
        if self.watched:
            self.changed.append((holder, tuple(names)))

    def watch(self, token: Token, names: Collection[str]) -> None:
        """The token is to look again when one of these variables is written."""
        self.watched[token.id] = names
        for name in names:
            self.watchers.setdefault(name, {})[token.id] = token

    def unwatch(self, token: Token) -> None:
        """The token looks at nothing any more."""
        for name in self.watched.pop(token.id, ()):
            self.watchers[name].pop(token.id)

    def note_end(self, element: model.Element) -> None:
        """An end event of the process was reached. One without an outcome does not hide one with."""
        if element.outcome is not None or self.outcome is None:
            self.end_element_id, self.outcome = element.id, element.outcome

    def record(self, token: Token, element: model.Element, facts: dict[str, Any]) -> None:
        """Note that the token has left the element."""
        origin, key = token.workflow.origin, token.workflow.spec.key
        if origin is not None and origin.version is not None:
            facts = {**facts, "process": key, "process_version": origin.version}
        elif key != self.spec.key:
            facts = {**facts, "process": key}
        self.journal.append(Completed(element.id, element.name, token.token_id, self.clock.now(), facts))


def settle(scope: Any) -> None:
    """End every scope in which nothing is left, from the inside out."""
    while not scope.completed:
        if not scope.is_settled():
            scope.stop_listening()
            return
        scope.clear(spare=scope.owner is not None)
        scope.completed = True
        owner = scope.owner
        if owner is None:
            return
        around = owner.workflow
        owner.task_spec.inside_ended(owner, scope)
        scope = around
