"""Ad hoc subprocesses before a deployment: the condition may be true after any activity, or never."""

from __future__ import annotations

from engine import verification
from tests.engine import models
from tests.unit.spiff.driver import inline, model
from tests.unit.spiff.test_ad_hoc import ABC, ONE_BY_ONE, ad_hoc


def faults(*body: str, until: str = "", attributes: str = "") -> list[tuple[str, str]]:
    process = inline("p", models.start(), ad_hoc("work", *body, until=until, attributes=attributes), models.end(),
                     models.path("start_1", "work", "end_1"))
    verdict = verification.verify(process.model)
    assert verdict.complete
    return [(finding.fault, finding.where) for finding in verdict.findings]


def test_whatever_runs_in_it_is_no_fault() -> None:
    for attributes in ("", ONE_BY_ONE, 'cancelRemainingInstances="false"'):
        for until in ("", "x = true"):
            assert faults(*ABC, until=until, attributes=attributes) == []
    assert verification.verify(model("ad_hoc").processes["ad_hoc"].model).findings == []


def test_a_loop_that_the_condition_alone_leaves_has_a_way_to_the_end() -> None:
    circle = (*ABC, models.gateway("again"), models.path("a", "again", "b", "c", "again"))
    assert faults(*circle, until="x = true") == []
    assert "no_way_to_end" in [fault for fault, _ in faults(*circle)]


def test_every_activity_in_it_may_run() -> None:
    process = inline("p", models.start(), ad_hoc("work", *ABC, until="x = true"), models.end(),
                     models.path("start_1", "work", "end_1"))
    assert {"a", "b", "c", "work", "end_1"} <= verification.verify(process.model).ran


def test_a_join_that_never_gets_all_its_tokens_is_still_a_deadlock() -> None:
    join = (
        models.user("a"), models.gateway("which", attributes='default="which__b"'), models.user("b"),
        models.user("c"), models.gateway("join", "parallel"), models.user("d"),
        models.path("a", "which", "b", "join", "d"), models.flow("which", "c", "x = true"), models.path("c", "join"))
    assert ("deadlock", "join") in faults(*join)
