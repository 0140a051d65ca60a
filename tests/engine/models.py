"""Small processes of our own, written compactly."""

from __future__ import annotations

import itertools
import json

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:parvaneh="urn:parvaneh:bpmn:1"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:test">{globals}
<bpmn:process id="{id}" name="{id}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>"""

DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">
<decision id="grade" name="grade"><decisionTable id="t" hitPolicy="FIRST">
<input id="i"><inputExpression id="e" typeRef="number"><text>area</text></inputExpression></input>
<output id="o" name="grade" typeRef="string"/>
<rule id="r1"><inputEntry id="a"><text>&lt; 20</text></inputEntry>
<outputEntry id="b"><text>"SMALL"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c"><text>-</text></inputEntry>
<outputEntry id="f"><text>"LARGE"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""

FORM = {"id": "form", "type": "default", "components": []}


def process(key: str, *body: str, globals: str = "") -> bytes:
    return BPMN.format(id=key, body="\n".join(body), globals=globals).encode()


def bundle(*processes: bytes, **more: bytes) -> dict[str, bytes]:
    files = {f"processes/p{number}.bpmn": content for number, content in enumerate(processes)}
    return {**files, "forms/form.form": json.dumps(FORM).encode(), "decisions/grade.dmn": DMN.encode(), **more}


def start(id: str = "start_1", extra: str = "") -> str:
    return f'<bpmn:startEvent id="{id}">{extra}</bpmn:startEvent>'


def end(id: str = "end_1", attributes: str = "", extra: str = "") -> str:
    return f'<bpmn:endEvent id="{id}" name="{id}" {attributes}>{extra}</bpmn:endEvent>'


def user(id: str, attributes: str = "", extra: str = "") -> str:
    role = "" if "parvaneh:role" in attributes else 'parvaneh:role="CLERK"'
    return f'<bpmn:userTask id="{id}" name="{id}" {role} parvaneh:formKey="form" {attributes}>{extra}</bpmn:userTask>'


def service(id: str, handler: str, attributes: str = "", extra: str = "") -> str:
    return (f'<bpmn:serviceTask id="{id}" name="{id}" parvaneh:handler="{handler}" {attributes}>'
            f'{extra}</bpmn:serviceTask>')


def script(id: str, text: str, variable: str) -> str:
    return (f'<bpmn:scriptTask id="{id}" name="{id}" scriptFormat="feel" parvaneh:resultVariable="{variable}">'
            f'<bpmn:script>{text}</bpmn:script></bpmn:scriptTask>')


def gateway(id: str, kind: str = "exclusive", attributes: str = "") -> str:
    return f'<bpmn:{kind}Gateway id="{id}" name="{id}" {attributes}/>'


def flow(source: str, target: str, condition: str = "") -> str:
    inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
    return (f'<bpmn:sequenceFlow id="{source}__{target}" sourceRef="{source}" targetRef="{target}">'
            f'{inner if condition else ""}</bpmn:sequenceFlow>')


def path(*ids: str) -> str:
    return "\n".join(flow(source, target) for source, target in itertools.pairwise(ids))


def timer(text: str, kind: str = "timeDuration", attributes: str = "") -> str:
    return f'<bpmn:timerEventDefinition {attributes}><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>'


def boundary(id: str, attached_to: str, definition: str, *, interrupting: bool = True) -> str:
    return (f'<bpmn:boundaryEvent id="{id}" name="{id}" attachedToRef="{attached_to}" '
            f'cancelActivity="{str(interrupting).lower()}">{definition}</bpmn:boundaryEvent>')


def catch(id: str, definition: str, attributes: str = "") -> str:
    return (f'<bpmn:intermediateCatchEvent id="{id}" name="{id}" {attributes}>{definition}'
            f'</bpmn:intermediateCatchEvent>')


def message(name: str, key: str = "number") -> str:
    return f'<bpmn:message id="m_{name}" name="{name}" parvaneh:correlationKey="{key}"/>'


def message_event(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="m_{name}"/>'


def business_rule(id: str, decision: str, variable: str) -> str:
    return (f'<bpmn:businessRuleTask id="{id}" name="{id}" parvaneh:decisionId="{decision}" '
            f'parvaneh:resultVariable="{variable}"/>')


TWO_TASKS = process(
    "two_tasks", start(), user("first", 'parvaneh:duty="inspection" parvaneh:stage="FIRST"'),
    user("second", 'parvaneh:role="MANAGER" parvaneh:duty="decision"'),
    end("done", 'parvaneh:outcome="ISSUED" parvaneh:stage="FINISHED"'), path("start_1", "first", "second", "done"))

CALLS = process("calls", start(), user("before"), service("call", "work"), user("after"), end(),
                path("start_1", "before", "call", "after", "end_1"))

DEADLINE = process(
    "deadline", start(), user("answer", f'parvaneh:deadline="{"anchor + duration(&quot;P10D&quot;)"}"'),
    boundary("remind", "answer", timer("P5D"), interrupting=False), service("reminder", "work"), end("reminded"),
    boundary("lapse", "answer", timer("P10D")), end("lapsed", 'parvaneh:outcome="LAPSED"'),
    end("answered", 'parvaneh:outcome="ANSWERED"'),
    path("start_1", "answer", "answered"), path("remind", "reminder", "reminded"), path("lapse", "lapsed"))

ANCHORED = process(
    "anchored", start(), user("answer"),
    boundary("lapse", "answer", timer("add days(anchor, window)", attributes='parvaneh:anchor="delivered"')),
    end("lapsed", 'parvaneh:outcome="LAPSED"'), end("answered"), path("start_1", "answer", "answered"),
    path("lapse", "lapsed"))

WAITS = process(
    "waits", start(), gateway("either", "eventBased"), catch("granted", message_event("granted")),
    catch("late", timer("P15D")), user("escalate"), end("issued", 'parvaneh:outcome="ISSUED"'),
    path("start_1", "either", "granted", "issued"), flow("either", "late"), path("late", "escalate", "either"),
    """<bpmn:subProcess id="withdrawing" triggeredByEvent="true">
       <bpmn:startEvent id="withdrawal_came" isInterrupting="true">
       <bpmn:messageEventDefinition messageRef="m_withdrawal"/></bpmn:startEvent>
       <bpmn:endEvent id="withdrawn" parvaneh:outcome="WITHDRAWN"/>
       <bpmn:sequenceFlow id="w" sourceRef="withdrawal_came" targetRef="withdrawn"/></bpmn:subProcess>""",
    globals=message("granted") + message("withdrawal"))

BY_MESSAGE = process(
    "by_message", start("asked", message_event("asked")), user("look"), end(), path("asked", "look", "end_1"),
    globals=message("asked"))

FORKED = process(
    "forked", start(), gateway("fork", "parallel"), user("left"), user("right"), gateway("join", "parallel"),
    user("last"), end(), path("start_1", "fork", "left", "join", "last", "end_1"), path("fork", "right", "join"))

EACH = process(
    "each", start(),
    user("ask", extra="<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>items</bpmn:loopDataInputRef>"
                      '<bpmn:inputDataItem id="code" name="code"/></bpmn:multiInstanceLoopCharacteristics>'),
    end(), path("start_1", "ask", "end_1"))

CHOICE = process(
    "choice", start(), business_rule("judge", "grade", "grade"), gateway("which", attributes='default="which__large"'),
    user("small"), user("large"), end(), path("start_1", "judge", "which"),
    flow("which", "small", 'grade = "SMALL"'), flow("which", "large"), path("small", "end_1"), path("large", "end_1"))
