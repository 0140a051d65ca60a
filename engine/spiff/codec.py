"""Process state as bytes: an envelope of magic, version and zstd-compressed msgpack.

The specification is not in it, nor anything that can be found again; every value keeps its exact type. Blobs come from
our own database only, and still an unknown version, another process's state or damage is refused, never guessed at.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgpack
import zstandard

from engine import errors, feel
from engine.feel import temporals
from engine.spiff.results import Called
from engine.spiff.tokens import PARKED, READY, Instance, Token

MAGIC = b"PVNS"
VERSION = 2
MAX_BYTES = 64 * 1024 * 1024

Migration = Callable[[Any], Any]


def _with_origins(content: Any) -> Any:
    """Version 1 knew no other definitions than those deployed with the instance's own."""
    return [*content[:6], [[*inside, None] for inside in content[6]]]


MIGRATIONS: Mapping[int, Migration] = {1: _with_origins}
"""By version: how its content becomes that of the next one."""


class _Contexts(threading.local):
    """What zstd works with, one for each thread: making them anew costs more than compressing a state."""

    def __init__(self) -> None:
        # The checksum makes a changed bit a damage that is found, not another value.
        self.compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_contexts = _Contexts()


def to_text(values: Mapping[str, Any]) -> str:
    """Variables on their way to another instance, of which every value keeps its exact type."""
    packed = msgpack.packb(dict(values), default=_to_extension, strict_types=True)
    return base64.b85encode(packed).decode("ascii")


def from_text(text: str) -> dict[str, Any]:
    """The variables that `to_text` wrote.

    Raises:
        UnknownState: see there.
    """
    try:
        found: dict[str, Any] = msgpack.unpackb(base64.b85decode(text), ext_hook=_from_extension, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise UnknownState("the variables on their way are damaged") from error
    return found


class UnknownState(Exception):
    """The bytes are no state this code can continue from."""


def dump(instance: Instance) -> bytes:
    """The state of an instance."""
    content = [
        instance.spec.key, instance.sequence, bool(instance.completed), instance.outcome, instance.end_element_id,
        _scope(instance),
        [[inside.owner.id.bytes, inside.spec.name, _scope(inside),
          None if inside.origin is None else inside.origin.definition_id]
         for inside in sorted(instance.subprocesses.values(), key=_place)],
    ]
    packed = msgpack.packb(content, default=_to_extension, strict_types=True)
    instance.packed_bytes = len(packed)
    compressed: bytes = _contexts.compressor.compress(packed)
    return MAGIC + bytes([VERSION]) + compressed


def load(blob: bytes, instance: Instance) -> None:
    """Give a fresh instance the state in `blob`.

    Raises:
        UnknownState: see there.
    """
    try:
        _restore(instance, _content(blob))
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise UnknownState("the process state does not have the form of its version") from error


def _restore(instance: Instance, content: Any) -> None:
    key, sequence, completed, outcome, end, scope, insides = content
    if key != instance.spec.key:
        raise UnknownState(f"this is the state of {key}, not of {instance.spec.key}")
    instance.sequence, instance.outcome, instance.end_element_id = sequence, outcome, end
    _fill(instance, scope)
    origins = _origins(insides, instance)
    for owner, name, inner, definition in insides:
        origin = origins[definition]
        if name not in (instance.subprocess_specs if origin is None else origin.specifications):
            raise UnknownState(f"the definition has no {name}")
        _fill(instance.open_inside(UUID(bytes=owner), name, origin), inner)
    instance.completed = completed
    instance.queue.extend(token for token in instance.all_tokens() if token.state == READY)


def _origins(insides: Any, instance: Instance) -> dict[str | None, Called | None]:
    """The definitions that run in an instance, by their id; under None the instance's own."""
    found: dict[str | None, Called | None] = {None: None}
    try:
        for *_, definition in insides:
            if definition not in found:
                found[definition] = instance.services.called(definition)
    except errors.NotFound as error:
        raise UnknownState("the definition of a called process is gone") from error
    return found


def _content(blob: bytes) -> Any:
    if blob[:4] != MAGIC or len(blob) < 6:
        raise UnknownState("these bytes are no process state")
    version = blob[4]
    try:
        content = msgpack.unpackb(_contexts.decompressor.decompress(blob[5:], max_output_size=MAX_BYTES),
                                  ext_hook=_from_extension, strict_map_key=False)
    except (zstandard.ZstdError, ValueError, msgpack.UnpackException) as error:
        raise UnknownState("the process state is damaged") from error
    while version != VERSION:
        if version not in MIGRATIONS:
            raise UnknownState(f"version {version} of the process state is unknown")
        content, version = MIGRATIONS[version](content), version + 1
    return content


def _place(inside: Any) -> tuple[int, int]:
    """Where a scope comes in a state: behind the one that it is in."""
    owner, depth = inside.owner, 0
    scope = owner.workflow
    while scope.owner is not None:
        scope, depth = scope.owner.workflow, depth + 1
    return depth, owner.number


def _scope(scope: Any) -> list[Any]:
    """Variables, the root's id, and the tokens, each with the place of its parent (0 is the root)."""
    tokens = scope.tokens()
    places = {scope.task_tree.id: 0} | {token.id: index for index, token in enumerate(tokens, 1)}
    return [scope.data, scope.task_tree.id.bytes, [
        [token.id.bytes, token.task_spec.name, places[token.parent.id], token.state, token.data, token.internal_data]
        for token in tokens]]


def _fill(scope: Any, content: Any) -> None:
    scope.data, root, rows = content
    scope.plant(Token(scope, scope.spec.start, state=PARKED, id=UUID(bytes=root)))
    tokens = [scope.task_tree]
    for identifier, name, _, state, _, _ in rows:
        if name not in scope.spec.task_specs:
            raise UnknownState(f"the definition has no element {name}")
        tokens.append(Token(scope, scope.spec.task_specs[name], state=state, id=UUID(bytes=identifier)))
    for token, (_, _, parent, _, own, memory) in zip(tokens[1:], rows, strict=True):
        token.data, token.internal_data = own, memory
        token.parent = tokens[parent]
        tokens[parent]._child_added_notify(token)


def _to_extension(value: Any) -> msgpack.ExtType:
    for code, (kind, encode, _) in _EXTENSIONS.items():
        if type(value) is kind:
            return msgpack.ExtType(code, msgpack.packb(encode(value), default=_to_extension, strict_types=True))
    raise TypeError(f"{type(value).__name__} cannot be kept in a process state")


def _from_extension(code: int, packed: bytes) -> Any:
    if code not in _EXTENSIONS:
        raise UnknownState(f"the process state holds a value of unknown kind {code}")
    return _EXTENSIONS[code][2](msgpack.unpackb(packed, ext_hook=_from_extension, strict_map_key=False))


def _clock_time(value: Any) -> list[Any]:
    """A time or datetime as its text, its zone's name when it has one, and which side of a fold it is on."""
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return [(value.replace(tzinfo=None) if zone else value).isoformat(), zone, value.fold]


def _from_clock_time(kind: type[time] | type[datetime], parts: Any) -> Any:
    text, zone, fold = parts
    value = kind.fromisoformat(text)
    return value.replace(tzinfo=ZoneInfo(zone), fold=fold) if zone else value.replace(fold=fold)


def _from_wide_moment(text: str, fold: int) -> feel.WideMoment:
    moment = temporals.parse(text)
    return feel.WideMoment(moment.days, moment.nanos, moment.tzinfo, fold)


_EXTENSIONS: Mapping[int, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    1: (Decimal, str, Decimal),
    2: (date, date.isoformat, date.fromisoformat),
    3: (datetime, _clock_time, lambda parts: _from_clock_time(datetime, parts)),
    4: (time, _clock_time, lambda parts: _from_clock_time(time, parts)),
    5: (timedelta, lambda value: [value.days, value.seconds, value.microseconds], lambda parts: timedelta(*parts)),
    6: (feel.YearsMonths, lambda value: value.months, feel.YearsMonths),
    7: (feel.Range, lambda value: {part.name: getattr(value, part.name) for part in fields(value)},
        lambda parts: feel.Range(**parts)),
    8: (feel.WideDate, temporals.text, temporals.parse_date),
    9: (feel.WideTime, temporals.text, temporals.parse_time),
    10: (feel.WideMoment, lambda value: [temporals.text(value), value.fold],
         lambda parts: _from_wide_moment(*parts)),
    11: (feel.WideSpan, temporals.text, temporals.parse_duration),
}
