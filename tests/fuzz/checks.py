"""What must hold for every text, FEEL or not."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine import feel
from engine.feel import printer
from engine.feel.expressions import Compiled
from tests.fuzz import generator
from tests.timing import TRIES

LIMITS = feel.Limits(steps=3_000, size=200_000)
SECONDS = 1.0
"""Of processor time, for compiling or for evaluating."""
MOST_CHARACTERS = 2_000
"""Longer texts of values are not read back: it would only cost time."""


class Broken(AssertionError):
    """A text for which something does not hold."""


class Slow(Broken):
    """A text that takes too long."""


def check(text: str, *, unary: bool = False) -> None:
    """Compile, print, evaluate and write out; what is slow once may be so for the machine's sake. Raises: Broken."""
    for _ in range(TRIES - 1):
        try:
            return _check(text, unary=unary)
        except Slow:
            continue
    return _check(text, unary=unary)


def _check(text: str, *, unary: bool) -> None:
    with _guarded("compile", (feel.FeelSyntaxError, feel.FeelUnsupported)):
        compiled = (feel.unary_tests if unary else feel.compile)(text, names=generator.VARIABLES)
        _check_canonical(text, compiled)
        _check_value(compiled)


@contextmanager
def _guarded(what: str, allowed: tuple[type[BaseException], ...]) -> Iterator[None]:
    """Only `allowed` may be raised inside, and it must not take too long.

    Neither other threads count nor the collector, which would look through all that the process did before.
    """
    start = time.thread_time()
    gc.disable()
    try:
        yield
    except Broken:
        raise
    except allowed:
        pass
    except BaseException as fault:
        if isinstance(fault, KeyboardInterrupt):
            raise
        raise Broken(f"{what} raises {type(fault).__name__}: {str(fault)[:200]}") from fault
    finally:
        gc.enable()
    if time.thread_time() - start > SECONDS:
        raise Slow(f"{what} takes {time.thread_time() - start:.1f} s")


def _check_canonical(text: str, compiled: Compiled) -> None:
    unary = isinstance(compiled, feel.UnaryTests)
    printed = feel.to_text(text, names=generator.VARIABLES, unary=unary)
    again = (feel.unary_tests if unary else feel.compile)(printed, names=generator.VARIABLES)
    if printer.shape(again.tree) != printer.shape(compiled.tree):
        raise Broken(f"printed as {printed!r}, which is another expression")
    if len(printed) % 8 == 0 and feel.to_text(printed, names=generator.VARIABLES, unary=unary) != printed:
        raise Broken(f"printed as {printed!r}, which is printed otherwise")


def _check_value(compiled: Compiled) -> None:
    with _guarded("evaluate", (feel.FeelBudgetExceeded,)):
        _check_refused(compiled)
        if isinstance(compiled, feel.UnaryTests):
            for tested in _tested(compiled.text):
                answer = compiled.evaluate(tested, generator.VARIABLES, limits=LIMITS)
                if answer not in {True, False, None}:
                    raise Broken(f"unary tests answer {answer!r}")
        elif isinstance(compiled, feel.Expression):
            outcome = compiled.explain(generator.VARIABLES, limits=LIMITS)
            _check_texts(outcome.value)


def _check_refused(compiled: Compiled) -> None:
    """A variable that is no FEEL value is refused before anything is evaluated, whatever the text does with it."""
    if not compiled.names:
        return
    name = min(compiled.names)
    wrong = list(generator.REFUSED.values())[len(compiled.text) % len(generator.REFUSED)]
    try:
        compiled.scope({name: [wrong] if len(compiled.text) % 2 else wrong}, LIMITS)
    except feel.FeelTypeError as refused:
        if not str(refused).startswith(name[:20]):
            raise Broken(f"the refusal {refused} does not name {name!r}") from refused
    else:
        raise Broken(f"takes {wrong!r} as {name!r}")


def _tested(text: str) -> list[Any]:
    """Values of a third of the kinds, which third depending on the text."""
    return list(generator.VARIABLES.values())[len(text) % 3::3]


def _check_texts(value: Any) -> None:
    feel.to_json(value)
    written = feel.to_string(value)
    if len(written) > MOST_CHARACTERS or not readable(value):
        return
    try:
        read = feel.evaluate(written)
    except feel.FeelError as fault:
        raise Broken(f"the value is written as {written!r}, which is refused: {fault}") from fault
    if feel.to_string(read) != written:
        raise Broken(f"the value is written as {written!r}, which is read as {feel.to_string(read)!r}")


def readable(value: Any) -> bool:
    """Whether the value's text is an expression: functions have none."""
    if isinstance(value, list):
        return all(map(readable, value))
    if isinstance(value, dict):
        return all(map(readable, value.values()))
    if isinstance(value, feel.Range):
        return readable(value.start) and readable(value.end)
    return feel.kind(value) != "function"
