"""Whether an instance ended as its model says, told from the model and the history and not from the engine's word.

Tokens are counted: each completed element sends one along its flows, or its completion quantity. A parallel gateway
that some flows have reached more often than it fired, and others have not, holds a token (BPMN 2.0.2 §13.4.1); so does
an activity that fewer tokens have reached than its start quantity asks for (§13.3.1). An instance that holds none must
be completed; one that holds some must not be, unless something ended it with all its tokens. The same is asked of every
subprocess, and of every process called in one place, that was neither interrupted nor repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.conformance import trees
from tests.conformance.trees import BPMN

_LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
_HOLDING = ("parallelGateway", "complexGateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an instance ended, why that cannot be, and the token that it leaves when it ended by an error."""

    words: str
    fault: str = ""
    token: str = ""


def of(xml: bytes, process_id: str, *, state: str, active: Mapping[str, int], history: Sequence[Any],
       incidents: Sequence[tuple[str, str]]) -> Ending:
    """The ending of an instance of the process. `active` counts tokens by element, `incidents` are (element, what)."""
    process = _process(xml, process_id)
    if incidents:
        element, what = incidents[0]
        thrown = _is_error_end(process.getparent(), element)
        return Ending(words=f"failed at {element}: {what}",
                      token="ERROR_thrownErrorEvent" if thrown else "ERROR_runtime")
    held = _held(process, history)
    if state == "COMPLETED":
        return Ending(words="completed", fault=f"completed although a token stands at {held[0]}" if held else "")
    waiting = sorted({*active, *held})
    known = {element.get("id") for element in process.getparent().iter()}
    strange = [element for element in active if element not in known]
    if strange:
        return Ending(words=state.lower(), fault=f"waits at {strange[0]}, which the model does not have")
    if not waiting:
        return Ending(words=state.lower(), fault="neither completed nor waiting at an element")
    return Ending(words=f"waiting at {', '.join(waiting)}")


def _process(xml: bytes, process_id: str) -> Any:
    root = trees.read(xml)
    return next(process for process in root.iter(f"{BPMN}process") if process.get("id") == process_id)


def _completed(history: Sequence[Any]) -> tuple[Counter[str], Counter[str]]:
    """How often each element was left, and each flow taken out of an element that chose."""
    elements: Counter[str] = Counter()
    flows: Counter[str] = Counter()
    for entry in history:
        if entry.element_id and entry.kind.endswith("_completed"):
            elements[entry.element_id] += 1
            flows.update(entry.facts.get("flows", ()))
    return elements, flows


def _held(process: Any, history: Sequence[Any]) -> list[str]:
    """The elements at which tokens stand for want of others."""
    elements, flows = _completed(history)
    return [element.get("id") for scope in _scopes(process, elements) for element in scope
            if _holds(scope, element, elements, flows)]


def _scopes(scope: Any, elements: Counter[str]) -> Iterator[Any]:
    """The process, and what is inside it or called by it, but for what was cut short, interrupted or repeated."""
    if _is_cut_short(scope, elements):
        return
    yield scope
    for activity in scope:
        inside = _inside(activity)
        if inside is None or _repeats(activity):
            continue
        interrupted = any(event.get("attachedToRef") == activity.get("id") and _interrupts(event, "cancelActivity")
                          and elements[event.get("id")] for event in scope.iterfind(f"{BPMN}boundaryEvent"))
        if not interrupted:
            yield from _scopes(inside, elements)


def _inside(activity: Any) -> Any | None:
    """The subprocess itself, or the process of the file that this activity alone calls."""
    if str(activity.tag).endswith(("ubProcess", "transaction")):
        return activity
    called = activity.get("calledElement")
    root = activity.getroottree().getroot()
    if called is None or sum(each.get("calledElement") == called for each in root.iter(f"{BPMN}callActivity")) != 1:
        return None
    return next((process for process in root.iter(f"{BPMN}process") if process.get("id") == called), None)


def _interrupts(event: Any, name: str) -> bool:
    return event.get(name, "true").strip() not in ("false", "0")


def _repeats(element: Any) -> bool:
    return any(element.find(f"{BPMN}{tag}") is not None for tag in _LOOPS)


def _holds(scope: Any, element: Any, elements: Counter[str], flows: Counter[str]) -> bool:
    needed = int(element.get("startQuantity", "1"))
    joins = element.tag in {f"{BPMN}{tag}" for tag in _HOLDING}
    if not joins and needed <= 1:
        return False
    incoming = [flow for flow in scope.iterfind(f"{BPMN}sequenceFlow") if flow.get("targetRef") == element.get("id")]
    fired = elements[element.get("id")]
    known = [count for flow in incoming if (count := _arrivals(scope, flow, elements, flows)) is not None]
    if not joins:
        return 0 < sum(known) - fired * needed < needed
    return len(incoming) > 1 and any(count > fired for count in known) and any(count <= fired for count in known)


def _arrivals(scope: Any, flow: Any, elements: Counter[str], flows: Counter[str]) -> int | None:
    """How many tokens came by the flow; None where the history does not tell."""
    source = scope.find(f"{BPMN}*[@id='{flow.get('sourceRef')}']")
    if source is None or _repeats(source):
        return None
    outgoing = [each for each in scope.iterfind(f"{BPMN}sequenceFlow") if each.get("sourceRef") == source.get("id")]
    sent = elements[source.get("id")] * int(source.get("completionQuantity", "1"))
    if len(outgoing) == 1 or source.tag == f"{BPMN}parallelGateway":
        return sent
    if source.tag.endswith("Gateway"):
        return flows[flow.get("id")]
    chooses = any(each.find(f"{BPMN}conditionExpression") is not None for each in outgoing)
    return None if chooses else sent


def _is_cut_short(scope: Any, elements: Counter[str]) -> bool:
    """Whether a terminate end event or an interrupting event subprocess took the tokens of the scope away."""
    interrupting = (start for inside in scope.iterfind(f"{BPMN}subProcess") if inside.get("triggeredByEvent") in
                    ("true", "1") for start in inside.iterfind(f"{BPMN}startEvent")
                    if _interrupts(start, "isInterrupting"))
    terminating = (end for end in scope.iterfind(f"{BPMN}endEvent")
                   if end.find(f"{BPMN}terminateEventDefinition") is not None)
    return any(elements[event.get("id")] for event in (*interrupting, *terminating))


def _is_error_end(root: Any, element_id: str) -> bool:
    return any(end.get("id") == element_id and end.find(f"{BPMN}errorEventDefinition") is not None
               for end in root.iter(f"{BPMN}endEvent"))
