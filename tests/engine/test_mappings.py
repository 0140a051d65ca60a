"""Mappings, timers and scripts as FEEL, in the engine: on each store, kept in memory or reloaded after every step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import errors
from tests.conftest import START
from tests.engine import models
from tests.engine.conftest import CLERK


def mapped(*, inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    rows = [f'<parvaneh:{tag} name="{name}" value="{value}"/>' for tag, given in (
        ("input", inputs or {}), ("output", outputs or {})) for name, value in given.items()]
    return f"<bpmn:extensionElements>{''.join(rows)}</bpmn:extensionElements>"


MAPPED = models.process(
    "mapped", models.start(), models.user("ask", extra=mapped(
        inputs={"shown": "string(area) + &quot; m&quot;"}, outputs={"size": "if ok then shown else null"})),
    models.service("call", "work", extra=mapped(inputs={"id": "size"}, outputs={"done": "worked and size = id"})),
    models.user("last"), models.end(), models.path("start_1", "ask", "call", "last", "end_1"))


def test_inputs_and_outputs_are_feel(office):
    office.deploy(MAPPED)
    instance = office.start("mapped", {"area": Decimal(60)})
    task = office.tasks()["ask"]
    assert office.read("task_variables", task.id) == {"area": 60, "shown": "60 m"}
    office.complete("ask", ok=True, secret="x")
    assert office.read("task_variables", task.id) == office.read("variables", instance.id)
    with pytest.raises(errors.NotFound):
        office.read("task_variables", "0" * 32)
    assert ("call", {"id": "60 m"}) in office.calls
    assert office.read("variables", instance.id) == {"area": 60, "size": "60 m", "done": True}
    assert ("user_task_completed", "ask") in office.kinds(instance)


def test_a_fault_of_an_output_leaves_the_task_done_and_an_incident_to_retry(office):
    office.deploy(models.process(
        "p", models.start(), models.user("ask", extra=mapped(outputs={"n": "if ok then function(x) x else 1"})),
        models.user("last"), models.end(), models.path("start_1", "ask", "last", "end_1")))
    instance = office.start("p", {"ok": True})
    done = office.complete("ask")
    assert (done.state, done.completed_by) == ("COMPLETED", CLERK.id)
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("ask", "expression")
    assert ("user_task_completed", "ask") in office.kinds(instance)
    assert office.call("retry_incident", incident.id, actor=CLERK).state in {"OPEN", "RESOLVED"}
    assert office.waiting() == set()
    assert len(office.read("incidents", state="OPEN").items) == 1


@pytest.mark.parametrize(("kind", "text", "due"), [
    ("timeDate", "= due at", START + timedelta(days=3)),
    ("timeDuration", "= duration(&quot;P1D&quot;) * count", START + timedelta(days=2)),
    ("timeDuration", "PT36H", START + timedelta(hours=36)),
    ("timeCycle", "= &quot;R&quot; + string(count) + &quot;/PT10M&quot;", START + timedelta(minutes=10)),
    ("timeCycle", "R/P1M", None),
])
def test_dates_durations_and_cycles_are_feel_or_iso_8601(office, kind, text, due):
    office.deploy(models.process(
        "p", models.start(), models.user("answer"),
        models.boundary("nag", "answer", models.timer(text, kind), interrupting=False),
        models.service("reminder", "work"), models.end("reminded"), models.end(),
        models.path("start_1", "answer", "end_1"), models.path("nag", "reminder", "reminded")))
    office.start("p", {"count": Decimal(2), "due at": START + timedelta(days=3)})
    found = office.timers()["nag"]
    assert found == due if due is not None else timedelta(days=28) <= found - START <= timedelta(days=31)
    office.advance(days=32)
    fired = len([call for call in office.calls if isinstance(call, tuple)])
    if kind != "timeCycle":
        assert (fired, office.timers()) == (1, {})
    elif text.startswith("R/"):
        assert fired == 1
        assert office.timers()["nag"] > found
    else:
        office.scheduler.tick()
        assert office.timers() == {}
        assert len([call for call in office.calls if isinstance(call, tuple)]) == 2


def test_a_null_timer_is_an_incident_with_its_reason_and_goes_on_when_mended(office):
    office.deploy(models.process(
        "p", models.start(), models.gateway("fork", "parallel"), models.user("edit"),
        models.catch("wait", models.timer("= due", "timeDate")), models.end(),
        models.path("start_1", "fork", "edit", "end_1"), models.path("fork", "wait", "end_1")))
    instance = office.start("p")
    [incident] = office.read("incidents").items
    assert "there is no variable 'due'" in incident.message
    office.complete("edit", due=START + timedelta(days=1))
    assert office.call("retry_incident", incident.id, actor=CLERK).state == "RESOLVED"
    assert office.advance(days=1) == 1
    assert office.read("instance", instance.id).state == "COMPLETED"


def test_a_bundle_with_a_python_script_is_refused_with_a_hint(office):
    with pytest.raises(errors.Invalid) as refused:
        office.deploy(models.process(
            "p", models.start(), '<bpmn:scriptTask id="s" scriptFormat="python"><bpmn:script>x = 1</bpmn:script>'
            "</bpmn:scriptTask>", models.end(), models.path("start_1", "s", "end_1")))
    [problem] = refused.value.problems
    assert (problem.code, problem.where) == ("expression_language", "s")
    assert "write in FEEL: 1" in problem.fix
