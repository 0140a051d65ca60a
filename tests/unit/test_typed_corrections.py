"""What an administrator types in place of a variable."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine import errors
from workflows import incidents


@pytest.mark.parametrize(("text", "present", "value"), [
    ("12", Decimal(5), Decimal(12)), ("12", "a", "12"), ("12", None, "12"), ("0445", Decimal(5), "0445"),
    ("", "a", None), ("true", False, True), ('["a"]', [], ["a"]), ("=12.5", "a", Decimal("12.5")),
    ("= true", None, True), ('="=x"', "a", "=x"), ('=@"2026-03-21"', None, date(2026, 3, 21)), ("=null", "a", None),
    ('={a: [1]}', None, {"a": [Decimal(1)]})])
def test_text_stays_text_and_feel_is_a_value(text: str, present: Any, value: Any) -> None:
    [read] = incidents.typed({"x": text}, {"x": present}).values()
    assert (read, type(read)) == (value, type(value))


def test_every_text_without_a_value_is_told() -> None:
    with pytest.raises(errors.Invalid) as refused:
        incidents.typed({"a": "=1 +", "b": "=1 / 0", "c": "=12"}, dict.fromkeys("abc"))
    assert [problem.where for problem in refused.value.problems] == ["a", "b"]
    assert all(problem.what_fa for problem in refused.value.problems)
