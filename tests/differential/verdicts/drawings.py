"""Diagrams drawn by chance, of every element that is executed: blocks within blocks, and graphs without any order."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.engine import models as m
from tests.unit.spiff.drawing import TOP, escalation, signal, throw

ERROR = '<bpmn:errorEventDefinition errorRef="e1"/>'
CATCH_ALL = "<bpmn:errorEventDefinition/>"
COMPENSATION = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
TERMINATE = "<bpmn:terminateEventDefinition/>"
CONDITION = "<bpmn:conditionalEventDefinition><bpmn:condition>x</bpmn:condition></bpmn:conditionalEventDefinition>"
FREE = "free()"

Block = tuple[str, str, str]
"""Its XML, and the ids of its first and last node."""

KINDS = ("task", "task", "sequence", "sequence", "xor", "and", "or", "mixed", "subprocess", "events", "attached",
         "several", "repeated", "compensated", "transaction", "back", "throw", "quantity", "complex", "adhoc",
         "gateway", "link", "conditional", "work", "graph", "call")
_PLAIN = ("task", "sequence", "xor", "and", "or", "mixed", "several", "repeated", "compensated", "throw", "subprocess")
"""What an ad hoc subprocess may hold, as long as no end event stands directly in it."""
LEAVES = ("task", "task", "throw", "work", "several", "repeated", "quantity", "compensated")


class Drawing:
    """Draws one process."""

    def __init__(self, seed: object, kinds: Sequence[str] = KINDS) -> None:
        self.random = random.Random(str(seed))  # noqa: S311 - repeatable, no secret
        self.kinds = kinds
        self.count = 10
        self.processes: list[str] = []

    def bundle(self, depth: int) -> bytes:
        """The file of a process `p` and of those it calls."""
        body, *_ = self.inside(depth, ends=("", "", "", "", TERMINATE, escalation(), signal()))
        main = m.process("p", body, globals=TOP).decode()
        return main.replace("</bpmn:definitions>", "".join(self.processes) + "</bpmn:definitions>").encode()

    def new(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def block(self, depth: int, *, transaction: bool = False) -> Block:
        kinds = self.kinds if depth > 0 else [kind for kind in LEAVES if kind in self.kinds] or ["task"]
        kind = self.random.choice(list(kinds))
        return getattr(self, f"_{kind}")(depth - 1, transaction)  # type: ignore[no-any-return]

    def inside(self, depth: int, *, transaction: bool = False, ends: Sequence[str] | None = None) -> Block:
        """A start, a block, an end of some kind."""
        start, end = self.new("s"), self.new("e")
        body, first, last = self.block(depth, transaction=transaction)
        kinds = ends or ("", "", "", "", ERROR, escalation(), TERMINATE, COMPENSATION, CANCEL if transaction else "")
        return (m.start(start) + body + m.end(end, extra=self.random.choice(kinds)) + m.path(start, first)
                + m.path(last, end), start, end)

    def _task(self, depth: int, transaction: bool) -> Block:
        name = self.new("t")
        return m.user(name), name, name

    def _work(self, depth: int, transaction: bool) -> Block:
        """A handler that may raise an error, behind a task: something may come while its scope is open."""
        first, name = self.new("t"), self.new("w")
        text = m.user(first) + m.service(name, "work") + m.flow(first, name)
        if self.random.random() < .7 and "call" in self.kinds:
            boundary, after, end = (self.new(letter) for letter in "bte")
            text += m.boundary(boundary, name, self.random.choice([ERROR, CATCH_ALL])) + m.user(after) + m.end(end)
            text += m.path(boundary, after, end)
        return text, first, name

    def _throw(self, depth: int, transaction: bool) -> Block:
        name, after = self.new("h"), self.new("t")
        event = self.random.choice([escalation(), signal(), COMPENSATION])
        return throw(name, event) + m.user(after) + m.path(name, after), name, after

    def _sequence(self, depth: int, transaction: bool) -> Block:
        one, two = (self.block(depth, transaction=transaction) for _ in range(2))
        return one[0] + two[0] + m.flow(one[2], two[1]), one[1], two[2]

    def _branches(self, split: str, join: str, depth: int, transaction: bool) -> Block:
        first, last = self.new("g"), self.new("j")
        text = m.gateway(first, split) + m.gateway(last, join)
        for _ in range(self.random.choice([2, 2, 3])):
            body, begin, end = self.block(depth, transaction=transaction)
            text += body + m.flow(first, begin, "" if split == "parallel" else FREE) + m.flow(end, last)
        after = self.new("t")
        return text + m.user(after) + m.flow(last, after), first, after

    def _xor(self, depth: int, transaction: bool) -> Block:
        return self._branches("exclusive", "exclusive", depth, transaction)

    def _and(self, depth: int, transaction: bool) -> Block:
        return self._branches("parallel", "parallel", depth, transaction)

    def _or(self, depth: int, transaction: bool) -> Block:
        return self._branches("inclusive", "inclusive", depth, transaction)

    def _mixed(self, depth: int, transaction: bool) -> Block:
        kinds = ["exclusive", "parallel", "inclusive"]
        return self._branches(self.random.choice(kinds), self.random.choice(kinds), depth, transaction)

    def _conditional(self, depth: int, transaction: bool) -> Block:
        """An activity that is left by several flows."""
        first, last = self.new("t"), self.new("j")
        text = m.user(first) + m.gateway(last, self.random.choice(["exclusive", "parallel", "inclusive"]))
        for _ in range(2):
            body, begin, end = self.block(depth, transaction=transaction)
            text += body + m.flow(first, begin, self.random.choice(["", FREE])) + m.flow(end, last)
        after = self.new("t")
        return text + m.user(after) + m.flow(last, after), first, after

    def _gateway(self, depth: int, transaction: bool) -> Block:
        """Events of which the first one counts."""
        first, last = self.new("v"), self.new("j")
        text = m.gateway(first, "eventBased") + m.gateway(last)
        for _ in range(2):
            event = self.new("c")
            body, begin, end = self.block(depth, transaction=transaction)
            came = self.random.choice([signal(), m.timer("PT1H"), CONDITION])
            text += m.catch(event, came) + body + m.path(first, event, begin) + m.flow(end, last)
        return text, first, last

    def _complex(self, depth: int, transaction: bool) -> Block:
        first, last, after, late, end = (self.new(letter) for letter in "gjtte")
        count = self.random.choice([1, 2])
        text = m.gateway(first, self.random.choice(["parallel", "inclusive"])) + (
            f'<bpmn:complexGateway id="{last}" default="d_{last}"><bpmn:activationCondition>activationCount &gt;= '
            f"{count}</bpmn:activationCondition></bpmn:complexGateway>")
        text += m.user(after) + m.flow(last, after, FREE) + m.user(late) + m.end(end) + m.flow(late, end)
        text += f'<bpmn:sequenceFlow id="d_{last}" sourceRef="{last}" targetRef="{late}"/>'
        for _ in range(2):
            body, begin, finish = self.block(depth, transaction=transaction)
            text += body + m.flow(first, begin, "" if 'parallelGateway id="' + first in text else FREE) + m.flow(
                finish, last)
        return text, first, after

    def _subprocess(self, depth: int, transaction: bool) -> Block:
        name = self.new("p")
        body = self.inside(depth, transaction=False)[0]
        return f'<bpmn:subProcess id="{name}">{body}</bpmn:subProcess>' + self.attached(name, depth), name, name

    def _transaction(self, depth: int, transaction: bool) -> Block:
        name, event, after, end = (self.new(letter) for letter in "pbte")
        body = self.inside(depth, transaction=True)[0]
        text = f'<bpmn:transaction id="{name}">{body}</bpmn:transaction>' + self.attached(name, depth)
        text += m.boundary(event, name, CANCEL) + m.user(after) + m.end(end) + m.path(event, after, end)
        return text, name, name

    def _events(self, depth: int, transaction: bool) -> Block:
        """A subprocess with event subprocesses."""
        name = self.new("p")
        body = self.inside(depth, transaction=False)[0]
        for event in self.random.sample([escalation(), ERROR, signal(), COMPENSATION, m.timer("PT1H")],
                                        self.random.choice([1, 1, 2])):
            beside, start, end = (self.new(letter) for letter in "pse")
            interrupting = event in (ERROR, COMPENSATION) or self.random.random() < .5
            inner, begin, finish = self.block(depth)
            body += (f'<bpmn:subProcess id="{beside}" triggeredByEvent="true"><bpmn:startEvent id="{start}" '
                     f'isInterrupting="{str(interrupting).lower()}">{event}</bpmn:startEvent>{inner}'
                     + m.end(end, extra=self.random.choice(["", "", ERROR, escalation(), TERMINATE]))
                     + m.path(start, begin) + m.path(finish, end) + "</bpmn:subProcess>")
        return f'<bpmn:subProcess id="{name}">{body}</bpmn:subProcess>' + self.attached(name, depth), name, name

    def _attached(self, depth: int, transaction: bool) -> Block:
        name = self.new("t")
        return m.user(name) + self.attached(name, depth, chance=1), name, name

    def _several(self, depth: int, transaction: bool) -> Block:
        name = self.new("t")
        condition = self.random.choice(["", "", f"<bpmn:completionCondition>{FREE}</bpmn:completionCondition>"])
        loop = (f'<bpmn:multiInstanceLoopCharacteristics isSequential="{self.random.choice(["true", "false"])}">'
                f"<bpmn:loopCardinality>several()</bpmn:loopCardinality>{condition}"
                "</bpmn:multiInstanceLoopCharacteristics>")
        if self.random.random() < .5 or depth < 1:
            return m.user(name, extra=loop) + self.attached(name, depth), name, name
        body = self.inside(depth)[0]
        return f'<bpmn:subProcess id="{name}">{body}{loop}</bpmn:subProcess>' + self.attached(name, depth), name, name

    def _repeated(self, depth: int, transaction: bool) -> Block:
        name = self.new("t")
        first = self.random.choice(["true", "false"])
        loop = (f'<bpmn:standardLoopCharacteristics loopMaximum="2" testBefore="{first}"><bpmn:loopCondition>{FREE}'
                "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>")
        return m.user(name, extra=loop) + self.attached(name, depth), name, name

    def _compensated(self, depth: int, transaction: bool) -> Block:
        name = self.new("t")
        return m.user(name) + self.undone(name), name, name

    def _back(self, depth: int, transaction: bool) -> Block:
        first, last = self.new("g"), self.new("j")
        body, begin, end = self.block(depth, transaction=transaction)
        after = self.new("t")
        return (body + m.gateway(first) + m.gateway(last) + m.path(first, begin) + m.path(end, last)
                + m.flow(last, first, FREE) + m.user(after) + m.flow(last, after, FREE), first, after)

    def _quantity(self, depth: int, transaction: bool) -> Block:
        name = self.new("t")
        if self.random.random() < .5:
            return m.user(name, self.random.choice(['startQuantity="2"', 'completionQuantity="2"'])), name, name
        after = self.new("t")
        return (m.user(name, 'completionQuantity="2"') + m.user(after, 'startQuantity="2"') + m.flow(name, after),
                name, after)

    def _adhoc(self, depth: int, transaction: bool) -> Block:
        name, outer, self.kinds = self.new("p"), self.kinds, [kind for kind in self.kinds if kind in _PLAIN]
        one, two = (self.block(min(depth, 1)) for _ in range(2))
        self.kinds = outer
        ordering = self.random.choice(["Parallel", "Sequential"])
        condition = self.random.choice(["", f"<bpmn:completionCondition>{FREE}</bpmn:completionCondition>"])
        cancels = self.random.choice(["true", "false"])
        return (f'<bpmn:adHocSubProcess id="{name}" ordering="{ordering}" cancelRemainingInstances="{cancels}">'
                f"{one[0]}{two[0]}{condition}</bpmn:adHocSubProcess>" + self.attached(name, depth), name, name)

    def _link(self, depth: int, transaction: bool) -> Block:
        away, here = self.new("h"), self.new("c")
        one, two = (self.block(depth, transaction=transaction) for _ in range(2))
        link = f'<bpmn:linkEventDefinition name="{away}"/>'
        return (one[0] + throw(away, link) + m.catch(here, link) + two[0] + m.path(one[2], away) + m.path(here, two[1]),
                one[1], two[2])

    def _call(self, depth: int, transaction: bool) -> Block:
        name, called = self.new("p"), self.new("q")
        body = self.inside(min(depth, 1))[0]
        self.processes.append(f'<bpmn:process id="{called}" name="{called}" isExecutable="true">{body}</bpmn:process>')
        return (f'<bpmn:callActivity id="{name}" calledElement="{called}"/>' + self.attached(name, depth), name, name)

    def _graph(self, depth: int, transaction: bool) -> Block:
        """Nodes and flows without any order between a first and a last one."""
        first, last = self.new("g"), self.new("t")
        kinds = {first: self.random.choice(["exclusive", "parallel", "inclusive"]), last: "task"}
        for _ in range(self.random.choice([2, 3, 4])):
            kind = self.random.choice(["task", "task", "exclusive", "parallel", "inclusive"])
            kinds[self.new("t" if kind == "task" else "g")] = kind
        names = list(kinds)
        edges: list[tuple[str, str]] = []
        for source in names:
            if source != last:
                several = self.random.choice([1, 2, 2]) if kinds[source] != "task" else 1
                edges += [(source, target) for target in dict.fromkeys(self.random.choices(names[1:], k=several))]
        reached = {target for _, target in edges}
        edges += [(self.random.choice([name for name in names if name != last]), name)
                  for name in names[1:] if name not in reached]
        text = "".join(m.user(name) + self.attached(name, 0, chance=.2) if kind == "task" else m.gateway(name, kind)
                       for name, kind in kinds.items())
        for source, target in dict.fromkeys(edges):
            several = sum(1 for each, _ in set(edges) if each == source) > 1
            chooses = several and kinds[source] in ("exclusive", "inclusive")
            text += m.flow(source, target, FREE if chooses else "")
        return text, first, last

    def attached(self, name: str, depth: int, chance: float = .35) -> str:
        """Boundary events of the activity, each with a branch of its own."""
        text = ""
        while "call" in self.kinds and self.random.random() < chance:
            chance /= 2
            event = self.random.choice([escalation(), ERROR, CATCH_ALL, signal(), m.timer("PT1H"), COMPENSATION])
            if event == COMPENSATION:
                if f'id="u_{name}"' not in text:
                    text += self.undone(name)
                continue
            if event in text and event in (ERROR, CATCH_ALL):
                continue
            boundary, end = self.new("b"), self.new("e")
            interrupting = event in (ERROR, CATCH_ALL) or self.random.random() < .6
            body, begin, finish = self.block(min(depth, 0))
            text += (m.boundary(boundary, name, event, interrupting=interrupting) + body
                     + m.end(end, extra=self.random.choice(["", "", "", TERMINATE])) + m.path(boundary, begin)
                     + m.flow(finish, end))
        return text

    def undone(self, name: str) -> str:
        """What compensates the activity."""
        return (m.boundary(f"u_{name}", name, COMPENSATION) + m.user(f"undo_{name}", 'isForCompensation="true"')
                + f'<bpmn:association id="as_{name}" sourceRef="u_{name}" targetRef="undo_{name}"/>')
