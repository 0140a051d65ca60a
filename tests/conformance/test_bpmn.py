"""The runners of betsy's and MIWG's form: what counts as right."""

from __future__ import annotations

import json
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pytest
from lxml import etree

from engine import errors
from engine.spiff import problems
from engine.values import Problem
from tests.conformance import betsy, endings, miwg, placeholders, refusals

OWN = Path(__file__).parent / "own"
JOIN = (OWN / "betsy-bpmn" / "OneAnswerOfTwo.bpmn").read_bytes()
MODEL = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/><adHocSubProcess id="a"/>
<adHocSubProcess id="b"><task id="t"/></adHocSubProcess></process></definitions>"""


def entry(name: str) -> dict[str, object]:
    manifest = json.loads((OWN / "betsy-bpmn" / "manifest.json").read_text(encoding="utf-8"))
    return next(each for each in manifest if each["name"] == name)


@pytest.mark.parametrize("expect", [
    [], ["SCRIPT_task1"], ["SCRIPT_task1", "SCRIPT_task2", "SCRIPT_task3", "SCRIPT_task3"], ["ERROR"],
    ["ERROR_runtime"],
])
def test_other_tokens_fail(expect):
    outcome = betsy.run_process(OWN / "betsy-bpmn", {**entry("ParallelInquiries"), "cases": [{"expect": expect}]})
    assert outcome.reason.startswith("no input: left")


def test_a_process_passes_when_all_its_cases_do():
    cases = [*entry("KindOfLicence")["cases"], {"input": "x", "expect": ["SCRIPT_task1"]}]
    outcome = betsy.run_process(OWN / "betsy-bpmn", {**entry("KindOfLicence"), "cases": cases})
    assert not outcome.passed
    assert outcome.reason.startswith("input=x")


def test_an_entry_without_cases_or_expected_tokens_or_file_fails():
    def reason(**changes: object) -> str:
        return betsy.run_process(OWN / "betsy-bpmn", {**entry("KindOfLicence"), **changes}).reason

    assert reason(cases=[]) == "the manifest has no case"
    assert reason(cases=[{}]) == "no input: the manifest says no expected tokens"
    assert reason(file="no.bpmn").startswith("the file cannot be read")


def test_a_refusal_for_want_of_a_construct_is_no_error_of_the_model():
    def refused(code: str) -> betsy.Play:
        play = betsy.Play.__new__(betsy.Play)
        play.tokens, play.fault, play.ended = [], "", ""
        play._refused(errors.Invalid([Problem(where="a", what="something", code=code)]))
        return play

    assert refused("unsupported_element").fault == "refused: a: something"
    assert refused("missing_reference").fault == ""
    assert refused("missing_reference").tokens == ["ERROR_deployment"]


def history(*elements: str, flows: tuple[str, ...] = ()) -> list[SimpleNamespace]:
    return [SimpleNamespace(kind="element_completed", element_id=element,
                            facts={"flows": flows} if element == "ask" else {}) for element in elements]


def ending(state: str, left: list[SimpleNamespace], **active: int) -> endings.Ending:
    return endings.of(JOIN, "OneAnswerOfTwo", state=state, active=active, history=left, incidents=[])


def test_an_instance_ends_as_its_model_says():
    halfway = history("begin", "ask", "bank", flows=("flow_2",))
    whole = history("begin", "ask", "bank", "tax", "answered", "decide", "finish", flows=("flow_2", "flow_3"))
    assert ending("ACTIVE", halfway) == endings.Ending(words="waiting at answered")
    assert ending("COMPLETED", halfway).fault == "completed although a token stands at answered"
    assert ending("COMPLETED", whole) == endings.Ending(words="completed")
    assert ending("ACTIVE", whole).fault == "neither completed nor waiting at an element"
    assert ending("ACTIVE", whole, elsewhere=1).fault == "waits at elsewhere, which the model does not have"


def test_an_activity_may_wait_for_more_tokens_than_came():
    def ended(state: str, *, needs: int, sends: int, left: tuple[str, ...] = ("s", "a")) -> endings.Ending:
        model = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">
<startEvent id="s"/><task id="a" completionQuantity="{sends}"/><task id="b" startQuantity="{needs}"/><endEvent id="e"/>
<sequenceFlow id="1" sourceRef="s" targetRef="a"/><sequenceFlow id="2" sourceRef="a" targetRef="b"/>
<sequenceFlow id="3" sourceRef="b" targetRef="e"/></process></definitions>"""
        return endings.of(model.encode(), "p", state=state, active={}, history=history(*left), incidents=[])

    assert ended("ACTIVE", needs=3, sends=2) == endings.Ending(words="waiting at b")
    assert ended("COMPLETED", needs=3, sends=2).fault == "completed although a token stands at b"
    assert ended("COMPLETED", needs=2, sends=2, left=("s", "a", "b", "e")) == endings.Ending(words="completed")
    assert ended("ACTIVE", needs=2, sends=2, left=("s", "a", "b", "e")).fault


def test_tokens_are_counted_inside_subprocesses_that_went_their_way():
    def wrapped(state: str, *more: str, around: str = "") -> endings.Ending:
        opening, closing = JOIN.split(b'isExecutable="true">')
        inside = closing.replace(b"</process>", b"</subProcess>" + around.encode() + b"</process>")
        model = opening + b'isExecutable="true"><subProcess id="inside">' + inside
        left = history("begin", "ask", "bank", *more, flows=("flow_2",))
        return endings.of(model, "OneAnswerOfTwo", state=state, active={}, history=left, incidents=[])

    boundary = '<boundaryEvent id="late" attachedToRef="inside"/>'
    assert wrapped("ACTIVE") == endings.Ending(words="waiting at answered")
    assert wrapped("COMPLETED").fault
    assert wrapped("COMPLETED", "late", around=boundary) == endings.Ending(words="completed")
    assert wrapped("ACTIVE", "late", around=boundary).fault


def test_what_ends_everything_may_leave_tokens_behind():
    cut = JOIN.replace(b'<endEvent id="finish"/>', b'<endEvent id="finish"><terminateEventDefinition/></endEvent>')
    halfway = history("begin", "ask", "bank", "finish", flows=("flow_2",))
    assert endings.of(cut, "OneAnswerOfTwo", state="COMPLETED", active={}, history=halfway,
                      incidents=[]) == endings.Ending(words="completed")


def test_an_uncaught_error_is_told_from_another_failure():
    thrower = (OWN / "betsy-bpmn" / "NobodyCatches.bpmn").read_bytes()
    tokens = [endings.of(thrower, "NobodyCatches", state="ACTIVE", active={}, history=[],
                         incidents=[(element, "why")]).token for element in ("fraud", "check")]
    assert tokens == ["ERROR_thrownErrorEvent", "ERROR_runtime"]


@pytest.mark.parametrize("written, meant", [
    ('${test.contains("a")}', 'contains(test, "a")'), (' test.contains( "a" ) ', 'contains(test, "a")'),
    ("integerVariable<2", "integerVariable<2"), ("${x.contains(\"a\") and y}", 'contains(x, "a") and y'),
])
def test_conditions_of_no_language_become_feel(written, meant):
    assert placeholders.condition(written) == meant


def test_only_placeholders_change():
    before, after = etree.fromstring(JOIN), etree.fromstring(placeholders.adapt(JOIN))
    changed = {etree.QName(one).localname for one, other in zip(before.iter(), after.iter(), strict=True)
               if (one.text or "").strip() != (other.text or "").strip() or dict(one.attrib) != dict(other.attrib)}
    assert changed == {"scriptTask", "script", "conditionExpression"}
    unknown = JOIN.replace(b"SCRIPT_task1", b"1 + 1")
    assert b"<script>1 + 1</script>" in placeholders.adapt(unknown)


def problem(where: str, what: str) -> Problem:
    return Problem(where=where, what=what)


A, B = problem("a", "adHocSubProcess is not supported"), problem("b", "adHocSubProcess is not supported")


@pytest.mark.parametrize("entries, said", [
    ([A, B], ""), ([B, A], ""),
    ([A], "b: the same as adHocSubProcess elsewhere, but not in the list"),
    ([A, B, problem("c", "task is not supported")], "c: task is not supported: the file has no such element"),
    ([A, B, problem("s", "task is not supported")], "s: task is not supported: the file says otherwise"),
    ([A, B, problem("s", "nothing follows it")], "s: nothing follows it: the file says otherwise"),
    ([A, B, problem("b", "nothing leads to it")], ""),
    ([A, B, problem("s", "it is ugly")], "s: it is ugly: says nothing that can be confirmed"),
    ([], "refused without a reason"),
])
def test_a_refusal_is_true_and_complete(entries, said):
    assert refusals.fault(MODEL, "processes/m.bpmn", entries) == said


STORE = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><dataStore id="d" name="Files"/>
<process id="p" isExecutable="true"><dataStoreReference id="r" name="Archive" dataStoreRef="d"/><task id="w">
<dataOutputAssociation id="o"><targetRef>r</targetRef></dataOutputAssociation></task><task id="n"/></process>
</definitions>"""


@pytest.mark.parametrize(("where", "what", "confirmed"), [
    ("w", "the data store Files is not registered: no handler Files.write", True),
    ("w", "the data store Archive is not registered: no handler Archive.write", True),
    ("w", "the data store Files is not registered: no handler Files.read", False),
    ("n", "the data store Files is not registered: no handler Files.write", False),
    ("w", "the data store Shelf is not registered: no handler Shelf.write", False),
])
def test_a_store_that_is_not_registered_is_one_that_the_element_uses(where, what, confirmed):
    assert (refusals.fault(STORE, "processes/m.bpmn", [Problem(where=where, what=what)]) == "") is confirmed


@pytest.mark.parametrize(("what", "confirmed"), [
    ("a terminateEventDefinition definition may not stand on an intermediate throw event (BPMN 2.0.2 §10.5.1)", True),
    ("a cancelEventDefinition definition may not stand on an intermediate throw event (BPMN 2.0.2 §10.5.1)", False),
])
def test_an_entry_may_name_the_clause(what, confirmed):
    model = STORE.replace(b'<task id="n"/>', b'<intermediateThrowEvent id="n"><terminateEventDefinition/>'
                                             b"</intermediateThrowEvent>")
    assert (refusals.fault(model, "processes/m.bpmn", [Problem(where="n", what=what)]) == "") is confirmed


def test_what_is_inside_a_refused_element_is_refused_with_it():
    nested = MODEL.replace(b'<task id="t"/>', b'<adHocSubProcess id="inner"/>')
    assert refusals.fault(nested, "processes/m.bpmn", [A, B]) == ""


def test_a_model_that_is_no_bpmn_is_refused_truly_or_fails(tmp_path):
    file = tmp_path / "no.bpmn"
    file.write_bytes(b"<a/>")
    assert not miwg.run_file(file).passed


CALLING = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:own="urn:own"
 targetNamespace="urn:own" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<process id="outer"><startEvent id="s"/>
<callActivity id="call" calledElement="own:OneAnswerOfTwo"/>
<sequenceFlow id="f" sourceRef="s" targetRef="call"/></process>
"""


def test_tokens_are_counted_inside_a_process_that_is_called():
    model = CALLING.encode() + JOIN[JOIN.index(b"<process"):]

    def ended(state: str, *more: str) -> endings.Ending:
        left = history("s", "begin", "ask", "bank", *more, flows=("flow_2",))
        return endings.of(model, "outer", state=state, active={"call": 1}, history=left, incidents=[])

    assert ended("ACTIVE") == endings.Ending(words="waiting at answered, call")
    assert ended("COMPLETED").fault == "completed although a token stands at answered"


def test_one_scope_that_is_cut_short_excuses_no_other():
    opening, closing = JOIN.split(b'isExecutable="true">')
    inside = b"""<subProcess id="inside"><endEvent id="over"><terminateEventDefinition/></endEvent></subProcess>"""
    left = history("begin", "ask", "bank", "over", flows=("flow_2",))
    model = opening + b'isExecutable="true">' + inside + closing
    assert endings.of(model, "OneAnswerOfTwo", state="COMPLETED", active={}, history=left, incidents=[]).fault


def test_comments_in_a_text_are_no_part_of_it():
    broken = JOIN.replace(b"SCRIPT_task1", b"SCRIPT<!-- the first --><?pi?>_task1")
    assert b'leave token("SCRIPT_task1", null)' in placeholders.adapt(broken)


def test_a_definition_that_an_event_refers_to_is_its_own():
    shared = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><endEvent id="fraud">
<eventDefinitionRef>thrown</eventDefinitionRef></endEvent></process><errorEventDefinition id="thrown"/></definitions>"""
    assert endings.of(shared, "p", state="ACTIVE", active={}, history=[],
                      incidents=[("fraud", "why")]).token == "ERROR_thrownErrorEvent"


OF_THE_FILE = {"too_large", "doctype", "encoding", "not_bpmn", "duplicate_process"}
"""What is said of a whole file, or of several."""


@pytest.mark.parametrize("code", sorted(code for code, fault in problems.CATALOGUE.items()
                                        if fault.severity == "error" and code not in OF_THE_FILE))
def test_all_that_can_be_said_of_an_element_can_be_confirmed(code):
    names = {name for _, name, _, _ in Formatter().parse("".join(problems.CATALOGUE[code][:4])) if name}
    facts = {name: "process" if name == "kind" else "1" for name in names}
    told = problems.problem(code, where="a", file=None, line=None, **facts)
    assert refusals._read(told)[0] is not None


@pytest.mark.parametrize(("what", "confirmed"), [
    ("script must stand once and hold nothing but its own content", True),
    ("condition must stand once and hold nothing but its own content", False),
    ("the script does not say which language it is in", True),
    ("messageRef is missing", False), ("activationCondition is missing", True), ("script is missing", False),
    ("nothing here catches the link on", True),
    ("it begins the process, so it must stand in the process itself", False),
    ("the id is used more than once (also in line 3)", False),
    ("parvaneh:correlationKey (paid) is missing", True), ("parvaneh:correlationKey (sent) is missing", False),
])
def test_what_is_said_of_an_element_is_looked_up(what, confirmed):
    model = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:p="urn:parvaneh:bpmn:1">
<message id="m" name="paid"/><message id="n" name="sent" p:correlationKey="k"/><process id="p">
<scriptTask id="a"><script>1</script><script>2</script></scriptTask></process></definitions>"""
    assert (refusals.fault(model, "m.bpmn", [problem("a", what)]) == "") is confirmed
