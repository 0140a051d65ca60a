"""List functions and `sort` (DMN 1.5 §10.3.4.4 and §10.3.4.8). Positions count from 1, negative ones from the end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import comparison, numerals, timeline, wide
from engine.feel.functions import Library
from engine.feel.messages import Refused
from engine.feel.numerals import CONTEXT
from engine.feel.runs import ITEM, Run
from engine.feel.values import Function, YearsMonths

library = Library()


def both(name: str) -> Callable[[Any], Any]:
    """Register `fn(run, list)` as `name(list)` and as `name(c1, c2, …)`."""
    def register(fn: Any) -> Any:
        library.function(f"{name}(list: list)", run=True)(fn)
        library.function(f"{name}(c...)", run=True)(lambda run, *items: fn(run, list(items)))
        return fn

    return register


def made(run: Run, items: list[Any]) -> list[Any]:
    """`items`, counted as output."""
    run.spend(len(items))
    run.produce(ITEM * len(items))
    return items


def _numbers(run: Run, items: list[Any]) -> list[Decimal]:
    run.spend(len(items))
    if any(type(item) is not Decimal for item in items):
        raise Refused("the list holds something that is not a number")
    return items


@library.function("list contains(list: list, element)", run=True)
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    """Whether an item equals `element`, which may be null."""
    run.measure(items)
    return any(comparison.equal(item, element) is True for item in items)


@library.function("count(list: list)")
def count(items: list[Any]) -> Decimal:
    """The number of items."""
    return Decimal(len(items))


@both("min")
def minimum(run: Run, items: list[Any]) -> Any:
    """The smallest item; null when they do not compare."""
    return _extreme(run, items, comparison.less)


@both("max")
def maximum(run: Run, items: list[Any]) -> Any:
    """The largest item; null when they do not compare."""
    return _extreme(run, items, lambda one, other: comparison.less(other, one))


def _extreme(run: Run, items: list[Any], before: Callable[[Any, Any], bool | None]) -> Any:
    run.measure(items)
    if not items:
        raise Refused("the list is empty")
    found = items[0]
    if before(found, found) is None:
        raise Refused("the items have no order")
    for item in items[1:]:
        comes_before = before(item, found)
        if comes_before is None:
            raise Refused("the items do not compare")
        found = item if comes_before else found
    return found


@both("sum")
def total(run: Run, items: list[Any]) -> Any:
    """The sum of numbers or of durations; null for an empty list."""
    if not items:
        raise Refused("the list is empty")
    if type(items[0]) is Decimal:
        return functools.reduce(CONTEXT.add, _numbers(run, items))
    run.spend(len(items))
    if all(type(item) in wide.SPANS for item in items):
        return wide.span_of(sum(map(wide.span_nanos, items)))
    if all(type(item) is YearsMonths for item in items):
        return timeline.months_of(sum(item.months for item in items))
    raise Refused("the list holds something that is not a number")


@both("mean")
def mean(run: Run, items: list[Any]) -> Any:
    """The average; null for an empty list."""
    numbers = _numbers(run, items)
    if not numbers:
        raise Refused("the list is empty")
    return CONTEXT.divide(functools.reduce(CONTEXT.add, numbers), Decimal(len(numbers)))


@both("product")
def product(run: Run, items: list[Any]) -> Decimal:
    """The product of numbers; null for an empty list."""
    numbers = _numbers(run, items)
    if not numbers:
        raise Refused("the list is empty")
    return functools.reduce(CONTEXT.multiply, numbers)


@both("median")
def median(run: Run, items: list[Any]) -> Any:
    """The middle number, or the average of the two in the middle."""
    numbers = sorted(_numbers(run, items))
    if not numbers:
        raise Refused("the list is empty")
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return CONTEXT.divide(CONTEXT.add(numbers[middle - 1], numbers[middle]), Decimal(2))


@both("stddev")
def stddev(run: Run, items: list[Any]) -> Decimal:
    """The sample standard deviation; null for fewer than two numbers."""
    numbers = _numbers(run, items)
    if len(numbers) < 2:
        raise Refused("a standard deviation needs two numbers")
    average = mean(run, numbers)
    squares = [CONTEXT.power(CONTEXT.subtract(number, average), Decimal(2)) for number in numbers]
    return CONTEXT.sqrt(CONTEXT.divide(functools.reduce(CONTEXT.add, squares), Decimal(len(numbers) - 1)))


@both("mode")
def mode(run: Run, items: list[Any]) -> list[Decimal]:
    """The most frequent numbers, in ascending order."""
    counts: dict[Decimal, int] = {}
    for number in _numbers(run, items):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == most)


@both("all")
def all_(run: Run, items: list[Any]) -> bool | None:
    """Whether all are true: false as soon as one is, null when one is no boolean."""
    run.spend(len(items))
    if any(item is False for item in items):
        return False
    return _decided(items, decided=True)


@both("any")
def any_(run: Run, items: list[Any]) -> bool | None:
    """Whether any is true: true as soon as one is, null when one is no boolean."""
    run.spend(len(items))
    if any(item is True for item in items):
        return True
    return _decided(items, decided=False)


def _decided(items: list[Any], *, decided: bool) -> bool | None:
    """`decided` when all items are that; null, for a list that null is among; refused for anything else."""
    others = [item for item in items if item is not decided]
    if any(item is not None for item in others):
        raise Refused("the list holds something that is not a boolean")
    return None if others else decided


@library.function("sublist(list: list, start position: number, length?: number)", run=True)
def sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any]:
    """`length` items from `start` on, or all the rest."""
    begin = _index(items, start)
    end = len(items) if length is None else begin + int(length)
    if end > len(items) or (length is not None and length < 1):
        raise Refused("the length is out of range")
    return made(run, items[begin:end])


def _index(items: list[Any], position: Decimal) -> int:
    """From a position of an item to a Python index. Raises: Refused."""
    number = numerals.integer(position)
    if number is None or number == 0 or abs(number) > len(items):
        raise Refused("position {position} is out of range", position=position)
    return number - 1 if number > 0 else len(items) + number


@library.function("append(list: list, item?...)", run=True)
def append(run: Run, items: list[Any], *more: Any) -> list[Any]:
    """The list with items added at its end."""
    return made(run, [*items, *more])


@library.function("concatenate(list...: list)", run=True)
def concatenate(run: Run, *lists: list[Any]) -> list[Any]:
    """All lists in one."""
    run.spend(sum(map(len, lists)))
    return made(run, [item for items in lists for item in items])


@library.function("insert before(list: list, position: number, newItem)", run=True)
def insert_before(run: Run, items: list[Any], position: Decimal, new: Any) -> list[Any]:
    """The list with an item added before the position."""
    index = _index(items, position)
    return made(run, [*items[:index], new, *items[index:]])


@library.function("remove(list: list, position: number)", run=True)
def remove(run: Run, items: list[Any], position: Decimal) -> list[Any]:
    """The list without the item at the position."""
    index = _index(items, position)
    return made(run, [*items[:index], *items[index + 1:]])


@library.function("list replace(list: list, position: number, newItem)", run=True)
def list_replace(run: Run, items: list[Any], position: Decimal, new: Any) -> list[Any]:
    """The list with another item at the position."""
    index = _index(items, position)
    return made(run, [*items[:index], new, *items[index + 1:]])


@library.function("list replace(list: list, match: function, newItem)", run=True)
def list_replace_where(run: Run, items: list[Any], match: Function, new: Any) -> list[Any]:
    """The list with another item wherever `match(item, newItem)` is true."""
    replaced = []
    for item in items:
        chosen = match.call(run, [item, new])
        if type(chosen) is not bool:
            raise Refused("match gives something that is not a boolean")
        replaced.append(new if chosen else item)
    return made(run, replaced)


@library.function("reverse(list: list)", run=True)
def reverse(run: Run, items: list[Any]) -> list[Any]:
    """The list from its end."""
    return made(run, items[::-1])


@library.function("index of(list: list, match)", run=True)
def index_of(run: Run, items: list[Any], match: Any) -> list[Decimal]:
    """The positions of the items that equal `match`."""
    run.measure(items)
    return [Decimal(position) for position, item in enumerate(items, 1) if comparison.equal(item, match) is True]


@library.function("union(list...: list)", run=True)
def union(run: Run, *lists: list[Any]) -> list[Any]:
    """All lists in one, each value once."""
    run.spend(sum(map(len, lists)))
    return _distinct(run, [item for items in lists for item in items])


@library.function("distinct values(list: list)", run=True)
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    """Each value once, in order of first appearance."""
    return _distinct(run, items)


def _distinct(run: Run, items: list[Any]) -> list[Any]:
    seen: set[tuple[type, Any]] = set()
    distinct: list[Any] = []
    others: list[Any] = []
    for item in items:
        run.step()
        if type(item) in {Decimal, str, bool, type(None)}:
            if (type(item), item) not in seen:
                seen.add((type(item), item))
                distinct.append(item)
            continue
        run.measure(others)
        if not any(comparison.equal(item, other) is True for other in others):
            others.append(item)
            distinct.append(item)
    return made(run, distinct)


@library.function("flatten(list: list)", run=True)
def flatten(run: Run, items: list[Any]) -> list[Any]:
    """The items of all lists inside, however deep."""
    flat: list[Any] = []
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            run.step()
            if type(item) is list:
                stack.append(iter(item))
                break
            flat.append(item)
        else:
            stack.pop()
    return made(run, flat)


@library.function("sort(list: list, precedes?: function)", run=True)
def sort(run: Run, items: list[Any], precedes: Function | None = None) -> list[Any]:
    """The list in the order that `precedes(a, b)` tells, or ascending; stable."""
    def comes_first(one: Any, other: Any) -> bool:
        run.step()
        answer = precedes.call(run, [one, other]) if precedes else comparison.less(one, other)
        if type(answer) is not bool:
            raise Refused("two items have no order")
        return answer

    def compare(one: Any, other: Any) -> int:
        return -1 if comes_first(one, other) else int(comes_first(other, one))

    return made(run, sorted(items, key=functools.cmp_to_key(compare)))
