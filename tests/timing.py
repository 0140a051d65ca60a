"""How long work takes at its best: other work on the machine makes it longer, and nothing makes it shorter."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

TRIES = 3

Result = TypeVar("Result")


def in_time(seconds: float, work: Callable[[], Result]) -> Result:
    """What the work gives. It has to keep within so much of this thread's processor time, once in three times.

    The collector does not count: it would look through all that the process did before.
    """
    taken: list[float] = []
    while len(taken) < TRIES:
        gc.disable()
        try:
            begun = time.thread_time()
            result = work()
            taken.append(time.thread_time() - begun)
        finally:
            gc.enable()
        if taken[-1] < seconds:
            return result
    raise AssertionError(f"takes {', '.join(f'{one:.1f}' for one in taken)} s, more than {seconds:g} s each time")
