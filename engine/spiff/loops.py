"""Loop characteristics as read: standard loops and multi-instance (BPMN 2.0.2 §10.3.8, §13.3.6, §13.3.7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.spiff import documents, events, languages, model, problems, vocabulary
from engine.spiff.documents import Findings

_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def read(element: Any, triggered: bool, resolved: Callable[[str | None], str | None],
         declarations: events.Declarations, findings: Findings) -> model.Loop | None:
    """The characteristics of an activity, None when it runs once; an event subprocess (`triggered`) has none.

    `resolved` gives the variable of data that is referred to by its id.
    """
    for loop in documents.children(element, "multiInstanceLoopCharacteristics"):
        if triggered:
            findings.unsupported(loop)
            return None
        for child in documents.bpmn_children(loop):
            if documents.local(child) not in vocabulary.LOOP_CHILDREN:
                findings.unsupported(child)
        for name in sorted(vocabulary.LOOP_CHILDREN - {
                "documentation", "extensionElements", "complexBehaviorDefinition"}):
            documents.once(loop, name, findings)
        for name in ("loopCardinality", "completionCondition"):
            for child in documents.children(loop, name):
                languages.check(child.get("language"), documents.text_of(child), loop, findings)
        return replace(_parts(loop, resolved, findings), behaviours=_behaviours(loop, declarations, findings))
    return None


def _behaviours(loop: Any, declarations: events.Declarations, findings: Findings) -> list[model.Behaviour]:
    """What the activity throws when instances end (BPMN 2.0.2 Table 10.29, `behavior`); without an event, nothing."""
    behavior = loop.get("behavior", "All")
    if behavior not in ("All", "None", "One", "Complex"):
        findings.at(loop, "bad_attribute", name="behavior", value=behavior, allowed="All, None, One, Complex")
    if behavior in ("None", "One"):
        event = events.thrown(None, loop.get(f"{behavior.lower()}BehaviorEventRef"), loop, declarations, findings)
        return [] if event is None else [model.Behaviour(event=event, only_first=behavior == "One")]
    found = []
    for definition in documents.children(loop, "complexBehaviorDefinition") if behavior == "Complex" else ():
        conditions = documents.children(definition, "condition")
        condition = documents.text_of(conditions[0] if conditions else None)
        if condition is None:
            findings.at(definition, "missing_attribute", name="condition", **problems.mend(
                "write the FEEL condition under which the event is thrown",
                "شرط FEEL را که رویداد با آن فرستاده می‌شود بنویسید"))
            continue
        languages.check(conditions[0].get("language"), condition, definition, findings)
        for holder in documents.children(definition, "event"):
            inside = [child for child in documents.bpmn_children(holder)
                      if documents.local(child).endswith("EventDefinition")]
            references = [(child.text or "").strip() for child in documents.children(holder, "eventDefinitionRef")]
            for given, reference in [*((each, None) for each in inside), *((None, each) for each in references)]:
                event = events.thrown(given, reference, loop, declarations, findings)
                if event is not None:
                    found.append(model.Behaviour(event=event, condition=condition))
    return found


def read_standard(element: Any, triggered: bool, findings: Findings) -> model.StandardLoop | None:
    """The standard loop of an activity, None when it has none; an event subprocess (`triggered`) has none.

    The number of runs is capped by `loopMaximum`; below zero it caps nothing that could be executed. A loop with
    neither condition nor maximum is for readers only, which the standard allows (BPMN 2.0.2 Table 10.28).
    """
    for loop in documents.children(element, "standardLoopCharacteristics"):
        if triggered or documents.children(element, "multiInstanceLoopCharacteristics"):
            findings.unsupported(loop)
            return None
        for child in documents.bpmn_children(loop):
            if documents.local(child) not in ("loopCondition", "documentation", "extensionElements"):
                findings.unsupported(child)
        documents.once(loop, "loopCondition", findings)
        conditions = documents.children(loop, "loopCondition")
        condition = documents.text_of(conditions[0] if conditions else None)
        if condition is not None:
            languages.check(conditions[0].get("language"), condition, loop, findings)
        elif loop.get("loopMaximum") is None:
            findings.at(loop, "missing_attribute", name="loopCondition", **problems.mend(
                "write a FEEL condition or a loopMaximum: without them a loop is not executable "
                "(BPMN 2.0.2 Table 10.28)",
                "شرطی با FEEL یا loopMaximum بنویسید؛ حلقه بدون آن‌ها اجراشدنی نیست (BPMN 2.0.2 Table 10.28)"))
        return model.StandardLoop(condition=condition, maximum=_maximum(loop, findings),
                                  test_before=documents.flag(loop, "testBefore", False, findings))
    return None


def _maximum(loop: Any, findings: Findings) -> int | None:
    value = loop.get("loopMaximum")
    if value is None:
        return None
    if not _INTEGER.fullmatch(value.strip()) or int(value) < 0:
        findings.at(loop, "loop_maximum", value=value)
        return 0
    return int(value)


def _parts(loop: Any, resolved: Callable[[str | None], str | None], findings: Findings) -> model.Loop:
    parts = {documents.local(child): child for child in documents.bpmn_children(loop)}
    collection = documents.text_of(parts.get("loopDataInputRef"))
    if collection is not None:
        collection = replace(collection, text=resolved(collection.text) or collection.text)
    cardinality = documents.text_of(parts.get("loopCardinality"))
    output, output_item = resolved(_reference(parts.get("loopDataOutputRef"))), _item(parts.get("outputDataItem"))
    if (collection is None) == (cardinality is None):
        findings.at(loop, "loop_input")
    if (output is None) != (output_item is None):
        findings.at(loop, "loop_output")
    value = parts.get("outputDataItem")
    return model.Loop(
        sequential=documents.flag(loop, "isSequential", False, findings), collection=collection,
        cardinality=cardinality, item=_item(parts.get("inputDataItem")), output=output, output_item=output_item,
        output_value=None if value is None else documents.expression(
            documents.attribute(value, "value"), value.sourceline),
        completion=documents.text_of(parts.get("completionCondition")))


def _reference(element: Any | None) -> str | None:
    return None if element is None else (element.text or "").strip() or None


def _item(element: Any | None) -> str | None:
    """The variable an input or output item names: its name or, as some modelers write it, its id."""
    return None if element is None else element.get("name") or element.get("id")
