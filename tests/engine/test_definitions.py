"""Deployments: validated together, hashed, versioned, bound."""

from __future__ import annotations

import json
import threading

import pytest

from engine import Engine, Handlers, errors, values
from tests.engine import models
from tests.engine.conftest import CLERK


def test_a_bundle_gives_every_process_its_next_version(office):
    first = office.deploy(models.TWO_TASKS)
    second = office.deploy(models.TWO_TASKS, models.CALLS)
    assert first.is_new
    assert [(found.key, found.version) for found in second.process_definitions] == [("calls", 1), ("two_tasks", 2)]
    page = office.read("definitions", limit=2)
    rest = office.read("definitions", limit=2, after=page.next)
    assert [(found.key, found.version) for found in [*page.items, *rest.items]] == [
        ("calls", 1), ("two_tasks", 2), ("two_tasks", 1)]
    assert [found.version for found in office.read("definitions", key="two_tasks").items] == [2, 1]
    assert {(found.key, found.version) for found in office.read("definitions", latest_only=True).items} == {
        ("calls", 1), ("two_tasks", 2)}
    assert office.read("latest_deployment").id == second.id


def test_an_older_bundle_deployed_again_becomes_the_newest_version(office):
    first = office.deploy(models.TWO_TASKS)
    office.deploy(models.TWO_TASKS.replace(b'"second"', b'"other"'))
    back = office.deploy(models.TWO_TASKS)
    assert back.is_new
    assert back.id != first.id
    assert back.hash == first.hash
    assert [found.version for found in back.process_definitions] == [3]


def test_the_same_bundle_again_changes_nothing(office):
    first = office.deploy(models.TWO_TASKS)
    again = office.deploy(models.TWO_TASKS)
    assert (again.id, again.is_new) == (first.id, False)
    assert [found.version for found in again.process_definitions] == [1]


def test_a_running_instance_stays_on_its_version(office):
    office.deploy(models.TWO_TASKS)
    old = office.start("two_tasks")
    changed = models.TWO_TASKS.replace(b'"second"', b'"other"')
    office.deploy(changed)
    new = office.start("two_tasks", business_key="2")
    assert (old.definition_version, new.definition_version) == (1, 2)
    for instance, element in ((old, "second"), (new, "other")):
        [task] = office.read("user_tasks", instance_id=instance.id).items
        office.call("complete", task.id, variables={}, actor=CLERK)
        [task] = office.read("user_tasks", instance_id=instance.id).items
        assert task.element_id == element
    assert office.call("start", key="two_tasks", version=1, variables={}, business_key="3", scope="",
                       actor=CLERK).definition_version == 1


def test_forms_bind_to_the_deployment_of_the_definition(office):
    def form(title):
        return {"forms/form.form": json.dumps({**models.FORM, "title": title}).encode()}

    one = office.deploy(models.TWO_TASKS, **form("one")).process_definitions[0]
    two = office.deploy(models.TWO_TASKS, **form("two")).process_definitions[0]
    assert office.read("form", one.id, "form")["title"] == "one"
    assert office.read("form", two.id, "form")["title"] == "two"
    with pytest.raises(errors.NotFound):
        office.read("form", one.id, "none")


def test_what_was_deployed_can_be_fetched_byte_for_byte(office):
    deployment = office.deploy(models.TWO_TASKS)
    [definition] = deployment.process_definitions
    assert office.read("definition_xml", definition.id) == models.TWO_TASKS
    assert office.read("resource", deployment.id, "forms/form.form") == json.dumps(models.FORM).encode()
    assert set(office.read("resources", deployment.id)) == {
        "processes/p0.bpmn", "forms/form.form", "decisions/grade.dmn"}
    assert office.read("definition", key="two_tasks") == definition
    assert office.read("elements", definition.id)["first"].duty == "inspection"
    for method, arguments in (("definition_xml", ("none",)), ("resources", ("none",)),
                              ("resource", (deployment.id, "none"))):
        with pytest.raises(errors.NotFound):
            office.read(method, *arguments)


def test_every_problem_of_every_file_is_told_at_once_and_nothing_is_stored(database, clock):
    def check_form(source):
        return [values.Problem(where="title", what="is missing")] if "title" not in json.loads(source) else []

    engine = Engine(clock=clock, handlers=Handlers(), roles=["CLERK"], check_form=check_form)
    bad = {
        "processes/a.bpmn": models.process(
            "a", models.start(), models.service("call", "nobody"), models.user("who", 'parvaneh:role="KING"'),
            models.end(), models.path("start_1", "call", "who", "end_1")),
        "processes/b.bpmn": b"<not xml",
        "decisions/c.dmn": b"<!DOCTYPE x><x/>",
        "forms/form.form": json.dumps(models.FORM).encode(),
        "forms/e.form": b"{",
        "forms/f.form": b"[]",
        "../g.bpmn": b"",
        "h.exe": b"",
    }
    problems = engine.check(bad)
    assert {problem.file for problem in problems} == set(bad)
    told = {problem.where for problem in problems}
    assert {"call", "who", "title"} <= told
    with pytest.raises(errors.Invalid) as caught, database.begin() as session:
        engine.deploy(session, resources=bad, actor=CLERK)
    assert list(caught.value.problems) == problems
    with database.read() as session:
        assert engine.definitions(session).items == []


def test_an_unknown_form_or_decision_is_a_problem(database, clock):
    engine = Engine(clock=clock, handlers=Handlers())
    problems = engine.check({"processes/a.bpmn": models.CHOICE})
    assert {problem.where for problem in problems} >= {"judge", "small", "large"}


def test_a_bundle_in_order_has_no_problems(office):
    assert office.engine.check(models.bundle(models.TWO_TASKS, models.CHOICE, models.WAITS)) == []


def test_ids_must_be_unique_in_a_bundle(office):
    problems = office.engine.check({
        **models.bundle(models.TWO_TASKS), "forms/again.form": json.dumps(models.FORM).encode(),
        "decisions/again.dmn": models.DMN.encode()})
    assert {(problem.where, problem.code) for problem in problems} == {
        ("form", "duplicate_id"), ("grade", "duplicate_id")}


def test_the_largest_file_is_limited(office):
    problems = office.engine.check({"rules/big.yaml": b" " * (2 * 1024 * 1024 + 1)})
    assert [problem.code for problem in problems][:1] == ["too_large"]


@pytest.mark.parametrize("name", ["a\0b.dmn", "a\nb.dmn", "a//b.dmn", "./b.dmn", "a\\b.dmn", "../b.dmn", "/b.dmn"])
def test_a_name_that_no_store_or_folder_keeps_as_it_is_is_refused(office, name):
    problems = office.engine.check({**models.bundle(models.TWO_TASKS), name: b"<x/>"})
    assert [(problem.code, problem.file) for problem in problems] == [("bad_name", name)]


def test_a_decision_whose_id_no_store_keeps_is_refused(office):
    problems = office.engine.check({**models.bundle(models.TWO_TASKS), "decisions/long.dmn": models.DMN.replace(
        'id="grade"', f'id="{"g" * 256}"').encode()})
    assert [(problem.code, len(problem.where)) for problem in problems] == [("too_long", 255)]


def test_two_deployments_at_once_never_share_a_version(office):
    outcomes = []
    gate = threading.Barrier(2)

    def deploy(element: bytes) -> None:
        gate.wait()
        try:
            outcomes.append(office.deploy(models.TWO_TASKS.replace(b'"second"', element)).is_new)
        except errors.DeploymentRaced:
            outcomes.append(None)

    threads = [threading.Thread(target=deploy, args=(element,)) for element in (b'"left"', b'"right"')]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = outcomes.count(True)
    assert made >= 1
    assert [found.version for found in office.read("definitions").items] == list(range(made, 0, -1))


def test_the_elements_of_called_processes_are_found_too(office):
    calling = models.process(
        "calling", models.start(), '<bpmn:callActivity id="call" name="call" calledElement="two_tasks"/>',
        models.end(), models.path("start_1", "call", "end_1"))
    office.deploy(calling, models.TWO_TASKS)
    office.start("calling")
    task = office.tasks()["first"]
    assert office.read("elements", task.definition_id)["first"].duty == "inspection"
    assert office.read("elements", task.definition_id)["end_1"].type == "endEvent"
    office.complete("first")
    office.complete("second")
    assert office.read("instances", state="COMPLETED").items[0].definition_key == "calling"


def table(rules: str, policy: str = "UNIQUE") -> bytes:
    """The decision `grade` with other rules, written `test=output|test=output`."""
    rows = "".join(f'<rule id="r{number}"><inputEntry id="i{number}"><text>{test}</text></inputEntry><outputEntry '
                   f'id="o{number}"><text>"{output}"</text></outputEntry></rule>'
                   for number, (test, output) in enumerate((rule.split("=") for rule in rules.split("|")), 1))
    head, tail = models.DMN.partition('<rule id="r1">')[0], "</decisionTable></decision></definitions>"
    return (head.replace('"FIRST"', f'"{policy}"') + rows + tail).encode()


def test_a_table_that_contradicts_its_hit_policy_refuses_the_deployment(office):
    files = models.bundle(models.TWO_TASKS, **{"decisions/grade.dmn": table("[0..20]=A|[20..40]=B")})
    with pytest.raises(errors.Invalid) as caught, office.database.begin() as session:
        office.engine.deploy(session, resources=files, actor=CLERK)
    assert [(one.file, one.where, one.code, one.severity) for one in caught.value.problems] == [
        ("decisions/grade.dmn", "r1", "table_conflict", "error"), ("decisions/grade.dmn", "t", "table_gap", "warning")]


def test_a_gap_in_a_table_is_a_warning_with_an_example(office):
    files = models.bundle(models.TWO_TASKS, **{"decisions/grade.dmn": table("&lt; 20=A|&gt; 20=B")})
    with office.database.begin() as session:
        deployed = office.engine.deploy(session, resources=files, actor=CLERK)
    assert deployed.is_new
    assert [(one.severity, one.code, "area = 20" in one.what) for one in deployed.warnings] == [
        ("warning", "table_gap", True)]
    assert [one.code for one in office.engine.check(files)] == ["table_gap"]


def test_decisions_of_a_bundle_may_import_one_another(office):
    other = (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="e" name="e" namespace="urn:other">'
             b'<import name="base" namespace="urn:test" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
             b'<decision id="shown" name="shown"><informationRequirement><requiredDecision href="urn:test#grade"/>'
             b"</informationRequirement><literalExpression><text>lower case(base.grade)</text></literalExpression>"
             b"</decision></definitions>")
    assert office.engine.check(models.bundle(models.TWO_TASKS, **{"decisions/a.dmn": other})) == []
