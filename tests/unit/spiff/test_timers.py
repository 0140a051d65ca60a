"""Texts of timers: ISO 8601 literals, FEEL values, repetition."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from engine import feel
from engine.spiff import timers

ANCHOR = datetime(2026, 1, 31, 9, tzinfo=UTC)


def due(text: str, value: Any = None, *, is_cycle: bool = False) -> timers.Due:
    return timers.due(text, anchor=ANCHOR, is_cycle=is_cycle, evaluate=lambda _: value)


@pytest.mark.parametrize(("text", "at"), [
    ("P3D", ANCHOR + timedelta(days=3)),
    ("PT36H", ANCHOR + timedelta(hours=36)),
    ("P2W", ANCHOR + timedelta(weeks=2)),
    ("P1DT2H3M4.5S", ANCHOR + timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
    ("-PT1H", ANCHOR - timedelta(hours=1)),
    ("P1M", datetime(2026, 2, 28, 9, tzinfo=UTC)),
    ("P1Y1M", datetime(2027, 2, 28, 9, tzinfo=UTC)),
    ("2026-06-01T12:00:00Z", datetime(2026, 6, 1, 12, tzinfo=UTC)),
    ("2026-06-01T12:00:00+03:30", datetime(2026, 6, 1, 8, 30, tzinfo=UTC)),
    ("2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
])
def test_literals_need_no_feel(text: str, at: datetime) -> None:
    assert timers.is_literal(text)
    assert due(text) == timers.Due(at=at)


@pytest.mark.parametrize(("value", "at"), [
    (timedelta(hours=5), ANCHOR + timedelta(hours=5)),
    (feel.YearsMonths(2), datetime(2026, 3, 31, 9, tzinfo=UTC)),
    (datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=3, minutes=30))),
     datetime(2026, 6, 1, 8, 30, tzinfo=UTC)),
    (date(2026, 6, 1), datetime(2026, 6, 1, tzinfo=UTC)),
    ("P3D", ANCHOR + timedelta(days=3)),
    (feel.evaluate('duration("PT0.000001999S")'), ANCHOR + timedelta(microseconds=1)),
    (feel.evaluate('@"2026-06-01T12:00:00.000001999Z"'), datetime(2026, 6, 1, 12, microsecond=1, tzinfo=UTC)),
])
def test_feel_may_yield_a_moment_a_duration_or_a_literal(value: Any, at: datetime) -> None:
    assert due("some expression", value) == timers.Due(at=at)


def test_a_repetition_says_how_often_and_from_when() -> None:
    ten = timers.Duration(exact=timedelta(hours=10))
    assert due("R3/PT10H", is_cycle=True) == timers.Due(at=ANCHOR + timedelta(hours=10), every=ten, left=3)
    assert due("R/PT10H", is_cycle=True).left is None
    start = datetime(2026, 6, 1, tzinfo=UTC)
    assert due("some expression", "R/P1M", is_cycle=True).every == timers.Duration(months=1)
    assert due("R2/2026-06-01T00:00:00Z/PT10H", is_cycle=True) == timers.Due(at=start, every=ten, left=2)


@pytest.mark.parametrize("value", [None, True, "tomorrow", "R3/soon", [], "2026-99-99T00:00:00Z", "P99999Y",
                                   feel.evaluate('@"20000-01-01"'), feel.evaluate('@"20000-01-01T00:00:00"'),
                                   feel.evaluate('duration("P9999999999D")'), feel.evaluate("[1..2]"), "R3/P1D"])
def test_anything_else_is_no_moment(value: Any) -> None:
    with pytest.raises(timers.TimerError):
        due("some expression", value)


@pytest.mark.parametrize("text", [f"P{'9' * 5000}D", "P", "PT", "P1", "duration(\"P1D\")", "P3D + x", "R3/x", "R/P"])
def test_what_is_no_literal_is_feel(text: str) -> None:
    assert not timers.is_literal(text)
