"""One process instance of a dry run, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass

from engine.simulation.desks import Desk
from engine.spiff import parser, runner


@dataclass(slots=True, kw_only=True, eq=False)
class Instance:
    """One process instance of the run."""

    process: parser.Process
    execution: runner.Execution
    desk: Desk

    def waits(self) -> list[runner.Waiting]:
        """All its waits, in the order of arrival."""
        return self.execution.waiting()

    def hearing(self, signal: str) -> set[str]:
        """The tokens that wait for the signal."""
        return {wait.token_id for wait in self.waits() if wait.kind == "signal" and wait.message_name == signal}


def is_for(wait: runner.Waiting, name: str, key: str | None) -> bool:
    """Whether the message ends the wait. Where one of them has no key, the name alone tells: a dry run has no business
    key, and a diagram need not draw one for it.
    """
    return (wait.kind == "message" and wait.message_name == name
            and (None in (key, wait.correlation_key) or key == wait.correlation_key))
