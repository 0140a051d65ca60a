"""The short form of the walks, and the proof that they find what they are for."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from engine.spiff import codec, data, runner, specs, vocabulary
from engine.spiff.tokens import Token
from tests.differential import __main__ as command
from tests.differential import desks, sources
from tests.differential.walks import Difference, Walk
from tests.engine import models
from tests.unit.spiff.driver import Case, Desk, inline

SEEDS, STEPS = 3, 12
NAMED = {source.name: source for source in (*sources.own(), *sources.shipped())}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@pytest.mark.parametrize("name", sorted(NAMED))
def test_codec_and_library_agree_after_every_step(name: str) -> None:
    for seed in range(SEEDS):
        Walk(NAMED[name], str(seed)).run(STEPS)


def test_the_walks_over_the_shipped_process_come_far() -> None:
    assert max(Walk(NAMED["create-urban-office"], str(seed)).run(20) for seed in range(4)) > 10


def test_our_models_have_every_supported_element() -> None:
    texts = [path.read_bytes() for path in sources.MODELS.glob("*.bpmn")]
    texts += [value for value in (sources.PASSED, *vars(models).values())
              if isinstance(value, bytes) and b"<bpmn:process" in value]
    roots = [etree.fromstring(text) for text in texts]
    met = {str(element.tag).removeprefix(BPMN) for root in roots for element in root.iter(etree.Element)}
    assert vocabulary.NODES - met == set()
    assert set(vocabulary.EVENT_DEFINITIONS) - met == set()
    assert {"multiInstanceLoopCharacteristics", "conditionExpression", "subProcess"} <= met


def caught(walked: str) -> Difference:
    """The difference that a walk over this process finds."""
    for seed in range(8):
        try:
            Walk(NAMED[walked], str(seed)).run(25)
        except Difference as found:
            return found
    pytest.fail(f"no walk over {walked} finds a difference")


def test_a_codec_that_loses_a_variable_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = codec._scope

    def forgetful(of: Any) -> list[Any]:
        variables, *rest = scope(of)
        return [dict(list(variables.items())[:-1]), *rest]

    monkeypatch.setattr(codec, "_scope", forgetful)
    assert "seed" in str(caught("sequence"))


def test_a_codec_that_loses_a_token_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = codec._scope
    monkeypatch.setattr(codec, "_scope", lambda of: [*scope(of)[:2], scope(of)[2][:-1]])
    caught("forked")


def test_a_codec_that_forgets_a_tokens_own_data_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = codec._scope
    monkeypatch.setattr(codec, "_scope", lambda of: [*scope(of)[:2], [
        [*row[:4], {}, row[5]] for row in scope(of)[2]]])
    caught("multi_instance")


def test_a_codec_that_changes_a_type_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = codec._to_extension
    monkeypatch.setattr(codec, "_to_extension", lambda value: str(value) if type(value) is Decimal else pack(value))
    caught("sequence")


def test_a_continuation_that_goes_elsewhere_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a wrong state leads to only after the next trigger is a difference as well."""
    fill = codec._fill

    def forgets_numbers(scope: Any, content: Any) -> None:
        fill(scope, content)
        scope.instance.sequence += 1

    monkeypatch.setattr(codec, "_fill", forgets_numbers)
    caught("parallel_loop")


def test_values_shared_with_their_giver_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "received", lambda variables, _where: dict(variables))
    caught("office_inquiries")


def test_values_changed_in_place_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    write = data.write

    def careless(token: Token, results: Any) -> None:
        desks.spoil([value for target in (token.data, *data.targets(token)) for value in target.values()])
        write(token, results)

    monkeypatch.setattr(specs.data, "write", careless)
    monkeypatch.setattr(runner.data, "copies", lambda variables: dict(variables))
    caught("office_inquiries")


def test_a_seed_walks_the_same_way_again() -> None:
    first, again = (Walk(NAMED["conditions"], "7") for _ in range(2))
    assert first.run(20) == again.run(20) > 3
    assert first.execution.variables() == again.execution.variables()


def test_the_command_walks_other_folders_too(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.bpmn").write_bytes(models.FORKED)
    (tmp_path / "broken.bpmn").write_bytes(b"<no/>")
    assert command.main(["--suites", str(tmp_path), "--only", "mine.bpmn", "--seeds", "2"]) == 0
    assert "1 processes, 2 seeds: 0 differ, 1 files refused" in capsys.readouterr().out
    assert command.main(["--suites", str(tmp_path / "none")]) == 2


def test_the_command_prints_the_seed_of_a_difference(monkeypatch: pytest.MonkeyPatch,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    scope = codec._scope
    monkeypatch.setattr(codec, "_scope", lambda of: [*scope(of)[:2], scope(of)[2][:-1]])
    assert command.main(["--only", "forked", "--seeds", "3"]) == 1
    assert "DIFFERS  forked, seed 0, step" in capsys.readouterr().out


class Careless(Desk):
    """A handler that changes what it is given, and keeps what it gives."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[dict[str, Any]] = []
        self.handlers["work"] = self.work

    def work(self, call: runner.HandlerCall) -> dict[str, Any]:
        desks.spoil(call.variables)
        desks.spoil(call.inputs)
        self.given.append({"made": {"rows": [{"n": Decimal(1)}]}})
        return self.given[-1]


NESTED = inline(
    "nested", models.start(), models.user("first"), models.service("between", "work"),
    models.gateway("fork", "parallel"),
    models.script("copied", "dossier", "copy"), models.script("longer", 'append(dossier.rows, "more")', "rows"),
    models.user("left"), models.user("right"), models.gateway("join", "parallel"), models.user("last"),
    models.end(), models.path("start_1", "first", "between", "fork", "copied", "left", "join", "last", "end_1"),
    models.path("fork", "longer", "right", "join"))


def test_nested_data_of_one_task_never_changes_the_past_of_another() -> None:
    desk, given = Careless(), {"dossier": {"rows": [{"a": [Decimal(1)]}, "b"]}}
    case = Case(NESTED, desk=desk)
    expected = copy.deepcopy(given["dossier"])
    case.execution.complete(case.one("first").token_id, given)
    desks.spoil(given)  # whoever completed the task goes on using its own data
    case.step()
    before, seen = case.execution.dump(), case.execution.variables()
    assert seen["dossier"] == seen["copy"] == expected
    assert seen["made"] == {"rows": [{"n": Decimal(1)}]}
    desks.spoil(desk.given[0])
    desks.spoil(case.execution.task_variables(case.one("left").token_id))
    case.complete("left", dossier={"rows": ["replaced"]})
    after = case.execution.variables()
    assert after["dossier"] == {"rows": ["replaced"]}
    assert after["copy"] == expected
    assert after["rows"] == [*expected["rows"], "more"]
    assert seen["dossier"] == expected
    earlier = runner.Execution.load(case.process, before, clock=case.clock, services=desk)
    assert earlier.variables() == seen


def test_items_of_a_collection_are_not_shared_with_the_collection() -> None:
    rows = [{"code": "a", "notes": []}, {"code": "b", "notes": []}]
    each = models.EACH.decode().replace('name="code"/>', 'name="code"/><bpmn:completionCondition>false'
                                        "</bpmn:completionCondition>").encode()
    case = Case(sources.parser.parse({"each.bpmn": each}).processes["each"], items=rows)
    desks.spoil(rows)
    for wait in case.waits():
        desks.spoil(wait.item)
    case.complete("ask", code={"code": "changed"})
    assert case.execution.variables()["items"] == [{"code": "a", "notes": []}, {"code": "b", "notes": []}]
    assert case.one("ask").item == {"code": "b", "notes": []}
