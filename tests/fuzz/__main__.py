"""The fuzzer as a command: `python -m tests.fuzz --count 1000000 --seed 7`; exit code 1 when anything broke."""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import random
import re
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from tests.fuzz import checks, generator, minimal
from tests.memory import peak_megabytes

BATCH = 500
MEGABYTES = 400
"""What a process may take in all, its own code included, however many texts it has seen."""
SLOWEST_BATCH = 180.0
"""Seconds of the clock after which a batch counts as hung."""
MOST_TEXTS = 1_000_000_000
_SEED = re.compile(r"[\w.:-]{0,60}", re.ASCII)
Failure = tuple[str, bool, str]


def broken(text: str, unary: bool) -> str | None:
    """What does not hold for the text, or None."""
    try:
        checks.check(text, unary=unary)
    except checks.Broken as fault:
        return str(fault)
    return None


def batch(seed: str, count: int) -> list[Failure]:
    """Check `count` texts of this seed."""
    made, before = generator.Generator(seed), peak_megabytes()
    failures: list[Failure] = []
    for _ in range(count):
        text, unary = made.text()
        if what := broken(text, unary):
            failures.append((text, unary, what))
    taken = peak_megabytes() - before
    if taken > MEGABYTES:
        failures.append(("", False, f"the process has taken {taken} MB more"))
    return failures


def report(seed: str, failure: Failure) -> None:
    """Say what broke, with the smallest text that breaks alike."""
    text, unary, what = failure
    print(f"\nFAILED  seed {seed}: {what}\n  text     {text!r}{'  (unary tests)' if unary else ''}", flush=True)
    alike = what[:24]

    def breaks(shorter: str) -> bool:
        return (broken(shorter, unary) or "").startswith(alike)

    if text and breaks(text):
        print(f"  minimal  {minimal.minimal(text, breaks)!r}", flush=True)


def run(count: int, seed: str, workers: int, most: int) -> int:
    """Check `count` texts on `workers` processes; stops after `most` failures. The number of failures."""
    started, done, failed = time.monotonic(), 0, 0
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        waiting = {}
        todo = ((f"{seed}:{start // BATCH}", min(BATCH, count - start)) for start in range(0, count, BATCH))
        while True:
            while len(waiting) < 2 * workers and failed < most and (task := next(todo, None)):
                waiting[pool.submit(batch, *task)] = task
            if not waiting:
                return failed
            ready, _ = concurrent.futures.wait(waiting, SLOWEST_BATCH, concurrent.futures.FIRST_COMPLETED)
            if not ready:
                _hung([task[0] for task in waiting.values()])
            for future in ready:
                name, size = waiting.pop(future)
                done += size
                for failure in future.result():
                    failed += 1
                    if failed <= most:
                        report(name, failure)
            progress(done, count, failed, time.monotonic() - started)


def _hung(seeds: list[str]) -> None:
    print(f"\nFAILED  no answer for {SLOWEST_BATCH:.0f} s; one of the seeds {', '.join(seeds)} hangs", flush=True)
    os._exit(1)


def progress(done: int, count: int, failed: int, seconds: float) -> None:
    """One line on a terminal, rewritten; elsewhere a line for every tenth."""
    rate = done / seconds if seconds else 0.0
    left = (count - done) / rate if rate else 0.0
    line = f"{done:,}/{count:,}  {rate:,.0f}/s  {int(left // 60)}:{int(left % 60):02d} left  {failed} failed"
    if sys.stdout.isatty():
        print(f"\r{line:<70}", end="", flush=True)
    elif done == count or done * 10 // count > (done - BATCH) * 10 // count:
        print(line, flush=True)


class _Options(argparse.ArgumentParser):
    """Says in one line what is wrong with an option, and ends with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """One line on standard error."""
        self.exit(2, f"fuzz: {' '.join(message.split())}\n")


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:11]) <= MOST_TEXTS:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from 1 to {MOST_TEXTS:,}")
    return int(text)


def _seed(text: str) -> str:
    if not _SEED.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not made of up to 60 letters, digits and . : _ -")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options and run; a wrong option is one line and exit code 2."""
    options = _Options(prog="python -m tests.fuzz", description=__doc__, allow_abbrev=False)
    options.add_argument("--count", type=_positive, default=1_000_000, help="texts to check")
    options.add_argument("--seed", type=_seed, default="",
                         help="what chance begins with; one is chosen and printed without it")
    options.add_argument("--workers", type=_positive, default=os.cpu_count() or 1, help="processes")
    options.add_argument("--most", type=_positive, default=20, help="failures after which to stop")
    given = options.parse_args(arguments)
    seed = given.seed or str(random.SystemRandom().randrange(10**9))
    print(f"seed {seed}", flush=True)
    started = time.monotonic()
    failed = run(given.count, seed, given.workers, given.most)
    print(f"\n{failed if failed else 'nothing'} failed in {time.monotonic() - started:.0f} s (seed {seed})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
