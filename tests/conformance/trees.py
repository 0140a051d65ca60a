"""BPMN files as trees, read without the product: what two spellings of the same drawing have in common."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def parse(xml: bytes) -> Any:
    """The root of a file, without comments and processing instructions. Raises: SyntaxError for what is no XML."""
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False,
                                                 remove_comments=True, remove_pis=True))


def read(xml: bytes) -> Any:
    """As `parse`, with references without the prefix of the file's own namespace, each event definition in the events
    that refer to it, and sequence flows without an id called by their ends, as docs/reference/bpmn.md says.
    """
    root = parse(xml)
    own = {prefix for prefix, namespace in root.nsmap.items() if prefix and namespace == root.get("targetNamespace")}
    for element in root.iter(f"{BPMN}*"):
        for name, value in element.attrib.items():
            if name.endswith(("Ref", "calledElement")):
                element.set(name, _plain(value, own))
    unnamed: Counter[str] = Counter()
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        if not flow.get("id"):
            ends = f"{flow.get('sourceRef')}→{flow.get('targetRef')}"
            unnamed[ends] += 1
            flow.set("id", ends if unnamed[ends] == 1 else f"{ends} {unnamed[ends]}")
    shared = {found.get("id"): found for found in root if is_definition(found)}
    for reference in list(root.iter(f"{BPMN}eventDefinitionRef")):
        found = shared.get(_plain((reference.text or "").strip(), own))
        if found is not None:
            reference.getparent().replace(reference, deepcopy(found))
    return root


def is_definition(element: Any) -> bool:
    """Whether the element is an event definition."""
    return str(element.tag).startswith(BPMN) and str(element.tag).endswith("EventDefinition")


def _plain(name: str, own: set[str]) -> str:
    prefix, _, rest = name.strip().partition(":")
    return rest if prefix in own else name
