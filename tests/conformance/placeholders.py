"""What betsy's models leave open, made executable: scripts that only have names, and conditions in no language.

Nothing else of a model changes. Scripts become FEEL that calls what `betsy.Play` registers.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from tests.conformance.trees import BPMN, parse

PARVANEH = "{urn:parvaneh:bpmn:1}"
_SCRIPTS: tuple[tuple[str, str, str], ...] = (
    (r"SCRIPT_task\w+", r'leave token("\g<0>", null)', "script"),
    (r"SET_STRING_DATA", r'"String"', "data"),
    (r"LOG_DATA", r'if data = "String" then leave token("DATA_correct", null) else null', "script"),
    (r"INCREMENT_INTEGER_VARIABLE", r"integerVariable + 1", "integerVariable"),
    (r"INCREMENT_INTEGER_VARIABLE_AND_LOG", r'leave token("INCREMENT", integerVariable + 1)', "integerVariable"),
    (r"THROW_ERROR", r'throw("ERR_CODE")', "script"),
    (r"CREATE_MARKER_FILE", r'leave once("MARKER_exists")', "script"),
    (r"CREATE_LOG_FILE", r"null", "script"),
    (r"WAIT_TEN_SECONDS", r"take time(10)", "script"),
    (r"CREATE_TIMESTAMP_LOG_(\d+)", r"stamp(\1)", "script"),
)
"""Placeholder, FEEL, and the variable that gets the value."""
_CONDITIONS = ("conditionExpression", "loopCondition", "completionCondition", "activationCondition", "condition")
_CONTAINS = re.compile(r'(\w+)\.contains\(\s*("[^"]*")\s*\)')
_WRAPPED = re.compile(r"\$\{(.*)\}", re.DOTALL)


def adapt(xml: bytes) -> bytes:
    """The model with FEEL in the place of its placeholders. Raises: SyntaxError for a file that is no XML."""
    root = parse(xml)
    for task in root.iter(f"{BPMN}scriptTask"):
        _script(task)
    for tag in _CONDITIONS:
        for element in root.iter(f"{BPMN}{tag}"):
            if element.text:
                element.text = condition(element.text)
                element.attrib.pop("language", None)
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def condition(text: str) -> str:
    """A condition as FEEL: `${test.contains("a")}` means `contains(test, "a")`."""
    stripped = text.strip()
    wrapped = _WRAPPED.fullmatch(stripped)
    return _CONTAINS.sub(r"contains(\1, \2)", wrapped[1] if wrapped else stripped)


def _script(task: Any) -> None:
    script = task.find(f"{BPMN}script")
    name = (script.text or "").strip() if script is not None else ""
    for pattern, text, variable in _SCRIPTS:
        found = re.fullmatch(pattern, name)
        if found and script is not None:
            script.text = found.expand(text)
            task.set("scriptFormat", "feel")
            task.set(f"{PARVANEH}resultVariable", variable)
