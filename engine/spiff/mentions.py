"""What a file says of itself beside its flow: extensions it asks for, the language it means, references and lists."""

from __future__ import annotations

from typing import Any

from engine.spiff import documents, languages, model
from engine.spiff.documents import Findings

_REFERENCES = {"dataObjectReference": ("dataObjectRef",), "dataStoreReference": ("dataStoreRef",),
               "participant": ("processRef",), "association": ("sourceRef", "targetRef"),
               "group": ("categoryValueRef",)}
"""Attributes of what is drawing, or may be, that refer to an element of the file."""
_EXPRESSIONS = frozenset({"conditionExpression", "condition", "completionCondition", "activationCondition",
                          "loopCondition", "loopCardinality", "timeDate", "timeDuration", "timeCycle",
                          "transformation", "from"})
_LISTS = {"incoming": ("targetRef", "leads", "به این‌جا می‌رسد"),
          "outgoing": ("sourceRef", "leads away from", "از این‌جا می‌رود")}


def check(root: Any, findings: Findings) -> None:
    """Refuse an extension that must be understood and is not; tell what refers to nothing and what is not FEEL."""
    known = {element.get("id") for element in root.iter(documents.bpmn("*")) if element.get("id")}
    _check_extensions(root, findings)
    _check_language(root, findings)
    for element in root.iter(documents.bpmn("*")):
        tag = documents.local(element)
        for name in _REFERENCES.get(tag, ()):
            _check_reference(element, name, element.get(name), known, findings)
        for reference in documents.children(element, "flowNodeRef") if tag == "lane" else ():
            _check_reference(element, "flowNodeRef", reference.text, known, findings)
    _check_lists(root, findings)


def _check_extensions(root: Any, findings: Findings) -> None:
    """What must be understood and is not ours cannot be executed as it is meant (BPMN 2.0.2 §8.3.3)."""
    for extension in documents.children(root, "extension"):
        name = (extension.get("definition") or "").strip()
        prefix = name.rpartition(":")[0] or None
        if documents.flag(extension, "mustUnderstand", False, findings) \
                and extension.nsmap.get(prefix) != model.PARVANEH:
            findings.at(extension, "must_understand", definition=name or "—")


def _check_language(root: Any, findings: Findings) -> None:
    """The file's own default for expressions is not followed where it is another language (BPMN 2.0.2 §8.2.1)."""
    default = root.get("expressionLanguage")
    if default is None or languages.is_feel(default):
        return
    count = sum(1 for element in root.iter(documents.bpmn("*")) if documents.local(element) in _EXPRESSIONS
                and (element.text or "").strip() and element.get("language") is None)
    if count:
        findings.at(root, "other_default_language", value=default, count=count)


def _check_reference(element: Any, name: str, value: str | None, known: set[str], findings: Findings) -> None:
    target = (value or "").strip()
    if target and target not in known and ":" not in target:  # a prefix means another file
        findings.at(element, "unused_reference", name=name, target=target)


def _check_lists(root: Any, findings: Findings) -> None:
    """The flows that a node lists should be those that are drawn: of others nothing can come."""
    flows = {flow.get("id"): flow for flow in root.iter(documents.bpmn("sequenceFlow")) if flow.get("id")}
    for name, (end, leads, leads_fa) in _LISTS.items():
        for reference in root.iter(documents.bpmn(name)):
            identifier, node = (reference.text or "").strip(), reference.getparent().get("id")
            flow = flows.get(identifier)
            if identifier and (flow is None or flow.get(end) != node):
                findings.at(reference, "listed_flow", name=name, flow=identifier, leads=leads, leads_fa=leads_fa)
