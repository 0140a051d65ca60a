"""Event definitions of the diagram: what is declared, what an event refers to, what is possible where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from engine.spiff import documents, languages, links, model, problems, vocabulary
from engine.spiff.documents import Findings

_PLACES = {"endEvent": "end event", "intermediateCatchEvent": "intermediate catch event",
           "intermediateThrowEvent": "intermediate throw event", "boundaryEvent": "boundary event"}
_STARTS = {"process": "start event", "subprocess": "subprocess start event",
           "event subprocess": "event subprocess start event"}
_CATCHING = ("boundary event", "event subprocess start event")
"""Where errors and escalations are caught."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """Messages, errors, signals and escalations declared in the file, by id."""

    messages: Mapping[str, model.Message]
    """A message without a name is called by its id."""
    errors: Mapping[str, str | None]
    signals: Mapping[str, str]
    """Names; a signal without one is called by its id."""
    escalations: Mapping[str, str]
    """Codes; an escalation without one is known by its name or id."""
    definitions: Mapping[str, Any]
    """Event definitions that events refer to."""
    tags: Mapping[str, str]
    """The tag of every element of the file."""
    compensations: Mapping[str, str]
    """By boundary event: the activity that an association leads to from it."""

    @classmethod
    def read(cls, root: Any, findings: Findings) -> Declarations:
        messages = {}
        for element in documents.children(root, "message"):
            if not element.get("id"):
                findings.at(element, "missing_id", tag="message")
            messages[element.get("id")] = model.Message(
                name=element.get("name") or element.get("id", ""), correlation_key=documents.expression(
                    documents.attribute(element, "correlationKey"), element.sourceline))
        errors = {element.get("id"): element.get("errorCode") or element.get("name")
                  for element in documents.children(root, "error")}
        signals = {element.get("id", ""): element.get("name") or element.get("id", "")
                   for element in documents.children(root, "signal")}
        escalations = {element.get("id", ""): element.get("escalationCode") or element.get("name")
                       or element.get("id", "") for element in documents.children(root, "escalation")}
        definitions = {element.get("id", ""): element for element in documents.bpmn_children(root)
                       if documents.local(element).endswith("EventDefinition")}
        tags = {found.get("id"): documents.local(found) for found in root.iter(documents.bpmn("*")) if found.get("id")}
        ends = [(found.get("sourceRef", ""), found.get("targetRef", ""))
                for found in root.iter(documents.bpmn("association"))]
        return cls(messages=messages, errors=errors, signals=signals, escalations=escalations, definitions=definitions,
                   tags=tags, compensations={event: activity for event, activity in ends if tags.get(event)
                                             == "boundaryEvent" and tags.get(activity) in vocabulary.ACTIVITIES})


def read(element: Any, tag: str, scope_kind: str, declarations: Declarations, findings: Findings,
         ) -> tuple[model.Event, bool]:
    """The event definition of a node, and whether it interrupts. A node without one has the plain event."""
    if tag == "receiveTask" or (tag == "sendTask" and element.get("messageRef")):
        message = _message(element, declarations, findings)
        return model.Event(kind="message", message=message), True
    if tag not in vocabulary.EVENTS:
        return model.Event(), True
    place = _STARTS[scope_kind] if tag == "startEvent" else _PLACES[tag]
    event = _definition(element, place, declarations, findings)
    name = "isInterrupting" if tag == "startEvent" else "cancelActivity"
    interrupting = documents.flag(element, name, True, findings)
    cycles = any(each.timer is not None and each.timer.kind == "timeCycle" for each in event.each)
    if cycles and (interrupting or tag == "intermediateCatchEvent"):
        findings.at(element, "timer_cycle")
    if event.has("error") and not interrupting:
        findings.at(element, "must_interrupt", name=name)
    return event, interrupting


def _definition(element: Any, place: str, declarations: Declarations, findings: Findings) -> model.Event:
    """What the definitions of an event say: those in it, and those at the root that it refers to."""
    found = [child for child in documents.bpmn_children(element)
             if documents.local(child).endswith("EventDefinition")]
    for reference in documents.children(element, "eventDefinitionRef"):
        name = (reference.text or "").strip()
        known = declarations.definitions.get(name)
        if known is None:
            findings.at(element, "missing_reference", name="eventDefinitionRef", target=name or "—")
        else:
            found.append(known)
    if len(found) < 2:
        if not found and documents.children(element, "eventDefinitionRef"):
            return model.Event(kind="refused")
        return _single(element, found[0] if found else None, place, declarations, findings)
    needs_all = documents.flag(element, "parallelMultiple", False, findings)
    together = vocabulary.ALL_OF if needs_all else vocabulary.ANY_OF
    parts = [_single(element, each, place, declarations, findings) for each in found]
    for definition, part in zip(found, parts, strict=True):
        if part.kind != "refused" and (part.kind not in together or (needs_all and place == "start event")):
            findings.at(element, "not_together", kind=documents.local(definition), place=place,
                        allowed="—" if needs_all and place == "start event" else ", ".join(sorted(together)))
    return model.Event(kind="multiple", parts=parts, needs_all=needs_all)


def _single(element: Any, definition: Any | None, place: str, declarations: Declarations,
            findings: Findings) -> model.Event:
    found = [] if definition is None else [definition]
    allowed = vocabulary.ALLOWED_EVENTS[place]
    kind = vocabulary.EVENT_DEFINITIONS.get(documents.local(found[0])) if found else "none"
    if kind is not None and kind not in allowed and findings.documentation and place == "start event":
        return model.Event(kind=cast("model.EventKind", kind))  # it begins where the walk says so
    if kind not in allowed:
        named = documents.local(found[0]) if found else "plain"
        wrong = named not in vocabulary.POSSIBLE_EVENTS[place]
        findings.at(element, "wrong_event" if wrong else "unsupported_event", kind=named, place=place,
                    allowed=", ".join(allowed))
        return model.Event(kind="refused" if found else "none")
    if kind == "message":
        return model.Event(kind="message", message=_message(found[0], declarations, findings))
    if kind == "timer":
        return model.Event(kind="timer", timer=_timer(found[0], findings))
    if kind == "condition":
        return model.Event(kind="condition", condition=_condition(found[0], findings))
    if kind == "error":
        return model.Event(kind="error", error_code=_error(found[0], place, declarations, findings))
    if kind == "signal":
        return model.Event(kind="signal", signal=_reference(found[0], "signalRef", declarations.signals, findings))
    if kind == "link":
        return model.Event(kind="link", link=links.name(found[0], findings))
    if kind == "compensation":
        return _compensation(found[0], place, findings)
    if kind == "escalation":
        catches_all = place in _CATCHING and found[0].get("escalationRef") is None
        return model.Event(kind="escalation", escalation_code=None if catches_all else _reference(
            found[0], "escalationRef", declarations.escalations, findings))
    return model.Event(kind=cast("model.EventKind", kind))


def _compensation(definition: Any, place: str, findings: Findings) -> model.Event:
    if place in _CATCHING:
        return model.Event(kind="compensation")
    return model.Event(kind="compensation", activity=definition.get("activityRef") or None,
                       waits=documents.flag(definition, "waitForCompletion", True, findings))


def _reference(element: Any, name: str, known: Mapping[str, str], findings: Findings) -> str | None:
    """What a definition refers to by its id."""
    given = element.get(name) or ""
    if not given:
        findings.at(element, "missing_attribute", name=name, **problems.mend(
            "choose what the event throws or catches", "آنچه را رویداد می‌فرستد یا می‌گیرد برگزینید"))
        return None
    found = known.get(given)
    if found is None:
        findings.at(element, "missing_reference", name=name, target=given)
    return found


def _message(element: Any, declarations: Declarations, findings: Findings) -> model.Message | None:
    reference = element.get("messageRef")
    if not reference:
        findings.at(element, "missing_attribute", name="messageRef", **problems.mend(
            "choose a message of the diagram", "پیامی از نمودار برگزینید"))
        return None
    if reference not in declarations.messages:
        findings.at(element, "missing_reference", name="messageRef", target=reference)
        return None
    return declarations.messages[reference]


def _error(element: Any, place: str, declarations: Declarations, findings: Findings) -> str | None:
    """The error's code; where errors are caught, none means every error (BPMN 2.0.2 §10.5.5)."""
    reference = element.get("errorRef")
    if reference is None and place in _CATCHING:
        return None
    if reference not in declarations.errors:
        findings.at(element, "missing_reference", name="errorRef", target=reference or "—")
        return None
    code = declarations.errors[reference]
    if code is None and place not in _CATCHING:
        findings.at(element, "missing_attribute", name="errorCode", **problems.mend(
            "give the error a code", "به خطا کد بدهید"))
    return code


def _timer(element: Any, findings: Findings) -> model.Timer | None:
    bodies = [child for child in documents.bpmn_children(element)
              if documents.local(child) in ("timeDate", "timeDuration", "timeCycle")]
    body = documents.text_of(bodies[0]) if len(bodies) == 1 else None
    if body is None:
        findings.at(element, "timer_body")
        return None
    return model.Timer(kind=cast("model.TimerKind", documents.local(bodies[0])), body=body,
                       anchor=documents.attribute(element, "anchor"))


def _condition(element: Any, findings: Findings) -> model.Text | None:
    found = documents.children(element, "condition")
    documents.once(element, "condition", findings)
    condition = documents.text_of(found[0] if found else None)
    if condition is None:
        findings.at(element, "missing_attribute", name="condition", **problems.mend(
            "write the FEEL expression that the event waits for", "عبارت FEEL را که رویداد چشم‌به‌راهش است بنویسید"))
    else:
        languages.check(found[0].get("language"), condition, element, findings)
    return condition


def thrown(definition: Any | None, reference: str | None, where: Any, declarations: Declarations,
           findings: Findings) -> model.Event | None:
    """What a multi-instance activity throws: a definition given there, or one at the root that is referred to."""
    if definition is None and reference:
        definition = declarations.definitions.get(reference)
        if definition is None:
            findings.at(where, "missing_reference", name="behaviorEventRef", target=reference)
    if definition is None:
        return None
    place = "multi-instance behavior"
    kind = vocabulary.EVENT_DEFINITIONS.get(documents.local(definition))
    if kind not in vocabulary.ALLOWED_EVENTS[place]:
        findings.at(where, "unsupported_event", kind=documents.local(definition), place=place,
                    allowed=", ".join(vocabulary.ALLOWED_EVENTS[place]))
        return None
    return _single(where, definition, place, declarations, findings)
