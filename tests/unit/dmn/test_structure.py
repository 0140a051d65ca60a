"""Nothing of a file is passed over in silence: elements, attributes, names, languages, references and chains."""

from __future__ import annotations

import pytest

from engine import dmn, errors
from tests.unit.dmn.models import NAMESPACE, definitions, escaped, literal, table

ONE = "<literalExpression><text>1</text></literalExpression>"
IN = f"<in>{ONE}</in>"


def logic(box: str) -> bytes:
    return definitions(f'<decision id="t" name="t">{box}</decision>')


def problems(xml: bytes) -> list[tuple[str, str]]:
    """Code and English text of every problem; each has a place, a line, a hint and Persian."""
    with pytest.raises(errors.Invalid) as caught:
        dmn.load(xml)
    assert all(one.where and one.line and one.what_fa and one.fix and one.fix_fa for one in caught.value.problems)
    return [(one.code, one.what) for one in caught.value.problems if one.severity == "error"]


@pytest.mark.parametrize("box, what", [
    ("<unheard/>", "'unheard' has no place in 'decision'"),
    ("<itemDefinition name='a'/>", "'itemDefinition' has no place in 'decision'"),
    (ONE + ONE, "'decision' has more than one expression"),
    (ONE + "<list/>", "'decision' has more than one expression"),
    (ONE + "<variable name='t'/><variable name='t'/>", "'decision' has more than one variable"),
    ("<literalExpression/>", "the expression is empty"),
    ("<literalExpression><text> </text></literalExpression>", "the expression is empty"),
    ("<literalExpression><text>1</text><text>2</text></literalExpression>",
     "'literalExpression' has more than one text or importedValues"),
    ("<literalExpression><text>1<text>2</text></text></literalExpression>", "'text' has no place in 'text'"),
    (f"<context><contextEntry>{ONE}{ONE}</contextEntry></context>", "'contextEntry' has more than one expression"),
    ("<context><contextEntry><variable name='a'/></contextEntry></context>", "'contextEntry' has no expression"),
    (f"<context><contextEntry><variable/>{ONE}</contextEntry></context>", "'variable' has no name"),
    (f"<context><contextEntry><variable name='a'/>{ONE}</contextEntry><contextEntry><variable name='a'/>{ONE}"
     "</contextEntry></context>", "there are two of the name 'a' in 'context'"),
    (f"<context>{ONE}</context>", "'literalExpression' has no place in 'context'"),
    (f"<list>{ONE}<unheard/></list>", "'unheard' has no place in 'list'"),
    ("<list><row/></list>", "'row' has no place in 'list'"),
    (f"<relation><column name='a'/><column name='b'/><row>{ONE}</row></relation>",
     "the row has 1 cells for 2 columns"),
    (f"<relation><column name='a'/><row>{ONE}{ONE}</row></relation>", "the row has 2 cells for 1 columns"),
    (f"<relation><column name='a'/><row>{ONE}</row><unheard/></relation>", "'unheard' has no place in 'relation'"),
    ("<relation><column name='a'/><column name='a'/></relation>", "there are two of the name 'a' in 'relation'"),
    ("<relation><column/></relation>", "'column' has no name"),
    (f"<conditional><if>{ONE}</if><then>{ONE}</then></conditional>", "'conditional' has no else"),
    (f"<conditional><if>{ONE}</if><else>{ONE}</else></conditional>", "'conditional' has no then"),
    (f"<conditional><then>{ONE}</then><else>{ONE}</else></conditional>", "'conditional' has no if"),
    (f"<conditional><if>{ONE}</if><then>{ONE}</then><then>{ONE}</then><else>{ONE}</else></conditional>",
     "'conditional' has more than one then"),
    (f"<conditional><if/><then>{ONE}</then><else>{ONE}</else></conditional>", "'if' has no expression"),
    (f"<for iteratorVariable='i'>{IN}</for>", "'for' has no return"),
    (f"<for iteratorVariable='i'><return>{ONE}</return></for>", "'for' has no in"),
    (f"<for>{IN}<return>{ONE}</return></for>", "'for' has no iteratorVariable"),
    (f"<some iteratorVariable='i'>{IN}</some>", "'some' has no satisfies"),
    (f"<every iteratorVariable='i'>{IN}<return>{ONE}</return></every>", "'every' has no satisfies"),
    (f"<filter>{IN}</filter>", "'filter' has no match"),
    (f"<filter><match>{ONE}</match></filter>", "'filter' has no in"),
    (f"<filter>{IN}<match/></filter>", "'match' has no expression"),
    (f"<invocation><binding><parameter name='a'/>{ONE}</binding></invocation>", "'invocation' has no expression"),
    (f"<invocation>{ONE}<binding>{ONE}</binding></invocation>", "'binding' has no parameter"),
    (f"<invocation>{ONE}<binding><parameter name='a'/></binding></invocation>", "'binding' has no expression"),
    (f"<invocation>{ONE}<binding><parameter/>{ONE}</binding></invocation>", "'parameter' has no name"),
    (f"<invocation>{ONE}<binding><parameter name='a'/>{ONE}</binding><binding><parameter name='a'/>{ONE}</binding>"
     "</invocation>", "there are two of the name 'a' in 'invocation'"),
    ("<functionDefinition><formalParameter name='a'/></functionDefinition>", "'functionDefinition' has no expression"),
    (f"<functionDefinition><formalParameter name='a'/><formalParameter name='a'/>{ONE}</functionDefinition>",
     "there are two of the name 'a' in 'functionDefinition'"),
    (f"<functionDefinition><formalParameter/>{ONE}</functionDefinition>", "'formalParameter' has no name"),
    ("<literalExpression><importedValues namespace='urn:x' locationURI='x.xml' importType='urn:y'><importedElement>a"
     "</importedElement></importedValues></literalExpression>", "imported values are not supported: x.xml"),
    ('<literalExpression xmlns=""><text>1</text></literalExpression>',
     "'literalExpression' is in the namespace '', which is none of DMN 1.1 to 1.5"),
    ('<literalExpression xmlns="https://www.omg.org/spec/DMN/20990101/MODEL/"><text>1</text></literalExpression>',
     "'literalExpression' is in the namespace 'https://www.omg.org/spec/DMN/20990101/MODEL/', which is none of DMN 1.1 "
     "to 1.5"),
    ("<decisionTable><input id='i'/><output id='o'/></decisionTable>", "'input' has no inputExpression"),
    ("<decisionTable><output/><rule><outputEntry/><hint/></rule></decisionTable>", "'hint' has no place in 'rule'"),
    (f"<context><contextEntry>{ONE}</contextEntry><contextEntry>{ONE}</contextEntry></context>",
     "an entry stands after the context's result"),
    ("<relation><column name='n' typeRef='tNone'/></relation>", "there is no type 'tNone'"),
    ("<informationRequirement/>" + ONE, "'informationRequirement' has no requiredDecision or requiredInput"),
])
def test_what_has_no_place_is_missing_or_too_many_is_refused(box, what):
    assert what in [said for _, said in problems(logic(box))]


@pytest.mark.parametrize("body, what", [
    ("<unheard/>", "'unheard' has no place in 'definitions'"),
    ("<businessKnowledgeModel id='k' name='k'><encapsulatedLogic><unheard/></encapsulatedLogic>"
     "</businessKnowledgeModel>", "'unheard' has no place in 'encapsulatedLogic'"),
    (f"<businessKnowledgeModel id='k' name='k'>{ONE}</businessKnowledgeModel>",
     "'literalExpression' has no place in 'businessKnowledgeModel'"),
    ("<itemDefinition name='a'><typeRef>number</typeRef><itemComponent name='b'/></itemDefinition>",
     "the type has both typeRef and itemComponent"),
    ("<itemDefinition name='a'/><itemDefinition name='a'/>", "there are two of the name 'a' in 'definitions'"),
    ("<itemDefinition/>", "'itemDefinition' has no name"),
    ("<itemDefinition name='a'><itemComponent name='b'/><itemComponent name='b'/></itemDefinition>",
     "there are two of the name 'b' in 'itemDefinition'"),
    ("<decisionService id='s' name='s'><variable name='s'/></decisionService>", "the service has no output decision"),
])
def test_the_same_outside_of_decisions(body, what):
    assert what in [said for _, said in problems(definitions(body))]


EVERYTHING = f"""<description>d</description><extensionElements><x xmlns="urn:x"><y/></x></extensionElements>
<import name="o" namespace="urn:o" importType="http://www.w3.org/2001/XMLSchema" locationURI="a.xsd"/>
<itemDefinition name="tA" isCollection="1" label="l" typeLanguage="http://www.omg.org/spec/FEEL/20140401">
<typeRef>number</typeRef><allowedValues><text>&gt; 0</text></allowedValues></itemDefinition>
<itemDefinition name="tC"><itemComponent name="a"><typeRef>tA</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tF"><functionItem outputTypeRef="number"><parameters name="x" typeRef="number"/></functionItem>
</itemDefinition><itemDefinition name="tAny"/>
<decision id="t" name="t"><question>q</question><allowedAnswers>a</allowedAnswers><variable name="t"/>
<informationRequirement id="ir"><requiredInput href="#i"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
<authorityRequirement><requiredAuthority href="#s"/></authorityRequirement>
<supportedObjective href="#o"/><impactedPerformanceIndicator href="#p"/><decisionMaker href="#u"/>
<decisionOwner href="#u"/><usingProcess href="#x"/><usingTask href="#y"/>
<context id="c" typeRef="Any"><contextEntry id="ce"><variable name="rows"/><relation><column name="a" typeRef="number"/>
<row>{ONE}</row></relation></contextEntry><contextEntry><variable name="table"/><decisionTable hitPolicy="COLLECT"
 aggregation="SUM" preferredOrientation="Rule-as-Row" outputLabel="o"><input label="l"><inputExpression>
<text>i</text></inputExpression><inputValues><text>&gt; 0</text></inputValues></input><output><outputValues><text>1, 2
</text></outputValues><defaultOutputEntry><text>1</text></defaultOutputEntry></output><annotation name="n"/><rule>
<inputEntry><text>-</text></inputEntry><outputEntry><text>2</text></outputEntry><annotationEntry><text>n</text>
</annotationEntry></rule></decisionTable></contextEntry><contextEntry><filter typeRef="Any"><in id="in1">
<literalExpression><text>[k(i), table]</text></literalExpression></in><match><literalExpression><text>item > 0</text>
</literalExpression></match></filter></contextEntry></context></decision>
<inputData id="i" name="i"><variable name="i" typeRef="number"/></inputData>
<businessKnowledgeModel id="k" name="k"><variable name="k" typeRef="tF"/><encapsulatedLogic kind="FEEL">
<formalParameter name="x" typeRef="number"/><literalExpression><text>x</text></literalExpression></encapsulatedLogic>
<knowledgeRequirement><requiredKnowledge href="#k2"/></knowledgeRequirement>
<authorityRequirement><requiredDecision href="#t"/></authorityRequirement></businessKnowledgeModel>
<businessKnowledgeModel id="k2" name="k2"><encapsulatedLogic/></businessKnowledgeModel>
<knowledgeSource id="s" name="s" locationURI="urn:law"><authorityRequirement><requiredInput href="#i"/>
</authorityRequirement><type>law</type><owner href="#u"/></knowledgeSource>
<decisionService id="ds" name="ds"><outputDecision href="#t"/><inputData href="#i"/></decisionService>
<decision id="drawn" name="drawn"/>
<textAnnotation id="ta" textFormat="text/plain"><text>n</text></textAnnotation><group id="g" name="g"/>
<association id="as" associationDirection="None"><sourceRef href="#t"/><targetRef href="#ta"/></association>
<elementCollection id="ec" name="ec"><drgElement href="#t"/></elementCollection>
<performanceIndicator id="p" name="p" URI="urn:p"><impactingDecision href="#t"/></performanceIndicator>
<organizationUnit id="u" name="u"><decisionMade href="#t"/><decisionOwned href="#t"/></organizationUnit>
<dmndi:DMNDI xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"><dmndi:DMNDiagram/></dmndi:DMNDI>
<x:note xmlns:x="urn:x">foreign</x:note>"""


@pytest.mark.parametrize("namespace", [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/", NAMESPACE,
    "https://www.omg.org/spec/DMN/20211108/MODEL/", "https://www.omg.org/spec/DMN/20230324/MODEL/"])
def test_everything_that_the_schemas_know_is_taken(namespace):
    model = dmn.load(definitions(EVERYTHING, namespace=namespace))
    assert [(one.where, one.code) for one in model.warnings if one.code not in {"import"}] == [
        ("k2", "shape"), ("drawn", "shape")]
    result = model.evaluate("t", {"i": 3})
    assert result.value == [3, 2]


def test_what_is_drawn_only_is_null_and_says_so():
    result = dmn.load(definitions('<decision id="a" name="a"/>' + literal("t", "a", "a"))).evaluate("t", {})
    assert (result.value, list(result.warnings)) == (None, ["'a' has no logic"])


def test_an_attribute_that_dmn_does_not_have_is_warned_about():
    xml = table("UNIQUE", "x", "n", "1 -> 1").replace(b"hitPolicy=", b"hitpolicy=")
    assert [(one.code, one.what) for one in dmn.load(xml).warnings] == [
        ("shape", "'hitpolicy' is no attribute of DMN and has no effect")]


@pytest.mark.parametrize("language, accepted", [
    ("FEEL", True), ("feel", True), ("", True), ("http://www.omg.org/spec/FEEL/20140401", True),
    ("http://www.omg.org/spec/DMN/20180521/FEEL/", True), ("https://www.omg.org/spec/DMN/20191111/FEEL/", True),
    ("https://www.omg.org/spec/DMN/20211108/FEEL/", True), ("https://www.omg.org/spec/DMN/20230324/FEEL/", True),
    ("https://www.omg.org/spec/DMN/20230324/FEEL", True), ("javascript-feeling", False), ("juel", False),
    ("not FEEL", False), ("https://example.org/FEEL/", False), ("http://www.w3.org/2001/XMLSchema", False),
])
def test_feel_is_the_only_language(language, accepted):
    literal_ = f'<literalExpression expressionLanguage="{language}"><text>1</text></literalExpression>'
    typed = f'<itemDefinition name="a" typeLanguage="{language}"><typeRef>number</typeRef></itemDefinition>'
    whole = definitions(literal("t", "1")).replace(b"<definitions", b'<definitions expressionLanguage="%s"'
                                                  % language.encode())
    for xml in (logic(literal_), definitions(typed), whole):
        if accepted:
            dmn.load(xml)
        else:
            [(code, what)] = problems(xml)
            assert code == "unsupported"
            assert f"{language!r} is not supported" in what


def test_another_language_of_the_file_does_not_matter_where_each_text_names_feel():
    own = logic('<literalExpression expressionLanguage="FEEL"><text>1</text></literalExpression>')
    model = dmn.load(own.replace(b"<definitions", b'<definitions expressionLanguage="juel"'))
    assert model.evaluate("t", {}).value == 1


def test_a_chain_of_decisions_may_have_any_length():
    chain = literal("n0", "1") + "".join(literal(f"n{i}", f"n{i - 1} + 1", f"n{i - 1}") for i in range(1, 2000))
    result = dmn.load(definitions(chain)).evaluate("n1999", {})
    assert (result.value, len(result.trail)) == (2000, 2000)


def knowledge(name: str, text: str, requires: str = "") -> str:
    arrow = f'<knowledgeRequirement><requiredKnowledge href="#{requires}"/></knowledgeRequirement>' if requires else ""
    return (f'<businessKnowledgeModel id="{name}" name="{name}"><encapsulatedLogic><formalParameter name="x"/>'
            f"<literalExpression><text>{escaped(text)}</text></literalExpression></encapsulatedLogic>{arrow}"
            "</businessKnowledgeModel>")


def calling(count: int) -> bytes:
    """A decision that calls the last of so many knowledge models, each of which calls the one before it."""
    body = knowledge("k0", "x") + "".join(
        knowledge(f"k{i}", f"if x > 0 then [{{a: k{i - 1}(x) + 1}}][a > 0][1].a else 0", f"k{i - 1}")
        for i in range(1, count))
    last = f"k{count - 1}"
    return definitions(body + f'<decision id="t" name="t"><knowledgeRequirement><requiredKnowledge href="#{last}"/>'
                              f"</knowledgeRequirement><literalExpression><text>{last}(1)</text></literalExpression>"
                              "</decision>")


def serving(count: int) -> bytes:
    """The same with decision services."""
    parts = []
    for i in range(count):
        need = (f'<knowledgeRequirement><requiredKnowledge href="#s{i - 1}"/></knowledgeRequirement>' if i else "")
        text = f"s{i - 1}(i{i}) + 1" if i else "i0"
        parts.append(
            f'<inputData id="i{i}" name="i{i}"/><decision id="o{i}" name="o{i}"><informationRequirement>'
            f'<requiredInput href="#i{i}"/></informationRequirement>{need}<literalExpression><text>{text}</text>'
            f'</literalExpression></decision><decisionService id="s{i}" name="s{i}"><outputDecision href="#o{i}"/>'
            f'<inputData href="#i{i}"/></decisionService>')
    return definitions("".join(parts) + f'<decision id="t" name="t"><knowledgeRequirement><requiredKnowledge '
                                        f'href="#s{count - 1}"/></knowledgeRequirement><literalExpression><text>'
                                        f"s{count - 1}(1)</text></literalExpression></decision>")


@pytest.mark.parametrize("made", [calling, serving])
def test_functions_call_one_another_as_deep_as_an_evaluation_may_go(made):
    assert dmn.load(made(60)).evaluate("t", {}).value == 60
    [(code, what)] = problems(made(300))
    assert code == "too_deep"
    assert "more than 60" in what


@pytest.mark.parametrize("names", ["a", "ab", "abc", "dabc"])
def test_every_circle_is_told_with_its_way(names):
    circle = names[-3:]
    arrows = {name: circle[(circle.index(name) + 1) % len(circle)] for name in circle} | {"d": "a"}
    found = problems(definitions("".join(literal(name, "1", arrows[name]) for name in names)))
    assert found == [("cycle", f"{circle[-1]!r} requires itself: {' → '.join([*circle, circle[0]])}")]


def test_knowledge_and_services_in_a_circle_are_refused():
    body = knowledge("k", "m(x)", "m") + knowledge("m", "k(x)", "k")
    assert [code for code, _ in problems(definitions(body))] == ["cycle"]
    served = ('<decisionService id="s" name="s"><outputDecision href="#t"/></decisionService><decision id="t" name="t">'
              '<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>' + ONE + "</decision>")
    assert [code for code, _ in problems(definitions(served))] == ["cycle"]


def test_an_authority_is_no_input():
    body = literal("a", "1") + ('<decision id="t" name="t"><authorityRequirement><requiredDecision href="#a"/>'
                                "</authorityRequirement><literalExpression><text>a</text></literalExpression></decision>")
    result = dmn.load(definitions(body)).evaluate("t", {})
    assert (result.value, [step.decision_id for step in result.trail]) == (None, ["t"])


@pytest.mark.parametrize("arrow", [
    '<informationRequirement><requiredInput href="#a"/></informationRequirement>',
    '<informationRequirement><requiredDecision href="#i"/></informationRequirement>',
    '<informationRequirement><requiredDecision href="#k"/></informationRequirement>',
    '<knowledgeRequirement><requiredKnowledge href="#a"/></knowledgeRequirement>',
])
def test_an_arrow_points_to_what_it_can_mean(arrow):
    body = literal("a", "1") + '<inputData id="i" name="i"/>' + knowledge("k", "x")
    found = problems(definitions(body + f'<decision id="t" name="t">{arrow}{ONE}</decision>'))
    assert [code for code, _ in found] == ["reference"]


def test_two_required_elements_of_one_name_are_refused():
    body = literal("a", "1") + literal("b", "2").replace('name="b"', 'name="a"')
    assert ("duplicate", "'t' requires two elements of the name 'a'") in problems(
        definitions(body + literal("t", "a", "a b")))


@pytest.mark.parametrize("count, refused", [(40, False), (3000, True)])
def test_types_refer_to_one_another_through_a_few_others(count, refused):
    body = '<itemDefinition name="t0"><typeRef>number</typeRef></itemDefinition>' + "".join(
        f'<itemDefinition name="t{i}"><typeRef>t{i - 1}</typeRef></itemDefinition>' for i in range(1, count))
    xml = definitions(body + literal("t", "1", type_=f"t{count - 1}"))
    if refused:
        assert [code for code, _ in problems(xml)] == ["too_deep"]
    else:
        assert dmn.load(xml).evaluate("t", {}).value == 1


def test_a_circle_of_types_is_told_once():
    body = "".join(f'<itemDefinition name="t{i}"><typeRef>t{(i + 1) % 3}</typeRef></itemDefinition>' for i in range(3))
    assert [code for code, _ in problems(definitions(body))] == ["cycle"]


def test_equal_texts_are_compiled_once(monkeypatch):
    compiled = []
    compile_ = dmn.loader.feel.unary_tests
    monkeypatch.setattr("engine.feel.unary_tests", lambda text, **more: compiled.append(text) or compile_(text, **more))
    dmn.load(table("COLLECT", "x", "n", *["[1..5], > 9 -> 1"] * 50))
    assert compiled == ["[1..5], > 9"]


def test_names_of_several_words_are_known_however_many_there_are():
    count = 1500
    body = literal("n0", "1").replace('name="n0"', 'name="the rate 0"') + "".join(
        literal(f"n{i}", f"the rate {i - 1} + 1", f"n{i - 1}").replace(f'name="n{i}"', f'name="the rate {i}"')
        for i in range(1, count))
    assert dmn.load(definitions(body)).evaluate(f"n{count - 1}", {}).value == count


def test_a_file_with_too_much_to_compile_is_refused():
    rows = (", ".join(f"[{i + j / 1000}..{i}.5]" for i in range(100)) for j in range(400))
    assert [code for code, _ in problems(table("UNIQUE", "x", "n", *(f"{row} -> 1" for row in rows)))] == ["too_large"]


def test_an_imported_model_may_have_two_names_and_hides_nothing():
    shared = dmn.load(definitions(literal("rate", "5")))
    body = "".join(f'<import name="{name}" namespace="urn:test" importType="{NAMESPACE}"/>' for name in ("a", "b"))
    body += ('<decision id="t" name="t"><informationRequirement><requiredDecision href="urn:test#rate"/>'
             "</informationRequirement><literalExpression><text>a.rate + b.rate</text></literalExpression></decision>")
    other = definitions(body).replace(b'namespace="urn:test">', b'namespace="urn:other">', 1)
    assert dmn.load(other, imported=[shared]).evaluate("t", {"a": 7}).value == 10
    with pytest.raises(errors.Invalid) as caught:
        dmn.load(other.replace(b'name="b" namespace', b'name="a" namespace'), imported=[shared])
    assert "duplicate" in [one.code for one in caught.value.problems]


def test_models_of_one_namespace_cannot_be_told_apart():
    shared = [dmn.load(definitions(literal("rate", text))) for text in "56"]
    other = definitions(f'<import name="a" namespace="urn:test" importType="{NAMESPACE}"/>').replace(
        b'namespace="urn:test">', b'namespace="urn:other">', 1)
    with pytest.raises(errors.Invalid) as caught:
        dmn.load(other, imported=shared)
    assert [(one.code, one.what) for one in caught.value.problems] == [
        ("import", "the imported model 'urn:test' is that of several models")]


def test_two_models_are_not_imported_under_one_name():
    known = ("urn:b", "urn:c")
    shared = [dmn.load(definitions(literal(one, "5")).replace(b"urn:test", one.encode())) for one in known]
    body = "".join(f'<import name="a" namespace="{one}" importType="{NAMESPACE}"/>' for one in known)
    with pytest.raises(errors.Invalid) as caught:
        dmn.load(definitions(body), imported=shared)
    assert [(one.code, one.what) for one in caught.value.problems] == [("duplicate", "two models are imported as 'a'")]
    assert dmn.load(definitions(body.replace('"a"', '""')), imported=shared)


def test_a_decision_is_found_by_the_name_of_its_variable_or_its_own():
    xml = definitions('<decision id="t" name="for people"><variable name="spoken"/>' + ONE + "</decision>")
    model = dmn.load(xml)
    assert [model.evaluate(asked, {}).value for asked in ("t", "spoken", "for  people")] == [1, 1, 1]
    with pytest.raises(errors.NotFound):
        model.find("nobody")


def test_a_service_says_which_input_is_missing_or_left_out():
    body = ('<inputData id="i" name="i"/><decision id="a" name="a"><informationRequirement><requiredInput href="#i"/>'
            "</informationRequirement><literalExpression><text>i</text></literalExpression></decision>")
    service = '<decisionService id="s" name="s"><outputDecision href="#a"/>{}</decisionService>'
    model = dmn.load(definitions(body + service.format('<inputData href="#i"/>')))
    assert not model.warnings
    assert list(model.evaluate("s", {}).warnings) == ["the input 'i' is missing"]
    assert [one.code for one in dmn.load(definitions(body + service.format(""))).warnings] == ["service"]
    missing = definitions(body + service.format('<encapsulatedDecision href="#gone"/>'))
    assert [code for code, _ in problems(missing)] == ["reference"]


def test_a_file_of_nothing_but_problems_is_refused_with_the_first_of_them():
    found = problems(definitions("<unheard/>" * 5000))
    assert len(found) == 1001
    assert found[-1] == ("too_many", "there are more than 1000 problems")


def test_more_warnings_than_anyone_reads_do_not_let_an_error_pass():
    warned = " ".join(f'b{n}="1"' for n in range(1000))
    xml = definitions(f'<decision id="a" name="a" {warned}/>' + literal("b", "1 +"))
    assert [code for code, _ in problems(xml)] == ["too_many"]
