"""What a bundle must satisfy beyond being readable: the checks of licensing at deployment, in one place."""

from __future__ import annotations

from engine import Bundle, feel
from engine.values import Problem
from workflows import agreement, refusals, service_tasks, untimed, unwritten, vocabulary


def check(bundle: Bundle, *, functions: feel.Functions) -> list[Problem]:
    """Every problem that lies between the files of a bundle, warnings included."""
    return [*refusals.check(bundle), *untimed.check(bundle), *vocabulary.check(bundle), *agreement.check(bundle),
            *unwritten.check(bundle, functions=functions, outputs=service_tasks.OUTPUTS)]
