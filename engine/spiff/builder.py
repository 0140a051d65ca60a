"""Checked models to the library's specifications, through its parser and the parser's extension points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition

from engine.spiff import (
    activities,
    choices,
    compensation,
    documents,
    gateways,
    model,
    parts,
    scopes,
    selection,
    specs,
    undoing,
    vocabulary,
)


class NodeParser(TaskParser):
    """Makes the specification of one node; the flows are followed by the tokens, so nothing is connected here."""

    def parse_node(self) -> Any:
        node: model.Node = self.process_parser.models[self.bpmn_id]
        if node.passes:
            return self.left_open(node)
        name = f"{node.id} [child]" if node.runs_several else node.id
        spec = self.spec_class(self.spec, name, **self.arguments(node))
        spec.node = node
        spec.has_effects = spec.has_effects or node.uses_stores
        if isinstance(spec, specs.CatchSpec | activities.EventSubprocessSpec) and spec.trigger.parts:
            part = parts.PartSpec(self.spec, f"{node.id}(part)")
            part.node, part.whole = node, spec.trigger
        if node.runs_several:
            spec = self.repeat(node, name)
        return self.splitting(spec)

    def splitting(self, spec: Any) -> Any:
        """Give an activity with conditional flows the specification that evaluates them."""
        node: model.Node = spec.node
        if any(flow.condition is not None for flow in node.outgoing) and isinstance(spec, specs.NodeSpec) \
                and not isinstance(spec, gateways.ChoosingSpec):
            split = gateways.FlowSplitSpec(self.spec, f"{node.id}(flows)")
            split.node = node
            spec.flow_split = split.name
        return spec

    def left_open(self, node: model.Node) -> Any:
        """Documentation mode: a task without an implementation stands still until it is completed."""
        spec = specs.UserTaskSpec(self.spec, node.id, **NodeParser.arguments(self, node))
        spec.node = node
        return self.splitting(spec)

    def arguments(self, node: model.Node) -> dict[str, Any]:  # noqa: ARG002 - for the subclasses
        return {"bpmn_name": self.node.get("name"), "lane": self.lane}

    def repeat(self, node: model.Node, child: str) -> Any:
        """The specification that runs the child for each item, or as long as a condition holds."""
        if node.loop is None:
            spec = activities.StandardLoopSpec(self.spec, node.id, task_spec=child, maximum=None, condition=None,
                                               test_before=False, lane=self.lane)
            spec.node = node
            return spec
        cls = activities.SequentialMultiInstanceSpec if node.loop.sequential else activities.ParallelMultiInstanceSpec
        spec = cls(self.spec, node.id, task_spec=child, lane=self.lane)
        spec.node = node
        return spec


class EventParser(NodeParser):
    """Our tokens look at the model's event; the library's event machinery stays idle."""

    def arguments(self, node: model.Node) -> dict[str, Any]:
        return {**super().arguments(node), "event_definition": NoneEventDefinition()}


class SendParser(NodeParser):
    """A send task sends its message itself, unless a handler does."""

    def parse_node(self) -> Any:
        node: model.Node = self.process_parser.models[self.bpmn_id]
        if node.element.handler is not None:
            self.spec_class = specs.ServiceTaskSpec
        return super().parse_node()


class BoundaryParser(EventParser):
    """A boundary event knows whether it interrupts its activity."""

    def arguments(self, node: model.Node) -> dict[str, Any]:
        return {**super().arguments(node), "cancel_activity": node.interrupting}


class ScriptParser(NodeParser):
    """A script task carries its FEEL text, which our own task specification evaluates."""

    def arguments(self, node: model.Node) -> dict[str, Any]:
        return {**super().arguments(node), "script": node.script.text if node.script is not None else ""}


class SubprocessParser(NodeParser):
    """An embedded or event subprocess: its content becomes a specification of its own."""

    def parse_node(self) -> Any:
        node: model.Node = self.process_parser.models[self.bpmn_id]
        if node.triggered_by_event:
            self.spec_class = activities.EventSubprocessSpec
        return super().parse_node()

    def arguments(self, node: model.Node) -> dict[str, Any]:
        assert node.scope is not None  # noqa: S101 - the reader gives each subprocess one
        inside = self.process_parser.parser.add_scope(self.spec.key, node.scope, self.node)
        return {**super().arguments(node), "subworkflow_spec": inside}


class CallParser(NodeParser):
    """A call activity names the process of the bundle that it calls."""

    def arguments(self, node: model.Node) -> dict[str, Any]:
        return {**super().arguments(node), "subworkflow_spec": node.called}


class ScopeParser(ProcessParser):
    """Makes the specifications of a process or subprocess, node by node: a long chain needs no deep recursion."""

    def __init__(self, parser: BundleParser, node: Any, *, key: str, name: str, scope: model.Scope) -> None:
        self.models = scope.nodes
        self.scope = scope
        self.key = key
        self.spec_name = name
        self.elements = {child.get("id"): child for child in documents.bpmn_children(node)
                         if documents.local(child) in vocabulary.NODES}
        if documents.local(node) in vocabulary.GLOBAL_TASKS:
            self.elements = {node.get("id"): node}
        super().__init__(parser, node, parser.namespaces, {})

    def create_spec(self) -> scopes.ProcessSpec:
        return scopes.ProcessSpec(key=self.key, name=self.spec_name, scope=self.scope)

    def _parse(self) -> None:
        """Data objects and inputs are drawing here: variables carry the data."""
        self.spec = self.create_spec()
        self.add_tasks()

    def add_tasks(self) -> None:
        for identifier in self.models:
            self.parse_node(self.elements[identifier])
        for activity in self.models.values():
            if activity.start_quantity > 1:
                gateways.QuantitySpec(self.spec, f"{activity.id}(quantity)").node = activity
            attached = self.scope.boundary_events(activity.id)
            undone = [event for event in attached if event.event.has("compensation")]
            if attached:
                split = gateways.SplitSpec(self.spec, f"{activity.id}(split)")
                split.node = activity
                split.events = [event.id for event in attached if event not in undone]
                split.is_compensated = bool(undone)
            self.add_compensation(activity, undone)
        if self.scope.ad_hoc is not None:
            self.add_choices(self.scope.ad_hoc)
        compensating = compensation.CompensatingSpec(self.spec, undoing.RUNNER)
        compensating.node = model.Node(element=model.Element(id=undoing.RUNNER, type="compensation"), line=None)

    def add_choices(self, ad_hoc: model.AdHoc) -> None:
        """What decides in an ad hoc subprocess which activity is next and whether it is complete."""
        selecting = choices.SelectingSpec(self.spec, selection.SELECTOR)
        selecting.node = model.Node(element=model.Element(id=self.scope.id, type="adHocSubProcess"), line=None)
        selecting.ad_hoc = ad_hoc
        for activity in self.models.values() if ad_hoc.sequential else ():
            if selection.is_selected(activity):
                choices.ChoiceSpec(self.spec, selection.choice_of(activity.id)).node = activity

    def add_compensation(self, activity: model.Node, undone: Sequence[model.Node]) -> None:
        """What the activity leaves behind when it has ended: of a subprocess, perhaps what was done inside."""
        has_inside = activity.type in vocabulary.SUBPROCESSES | {"callActivity"} and not activity.triggered_by_event
        if not undone and not has_inside:
            return
        inside = next((spec for name in (activity.id, f"{activity.id} [child]")
                       if isinstance(spec := self.spec.task_specs.get(name), activities.SubprocessSpec)), None)
        left = compensation.CompensationSpec(self.spec, undoing.kept_by(activity.id),
                                             subworkflow_spec="" if inside is None else inside.spec)
        left.node, left.isolates = activity, activity.type == "callActivity"
        if undone:
            left.handler = undone[0].compensated_by
        elif inside is not None:
            inside.keeps = True


class BundleParser(BpmnParser):
    """Builds specifications for all processes of a bundle; the reading and checking was done before."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - the library's name and shape
        full_tag(tag): classes for tag, classes in {
            "startEvent": (EventParser, specs.StartSpec),
            "endEvent": (EventParser, specs.EndSpec),
            "intermediateCatchEvent": (EventParser, specs.CatchSpec),
            "intermediateThrowEvent": (NodeParser, specs.ThrowSpec),
            "boundaryEvent": (BoundaryParser, gateways.BoundarySpec),
            "userTask": (NodeParser, specs.UserTaskSpec),
            "globalUserTask": (NodeParser, specs.UserTaskSpec),
            "serviceTask": (NodeParser, specs.ServiceTaskSpec),
            "businessRuleTask": (NodeParser, specs.BusinessRuleTaskSpec),
            "globalBusinessRuleTask": (NodeParser, specs.BusinessRuleTaskSpec),
            "scriptTask": (ScriptParser, specs.ScriptTaskSpec),
            "globalScriptTask": (ScriptParser, specs.ScriptTaskSpec),
            "receiveTask": (EventParser, specs.CatchSpec),
            "sendTask": (SendParser, specs.SendTaskSpec),
            "task": (NodeParser, specs.PassSpec),
            "manualTask": (NodeParser, specs.PassSpec),
            "globalTask": (NodeParser, specs.PassSpec),
            "globalManualTask": (NodeParser, specs.PassSpec),
            "subProcess": (SubprocessParser, activities.SubprocessSpec),
            "transaction": (SubprocessParser, activities.SubprocessSpec),
            "adHocSubProcess": (SubprocessParser, activities.SubprocessSpec),
            "callActivity": (CallParser, activities.CallActivitySpec),
            "exclusiveGateway": (NodeParser, gateways.ExclusiveSpec),
            "parallelGateway": (NodeParser, gateways.ParallelSpec),
            "inclusiveGateway": (NodeParser, gateways.InclusiveSpec),
            "complexGateway": (NodeParser, gateways.ComplexSpec),
            "eventBasedGateway": (EventParser, gateways.EventGatewaySpec),
        }.items()
    }

    def add_process(self, process: model.ProcessModel, root: Any) -> None:
        """Add a checked process and the file it stands in."""
        element = next(found for found in documents.bpmn_children(root) if found.get("id") == process.id
                       and documents.local(found) in {"process", *vocabulary.GLOBAL_TASKS})
        self.process_parsers[process.id] = ScopeParser(self, element, key=process.id, name=process.id,
                                                       scope=process.scope)

    def add_scope(self, key: str, scope: model.Scope, element: Any) -> str:
        """Add the inside of a subprocess; returns the name of its specification."""
        name = f"{key}/{scope.id}"
        self.process_parsers[name] = ScopeParser(self, element, key=key, name=name, scope=scope)
        return name

    def build(self) -> Mapping[str, scopes.ProcessSpec]:
        """All specifications by name: processes by their id, subprocesses by `process/subprocess`."""
        built: dict[str, scopes.ProcessSpec] = {}
        pending = list(self.process_parsers)
        while pending:
            for name in pending:
                built[name] = self.get_spec(name)
            pending = [name for name in self.process_parsers if name not in built]
        return built
