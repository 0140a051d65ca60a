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


@pytest.mark.parametrize("logic", [
    "<literalExpression><text>nobody has this(1)</text></literalExpression>",
    "<literalExpression><text>[1][nobody(item)]</text></literalExpression>",
    "<literalExpression/>", "<literalExpression><text/></literalExpression>",
    "<unheard><text>1</text></unheard>", "<context><contextEntry><variable name='a'/></contextEntry></context>",
    "<list><unheard/></list>", "<conditional><if><literalExpression><text>false</text></literalExpression></if>"
    "<then><literalExpression><text>1</text></literalExpression></then></conditional>",
    "<for><in><literalExpression><text>null</text></literalExpression></in><return><literalExpression><text>1</text>"
    "</literalExpression></return></for>",
    "<filter><in><literalExpression><text>null</text></literalExpression></in></filter>",
    "<invocation><binding><parameter name='a'/></binding></invocation>",
    "<relation><column name='a'/><row/></relation>",
    "<literalExpression expressionLanguage='javascript-feeling'><text>null</text></literalExpression>",
    "<decisionTable><input id='i'/><output id='o'/></decisionTable>",
    "<functionDefinition kind='Java'><literalExpression><text>1</text></literalExpression></functionDefinition>",
    '<literalExpression xmlns=""><text>null</text></literalExpression>',
])
@pytest.mark.parametrize("error", [True, False])
def test_null_does_not_count_where_we_pass_something_over(reasons, logic, error):
    model = f'<decision id="it" name="it"><variable name="it"/>{logic}</decision>' + decision("sound", "1 + null")
    [odd, sound] = reasons(model, case("it", NULL, error=error), case("sound", NULL, error=error))
    assert odd.startswith("not compiled")
    assert sound == ""


def test_a_function_counts_as_there_where_the_model_binds_its_name(reasons):
    model = decision("f", "1") + decision("it", "f(1)", "f") + decision("bound", "for g in [1] return g(1)")
    assert reasons(model, case("it", NULL), case("bound", "<list><item><value xsi:nil='1'/></item></list>")) == ["", ""]


def test_every_decision_of_a_circle_fails_wherever_the_circle_is_entered(reasons):
    model = decision("d", "a", "a") + decision("a", "b", "b") + decision("b", "c", "c") + decision("c", "a", "a")
    assert [reason.partition(":")[0] for reason in reasons(model, *(case(name, NULL) for name in "dabc"))] == [
        "not compiled"] * 4


def test_a_decision_without_logic_is_null(reasons):
    assert reasons('<decision id="it" name="it"/>', case("it", NULL)) == [""]


def test_a_decision_that_is_there_twice_is_no_answer(reasons):
    model = decision("a", "1") + decision("b", "2").replace('name="b"', 'name="a"')
    assert reasons(model, case("a", value("1", "decimal"))) == ["the model has 2 decisions 'a'"]


@pytest.mark.parametrize("expected, text", [
    ("<component name='a'><value xsi:type='xsd:int'>2</value></component>"
     "<component name='a'><value xsi:type='xsd:int'>1</value></component>", "{a: 1}"),
    ("<list><other><value xsi:type='xsd:int'>1</value></other></list>", "[1]"),
    ("<value xsi:type='xsd:int'>1<more/></value>", "1"), ("<value xsi:type='xsd:unheard'>1</value>", "1"),
    ("<value/><value/>", "null"), ("", "null"), ("text", "null"),
])
def test_an_expectation_that_says_nothing_clear_is_no_pass(reasons, expected, text):
    assert reasons(decision("it", text), case("it", expected))[0]


def test_two_expectations_are_no_pass(reasons):
    planted = case("it", value("1", "int")).replace("</expected>", f"</expected><expected>{NULL}</expected>")
    assert reasons(decision("it", "1"), planted) == ["the case says 2 expected value"]


def test_an_expected_error_needs_no_value_and_may_be_written_1(reasons):
    without = case("it", "", error=True)
    wrong = case("one", value("1", "int"), error=True).replace('"true"', '"1"')
    assert reasons(decision("it", "1 + null") + decision("one", "1"), without, wrong) == [
        "", "1 (number), not an error"]


@pytest.mark.parametrize("text, expected, passes", [
    ("1 / 3", "0.33333333", True), ("1 / 3", "0.33333334", False), ("2 / 3", "0.66666667", True),
    ("2 / 3", "0.66666666", True), ("2 / 3", "0.66666668", False), ("-2 / 3", "-0.66666666", True),
    ("-2 / 3", "-0.66666668", False), ("100000 + 1 / 3", "100000.33333339", False), ("0", "0.00000001", False),
    ("1 / 3", "0.333333333333333", True), ("0.1 + 0.2", "0.30000000000000004", True), ("1", "1.0000000001", False),
])
def test_a_rounded_number_stands_for_what_rounds_to_it(reasons, text, expected, passes):
    assert (reasons(decision("it", text), case("it", value(expected, "decimal"))) == [""]) is passes


def test_an_input_that_is_there_twice_or_cannot_be_read_is_no_pass(reasons):
    model = '<inputData id="i" name="i"/>' + decision("it", "null")
    given = '<inputNode name="i"><value xsi:type="xsd:date">{}</value></inputNode>'
    assert all(reasons(model, case("it", NULL, inputs=given.format("2026-02-30")),
                       case("it", NULL, inputs=given.format("2026-02-03") * 2)))


def test_a_service_without_the_output_asked_for_is_no_null(reasons):
    model = decision("a", "1") + decision("b", "2") + (
        '<decisionService id="s" name="s"><outputDecision href="#a"/><outputDecision href="#b"/></decisionService>')
    called = [case(name, expected).replace("<testCase", '<testCase type="decisionService" invocableName="s"')
              for name, expected in (("b", value("2", "int")), ("gone", NULL))]
    right, wrong = reasons(model, *called)
    assert right == ""
    assert "no output 'gone'" in wrong


def test_what_spends_its_budget_or_asks_too_much_is_no_error_of_the_model(reasons):
    assert "Budget" in reasons(decision("it", "for i in 1..1000000000 return i"), case("it", NULL, error=True))[0]


@pytest.mark.parametrize("text, said", [
    (TESTS.format(""), "holds no case"),
    ("<!DOCTYPE testCases [<!ENTITY one '1'>]>" + TESTS.format(case("it", value("&one;", "int"))), "DOCTYPE"),
])
def test_a_test_file_without_cases_or_with_entities_fails(reasons, tmp_path, text, said):
    reasons(decision("it", "1"))
    file = tmp_path / "compliance-level-3" / "made" / "m-test-01.xml"
    file.write_text(text, encoding="utf-8")
    [outcome] = dmn.run_folder(file.parent)
    assert not outcome.passed
    assert said in outcome.reason
