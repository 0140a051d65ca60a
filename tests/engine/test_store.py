"""Cursors and the bounded map."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import errors
from engine.store import paging
from engine.store.lru import Lru

MOMENT = datetime(2026, 4, 4, tzinfo=UTC)


def test_a_cursor_gives_its_keys_back():
    assert paging.decode(paging.encode(MOMENT, "پروانه", 7), datetime, str, int) == [MOMENT, "پروانه", 7]


@pytest.mark.parametrize("cursor", ["", "x", "!!", "پ", paging.encode("a", "b"), paging.encode(1),
                                    paging.encode(MOMENT), "W10", "e30", "WyJhIl0x", "A" * 10_000])
def test_what_is_no_cursor_of_this_list_is_invalid(cursor):
    with pytest.raises(errors.Invalid) as caught:
        paging.decode(cursor, datetime, str)
    assert caught.value.problems[0].code == "bad_cursor"


@pytest.mark.parametrize("keys", [["2026-04-04T00:00:00"], ["yesterday"], [True], [None]])
def test_a_cursor_with_a_wrong_moment_is_invalid(keys):
    with pytest.raises(errors.Invalid):
        paging.decode(paging.encode(*keys), datetime)


def test_the_least_recently_used_entry_goes_first():
    lru: Lru[str, int] = Lru(2)
    lru.put("a", 1)
    lru.put("b", 2)
    assert lru.get("a") == 1
    lru.put("c", 3)
    assert (lru.get("b"), lru.get("a"), lru.get("c"), len(lru)) == (None, 1, 3, 2)


def test_what_is_taken_is_gone():
    lru: Lru[str, int] = Lru(2)
    lru.put("a", 1)
    assert (lru.take("a"), lru.take("a")) == (1, None)


def test_a_map_of_size_zero_keeps_nothing():
    lru: Lru[str, int] = Lru(0)
    lru.put("a", 1)
    assert lru.get("a") is None
