"""A state of any version is continued from: old ones are migrated step by step, unknown and damaged ones refused."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import msgpack
import pytest
import zstandard

from engine.spiff import codec, runner
from tests.engine import models
from tests.unit.spiff import states, walks
from tests.unit.spiff.driver import Case, Desk, inline

KEPT = [(path.stem, one) for path in sorted(states.FOLDER.glob("version_*.json"))
        for one in json.loads(path.read_text("utf-8"))]


def load(one: dict[str, Any]) -> Case:
    """A case that goes on from a kept state."""
    desk = walks.Unsteady(random.Random(7))  # noqa: S311 - reproducible walks
    case = Case(one["model"], desk=desk, **walks.WALKS[one["model"]])
    case.execution = runner.Execution.load(case.process, base64.b64decode(one["state"]), clock=case.clock,
                                           services=desk)
    return case


@pytest.mark.parametrize(("version", "one"), KEPT, ids=[f"{name}-{one['model']}" for name, one in KEPT])
def test_a_state_of_every_version_is_what_it_was_and_goes_on(version: str, one: dict[str, Any]):
    assert version == f"version_{base64.b64decode(one['state'])[4]}"
    case = load(one)
    assert states.seen(case.execution) == {"waiting": one["waiting"], "variables": one["variables"]}
    chance = random.Random(7)  # noqa: S311 - reproducible walks
    for _ in range(6):
        if case.execution.ended or {wait.kind for wait in case.waits()} <= {"condition"}:
            break
        walks.act(case, chance)
        case.step()


def test_the_present_version_is_kept_for_later():
    written = {version for version, _ in KEPT}
    assert written == {f"version_{number}" for number in range(1, codec.VERSION + 1)}
    assert len({one["model"] for version, one in KEPT if version == f"version_{codec.VERSION}"}) >= 15


def test_an_old_version_is_migrated_through_every_version_between(monkeypatch: pytest.MonkeyPatch):
    case = Case("sequence", amount=3)
    blob, waiting = case.execution.dump(), case.execution.waiting()
    passed: list[int] = []

    def renamed(number: int) -> codec.Migration:
        def migrate(content: Any) -> Any:
            passed.append(number)
            content[5][0][f"since_{number + 1}"] = True
            return content
        return migrate

    now = codec.VERSION
    monkeypatch.setattr(codec, "VERSION", now + 3)
    monkeypatch.setattr(codec, "MIGRATIONS", {number: renamed(number) for number in range(now, now + 3)})
    case.execution = runner.Execution.load(case.process, blob, clock=case.clock, services=case.desk)
    assert passed == [now, now + 1, now + 2]
    assert case.execution.waiting() == waiting
    assert {f"since_{number}" for number in range(now + 1, now + 4)} < case.execution.variables().keys()
    assert case.execution.dump()[4] == codec.VERSION
    case.complete("first")
    assert len(passed) == 3, "what is saved is of the present version"


@pytest.mark.parametrize("version", [0, codec.VERSION + 1, 255])
def test_versions_before_the_first_and_after_the_last_are_refused(version: int):
    blob = bytearray(Case("sequence", amount=1).execution.dump())
    blob[4] = version
    with pytest.raises(codec.UnknownState, match=f"version {version} "):
        load({"model": "sequence", "state": base64.b64encode(blob)})


def test_a_gap_between_versions_is_refused(monkeypatch: pytest.MonkeyPatch):
    state = base64.b64encode(Case("sequence", amount=1).execution.dump())
    now = codec.VERSION
    monkeypatch.setattr(codec, "VERSION", now + 2)
    monkeypatch.setattr(codec, "MIGRATIONS", {now: lambda content: content})
    with pytest.raises(codec.UnknownState, match=f"version {now + 1} "):
        codec.load(base64.b64decode(state), Case.__new__(Case))  # refused before the instance is looked at


def test_no_bit_of_a_state_can_change_unnoticed():
    case = Case("sequence", amount=1, text="آذربایجان", rows=[{"n": 1}])
    blob = case.execution.dump()
    for place in range(len(blob)):
        damaged = bytearray(blob)
        damaged[place] ^= 1 << (place % 8)
        with pytest.raises(codec.UnknownState):
            runner.Execution.load(case.process, bytes(damaged), clock=case.clock, services=case.desk)


CONTENT = msgpack.unpackb(zstandard.decompress(Case("sequence", amount=1).execution.dump()[5:]), strict_map_key=False)
FORMS: list[Any] = [None, 7, [], {}, CONTENT[:-1], [*CONTENT, 1], [*CONTENT[:5], None, []],
                    [*CONTENT[:5], [{}, b"short", []], []], [*CONTENT[:6], [[1, 2]]],
                    [*CONTENT[:5], [{}, b"0" * 16, [[b"1" * 16, "first", 99, 16, {}, {}]]], []],
                    [*CONTENT[:5], [{"x": msgpack.ExtType(1, msgpack.packb("no number"))}, b"0" * 16, []], []],
                    [*CONTENT[:5], [{"x": msgpack.ExtType(99, b"")}, b"0" * 16, []], []]]


@pytest.mark.parametrize("content", FORMS, ids=range(len(FORMS)))
def test_content_without_the_form_of_its_version_is_refused(content: Any):
    blob = codec.MAGIC + bytes([codec.VERSION]) + zstandard.compress(msgpack.packb(content))
    with pytest.raises(codec.UnknownState):
        load({"model": "sequence", "state": base64.b64encode(blob)})


# Nested data: what one token does to it is never seen in another, nor in what has passed.

SHARING = inline(
    "sharing", models.start(), models.gateway("fork", "parallel"), models.user("left"), models.user("right"),
    models.script("grow", "append(rows, {n: 99})", "grown"), models.service("spoil", "spoil"),
    models.gateway("join", "parallel"), models.user("last"), models.end(),
    models.path("start_1", "fork", "left", "grow", "join", "last", "end_1"),
    models.path("fork", "right", "spoil", "join"))


class Spoiler(Desk):
    """A handler that changes everything it is given, and goes on changing what it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, Any] = {"notes": [{"n": [1]}]}
        self.handlers["spoil"] = self.spoil

    def spoil(self, call: runner.HandlerCall) -> dict[str, Any]:
        spoil(dict(call.variables))
        spoil(dict(call.inputs))
        return self.given


def spoil(value: Any) -> None:
    """Change every list and context within in place."""
    for inner in list(value.values() if isinstance(value, dict) else value):
        if isinstance(inner, dict | list):
            spoil(inner)
    if isinstance(value, dict):
        value["spoilt"] = True
    else:
        value.append("spoilt")


@pytest.mark.parametrize("saved", [True, False], ids=["cold", "warm"])
def test_nested_data_is_shared_by_nobody(saved: bool):
    desk = Spoiler()
    rows = [{"n": 1, "deep": {"list": [1, 2]}}]
    case = Case(SHARING, desk=desk, rows=rows)
    before = case.execution.variables()["rows"]

    def step() -> None:
        if saved:
            case.step()
        else:
            case.execution.run(budget=100)

    spoil(rows)
    given = {"answer": [{"m": [1]}]}
    case.execution.complete(case.one("left").token_id, given)
    step()
    spoil(given)
    case.execution.complete(case.one("right").token_id, {})
    step()
    spoil(desk.given)
    spoil(case.execution.variables())
    spoil(case.execution.task_variables(case.one("last").token_id))
    now = case.execution.variables()
    assert now["rows"] == before
    assert now["answer"] == [{"m": [1]}]
    assert now["notes"] == [{"n": [1]}]
    assert len(now["grown"]) == 2
    assert "spoilt" not in repr(now)


@pytest.mark.parametrize("saved", [True, False], ids=["cold", "warm"])
def test_the_instances_of_a_multi_instance_activity_share_no_item(saved: bool):
    process = inline(
        "items", models.start(),
        models.user("ask", extra="<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>items"
                                 '</bpmn:loopDataInputRef><bpmn:inputDataItem id="item" name="item"/>'
                                 "</bpmn:multiInstanceLoopCharacteristics>"),
        models.end(), models.path("start_1", "ask", "end_1"))
    shared = {"tags": ["a"]}
    case = Case(process, items=[shared, shared])
    first, second = case.waits("ask")
    spoil(case.execution.task_variables(first.token_id))
    case.execution.complete(first.token_id, {"item": {"tags": ["changed"]}})
    if saved:
        case.step()
    else:
        case.execution.run(budget=100)
    assert case.execution.task_variables(second.token_id)["item"] == {"tags": ["a"]}
    assert case.execution.variables()["items"] == [{"tags": ["a"]}, {"tags": ["a"]}]
