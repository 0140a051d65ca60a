"""What a deployment consists of: its files by name, and what was read from them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from engine import dmn, feel
from engine.spiff import parser, readings
from engine.spiff.readings import Reading
from engine.values import Problem

KINDS = {".bpmn", ".dmn", ".form", ".yaml", ".yml", ".json"}
_LISTED = ", ".join(sorted(KINDS))
_NOT_IN_NAMES = re.compile(r"[\\\x00-\x1f\x7f\ud800-\udfff]")
LONGEST_NAME = 255
"""Characters of the name of a file and of the id of a decision."""

Form = Mapping[str, Any]
CheckForm = Callable[[bytes], Sequence[Problem]]
CheckResources = Callable[[Mapping[str, bytes]], Sequence[Problem]]
"""Finds the faults of the files the engine itself does not read, such as rules."""
CheckBundle = Callable[["Bundle"], Sequence[Problem]]
"""Finds faults that lie between the files of a bundle, once each of its diagrams, decisions and forms was read."""

_FORM = "save it again from the form editor", "آن را دوباره از ویرایشگر فرم ذخیره کنید"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A deployment, read and checked. Immutable: threads and instances share it."""

    processes: Mapping[str, parser.Process]
    models: Mapping[str, dmn.Model]
    """Decision id -> the model that holds it."""
    forms: Mapping[str, Form]
    resources: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """The files, while a new bundle is checked; empty afterwards."""
    warnings: Sequence[Problem] = ()

    def reads(self, process: str, functions: feel.Functions | None) -> Sequence[Reading]:
        """Every expression of one of its processes, with the names it reads."""
        return readings.readings(self.processes[process], functions)

    def writes(self, process: str) -> frozenset[str]:
        """The variables a process writes itself, beside what forms, handlers, messages and the start give it."""
        return readings.written(self.processes[process])


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What a new bundle is checked against; None means: do not check."""

    handlers: Collection[str] | None = None
    roles: Collection[str] | None = None
    check_form: CheckForm | None = None
    check_resources: CheckResources | None = None
    check_bundle: CheckBundle | None = None


def bundle_hash(resources: Mapping[str, bytes]) -> str:
    """SHA-256 over the sorted names and contents, each with its length."""
    digest = hashlib.sha256()
    for name, content in sorted(resources.items()):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def of_kind(resources: Mapping[str, bytes], suffix: str) -> list[tuple[str, bytes]]:
    """The files whose names end so, by name."""
    return [(name, content) for name, content in sorted(resources.items()) if PurePosixPath(name).suffix == suffix]


def misnamed(resources: Mapping[str, bytes], limit: int) -> Iterable[Problem]:
    """The files that a bundle cannot have: by their names, or for more than `limit` bytes."""
    if not resources:
        yield Problem(where="bundle", what="has no files", what_fa="هیچ پرونده‌ای ندارد", code="empty")
    for name, content in sorted(resources.items()):
        path = PurePosixPath(name)
        if (path.is_absolute() or ".." in path.parts or str(path) != name or _NOT_IN_NAMES.search(name)
                or path.suffix not in KINDS or len(name) > LONGEST_NAME):
            yield Problem(where=name, file=name, what="is no name of a file of a bundle", code="bad_name",
                          what_fa="نام پرونده نادرست است", fix=f"a relative path that ends in {_LISTED}",
                          fix_fa=f"مسیر نسبی با یکی از این پسوندها: {_LISTED}")
        elif len(content) > limit:
            yield Problem(where=name, file=name, what=f"is larger than {limit} bytes", code="too_large",
                          what_fa=f"بزرگ‌تر از {limit} بایت است", fix="split it, or take out what is not needed",
                          fix_fa="آن را بخش کنید یا آنچه لازم نیست بردارید")


def read_forms(resources: Mapping[str, bytes], check: CheckForm | None, problems: list[Problem]) -> dict[str, Form]:
    """The forms by id; what is wrong with them is added to `problems`."""
    forms: dict[str, Form] = {}
    for name, content in of_kind(resources, ".form"):
        try:
            form = json.loads(content)
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            problems.append(Problem(where=name, file=name, what=f"is not JSON: {reason}", code="not_json",
                                    what_fa="JSON درستی نیست", line=getattr(error, "lineno", None),
                                    column=getattr(error, "colno", None), fix=_FORM[0], fix_fa=_FORM[1]))
            continue
        form_id = form.get("id") if isinstance(form, dict) else None
        if not isinstance(form_id, str) or not form_id:
            problems.append(Problem(where=name, file=name, what="is not a form: a JSON object with an id",
                                    what_fa="فرم نیست: باید شیئی JSON با id باشد", code="not_a_form",
                                    fix=_FORM[0], fix_fa=_FORM[1]))
            continue
        if form_id in forms:
            problems.append(twice(name, "form", form_id))
        forms[form_id] = form
        problems += [replace(problem, file=name) for problem in (check(content) if check else ())]
    return forms


def twice(name: str, what: str, identifier: str) -> Problem:
    """That two of a kind have the same id."""
    return Problem(where=identifier, file=name, what=f"is the id of two {what}s", code="duplicate_id",
                   what_fa="شناسه تکراری است", fix="give each its own id", fix_fa="به هر کدام شناسه جدا بدهید")
