"""Attributes that would be read nowhere: of our own namespace where they mean nothing, and of BPMN where it has none.

Nothing that an author writes is ignored in silence. What BPMN has and the execution does not need, such as
`isImmediate` or `implementation`, is drawing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from engine.spiff import documents, model, vocabulary
from engine.spiff.documents import Findings

_USER = frozenset({"userTask", "globalUserTask"})
_RULE = frozenset({"businessRuleTask", "globalBusinessRuleTask"})
_SCRIPT = frozenset({"scriptTask", "globalScriptTask"})
_HANDLED = frozenset({"serviceTask", "sendTask"})
OWN: Mapping[str, frozenset[str]] = {
    "role": _USER | {"lane"}, "formKey": _USER, "deadline": _USER, "duty": _USER,
    "stage": vocabulary.NODES | _USER, "outcome": frozenset({"endEvent"}), "handler": _HANDLED,
    "decisionId": _RULE, "decisionVersion": _RULE, "processVersion": frozenset({"callActivity"}),
    "resultVariable": _RULE | _SCRIPT | _HANDLED, "correlationKey": frozenset({"message"}),
    "anchor": frozenset({"timerEventDefinition"}), "value": frozenset({"outputDataItem"}),
}
"""By attribute of our namespace: the elements that have it. `nameEn` is everybody's."""
OWN_ELEMENTS = frozenset({"input", "output", "separation"})

_ACTIVITY = "name isForCompensation startQuantity completionQuantity default"
_GATEWAY = "name gatewayDirection"
_CATCH = "name parallelMultiple"
_DATA = "name itemSubjectRef"
_WRITTEN: Mapping[str, str] = {
    **dict.fromkeys(vocabulary.ACTIVITIES, _ACTIVITY), **dict.fromkeys(vocabulary.GATEWAYS, _GATEWAY),
    **dict.fromkeys(vocabulary.GLOBAL_TASKS, "name"),
    "userTask": f"{_ACTIVITY} implementation", "businessRuleTask": f"{_ACTIVITY} implementation",
    "serviceTask": f"{_ACTIVITY} implementation operationRef",
    "sendTask": f"{_ACTIVITY} implementation operationRef messageRef",
    "receiveTask": f"{_ACTIVITY} implementation operationRef messageRef instantiate",
    "scriptTask": f"{_ACTIVITY} scriptFormat", "subProcess": f"{_ACTIVITY} triggeredByEvent",
    "transaction": f"{_ACTIVITY} triggeredByEvent method",
    "adHocSubProcess": f"{_ACTIVITY} triggeredByEvent cancelRemainingInstances ordering",
    "callActivity": f"{_ACTIVITY} calledElement",
    "globalUserTask": "name implementation", "globalBusinessRuleTask": "name implementation",
    "globalScriptTask": "name scriptLanguage scriptFormat",
    "exclusiveGateway": f"{_GATEWAY} default", "inclusiveGateway": f"{_GATEWAY} default",
    "complexGateway": f"{_GATEWAY} default", "eventBasedGateway": f"{_GATEWAY} instantiate eventGatewayType",
    "startEvent": f"{_CATCH} isInterrupting", "intermediateCatchEvent": _CATCH,
    "boundaryEvent": f"{_CATCH} cancelActivity attachedToRef", "intermediateThrowEvent": "name", "endEvent": "name",
    "messageEventDefinition": "messageRef operationRef", "timerEventDefinition": "", "conditionalEventDefinition": "",
    "signalEventDefinition": "signalRef", "errorEventDefinition": "errorRef",
    "escalationEventDefinition": "escalationRef", "linkEventDefinition": "name", "terminateEventDefinition": "",
    "compensateEventDefinition": "activityRef waitForCompletion", "cancelEventDefinition": "",
    "multiInstanceLoopCharacteristics": "isSequential behavior oneBehaviorEventRef noneBehaviorEventRef",
    "standardLoopCharacteristics": "testBefore loopMaximum",
    "process": "name processType isClosed isExecutable definitionalCollaborationRef",
    "sequenceFlow": "name sourceRef targetRef isImmediate", "lane": "name partitionElementRef",
    "message": "name itemRef", "signal": "name structureRef", "error": "name errorCode structureRef",
    "escalation": "name escalationCode structureRef", "dataObject": f"{_DATA} isCollection",
    "dataObjectReference": f"{_DATA} dataObjectRef", "dataStoreReference": f"{_DATA} dataStoreRef", "property": _DATA,
    "conditionExpression": "language evaluatesToTypeRef",
}
BPMN: Mapping[str, frozenset[str]] = {tag: frozenset(names.split()) | {"id"} for tag, names in _WRITTEN.items()}
"""By element: all attributes that the schema of BPMN 2.0.2 gives it (§15.3)."""


def check(root: Any, findings: Findings) -> None:
    """Note every attribute and every element of our namespace that is read nowhere, and every unknown attribute."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        tag = etree.QName(element)
        for name in element.attrib:
            _check(element, tag, etree.QName(name), findings)
        if tag.namespace == model.PARVANEH and not _is_read(element, tag.localname):
            findings.at(element, "unknown_extension", name=tag.localname, tag=_parent(element),
                        known=", ".join(sorted(OWN_ELEMENTS)))


def _check(element: Any, tag: etree.QName, name: etree.QName, findings: Findings) -> None:
    if name.namespace == model.PARVANEH:
        allowed = sorted(_of(tag.localname)) if tag.namespace == model.BPMN else []
        if name.localname not in allowed:
            findings.at(element, "unknown_extension", name=name.localname, tag=tag.localname,
                        known=", ".join(allowed) or "—")
    elif name.namespace is None and tag.namespace == model.BPMN and name.localname not in (
            BPMN.get(tag.localname, {name.localname}) | set(vocabulary.QUANTITIES)):  # those are looked at anywhere
        findings.at(element, "unknown_attribute", name=name.localname, tag=tag.localname,
                    known=", ".join(sorted(BPMN[tag.localname])))


def _of(tag: str) -> Iterator[str]:
    """The attributes of our namespace that an element may have."""
    yield "nameEn"
    yield from (name for name, tags in OWN.items() if tag in tags)


def _is_read(element: Any, name: str) -> bool:
    around = element.getparent()
    return name in OWN_ELEMENTS and around is not None and around.tag == documents.bpmn("extensionElements")


def _parent(element: Any) -> str:
    around = element.getparent()
    return "—" if around is None else documents.local(around)
