"""How much memory an instance takes up while it is kept between triggers.

An estimate, from what Python says of each value and from what a token and a scope were measured to cost with all that
hangs on them. It is held against the allocator in the tests. What instances share, such as specifications, counts for
none of them.
"""

from __future__ import annotations

from sys import getsizeof
from typing import Any

from engine.spiff.tokens import Instance

_INSTANCE, _SCOPE, _TOKEN = 3_500, 1_800, 900
"""Bytes of an instance without tokens, of a subprocess within it, and of a token with its wait."""
_HOLDERS = frozenset({dict, list, tuple})


def footprint(instance: Instance) -> int:
    """About how many bytes the instance takes up in memory."""
    total = _INSTANCE + _SCOPE * len(instance.subprocesses)
    for scope in instance.scopes():
        total += size(scope.data)
        for token in scope.tasks.values():
            total += _TOKEN + size(token.data) + size(token.internal_data)
    return total


def size(value: Any) -> int:
    """About how many bytes a value takes up, and all that it holds; what holds nothing is as large as Python says."""
    total = getsizeof(value)
    if type(value) is dict:
        total += sum(map(getsizeof, value))
        inner = value.values()
    elif type(value) in _HOLDERS:
        inner = value
    else:
        return total
    # One pass for all, and a second only into what holds more: this runs after every step.
    total += sum(map(getsizeof, inner))
    for item in inner:
        if type(item) in _HOLDERS:
            total += size(item) - getsizeof(item)
    return total
