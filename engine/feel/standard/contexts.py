"""Context functions (DMN 1.5 §10.3.4.10)."""

from __future__ import annotations

from typing import Any

from engine.feel.functions import Library
from engine.feel.messages import Refused
from engine.feel.runs import ITEM, Run

library = Library()
_KEYS = "the keys are empty or hold something that is not a string"


@library.function("get value(m: context, key: string)")
def get_value(m: dict[str, Any], key: str) -> Any:
    """The value under the key, or null."""
    if key not in m:
        raise Refused("there is no entry {key!r}", key=key)
    return m[key]


@library.function("get value(context: context, keys: list)")
def get_value_at(context: dict[str, Any], keys: list[Any]) -> Any:
    """The value at the end of a path of keys, or null."""
    if not keys or any(type(key) is not str for key in keys):
        raise Refused(_KEYS)
    value: Any = context
    for key in keys:
        if type(value) is not dict or key not in value:
            raise Refused("there is no entry {key!r}", key=key)
        value = value[key]
    return value


@library.function("get entries(m: context)", run=True)
def get_entries(run: Run, m: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries as contexts of `key` and `value`."""
    run.spend(len(m))
    run.produce(6 * ITEM * len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@library.function("context(entries: list)", run=True)
def context(run: Run, entries: list[Any]) -> dict[str, Any]:
    """The context of entries `{key, value}`; null when a key comes twice."""
    built: dict[str, Any] = {}
    for entry in entries:
        run.step()
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            raise Refused("an entry is not {{key: string, value: any}}")
        if entry["key"] in built:
            raise Refused("the key {key!r} comes twice", key=entry["key"])
        built[entry["key"]] = entry["value"]
    return built


@library.function("context put(context: context, key: string, value)", run=True)
def context_put(run: Run, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The context with one more or another value under the key."""
    run.spend(len(context))
    return {**context, key: value}


@library.function("context put(context: context, keys: list, value)", run=True)
def context_put_at(run: Run, context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    """The context with another value at the end of a path of keys."""
    if not keys or any(type(key) is not str for key in keys):
        raise Refused(_KEYS)
    run.spend(len(context))
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if inner is not None and type(inner) is not dict:
        raise Refused("{key!r} is not a context", key=keys[0])
    if inner is None:
        raise Refused("there is no entry {key!r}", key=keys[0])
    return {**context, keys[0]: context_put_at(run, inner, keys[1:], value)}


@library.function("context merge(contexts: list)", run=True)
def context_merge(run: Run, contexts: list[Any]) -> dict[str, Any]:
    """One context of all; the later value wins."""
    merged: dict[str, Any] = {}
    for each in contexts:
        if type(each) is not dict:
            raise Refused("the list holds something that is not a context")
        run.spend(len(each) + 1)
        merged.update(each)
    return merged
