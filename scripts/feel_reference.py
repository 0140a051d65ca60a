"""The parts of docs/reference/feel.md that are written from the code: every built-in function, and every limit."""

import inspect
import re
from collections.abc import Mapping

from api import cli_input
from engine.dmn import documents, links, models, reader, type_reader
from engine.feel import (
    calendars,
    expressions,
    functions,
    lexer,
    messages,
    numerals,
    outside,
    parser,
    patterns,
    runs,
    temporals,
    timeline,
    values,
    wide,
)
from engine.feel.standard import conversions, numbers, strings

COMPARABLE = frozenset({"number", "string", "date", "time", "date and time", "days and time duration",
                        "years and months duration"})
KINDS = {
    "conversions": "Conversion", "strings": "Text", "numbers": "Numbers and truth values", "lists": "Lists",
    "contexts": "Contexts", "moments": "Dates and times", "ranges": "Ranges and points",
}
RANGES = {
    "after": "Whether the first lies wholly after the second.",
    "before": "Whether the first lies wholly before the second.",
    "coincides": "Whether both are the same point, or hold the same values.",
    "during": "Whether the first lies wholly inside the second.",
    "finished by": "Whether the first ends with the second.",
    "finishes": "Whether the first is, or ends at, the end of the second.",
    "includes": "Whether the first holds the second.",
    "meets": "Whether the second begins with the value at which the first ends.",
    "met by": "Whether the first begins with the value at which the second ends.",
    "overlaps": "Whether some value is in both.",
    "overlaps after": "Whether the first begins inside the second and ends after it.",
    "overlaps before": "Whether the first ends inside the second and begins before it.",
    "started by": "Whether the first begins with the second.",
    "starts": "Whether the first is, or begins at, the start of the second.",
}


def sections() -> Mapping[str, str]:
    """Name of the section -> its text; in the page it stands between `<!-- name -->` and `<!-- /name -->`."""
    return {"functions": _functions(), "limits": _limits()}


def filled(page: str) -> str:
    """The page with its sections written again. Raises: ValueError for a section that the page does not have."""
    for name, text in sections().items():
        page, count = re.subn(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda found, text=text: (
            f"{found[1]}\n{text}\n{found[2]}"), page, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"the page has {count} sections {name!r}")
    return page


def _functions() -> str:
    built_in = {name: function for name, function in functions.Functions().items()
                if isinstance(function, functions.BuiltIn)}
    lines = []
    for module, title in KINDS.items():
        of_kind = {name: function for name, function in built_in.items() if _module(function) == module}
        lines += [f"**{title}**", "", "| call | value |", "|---|---|"]
        for name in sorted(of_kind):
            calls = "<br>".join(f"`{name}({_parameters(overload)})`" for overload in of_kind[name].overloads)
            lines.append(f"| {calls} | {_meaning(name, of_kind[name])} |")
        lines.append("")
    unknown = {_module(function) for function in built_in.values()} - KINDS.keys()
    if unknown:
        raise ValueError(f"functions of an unknown kind: {unknown}")
    return "\n".join(lines)


def _module(function: functions.BuiltIn) -> str:
    return function.overloads[0].fn.__module__.rpartition(".")[2]


def _parameters(overload: functions.Overload) -> str:
    def written(parameter: functions.Parameter) -> str:
        types = "" if parameter.types is None else (
            ": comparable" if parameter.types >= COMPARABLE else f": {' or '.join(sorted(parameter.types - {'null'}))}")
        return parameter.name + ("?" if parameter.optional else "") + ("..." if parameter.variadic else "") + types

    return ", ".join(written(parameter) for parameter in overload.parameters)


def _meaning(name: str, function: functions.BuiltIn) -> str:
    said = [inspect.getdoc(overload.fn) for overload in function.overloads]
    text = RANGES.get(name) or " ".join(dict.fromkeys(one.partition("\n\n")[0] for one in said if one))
    if not text:
        raise ValueError(f"nothing says what {name} gives")
    return " ".join(text.split()).replace("|", "\\|")


COMPILING, EVALUATING, REFUSED = "`FeelSyntaxError`", "`FeelBudgetExceeded`", "`FeelTypeError`"
NULL = "the value is null, with a warning"
NULL_INSIDE = f"{NULL}; from outside {REFUSED}"
AGAIN = "the oldest is compiled again"


def _limits() -> str:
    alone, decision = runs.DEFAULT, models.LIMITS
    budgets = [
        ("steps: iterations, calls, items", f"{alone.steps:,}", f"{decision.steps:,}"),
        (f"output: characters made, {runs.ITEM} for each item", f"{alone.size:,}", f"{decision.size:,}"),
        ("function calls within calls", f"{alone.depth}", f"{decision.depth}"),
        ("time of the processor", f"{alone.seconds:g} s", f"{decision.seconds:g} s"),
    ]
    lines = ["What one evaluation may use; beyond it: `FeelBudgetExceeded`, which names the budget.", "",
             "| budget | an expression | a decision with all it requires |", "|---|---|---|",
             *(f"| {' | '.join(row)} |" for row in budgets), ""]
    for title, rows in (("Texts", _of_texts()), ("Values", _of_values()), ("Functions", _of_functions()),
                        ("What is kept", _kept()), ("Files", _of_files())):
        lines += [f"**{title}**", "", "| what | limit | beyond it |", "|---|---|---|",
                  *(f"| {' | '.join(row)} |" for row in rows), ""]
    return "\n".join(lines)


Rows = list[tuple[str, str, str]]


def _of_texts() -> Rows:
    return [
        ("length", f"{lexer.MAX_LENGTH:,} characters", COMPILING),
        ("words and signs", f"{lexer.MAX_TOKENS:,}", COMPILING),
        ("brackets within brackets", f"{lexer.MAX_NESTING}", COMPILING),
        ("constructs within constructs", f"{parser.MAX_DEPTH}", COMPILING),
        ("a number written out", f"below 10^{numerals.MAX_EXPONENT + 1}", COMPILING),
    ]


def _of_values() -> Rows:
    return [
        ("digits of a number", f"{numerals.DIGITS}", "rounded, halves to the even neighbour"),
        ("size of a number", f"below 10^{numerals.MAX_EXPONENT + 1}", NULL_INSIDE),
        ("lists and contexts within one another", f"{values.MAX_NESTING}", f"{EVALUATING}; from outside {REFUSED}"),
        ("items of all values from outside", f"{outside.MAX_ITEMS:,}", f"{REFUSED} before anything is evaluated"),
        ("years of dates", f"-{calendars.MAX_YEAR:,} to {calendars.MAX_YEAR:,}", NULL),
        ("days and time durations", f"10^{len(str(wide.MAX_SPAN // wide.SECOND)) - 1} seconds", NULL),
        ("years and months durations", f"10^{len(str(timeline.MAX_MONTHS)) - 1} months", NULL_INSIDE),
        ("distance of a zone from UTC", f"{temporals.MAX_OFFSET.seconds // 3600} hours", NULL_INSIDE),
    ]


def _of_functions() -> Rows:
    return [
        ("text that `matches`, `replace` and `split` search, and a replacement", f"{strings.MAX_INPUT:,} characters",
         EVALUATING),
        ("time of one such search", f"{strings.TIMEOUT:g} s, or what is left of the evaluation", EVALUATING),
        ("pieces of a replacement", f"{strings.PARTS_A_STEP} count as a step, for each match", EVALUATING),
        ("pattern", f"{strings.MAX_PATTERN:,} characters", NULL),
        ("character classes within one another", f"{patterns.MAX_CLASSES}", NULL),
        ("digits after `$` in a replacement", f"{strings.MAX_GROUP_DIGITS}", "the others are text"),
        ("text of `range`", f"{conversions.MAX_RANGE:,} characters", NULL),
        ("text of a days and time duration", f"{temporals.MAX_DURATION} characters", NULL),
        ("scale of `decimal`, `floor` and the others", f"{numbers.MIN_SCALE:,} to {numbers.MAX_SCALE:,}", NULL),
    ]


def _kept() -> Rows:
    return [
        ("warnings of one evaluation", f"the first {runs.MAX_WARNINGS}", "not kept"),
        ("a text that a warning quotes", f"{messages.LONGEST} characters", "cut"),
        (f"compiled texts up to {expressions.SHORT} characters", f"{expressions.CACHED_SHORT}", AGAIN),
        (f"compiled texts up to {expressions.MAX_CACHED_LENGTH:,} characters", f"{expressions.CACHED_LONG}",
         f"{AGAIN}; longer ones always are"),
        ("compiled patterns", f"{strings.CACHED_PATTERNS}", AGAIN),
    ]


def _of_files() -> Rows:
    refused = "refused; one line and exit code 2 on the command line"
    return [
        ("a DMN file", f"{documents.MAX_SIZE:,} bytes", refused),
        ("elements within elements of a DMN file", f"{documents.MAX_DEPTH}", refused),
        ("its expressions and cells together, equal ones counted once", f"{reader.MAX_TEXT:,} characters", refused),
        ("its knowledge models and services that call one another", f"{links.MAX_CALLS} in a chain", refused),
        ("its types that refer to one another by `typeRef` alone", f"{type_reader.MAX_CHAIN} in a chain", refused),
        ("problems of one file that are told", f"{reader.MAX_PROBLEMS:,}", "counted, not told"),
        ("decisions that require one another", "none", ""),
        ("a JSON file of `parvaneh feel` and `parvaneh decide`", f"{cli_input.MAX_JSON:,} bytes", refused),
    ]
