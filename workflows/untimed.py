"""A user task that nothing ends may lie for ever: a check tells of each without a deadline and without a timer."""

from __future__ import annotations

from collections.abc import Iterator

from engine import Bundle, Scope
from engine.values import Problem


def check(bundle: Bundle) -> list[Problem]:
    """Every user task with neither a deadline of its own nor a timer at it or around it, as warnings."""
    return [found for _, process in sorted(bundle.processes.items())
            for found in _missing(process.model.scope, process.resource, is_timed=False)]


def _missing(scope: Scope, file: str, *, is_timed: bool) -> Iterator[Problem]:
    is_timed = is_timed or any(start.event.kind == "timer" for node in scope.event_subprocesses() if node.scope
                               for start in node.scope.starts())
    for node in scope.nodes.values():
        timed = is_timed or any(event.event.kind == "timer" for event in scope.boundary_events(node.id))
        if node.scope is not None:
            yield from _missing(node.scope, file, is_timed=timed)
        elif node.type == "userTask" and node.deadline is None and not timed:
            yield Problem(
                where=node.id, file=file, line=node.line, severity="warning", code="no_deadline",
                what="the user task has no deadline and no timer: it may lie for ever",
                what_fa="این کار کاربر نه مهلت دارد و نه زمان‌سنج و ممکن است تا همیشه بماند",
                fix="set parvaneh:deadline, or attach a timer event",
                fix_fa="parvaneh:deadline را بگذارید یا رویداد زمان‌سنج به آن بچسبانید")
