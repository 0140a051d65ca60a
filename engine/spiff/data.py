"""Variables: where a token finds them and where its results go.

One dictionary of variables belongs to the process instance, one to each called process, and one to each instance of a
multi-instance activity; embedded subprocesses write into the scope around them. Values are never changed in place:
what comes in is copied, what goes out is copied, so no two scopes can rewrite each other through a shared list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine import errors, feel, values
from engine.spiff.failures import ElementFailed

LOOP_COUNTER = "loopCounter"
INPUTS = "inputs"
"""Where a token keeps the values of its node's input mappings."""
MAX_CARRIED = 64 * 1024
"""Weight of the variables that a signal may carry: it is written down once for each receiver."""
MAX_DEPTH = 100
"""Lists and contexts within each other; state, JSON and FEEL all walk values by recursion."""
MOST_MONTHS = 12 * 10**9
_KEPT = "use text, numbers, booleans, dates, durations, lists and mappings"
_SURROGATE = re.compile("[\ud800-\udfff]")
_SCALARS = frozenset({Decimal, str, bool, type(None), date, time, datetime, timedelta, feel.YearsMonths, feel.Range,
                      feel.WideDate, feel.WideTime, feel.WideMoment, feel.WideSpan})


def accept(variables: Mapping[str, Any], source: str) -> dict[str, Any]:
    """A copy of what a handler gave, as FEEL values.

    Raises:
        ElementFailed: a name is no text or a value has no FEEL type.
    """
    accepted = {}
    for name, value in variables.items():
        if not isinstance(name, str) or not name or not is_text(name):
            raise ElementFailed("handler", f"{source} gave a variable without a name")
        try:
            accepted[name] = _copy(value)
        except TypeError as error:
            raise ElementFailed("handler", f"{source} gave {name} a value that cannot be kept: {error}",
                                hint=_KEPT) from error
    return accepted


def received(variables: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy of what a caller hands in, as FEEL values.

    Raises:
        errors.Invalid: naming every variable that has no FEEL value.
    """
    problems = []
    kept = {}
    for name, value in variables.items():
        try:
            if not isinstance(name, str) or not name or not is_text(name):
                raise TypeError("a variable needs a name of plain text")
            kept[name] = _copy(value)
        except TypeError as error:
            problems.append(values.Problem(
                where=f"{where}.{name}", what=str(error), what_fa="این مقدار را نمی‌توان نگه داشت", fix=_KEPT,
                fix_fa="متن، عدد، درست و نادرست، تاریخ، مدت، فهرست یا نگاشت بدهید", code="no_feel_value"))
    if problems:
        raise errors.Invalid(problems)
    return kept


def keep(value: Any) -> Any:
    """A copy of an expression's or a decision's result that shares no list and no context with it.

    Raises:
        ElementFailed: it contains what no state can hold, such as a function.
    """
    try:
        return _copy(value)
    except TypeError as error:
        raise ElementFailed("expression", f"the result cannot be kept in a variable: {error}",
                            hint="call functions in the expression and keep what they give") from error


def is_text(value: str) -> bool:
    """Whether both stores can keep the text: neither takes half a surrogate pair, PostgreSQL takes no NUL."""
    return "\0" not in value and (value.isascii() or not _SURROGATE.search(value))


def _copy(value: Any, depth: int = 0) -> Any:
    kind = type(value)
    if kind is str:
        if not is_text(value):
            raise TypeError("the text has characters that cannot be kept")
        return value
    if kind is Decimal and not value.is_finite():
        raise TypeError("the number is not finite")
    if kind is feel.YearsMonths and abs(value.months) > MOST_MONTHS:
        raise TypeError("the duration is beyond every calendar")
    if kind in _SCALARS:
        return value
    if depth > MAX_DEPTH:
        raise TypeError(f"lists and contexts stand more than {MAX_DEPTH} levels deep in each other")
    if kind is dict:
        return {_copy(str(key)): _copy(item, depth + 1) for key, item in value.items()}
    if kind is list:
        return [_copy(item, depth + 1) for item in value]
    if isinstance(value, feel.Function):
        raise TypeError("a function is no value to be kept")
    return _copy(_from_python(value), depth + 1)


def _from_python(value: Any) -> Any:
    try:
        return feel.from_python(value)
    except RecursionError as error:
        raise TypeError("the value stands too deep in itself") from error


def copies(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the holder's own, none shared with where they came from."""
    return {name: keep(value) for name, value in variables.items()}


def holders(token: Any) -> Iterator[Any]:
    """The tokens and scopes whose variables the token sees, nearest first, outwards up to a call activity."""
    while token is not None:
        yield token
        yield token.workflow
        owner = token.workflow.owner
        if owner is not None and owner.task_spec.isolates:
            yield owner
            return
        token = owner


def visible(token: Any) -> dict[str, Any]:
    """What the token sees, nearest first: its inputs, its own, its scope's, and so on outwards up to a call activity.
    Of a call activity with input mappings, what is inside sees those alone.

    Do not change the result: it may be a scope's own dictionary.
    """
    inputs = token.internal_data.get(INPUTS)
    layers: list[dict[str, Any]] = [inputs] if inputs else []
    for holder in holders(token):
        layer = holder.data if holder is token else holder.shown
        if layer:
            layers.append(layer)
    if len(layers) == 1:
        return layers[0]
    merged: dict[str, Any] = {}
    for layer in reversed(layers):
        merged.update(layer)
    return merged


def targets(token: Any) -> list[dict[str, Any]]:
    """The dictionaries, beside the token's own, that its results may be written to. To write, use `write`."""
    return [receiver.data for receiver, _ in _receivers(token) if receiver is not token]


def write(token: Any, results: Mapping[str, Any]) -> None:
    """Write the token's results where they belong; conditional events that read one of them will look again."""
    if results:
        instance, left = token.workflow.instance, results
        for receiver, names in _receivers(token):
            part = left if names is None else {name: left[name] for name in names if name in left}
            if part:
                receiver.data.update(part)
                instance.note_change(receiver, part)
                left = {name: value for name, value in left.items() if name not in part} if names else {}
        if instance.weight is not None:
            instance.weight += weight(results)


def weight(value: Any) -> int:
    """About how many bytes a value takes up in the state before it is compressed."""
    if isinstance(value, str):
        return 4 + len(value.encode())
    if isinstance(value, dict):
        return 4 + sum(weight(name) + weight(item) for name, item in value.items())
    if isinstance(value, list):
        return 4 + sum(map(weight, value))
    return 4 + len(value.as_tuple().digits) // 2 if isinstance(value, Decimal) else 8


def require_light(received: Mapping[str, Any], where: str, most: int) -> None:
    """Refuse variables that alone are heavier than they may be; with others, an element tells it.

    Raises:
        errors.Invalid: they weigh more than `most` bytes.
    """
    if weight(dict(received)) > most:
        raise errors.Invalid([values.Problem(
            where=where, code="too_large", fix="send less, or send it as a document",
            what=f"the variables weigh more than {most} bytes", what_fa=f"متغیرها از {most} بایت سنگین‌ترند",
            fix_fa="کمتر بفرستید، یا آن را به صورت سند بفرستید")])


def fits(token: Any, results: Mapping[str, Any]) -> bool:
    """Whether the instance's variables, with these results among them, weigh no more than they may.

    What is written is added to the weight known; only past the limit is everything weighed, since some of it may have
    replaced what was there.
    """
    instance, new = token.workflow.instance, weight(dict(results))
    if instance.weight is not None and instance.weight + new <= instance.variables_max_bytes:
        return True
    instance.weight = sum(weight(scope.data) for scope in instance.scopes()) + sum(
        weight(each.data) for each in instance.all_tokens())
    before = _receiver(token).data
    replaced = weight({name: before[name] for name in results if name in before})
    return bool(instance.weight + new - replaced <= instance.variables_max_bytes)


def _receiver(token: Any) -> Any:
    """Who takes all that is not another's own."""
    return _receivers(token)[-1][0]


def _receivers(token: Any) -> list[tuple[Any, Collection[str] | None]]:
    """Who receives what the token writes: the token and the subprocesses around it what they have as their own
    (properties, data objects), and the last one, with None, all else.
    """
    found: list[tuple[Any, Collection[str] | None]] = []
    if token.task_spec.node.own_variables and not token.is_instance:
        found.append((token, token.task_spec.node.own_variables))
    while True:
        if token.is_instance:
            return [*found, (token, None)]
        scope = token.workflow
        if scope.owner is None or scope.owner.task_spec.isolates or scope.owner.is_instance:
            return [*found, (scope, None)]
        if scope.spec.scope.own_variables:
            found.append((scope, scope.spec.scope.own_variables))
        token = scope.owner
