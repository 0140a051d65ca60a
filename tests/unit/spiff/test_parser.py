"""A diagram is executed as it is drawn, or refused with every reason; it is never misread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import errors, feel
from engine.spiff import parser
from engine.values import Problem
from tests.timing import in_time
from tests.unit.spiff.driver import MODELS, model

CONTEXT = parser.BundleContext(forms={"form"}, handlers={"ok"}, roles={"CLERK"}, decisions={"grade"})

WRAP = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:parvaneh="urn:parvaneh:bpmn:1"
 id="definitions" targetNamespace="urn:test">{top}
 <process id="process" isExecutable="true">{body}</process></definitions>"""
FRAME = """<startEvent id="begin"/>{body}<endEvent id="done"/>"""


def problems(data: bytes | str, context: parser.BundleContext | None = None) -> list[Problem]:
    given = data.encode() if isinstance(data, str) else data
    try:
        return list(parser.parse({"x.bpmn": given}, context or parser.BundleContext()).warnings)
    except errors.Invalid as error:
        return list(error.problems)


def codes(data: bytes | str, context: parser.BundleContext | None = None) -> list[tuple[str, str]]:
    return [(problem.code, problem.where) for problem in problems(data, context)]


def wrapped(*, middle: str, top: str = "", node: str = "middle") -> str:
    """A process begin -> middle -> done around an element."""
    flows = (f'<sequenceFlow id="a" sourceRef="begin" targetRef="{node}"/>'
             f'<sequenceFlow id="b" sourceRef="{node}" targetRef="done"/>')
    return WRAP.format(top=top, body=FRAME.format(body=middle + flows))


def test_every_problem_of_a_file_comes_in_one_answer() -> None:
    found = problems((MODELS / "refused" / "many_faults.bpmn").read_bytes(), CONTEXT)
    assert {(problem.code, problem.where) for problem in found} == {
        ("duplicate_id", "done"), ("no_role", "nobody"), ("unknown_name", "stranger"), ("expression", "stranger"),
        ("unknown_name", "call"), ("unknown_name", "rule"), ("expression_language", "script"),
        ("missing_attribute", "send"), ("no_incoming", "send"), ("missing_attribute", "wait"),
        ("expression", "f8"),
        ("missing_condition", "which"), ("unknown_name", "elsewhere"), ("missing_reference", "f10"),
    }
    assert all(problem.file == "x.bpmn" and problem.line for problem in found)
    assert all(problem.what and problem.what_fa and problem.fix and problem.fix_fa for problem in found)
    assert len([problem for problem in found if problem.where == "stranger"]) == 3


def test_a_fault_in_an_expression_is_found_at_its_line() -> None:
    found = {problem.where: problem for problem in problems(
        (MODELS / "refused" / "many_faults.bpmn").read_bytes(), CONTEXT) if problem.code == "expression"}
    assert found["f8"].line == 26
    assert found["f8"].column


@pytest.mark.parametrize(("data", "code"), [
    (b"", "not_xml"),
    (b"\x00\x01\x02", "not_xml"),
    (b"<definitions>", "not_xml"),
    (b"<html/>", "not_bpmn"),
    (b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>", "doctype"),
    (b"<!DOCTYPE definitions><definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>", "doctype"),
    (b" " * (2 * 1024 * 1024 + 1), "too_large"),
    (b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>", "no_process"),
    (b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process isExecutable='true'/></definitions>",
     "missing_id"),
])
def test_hostile_or_foreign_bytes_are_refused_first(data: bytes, code: str) -> None:
    assert [problem.code for problem in problems(data)] == [code]


def test_a_billion_laughs_is_refused_without_being_heard() -> None:
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    found = problems(f"<!DOCTYPE x [<!ENTITY e0 'ha'>{entities}]><x a='&e11;'>&e11;</x>")
    assert [problem.code for problem in found] == ["doctype"]


def unsupported() -> Iterator[tuple[str, str, str]]:
    for tag in ("implicitThrowEvent", "callChoreography"):
        yield f'<{tag} id="middle"/>', "unsupported_element", "middle"
    for definition in ("escalation", "error", "compensate", "cancel"):
        yield (f'<intermediateCatchEvent id="middle"><{definition}EventDefinition/></intermediateCatchEvent>',
               "wrong_event", "middle")
    yield ('<intermediateThrowEvent id="middle"><messageEventDefinition/></intermediateThrowEvent>',
           "missing_attribute", "middle")
    yield '<sendTask id="middle"/>', "missing_attribute", "middle"
    yield ('<intermediateCatchEvent id="middle"/>', "wrong_event", "middle")
    yield ('<intermediateCatchEvent id="middle"><eventDefinitionRef>x</eventDefinitionRef></intermediateCatchEvent>',
           "missing_reference", "middle")
    yield ('<intermediateCatchEvent id="middle"><messageEventDefinition messageRef="m"/><linkEventDefinition name="x"/>'
           "</intermediateCatchEvent>", "not_together", "middle")


@pytest.mark.parametrize(("middle", "code", "where"), list(unsupported()))
def test_what_is_not_executed_is_refused_with_its_id(middle: str, code: str, where: str) -> None:
    top = '<message id="m" name="m" parvaneh:correlationKey="k"/>'
    assert (code, where) in codes(wrapped(middle=middle, top=top))


@pytest.mark.parametrize(("middle", "code", "where"), [
    ('<intermediateCatchEvent id="middle"><messageEventDefinition/></intermediateCatchEvent>',
     "missing_attribute", "middle"),
    ('<intermediateCatchEvent id="middle"><messageEventDefinition messageRef="x"/></intermediateCatchEvent>',
     "missing_reference", "middle"),
    ('<intermediateCatchEvent id="middle"><conditionalEventDefinition/></intermediateCatchEvent>',
     "missing_attribute", "middle"),
    ('<intermediateCatchEvent id="middle"><conditionalEventDefinition><condition>a &gt;</condition>'
     "</conditionalEventDefinition></intermediateCatchEvent>", "expression", "middle"),
    ('<intermediateCatchEvent id="middle"><conditionalEventDefinition><condition>now() = null</condition>'
     "</conditionalEventDefinition></intermediateCatchEvent>", "constant_condition", "middle"),
    ('<intermediateCatchEvent id="middle"><conditionalEventDefinition><condition language="python">a == 1</condition>'
     "</conditionalEventDefinition></intermediateCatchEvent>", "expression_language", "middle"),
    ('<intermediateCatchEvent id="middle"><timerEventDefinition/></intermediateCatchEvent>', "timer_body", "middle"),
    ('<intermediateCatchEvent id="middle"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition>'
     "</intermediateCatchEvent>", "timer_cycle", "middle"),
    ('<intermediateCatchEvent id="middle"><timerEventDefinition><timeDate>2026-02-30T00:00:00Z</timeDate>'
     "</timerEventDefinition></intermediateCatchEvent>", "expression", "middle"),
    ('<task id="middle"><multiInstanceLoopCharacteristics/></task>', "loop_input", "middle"),
    ('<task id="middle"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
     "<loopDataOutputRef>x</loopDataOutputRef></multiInstanceLoopCharacteristics></task>", "loop_output", "middle"),
    ('<task id="middle"/><boundaryEvent id="edge" attachedToRef="gone"><errorEventDefinition/></boundaryEvent>',
     "bad_attachment", "edge"),
    ('<task id="middle"/><boundaryEvent id="edge" attachedToRef="middle"><errorEventDefinition/></boundaryEvent>',
     "no_outgoing", "edge"),
    ('<task id="middle"/><task id="island"/>', "no_incoming", "island"),
    ('<subProcess id="middle"><startEvent id="s"><signalEventDefinition/></startEvent></subProcess>',
     "wrong_event", "s"),
    ('<task id="middle"/><subProcess id="side" triggeredByEvent="true"><startEvent id="inside"/></subProcess>',
     "event_subprocess_start", "side"),
    ('<task id="middle"/><startEvent id="second"/>', "no_outgoing", "second"),
    ('<eventBasedGateway id="middle"/>', "event_gateway_target", "middle"),
    ('<exclusiveGateway id="middle" default="other"/>', "bad_default", "middle"),
    ('<task id="mid dle"/><task id="middle"/>', "bad_id", "mid dle"),
    ('<subProcess id="middle" triggeredByEvent="perhaps"><startEvent id="s"/></subProcess>', "bad_attribute", "middle"),
])
def test_a_rule_of_bpmn_that_is_broken_is_named(middle: str, code: str, where: str) -> None:
    assert (code, where) in codes(wrapped(middle=middle))


def test_a_flow_may_not_cross_the_border_of_a_subprocess() -> None:
    body = wrapped(middle='<subProcess id="middle"><startEvent id="s"/><sequenceFlow id="out" sourceRef="s" '
                          'targetRef="done"/></subProcess>')
    assert ("flow_scope", "out") in codes(body)


def test_flows_into_a_start_and_out_of_an_end_are_refused() -> None:
    body = wrapped(middle='<task id="middle"/><sequenceFlow id="back" sourceRef="done" targetRef="begin"/>')
    assert {("flow_into", "begin"), ("flow_out_of", "done")} <= set(codes(body))


def test_a_cycle_that_a_token_can_leave_is_a_warning_with_its_path() -> None:
    body = wrapped(middle='<exclusiveGateway id="middle" default="b"/><task id="turn"/><sequenceFlow id="c" '
                          'sourceRef="middle" targetRef="turn"><conditionExpression>x</conditionExpression>'
                          '</sequenceFlow><sequenceFlow id="d" sourceRef="turn" targetRef="middle"/>')
    found = [(problem.code, problem.severity, problem.where) for problem in problems(body)]
    assert found == [("loop_without_wait", "warning", "middle")]
    assert problems(body)[0].what.startswith("a cycle without a wait: middle → turn → middle;")


TURNING = ('<task id="middle"/><task id="one"/><sequenceFlow id="c" sourceRef="one" targetRef="two"/><task id="two"/>'
           '<sequenceFlow id="d" sourceRef="two" targetRef="one"/><sequenceFlow id="e" sourceRef="begin" '
           'targetRef="one"/>')


@pytest.mark.parametrize(("leaving", "code"), [
    ("", "endless_loop"),
    ('<sequenceFlow id="out" sourceRef="two" targetRef="done"/>', "loop_without_wait"),
    ('<boundaryEvent id="edge" attachedToRef="two"><errorEventDefinition/></boundaryEvent>'
     '<sequenceFlow id="out" sourceRef="edge" targetRef="done"/>', "loop_without_wait"),
    ('<boundaryEvent id="edge" attachedToRef="two"><errorEventDefinition/></boundaryEvent>'
     '<sequenceFlow id="out" sourceRef="edge" targetRef="one"/>', "endless_loop"),
    ('<sequenceFlow id="out" sourceRef="two" targetRef="gone"/>', "loop_without_wait"),
])
def test_only_a_cycle_that_nothing_leads_out_of_is_refused(leaving: str, code: str) -> None:
    found = [problem for problem in problems(wrapped(middle=TURNING + leaving)) if "cycle" in problem.what]
    assert [(problem.code, problem.where) for problem in found] == [(code, "one")]


@pytest.mark.parametrize(("around", "code"), [
    ("", "endless_loop"),
    ('<boundaryEvent id="edge" attachedToRef="middle"><errorEventDefinition/></boundaryEvent>'
     '<sequenceFlow id="out" sourceRef="edge" targetRef="done"/>', "loop_without_wait"),
])
def test_an_error_that_is_caught_around_a_subprocess_leads_out_of_its_cycles(around: str, code: str) -> None:
    body = wrapped(middle='<subProcess id="middle"><startEvent id="s"/><sequenceFlow id="c" sourceRef="s" '
                          'targetRef="one"/><task id="one"/><sequenceFlow id="d" sourceRef="one" targetRef="one"/>'
                          "</subProcess>" + around)
    assert [found for found in codes(body) if found[1] == "one"] == [(code, "one")]


def test_ten_thousand_cycles_are_found_in_a_moment() -> None:
    size = 5_000
    turns = "".join(f'<task id="t{n}"/><sequenceFlow id="f{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>'
                    f'<sequenceFlow id="r{n}" sourceRef="t{n + 1}" targetRef="t{n}"/>'
                    f'<task id="u{n}"/><sequenceFlow id="g{n}" sourceRef="u{n}" targetRef="u{n}"/>'
                    f'<sequenceFlow id="h{n}" sourceRef="u{n}" targetRef="u{n + 1}"/>' for n in range(size))
    body = wrapped(middle=f'{turns}<task id="t{size}"/><task id="u{size}"/><task id="middle"/>'
                          '<sequenceFlow id="x" sourceRef="begin" targetRef="t0"/>'
                          '<sequenceFlow id="y" sourceRef="begin" targetRef="u0"/>')
    found = [problem.where for problem in problems(body) if problem.code in ("endless_loop", "loop_without_wait")]
    assert len(found) == size + 1
    assert len(set(found)) == size + 1


def test_a_cycle_with_a_user_task_is_fine() -> None:
    assert problems((MODELS / "parallel_loop.bpmn").read_bytes()) == []


def test_processes_that_call_each_other_in_a_circle_are_refused() -> None:
    body = wrapped(middle='<callActivity id="middle" calledElement="process"/>')
    assert ("recursive_call", "process") in codes(body)


def test_a_fork_bomb_of_a_chain_is_only_a_long_chain() -> None:
    chain = "".join(f'<task id="t{n}"/><sequenceFlow id="f{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>'
                    for n in range(3000))
    body = wrapped(middle=f'{chain}<task id="t3000"/><sequenceFlow id="x" sourceRef="begin" targetRef="t0"/>'
                          '<task id="middle"/>')
    assert problems(body) == []


def test_known_names_are_checked_only_when_they_are_given() -> None:
    body = wrapped(middle='<serviceTask id="middle" parvaneh:handler="no.such"/>')
    assert problems(body) == []
    assert codes(body, CONTEXT) == [("unknown_name", "middle")]


def test_a_function_nobody_registered_is_named_with_its_place() -> None:
    body = wrapped(middle='<scriptTask id="middle" scriptFormat="feel" parvaneh:resultVariable="x"><script>\n'
                          "    [count([]),\n  add working days(1)]</script></scriptTask>")
    [problem] = problems(body)
    assert (problem.what, problem.line, problem.column) == ("script: there is no function add working days", 5, 3)
    known = feel.Functions([feel.FeelFunction(name="add working days", parameters=("n",), fn=lambda n: n)])
    assert codes(body, parser.BundleContext(functions=known)) == []


def test_a_user_task_without_a_form_is_a_warning() -> None:
    body = wrapped(middle='<userTask id="middle" parvaneh:role="CLERK"/>')
    assert [(problem.code, problem.severity) for problem in problems(body)] == [("no_form", "warning")]


def test_the_role_of_a_user_task_is_its_own_or_its_lanes() -> None:
    lanes = ('<laneSet id="ls"><lane id="outer" parvaneh:role="CLERK"><flowNodeRef>middle</flowNodeRef><childLaneSet '
             'id="cs"><lane id="inner"><flowNodeRef>second</flowNodeRef></lane></childLaneSet></lane></laneSet>')
    body = wrapped(middle=lanes + '<userTask id="middle" parvaneh:formKey="form"/>'
                   '<userTask id="second" parvaneh:formKey="form" parvaneh:role="MANAGER"/>'
                   '<userTask id="third" parvaneh:formKey="form"/>'
                   '<sequenceFlow id="c" sourceRef="middle" targetRef="second"/>'
                   '<sequenceFlow id="d" sourceRef="second" targetRef="third"/>')
    assert codes(body) == [("no_role", "third")]


def test_drawing_vendor_extensions_and_pools_do_not_disturb() -> None:
    top = ('<collaboration id="c"><participant id="p" processRef="process"/><participant id="black_box"/>'
           '<messageFlow id="mf" sourceRef="black_box" targetRef="p"/></collaboration>'
           '<process id="sketch" isExecutable="false"><task id="alone"/></process>'
           '<dataStore id="ds" name="files"/><category id="cat"/><itemDefinition id="item"/>'
           '<extensionElements><other xmlns="urn:vendor">x</other></extensionElements>')
    body = wrapped(top=top, middle='<task id="middle"><documentation>Says what.</documentation></task>'
                   '<textAnnotation id="note"><text>n</text></textAnnotation><association id="as" sourceRef="middle" '
                   'targetRef="note"/><dataObject id="do"/><dataObjectReference id="dor" dataObjectRef="do"/>')
    bundle = parser.parse({"x.bpmn": body.encode()})
    assert list(bundle.processes) == ["process"]
    assert bundle.processes["process"].elements["middle"].documentation == "Says what."


def test_what_groups_and_interfaces_say_of_an_element_is_drawing() -> None:
    body = wrapped(
        top='<category id="cat"><categoryValue id="late" value="late"/></category><message id="unnamed"/>',
        middle="<supportedInterfaceRef>i</supportedInterfaceRef><supports>other</supports>"
               '<task id="middle"><categoryValueRef>late</categoryValueRef></task>'
               '<group id="g" categoryValueRef="late"/>')
    assert codes(body) == []


def test_processes_of_several_files_know_each_other() -> None:
    caller = wrapped(middle='<callActivity id="middle" calledElement="other"/>')
    other = wrapped(middle='<task id="middle"/>').replace('process id="process"', 'process id="other"')
    bundle = parser.parse({"a.bpmn": caller.encode(), "b.bpmn": other.encode(), "c.form": b"{}"})
    assert bundle.processes["process"].calls == ["other"]
    assert bundle.processes["other"].resource == "b.bpmn"


def test_one_process_id_in_two_files_is_refused() -> None:
    body = wrapped(middle='<task id="middle"/>').encode()
    with pytest.raises(errors.Invalid) as caught:
        parser.parse({"a.bpmn": body, "b.bpmn": body})
    assert [(problem.code, problem.file) for problem in caught.value.problems] == [("duplicate_process", "b.bpmn")]


def test_elements_and_separations_can_be_read_from_a_process() -> None:
    process = model("sequence").processes["sequence"]
    first = process.elements["first"]
    assert (first.type, first.name, first.name_en, first.duty, first.deadline) == (
        "userTask", "نخست", "First", "inspection", "P5D")
    assert process.elements["done"].outcome == "DONE"
    body = wrapped(middle='<extensionElements><parvaneh:separation duties="a b c"/></extensionElements>'
                          '<task id="middle"/>')
    assert parser.parse({"x.bpmn": body.encode()}).processes["process"].separations == [frozenset("abc")]


def test_subprocesses_deep_in_each_other_cost_no_more_than_their_number() -> None:
    inside = ('<startEvent id="s"/><userTask id="u" parvaneh:role="CLERK" parvaneh:formKey="form"/>'
              '<sequenceFlow id="f" sourceRef="s" targetRef="u"/>')
    for number in range(60):  # looked through level by level twice over, this would never end
        inside = (f'<startEvent id="s{number}"/><subProcess id="p{number}">{inside}</subProcess>'
                  f'<sequenceFlow id="f{number}" sourceRef="s{number}" targetRef="p{number}"/>')
    assert problems(WRAP.format(top="", body=inside), CONTEXT) == []


def test_thousands_of_lost_flows_are_all_named() -> None:
    flows = "".join(f'<sequenceFlow id="f{number}" sourceRef="no" targetRef="where"/>' for number in range(5_000))
    found = codes(WRAP.format(top="", body='<startEvent id="begin"/>' + flows))
    assert [code for code, _ in found].count("missing_reference") == 10_000


@pytest.mark.parametrize("middle", [
    '<scriptTask id="middle" scriptFormat="feel" parvaneh:resultVariable="x"><script>1</script><script>2</script>'
    "</scriptTask>",
    '<scriptTask id="middle" scriptFormat="feel" parvaneh:resultVariable="x"><script>1 <b/> + 2</script></scriptTask>',
    '<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form">'
    + 2 * "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    + "</userTask>"], ids=["two scripts", "an element in the text", "two loops"])
def test_what_could_only_be_read_in_part_is_refused(middle: str) -> None:
    assert codes(wrapped(middle=middle)) == [("ambiguous_child", "middle")]


def test_a_condition_that_could_only_be_read_in_part_is_refused() -> None:
    good = wrapped(middle='<task id="middle"/>')
    for inner in ("<conditionExpression>true<x/> and false</conditionExpression>",
                  2 * "<conditionExpression>true</conditionExpression>"):
        bad = good.replace('targetRef="done"/>', f'targetRef="done">{inner}</sequenceFlow>')
        assert codes(bad) == [("ambiguous_child", "b")]


@pytest.mark.parametrize("drawn", ['<textAnnotation id="x"/>', '<dataObject id="x"/>', '<group id="x"/>',
                                   '<laneSet id="y"><lane id="x"/></laneSet>', '<dataStoreReference id="x"/>'])
def test_a_flow_that_ends_at_a_drawing_or_at_data_is_not_silently_dropped(drawn: str) -> None:
    body = drawn + '<sequenceFlow id="c" sourceRef="middle" targetRef="x"/><task id="middle"/>'
    assert codes(wrapped(middle=body)) == [("flow_end", "c")]


def test_thousands_of_loose_elements_are_all_named_in_time_in_proportion() -> None:
    body = "".join(f'<task id="t{number}"/>' for number in range(20_000))  # looked at twice over, this takes minutes
    text = WRAP.format(top="", body='<startEvent id="begin"/>' + body)
    assert len(in_time(30, lambda: codes(text))) == 20_001


def test_a_vendors_element_with_the_id_of_a_task_is_not_taken_for_it() -> None:
    vendor = '<extensionElements><x:y xmlns:x="urn:x" id="middle"/></extensionElements>'
    data = wrapped(middle=f'<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form">{vendor}</userTask>')
    parsed = parser.parse({"x.bpmn": data.encode()}, CONTEXT)
    assert parsed.processes["process"].elements["middle"].type == "userTask"


@pytest.mark.parametrize("language", ["python", "not-feel", "python-feel"])
def test_only_feel_itself_is_feel(language: str) -> None:
    middle = (f'<scriptTask id="middle" scriptFormat="{language}" parvaneh:resultVariable="x">'
              "<script>1</script></scriptTask>")
    assert codes(wrapped(middle=middle)) == [("expression_language", "middle")]


def test_names_longer_than_the_store_keeps_are_refused_before_an_instance_runs() -> None:
    middle = (f'<userTask id="middle" parvaneh:role="{"R" * 65}" parvaneh:formKey="{"f" * 256}" '
              f'parvaneh:duty="{"d" * 65}" parvaneh:stage="{"s" * 65}"/>')
    found = problems(wrapped(middle=middle).replace('id="done"', f'id="done" parvaneh:outcome="{"o" * 65}"'))
    assert sorted(problem.what.split()[0] for problem in found) == ["duty", "form_key", "outcome", "role", "stage"]
    assert {problem.code for problem in found} == {"too_long"}
    assert codes(wrapped(middle=f'<task id="{"m" * 256}"/>', node="m" * 256))[0][0] == "too_long"


@pytest.mark.parametrize("cycle", ["R/PT0S", "R3/-PT1H"])
def test_a_repetition_that_never_moves_on_is_refused(cycle: str) -> None:
    middle = ('<task id="middle"/><boundaryEvent id="again" attachedToRef="middle" cancelActivity="false">'
              f"<timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition></boundaryEvent>"
              '<sequenceFlow id="c" sourceRef="again" targetRef="done"/>')
    assert ("expression", "again") in codes(wrapped(middle=middle))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-7", "windows-1256"])
def test_a_file_that_a_page_would_read_otherwise_than_the_engine_is_refused(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + wrapped(middle='<task id="middle" name="کار"/>')
    assert codes(text.encode(encoding, "ignore")) == [("encoding", "x.bpmn")]


def test_plain_ascii_may_call_itself_latin() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + wrapped(middle='<task id="middle"/>')
    assert codes(text) == []
