"""Every version of DMN, and models that import one another."""

from __future__ import annotations

import pytest

from engine import dmn, errors
from tests.unit.dmn.models import definitions, literal, table

VERSIONS = {
    "1.1": "http://www.omg.org/spec/DMN/20151101/dmn.xsd", "1.2": "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "1.3": "https://www.omg.org/spec/DMN/20191111/MODEL/", "1.4": "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "1.5": "https://www.omg.org/spec/DMN/20230324/MODEL/",
}
PREFIXED = """<dmn:definitions xmlns:dmn="{namespace}" xmlns:feel="http://www.omg.org/spec/FEEL/20140401" id="d"
 name="m" namespace="urn:v" expressionLanguage="http://www.omg.org/spec/FEEL/20140401">
<dmn:itemDefinition name="tAge"><dmn:typeRef>feel:number</dmn:typeRef></dmn:itemDefinition>
<dmn:inputData id="age" name="age"><dmn:variable name="age" typeRef="tAge"/></dmn:inputData>
<dmn:decision id="t" name="Band of age"><dmn:variable name="Band of age" typeRef="feel:string"/>
<dmn:informationRequirement><dmn:requiredInput href="#age"/></dmn:informationRequirement>
<dmn:decisionTable id="table" hitPolicy="UNIQUE"><dmn:input id="i"><dmn:inputExpression typeRef="feel:number">
<dmn:text>age</dmn:text></dmn:inputExpression></dmn:input><dmn:output id="o" name="band" typeRef="feel:string"/>
<dmn:rule id="r1"><dmn:inputEntry id="a"><dmn:text>&lt; 18</dmn:text></dmn:inputEntry><dmn:outputEntry id="b">
<dmn:text>"minor"</dmn:text></dmn:outputEntry></dmn:rule><dmn:rule id="r2"><dmn:inputEntry id="c">
<dmn:text>&gt;= 18</dmn:text></dmn:inputEntry><dmn:outputEntry id="e"><dmn:text>"adult"</dmn:text></dmn:outputEntry>
</dmn:rule></dmn:decisionTable></dmn:decision></dmn:definitions>"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_of_each_version_decides(version):
    model = dmn.load(PREFIXED.format(namespace=VERSIONS[version]).encode())
    assert [model.evaluate(decision, {"age": 20}).value for decision in ("t", "Band of age")] == ["adult", "adult"]
    assert not dmn.analyse(model)


def importing(name: str, namespace: str, body: str, *, own: str = "urn:importing", location: str = "") -> bytes:
    at = f' locationURI="{location}"' if location else ""
    return definitions(f'<import name="{name}" namespace="{namespace}"{at} importType="{VERSIONS["1.3"]}"/>{body}'
                       ).replace(b'"model" namespace="urn:test"', f'"model" namespace="{own}"'.encode())


SHARED = definitions('<itemDefinition name="tRate"><typeRef>number</typeRef></itemDefinition>'
                     '<businessKnowledgeModel id="k" name="twice"><encapsulatedLogic><formalParameter name="x"/>'
                     "<literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic>"
                     "</businessKnowledgeModel>" + literal("rate", "5"))
USES = ('<decision id="t" name="t"><variable name="t" typeRef="{prefix}tRate"/><informationRequirement>'
        '<requiredDecision href="urn:test#rate"/></informationRequirement><knowledgeRequirement>'
        '<requiredKnowledge href="urn:test#k"/></knowledgeRequirement><literalExpression>'
        "<text>{prefix}twice({prefix}rate)</text></literalExpression></decision>")


@pytest.mark.parametrize("name, prefix", [("shared", "shared."), ("", "")])
def test_types_decisions_and_knowledge_are_imported(name, prefix):
    xml = importing(name, "urn:test", USES.format(prefix=prefix))
    assert dmn.load(xml, imported=[dmn.load(SHARED)]).evaluate("t", {}).value == 10


def test_files_that_import_one_another_load_in_any_order():
    middle = importing("shared", "urn:test", USES.format(prefix="shared."), own="urn:middle")
    last = importing("m", "urn:middle", '<decision id="z" name="z"><informationRequirement><requiredDecision '
                                        'href="urn:middle#t"/></informationRequirement><literalExpression><text>m.t + 1'
                                        "</text></literalExpression></decision>")
    loaded = dmn.load_all({"a.dmn": last, "b.dmn": middle, "c.dmn": SHARED})
    assert loaded.problems == []
    result = loaded.models["a.dmn"].evaluate("z", {})
    assert result.value == 11
    assert [step.decision_id for step in result.trail] == ["rate", "t", "z"]


def problems(**files: bytes) -> list[tuple[str | None, str]]:
    return [(one.file, one.code) for one in dmn.load_all({f"{name}.dmn": xml for name, xml in files.items()}).problems]


def test_an_import_that_is_not_there_or_goes_in_a_circle_is_a_problem():
    assert ("a.dmn", "import") in problems(a=importing("s", "urn:gone", literal("t", "1")))
    circle = {"a": importing("b", "urn:b", literal("x", "1"), own="urn:a"),
              "b": importing("a", "urn:a", literal("y", "1"), own="urn:b")}
    assert problems(**circle) == [("a.dmn", "import"), ("b.dmn", "import")]


def test_of_files_with_one_namespace_the_location_says_which_is_meant():
    uses = USES.format(prefix="shared.")
    other = definitions(literal("other", "1"))
    assert problems(a=importing("shared", "urn:test", uses), b=SHARED, c=other)[0] == ("a.dmn", "import")
    loaded = dmn.load_all({"a.dmn": importing("shared", "urn:test", uses, location="b.dmn"), "b.dmn": SHARED,
                           "c.dmn": other})
    assert loaded.models["a.dmn"].evaluate("t", {}).value == 10


def test_a_file_that_is_refused_takes_those_that_import_it_along_without_an_echo():
    uses = importing("shared", "urn:test", USES.format(prefix="shared."))
    loaded = dmn.load_all({"a.dmn": uses, "b.dmn": definitions(literal("rate", "5 +"))})
    assert [(one.file, one.code) for one in loaded.problems] == [("b.dmn", "feel")]
    assert not loaded.models


EXTERNAL = ("<context><contextEntry><variable name=\"{first}\"/><literalExpression><text>\"{one}\"</text>"
            "</literalExpression></contextEntry><contextEntry><variable name=\"second\"/><literalExpression>"
            "<text>\"{two}\"</text></literalExpression></contextEntry></context>")


@pytest.mark.parametrize("kind, one, two", [("Java", "java.lang.Math", "cos(double)"), ("PMML", "score.pmml", "risk")])
def test_external_functions_are_refused_by_name(kind, one, two):
    logic = EXTERNAL.format(first="class", one=one, two=two)
    for body in (f'<businessKnowledgeModel id="k" name="k"><encapsulatedLogic kind="{kind}">{logic}</encapsulatedLogic>'
                 "</businessKnowledgeModel>",
                 f'<decision id="t" name="t"><functionDefinition kind="{kind}">{logic}</functionDefinition>'
                 "</decision>"):
        with pytest.raises(errors.Invalid) as caught:
            dmn.load(definitions(body))
        assert [(one_.code, one_.what) for one_ in caught.value.problems] == [
            ("unsupported", f"{kind} functions are not supported: {one}.{two}")]


SERVED = definitions(
    '<inputData id="on" name="on"><variable name="on" typeRef="date"/></inputData>'
    '<decision id="base" name="base"><informationRequirement><requiredInput href="#on"/></informationRequirement>'
    "<literalExpression><text>on.year</text></literalExpression></decision>" + literal("next", "base + 1", "base")
    + literal("last", "next + 1", "next")
    + '<decisionService id="whole" name="Whole"><outputDecision href="#last"/><encapsulatedDecision href="#next"/>'
      '<encapsulatedDecision href="#base"/><inputData href="#on"/></decisionService>'
      '<decisionService id="part" name="Part"><outputDecision href="#last"/><outputDecision href="#next"/>'
      '<inputDecision href="#base"/></decisionService>')


def test_a_service_evaluates_what_is_inside_and_takes_the_rest_as_inputs():
    model = dmn.load(SERVED)
    assert not model.warnings
    whole = model.evaluate("whole", {"on": "2026-05-01"})
    assert (whole.value, [step.decision_id for step in whole.trail]) == (2028, ["base", "next", "last"])
    part = model.evaluate("Part", {"base": 1})
    assert (part.value, [step.decision_id for step in part.trail]) == ({"last": 3, "next": 2}, ["next", "last"])


def test_a_service_that_leaves_out_what_it_needs_is_warned_about():
    xml = SERVED.replace(b'<encapsulatedDecision href="#base"/>', b"")
    assert [(one.where, one.code) for one in dmn.load(xml).warnings] == [("whole", "service")]


def test_an_aggregation_of_several_outputs_is_refused():
    with pytest.raises(errors.Invalid) as caught:
        dmn.load(table("COLLECT SUM", "x", "a | b", "1 -> 1 | 2"))
    assert [one.code for one in caught.value.problems] == ["hit_policy"]
