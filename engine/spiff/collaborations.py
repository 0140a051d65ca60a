"""Pools and the message flows between them: drawing, but it must be drawn between two pools (BPMN 2.0.2 §9.3, §9.4)."""

from __future__ import annotations

from typing import Any

from engine.spiff import documents, vocabulary
from engine.spiff.documents import Findings

_DRAWN = frozenset({"dataObject", "dataObjectReference", "dataStoreReference", "lane", "textAnnotation", "group",
                    "sequenceFlow"})
_NO_END = {
    "sourceRef": _DRAWN | vocabulary.GATEWAYS | {"startEvent", "intermediateCatchEvent", "boundaryEvent"},
    "targetRef": _DRAWN | vocabulary.GATEWAYS | {"endEvent", "intermediateThrowEvent"},
}
"""What no message flow may begin at, or lead to (BPMN 2.0.2 §7.6.2)."""
_ENDS = {"sourceRef": ("begin", "از آن آغاز نمی‌شود"), "targetRef": ("end", "به آن نمی‌رسد")}


def check(root: Any, findings: Findings) -> None:
    """Refuse message flows that stay inside one pool, and those from or to nothing or what sends or gets no message."""
    elements = {found.get("id"): found for found in root.iter(documents.bpmn("*")) if found.get("id")}
    pools = {found.get("processRef"): found.get("id") for found in root.iter(documents.bpmn("participant"))
             if found.get("processRef") in elements}
    for flow in root.iter(documents.bpmn("messageFlow")):
        ends = []
        for name in ("sourceRef", "targetRef"):
            reference = flow.get(name) or ""
            if reference not in elements and ":" not in reference:  # a prefix means another file
                findings.at(flow, "missing_reference", name=name, target=reference or "—")
            tag = documents.local(elements[reference]) if reference in elements else ""
            if tag in _NO_END[name]:
                ends_here, ends_fa = _ENDS[name]
                findings.at(flow, "message_flow_end", name=name, target=reference, tag=tag, ends=ends_here,
                            ends_fa=ends_fa)
            ends.append(_pool(elements.get(reference), pools))
        if ends[0] is not None and ends[0] == ends[1]:
            findings.at(flow, "message_flow_inside", pool=ends[0])


def _pool(element: Any | None, pools: dict[str, str]) -> str | None:
    """The pool an element is, or stands in: a participant, or the process that none shows."""
    while element is not None:
        if documents.local(element) == "participant":
            return str(element.get("id"))
        if documents.local(element) == "process":
            return pools.get(element.get("id"), str(element.get("id")))
        element = element.getparent()
    return None
