"""Events of a diagram, written compactly."""

from __future__ import annotations

from tests.engine import models

TOP = (
    '<bpmn:signal id="s1" name="holiday"/><bpmn:signal id="s2"/><bpmn:error id="e1" errorCode="E1"/>'
    '<bpmn:escalation id="x1" escalationCode="X1"/><bpmn:escalation id="x2" escalationCode="X2"/>'
)


def signal(reference: str = "s1") -> str:
    return f'<bpmn:signalEventDefinition signalRef="{reference}"/>'


def escalation(reference: str | None = "x1") -> str:
    given = "" if reference is None else f'escalationRef="{reference}"'
    return f"<bpmn:escalationEventDefinition {given}/>"


def throw(id: str, definition: str, extra: str = "") -> str:
    return f'<bpmn:intermediateThrowEvent id="{id}">{extra}{definition}</bpmn:intermediateThrowEvent>'


def carries(name: str, value: str) -> str:
    return f'<bpmn:extensionElements><parvaneh:input name="{name}" value="{value}"/></bpmn:extensionElements>'


def event_subprocess(id: str, definition: str, *, interrupting: bool = True, then: str = "") -> str:
    """An event subprocess with a user task `id_task`, or what `then` gives, behind its start."""
    return (
        f'<bpmn:subProcess id="{id}" triggeredByEvent="true"><bpmn:startEvent id="{id}_start" '
        f'isInterrupting="{str(interrupting).lower()}">{definition}</bpmn:startEvent>'
        + (then or models.user(f"{id}_task"))
        + models.path(f"{id}_start", f"{id}_task")
        + "</bpmn:subProcess>"
    )


def inner(id: str, *body: str) -> str:
    return f'<bpmn:subProcess id="{id}">{"".join(body)}</bpmn:subProcess>'
