"""What a table's boxes mean under its hit policy (DMN 1.5 §8.2.10, §8.2.11).

Errors, which refuse a deployment:
- Two rules of a UNIQUE table apply at once: "unique" means that rules are disjoint, there would be no value.
- Two rules of an ANY table apply at once with different outputs: the result is undefined there.
- An output that its own output values or type forbid: it could only ever violate them.

Warnings, which an author may want as they are:
- An overlap of computed inputs that may never take such values together, or of outputs that are computed: it may not be
  real.
- No rule applies and no default output stands in (U, A, P, F, C+, C<, C>): the value is null. The lists of C, R and O
  are empty then and C# is 0, which is their plain meaning, so nothing is said about those.
- A rule that never decides: an empty cell, or rules before it (F) or of higher priority (P) take all it could.
- A rule whose removal changes nothing (A, F, P, C<, C>), or that is there twice (C, R, O, C+, C#).
- Cells that cannot be reasoned about (but not in C, R, O and C#, where nothing depends on them), or a search that was
  cut short: silence would look like "all is well".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from engine.dmn.analysis.findings import Finding, finding, named
from engine.dmn.analysis.grids import Box, Budget, numbers
from engine.dmn.analysis.outputs import Outputs
from engine.dmn.analysis.spaces import Space
from engine.dmn.tables import Table

GAP_BUDGET = 1_500_000
MASK_BUDGET = 3_000_000
PAIR_BUDGET = 200_000
_MULTIPLE = {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}
_TOGETHER = (" (if the inputs, which are computed, can have these values together)",
             " (اگر ورودی‌ها، که محاسبه می‌شوند، بتوانند با هم این مقدارها را داشته باشند)")


def judge(space: Space, most: int) -> Iterator[Finding]:
    """All findings about one table, at most so many of each kind."""
    outputs = Outputs(space.table)
    yield from _not_analysed(space)
    yield from outputs.forbidden(space, most)
    yield from _limited(space, _empty_rules(space), most)
    if space.table.policy == "UNIQUE":
        yield from _limited(space, _overlaps(space, outputs, Budget(PAIR_BUDGET)), most)
    elif space.table.policy == "ANY":
        yield from _limited(space, _conflicts(space, outputs, Budget(PAIR_BUDGET)), most)
    yield from _limited(space, _masked(space, outputs, Budget(MASK_BUDGET)), most)
    yield from _limited(space, _redundant(space, outputs, Budget(PAIR_BUDGET)), most)
    yield from _gaps(space, most)


def _limited(space: Space, findings: Iterator[Finding], most: int) -> Iterator[Finding]:
    """At most so many findings; if there are more, the last says so."""
    for count, found in enumerate(findings):
        if count == most and found.kind != "unfinished":
            yield _more(space, most)
            return
        yield found


def _more(space: Space, most: int) -> Finding:
    return finding(
        space, "unfinished", "warning",
        what=(f"there are more than {most} findings like these; the others are not listed",
              f"بیش از {most} یافته از این دست هست؛ بقیه فهرست نشده‌اند"),
        fix=("Mend these first.", "نخست همین‌ها را درست کنید."))


def _not_analysed(space: Space) -> Iterator[Finding]:
    if _may_match_nothing(space.table):
        return
    for label, rules in space.unread_cells.items():
        yield finding(
            space, "not_analysed", "warning", rules=rules,
            what=(f"not analysed: in column {label!r} the tests of {{rules}} read variables or call functions; "
                  "gaps and overlaps that depend on them are not known",
                  f"بررسی نشد: در ستون «{label}» آزمون {{rules}} متغیر می‌خواند یا تابع صدا می‌زند؛ "
                  "شکاف و همپوشانی وابسته به آن‌ها دانسته نیست"),
            fix=("Nothing to do if that is wanted; constants can be analysed.",
                 "اگر خواسته همین است کاری لازم نیست؛ مقدارهای ثابت را می‌توان بررسی کرد."))
    for label in space.unread_allowed:
        yield finding(
            space, "not_analysed", "warning",
            what=(f"not analysed in full: the allowed values of {label!r} are not constants",
                  f"بررسی کامل نشد: مقدارهای مجاز «{label}» ثابت نیستند"),
            fix=("List the allowed values as constants or ranges.", "مقدارهای مجاز را ثابت یا بازه بنویسید."))


def _empty_rules(space: Space) -> Iterator[Finding]:
    for rule in sorted(space.grid.empty):
        label = next(axis.label for axis, cell in zip(space.grid.axes, space.grid.rules[rule], strict=True)
                     if not cell.perhaps)
        yield finding(
            space, "unreachable", "warning", rules=[rule],
            what=(f"{{rules}} never applies: its test of {label!r} holds for no value that is allowed",
                  f"{{rules}} هرگز صدق نمی‌کند: آزمون «{label}» در آن با هیچ مقدار مجازی نمی‌خواند"),
            fix=("Mend the test, or remove the rule.", "آزمون را درست یا ردیف را پاک کنید."))


def _pairs(space: Space, budget: Budget) -> Iterator[tuple[int, int]]:
    """Rules that surely apply together, each pair once."""
    for rule in range(len(space.table.rules)):
        for other in numbers(space.grid.meeting(rule) >> rule + 1):
            if not budget.take(1):
                return
            yield rule, rule + 1 + other


def _reality(space: Space, pair: tuple[int, int], box: Box) -> tuple[Literal["error", "warning"], tuple[str, str]]:
    """An overlap is an error where it surely is real: see `Space.depends`; on a computed input, a value that one rule
    asks for is taken to occur, but not one that only both together do."""
    constrained = space.constrained(box)
    one, other = (space.grid.rules[rule] for rule in pair)
    is_real = not space.depends(constrained) and all(
        space.path[place] is not None or box[place] in {one[place].surely, other[place].surely}
        for place in constrained)
    return ("error", ("", "")) if is_real else ("warning", _TOGETHER)


def _overlaps(space: Space, outputs: Outputs, budget: Budget) -> Iterator[Finding]:
    for pair in _pairs(space, budget):
        box = space.grid.common(pair)
        severity, doubt = _reality(space, pair, box)
        differ = outputs.agree(*pair) is not True
        yield finding(
            space, "conflict" if differ else "overlap", severity, rules=pair, box=box,
            what=("{rules} both apply for {example}" + doubt[0] + ", but the hit policy is UNIQUE"
                  + (" and their outputs differ" if differ else ""),
                  "{rules} برای {example} هر دو صدق می‌کنند" + doubt[1] + "، ولی سیاست جدول یکتا (UNIQUE) است"
                  + (" و خروجی‌شان یکی نیست" if differ else "")),
            fix=("Narrow one of the rules, or choose another hit policy.",
                 "یکی از ردیف‌ها را تنگ‌تر کنید یا سیاست دیگری برگزینید."))


def _conflicts(space: Space, outputs: Outputs, budget: Budget) -> Iterator[Finding]:
    for pair in _pairs(space, budget):
        agreement = outputs.agree(*pair)
        if agreement:
            continue
        box = space.grid.common(pair)
        severity, doubt = _reality(space, pair, box)
        differ = ("differ", "یکی نیست") if agreement is False else ("may differ", "شاید یکی نباشد")
        yield finding(
            space, "conflict", severity if agreement is False else "warning", rules=pair, box=box,
            what=("{rules} both apply for {example}" + doubt[0]
                  + f", and their outputs {differ[0]}, but the hit policy is ANY",
                  "{rules} برای {example} هر دو صدق می‌کنند" + doubt[1]
                  + f" و خروجی‌شان {differ[1]}، ولی سیاست جدول ANY است"),
            fix=("Give both the same outputs, or narrow one of them.",
                 "خروجی هر دو را یکی کنید یا یکی از آن‌ها را تنگ‌تر کنید."))
    if budget.left < 0:
        yield _unfinished(space, ("some pairs of rules for conflicts; the rest", "برخی جفت ردیف‌ها؛ تناقض بقیه"), ())


def _masked(space: Space, outputs: Outputs, budget: Budget) -> Iterator[Finding]:
    """Rules of FIRST and PRIORITY tables that never decide, since others take every input of theirs."""
    stronger = _stronger(space, outputs)
    unknown: list[int] = []
    if stronger is None:
        return
    for rule in range(len(space.table.rules)):
        others = space.grid.meeting(rule, perhaps=True) & stronger(rule)
        if rule in space.grid.empty or not others:
            continue
        masks = next(([other] for other in numbers(others) if space.grid.covers(other, rule)), None)
        if masks is None:
            holes = space.grid.outside(rule, others, budget)
            if holes.boxes:
                continue
            if holes.is_cut:
                unknown.append(rule)
                continue
            masks = list(numbers(others))
        yield _never_decides(space, rule, masks)
    if unknown:
        yield _unfinished(space, ("whether {rules} ever decide", "اینکه {rules} هرگز تصمیم می‌گیرند یا نه"),
                          unknown)


def _stronger(space: Space, outputs: Outputs) -> Callable[[int], int] | None:
    """The rules, as bits, that win over one: those before it under FIRST, with a higher priority under PRIORITY."""
    if space.table.policy == "FIRST":
        return lambda rule: (1 << rule) - 1
    return outputs.higher if space.table.policy == "PRIORITY" else None


def _never_decides(space: Space, rule: int, masks: Sequence[int]) -> Finding:
    by_priority = space.table.policy == "PRIORITY"
    box = space.grid.common([rule, masks[0]])
    others = named(masks)
    why = ("of higher priority", "با اولویت بالاتر") if by_priority else ("before it", "پیش از آن")
    return finding(
        space, "unreachable", "warning", rules=[rule, *masks], box=box if all(box) else None,
        what=(f"rule {rule + 1} never decides: all its inputs, such as {{example}}, fall to {others[0]} {why[0]}",
              f"ردیف {rule + 1} هرگز تصمیم نمی‌گیرد: همه ورودی‌هایش، مانند {{example}}، به {others[1]} {why[1]} می‌رسد"),
        fix=("Move the rule up, narrow the others, or remove it.",
             "ردیف را بالا ببرید، بقیه را تنگ‌تر کنید یا پاکش کنید."))


def _redundant(space: Space, outputs: Outputs, budget: Budget) -> Iterator[Finding]:
    policy, aggregator = space.table.policy, space.table.aggregator
    if policy in _MULTIPLE and aggregator not in {"MIN", "MAX"}:
        yield from _doubled(space, outputs)
    elif policy != "UNIQUE":
        for rule in range(len(space.table.rules)):
            if rule not in space.grid.empty and (other := _stand_in(space, outputs, budget, rule)) is not None:
                yield finding(
                    space, "redundant", "warning", rules=[rule, other], box=space.grid.common([rule, other]),
                    what=(f"rule {rule + 1} changes nothing: wherever it applies, such as for {{example}}, "
                          f"rule {other + 1} gives the same outputs",
                          f"ردیف {rule + 1} چیزی را دگرگون نمی‌کند: هر جا که صدق کند، مانند {{example}}، "
                          f"ردیف {other + 1} همان خروجی را می‌دهد"),
                    fix=("Remove the rule.", "ردیف را پاک کنید."))
        if budget.left < 0:
            yield _unfinished(space, ("some rules for repetitions; the rest", "برخی ردیف‌ها؛ تکراری بودن بقیه"), ())


def _stand_in(space: Space, outputs: Outputs, budget: Budget, rule: int) -> int | None:
    """A rule that gives what `rule` gives wherever it applies, so that the table is the same without `rule`."""
    others = space.grid.meeting(rule) & ~(1 << rule)
    is_first = space.table.policy == "FIRST"
    if is_first:
        others = others >> rule + 1 << rule + 1
    for other in numbers(others):
        if not budget.take(1):
            return None
        agree = outputs.agree(rule, other)
        if is_first and not agree and _may_meet(space, rule, other):
            return None  # a rule between decides otherwise, so the order matters
        if agree and space.grid.covers(other, rule) and not (other > rule and space.grid.covers(rule, other)
                                                             and not is_first):
            return other
    return None


def _may_meet(space: Space, rule: int, other: int) -> bool:
    return all(one.perhaps & two.perhaps
               for one, two in zip(space.grid.rules[rule], space.grid.rules[other], strict=True))


def _doubled(space: Space, outputs: Outputs) -> Iterator[Finding]:
    """The same conditions with the same outputs: counted or listed twice."""
    first: dict[Any, int] = {}
    for rule, cells in enumerate(space.grid.rules):
        if rule in space.grid.empty or any(cell.surely != cell.perhaps for cell in cells):
            continue
        earlier = first.setdefault((tuple(cell.surely for cell in cells), outputs.key(rule)), rule)
        if earlier != rule:
            yield finding(
                space, "redundant", "warning", rules=[rule, earlier], box=space.grid.common([rule, earlier]),
                what=(f"rule {rule + 1} repeats rule {earlier + 1}; for {{example}} their output counts twice",
                      f"ردیف {rule + 1} تکرار ردیف {earlier + 1} است؛ برای {{example}} خروجی‌شان دو بار شمرده می‌شود"),
                fix=("Remove one of them.", "یکی از آن دو را پاک کنید."))


def _gaps(space: Space, most: int) -> Iterator[Finding]:
    table = space.table
    if _may_match_nothing(table) or all(output.default for output in table.outputs):
        return
    holes = space.grid.gaps(Budget(GAP_BUDGET), most + 1)
    for box in holes.boxes[:most]:
        constrained = space.constrained(box)
        is_plain = all(space.path[place] is not None for place in constrained) and not space.depends(constrained)
        doubt = ("", "") if is_plain else _TOGETHER
        fraction = _between_whole_numbers(space, box)
        yield finding(
            space, "gap", "warning", box=box,
            what=("no rule applies for {example}" + doubt[0] + fraction[0] + "; the value is null then",
                  "برای {example}" + doubt[1] + fraction[1] + " هیچ ردیفی صدق نمی‌کند و نتیجه تهی می‌شود"),
            fix=("Add a rule for it, or a default output.", "ردیفی برایش بیفزایید یا خروجی پیش‌فرض بگذارید."))
    if len(holes.boxes) > most:
        yield _more(space, most)
    elif holes.is_cut:
        share = f"{holes.searched * 100:.3g}"
        yield _unfinished(space, (f"{share} % of the combinations of inputs for gaps; the rest",
                                  f"{share} درصد ترکیب‌های ورودی برای شکاف؛ بقیه"), ())


def _may_match_nothing(table: Table) -> bool:
    """Whether rules may overlap and may all fail, so that nothing depends on where exactly they apply."""
    return table.policy in _MULTIPLE and table.aggregator in {None, "COUNT"}


def _between_whole_numbers(space: Space, box: Box) -> tuple[str, str]:
    for places, axis in zip(box, space.grid.axes, strict=True):
        if axis.is_fractional(places):
            return ", a value between whole numbers", "، که میان عددهای صحیح است"
    return "", ""


def _unfinished(space: Space, what: tuple[str, str], rules: Sequence[int]) -> Finding:
    return finding(
        space, "unfinished", "warning", rules=rules,
        what=(f"the analysis was cut short: it looked at {what[0]} is not known" if not rules else
              f"the analysis was cut short: {what[0]} is not known",
              f"بررسی ناتمام ماند: {what[1]} دانسته نیست"),
        fix=("Split the table into smaller ones.", "جدول را به جدول‌های کوچک‌تر بشکنید."))
