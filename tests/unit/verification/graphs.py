"""Diagrams as graphs, written in a line or drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.spiff import model

_IF = model.Text(text="x")
_TYPES = {"start": "startEvent", "end": "endEvent", "kill": "endEvent", "fail": "endEvent", "xor": "exclusiveGateway",
          "and": "parallelGateway", "or": "inclusiveGateway", "task": "userTask", "work": "serviceTask",
          "on": "boundaryEvent", "by": "boundaryEvent", "error": "boundaryEvent", "sub": "subProcess",
          "beside": "subProcess", "caught": "startEvent", "cry": "endEvent", "escalated": "boundaryEvent",
          "call": "callActivity", "events": "eventBasedGateway"}
_EVENTS = {"kill": model.Event(kind="terminate"), "fail": model.Event(kind="error", error_code="E1"),
           "on": model.Event(kind="timer"), "by": model.Event(kind="timer"),
           "error": model.Event(kind="error", error_code="E1"), "caught": model.Event(kind="error"),
           "cry": model.Event(kind="escalation", escalation_code="X1"),
           "escalated": model.Event(kind="escalation", escalation_code="X1")}


@dataclass
class Graph:
    """Nodes by id and kind, flows by their ends."""

    kinds: dict[str, str] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    attached: dict[str, str] = field(default_factory=dict)
    inside: dict[str, model.Scope] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)

    def scope(self, name: str = "p") -> model.Scope:
        flows = [model.Flow(id=f"{source}-{target}", source=source, target=target, condition=self._condition(source))
                 for source, target in self.edges]
        nodes = {node: self._node(node, flows) for node in self.kinds}
        attached: dict[str, list[model.Node]] = {}
        for event, activity in self.attached.items():
            attached.setdefault(activity, []).append(nodes[event])
        return model.Scope(id=name, nodes=nodes, flows=flows, attached=attached)

    def process(self, name: str = "p") -> model.ProcessModel:
        return model.ProcessModel(id=name, name=name, name_en="", file=f"{name}.bpmn", line=1, scope=self.scope(name))

    def _condition(self, source: str) -> model.Text | None:
        several = sum(1 for start, _ in self.edges if start == source) > 1
        return _IF if self.kinds[source] in ("xor", "or") and several else None

    def _node(self, name: str, flows: Sequence[model.Flow]) -> model.Node:
        kind = self.kinds[name]
        facts: dict[str, Any] = {"scope": self.inside.get(name), "called": self.called.get(name)}
        return model.Node(
            element=model.Element(id=name, type=_TYPES[kind]), line=7, event=_EVENTS.get(kind, model.Event()),
            interrupting=kind != "by", triggered_by_event=kind == "beside", attached_to=self.attached.get(name),
            **facts,
            incoming=[flow for flow in flows if flow.target == name],
            outgoing=[flow for flow in flows if flow.source == name])


def drawn(text: str, *, attached: Mapping[str, str] | None = None, **parts: Mapping[str, Any]) -> Graph:
    """A graph of lines such as `start s > task a > and g > task b, task c`; a kind is told once for each node."""
    graph = Graph(attached=dict(attached or {}), inside=dict(parts.get("inside", {})),
                  called=dict(parts.get("called", {})))
    for line in text.strip().splitlines():
        before: list[str] = []
        for step in line.split(">"):
            here = []
            for words in step.split(","):
                *kind, name = words.split()
                if kind:
                    graph.kinds[name] = kind[0]
                here.append(name)
            graph.edges += [(source, target) for source in before for target in here]
            before = here
    return graph


def by_chance(seed: int) -> Graph:
    """A small graph without any order: gateways, tasks, ends, events attached to tasks, loops."""
    choose = random.Random(seed)  # noqa: S311 - repeatable, no secret
    names = [f"n{number}" for number in range(choose.randint(2, 8))]
    graph = Graph({"s": "start"} | {name: choose.choice(["task", "task", "xor", "and", "and", "or", "end", "end"])
                                    for name in names})
    for name in names:
        if graph.kinds[name] == "end" and choose.random() < 0.15:
            graph.kinds[name] = "kill"
        if graph.kinds[name] == "task" and choose.random() < 0.25:
            graph.kinds[f"b{name}"] = choose.choice(["on", "on", "by"])
            graph.attached[f"b{name}"] = name
    for source in [name for name, kind in graph.kinds.items() if kind not in ("end", "kill")]:
        several = choose.choice([1, 2, 2, 3]) if graph.kinds[source] in ("xor", "and", "or") else 1
        graph.edges += [(source, target) for target in dict.fromkeys(choose.choices(names, k=several))]
    return graph


def branches(count: int, length: int, *, split: str = "and", join: str = "and", seed: int = 1) -> Graph:
    """`count` branches of `length` nodes each: tasks, choices, loops and timers, inside a loop of the whole."""
    choose = random.Random(seed)  # noqa: S311 - repeatable, no secret
    graph = Graph({"s": "start", "m": "xor", "split": split, "join": join, "d": "xor", "e": "end"},
                  [("s", "m"), ("m", "split"), ("join", "d"), ("d", "m"), ("d", "e")])
    for number in range(count):
        before, made = "split", 0
        while made < length:
            name = f"b{number}_{made}"
            if made + 5 <= length and choose.random() < 0.4:
                again, choice, left, right, merge = (f"{name}{letter}" for letter in "abcde")
                graph.kinds |= {again: "xor", choice: "xor", left: "task", right: "task", merge: "xor"}
                graph.edges += [(before, again), (again, choice), (choice, left), (choice, right), (left, merge),
                                (right, merge), (choice, again)]
                graph.kinds[f"{left}_late"] = "on"
                graph.attached[f"{left}_late"] = left
                graph.edges.append((f"{left}_late", merge))
                before, made = merge, made + 5
            else:
                graph.kinds[name] = "task"
                graph.edges.append((before, name))
                before, made = name, made + 1
        graph.edges.append((before, "join"))
    return graph


def chained(count: int, length: int, pieces: Sequence[str], *, split: str = "and", join: str = "and") -> Graph:
    """`count` branches of about `length` nodes, each a chain of these pieces in turn: `loop`, an event `on` or `by` a
    task, or a block from one gateway to another such as `or-and`."""
    graph = Graph({"s": "start", "split": split, "join": join, "e": "end"}, [("s", "split"), ("join", "e")])
    for number in range(count):
        before, made = "split", 0
        while made < length:
            piece, name = pieces[made % len(pieces)], f"b{number}_{made}"
            before, used = _piece(graph, piece, name, before)
            made += used
        graph.edges.append((before, "join"))
    return graph


def _piece(graph: Graph, piece: str, name: str, before: str) -> tuple[str, int]:
    first, left, right, last = (f"{name}{letter}" for letter in "abcd")
    if piece == "loop":
        graph.kinds |= {first: "xor", left: "task", last: "xor"}
        graph.edges += [(before, first), (first, left), (left, last), (last, first)]
        return last, 3
    if piece in ("on", "by"):
        graph.kinds |= {first: "task", left: piece, right: "task", last: "end"}
        graph.attached[left] = first
        graph.edges += [(before, first), (left, right), (right, last)]
        return first, 4
    split, join = piece.split("-")
    graph.kinds |= {first: split, left: "task", right: "task", last: join}
    graph.edges += [(before, first), (first, left), (first, right), (left, last), (right, last)]
    return last, 4
