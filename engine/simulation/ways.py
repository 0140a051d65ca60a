"""Which way is taken where a diagram leaves it open, and which could have been."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.simulation.events import Event
from engine.simulation.outcomes import Alternative


class Ways:
    """Chooses as the events say; where they say nothing, each gateway's ways in turn, so that a loop is left."""

    def __init__(self, pending: deque[Event]) -> None:
        self._pending = pending
        self._times: Counter[str] = Counter()
        self._heard: set[str] = set()
        self.script: list[Mapping[str, Any]] = []
        """What has happened."""
        self.alternatives: list[Alternative] = []

    def hear(self, elements: Iterable[str]) -> None:
        """These events could be triggered now."""
        for element in elements:
            if element not in self._heard:
                self._heard.add(element)
                self.alternatives.append(Alternative(position=len(self.script), event={"trigger": element}))

    def choose(self, flows: Sequence[str], only_one: bool) -> Sequence[str]:
        """The flows to take: those of the next event if it chooses among them. Of several that may be taken at once,
        all, and from the second time on one after another.
        """
        chosen = self._asked(flows, only_one)
        if chosen is None:
            seen = sum(self._times[flow] for flow in flows)
            chosen = list(flows) if not only_one and not seen else [min(flows, key=lambda flow: self._times[flow])]
        self._times.update(chosen)
        self.alternatives += [Alternative(position=len(self.script), event={"choose": flow})
                              for flow in flows if list(chosen) != [flow]]
        self.script.append({"choose": list(chosen)})
        return chosen

    def _asked(self, flows: Sequence[str], only_one: bool) -> Sequence[str] | None:
        if not self._pending or self._pending[0].verb != "choose":
            return None
        wanted = self._pending[0].flows
        if not set(wanted) <= set(flows) or (only_one and len(wanted) > 1):
            return None
        self._pending.popleft()
        return wanted
