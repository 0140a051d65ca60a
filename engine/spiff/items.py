"""Data of a diagram as read: data objects, properties, inputs and outputs, data stores, and what moves between them
(BPMN 2.0.2 §10.4).

A data object or property is a variable under its name, when that is a word FEEL can read and no other of the process
has it, else under its id; so expressions read it as they read any variable. A process keeps its own as its variables, a
subprocess as variables that end with it, an activity or event as variables that only its token sees. A data store is
outside of the process and is read and written by handlers.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from engine import feel
from engine.spiff import documents, languages, model, problems, vocabulary
from engine.spiff.documents import Findings

PLACEHOLDER = "__targetRef_placeholder"
"""The property that bpmn-js draws for an association without a target: nothing is moved into it."""
_SHARED = frozenset({"dataObject", "property"})
_HELD = _SHARED | {"dataInput", "dataOutput"}


class Items:
    """The data of one process."""

    def __init__(self, process: Any, findings: Findings) -> None:
        self.findings = findings
        self.process = process
        root = process.getroottree().getroot()
        self.stores = {found.get("id"): _one_line(found.get("name")) or found.get("id", "")
                       for found in documents.children(root, "dataStore")}
        elements = [found for found in process.iter(documents.bpmn("*"))
                    if documents.local(found) in _HELD | {"dataObjectReference", "dataStoreReference"}]
        self.elements = {found.get("id"): found for found in elements if found.get("id")}
        self.named: dict[str, str] = {}
        """Names of data objects that only their references tell."""
        for found in elements:
            if documents.local(found) == "dataObjectReference" and found.get("name"):
                self.named.setdefault(found.get("dataObjectRef", ""), found.get("name"))
        self.taken = Counter(self._name(found) for found in elements
                             if documents.local(found) in _SHARED and documents.local(holder(found)) in _SCOPES)

    def _name(self, element: Any) -> str:
        return (element.get("name") or self.named.get(element.get("id", "")) or "").strip()

    def variable(self, element: Any) -> str:
        """The variable a data object, property, input or output is."""
        name, is_shared = self._name(element), documents.local(element) in _SHARED
        if not is_word(name) or (is_shared and self.taken[name] > 1):
            return element.get("id") or name
        return name

    def of_scope(self, element: Any) -> frozenset[str]:
        """The variables that end with a subprocess; those of the process itself are its variables."""
        if element is self.process:
            return frozenset()
        return frozenset(self.variable(found) for found in self._held(element, _HELD))

    def of_node(self, element: Any, tag: str) -> dict[str, Any]:
        """What a node takes and gives, its outputs by name and, unless it is a scope of its own, its properties."""
        own = () if tag in vocabulary.SUBPROCESSES else self._held(element, frozenset({"property"}))
        return {
            "takes": self._associations(element, "dataInputAssociation"),
            "gives": self._associations(element, "dataOutputAssociation"),
            "data_outputs": [self.variable(found) for found in self._held(element, frozenset({"dataOutput"}))],
            "own_variables": frozenset(self.variable(found) for found in own
                                       if found.get("name") != PLACEHOLDER)}

    def resolved(self, reference: str | None) -> str | None:
        """The variable that a loop refers to, where it refers to data by id; other texts are what they are."""
        found = self.elements.get(reference or "")
        if found is None or documents.local(found) == "dataStoreReference":
            return reference
        return self._item(found).variable

    def _held(self, element: Any, tags: frozenset[str]) -> list[Any]:
        parts = [element, *documents.children(element, "ioSpecification")]
        return [child for part in parts for child in documents.bpmn_children(part)
                if documents.local(child) in tags and child.get("id")]

    def check(self, element: Any) -> None:
        """Refuse what would be read in part only inside an `ioSpecification` or a data object."""
        for specification in documents.children(element, "ioSpecification"):
            for child in documents.bpmn_children(specification):
                if documents.local(child) not in vocabulary.ITEMS | {"documentation", "extensionElements"}:
                    self.findings.unsupported(child)
        documents.once(element, "ioSpecification", self.findings)
        for binding in documents.children(element, "ioBinding"):
            self.findings.unsupported(binding)

    def _associations(self, element: Any, tag: str) -> list[model.Association]:
        """Those that move something; an association without a source or a target is drawing."""
        found = []
        for association in documents.children(element, tag):
            read = self._association(association, element)
            if read is not None:
                found.append(read)
        return found

    def _association(self, association: Any, element: Any) -> model.Association | None:
        references = [(child.text or "").strip() for child in documents.children(association, "sourceRef")]
        targets = [(child.text or "").strip() for child in documents.children(association, "targetRef")]
        expressions = documents.children(association, "transformation") + documents.children(association, "assignment")
        if len(targets) != 1 or not (references or expressions) or self._is_placeholder(targets[0]):
            return None
        sources = [self._reached(association, "sourceRef", reference, element) for reference in references]
        target = self._reached(association, "targetRef", targets[0], element)
        if target is None or None in sources:
            return None
        if len(sources) > 1 and not expressions:
            self.findings.at(association, "association_sources")
        documents.once(association, "transformation", self.findings)
        parts = documents.children(association, "transformation")
        return model.Association(
            id=documents.where(association), sources=[each for each in sources if each is not None], target=target,
            transformation=self._text(parts[0], association) if parts else None,
            assignments=self._assignments(association, target), line=association.sourceline)

    def _is_placeholder(self, reference: str) -> bool:
        found = self.elements.get(reference)
        return found is not None and found.get("name") == PLACEHOLDER

    def _text(self, element: Any, association: Any) -> model.Text | None:
        text = documents.text_of(element)
        if text is None:
            self.findings.at(association, "missing_attribute", name=documents.local(element), **problems.mend(
                "write a FEEL expression", "عبارتی با FEEL بنویسید"))
            return None
        languages.check(element.get("language"), text, association, self.findings)
        return text

    def _assignments(self, association: Any, target: model.DataItem) -> list[tuple[model.Text, list[str]]]:
        """From FEEL to the target or, with a path such as `order.total`, to one of its members."""
        found = []
        for assignment in documents.children(association, "assignment"):
            parts = {documents.local(child): child for child in documents.bpmn_children(assignment)}
            if not {"from", "to"} <= parts.keys():
                self.findings.at(association, "missing_attribute", name="assignment from, to", **problems.mend(
                    "give both", "هر دو را بنویسید"))
                continue
            text = self._text(parts["from"], association)
            to = [word.strip() for word in (parts["to"].text or "").strip().removeprefix("=").split(".")]
            if to[0] not in (target.variable, target.id) or not all(map(is_word, to[1:])):
                self.findings.at(association, "assignment_target", to=(parts["to"].text or "").strip(),
                                 target=target.variable)
            elif text is not None:
                found.append((text, to[1:]))
        return found

    def _reached(self, association: Any, name: str, reference: str, element: Any) -> model.DataItem | None:
        """The data an association refers to: of its activity, or of what is around it (BPMN 2.0.2 §10.4.1)."""
        found = self.elements.get(reference)
        if found is None:
            self.findings.at(association, "missing_reference", name=name, target=reference or "—")
            return None
        if holder(found) is not element and holder(found) not in element.iterancestors():
            self.findings.at(association, "data_scope", name=name, target=reference)
            return None
        if documents.local(found) == "dataObjectReference" and found.get("dataObjectRef") not in self.elements:
            self.findings.at(association, "missing_reference", name="dataObjectRef",
                             target=found.get("dataObjectRef") or "—")
            return None
        return self._item(found)

    def _item(self, found: Any) -> model.DataItem:
        identifier, tag = found.get("id"), documents.local(found)
        if tag == "dataStoreReference":
            store = self.stores.get(found.get("dataStoreRef", ""), _one_line(found.get("name")) or identifier)
            return model.DataItem(id=identifier, variable=store if is_word(store) else identifier, store=store,
                                  line=found.sourceline)
        if tag == "dataObjectReference":
            found = self.elements.get(found.get("dataObjectRef", ""), found)
        return model.DataItem(id=identifier, variable=self.variable(found))


_SCOPES = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})


def holder(element: Any) -> Any:
    """What a piece of data lives and ends with: the process, subprocess, activity or event that it stands in."""
    around = element.getparent()
    return around.getparent() if documents.local(around) == "ioSpecification" else around


def _one_line(name: str | None) -> str:
    """A name without the line breaks that fit it into its drawing."""
    return " ".join((name or "").split())


def is_word(name: str) -> bool:
    """Whether a name is one word that FEEL reads as a variable."""
    try:
        return bool(name) and len(name.split()) == 1 and not name.startswith("=") \
            and feel.compile(name).reads == (name,)
    except feel.FeelError:
        return False
