"""Files that are refused, with everything that is wrong with them."""

from __future__ import annotations

import pytest

from engine import dmn, errors
from tests.unit.dmn.models import definitions, literal, table


def problems(xml: bytes) -> list[tuple[str, str]]:
    """Where and code of each problem of a refused file."""
    with pytest.raises(errors.Invalid) as caught:
        dmn.load(xml, file="decisions/x.dmn")
    found = caught.value.problems
    assert all(problem.file == "decisions/x.dmn" and problem.what and problem.what_fa for problem in found)
    return [(problem.where, problem.code) for problem in found]


@pytest.mark.parametrize("xml, code", [
    (b"", "not_xml"), (b"<definitions", "not_xml"), (b"<html/>", "not_dmn"), (b"\xff\xfe\x00", "not_xml"),
    (b'<definitions xmlns="urn:other"/>', "not_dmn"), (b" " * 2_000_001, "too_large"),
    (b'<!DOCTYPE a [<!ENTITY x "y">]><definitions>&x;</definitions>', "doctype"),
    (b'<?xml version="1.0"?><!-- a --><!-- b -->\n<!DOCTYPE a [<!ENTITY x "&x;">]><definitions a="&x;"/>', "doctype"),
    (b"<!--" + b"--><!--" * 50_000 + b"<!DOCTYPE", "not_xml"),
    (b'<!DOCTYPE definitions SYSTEM "file:///etc/passwd"><definitions/>', "doctype"),
    (b"<a>" * 300 + b"</a>" * 300, "not_xml"),
    (definitions(literal("t", '"خوب"')).decode().encode("utf-16"), "encoding"),
    (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + definitions(literal("t", '"خوب"')), "encoding"),
])
def test_a_file_that_is_no_model_is_refused(xml, code):
    assert [found for _, found in problems(xml)] == [code]


def test_all_problems_are_reported_at_once():
    xml = definitions(
        literal("broken", "1 +") + literal("typed", "1", type_="tNothing") + literal("needs", "1", "missing")
        + '<decision id="odd" name="odd"><decisionTable id="odd_table" hitPolicy="SOMETIMES"><input id="i"/>'
          '<output id="o"/><rule id="r"><outputEntry id="c"><text>1</text></outputEntry></rule></decisionTable>'
          "</decision>")
    assert set(problems(xml)) == {
        ("broken_logic", "feel"), ("typed", "unknown_type"), ("needs", "reference"), ("odd_table", "hit_policy"),
        ("i", "shape"), ("r", "shape")}


def test_a_fault_in_a_cell_has_its_line_and_column():
    xml = table("UNIQUE", "x", "n", "< -> 1", "> 1 -> 2 +").replace(b"<rule", b"\n<rule")
    with pytest.raises(errors.Invalid) as caught:
        dmn.load(xml)
    assert [(problem.where, problem.line) for problem in caught.value.problems] == [("r1", 2), ("r2", 3)]
    assert "line 1, column 2" in caught.value.problems[0].what


@pytest.mark.parametrize("xml, code", [
    (definitions(literal("a", "b", "b") + literal("b", "a", "a")), "cycle"),
    (definitions(literal("a", "1") + literal("a", "2")), "duplicate"),
    (definitions('<decision id="t" name="t"><literalExpression expressionLanguage="python"><text>1</text>'
                 "</literalExpression></decision>"), "unsupported"),
    (definitions('<businessKnowledgeModel id="k" name="k"><encapsulatedLogic kind="Java"/></businessKnowledgeModel>'),
     "unsupported"),
    (definitions(literal("t", "function(x) external {java: {}}")), "feel"),
    (definitions('<import name="m" namespace="urn:m" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
     "import"),
    (table("PRIORITY", "x", "n", "1 -> 2"), "hit_policy"), (table("UNIQUE SUM", "x", "n", "1 -> 2"), "hit_policy"),
    (definitions('<decision id="t" name="t"><decisionTable id="e"/></decision>'), "shape"),
])
def test_what_cannot_work_is_refused(xml, code):
    assert code in {found for _, found in problems(xml)}


def test_a_decision_that_reads_what_it_does_not_require_is_warned_about():
    model = dmn.load(definitions(literal("a", "1") + literal("t", "a + 1")))
    assert [(warning.where, warning.code) for warning in model.warnings] == [("t", "requirement")]
    assert model.evaluate("t", {}).value is None


def test_an_unknown_function_is_warned_about():
    model = dmn.load(definitions(literal("t", "ad working days(1)")))
    assert [(warning.where, warning.code) for warning in model.warnings] == [("t_logic", "unknown_function")]
