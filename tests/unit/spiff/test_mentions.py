"""What a file says of itself beside its flow: extensions, its language of expressions, references, lists of flows."""

from __future__ import annotations

import string

import pytest

from engine.spiff import problems as catalogue
from tests.unit.spiff.test_parser import codes, problems, wrapped

TASK = '<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form">{}</userTask>'
PLAIN = TASK.format("")
CHOICE = ('<exclusiveGateway id="middle" default="b"/><task id="other"/><sequenceFlow id="c" sourceRef="middle" '
          'targetRef="other"><conditionExpression {}>x</conditionExpression></sequenceFlow>')
XPATH = "http://www.w3.org/1999/XPath"


def speaking(language: str, middle: str) -> str:
    """A file whose expressions are in this language where they do not say otherwise."""
    return wrapped(middle=middle).replace("<definitions ", f'<definitions expressionLanguage="{language}" ')


@pytest.mark.parametrize(("extension", "refused"), [
    ('mustUnderstand="true" definition="colours"', True), ('mustUnderstand="1"', True),
    ('mustUnderstand="false" definition="colours"', False), ('definition="colours"', False),
    ('mustUnderstand="true" definition="parvaneh:words"', False)])
def test_an_extension_that_must_be_understood_and_is_not_is_refused(extension: str, refused: bool) -> None:
    found = problems(wrapped(middle=PLAIN, top=f"<extension {extension}/>"))
    assert [each.code for each in found] == (["must_understand"] if refused else [])
    assert all("§8.3.3" in each.what and "§8.3.3" in each.what_fa and each.line for each in found)


@pytest.mark.parametrize(("default", "language", "told"), [
    (XPATH, "", True), ("http://www.omg.org/spec/FEEL/20140401", "", False),
    (XPATH, 'language="feel"', False)])
def test_a_default_language_that_is_not_followed_is_told(default: str, language: str, told: bool) -> None:
    body = speaking(default, CHOICE.format(language))
    found = [each for each in problems(body) if each.code == "other_default_language"]
    assert bool(found) is told and all("§8.2.1" in each.what and "1 expressions" in each.what for each in found)


def test_a_default_language_that_nothing_is_written_in_is_no_matter() -> None:
    assert codes(speaking(XPATH, PLAIN)) == []


@pytest.mark.parametrize(("drawn", "where"), [
    ('<laneSet id="ls"><lane id="clerk"><flowNodeRef>middle</flowNodeRef><flowNodeRef>gone</flowNodeRef></lane>'
     '</laneSet>',
     "clerk"),
    ('<dataObjectReference id="sheet" dataObjectRef="gone"/>', "sheet"),
    ('<dataStoreReference id="archive" dataStoreRef="gone"/>', "archive"),
    ('<group id="frame" categoryValueRef="gone"/>', "frame"),
    ('<association id="line" sourceRef="middle" targetRef="gone"/>', "line")])
def test_a_drawn_reference_to_nothing_is_told(drawn: str, where: str) -> None:
    assert codes(wrapped(middle=drawn + PLAIN)) == [("unused_reference", where)]
    assert codes(wrapped(middle=drawn.replace("gone", "other:gone") + PLAIN)) == []


def test_a_pool_of_a_process_that_is_not_there_is_told() -> None:
    pools = '<collaboration id="c"><participant id="pool" processRef="gone"/></collaboration>'
    assert codes(wrapped(middle=PLAIN, top=pools)) == [("unused_reference", "pool")]


@pytest.mark.parametrize(("listed", "told"), [
    ("<incoming>a</incoming><outgoing>b</outgoing>", 0), ("<incoming>b</incoming><outgoing>a</outgoing>", 2),
    ("<outgoing>gone</outgoing>", 1)])
def test_a_list_of_flows_that_are_not_drawn_is_told(listed: str, told: int) -> None:
    assert codes(wrapped(middle=TASK.format(listed))) == [("listed_flow", "middle")] * told


@pytest.mark.parametrize("code", sorted(catalogue.CATALOGUE))
def test_no_fault_names_its_clause_twice(code: str) -> None:
    fault = catalogue.CATALOGUE[code]
    names = {name for _, name, _, _ in string.Formatter().parse("".join(fault[:4])) if name}
    told = catalogue.problem(code, where="a", file=None, line=None, **dict.fromkeys(names, "x"))
    assert told.what.count("BPMN 2.0.2") <= 1 and told.what_fa.count("BPMN 2.0.2") <= 1
