"""Ad hoc subprocesses as read, and their rules (BPMN 2.0.2 §10.3.5, §13.3.5)."""

from __future__ import annotations

from typing import Any

from engine.spiff import documents, languages, model, selection
from engine.spiff.documents import Findings

_ORDERINGS = ("Parallel", "Sequential")


def read(element: Any, findings: Findings) -> model.AdHoc | None:
    """How the activities inside run; None of any other scope."""
    if documents.local(element) != "adHocSubProcess":
        return None
    if documents.flag(element, "triggeredByEvent", False, findings):
        findings.at(element, "unsupported_attribute", name="triggeredByEvent", value=element.get("triggeredByEvent"))
    ordering = element.get("ordering", "Parallel")
    if ordering not in _ORDERINGS:
        findings.at(element, "bad_attribute", name="ordering", value=ordering, allowed=", ".join(_ORDERINGS))
    documents.once(element, "completionCondition", findings)
    conditions = documents.children(element, "completionCondition")
    completion = documents.text_of(conditions[0] if conditions else None)
    if completion is not None:
        languages.check(conditions[0].get("language"), completion, element, findings)
    return model.AdHoc(sequential=ordering == "Sequential", completion=completion,
                       cancels=documents.flag(element, "cancelRemainingInstances", True, findings))


def check(scope: model.Scope, line: int | None, findings: Findings) -> None:
    """Note what an ad hoc subprocess may not hold, and one without an activity; any other scope is left alone."""
    if scope.ad_hoc is None:
        return
    for node in scope.nodes.values():
        if node.type in ("startEvent", "endEvent"):
            findings.add("ad_hoc_event", where=node.id, line=node.line)
    if not scope.refused and not any(selection.is_selected(node) for node in scope.nodes.values()):
        findings.add("ad_hoc_empty", where=scope.id, line=line)
