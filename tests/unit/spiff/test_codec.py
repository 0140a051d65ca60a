"""State survives being saved: exactly, whatever the element, and never as something else."""

from __future__ import annotations

import random
from typing import Any

import msgpack
import pytest
import zstandard

from engine import feel
from engine.spiff import activities, choices, codec, compensation, gateways, parts, runner, specs
from tests.unit.spiff import reference
from tests.unit.spiff.driver import Case, model
from tests.unit.spiff.walks import VALUES, WALKS, Unsteady, act


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
    modules = (specs, gateways, activities, parts, compensation, choices)
    classes = {found for module in modules for found in vars(module).values()
               if isinstance(found, type) and issubclass(found, specs.NodeSpec)}
    abstract = {specs.NodeSpec, gateways.ChoosingSpec, gateways.JoiningSpec, gateways.AwaitingSpec,
                activities.MultiInstanceSpec}
    met: set[type] = set()
    for name, given in WALKS.items():
        met |= seen(Case(name, desk=Unsteady(random.Random(name)), **given))  # noqa: S311 - reproducible
    assert classes - abstract - met == set()
