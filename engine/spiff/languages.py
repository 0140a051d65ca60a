"""Which language a script or a condition is written in, and how to say the same in FEEL.

Nothing but FEEL is ever evaluated; what stands in another language is refused, with its FEEL when that is easily told.
The hint is a text for the author to judge.
"""

from __future__ import annotations

import re
from typing import Any

from engine import feel
from engine.spiff import model, problems
from engine.spiff.documents import Findings

_FEEL = re.compile(r"(?:^|/)(?:x-)?feel(?:/|$)", re.IGNORECASE)
"""The language itself, a media type such as `application/feel`, or an address with it as a part."""
_NAMES = {"python": "Python", "py": "Python", "jython": "Python", "javascript": "JavaScript", "js": "JavaScript",
          "ecmascript": "JavaScript", "nashorn": "JavaScript", "typescript": "JavaScript", "groovy": "Groovy",
          "juel": "JUEL", "xpath": "XPath", "ruby": "Ruby", "java": "Java"}
_WORD = re.compile(r"[a-z]+")
_LOOKS = (
    ("Groovy", re.compile(r"^\s*def\s+\w+\s*=(?!=)", re.MULTILINE)),
    ("Python", re.compile(r"^\s*(?:import|from|def|class|with|try|print)\b|^\s*(?:if|for|while)\b.*:\s*$"
                          r"|\b(?:True|False|None|lambda|self)\b|^\s*\w+\s*[-+*/]?=(?!=)\s*[^=;]+$", re.MULTILINE)),
    ("JavaScript", re.compile(r"\b(?:var|let|const)\s+\w+|\bfunction\b\s*\w*\(|===|&&|\|\||;\s*$|\bexecution\.",
                              re.MULTILINE)),
    ("JUEL", re.compile(r"^\s*[$#]\{")),
)
_ASSIGNED = re.compile(r"(?:(?:var|let|const|def)\s+)?(?P<name>[A-Za-z_]\w*)\s*=(?!=)\s*(?P<value>.+)")
_SET = re.compile(r"execution\.setVariable\(\s*[\"'](?P<name>\w+)[\"']\s*,\s*(?P<value>.+)\)")
_LONGEST = 2_000
"""Characters of a text that a translation is tried for."""


def is_feel(language: str) -> bool:
    """Whether this names FEEL."""
    return _FEEL.search(language.strip()) is not None


def check(language: str | None, text: model.Text | None, element: Any, findings: Findings) -> None:
    """Refuse an expression that says it is not FEEL."""
    if language is not None and not is_feel(language):
        _refuse(_name(language), text, element, findings, is_script=False)


def check_script(language: str | None, text: model.Text | None, element: Any, findings: Findings) -> None:
    """Refuse a script that is not FEEL, or does not say that it is."""
    if language is not None and is_feel(language):
        return
    named = _name(language) if language else _looks_like(text)
    if named is not None:
        _refuse(named, text, element, findings, is_script=True)
    else:
        findings.at(element, "script_format")


def _name(language: str) -> str:
    words = _WORD.findall(language.casefold())
    return next((_NAMES[word] for word in words if word in _NAMES), language.strip() or "—")


def _looks_like(text: model.Text | None) -> str | None:
    """The language that a text without any named one seems to be in; None when it may be FEEL."""
    written = "" if text is None else text.text[:_LONGEST]
    return next((name for name, pattern in _LOOKS if pattern.search(written)), None)


def _refuse(language: str, text: model.Text | None, element: Any, findings: Findings, *, is_script: bool) -> None:
    written = "" if text is None or len(text.text) > _LONGEST else text.text
    hints = _script(written) if is_script else _expression(written)
    findings.at(element, "expression_language", language=language, **hints)


def _expression(text: str) -> dict[str, Any]:
    told = feel.translated(text)
    if told is None:
        return problems.mend("write it in FEEL, such as amount > 10, and remove the language attribute",
                             "آن را با FEEL بنویسید، مانند amount > 10، و ویژگی زبان را بردارید")
    return problems.mend(f"remove the language attribute and write in FEEL: {told}",
                         f"ویژگی زبان را بردارید و با FEEL بنویسید: {told}")


def assigned(text: str) -> tuple[str, str] | None:
    """The variable and the FEEL of a text that assigns, as other languages do: `total = price * 2`."""
    found = _ASSIGNED.fullmatch(text.strip())
    value = feel.translated(found["value"]) if found is not None else None
    return None if found is None or value is None else (found["name"], value)


def _script(text: str) -> dict[str, Any]:
    """How the script is said in FEEL: one assignment as an expression, several as the entries of a context."""
    lines = [line.split("#")[0].split("//")[0].strip().rstrip(";").strip() for line in text.splitlines()]
    found = [_SET.fullmatch(line) or _ASSIGNED.fullmatch(line) for line in lines if line]
    said = [(each["name"], feel.translated(each["value"])) for each in found if each is not None]
    whole = feel.translated(text) if not said else None
    if whole is not None:
        return problems.mend(
            f'set scriptFormat="feel", name its variable in parvaneh:resultVariable, and write in FEEL: {whole}',
            f'scriptFormat="feel" و نام متغیر را در parvaneh:resultVariable بگذارید و با FEEL بنویسید: {whole}')
    if not said or len(said) < len(found) or any(value is None for _, value in said):
        return problems.mend(
            'set scriptFormat="feel" and write one FEEL expression, such as price * count, with its variable in '
            "parvaneh:resultVariable, or a context such as {total: price * count, paid: false}",
            'scriptFormat="feel" بگذارید و یک عبارت FEEL بنویسید، مانند price * count، با نام متغیر در '
            "parvaneh:resultVariable، یا نگاشتی مانند {total: price * count, paid: false}")
    if len(said) == 1:
        name, value = said[0]
        return problems.mend(
            f'set scriptFormat="feel" and parvaneh:resultVariable="{name}", and write in FEEL: {value}',
            f'scriptFormat="feel" و parvaneh:resultVariable="{name}" بگذارید و با FEEL بنویسید: {value}')
    context = "{" + ", ".join(f"{name}: {value}" for name, value in said) + "}"
    return problems.mend(f'set scriptFormat="feel" and write one FEEL context: {context}',
                         f'scriptFormat="feel" بگذارید و یک نگاشت FEEL بنویسید: {context}')
