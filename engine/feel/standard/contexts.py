"""Context functions (DMN 1.5 §10.3.4.10)."""

from __future__ import annotations

from typing import Any

from engine.feel.functions import Library
from engine.feel.runs import Run

library = Library()


@library.function("get value(m: context, key: string)")
def get_value(m: dict[str, Any], key: str) -> Any:
    """The value under the key, or null."""
    return m.get(key)


@library.function("get value(context: context, keys: list)")
def get_value_at(context: dict[str, Any], keys: list[Any]) -> Any:
    """The value at the end of a path of keys, or null."""
    value: Any = context
    for key in keys:
        if type(value) is not dict:
            return None
        value = value.get(key)
    return value if keys else None


@library.function("get entries(m: context)")
def get_entries(m: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries as contexts of `key` and `value`."""
    return [{"key": key, "value": value} for key, value in m.items()]


@library.function("context(entries: list)", run=True)
def context(run: Run, entries: list[Any]) -> dict[str, Any]:
    """The context of entries `{key, value}`; null when a key comes twice."""
    built: dict[str, Any] = {}
    for entry in entries:
        run.step()
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            raise ValueError("an entry is not {key: string, value: any}")
        if entry["key"] in built:
            raise ValueError(f"the key {entry['key']!r} comes twice")
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
        raise ValueError("keys is empty or holds something that is not a string")
    run.spend(len(context))
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if inner is not None and type(inner) is not dict:
        raise ValueError(f"{keys[0]!r} is not a context")
    if inner is None:
        raise ValueError(f"there is no context {keys[0]!r}")
    return {**context, keys[0]: context_put_at(run, inner, keys[1:], value)}


@library.function("context merge(contexts: list)", run=True)
def context_merge(run: Run, contexts: list[Any]) -> dict[str, Any]:
    """One context of all; the later value wins."""
    merged: dict[str, Any] = {}
    for each in contexts:
        if type(each) is not dict:
            raise ValueError("the list holds something that is not a context")
        run.spend(len(each) + 1)
        merged.update(each)
    return merged
