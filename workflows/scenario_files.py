"""Files of scenarios as written: read, with everything wrong with them told at once, each with its line.

Nothing in them may be passed over: a word misspelt would make a scenario that expects nothing, and so cannot fail.
`workflows.scenarios` says what the words mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from engine import errors
from engine.values import Problem
from workflows.scenarios import Book

_TEXT, _TEXTS, _FACTS, _ANY, _SPAN, _EVENTS, _ANSWERS = (
    "a text", "a list of texts", "names with values", "a value", "`days` or `working_days` with a number",
    "a list of events", "names with the facts that each answers")
_KIND_FA = {_TEXT: "متن", _TEXTS: "فهرستی از متن‌ها", _FACTS: "نام‌ها با مقدارهایشان", _ANY: "مقدار",
            _SPAN: "days یا working_days با عدد", _EVENTS: "فهرستی از رویدادها",
            _ANSWERS: "نام‌ها با داده‌هایی که هر کدام پاسخ می‌دهد"}
_SHARED = {"process": _TEXT, "key": _TEXT, "facts": _FACTS, "handlers": _ANSWERS}
_FILE = {**_SHARED, "paths": _ANY, "scenarios": _ANY}
_SCENARIO = {**_SHARED, "title": _ANY, "given": _ANY, "events": _EVENTS, "expected": _ANY}
_GIVEN = {"facts": _FACTS, "rules": _FACTS, "rules_meta": _FACTS, "conditions_meta": _FACTS,
          "stale": _TEXTS}
_EXPECTED = {"outcome": _ANY, "end": _TEXT, "called": _TEXTS, "waiting": _TEXTS, "facts": _FACTS}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "path": {"path": _TEXT}, "complete": {"complete": _TEXT, "with": _FACTS, "item": _ANY},
    "answer": {"answer": _FACTS}, "notice": {"notice": _TEXT}, "advance": {"advance": _SPAN},
    "message": {"message": _TEXT, "with": _FACTS}, "signal": {"signal": _TEXT, "with": _FACTS},
    "failing": {"failing": _TEXT}, "mended": {"mended": _TEXT}, "expect": {"expect": _TEXTS},
    "incident": {"incident": _TEXT}, "retry": {"retry": _TEXT}}
_TELLING = frozenset({"expect", "incident"})
"""Words that fail when things are otherwise."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What the files hold so far, and what is wrong with them."""

    scenarios: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    asked: list[tuple[str, yaml.Node, str]] = field(default_factory=list)
    """Each use of a path: its file, where it stands there, and its name."""
    file: str = ""

    def say(self, node: yaml.Node | None, what: str, what_fa: str, fix: str, fix_fa: str, *,
            line: int | None = None) -> None:
        """Note what is wrong at a place of the file."""
        at = line if node is None else node.start_mark.line + 1
        self.problems.append(Problem(where=self.file, file=self.file, line=at, code="not_a_scenario", what=what,
                                     what_fa=what_fa, fix=fix, fix_fa=fix_fa))

    def wrong(self, node: yaml.Node, what: str, kind: str) -> None:
        """Note that a value is of another kind than it must be."""
        self.say(node, f"{what} must be {kind}", f"{what} باید {_KIND_FA.get(kind, kind)} باشد", "correct the value",
                 "مقدار را درست کنید")


def read(folder: Path) -> Book:
    """Every scenario of the YAML files in a folder.

    Raises:
        errors.Invalid: with everything that is wrong with the files, each with its line.
    """
    reading = _Reading()
    for path in sorted(folder.glob("*.yaml")):
        reading.file = path.name
        _read_file(path, reading)
    _check_paths(reading)
    if reading.problems:
        raise errors.Invalid(sorted(reading.problems, key=lambda problem: (problem.where, problem.line or 0)))
    return Book(scenarios=reading.scenarios, paths=reading.paths)


def _read_file(path: Path, reading: _Reading) -> None:
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        if root is None or not isinstance(root, yaml.MappingNode):
            reading.say(root, "is no file of scenarios: YAML with a list `scenarios`, each with a title",
                        "پرونده سناریو نیست: YAML با فهرست scenarios که هر کدام title دارد", "write such a list",
                        "چنین فهرستی بنویسید", line=1)
            return
        loader.construct_document(root)  # what cannot be a value is told here
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reading.say(None, f"is no YAML: {' '.join(str(getattr(error, 'problem', None) or error).split())}",
                    "YAML درستی نیست", "correct the file", "پرونده را درست کنید",
                    line=None if mark is None else mark.line + 1)
        return
    _file(root, reading)


def _file(root: yaml.MappingNode, reading: _Reading) -> None:
    parts = _members(root, _FILE, "the file", reading)
    for name, node in _pairs(parts.get("paths"), "paths", reading):
        if name in reading.paths:
            reading.say(node, f"there is another path {name}", f"مسیر {name} دوباره آمده است",
                        "give it a name of its own", "نامی جدا به آن بدهید")
        elif _is(node, _EVENTS, f"the path {name}", reading) and isinstance(node, yaml.SequenceNode):
            reading.paths[name] = _value(node)
            _events(node, reading)
    shared = {name: _value(parts[name]) for name in _SHARED if name in parts}
    listed = parts.get("scenarios")
    if listed is not None and not isinstance(listed, yaml.SequenceNode):
        reading.wrong(listed, "scenarios", "a list")
        return
    for node in listed.value if listed is not None else ():
        _scenario(node, shared, reading)


def _scenario(node: yaml.Node, shared: Mapping[str, Any], reading: _Reading) -> None:
    parts = _members(node, _SCENARIO, "a scenario", reading)
    if not isinstance(node, yaml.MappingNode):
        return
    told = {**shared, **{name: _value(part) for name, part in parts.items()}}
    for name in ("title", "process"):
        if not told.get(name):
            reading.say(node, f"a scenario without {name}", f"سناریویی بی {name}", f"write `{name}:`",
                        f"{name} را بنویسید")
    title = str(told.get("title"))
    if title in reading.scenarios:
        reading.say(parts.get("title", node), f"there is another scenario {title}", f"سناریوی {title} دوباره آمده است",
                    "give it a title of its own", "عنوانی جدا به آن بدهید")
    reading.scenarios[title] = {**told, "title": title}
    _members(parts.get("given"), _GIVEN, "given", reading)
    expected = _members(parts.get("expected"), _EXPECTED, "expected", reading)
    events = parts.get("events")
    words = _events(events, reading) if isinstance(events, yaml.SequenceNode) else []
    if not expected and _TELLING.isdisjoint(words) and "expected" not in parts:
        reading.say(node, f"{title} expects nothing, so it cannot fail",
                    f"{title} انتظاری ندارد و نمی‌تواند نادرست شود",
                    "write `expected:`, or `expect:` among its events", "expected یا رویداد expect بنویسید")
    elif "expected" in parts and not parts["expected"].value:
        reading.wrong(parts["expected"], "expected", f"one or more of: {', '.join(_EXPECTED)}")


def _events(node: yaml.SequenceNode, reading: _Reading) -> list[str]:
    """Check events one by one; their words, without those of the paths that they play."""
    words = []
    for event in node.value:
        if not isinstance(event, yaml.MappingNode) or not event.value:
            reading.say(event, "an event is one of the words with what it is about",
                        "رویداد یکی از واژه‌ها با موضوع آن است",
                        f"write one of: {', '.join(_WORDS)}", f"یکی از این‌ها را بنویسید: {', '.join(_WORDS)}")
            continue
        word = str(event.value[0][0].value)
        if word not in _WORDS:
            reading.say(event, f"there is no word {word}", f"واژه {word} نیست", f"write one of: {', '.join(_WORDS)}",
                        f"یکی از این‌ها را بنویسید: {', '.join(_WORDS)}")
            continue
        words.append(word)
        parts = _members(event, _WORDS[word], word, reading)
        if word == "path" and "path" in parts:
            reading.asked.append((reading.file, event, str(_value(parts["path"]))))
    return words


def _check_paths(reading: _Reading) -> None:
    """Each path that is played is there, and none plays itself."""
    for file, node, name in reading.asked:
        reading.file = file
        if name not in reading.paths:
            reading.say(node, f"there is no path {name}", f"مسیر {name} نیست", "name one of `paths`",
                        "یکی از paths را نام ببرید")
        elif name in _played(name, reading.paths):
            reading.say(node, f"the path {name} plays itself", f"مسیر {name} خودش را بازی می‌کند", "break the circle",
                        "دایره را بشکنید")


def _played(name: str, paths: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    """The paths that a path plays, and those that these play."""
    found: set[str] = set()
    pending = [name]
    while pending:
        inside = {str(event["path"]) for event in paths.get(pending.pop(), ())
                  if isinstance(event, dict) and "path" in event} - found
        found |= inside
        pending += inside
    return found


def _members(node: yaml.Node | None, allowed: Mapping[str, str], what: str, reading: _Reading) -> dict[str, yaml.Node]:
    """The members of a mapping that are well formed; any other is told."""
    found: dict[str, yaml.Node] = {}
    for name, value in _pairs(node, what, reading):
        if name in found:
            reading.say(value, f"{name} stands twice in {what}", f"{name} دو بار در {what} آمده است", "keep one",
                        "یکی را نگه دارید")
        elif name not in allowed:
            reading.say(value, f"{what} has no {name}", f"{what} چنین چیزی ندارد: {name}",
                        f"possible: {', '.join(allowed)}", f"شدنی: {', '.join(allowed)}")
        elif _is(value, allowed[name], name, reading):
            found[name] = value
    return found


def _pairs(node: yaml.Node | None, what: str, reading: _Reading) -> Iterator[tuple[str, yaml.Node]]:
    if node is None or _is_null(node):
        return
    if not isinstance(node, yaml.MappingNode):
        reading.wrong(node, what, _FACTS)
        return
    yield from ((str(key.value), value) for key, value in node.value)


def _is(node: yaml.Node, kind: str, what: str, reading: _Reading) -> bool:
    """Whether a value is of its kind; it is told when it is not."""
    fits = {
        _TEXT: _is_text(node), _ANY: True, _FACTS: isinstance(node, yaml.MappingNode),
        _TEXTS: isinstance(node, yaml.SequenceNode) and all(map(_is_text, node.value)),
        _EVENTS: isinstance(node, yaml.SequenceNode), _SPAN: _is_span(node),
        _ANSWERS: isinstance(node, yaml.MappingNode) and all(
            isinstance(value, yaml.MappingNode) for _, value in node.value)}[kind]
    if not fits:
        reading.wrong(node, what, kind)
    return fits


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not _is_null(node) and bool(node.value)


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _is_span(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and bool(node.value) and all(
        key.value in ("days", "working_days") and value.tag.endswith((":int", ":float")) for key, value in node.value)


def _value(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()
