"""Which BPMN is executed here, which is drawing only, and what to say about the rest."""

from __future__ import annotations

TASKS = frozenset({"userTask", "serviceTask", "scriptTask", "businessRuleTask", "receiveTask", "task", "manualTask",
                   "sendTask"})
GLOBAL_TASKS = {"globalTask": "task", "globalUserTask": "userTask", "globalScriptTask": "scriptTask",
                "globalBusinessRuleTask": "businessRuleTask", "globalManualTask": "manualTask"}
"""Tasks at the root of a file that call activities call, and as what they are executed."""
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | SUBPROCESSES | {"callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway",
                      "eventBasedGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
NODES = ACTIVITIES | GATEWAYS | EVENTS

DRAWING = frozenset({
    "documentation", "extensionElements", "laneSet", "sequenceFlow", "textAnnotation", "association", "group",
    "incoming", "outgoing", "auditing", "monitoring", "categoryValueRef", "rendering", "supportedInterfaceRef",
    "supports",
})
"""Children of processes and nodes that change nothing about the execution."""

REPEATED = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})
"""Children of an activity that runs several times for one token; it has one of them at most."""
DATA = frozenset({"dataObject", "dataObjectReference", "dataStoreReference", "property", "ioSpecification"})
"""Data of a process or subprocess; `engine.spiff.items` reads it."""
ITEMS = frozenset({"dataInput", "dataOutput", "inputSet", "outputSet"})
"""What an `ioSpecification` consists of, and what an event has of it."""
_MOVED = frozenset({"property", "dataInputAssociation", "dataOutputAssociation"})
_OF_ACTIVITY = REPEATED | _MOVED | {"ioSpecification"}
_OF_CATCH = frozenset({"property", "dataOutput", "outputSet", "dataOutputAssociation"})
_OF_THROW = frozenset({"property", "dataInput", "inputSet", "dataInputAssociation"})
OWN_CHILDREN = dict.fromkeys(ACTIVITIES, _OF_ACTIVITY) | {
    "scriptTask": _OF_ACTIVITY | {"script"}, "subProcess": _OF_ACTIVITY | DATA, "transaction": _OF_ACTIVITY | DATA,
    "adHocSubProcess": _OF_ACTIVITY | DATA | {"completionCondition"},
    "complexGateway": frozenset({"activationCondition"}),
    "startEvent": _OF_CATCH, "intermediateCatchEvent": _OF_CATCH, "boundaryEvent": _OF_CATCH,
    "endEvent": _OF_THROW, "intermediateThrowEvent": _OF_THROW,
}
"""Children with a meaning that the reader looks at; event definitions are looked at apart."""

EVENT_DEFINITIONS = {
    "messageEventDefinition": "message", "timerEventDefinition": "timer", "errorEventDefinition": "error",
    "terminateEventDefinition": "terminate", "conditionalEventDefinition": "condition",
    "signalEventDefinition": "signal", "escalationEventDefinition": "escalation",
    "linkEventDefinition": "link",
    "compensateEventDefinition": "compensation", "cancelEventDefinition": "cancel",
}
ALLOWED_EVENTS = {
    "start event": ("none", "message", "signal"),
    "subprocess start event": ("none",),
    "event subprocess start event": ("message", "timer", "condition", "signal", "error", "escalation",
                                     "compensation"),
    "end event": ("none", "message", "error", "terminate", "signal", "escalation", "compensation", "cancel"),
    "intermediate catch event": ("message", "timer", "condition", "signal", "link"),
    "intermediate throw event": ("none", "message", "signal", "escalation", "link", "compensation"),
    "boundary event": ("message", "timer", "condition", "signal", "error", "escalation", "compensation", "cancel"),
    "multi-instance behavior": ("signal", "escalation"),
}
_ANYWHERE = frozenset({"messageEventDefinition", "signalEventDefinition"})
_WAITING = _ANYWHERE | {"timerEventDefinition", "conditionalEventDefinition"}
_RAISED = frozenset({"escalationEventDefinition", "compensateEventDefinition"})
POSSIBLE_EVENTS = {
    "start event": _WAITING,
    "subprocess start event": frozenset[str](),
    "event subprocess start event": _WAITING | _RAISED | {"errorEventDefinition"},
    "end event": _ANYWHERE | _RAISED | {"errorEventDefinition", "cancelEventDefinition", "terminateEventDefinition"},
    "intermediate catch event": _WAITING | {"linkEventDefinition"},
    "intermediate throw event": _ANYWHERE | _RAISED | {"linkEventDefinition"},
    "boundary event": _WAITING | _RAISED | {"errorEventDefinition", "cancelEventDefinition"},
}
"""What BPMN itself allows where, executed here or not (BPMN 2.0.2 §10.5.1, Table 10.93)."""
ALL_OF = frozenset({"message", "timer", "condition", "signal"})
"""What one event may wait for all of."""
ANY_OF = ALL_OF | {"error", "escalation"}
"""What one event may wait for any of, or throw together."""
THROWN = frozenset({"message", "signal", "escalation"})
"""What a throwing event may carry variables with: those that its `parvaneh:input` gives."""

TAKES_INPUTS = frozenset({"userTask", "serviceTask", "sendTask", "businessRuleTask", "scriptTask", "callActivity"})
GIVES_RESULTS = TAKES_INPUTS | {"receiveTask"}
"""Nodes whose results `parvaneh:output` may map, besides events that catch a message."""

LOOP_CHILDREN = frozenset({"loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem",
                           "completionCondition", "loopCardinality", "complexBehaviorDefinition", "documentation",
                           "extensionElements"})

DEFAULT_HINT = ("replace it by supported elements", "عنصرهای پشتیبانی‌شده را جایگزین کنید")
HINTS: dict[str, tuple[str, str]] = {
    "potentialOwner": ("set parvaneh:role", "parvaneh:role را بگذارید"),
    "humanPerformer": ("set parvaneh:role", "parvaneh:role را بگذارید"),
    "performer": ("set parvaneh:role", "parvaneh:role را بگذارید"),
    "resourceRole": ("set parvaneh:role", "parvaneh:role را بگذارید"),
}

QUANTITIES = ("startQuantity", "completionQuantity")
"""Numbers of tokens of an activity; below 1 they mean nothing (BPMN 2.0.2 Table 10.3)."""
MOST_TOKENS = 1_000
"""Tokens that may be asked for in one of them."""
BLIND = frozenset({"parallelGateway"})
"""What sends a token along each flow whatever the flow's condition says (BPMN 2.0.2 §13.4.1)."""
