"""A script or condition that is not FEEL is refused, and its FEEL is told where that is easy."""

from __future__ import annotations

import html

import pytest

from engine import feel
from engine.values import Problem
from tests.unit.spiff.driver import MODELS
from tests.unit.spiff.test_parser import problems, wrapped


def script(text: str, language: str | None) -> list[Problem]:
    named = "" if language is None else f'scriptFormat="{language}"'
    return problems(wrapped(middle=f'<scriptTask id="middle" {named} parvaneh:resultVariable="x">'
                                   f"<script>{html.escape(text)}</script></scriptTask>"))


@pytest.mark.parametrize("language", ["feel", "FEEL", "application/feel", "text/feel", "text/x-feel",
                                      "https://www.omg.org/spec/FEEL/20140401"])
def test_feel_has_many_names(language: str) -> None:
    assert script("a * 2", language) == []


@pytest.mark.parametrize(("language", "text", "name", "told"), [
    ("python", "total = price * count", "Python", 'parvaneh:resultVariable="total", and write in FEEL: price * count'),
    ("text/x-python", "ok = not late and area == 5", "Python", "write in FEEL: not(late) and area = 5"),
    ("python", "kind = 'BIG' if area > 50 else 'SMALL'", "Python",
     'write in FEEL: if area > 50 then "BIG" else "SMALL"'),
    ("python", "total = price * 2\npaid = False  # not yet", "Python",
     "one FEEL context: {total: price * 2, paid: false}"),
    ("python", "n = len(items)", "Python", "write in FEEL: count(items)"),
    ("python", "import os\nos.system('x')", "Python", "one FEEL expression, such as price * count"),
    ("python", "x = open('f').read()", "Python", "one FEEL expression, such as price * count"),
    ("javascript", "var total = a && b;", "JavaScript", "write in FEEL: a and b"),
    ("application/ecmascript", "x = a === 1 ? 'y' : 'n';", "JavaScript", 'write in FEEL: if a = 1 then "y" else "n"'),
    ("groovy", "execution.setVariable('paid', true)", "Groovy", 'parvaneh:resultVariable="paid"'),
    (None, "import datetime\nx = datetime.date.today()", "Python", "one FEEL expression"),
    (None, "total = price * count", "Python", "write in FEEL: price * count"),
    (None, "def total = 3", "Groovy", "write in FEEL: 3"),
    (None, "let total = price * count;", "JavaScript", "write in FEEL: price * count"),
])
def test_another_language_is_refused_with_its_feel(language: str | None, text: str, name: str, told: str) -> None:
    [problem] = script(text, language)
    assert (problem.code, problem.where, problem.line) == ("expression_language", "middle", 3)
    assert name in problem.what
    assert name in problem.what_fa
    assert told in problem.fix
    assert 'scriptFormat="feel"' in problem.fix_fa


def test_a_script_that_may_be_feel_must_say_so() -> None:
    [problem] = script("price * count", None)
    assert problem.code == "script_format"
    assert 'scriptFormat="feel"' in problem.fix


def test_every_feel_that_is_told_is_feel() -> None:
    [problem] = script("a = not b or c != None\nd = 1 if a else 2", "python")
    feel.compile(problem.fix.split("context: ")[1])


def test_a_condition_in_another_language_is_refused_with_its_feel() -> None:
    body = wrapped(middle='<exclusiveGateway id="middle" default="b"/><task id="other"/>').replace(
        '<sequenceFlow id="b"', '<sequenceFlow id="c" sourceRef="middle" targetRef="other"><conditionExpression '
        'language="juel">${amount == 5 &amp;&amp; !late}</conditionExpression></sequenceFlow><sequenceFlow id="b"')
    found = {problem.code: problem for problem in problems(body)}
    assert found["expression_language"].where == "c"
    assert found["expression_language"].fix.endswith("write in FEEL: amount = 5 and not(late)")


def test_a_very_long_script_is_refused_without_being_read() -> None:
    assert {problem.code for problem in script("x = 1\n" * 50_000, "python")} >= {"expression_language"}


def test_the_shipped_example_of_a_python_script_is_refused_with_a_hint() -> None:
    found = problems((MODELS / "refused" / "python_script.bpmn").read_bytes())
    assert [problem.code for problem in found] == ["expression_language"]
    assert "write in FEEL: area * 1.2" in found[0].fix
