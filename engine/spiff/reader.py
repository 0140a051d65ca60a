"""An XML tree to models of its executable processes, noting every problem on the way."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.spiff import (
    adhoc,
    attributes,
    collaborations,
    documents,
    events,
    items,
    languages,
    links,
    loops,
    mentions,
    model,
    vocabulary,
)
from engine.spiff.documents import Findings

_ID = re.compile(r"[\w.\-]+")
_QUANTITY = re.compile(r"\+?0*[1-9]\d{0,8}", re.ASCII)
_DIRECTIONS = {"Unspecified": None, "Converging": (True, False), "Diverging": (False, True), "Mixed": (True, True)}
"""By direction of a gateway: whether several flows lead to it, and whether several lead away."""
_VERSION = re.compile(r"[1-9]\d{0,8}", re.ASCII)


@dataclass(kw_only=True)
class Document:
    """One file, read."""

    file: str
    root: Any
    processes: list[model.ProcessModel] = field(default_factory=list)


def called(root: Any) -> set[str]:
    """Ids of all that the call activities of a file call."""
    return {found.get("calledElement", "") for found in root.iter(documents.bpmn("callActivity"))}


def read(file: str, root: Any, findings: Findings, called: Collection[str]) -> Document:
    """The executable processes of a file, and those of its global tasks that any file of the bundle calls."""
    _check_ids(root, findings)
    attributes.check(root, findings)
    collaborations.check(root, findings)
    mentions.check(root, findings)
    document = Document(file=file, root=root)
    declarations = events.Declarations.read(root, findings)
    for process in documents.children(root, "process"):
        if not documents.flag(process, "isExecutable", True, findings) and not findings.documentation:
            continue
        if not process.get("id"):
            findings.at(process, "missing_id", tag="process")
            continue
        document.processes.append(_Process(file, process, declarations, findings).read())
    document.processes += [_Process(file, found, declarations, findings).read_task()
                           for found in documents.bpmn_children(root)
                           if documents.local(found) in vocabulary.GLOBAL_TASKS and found.get("id") in called]
    if not document.processes and not any(p.code == "missing_id" for p in findings.problems):
        findings.at(next(iter(documents.children(root, "process")), root), "no_process")
    return document


def _check_ids(root: Any, findings: Findings) -> None:
    seen: dict[str, Any] = {}
    for element in root.iter():
        if not isinstance(element.tag, str) or not documents.is_bpmn(element) or not element.get("id"):
            continue
        identifier = element.get("id")
        if not _ID.fullmatch(identifier):
            findings.at(element, "bad_id")
        if identifier in seen:
            findings.at(element, "duplicate_id", other=seen[identifier].sourceline)
        else:
            seen[identifier] = element


class _Ends:
    """The flows of a process by their ends: all that are drawn, those that are refused for another fault included."""

    def __init__(self, flows: Iterable[model.Flow]) -> None:
        self.into: dict[str, list[model.Flow]] = defaultdict(list)
        self.out_of: dict[str, list[model.Flow]] = defaultdict(list)
        for flow in flows:
            self.into[flow.target].append(flow)
            self.out_of[flow.source].append(flow)


class _Process:
    """Reads one process."""

    def __init__(self, file: str, element: Any, declarations: events.Declarations, findings: Findings) -> None:
        self.file = file
        self.element = element
        self.declarations = declarations
        self.findings = findings
        self.lane_roles, self.node_roles = self._lanes()
        self.tags = declarations.tags
        self.items = items.Items(element, findings)
        self.unnamed: Counter[str] = Counter()
        self.flows = {flow: self._flow(flow) for flow in element.iter(documents.bpmn("sequenceFlow"))}
        self.links = links.flows(element, declarations.definitions)
        self.compensations = declarations.compensations
        self.ends = _Ends([*self.flows.values(), *(flow for found in self.links.values() for flow in found)])

    def read(self) -> model.ProcessModel:
        element = self.element
        return model.ProcessModel(
            id=element.get("id"), name=element.get("name") or element.get("id"),
            name_en=documents.attribute(element, "nameEn") or "", file=self.file, line=element.sourceline,
            scope=self._scope(element, kind="process"), separations=self._separations(),
            documentation=documents.documentation(element), lanes=self.lane_roles)

    def read_task(self) -> model.ProcessModel:
        """A global task, as a process that consists of it alone (BPMN 2.0.2 §10.3.7)."""
        element, findings = self.element, self.findings
        for child in documents.bpmn_children(element):
            if documents.local(child) in vocabulary.REPEATED:
                findings.unsupported(child)
        node = self._node(element, "process")
        scope = model.Scope(id=node.id, nodes={node.id: node}, flows=(), attached={})
        return model.ProcessModel(
            id=node.id, name=node.element.name or node.id, name_en=node.element.name_en, file=self.file,
            line=node.line, scope=scope, documentation=node.element.documentation)

    def _lanes(self) -> tuple[dict[str, str], dict[str, str]]:
        """Role by lane, and by node; a lane without a role of its own takes that of the lane around it."""
        lanes: dict[str, str] = {}
        nodes: dict[str, str] = {}
        for lane in self.element.iter(documents.bpmn("lane")):
            around = lane.getparent().getparent()
            role = documents.attribute(lane, "role") or lanes.get(around.get("id", ""))
            if role is None:
                continue
            lanes[lane.get("id", "")] = role
            for reference in documents.children(lane, "flowNodeRef"):
                nodes[(reference.text or "").strip()] = role
        return lanes, nodes

    def _separations(self) -> list[frozenset[str]]:
        found = []
        for element in documents.extensions(self.element, "separation"):
            duties = frozenset((element.get("duties") or "").split())
            if len(duties) < 2:
                self.findings.at(element, "missing_attribute", name="parvaneh:separation duties",
                                 hint="name at least two duties", hint_fa="دست‌کم دو وظیفه نام ببرید")
            found.append(duties)
        return found

    def _scope(self, element: Any, *, kind: str) -> model.Scope:
        nodes: dict[str, Any] = {}
        refused: set[str] = set()
        self.items.check(element)
        for child in documents.bpmn_children(element):
            tag = documents.local(child)
            if tag in vocabulary.NODES:
                if not child.get("id"):
                    self.findings.at(child, "missing_id", tag=tag)
                else:
                    nodes.setdefault(child.get("id"), child)
            elif tag not in vocabulary.DRAWING | vocabulary.DATA and not (
                    documents.local(element) in vocabulary.SUBPROCESSES
                    and tag in vocabulary.OWN_CHILDREN[documents.local(element)]):
                self.findings.unsupported(child)
                refused.add(child.get("id", ""))
        flows = self._flows(element, nodes, refused)
        read = {identifier: self._node(child, kind) for identifier, child in nodes.items()}
        attached: dict[str, list[model.Node]] = defaultdict(list)
        for node in read.values():
            if node.attached_to is not None:
                attached[node.attached_to].append(node)
        return model.Scope(id=element.get("id"), flows=flows, nodes=read, attached=attached, refused=refused,
                           own_variables=self.items.of_scope(element), ad_hoc=adhoc.read(element, self.findings))

    def _flow(self, element: Any) -> model.Flow:
        conditions = documents.children(element, "conditionExpression")
        evaluated = conditions and self.tags.get(element.get("sourceRef")) not in vocabulary.BLIND
        return model.Flow(
            id=element.get("id") or self._ends_of(element), source=element.get("sourceRef", ""),
            target=element.get("targetRef", ""), line=element.sourceline,
            condition=documents.text_of(conditions[0]) if evaluated else None)

    def _ends_of(self, flow: Any) -> str:
        """What a flow is called that has no id, which nothing need refer to (BPMN 2.0.2 Table 8.5): as no id can be."""
        ends = f"{flow.get('sourceRef', '')}→{flow.get('targetRef', '')}"
        self.unnamed[ends] += 1
        return ends if self.unnamed[ends] == 1 else f"{ends} {self.unnamed[ends]}"

    def _flows(self, scope: Any, nodes: Mapping[str, Any], refused: Collection[str]) -> list[model.Flow]:
        """The flows drawn directly in a scope, each checked. `refused` are the elements there that are none."""
        found = [(element, self.flows[element]) for element in documents.children(scope, "sequenceFlow")]
        known = {*nodes, *refused}
        for element, flow in found:
            for name in ("sourceRef", "targetRef"):
                self._check_flow_end(element, name, known)
            conditions = documents.children(element, "conditionExpression")
            if conditions and self.tags.get(flow.source) in vocabulary.BLIND:
                self.findings.at(element, "ignored_condition", tag=self.tags[flow.source])
                continue
            for condition in conditions:
                languages.check(condition.get("language"), documents.text_of(condition), element, self.findings)
            documents.once(element, "conditionExpression", self.findings)
        return [*(flow for _, flow in found), *self.links.get(scope, ())]

    def _check_flow_end(self, flow: Any, name: str, known: Collection[str]) -> None:
        target = flow.get(name)
        if target in known:
            return
        tag = self.tags.get(target or "")
        if tag in vocabulary.NODES:
            self.findings.at(flow, "flow_scope")
        elif tag is None:
            self.findings.at(flow, "missing_reference", name=name, target=target or "—")
        else:
            self.findings.at(flow, "flow_end", name=name, target=target, tag=tag)

    def _node(self, element: Any, scope_kind: str) -> model.Node:
        tag = vocabulary.GLOBAL_TASKS.get(documents.local(element), documents.local(element))
        self._children_and_attributes(element, tag)
        if tag not in vocabulary.SUBPROCESSES:
            self.items.check(element)
        triggered = tag == "subProcess" and documents.flag(element, "triggeredByEvent", False, self.findings)
        self._check_kind(element, tag)
        inner = None
        if tag in vocabulary.SUBPROCESSES:
            inner = self._scope(element, kind="event subprocess" if triggered else "subprocess")
        event, interrupting = events.read(element, tag, scope_kind, self.declarations, self.findings)
        scripts = documents.children(element, "script")
        script = documents.text_of(scripts[0] if scripts else None)
        if tag == "scriptTask":
            language = element.get("scriptFormat") or element.get("scriptLanguage")  # the latter of a global task
            languages.check_script(language, script, element, self.findings)
        identifier = element.get("id")
        return model.Node(
            element=self._element(element, tag), line=element.sourceline, event=event, interrupting=interrupting,
            attached_to=element.get("attachedToRef") if tag == "boundaryEvent" else None,
            loop=loops.read(element, triggered, self.items.resolved, self.declarations, self.findings),
            repetition=loops.read_standard(element, triggered, self.findings), deadline=documents.expression(
                documents.attribute(element, "deadline"), element.sourceline),
            inputs=self._mappings(element, "input"), outputs=self._mappings(element, "output"), script=script,
            result_variable=documents.attribute(element, "resultVariable"), called=element.get("calledElement"),
            called_version=self._version(element, "processVersion"),
            default=element.get("default"), triggered_by_event=triggered,
            for_compensation=documents.flag(element, "isForCompensation", False, self.findings),
            compensated_by=self.compensations.get(identifier),
            in_event_subprocess=scope_kind == "event subprocess", activation=self._activation(element),
            **self._instantiation(element, tag),
            **self._quantities(element, tag),
            **self.items.of_node(element, tag),
            incoming=self.ends.into[identifier], outgoing=self._outgoing(element), scope=inner)

    def _check_kind(self, element: Any, tag: str) -> None:
        """What is said of a transaction or a gateway and cannot be followed (BPMN 2.0.2 §10.3.5, §10.6)."""
        if tag == "transaction":
            method = element.get("method", "##Compensate").strip()
            if documents.flag(element, "triggeredByEvent", False, self.findings):
                self.findings.at(element, "transaction_event")
            if method != "##Compensate":
                self.findings.at(element, "transaction_method", value=method)
        direction = element.get("gatewayDirection")
        if tag not in vocabulary.GATEWAYS or direction is None:
            return
        into, out_of = len(self.ends.into[element.get("id")]), len(self.ends.out_of[element.get("id")])
        if direction not in _DIRECTIONS:
            self.findings.at(element, "bad_attribute", name="gatewayDirection", value=direction,
                             allowed=", ".join(_DIRECTIONS))
        elif (_DIRECTIONS[direction] or (into > 1, out_of > 1)) != (into > 1, out_of > 1):
            self.findings.at(element, "gateway_direction", value=direction, incoming=into, outgoing=out_of)

    def _instantiation(self, element: Any, tag: str) -> dict[str, Any]:
        """Whether a receive task or an event-based gateway begins an instance, and the gateway's kind."""
        if tag not in ("receiveTask", "eventBasedGateway"):
            return {}
        instantiates = documents.flag(element, "instantiate", False, self.findings)
        kind = element.get("eventGatewayType", "Exclusive")
        if tag == "eventBasedGateway" and kind not in ("Exclusive", "Parallel"):
            self.findings.at(element, "bad_attribute", name="eventGatewayType", value=kind,
                             allowed="Exclusive, Parallel")
        if kind == "Parallel" and not instantiates:
            self.findings.at(element, "parallel_events")
        return {"instantiates": instantiates, "awaits_all": kind == "Parallel" and instantiates}

    def _activation(self, element: Any) -> model.Text | None:
        """When a complex gateway goes on; on anything else the element is refused."""
        found = documents.children(element, "activationCondition")
        text = documents.text_of(found[0] if found else None)
        if text is not None:
            languages.check(found[0].get("language"), text, element, self.findings)
        documents.once(element, "activationCondition", self.findings)
        return text

    def _outgoing(self, element: Any) -> list[model.Flow]:
        """The flows out of a node as its own list orders them, behind them those it does not list (BPMN 2.0.2 §13.4).

        The order decides which of several true conditions of an exclusive gateway wins.
        """
        listed = [(reference.text or "").strip() for reference in documents.children(
            element, "outgoing")]
        order = {name: index for index, name in reversed(list(enumerate(listed)))}
        return sorted(self.ends.out_of[element.get("id")], key=lambda flow: order.get(flow.id, len(order)))

    def _element(self, element: Any, tag: str) -> model.Element:
        own = {name: documents.attribute(element, key) for name, key in (
            ("form_key", "formKey"), ("duty", "duty"), ("stage", "stage"), ("outcome", "outcome"),
            ("deadline", "deadline"), ("handler", "handler"), ("decision_id", "decisionId"))}
        return model.Element(
            id=element.get("id"), type=tag, name=(element.get("name") or "").strip(),
            name_en=documents.attribute(element, "nameEn") or "", documentation=documents.documentation(element),
            role=documents.attribute(element, "role") or self._role(element),
            decision_version=self._version(element, "decisionVersion"), **own)

    def _version(self, element: Any, name: str) -> model.BoundVersion:
        value = documents.attribute(element, name) or "deployment"
        if value == "latest":
            return "latest"
        if _VERSION.fullmatch(value):
            return int(value)
        if value != "deployment":
            self.findings.at(element, "bad_attribute", name=f"parvaneh:{name}", value=value,
                             allowed="deployment, latest, 1, 2, 3 …")
        return "deployment"

    def _role(self, element: Any) -> str | None:
        """The role of the lane that holds the node or, for a node inside subprocesses, one of those."""
        while element is not None and element is not self.element:
            if element.get("id") in self.node_roles:
                return self.node_roles[element.get("id")]
            element = element.getparent()
        return None

    def _mappings(self, element: Any, tag: str) -> list[tuple[str, model.Text]]:
        """The `parvaneh:input` or `parvaneh:output` elements of a node, as name and FEEL."""
        found = []
        for given in documents.extensions(element, tag):
            value = documents.expression(given.get("value"), given.sourceline)
            if not given.get("name") or value is None:
                self.findings.at(given, "missing_attribute", name=f"parvaneh:{tag} name, value",
                                 hint="give both attributes", hint_fa="هر دو ویژگی را بنویسید")
            else:
                found.append((given.get("name"), value))
        return found

    def _children_and_attributes(self, element: Any, tag: str) -> None:
        known = vocabulary.OWN_CHILDREN.get(tag, frozenset())
        for child in documents.bpmn_children(element):
            name = documents.local(child)
            if tag in vocabulary.SUBPROCESSES and name in vocabulary.NODES:
                continue
            is_event = tag in vocabulary.EVENTS and name.endswith(("EventDefinition", "eventDefinitionRef"))
            if name not in vocabulary.DRAWING and name not in known and not is_event \
                    and tag not in vocabulary.SUBPROCESSES:
                self.findings.unsupported(child)
        for name in ("script", *sorted(vocabulary.REPEATED)):
            documents.once(element, name, self.findings)

    def _quantities(self, element: Any, tag: str) -> dict[str, Any]:
        """How many tokens an activity takes and gives; nothing else has such numbers (BPMN 2.0.2 Table 10.3)."""
        has_flows = tag in vocabulary.ACTIVITIES and element.get("triggeredByEvent") not in ("true", "1")
        found = []
        for name in vocabulary.QUANTITIES:
            value = element.get(name, "1").strip()
            if not _QUANTITY.fullmatch(value) or int(value) > vocabulary.MOST_TOKENS:
                self.findings.at(element, "bad_quantity", name=name, value=value)
                value = "1"
            elif int(value) != 1 and not has_flows:
                self.findings.at(element, "unsupported_attribute", name=name, value=value)
            found.append(int(value))
        return {"start_quantity": found[0], "completion_quantity": found[1]}
