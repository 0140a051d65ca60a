"""The parts of docs/reference/feel.md that are written from the code: every built-in function, and every limit."""

import inspect
import re
from collections.abc import Mapping

from engine.dmn import models
from engine.feel import calendars, functions, lexer, parser, runs

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


def _limits() -> str:
    alone, decision = runs.DEFAULT, models.LIMITS
    rows = [
        ("length of a text", f"{lexer.MAX_LENGTH:,} characters", "", "compiling"),
        ("words and signs of a text", f"{lexer.MAX_TOKENS:,}", "", "compiling"),
        ("brackets within brackets", f"{lexer.MAX_NESTING}", "", "compiling"),
        ("constructs within constructs", f"{parser.MAX_DEPTH}", "", "compiling"),
        ("steps: iterations, calls, items", f"{alone.steps:,}", f"{decision.steps:,}", "evaluating"),
        ("output: characters made, 16 for each item", f"{alone.size:,}", f"{decision.size:,}", "evaluating"),
        ("function calls within calls", f"{alone.depth}", f"{decision.depth}", "evaluating"),
        ("time", f"{alone.seconds:g} s", f"{decision.seconds:g} s", "evaluating"),
        ("years of dates", f"-{calendars.MAX_YEAR:,} to {calendars.MAX_YEAR:,}", "", "the value is null"),
    ]
    lines = ["| what | an expression | a decision with all it requires | beyond it fails |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {one} | {whole or 'the same'} | {when} |"
                                for what, one, whole, when in rows), ""])
