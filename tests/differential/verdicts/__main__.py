"""The comparison as a command: `python -m tests.differential.verdicts --models 1000`; exit code 1 on a difference."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from time import monotonic

from engine import errors, verification
from engine.spiff import parser
from tests.differential.verdicts import comparison, drawings, spaces


def main(arguments: list[str] | None = None) -> int:
    """Draw, explore and compare; print each difference with its seed, and how much was compared."""
    given = argparse.ArgumentParser(prog="python -m tests.differential.verdicts")
    given.add_argument("--models", type=int, default=2_000, help="processes to draw")
    given.add_argument("--first", type=int, default=0, help="the seed of the first one")
    given.add_argument("--states", type=int, default=400, help="states of each, at most")
    given.add_argument("--show", type=int, default=10, help="differences to print with their diagrams")
    given.add_argument("--kinds", default="", help="draw with these blocks alone, by comma")
    given.add_argument("--seconds", type=float, default=0, help="stop after so long")
    options = given.parse_args(arguments)
    kinds = options.kinds.split(",") if options.kinds else drawings.KINDS
    seen: Counter[str] = Counter()
    begun = monotonic()
    for seed in range(options.first, options.first + options.models):
        if options.seconds and monotonic() - begun > options.seconds:
            break
        seen["drawn"] += 1
        found, text = compared(seed, options.states, kinds, seen)
        if found:
            seen["differ"] += 1
            for each in found:
                seen[" ".join(each.split()[:2])] += 1
            if seen["differ"] <= options.show:
                print(f"--- seed {seed}", *found, text, sep="\n", flush=True)
    print(dict(seen), f"{monotonic() - begun:.0f} s")
    return 1 if seen["differ"] else 0


def compared(seed: object, states: int, kinds: Sequence[str], seen: Counter[str]) -> tuple[list[str], str]:
    """The differences of one drawing, and the drawing."""
    drawing = drawings.Drawing(seed, kinds)
    xml = drawing.bundle(2 + drawing.random.randrange(2))
    desk = spaces.Desk()
    try:
        bundle = parser.parse({"a.bpmn": xml}, parser.BundleContext(functions=desk.functions))
    except errors.Invalid as refused:
        seen["refused"] += 1
        for problem in refused.problems:
            if problem.severity == "error":
                seen[f"refused {problem.code}"] += 1
        return [], ""
    process = bundle.processes["p"]
    known = {key: each.model for key, each in bundle.processes.items()}
    verdict = verification.verify(process.model, known)
    if any(verification.verify(known[key], known).findings for key in known if key != "p"):
        seen["faults in what is called"] += 1
        return [], ""
    space = spaces.explore(process, desk, limit=states)
    seen["complete" if space.complete else "partial"] += 1
    seen["failing"] += space.failed
    seen["states"] += len(space.states)
    seen["with findings"] += bool(verdict.findings)
    seen["gave up"] += not verdict.complete
    found = list(comparison.differences(space, verdict))
    told = (f"{each.fault} {each.where} in {each.scope}: {list(each.trace)} / {list(each.others)}"
            for each in verdict.findings)
    text = "\n".join([comparison.graph(process.model.scope), *told])
    return found, text


if __name__ == "__main__":
    sys.exit(main())
