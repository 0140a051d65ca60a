"""Link events: a way from one place of a scope to another without a line (BPMN 2.0.2 §10.5.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from engine.spiff import documents, model, problems
from engine.spiff.documents import Findings


def name(definition: Any, findings: Findings) -> str | None:
    """The name of a link event definition, by which its ends find each other."""
    found = (definition.get("name") or "").strip()
    if not found:
        findings.at(definition, "missing_attribute", name="name", **problems.mend(
            "give the link the name of its other end", "به پیوند همان نام سر دیگرش را بدهید"))
    return found or None


def flows(process: Any, shared: Mapping[str, Any]) -> dict[Any, list[model.Flow]]:
    """By scope: a way from each throwing link event to the catching one of its name. Each is a flow as any other.

    `shared` are the definitions at the root, by id, that events may refer to.
    """
    found = {}
    for scope in (process, *process.iter(documents.bpmn("subProcess"), documents.bpmn("transaction"),
                                         documents.bpmn("adHocSubProcess"))):
        catching = list(_ends(scope, "intermediateCatchEvent", shared))
        targets = {link: event.get("id") for event, link in reversed(catching)}
        found[scope] = [
            model.Flow(id=f"{event.get('id')}(link)", source=event.get("id"), target=targets[link],
                       line=event.sourceline, is_link=True)
            for event, link in _ends(scope, "intermediateThrowEvent", shared) if link in targets]
    return found


def _ends(scope: Any, tag: str, shared: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    for event in documents.children(scope, tag):
        referred = [shared.get((each.text or "").strip()) for each in documents.children(event, "eventDefinitionRef")]
        links = [each for each in referred if each is not None and documents.local(each) == "linkEventDefinition"]
        for definition in documents.children(event, "linkEventDefinition") + links:
            link = (definition.get("name") or "").strip()
            if link and event.get("id"):
                yield event, link


def check(scope: model.Scope, findings: Findings) -> None:
    """Note links that lead nowhere or to two places, and flows at the wrong end of one."""
    targets: dict[str, list[model.Node]] = defaultdict(list)
    ends = [node for node in scope.nodes.values() if node.event.kind == "link" and node.event.link]
    for node in ends:
        if node.type == "intermediateCatchEvent":
            targets[node.event.link or ""].append(node)
    for node in ends:
        link = node.event.link or ""
        if node.type == "intermediateCatchEvent":
            if targets[link][0] is not node:
                findings.add("link_twice", where=node.id, line=node.line, link=link, other=targets[link][0].id)
            elif not any(flow.is_link for flow in node.incoming):
                findings.add("link_source", where=node.id, line=node.line, link=link)
            drawn, code, place = node.incoming, "flow_into", "link catch event"
        else:
            if not targets[link]:
                findings.add("link_target", where=node.id, line=node.line, link=link)
            drawn, code, place = node.outgoing, "flow_out_of", "link throw event"
        for flow in drawn:
            if not flow.is_link:
                findings.add(code, where=node.id, line=node.line, place=place, flow=flow.id)
