"""State survives being saved: exactly, whatever the element, and never as something else."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgpack
import pytest
import zstandard

from engine import errors, feel
from engine.spiff import activities, codec, gateways, runner, specs
from tests.unit.spiff import reference
from tests.unit.spiff.driver import Case, Desk, answer, model

VALUES: dict[str, Any] = {
    "number": Decimal("0.10"), "large": Decimal("123456789012345678901234567890.1234"), "text": "پروانه", "yes": True,
    "nothing": None, "day": date(2026, 3, 21), "clock": time(8, 30), "clock_zone": time(8, 30, tzinfo=UTC),
    "local": datetime(2026, 3, 21, 8, 30, 1, 5), "utc": datetime(2026, 3, 21, 8, 30, tzinfo=UTC),
    "offset": datetime(2026, 3, 21, 8, 30, tzinfo=timezone(timedelta(hours=3, minutes=30))),
    "zone": datetime(2026, 3, 21, 8, 30, tzinfo=ZoneInfo("Asia/Tehran")),
    "fold": datetime(2021, 9, 21, 23, 30, fold=1, tzinfo=ZoneInfo("Asia/Tehran")),
    "duration": timedelta(days=-3, microseconds=1), "months": feel.YearsMonths(17),
    "rows": [{"a": [Decimal(1), []]}, {}], "empty": {}, "ancient": feel.WideDate(-44, 3, 15),
    "exact_clock": feel.WideTime(1, UTC), "exact": feel.WideMoment(738_000, 1, ZoneInfo("Asia/Tehran"), 1),
    "age": feel.WideSpan(10**27),
}


def test_every_feel_value_comes_back_exactly() -> None:
    case = Case("sequence", amount=1, **VALUES)
    kept = case.execution.variables()
    assert {name: kept[name] for name in VALUES} == VALUES
    assert {name: type(kept[name]) for name in VALUES} == {name: type(value) for name, value in VALUES.items()}
    assert str(kept["number"]) == "0.10"
    assert kept["zone"].tzinfo.key == "Asia/Tehran"
    assert kept["fold"].fold == 1
    assert kept["local"].tzinfo is None


def test_a_range_comes_back_exactly() -> None:
    given = feel.evaluate("[1..5)", {})
    case = Case("sequence", amount=1, between=given)
    assert case.execution.variables()["between"] == given


def load(blob: bytes, name: str = "sequence") -> runner.Execution:
    case = Case(name, amount=1)
    return runner.Execution.load(case.process, blob, clock=case.clock, services=case.desk)


def test_an_unknown_version_is_refused() -> None:
    blob = bytearray(Case("sequence", amount=1).execution.dump())
    blob[4] = 99
    with pytest.raises(codec.UnknownState, match="version 99"):
        load(bytes(blob))


@pytest.mark.parametrize("blob", [b"", b"{}", b"PVNS\x01", b"PVNS\x01not zstd", b"\x80\x04pickle me not"])
def test_bytes_that_are_no_state_are_refused(blob: bytes) -> None:
    with pytest.raises(codec.UnknownState):
        load(blob)


def test_a_truncated_state_is_refused() -> None:
    with pytest.raises(codec.UnknownState):
        load(Case("sequence", amount=1).execution.dump()[:-7])


def test_the_state_of_another_process_is_refused() -> None:
    with pytest.raises(codec.UnknownState, match="exclusive"):
        load(Case("exclusive", amount=1).execution.dump())


def test_a_state_with_an_element_the_definition_lacks_is_refused() -> None:
    blob = Case("sequence", amount=1).execution.dump()
    packed = zstandard.ZstdDecompressor().decompress(blob[5:])
    renamed = zstandard.ZstdCompressor().compress(packed.replace(b"first", b"fir5t"))
    with pytest.raises(codec.UnknownState, match="fir5t"):
        load(blob[:5] + renamed)


def unpacked(blob: bytes) -> Any:
    return msgpack.unpackb(zstandard.ZstdDecompressor().decompress(blob[5:]), strict_map_key=False)


def test_the_specification_is_not_in_the_state() -> None:
    blob = Case("sequence", amount=1).execution.dump()
    content = unpacked(blob)
    assert "first" in str(content)
    assert not [word for word in ("begin", "double", "CHECK", "notes.write") if word in str(content)]
    assert len(blob) < 400


def test_specifications_are_shared_and_untouched_by_running() -> None:
    process = model("event_subprocess").processes["event_subprocess"]
    before = {name: {key: repr(vars(spec)) for key, spec in spec.task_specs.items()}
              for name, spec in process.specifications.items()}
    for _ in range(2):
        case = Case("event_subprocess")
        case.process = process
        case.execution = runner.Execution.start(process, {"case_id": "B"}, clock=case.clock, services=case.desk)
        case.step()
        case.deliver("questions")
        case.deliver("withdrawal")
    after = {name: {key: repr(vars(spec)) for key, spec in spec.task_specs.items()}
             for name, spec in process.specifications.items()}
    assert before == after


class Unsteady(Desk):
    """Handlers and decisions that answer by chance."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.handlers = dict.fromkeys(("notes.write", "calls.first", "calls.second"), self.answer)
        self.decisions["grade"] = lambda _: answer({"mark": Decimal(self.chance.randint(1, 9))})

    def answer(self, call: runner.HandlerCall) -> dict[str, Any]:
        if self.chance.random() < 0.2:
            raise errors.BpmnError("REFUSED") if self.chance.random() < 0.3 else errors.HandlerFailed("no")
        return {"ready": self.chance.random() < 0.7, "not_ready": True, "due_in": "P2D", "rows": [{"n": 1}]}


WALKS: dict[str, dict[str, Any]] = {
    "sequence": {"amount": 3}, "exclusive": {"amount": 50}, "parallel_loop": {}, "inclusive": {"x": True, "y": True},
    "boundary": {}, "event_gateway": {}, "multi_instance": {"codes": ["a", "b"], "signers": ["s", "t"]},
    "call_activity": {"due": ["R1", "R2"]}, "event_subprocess": {}, "subprocess": {}, "failing": {}, "messages": {},
    "implicit": {}, "conditions": {}, "mappings": {"amount": 3},
}


def act(case: Case, chance: random.Random) -> None:
    """One random trigger."""
    wait = chance.choice([wait for wait in case.waits() if wait.kind != "condition"])
    given = {"repeat": chance.random() < 0.6, "x": chance.random() < 0.5, "y": chance.random() < 0.5,
             "answer": chance.choice(["CLEAN", "BAD"]), "ok": True, "vote": chance.choice(["yes", "no"]),
             "nested": {"list": [chance.randint(0, 9)]}, "ready": True, "held": False,
             "area": chance.randint(0, 900), "measured": chance.randint(0, 900), "withdrawn": chance.random() < 0.1}
    if wait.kind == "user_task":
        case.execution.complete(wait.token_id, given)
    elif wait.kind == "timer":
        case.execution.fire_timer(wait.token_id)
    elif wait.kind == "message":
        case.execution.deliver(wait.token_id, given)
    else:
        case.execution.retry(wait.token_id)


def seen(case: Case) -> set[type]:
    return {type(spec) for process in case.process.specifications.values() for spec in process.task_specs.values()}


@pytest.mark.parametrize("name", sorted(WALKS))
def test_random_walks_agree_with_the_stock_serializer_after_every_step(name: str) -> None:
    for seed in range(12):
        chance = random.Random(f"{name}-{seed}")  # noqa: S311 - reproducible walks
        case = Case(name, desk=Unsteady(chance), **WALKS[name])
        for _ in range(25):
            if case.execution.ended or {wait.kind for wait in case.waits()} <= {"condition"}:
                break
            stock = runner.Execution(case.process, reference.round_trip(case.process, case.execution.instance),
                                     clock=case.clock, services=case.desk)
            assert stock.waiting() == case.execution.waiting()
            assert stock.variables() == case.execution.variables()
            assert unpacked(stock.dump()) == unpacked(case.execution.dump())
            if chance.random() < 0.5:
                case.execution = stock
                case.execution._known = {wait.token_id: wait for wait in stock.waiting()}
            act(case, chance)
            case.step()


def test_the_walks_meet_every_specification_class() -> None:
    classes = {found for module in (specs, gateways, activities) for found in vars(module).values()
               if isinstance(found, type) and issubclass(found, specs.NodeSpec)}
    abstract = {specs.NodeSpec, gateways.ChoosingSpec, gateways.JoiningSpec, activities.MultiInstanceSpec}
    met: set[type] = set()
    for name, given in WALKS.items():
        met |= seen(Case(name, desk=Unsteady(random.Random(name)), **given))  # noqa: S311 - reproducible
    assert classes - abstract - met == set()
