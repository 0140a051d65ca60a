"""Every state that the engine can come to with a small process: whatever a person does, whatever data and events come.

Conditions ask `free()`, counts `several()`, handlers what they please; each answer is tried. Between the steps the
state is saved and loaded, as the engine does.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine import errors, feel
from engine.clock import ManualClock
from engine.spiff import codec, model, parser, rehearsals, runner, vocabulary
from engine.spiff.tokens import FAILED, PARKED, Instance, Token, settle

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BUDGET = 150
MOST_CHOICES, MOST_WAYS = 8, 40
"""Choices in one step, and ways a step may go, of which all are tried; of more, the space is told to be incomplete."""
_TOLD = ("flow", "turn", "over", "started", "consumed", "joined", "came", "arm", "listens", "runs", "compensating",
         "compensated", "chosen", "closing", "asks", "beside", "part", "cancels", "listening", "given", "triggered")
"""What of a token's memory makes a state another one; numbers of tokens and moments do not."""


class Desk:
    """Services whose every answer is a choice: of the choices to make, the first are given, the others are 0."""

    def __init__(self) -> None:
        self.given: Sequence[int] = ()
        self.made: list[tuple[int, int]] = []
        self.functions = feel.Functions([
            feel.FeelFunction(name="free", parameters=(), fn=lambda: bool(self.choice(2)), pure=False),
            feel.FeelFunction(name="several", parameters=(), fn=lambda: Decimal(self.choice(3)), pure=False)])

    def begin(self, given: Sequence[int]) -> None:
        self.given, self.made = given, []

    def choice(self, count: int) -> int:
        made = self.given[len(self.made)] if len(self.made) < len(self.given) else 0
        self.made.append((made, count))
        return made

    def others(self) -> Iterator[tuple[int, ...]]:
        """The choices that nobody has tried yet."""
        made = [choice for choice, _ in self.made]
        for position in range(len(self.given), len(made)):
            for other in range(1, self.made[position][1]):
                yield (*made[:position], other)

    def invoke(self, handler: str, call: runner.HandlerCall) -> Mapping[str, Any]:
        choice = self.choice(3)
        if choice:
            raise errors.BpmnError(f"E{choice}")
        return {}

    def ending(self, element_id: str, outcome: str | None) -> None:
        """Every end is fine."""

    def savepoint(self) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass(slots=True)
class State:
    """One state: what it shows, and where one step leads from it."""

    blob: bytes
    ended: bool
    scopes: Counter[str]
    """How many of each scope are open, the process itself included."""
    standing: Counter[str]
    """Tokens at each element; those of one activity's instances count once."""
    gathered: frozenset[str]
    """Elements at which tokens wait for other tokens."""
    before: tuple[Key, Action] | None
    depth: int
    steps: list[tuple[Action, Key]] = field(default_factory=list)


Key = Any
Action = tuple[tuple[str, ...], str]
"""The scopes the acting token stands in, outermost first, and what its element is."""


@dataclass(slots=True)
class Space:
    """Everything that was seen."""

    process: model.ProcessModel
    states: dict[Key, State] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    complete: bool = True
    failed: bool = False
    """An error came out of some run that nothing catches; it is not followed."""


def explore(process: parser.Process, desk: Desk, *, limit: int) -> Space:
    """All states, or `limit` of them."""
    space = Space(process.model)
    pending: deque[Key] = deque()
    walk = _Walk(process, desk, space, pending)
    for node in process.model.scope.triggered():
        walk.branch(None, ((process.key,), node.id), lambda node=node: rehearsals.begin(
            process, node.id, {}, clock=walk.clock, services=desk))
    if process.model.scope.entries():
        walk.branch(None, ((), ""), lambda: runner.Execution.start(process, {}, clock=walk.clock, services=desk))
    while pending:
        if len(space.states) > limit or not space.complete:
            space.complete = False
            break
        walk.follow(pending.popleft())
    return space


class _Walk:
    def __init__(self, process: parser.Process, desk: Desk, space: Space, pending: deque[Key]) -> None:
        self.process, self.desk, self.space, self.pending = process, desk, space, pending
        self.clock = ManualClock(NOON)

    def load(self, blob: bytes) -> runner.Execution:
        return runner.Execution.load(self.process, blob, clock=self.clock, services=self.desk)

    def follow(self, key: Key) -> None:
        state = self.space.states[key]
        execution = self.load(state.blob)
        for token in execution.instance.all_tokens():
            if token.state == PARKED and token.task_spec.waits_for(token) is not None:
                action = (_path(token), token.task_spec.node.id)

                def begin(identifier: str = token.token_id) -> runner.Execution:
                    loaded = self.load(state.blob)
                    _occur(loaded, identifier)
                    return loaded

                self.branch(key, action, begin)

    def branch(self, before: Key | None, action: Action, begin: Any) -> None:
        """Take the step with every choice."""
        pending: list[tuple[int, ...]] = [()]
        taken = 0
        while pending:
            given = pending.pop()
            taken += 1
            if len(given) > MOST_CHOICES or taken > MOST_WAYS:
                self.space.complete = False
                continue
            self.desk.begin(given)
            execution = begin()
            report = execution.run(budget=BUDGET)
            pending += self.desk.others()
            self.space.ran |= {done.element_id for done in report.completed}
            if report.failures:
                if all(failure.kind == "expression" for failure in report.failures):
                    continue  # no condition holds: data do not fall so
                self.space.failed = True
                if before is not None:
                    self.space.states[before].steps.append((action, FAILED))
                continue
            self.arrive(before, action, execution)

    def arrive(self, before: Key | None, action: Action, execution: runner.Execution) -> None:
        instance = execution.instance
        key = _key(instance)
        states = self.space.states
        if key not in states:
            standing = Counter((id(token.workflow), token.task_spec.node.id, token.internal_data.get("flow"))
                               for token in instance.all_tokens() if not token.is_part)
            standing = Counter({name: max(count for (_, each, _), count in standing.items() if each == name)
                                for _, name, _ in standing})
            states[key] = State(
                blob=codec.dump(instance), ended=execution.ended,
                scopes=Counter([self.process.model.id] if not execution.ended else []) + Counter(
                    inside.spec.scope.id for inside in instance.subprocesses.values()
                    if not inside.owner.task_spec.undoes),
                standing=standing,
                gathered=frozenset(token.task_spec.node.id for token in instance.all_tokens()
                                   if token.task_spec.gathers and token.state == PARKED),
                before=None if before is None else (before, action),
                depth=0 if before is None else states[before].depth + 1)
            self.pending.append(key)
            self.space.ran |= {token.task_spec.node.id for token in instance.all_tokens() if _runs(token)}
        if before is not None:
            states[before].steps.append((action, key))


def _runs(token: Token) -> bool:
    """Whether the token is in an activity now, and does not wait before it."""
    spec = token.task_spec
    return bool(spec.name == spec.node.id and spec.node.type in vocabulary.ACTIVITIES and not spec.is_listening(token))


def _occur(execution: runner.Execution, token_id: str) -> None:
    token = execution._token(token_id)
    assert token is not None
    token.task_spec.fire(token, {})
    settle(token.workflow)


def _path(token: Token) -> tuple[str, ...]:
    found = [token.workflow.spec.scope.id]
    owner = token.workflow.owner
    while owner is not None:
        found.append(owner.workflow.spec.scope.id)
        owner = owner.workflow.owner
    return tuple(reversed(found))


def _key(instance: Instance) -> Key:
    return (instance.completed, _scope(instance))


def _scope(scope: Any) -> Key:
    order = [token for token in scope.tokens() if token.task_spec.undoes and token.task_spec.is_listening(token)]
    return (tuple(sorted((_token(child) for child in scope.task_tree.children if child not in order), key=repr)),
            tuple(_token(token) for token in order))


def _token(token: Token) -> Key:
    memory = token.internal_data
    told = tuple((name, repr(memory[name])) for name in _TOLD if name in memory)
    counted = (len(memory.get("items", ())), len(memory.get("done", ())), len(memory.get("left", ())))
    inside = token.workflow.instance.subprocesses.get(token.id)
    return (token.task_spec.name, int(token.state), told, counted,
            tuple(sorted((_token(child) for child in token.children), key=repr)),
            None if inside is None else _scope(inside))
