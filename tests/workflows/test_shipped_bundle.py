"""What ships under bpmn/ and docs/examples is consistent: diagrams, decisions, forms, rules, conditions, examples."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from engine import dmn, feel
from tests import scenario
from workflows import bootstrap, catalogue, forms, rule_values, rules

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
URBAN = "create-urban-office"
CASES = [(path.parent.name, case) for path in sorted(EXAMPLES.glob("*/cases.json"))
         for case in json.loads(path.read_text(encoding="utf-8"))]
NS = {"bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL", "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
      "dc": "http://www.omg.org/spec/DD/20100524/DC", "di": "http://www.omg.org/spec/DD/20100524/DI"}
OWN = "{urn:parvaneh:bpmn:1}"
DIAGRAMS = {name: etree.fromstring(content) for name, content in scenario.bundle().items() if name.endswith(".bpmn")}
FORMS = {name: json.loads(content) for name, content in scenario.bundle().items() if name.endswith(".form")}
BOOK = rules.read(scenario.bundle())
CONDITIONS = {one["code"]: one for one in yaml.safe_load(scenario.bundle()["rules/conditions.yaml"])["conditions"]}
NODES = ("startEvent", "endEvent", "userTask", "serviceTask", "scriptTask", "businessRuleTask", "callActivity",
         "exclusiveGateway", "parallelGateway", "eventBasedGateway", "intermediateCatchEvent", "boundaryEvent",
         "subProcess")


def nodes(diagram: str) -> list[Any]:
    return [node for tag in NODES for node in DIAGRAMS[diagram].iterfind(f".//bpmn:{tag}", NS)]


def compiled(key: str) -> forms.CompiledForm:
    return forms.compile(FORMS[f"forms/{key}.form"], functions=scenario.functions())


def context(**more: Any) -> dict[str, Any]:
    """What the forms draw their options from, as the product gives it."""
    fields = compiled("application-create-urban").fields
    return {
        "counties": [{"value": "urmia", "label": "ارومیه", "label_en": "Urmia"}],
        "conditions": [option(code) for code, one in CONDITIONS.items() if one["kind"] != "document"],
        "documents": [option(code) for code, one in CONDITIONS.items() if one["kind"] == "document"],
        "application_fields": [{"value": key, "label": key, "label_en": key} for key in fields],
        "today": date(2026, 11, 23), "eligibility": [], "documents_missing": [], "fee": {"mode": "UNDERTAKING"}, **more}


def option(code: str) -> dict[str, str]:
    return {"value": code, "label": code, "label_en": code}


@pytest.mark.parametrize("diagram", DIAGRAMS)
def test_every_element_has_a_persian_and_an_english_name_and_says_what_it_is(diagram: str):
    for node in nodes(diagram):
        assert node.get(OWN + "nameEn"), node.get("id")
        assert node.findtext("bpmn:documentation", namespaces=NS), node.get("id")
        assert any("\u0600" <= letter <= "\u06ff" for letter in node.get("name") or ""), node.get("id")


def test_every_end_with_an_outcome_ends_everything_beside_it():
    for root in DIAGRAMS.values():
        for process in root.iterfind("bpmn:process", NS):
            for end in process.iterfind("bpmn:endEvent", NS):
                assert (end.find("bpmn:terminateEventDefinition", NS) is not None) or not end.get(OWN + "outcome")


def test_pools_lanes_messages_and_conditions_say_what_they_are():
    for root in DIAGRAMS.values():
        for tag in ("participant", "lane", "message"):
            for node in root.iterfind(f".//bpmn:{tag}", NS):
                assert node.findtext("bpmn:documentation", namespaces=NS), node.get("id")
        for flow in root.iterfind(".//bpmn:sequenceFlow", NS):
            if flow.find("bpmn:conditionExpression", NS) is not None:
                assert flow.findtext("bpmn:documentation", namespaces=NS), flow.get("id")


@pytest.mark.parametrize("diagram", DIAGRAMS)
def test_lines_do_not_cross(diagram: str):
    """Two flows may meet only where both dock."""
    edges = {edge.get("bpmnElement"): [(float(point.get("x")), float(point.get("y")))
                                       for point in edge.iterfind("di:waypoint", NS)]
             for edge in DIAGRAMS[diagram].iter(f"{{{NS['bpmndi']}}}BPMNEdge")}
    pieces = [(name, one, two) for name, points in edges.items() for one, two in pairwise(points)]
    for place, (name, *first) in enumerate(pieces):
        for other, *second in pieces[place + 1:]:
            if name != other and (met := meeting(first, second)):
                assert met in {edges[name][0], edges[name][-1]} & {edges[other][0], edges[other][-1]}, (name, other)


def meeting(first: list[Any], second: list[Any]) -> tuple[float, ...] | None:
    """Where two straight pieces meet (the middle of what they share), or None."""
    spans = [(max(min(a[axis] for a in first), min(b[axis] for b in second)),
              min(max(a[axis] for a in first), max(b[axis] for b in second))) for axis in (0, 1)]
    return None if any(low > high for low, high in spans) else tuple((low + high) / 2 for low, high in spans)


@pytest.mark.parametrize("diagram", DIAGRAMS)
def test_ways_out_of_a_decision_are_named_in_both_languages(diagram: str):
    for flow in DIAGRAMS[diagram].iterfind(".//bpmn:sequenceFlow", NS):
        if flow.find("bpmn:conditionExpression", NS) is not None:
            assert flow.get("name"), flow.get("id")
            assert flow.get(OWN + "nameEn"), flow.get("id")


@pytest.mark.parametrize("diagram", DIAGRAMS)
def test_everything_is_drawn_with_straight_lines(diagram: str):
    root = DIAGRAMS[diagram]
    drawn = {shape.get("bpmnElement") for tag in ("BPMNShape", "BPMNEdge")
             for shape in root.iter(f"{{{NS['bpmndi']}}}{tag}")}
    every = {element.get("id") for tag in (*NODES, "sequenceFlow", "lane", "participant")
             for element in root.iterfind(f".//bpmn:{tag}", NS)}
    assert every - drawn == set()
    for edge in root.iter(f"{{{NS['bpmndi']}}}BPMNEdge"):
        points = [(point.get("x"), point.get("y")) for point in edge.iterfind("di:waypoint", NS)]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, edge.get("bpmnElement")


@pytest.mark.parametrize("diagram", DIAGRAMS)
def test_shapes_and_labels_do_not_lie_on_each_other(diagram: str):
    """Boundary events lie on their host, and a label may touch the corner of its own diamond."""
    root = DIAGRAMS[diagram]
    frames = {element.get("id") for tag in ("lane", "participant", "subProcess")
              for element in root.iterfind(f".//bpmn:{tag}", NS)}
    hosts = {event.get("id"): event.get("attachedToRef") for event in root.iterfind(".//bpmn:boundaryEvent", NS)}
    boxes = [(shape.get("bpmnElement"), bounds.getparent().tag.endswith("Label"), *corners(bounds))
             for tag in ("BPMNShape", "BPMNEdge") for shape in root.iter(f"{{{NS['bpmndi']}}}{tag}")
             for bounds in shape.iterfind(".//dc:Bounds", NS)
             if shape.get("bpmnElement") not in frames]
    for place, (one, _, *first) in enumerate(boxes):
        for other, _, *second in boxes[place + 1:]:
            if one == other or hosts.get(one) == other or hosts.get(other) == one:
                continue
            apart = first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]
            assert apart, f"{one} and {other}"


def corners(bounds: Any) -> tuple[float, float, float, float]:
    x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def test_only_well_founded_rules_refuse_and_all_others_ask():
    """What the table says of every condition is what the catalogue says, and follows from grade and scope."""
    everything = {"applicant_kind": "NATURAL", "nationality": "OTHER", "age": 16, "degree": "DIPLOMA", "gender": "MALE",
                  "military_status": "NOT_DONE", "public_employee": True, "other_licence": True, "area_m2": 1,
                  "lease_months": 1, "purpose_ok": False}
    unmet = decide("eligibility", scenario.variables({**scenario.FACTS, **scenario.rule_variables(), **everything}))
    assert [one["code"] for one in unmet] == [f"E{number:02}" for number in range(1, 11)]
    for one in unmet:
        condition = BOOK.conditions[one["code"]]
        assert one == {"code": condition.code, **{
            name: getattr(condition, name)
            for name in ("text_fa", "text_en", "source", "source_fa", "grade", "action")}}
    assert {one["code"] for one in unmet if one["action"] == "REFUSE"} == {"E01", "E02", "E04", "E05", "E06"}
    assert not any("{" in one["text_fa"] + one["text_en"] for one in unmet)


def test_conditions_of_eligibility_are_worded_as_requirements():
    """Never what failed, for the same words stand before, as a question, and after."""
    worded = {one.code: one for one in BOOK.conditions.values() if one.kind == rules.ELIGIBILITY}
    urban = sorted(code for code, one in worded.items() if one.is_of("create-urban-office"))
    assert urban == [f"E{number:02}" for number in range(1, 11)]
    rural = sorted(code for code, one in worded.items() if one.is_of("create-rural-office"))
    assert rural == [f"R{number:02}" for number in range(1, 14)]
    for code, one in worded.items():
        assert re.search(r"\bباید\b|\bنباید\b", one.text_fa), code
        assert re.search(r"\bmust\b", one.text_en), code
        assert not re.search(r"\bbelow\b|\byounger\b|\bdoes not\b|\bhas no\b|کمتر از|نیست|ندارد",
                             one.text_en + one.text_fa), code


def test_no_text_of_a_condition_is_written_twice():
    """Decision tables name the catalogue's entry of their own line; a text of theirs would drift from it."""
    table = etree.fromstring(scenario.bundle()["decisions/eligibility.dmn"])
    space = {"d": table.nsmap[None]}
    outputs = [each.get("name") for each in table.iterfind(".//d:output", space)]
    for line in table.iterfind(".//d:rule", space):
        said = [each.findtext("d:text", namespaces=space) for each in line.iterfind("d:outputEntry", space)]
        code = line.get("id")
        assert said == [f'"{code}"' if name == "code" else f"conditions_meta.{code}.{name}" for name in outputs]
    texts = {text for one in BOOK.conditions.values() for text in (one.text_fa, one.text_en)
             if one.kind == rules.ELIGIBILITY}
    for name, content in scenario.bundle().items():
        assert name == "rules/conditions.yaml" or not [text for text in texts if text in content.decode()], name


@pytest.mark.parametrize(("facts", "codes"), [
    ({}, []),
    ({"applicant_kind": "NATURAL"}, ["E01"]),
    ({"nationality": "OTHER"}, ["E02"]),
    ({"age": 17}, ["E03"]),
    ({"age": 18}, []),
    ({"degree": "ASSOCIATE"}, ["E04"]),
    ({"degree": "DOCTORATE"}, []),
    ({"gender": "MALE", "military_status": "NOT_DONE"}, ["E05"]),
    ({"gender": "MALE", "military_status": "EXEMPT"}, []),
    ({"public_employee": True}, ["E06"]),
    ({"other_licence": True}, ["E07"]),
    ({"area_m2": 49.9}, ["E08"]),
    ({"area_m2": 50}, []),
    ({"lease_months": 59}, ["E09"]),
    ({"tenure": "OWN", "lease_months": None}, []),
    ({"purpose_ok": False}, ["E10"]),
    ({"nationality": "OTHER", "area_m2": 30, "age": 16}, ["E02", "E03", "E08"]),
])
def test_each_condition_is_tested(facts: dict[str, Any], codes: list[str]):
    given = scenario.variables({**scenario.FACTS, **scenario.rule_variables(), **facts})
    assert [one["code"] for one in decide("eligibility", given)] == codes


RURAL_FACTS = next(each for each in scenario.scenarios().values() if each["process"] == "create-rural-office")["facts"]


@pytest.mark.parametrize(("facts", "codes"), [
    ({}, []),
    ({"applicant_kind": "LEGAL"}, []),
    ({"nationality": "OTHER", "deputy_nationality": "OTHER"}, ["R02", "R09"]),
    ({"age": 22}, ["R03"]),
    ({"age": 23}, []),
    ({"degree": "DIPLOMA"}, ["R04"]),
    ({"deputy_degree": "ASSOCIATE"}, ["R10"]),
    ({"gender": "MALE", "military_status": "NOT_DONE"}, ["R05"]),
    ({"deputy_gender": "MALE", "deputy_military_status": "NOT_DONE"}, ["R11"]),
    ({"deputy_gender": "MALE", "deputy_military_status": "EXEMPT"}, []),
    ({"public_employee": True, "deputy_public_employee": True}, ["R06", "R12"]),
    ({"other_licence": True, "icdl_staff": False}, ["R07", "R13"]),
    ({"area_m2": 5}, []),  # no least area is known, so none is asked for
])
def test_each_rural_condition_is_tested(facts: dict[str, Any], codes: list[str]):
    given = scenario.variables({**RURAL_FACTS, **scenario.rule_variables(), **facts})
    found = decide("rural-eligibility", given)
    assert [one["code"] for one in found] == codes
    assert {one["code"] for one in found if one["action"] == "REFUSE"} == {*codes} - {"R03", "R07", "R08", "R13"}


@pytest.mark.parametrize(("answers", "outcome"), [
    (["CLEAN"] * 6, "PASS"), (["CLEAN", "PENDING"], "REPEAT"), (["PENDING", "NOT_CLEAN", "CLEAN"], "REJECT"),
    (["CLEAN", None], "REPEAT"),
])
def test_a_missing_answer_is_never_clean(answers: list[str | None], outcome: str | None):
    assert decide("inquiry-outcome", {"inquiry_answers": answers}) == outcome


@pytest.mark.parametrize(("amount", "acts", "mode", "grade"), [
    (None, True, "UNDERTAKING", "A"), (None, False, "UNDERTAKING", "A"),
    (Decimal(25_000_000), True, "PAYMENT", "B"), (Decimal(25_000_000), False, "UNDERTAKING", "A"),
])
def test_an_unknown_fee_and_one_that_may_not_be_charged_mean_an_undertaking(
        amount: Decimal | None, acts: bool, mode: str, grade: str):
    known = scenario.rule_variables()
    meta = {**known["rules_meta"], "fee_create": {"grade": "B", "source": "a decree", "acts": acts}}
    fee = decide("fee", {"rules": {**known["rules"], "fee_create": amount}, "rules_meta": meta})
    assert (fee["amount"], fee["mode"], fee["grade"]) == (amount if mode == "PAYMENT" else None, mode, grade)


def decide(decision: str, given: dict[str, Any]) -> Any:
    model = dmn.load(scenario.bundle()[f"decisions/{decision}.dmn"], functions=scenario.functions())
    return model.evaluate(decision, given).value


def test_no_rule_and_no_decision_knows_a_quota_a_population_or_a_distance():
    words = ("quota", "population", "distance", "headcount", "capacity")
    decisions = [etree.fromstring(content) for name, content in scenario.bundle().items() if name.endswith(".dmn")]
    inputs = [node.get("name") for root in decisions for node in root.iterfind(".//{*}inputData")]
    assert [key for key in [*scenario.rules(), *inputs] if any(word in key for word in words)] == []


def test_every_rule_carries_grade_scope_source_and_both_texts():
    for entry in [*BOOK.rules.values(), *BOOK.conditions.values()]:
        assert entry.grade in rules.GRADES, entry
        assert entry.scope in rules.SCOPES, entry
        assert entry.source and entry.text_fa and entry.text_en, entry


def test_the_shipped_bundle_has_neither_faults_nor_warnings_nor_rules_of_unknown_type():
    assert bootstrap.check(scenario.bundle()) == []
    assert BOOK.rules.keys() - rule_values.KINDS.keys() == set()


def test_the_portals_numbers_are_empty_until_the_authority_gives_them():
    assert {one["portal_no"] for one in CONDITIONS.values()} == {None}


def test_diagrams_name_only_rules_that_exist():
    expressions = b"".join(content for name, content in scenario.bundle().items() if name.endswith((".bpmn", ".dmn")))
    named = {word.split(b"rules.")[1] for word in _words(expressions) if word.startswith(b"rules.")}
    assert named - {key.encode() for key in scenario.rules()} == set()


def _words(text: bytes) -> list[bytes]:
    for mark in b"()<>,=+-*/[]\"'&;":
        text = text.replace(bytes([mark]), b" ")
    return [word for word in text.split() if word.count(b".") == 1 and not word.endswith(b".")]


def test_what_gateways_decide_by_is_given_by_somebody():
    given = {"rules", "inquiries_due"}
    for told in scenario.scenarios().values():  # what an instance begins with, and what messages carry
        given |= {*told["facts"], *(name for event in told.get("events", ()) if "message" in event
                                    for name in event.get("with", ()))}
    for key in FORMS:
        form = compiled(key.removeprefix("forms/").removesuffix(".form"))
        given |= {field.key for field in form.fields.values() if field.store == "variable"}
    for root in DIAGRAMS.values():
        given |= {node.get(OWN + "resultVariable") for node in root.iter() if node.get(OWN + "resultVariable")}
    asked = {name for root in DIAGRAMS.values() for condition in root.iterfind(".//bpmn:conditionExpression", NS)
             for name in feel.compile(condition.text, functions=scenario.functions()).names}
    assert asked - given == set()


def test_persons_and_free_text_never_become_process_variables():
    for key, form in FORMS.items():
        for field in compiled(key.removeprefix("forms/").removesuffix(".form")).fields.values():
            if field.kind in ("text", "textarea", "textfield", "file") or "birth" in field.key:
                assert field.store == "record", f"{form['id']}.{field.key}"


def test_every_form_is_labelled_in_both_languages():
    for form in FORMS.values():
        for component in _components(form):
            properties = component.get("properties", {})
            assert component.get("label") or component.get("text"), component["id"]
            assert properties.get("label_en") or properties.get("text_en"), component["id"]
            for choice in component.get("values", ()):
                assert choice["label"] and choice["label_en"], component["id"]


def _components(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for child in node.get("components", ()) for one in (child, *_components(child))]


def example(name: str, service: str = URBAN) -> Any:
    return json.loads((EXAMPLES / service / name).read_text(encoding="utf-8"))


def present(files: dict[str, str], service: str = URBAN) -> dict[str, list[Path]]:
    for path in files.values():
        assert (EXAMPLES / service / path).is_file(), path
    return {field: [EXAMPLES / service / path] for field, path in files.items()}


@pytest.mark.parametrize(("service", "case"), CASES)
def test_the_example_application_fits_its_form(service: str, case: str):
    application, changes = example("application.json", service), example("cases.json", service)[case]["application"]
    forms.validate(compiled(catalogue.service(service).form_key), {**application["data"], **changes["data"]},
                   files=present({**application["files"], **changes["files"]}, service), context=context())


@pytest.mark.parametrize(("service", "form"), [("create-rural-office", "application-create-rural"),
                                               ("bank-code", "application-bank-code")])
def test_the_example_of_a_rural_service_fits_its_form(service: str, form: str):
    told = example("application.json", service)
    forms.validate(compiled(form), told["data"], files=present(told["files"], service), context=context())


@pytest.mark.parametrize(("service", "case"), CASES)
def test_every_task_of_the_examples_fits_its_form(service: str, case: str):
    keys = {task.get("id"): task.get(OWN + "formKey")
            for root in DIAGRAMS.values() for task in root.iterfind(".//bpmn:userTask", NS)}
    told = example("cases.json", service)[case]
    refusing = told.get("condition_codes", ())
    questions = [{"code": code, "action": "REFUSE" if service == URBAN else "ASK"} for code in refusing
                 if CONDITIONS[code]["kind"] == rules.ELIGIBILITY]
    for event in told["events"]:
        if "element" in event:
            data = {name: "2026-11-23" if value == "today" else value for name, value in event["data"].items()}
            forms.validate(compiled(keys[event["element"]]), data, files=present(event.get("files", {}), service),
                           context=context(eligibility=questions))


def test_the_example_has_the_six_inquiries_and_one_correction_round():
    answers = {answer["code"]: answer for answer in example("inquiries.json")}
    assert list(answers) == scenario.rules()["inquiries_create"]
    correction = example("correction.json")
    sent = {*correction["correction"]["data"], *correction["correction"]["files"]}
    assert sent <= set(correction["request"]["unlocked_fields"])


def test_the_example_documents_are_real_and_small():
    starts = {".pdf": b"%PDF-", ".jpg": b"\xff\xd8\xff"}
    for path in (EXAMPLES / URBAN / "documents").iterdir():
        assert path.read_bytes().startswith(starts[path.suffix]), path.name
        assert path.stat().st_size < 60_000, path.name
