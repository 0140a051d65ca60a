"""`for`, `some`, `every` and filters (DMN 1.5 §10.3.2.14, §10.3.2.5 and §10.3.2.6)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from engine.feel import comparison, logic, nodes, numerals, values, wide
from engine.feel.messages import Message, Refused, reason
from engine.feel.runs import ITEM, RUN, Code, Compile, Run, Scope
from engine.feel.values import Range

_Source = tuple[str, Code, Code | None]


class _NotIterable(Refused):
    """A source is null or has ends that cannot be counted between."""


_MINE_ALONE = 2
"""References to a list that nobody kept: the variable's, and that of the function that counts them."""
_NOTHING = Message("there is nothing to iterate over")


def _said(word: str, fault: Exception) -> Message:
    return Message("{name}: {reason}", name=word, reason=reason(fault))


def loop(node: nodes.For, compile_: Compile) -> Code:
    """`for … return body`: the list of results; `partial` is the list so far."""
    sources, body = _compiled(node.iterators, node.body, compile_, also=("partial",))
    wants_partial = compile_.mentions(node.body, "partial")

    def iterate(scope: Scope) -> Any:
        run: Run = scope[RUN]
        results: list[Any] = []
        try:
            for child in _scopes(scope, sources):
                run.step()
                run.produce(ITEM)
                if wants_partial:
                    run.produce(ITEM * len(results))
                    child["partial"] = list(results)
                results.append(body(child))
        except _NotIterable as fault:
            return run.warn(_said("for", fault), node.at)
        return results

    return iterate


def quantified(node: nodes.Quantified, compile_: Compile) -> Code:
    """`some` is true as soon as one is true, `every` false as soon as one is false; null when undecided."""
    sources, condition = _compiled(node.iterators, node.condition, compile_)
    decisive, word = not node.every, "every" if node.every else "some"

    def decide(scope: Scope) -> Any:
        run: Run = scope[RUN]
        answer: bool | None = node.every
        try:
            for child in _scopes(scope, sources):
                run.step()
                result = condition(child)
                if result is decisive:
                    return decisive
                if type(result) is not bool:
                    answer = None
                    logic.undecided(scope, word, (result,), node.at)
        except _NotIterable as fault:
            return run.warn(_said(word, fault), node.at)
        return answer

    return decide


def _compiled(iterators: Iterable[nodes.Iteration], body: nodes.Node, compile_: Compile,
              also: tuple[str, ...] = ()) -> tuple[list[_Source], Code]:
    """The sources, each seeing the variables before it, and the body, which sees them all."""
    bound: list[str] = []
    sources: list[_Source] = []
    for each in iterators:
        with compile_.binding(bound):
            sources.append((each.name, compile_(each.source), compile_(each.end) if each.end else None))
        bound.append(each.name)
    with compile_.binding([*bound, *also]):
        return sources, compile_(body)


def _scopes(scope: Scope, sources: Sequence[_Source]) -> Iterator[Scope]:
    """A fresh scope for every combination of the variables; the last one changes fastest."""
    name, source, end = sources[0]
    rest = sources[1:]
    for item in _items(source(scope), end(scope) if end else None, counted=end is not None):
        child = scope.copy()
        child[name] = item
        if rest:
            scope[RUN].step()
            yield from _scopes(child, rest)
        else:
            yield child


def _items(source: Any, end: Any, *, counted: bool) -> Iterable[Any]:
    if counted:
        return _count(source, end)
    if type(source) is list:
        return source
    if type(source) is Range and source.operator is None:
        return _upwards(source)
    if source is None:
        raise _NotIterable("there is nothing to iterate over")
    return [source]


def _upwards(values_: Range) -> Iterator[Any]:
    """The whole numbers or days of a range; unlike `2..1`, the range `[2..1]` has none and may not be counted."""
    start = values_.start if values_.start_included else _next(values_.start)
    end = values_.end if values_.end_included else _next(values_.end, -1)
    if comparison.less_or_equal(start, end) is not True:
        raise _NotIterable("the range does not run upwards")
    return _count(start, end)


def _next(value: Any, step: int = 1) -> Any:
    if type(value) is Decimal:
        return numerals.CONTEXT.add(value, step)
    return wide.date_of(wide.date_days(value) + step) if type(value) in wide.DATES else None


def _count(start: Any, end: Any) -> Iterator[Any]:
    """Whole numbers or days from `start` to `end`, down when `end` is smaller."""
    if type(start) in wide.DATES and type(end) in wide.DATES:
        low, high = wide.date_days(start), wide.date_days(end)
        step = 1 if low <= high else -1
        return (wide.date_of(day) for day in range(low, high + step, step))
    first = numerals.integer(start) if type(start) is Decimal else None
    last = numerals.integer(end) if type(end) is Decimal else None
    if first is None or last is None:
        raise _NotIterable("the ends of the range are not whole numbers or dates")
    step = 1 if first <= last else -1
    return (Decimal(number) for number in range(first, last + step, step))


def filtered(node: nodes.Filter, compile_: Compile) -> Code:
    """`list[condition]`: the items for which it is true, or the item at a position."""
    source = compile_(node.source)
    if isinstance(node.condition, nodes.Literal) and type(node.condition.value) is Decimal:
        position = node.condition.value
        return lambda scope: _at(scope[RUN], _as_list(source(scope)), position, node.at)
    with compile_.binding(("item",)), compile_.filtering():
        condition = compile_(node.condition)

    def select(scope: Scope) -> Any:
        return _select(scope, _as_list(source(scope)), condition, node.at)

    return select


def each(scope: Scope, name: str, source: Any, body: Code) -> Any:
    """The boxed iterator `for name in source return body`."""
    run: Run = scope[RUN]
    if source is None:
        return run.warn(_NOTHING)
    results: list[Any] = []
    for item in _items(source, None, counted=False):
        run.step()
        run.produce(ITEM)
        so_far = results.copy()
        results.append(body({**scope, name: item, "partial": so_far}))
        if sys.getrefcount(so_far) > _MINE_ALONE:
            run.produce(ITEM * len(so_far))
    return results


def decide(scope: Scope, name: str, source: Any, condition: Code, *, every: bool) -> Any:
    """The boxed `some` and `every`."""
    run: Run = scope[RUN]
    if source is None:
        return run.warn(_NOTHING)
    answer: bool | None = every
    for item in _items(source, None, counted=False):
        run.step()
        result = condition({**scope, name: item})
        if result is (not every):
            return not every
        if type(result) is not bool:
            answer = None
    return answer


def select(scope: Scope, source: Any, condition: Code) -> Any:
    """The boxed filter `source[condition]`."""
    return _select(scope, _as_list(source), condition, 0)


def _as_list(value: Any) -> list[Any]:
    if type(value) is list:
        return value
    return [] if value is None else [value]


def _select(scope: Scope, items: list[Any], condition: Code, at: int) -> Any:
    run: Run = scope[RUN]
    if not items and type(position := condition(scope)) is Decimal:
        return _at(run, items, position, at)
    chosen = []
    for number, item in enumerate(items):
        run.step()
        child = {**scope, "item": item, **item} if type(item) is dict else {**scope, "item": item}
        result = condition(child)
        if result is True:
            run.produce(ITEM)
            chosen.append(item)
        elif number == 0 and type(result) is Decimal:
            return _at(run, items, result, at)
        elif result is not None and type(result) is not bool:
            return run.warn(Message("a filter is {kind}, not boolean or number", kind=values.kind(result)), at)
    return chosen


def _at(run: Run, items: list[Any], position: Decimal, at: int) -> Any:
    number = numerals.integer(position)
    if number and -len(items) <= number <= len(items):
        return items[number - 1 if number > 0 else number]
    return run.warn(Message("there is no item {position} among {count}", position=position, count=len(items)), at)
