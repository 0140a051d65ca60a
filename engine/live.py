"""Process instances kept in memory between triggers: never more than the memory they were given.

An instance is kept under its id with the version of the row it equals. Whoever uses it takes it out, so that nobody
else does meanwhile, and puts it back when it is true again; what failed on the way is simply not put back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from engine.spiff import runner


@dataclass(slots=True, kw_only=True)
class Live:
    """An execution in memory, what each of its waiting tokens waits as, and the version of the row it equals."""

    version: int
    execution: runner.Execution
    waits: dict[str, str]
    weight: int = 0
    """Bytes it took up when it was put away last."""


class LiveInstances:
    """At most `max_bytes` of them in one process; the least recently used go first. Safe to share between threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Live] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def take(self, instance_id: str, version: int) -> Live | None:
        """The instance, when it is kept and of this version; it leaves. An older one leaves too: its time has gone."""
        with self._lock:
            kept = self._kept.get(instance_id)
            if kept is None or kept.version > version:
                return None
            self._remove(kept, instance_id)
        if kept.version == version:
            return kept
        kept.execution.release()
        return None

    def put(self, instance_id: str, live: Live) -> None:
        """Keep an instance, unless a newer one is kept or it alone is heavier than all may be.

        Nobody may use it any more: what is not kept, and what goes to make room, frees its memory at once.
        """
        weight = live.execution.footprint()
        with self._lock:
            gone = self._make_room(instance_id, live, weight)
        for each in gone:
            each.execution.release()

    def drop(self, instance_id: str) -> None:
        """Forget an instance that will not go on."""
        with self._lock:
            kept = self._kept.get(instance_id)
            if kept is not None:
                self._remove(kept, instance_id)
        if kept is not None:
            kept.execution.release()

    def _make_room(self, instance_id: str, live: Live, weight: int) -> list[Live]:
        """Keep it where it may be kept; returns what is kept no longer."""
        gone = []
        present = self._kept.get(instance_id)
        if present is not None:
            if present.version > live.version:
                return [live]
            self._remove(present, instance_id)
            if present is not live:
                gone.append(present)
        if weight > self._max_bytes:
            return [*gone, live]
        live.weight = weight
        self._kept[instance_id] = live
        self._weight += weight
        while self._weight > self._max_bytes:
            oldest = next(iter(self._kept))
            gone.append(self._kept[oldest])
            self._remove(self._kept[oldest], oldest)
        return gone

    def _remove(self, live: Live, instance_id: str) -> None:
        del self._kept[instance_id]
        self._weight -= live.weight

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """About how many bytes all of them take up."""
        return self._weight
