"""A diagram as read: immutable, complete, free of XML and of SpiffWorkflow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
PARVANEH = "urn:parvaneh:bpmn:1"

EventKind = Literal["none", "message", "timer", "condition", "signal", "error", "escalation", "link",
                    "compensation", "cancel", "terminate", "multiple", "refused"]
"""What triggers or ends; `refused` is one that is not executed here, so nothing follows from it."""
TimerKind = Literal["timeDate", "timeDuration", "timeCycle"]
BoundVersion = int | Literal["deployment", "latest"]
"""Which version of a decision or called process: the one deployed with the diagram, the newest, or that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A flow node as pages and checks need it; `type` is the BPMN tag (`userTask`, `endEvent`, …)."""

    id: str
    type: str
    name: str = ""
    name_en: str = ""
    role: str | None = None
    """Who performs it: the user task's own role or its lane's."""
    form_key: str | None = None
    duty: str | None = None
    stage: str | None = None
    outcome: str | None = None
    deadline: str | None = None
    handler: str | None = None
    decision_id: str | None = None
    decision_version: BoundVersion = "deployment"
    documentation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An expression of the diagram and the line it starts at."""

    text: str
    line: int | None = None
    is_attribute: bool = False
    """Whether all of it stands in that line, whatever line breaks it spells."""

    def place(self, line: int, column: int) -> tuple[int | None, int]:
        """Where a line and column of the text are: the line in the file, and the column in the expression."""
        if self.is_attribute:
            return self.line, sum(len(each) for each in self.text.splitlines(keepends=True)[:line - 1]) + column
        return (None if self.line is None else self.line + line - 1), column


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer event definition: its kind, its FEEL text, and the name of the moment it counts from, if any."""

    kind: TimerKind
    body: Text
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message and the FEEL text whose value finds the waiting instance."""

    name: str
    correlation_key: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What an event waits for or does."""

    kind: EventKind = "none"
    timer: Timer | None = None
    message: Message | None = None
    condition: Text | None = None
    error_code: str | None = None
    """Of an error; where it is caught, None means every error."""
    signal: str | None = None
    """The name of a signal."""
    parts: Sequence[Event] = ()
    """Of an event with several definitions: each of them."""
    needs_all: bool = False
    """Whether it waits for all of its parts, not for any of them."""
    link: str | None = None
    """The name that the two ends of a link have."""
    activity: str | None = None
    """Of a compensation that is thrown: the activity to compensate; None means all of the scope."""
    waits: bool = True
    """Whether who throws a compensation goes on only once it is done."""
    escalation_code: str | None = None
    """Of an escalation; where it is caught, None means every escalation."""

    @property
    def each(self) -> Sequence[Event]:
        """The single events: its parts, or itself."""
        return self.parts or (self,)

    def has(self, *kinds: str) -> bool:
        """Whether one of its single events is of one of these kinds."""
        return any(part.kind in kinds for part in self.each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """An event that a multi-instance activity throws when an instance of it ends (BPMN 2.0.2 Tables 10.29, 10.30)."""

    event: Event
    only_first: bool = False
    """For the first instance only."""
    condition: Text | None = None
    """For those instances only after which it is true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Multi-instance characteristics (BPMN 2.0.2 §13.3.7)."""

    sequential: bool
    collection: Text | None = None
    """FEEL that gives the list; mostly the name of a variable."""
    cardinality: Text | None = None
    item: str | None = None
    output: str | None = None
    output_item: str | None = None
    output_value: Text | None = None
    """FEEL for what one instance contributes to the output; without it, the variable `output_item`."""
    completion: Text | None = None
    behaviours: Sequence[Behaviour] = ()

    def reaches(self, event: Event) -> bool:
        """Whether a catching event is there for one of those it throws."""
        for thrown in (each.event for each in self.behaviours):
            if event.kind == thrown.kind == "signal" and event.signal == thrown.signal:
                return True
            if event.kind == thrown.kind == "escalation" and event.escalation_code in (None, thrown.escalation_code):
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardLoop:
    """Standard loop characteristics (BPMN 2.0.2 §10.3.8, §13.3.6)."""

    condition: Text | None = None
    """The activity is repeated as long as it is true."""
    maximum: int | None = None
    """How often the activity runs at most; None means without limit."""
    test_before: bool = False
    """Whether the condition is asked before the first run as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdHoc:
    """How the activities of an ad hoc subprocess run (BPMN 2.0.2 §10.3.5, §13.3.5)."""

    sequential: bool = False
    """One at a time, in document order."""
    completion: Text | None = None
    """Asked whenever an activity inside is done: the subprocess ends when it is true."""
    cancels: bool = True
    """Whether what still runs is ended then; otherwise it is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataItem:
    """Where data is kept: a variable, or a data store outside of the process."""

    id: str
    variable: str
    """Of a data store: under which name an expression of the association reads it."""
    store: str | None = None
    """The name under which the data store is registered."""
    line: int | None = None

    @property
    def reader(self) -> str:
        """The handler that gives the content of the data store, as `value`."""
        return f"{self.store}.read"

    @property
    def writer(self) -> str:
        """The handler that gets the data store's new content, as the input `value`."""
        return f"{self.store}.write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A data association: what is moved into an activity, or out of it (BPMN 2.0.2 §10.4.2)."""

    id: str
    sources: Sequence[DataItem]
    target: DataItem
    transformation: Text | None = None
    assignments: Sequence[tuple[Text, Sequence[str]]] = ()
    """FEEL, and the member of the target that gets its value; no member means the target itself."""
    line: int | None = None

    @property
    def items(self) -> Sequence[DataItem]:
        return (*self.sources, self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A sequence flow, with its condition when it has one; or the way from a link event to its target."""

    id: str
    source: str
    target: str
    condition: Text | None = None
    line: int | None = None
    is_link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A flow node with everything its execution needs."""

    element: Element
    line: int | None
    event: Event = Event()
    interrupting: bool = True
    attached_to: str | None = None
    loop: Loop | None = None
    """For each item of a list, or so many times."""
    repetition: StandardLoop | None = None
    """Again and again, as long as a condition holds."""
    activation: Text | None = None
    """When a complex gateway that gathers tokens goes on."""
    start_quantity: int = 1
    """Tokens that must have come before the activity begins."""
    completion_quantity: int = 1
    """Tokens that go along each flow the activity is left by."""
    deadline: Text | None = None
    inputs: Sequence[tuple[str, Text]] = ()
    """Variables of the node's own, computed when a token arrives."""
    outputs: Sequence[tuple[str, Text]] = ()
    """What the node's results become; without any, all results are written as they are."""
    takes: Sequence[Association] = ()
    """What data associations bring in when a token arrives, for the node alone."""
    gives: Sequence[Association] = ()
    """Where data associations bring the results; nothing else of them is written then."""
    data_outputs: Sequence[str] = ()
    """The names of its data outputs."""
    own_variables: Collection[str] = frozenset()
    """Its properties: variables that live and end with the token that is here."""
    script: Text | None = None
    result_variable: str | None = None
    called: str | None = None
    called_version: BoundVersion = "deployment"
    default: str | None = None
    instantiates: bool = False
    """A receive task or event-based gateway whose message begins an instance of the process."""
    awaits_all: bool = False
    """An event-based gateway that needs all the events behind it, not the first one (`eventGatewayType`)."""
    triggered_by_event: bool = False
    for_compensation: bool = False
    """Runs only to compensate another activity; no flow leads to it or away."""
    compensated_by: str | None = None
    """Of a compensation boundary event: the activity that compensates its own."""
    in_event_subprocess: bool = False
    """Directly inside one."""
    passes: bool = False
    """Documentation mode: a task without an implementation, which whoever walks the diagram completes."""
    is_free: bool = False
    """Documentation mode: where no condition decides, whoever walks the diagram chooses."""
    incoming: Sequence[Flow] = ()
    """Every flow that is drawn to it, in document order; of a diagram that is refused the other end may be missing."""
    outgoing: Sequence[Flow] = ()
    """Every flow that is drawn out of it, in the order in which the conditions are tried."""
    scope: Scope | None = None
    """What is inside a subprocess."""

    @property
    def id(self) -> str:
        return self.element.id

    @property
    def call(self) -> str | None:
        """Under which name the process that it calls is known: its id, with the version unless that is deployed with
        this one.
        """
        return self.called if self.called_version == "deployment" else f"{self.called}:{self.called_version}"

    @property
    def uses_stores(self) -> bool:
        """Whether it reads or writes a data store."""
        return any(item.store is not None for each in (*self.takes, *self.gives) for item in each.items)

    @property
    def runs_several(self) -> bool:
        """Whether one token may run the activity several times."""
        return self.loop is not None or self.repetition is not None

    @property
    def due(self) -> Timer | None:
        """The deadline, as a timer that fires nothing."""
        return None if self.deadline is None else Timer(kind="timeDate", body=self.deadline)

    @property
    def type(self) -> str:
        return self.element.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A process or a subprocess: the nodes directly inside it."""

    id: str
    nodes: Mapping[str, Node]
    flows: Sequence[Flow]
    attached: Mapping[str, Sequence[Node]]
    """Activity -> its boundary events, in document order."""
    own_variables: Collection[str] = frozenset()
    """Of a subprocess: the variables that live and end with it: its data objects, properties, inputs and outputs."""
    refused: Collection[str] = ()
    """Ids of elements directly inside that are not executed here."""
    ad_hoc: AdHoc | None = None
    """Of an ad hoc subprocess."""

    def boundary_events(self, activity: str) -> Sequence[Node]:
        return self.attached.get(activity, ())

    def event_subprocesses(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.triggered_by_event and node.scope is not None]

    def starts(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.type == "startEvent"]

    def entries(self) -> list[Node]:
        """Where it begins when nothing triggers it: all its plain start events or, when it has no start event, every
        node that nothing leads to (BPMN 2.0.2 §10.5.2, §13.3.4).
        """
        starts = self.starts()
        if starts:
            return [node for node in starts if node.event.kind == "none"]
        return [node for node in self.nodes.values() if not (
            node.incoming or node.attached_to or node.triggered_by_event or node.instantiates
            or node.for_compensation or node.event.kind == "link")]

    def triggered(self) -> list[Node]:
        """What a trigger begins it with: start events that have one, receive tasks and events behind event-based
        gateways that are drawn to instantiate (BPMN 2.0.2 §10.3.3, §10.6.6).
        """
        found = [node for node in self.starts() if node.event.kind != "none"]
        for node in self.nodes.values():
            if node.instantiates and node.type == "receiveTask":
                found.append(node)
            elif node.instantiates:
                found += [self.nodes[flow.target] for flow in node.outgoing if flow.target in self.nodes]
        return found

    def walk(self) -> list[Node]:
        """All nodes, those inside subprocesses included."""
        found: list[Node] = []
        for node in self.nodes.values():
            found.append(node)
            if node.scope is not None:
                found.extend(node.scope.walk())
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessModel:
    """An executable process of a file."""

    id: str
    name: str
    name_en: str
    file: str
    line: int | None
    scope: Scope
    separations: Sequence[frozenset[str]] = ()
    documentation: str = ""
    lanes: Mapping[str, str] = field(default_factory=dict)
    """Lane id -> role."""
