"""What was accepted once is executed for ever, however strict the checks have become since.

`tests/data/stored` was accepted before scripts had to name FEEL itself, mappings had to have an effect, versions of
decisions were read and decision services needed an output decision.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import insert

from engine import errors, values
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import Office

STORED = Path(__file__).parents[1] / "data" / "stored"
FILES = {"processes/lease.bpmn": (STORED / "lease.bpmn").read_bytes(),
         "decisions/grade.dmn": (STORED / "grade.dmn").read_bytes(),
         "forms/form.form": json.dumps(models.FORM).encode()}


def store(office: Office, files: dict[str, bytes]) -> None:
    """Put a bundle where an older version left it."""
    made = {"deployed_at": office.clock.now(), "deployed_by": "clerk-1"}
    with office.database.begin() as session:
        session.execute(insert(tables.deployment), {"id": "d" * 32, "hash": "0" * 64, "source": "files", **made})
        session.execute(insert(tables.deployment_resource), [
            {"deployment_id": "d" * 32, "name": name, "content": content} for name, content in files.items()])
        session.execute(insert(tables.process_definition), {
            "id": "p" * 32, "key": "lease", "version": 1, "name": "lease", "name_en": "", "deployment_id": "d" * 32,
            "resource": "processes/lease.bpmn", **made})


def test_the_stored_bundle_would_be_refused_today(office):
    found = {(problem.code, problem.where) for problem in office.engine.check(FILES) if problem.severity == "error"}
    assert found == {("expression_language", "double"), ("expression_language", "long__rest"),
                     ("useless_mapping", "look"), ("bad_attribute", "look"), ("unknown_extension", "look"),
                     ("shape", "nothing")}


@pytest.mark.parametrize(("months", "outcome"), [(3, "SHORT"), (12, "LONG")])
def test_an_instance_of_a_stored_bundle_runs_to_its_end(office, months, outcome):
    store(office, FILES)
    instance = office.start("lease")
    office.complete("ask", months=months)
    if outcome == "LONG":
        assert office.advance(days=2)
        office.complete("sign")
    ended = office.read("instance", instance.id)
    assert (ended.state, ended.outcome) == ("COMPLETED", outcome)
    assert office.read("variables", instance.id) == {"months": months, "doubled": months * 2, "grade": outcome}
    assert office.read("incidents").items == []


def test_a_stored_bundle_cannot_be_deployed_again_as_it_is(office):
    store(office, FILES)
    with pytest.raises(errors.Invalid):
        office.call("deploy", resources=FILES, actor=values.SYSTEM)


def test_a_stored_bundle_larger_than_today_is_allowed_is_read(office):
    padding = b"<!--" + b"x" * (2 * 1024 * 1024) + b"-->"
    store(office, {**FILES, "processes/lease.bpmn": FILES["processes/lease.bpmn"] + padding})
    office.start("lease")
    assert office.waiting() == {"ask"}


def test_a_stored_file_that_is_no_diagram_says_so(office):
    store(office, {**FILES, "processes/lease.bpmn": b"<html/>"})
    with pytest.raises(errors.Invalid) as refused:
        office.start("lease")
    assert [problem.code for problem in refused.value.problems] == ["not_bpmn"]
