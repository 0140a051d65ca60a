"""Ids: ascending in the order they were asked for, whatever the clock does."""

from uuid import RFC_4122, UUID

from engine import values


def test_ids_ascend_within_a_millisecond_and_when_the_clock_is_set_back(monkeypatch):
    moments = iter([5_000_000_000] * 500 + [4_000_000_000] * 500 + [6_000_000_000] * 500)
    monkeypatch.setattr(values, "_last_id", 0)
    monkeypatch.setattr(values.time, "time_ns", lambda: next(moments))
    ids = [values.new_id() for _ in range(1_500)]
    assert ids == sorted(set(ids))
    assert {(UUID(hex=each).version, UUID(hex=each).variant) for each in ids} == {(7, RFC_4122)}
    assert int(ids[-1][:12], 16) == 6_000
