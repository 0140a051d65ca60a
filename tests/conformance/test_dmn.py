"""The DMN runner: what counts as right, and that nothing passes by our failing to read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import dmn

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="m" namespace="urn:m">{}
</definitions>"""
TESTS = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<modelName>m.dmn</modelName>{}</testCases>"""
NULL = '<value xsi:nil="true"/>'


def decision(name: str, text: str, *needs: str) -> str:
    arrows = "".join(f'<informationRequirement id="{name}{need}"><requiredDecision href="#{need}"/>'
                     f'</informationRequirement>' for need in needs)
    return (f'<decision id="{name}" name="{name}"><variable name="{name}"/>{arrows}<literalExpression><text>{text}'
            f'</text></literalExpression></decision>')


def case(name: str, expected: str, *, error: bool = False, inputs: str = "", id: str = "1") -> str:
    said = ' errorResult="true"' if error else ""
    inner = f"<expected>{expected}</expected>" if expected else ""
    return (f'<testCase id="{id}">{inputs}<resultNode name="{name}" type="decision"{said}>{inner}</resultNode>'
            f'</testCase>')


def value(text: str, type_: str) -> str:
    return f'<value xsi:type="xsd:{type_}">{text}</value>'


@pytest.fixture
def reasons(tmp_path: Path):
    """Why each case fails, in order; empty texts for those that pass."""
    def run(model: str, *cases: str) -> list[str]:
        folder = tmp_path / "compliance-level-3" / "made"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "m.dmn").write_text(MODEL.format(model), encoding="utf-8")
        (folder / "m-test-01.xml").write_text(TESTS.format("".join(cases)), encoding="utf-8")
        outcomes = dmn.run_folder(folder)
        assert all(outcome.passed == (not outcome.reason) for outcome in outcomes)
        return [outcome.reason for outcome in outcomes]

    return run


def test_a_right_value_passes_and_a_wrong_one_does_not(reasons):
    assert reasons(decision("fee", "2 + 2"), case("fee", value("4", "decimal")), case("fee", value("5", "decimal"))) \
        == ["", "4 (number), not 5 (number)"]


@pytest.mark.parametrize("text, expected", [
    ('"4"', value("4", "decimal")), ("4", value("4", "string")), ("true", value("true", "string")),
    ('@"2026-01-01"', value("2026-01-01T00:00:00", "dateTime")), ('@"P1D"', value("P1M", "duration")),
    ("[1]", value("1", "decimal")), ("[1, 2]", "<list><item><value xsi:type='xsd:decimal'>1</value></item></list>"),
    ("{a: 1}", "<component name='b'><value xsi:type='xsd:decimal'>1</value></component>"),
    ('""', NULL), ("[]", NULL), ("null", value("", "string")), ("1", value("1.0000000001", "decimal")),
    ('@"2026-01-01T12:00:00Z"', value("2026-01-01T12:00:00", "dateTime")),
    ('@"2026-01-01T12:00:00Z"', value("2026-01-01T12:00:00+01:00", "dateTime")),
])
def test_another_value_or_another_kind_fails(reasons, text, expected):
    assert reasons(decision("it", text), case("it", expected))[0]


@pytest.mark.parametrize("text, expected", [
    ("1.50", value("1.5", "decimal")), ('@"PT36H"', value("P1DT12H", "duration")),
    ('@"2026-01-01T12:00:00+03:30"', value("2026-01-01T08:30:00Z", "dateTime")),
    ('@"2026-01-01T12:00:00@Asia/Tehran"', value("2026-01-01T08:30:00Z", "dateTime")),
    ("1 / 3", value("0.333333333333", "double")), ("[]", "<list/>"),
    ("[1, null]", f"<list><item>{value('1', 'int')}</item><item>{NULL}</item></list>"),
])
def test_the_same_value_written_otherwise_passes(reasons, text, expected):
    assert reasons(decision("it", text), case("it", expected)) == [""]


@pytest.mark.parametrize("error", [True, False])
def test_null_does_not_count_where_the_expression_did_not_parse(reasons, error):
    [broken, sound] = reasons(decision("broken", "1 +") + decision("sound", "1 + null"),
                              case("broken", NULL, error=error), case("sound", NULL, error=error))
    assert broken.startswith("not compiled: '1 +'")
    assert sound == ""


def test_null_does_not_count_where_something_required_did_not_parse(reasons):
    model = decision("broken", "1 +") + decision("near", "broken", "broken") + decision("far", "near = 5", "near")
    assert [reason.partition(":")[0] for reason in reasons(
        model, case("near", NULL), case("far", value("false", "boolean")))] == ["not compiled", "not compiled"]


def test_nothing_of_a_file_counts_whose_types_cannot_be_read(reasons):
    model = '<itemDefinition name="t"><typeRef>no_such_type</typeRef></itemDefinition>' + decision("it", "1")
    assert reasons(model, case("it", value("1", "decimal")))[0].startswith("not compiled")


def test_an_error_is_expected_to_be_null(reasons):
    assert reasons(decision("it", "1"), case("it", value("1", "decimal"), error=True)) == ["1 (number), not an error"]


def test_a_case_without_an_expected_value_or_a_result_fails(reasons):
    assert reasons(decision("it", "null"), case("it", ""), '<testCase id="2"/>') == [
        "the case says no expected value", "the case names no result"]


def test_a_case_fails_whose_decision_is_not_there(reasons):
    assert reasons(decision("it", "null"), case("other", NULL)) == ["the model has no decision 'other'"]


def test_a_test_file_that_cannot_be_understood_fails(reasons):
    assert "no number" in reasons(decision("it", "1"), case("it", value("one", "decimal")))[0]


def test_a_case_passes_when_all_its_results_do(reasons):
    second = case("b", value("3", "decimal")).partition(">")[2]
    both = case("a", value("1", "decimal")).replace("</testCase>", "") + second
    assert reasons(decision("a", "1") + decision("b", "2"), both) == ["2 (number), not 3 (number)"]


def test_a_knowledge_model_is_called_with_the_inputs(reasons):
    model = """<businessKnowledgeModel id="k" name="twice"><variable name="twice"/><encapsulatedLogic>
<formalParameter name="n" typeRef="number"/><literalExpression><text>n * 2</text></literalExpression>
</encapsulatedLogic></businessKnowledgeModel>"""
    given = f'<inputNode name="n">{value("4", "decimal")}</inputNode>'
    right, wrong = (case("twice", value(text, "decimal"), inputs=given).replace(
        "<testCase", '<testCase type="bkm" invocableName="twice"') for text in ("8", "9"))
    assert reasons(model, right, wrong) == ["", "8 (number), not 9 (number)"]


def test_without_a_model_name_the_model_is_that_of_the_same_name(reasons, tmp_path):
    assert reasons(decision("it", "1"), case("it", value("1", "decimal"))) == [""]
    file = tmp_path / "compliance-level-3" / "made" / "m-test-01.xml"
    file.write_text(file.read_text(encoding="utf-8").replace("<modelName>m.dmn</modelName>", ""), encoding="utf-8")
    assert [outcome.passed for outcome in dmn.run_folder(file.parent)] == [True]


def test_a_function_outside_of_feel_is_refused_by_name(reasons):
    text = 'function(x) external {java: {class: "java.lang.Math", method signature: "abs(double)"}}'
    assert "external function" in reasons(decision("it", text), case("it", NULL))[0]


def test_what_stands_on_another_file_needs_that_file(reasons, tmp_path):
    model = ('<import name="other" namespace="urn:other" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
             '<decision id="it" name="it"><variable name="it"/><informationRequirement id="r">'
             '<requiredDecision href="urn:other#five"/></informationRequirement>'
             '<literalExpression><text>other.five + 1</text></literalExpression></decision>')
    assert reasons(model, case("it", value("6", "decimal")))[0].startswith("not compiled")
    (tmp_path / "compliance-level-3" / "made" / "other.dmn").write_text(
        MODEL.format(decision("five", "5")).replace("urn:m", "urn:other"), encoding="utf-8")
    assert reasons(model, case("it", value("6", "decimal"))) == [""]


def test_a_file_that_is_missing_or_broken_fails_its_cases(reasons, tmp_path):
    file = tmp_path / "compliance-level-3" / "made" / "m.dmn"
    assert reasons(decision("it", "1"), case("it", value("1", "decimal"))) == [""]
    file.unlink()
    [missing] = dmn.run_folder(file.parent)
    assert missing.reason == "there is no file 'm.dmn'"
    file.write_text("<definitions", encoding="utf-8")
    [broken] = dmn.run_folder(file.parent)
    assert broken.reason.startswith("the model is refused")
    (file.parent / "m-test-01.xml").write_text("<testCases", encoding="utf-8")
    [unread] = dmn.run_folder(file.parent)
    assert unread.reason.startswith("no XML")


def test_the_order_of_elements_changes_nothing(reasons):
    decisions = [decision("a", "1"), decision("b", "a + 1", "a"), decision("c", "1 +")]
    cases = [case("a", value("1", "decimal"), id="a"), case("b", value("2", "decimal"), id="b"),
             case("c", NULL, id="c")]
    there, back = reasons("".join(decisions), *cases), reasons("".join(decisions[::-1]), *cases[::-1])
    assert there == back[::-1]
    assert [bool(reason) for reason in there] == [False, False, True]
