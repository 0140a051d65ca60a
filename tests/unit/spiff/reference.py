"""SpiffWorkflow's own serializer, taught our classes: what our codec is compared with."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import (
    BpmnSubWorkflowConverter,
    BpmnWorkflowConverter,
    TaskConverter,
)
from SpiffWorkflow.bpmn.serializer.helpers import DefaultRegistry

from engine import feel
from engine.spiff import parser, scopes
from engine.spiff.environment import FeelScriptEngine
from engine.spiff.tokens import Instance, SubInstance, Token

_OURS = ("sequence", "outcome", "end_element_id")


class InstanceConverter(BpmnWorkflowConverter):
    def to_dict(self, workflow: Instance) -> dict[str, Any]:
        return {**super().to_dict(workflow), **{name: getattr(workflow, name) for name in _OURS}}

    def from_dict(self, dct: dict[str, Any]) -> Instance:
        instance: Instance = super().from_dict(dct)
        for name in _OURS:
            setattr(instance, name, dct[name])
        return instance


def serializer(process: parser.Process) -> BpmnWorkflowSerializer:
    """The stock serializer; specifications are referred to by name, for ours are never part of a state."""
    registry = DefaultRegistry()
    registry.register(Decimal, lambda value: {"value": str(value)}, lambda dct: Decimal(dct["value"]))
    registry.register(date, lambda value: {"value": value.isoformat()}, lambda dct: date.fromisoformat(dct["value"]))
    registry.register(feel.YearsMonths, lambda value: {"months": value.months},
                      lambda dct: feel.YearsMonths(dct["months"]))
    registry.register(scopes.ProcessSpec, lambda spec: {"name": spec.name},
                      lambda dct: process.specifications[dct["name"]])
    InstanceConverter(Instance, registry)
    BpmnSubWorkflowConverter(SubInstance, registry)
    TaskConverter(Token, registry)
    return BpmnWorkflowSerializer(registry)


def round_trip(process: parser.Process, instance: Instance) -> Instance:
    """The instance as the stock serializer gives it back."""
    stock = serializer(process)
    restored: Instance = stock.deserialize_json(stock.serialize_json(instance))
    assert isinstance(restored.task_tree.id, uuid.UUID)
    restored.script_engine = FeelScriptEngine(None)
    for owner, inside in restored.subprocesses.items():
        inside.origin = instance.subprocesses[owner].origin  # a reference into the store, as specifications are
    return restored
