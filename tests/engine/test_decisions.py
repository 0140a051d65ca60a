"""Business rule tasks ask their deployment's decision, the newest one, or the version they name."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from engine import errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import CLERK
from tests.engine.test_stored_bundles import store


def judging(version: str, *, key: str = "judging", decision: str = "grade") -> bytes:
    named = f'parvaneh:decisionVersion="{version}"' if version else ""
    return models.process(
        key, models.start(), models.user("fill"),
        f'<bpmn:businessRuleTask id="judge" name="judge" parvaneh:decisionId="{decision}" {named} '
        'parvaneh:resultVariable="grade"/>', models.user("look"), models.end(),
        models.path("start_1", "fill", "judge", "look", "end_1"))


def grades(text: str) -> dict[str, bytes]:
    """The decision file with another word for small areas."""
    return {"decisions/grade.dmn": models.DMN.replace('"SMALL"', f'"{text}"').encode()}


def answer(office, instance) -> str:
    office.complete("fill")
    [row] = [entry for entry in office.read("history", instance.id).items if entry.element_id == "judge"]
    return office.read("variables", instance.id)["grade"], row.facts.get("version")


@pytest.mark.parametrize(("version", "decided"), [("", ("FIRST", None)), ("deployment", ("FIRST", None)),
                                                  ("latest", ("SECOND", 2)), ("1", ("FIRST", 1))])
def test_the_version_of_a_decision_is_chosen_by_the_task(office, version, decided):
    office.deploy(judging(version), **grades("FIRST"))
    instance = office.start("judging", {"area": 10})
    office.deploy(models.TWO_TASKS, **grades("SECOND"))
    assert answer(office, instance) == decided


def test_a_later_diagram_may_name_an_earlier_version(office):
    office.deploy(judging(""), **grades("FIRST"))
    office.deploy(judging("1"), **grades("SECOND"))
    assert answer(office, office.start("judging", {"area": 10})) == ("FIRST", 1)


def test_the_version_that_the_deployment_itself_brings_may_be_named(office):
    office.deploy(judging("1"), **grades("FIRST"))
    assert answer(office, office.start("judging", {"area": 10})) == ("FIRST", 1)


@pytest.mark.parametrize(("given", "code"), [
    ({"version": "3"}, "unknown_version"), ({"version": "newest"}, "bad_attribute"),
    ({"version": "0"}, "bad_attribute"),
    ({"version": "latest", "decision": "gone"}, "unknown_name"), ({"version": "1", "decision": "gone"}, "unknown_name"),
    ({"version": "", "decision": "gone"}, "unknown_name")])
def test_an_unknown_decision_or_version_is_refused_at_its_line(office, given, code):
    office.deploy(judging(""), **grades("FIRST"))
    with pytest.raises(errors.Invalid) as refused:
        office.deploy(judging(**given), **grades("SECOND"))
    [problem] = refused.value.problems
    assert (problem.code, problem.where, problem.line) == (code, "judge", 6)
    assert problem.fix
    assert problem.fix_fa


def test_a_decision_that_is_gone_from_later_bundles_stays_to_be_asked(office):
    office.deploy(models.TWO_TASKS, **{"decisions/more.dmn": models.DMN.replace("grade", "rank").encode()})
    office.deploy(judging("latest", decision="rank"))
    assert answer(office, office.start("judging", {"area": 10})) == ("SMALL", 1)


def test_a_version_whose_stored_file_is_no_model_any_more_is_an_incident(office):
    store(office, {"decisions/grade.dmn": b"<html/>"})
    with office.database.begin() as session:
        session.execute(insert(tables.decision_definition), {"key": "grade", "version": 1, "deployment_id": "d" * 32})
    office.deploy(judging("1"))
    office.start("judging", {"area": 10})
    office.complete("fill")
    [incident] = office.read("incidents").items
    assert "there is no decision 'grade' (version: 1)" in incident.message


@pytest.mark.parametrize(("given", "code"), [
    ({"version": "2"}, None), ({"version": "latest", "decision": "rank"}, None),
    ({"version": "3"}, "unknown_version"), ({"version": "2", "decision": "rank"}, "unknown_version"),
    ({"version": "latest", "decision": "gone"}, "unknown_name")])
def test_a_check_with_a_session_says_what_a_deployment_would(office, given, code):
    ranks = {"decisions/more.dmn": models.DMN.replace("grade", "rank").encode()}
    office.deploy(judging(""), **grades("FIRST"), **ranks)
    files = models.bundle(judging(**given), **grades("SECOND"))
    with office.database.read() as session:
        found = office.engine.check(files, session)
    assert [problem.code for problem in found] == ([code] if code else [])
    assert office.engine.check(files) == []
    assert office.read("definitions").items[0].version == 1
    if code is None:
        office.call("deploy", resources=files, actor=CLERK)
        return
    with pytest.raises(errors.Invalid) as refused:
        office.call("deploy", resources=files, actor=CLERK)
    assert found == list(refused.value.problems)
