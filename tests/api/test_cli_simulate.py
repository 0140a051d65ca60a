"""`parvaneh simulate`: a dry run at the command line, for people and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api import cli
from tests.engine import models


@pytest.fixture
def parvaneh(monkeypatch, tmp_path):
    """Run `parvaneh simulate` in a folder of its own, without any setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARVANEH_DATABASE_URL", "nonsense://nowhere")
    (tmp_path / "two.bpmn").write_bytes(models.TWO_TASKS)

    def run(*arguments: str, text: str = "") -> Result:
        return CliRunner().invoke(cli.cli, ["simulate", *arguments], input=text)

    return run


def written(path: Path, data: object) -> str:
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def refusal(done: Result) -> str:
    """The one line of wrong input."""
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    [line] = done.stderr.splitlines()
    return line.removeprefix("Error: ")


def test_json_tells_state_trace_waiting_variables_and_incidents(parvaneh, tmp_path):
    variables = written(tmp_path / "variables.json", {"area": 60.50, "opened": '@"2026-03-21"'})
    events = written(tmp_path / "events.json", [{"complete": "first", "variables": {"ok": True}}])
    done = parvaneh("two.bpmn", "--variables", variables, "--events", events, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert {name: told[name] for name in ("process", "state", "trace", "waiting", "variables", "incidents")} == {
        "process": "two_tasks", "state": "waiting", "trace": ["start_1", "first"], "waiting": ["second"],
        "variables": {"area": 60.5, "opened": "2026-03-21", "ok": True}, "incidents": []}
    assert told["waits"] == [{"element": "second", "kind": "user_task", "name": "second", "process": "two_tasks",
                              "event": {"complete": "second"}}]


def test_people_read_the_same_in_both_languages(parvaneh):
    done = parvaneh("two.bpmn", "--events", "-", text='[{"complete": "first", "variables": {"area": 60}}]')
    assert done.stdout.splitlines() == [
        "state (وضعیت): waiting (در انتظار)", "trace (مسیر): start_1 → first", "waiting (در انتظار):",
        '  second (user_task کار کاربر): {"complete": "second"}', "variables (متغیرها):", "  area = 60"]
    end = parvaneh("two.bpmn", "--events", "-", text='[{"complete": "first"}, {"complete": "second"}]')
    assert end.stdout.splitlines()[0] == "state (وضعیت): completed, ISSUED (پایان یافت)"


def test_decisions_and_called_processes_are_found_beside_the_diagram(parvaneh, tmp_path):
    rated = models.process("rated", models.start(), models.business_rule("rate", "grade", "grade"), models.end(),
                           models.path("start_1", "rate", "end_1"))
    caller = models.process("caller", models.start(), '<bpmn:callActivity id="call" calledElement="rated"/>',
                            models.end(), models.path("start_1", "call", "end_1"))
    (tmp_path / "processes").mkdir()
    (tmp_path / "decisions").mkdir()
    (tmp_path / "processes" / "caller.bpmn").write_bytes(caller)
    (tmp_path / "processes" / "other.bpmn").write_bytes(rated)
    (tmp_path / "processes" / "broken.bpmn").write_text("<no", encoding="utf-8")
    (tmp_path / "decisions" / "grade.dmn").write_text(models.DMN, encoding="utf-8")
    done = parvaneh("processes/caller.bpmn", "--json", "--variables", "-", text='{"area": 12}')
    assert json.loads(done.stdout)["variables"]["grade"] == "SMALL"
    (tmp_path / "decisions").rename(tmp_path / "elsewhere")
    assert parvaneh("processes/caller.bpmn").exit_code == 1
    given = parvaneh("processes/caller.bpmn", "--resources", "elsewhere", "--json", "--variables", "-",
                     text='{"area": 50}')
    assert json.loads(given.stdout)["variables"]["grade"] == "LARGE"


def test_the_calendar_of_the_law_is_known(parvaneh, tmp_path):
    waits = models.process("waits", models.start(), models.catch("later", models.timer("add working days(anchor, 3)")),
                           models.end(), models.path("start_1", "later", "end_1"))
    (tmp_path / "waits.bpmn").write_bytes(waits)
    done = parvaneh("waits.bpmn", "--events", "-", "--json", text='[{"advance": "P30D"}]')
    assert json.loads(done.stdout)["state"] == "completed"


@pytest.mark.parametrize(("arguments", "said"), [
    (("nothing.bpmn",), "cannot read nothing.bpmn"),
    (("two.bpmn", "--events", "nothing.json"), "cannot read nothing.json"),
    (("two.bpmn", "--process", "other"), "There is no process other. فرایند other پیدا نشد."),
    (("two.bpmn", "--resources", "nowhere"), "--resources nowhere is no folder"),
    (("two.bpmn", "--event", "x"), "No such option"),
])
def test_wrong_arguments_are_one_line(parvaneh, arguments, said):
    assert said in refusal(parvaneh(*arguments))


@pytest.mark.parametrize(("events", "said"), [
    ('[{"complete": "first"}, {"complete": "third"}]',
     "events[1]: there is no element third. events[1]: عنصری به نام third نیست."),
    ('[{"advance": "soon"}]', "events[0]: advance 'soon' is no ISO 8601 duration"),
    ('{"complete": "first"}', "standard input: a JSON list is needed"),
    ("[{", "standard input: not JSON"),
])
def test_wrong_events_are_one_line_with_their_index(parvaneh, events, said):
    assert said in refusal(parvaneh("two.bpmn", "--events", "-", text=events))


def test_a_diagram_with_faults_is_the_list_of_them(parvaneh, tmp_path):
    (tmp_path / "wrong.bpmn").write_bytes(models.process(
        "wrong", models.start(), '<bpmn:scriptTask id="a"/>', models.end(), models.path("start_1", "a", "end_1")))
    done = parvaneh("wrong.bpmn", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "wrong.bpmn:5: a: " in done.stderr
    assert "script" in done.stderr


def test_an_incident_is_a_result(parvaneh, tmp_path):
    nulls = models.process("nulls", models.start(), models.catch("later", models.timer("pause")), models.end(),
                           models.path("start_1", "later", "end_1"))
    (tmp_path / "nulls.bpmn").write_bytes(nulls)
    done = parvaneh("nulls.bpmn", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["state"], told["incidents"][0]["element"]) == (0, "incident", "later")
    assert "later (expression): the timer has no moment" in parvaneh("nulls.bpmn").stdout


def test_it_starts_without_database_and_web(tmp_path):
    (tmp_path / "two.bpmn").write_bytes(models.TWO_TASKS)
    program = ("import atexit, sys; from api import entry; atexit.register(lambda: print({'sqlalchemy', 'flask'} & "
               "set(sys.modules) or 'light')); sys.argv[1:] = ['simulate', sys.argv[1]]; entry.main()")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "two.bpmn")], check=True, capture_output=True,
                          text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "light"


def test_a_diagram_drawn_for_people_is_walked(parvaneh, tmp_path):
    drawn = models.process("drawn", models.start(), models.gateway("way"), models.end("left"), models.end("right"),
                           models.path("start_1", "way", "left"), models.path("way", "right"))
    (tmp_path / "drawn.bpmn").write_bytes(drawn.replace(b'isExecutable="true"', b'isExecutable="false"'))
    assert parvaneh("drawn.bpmn").exit_code == 1
    told = [json.loads(parvaneh("drawn.bpmn", "--documentation", "--json", "--events", "-", text=events).stdout)
            for events in ("[]", '[{"choose": "way__right"}]')]
    assert [(run["state"], run["trace"]) for run in told] == [
        ("completed", ["start_1", "way", "left"]), ("completed", ["start_1", "way", "right"])]


def test_json_shows_names_as_they_are_written(parvaneh, tmp_path):
    (tmp_path / "fa.bpmn").write_bytes(models.process(
        "فرایند", models.start("آغاز"), models.user("بررسی"), models.path("آغاز", "بررسی")))
    told = parvaneh("fa.bpmn", "--json").stdout
    assert '"trace": ["آغاز"]' in told
    assert '"waiting": ["بررسی"]' in told
