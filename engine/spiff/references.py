"""References between elements: most of them are qualified names, and a file may write them with its prefix (BPMN 2.0.2
§8.2.1, §15.3.2).
"""

from __future__ import annotations

from typing import Any

from engine.spiff import model

_ATTRIBUTES = frozenset({
    "activityRef", "attachedToRef", "calledElement", "dataObjectRef", "dataStoreRef", "default", "errorRef",
    "escalationRef", "itemRef", "itemSubjectRef", "messageRef", "noneBehaviorEventRef", "oneBehaviorEventRef",
    "processRef", "signalRef", "sourceRef", "targetRef"})
_ELEMENTS = frozenset({"eventDefinitionRef", "incoming", "loopDataInputRef", "loopDataOutputRef", "outgoing"})
_BRINGS = frozenset({"calledElement"})
"""What is in other files of the same bundle, too, where ids have no namespaces."""


def unqualify(root: Any) -> None:
    """Make each reference with a prefix of the file's own namespace the plain id that it stands for, without the blanks
    around it that XML Schema leaves out.
    """
    own = root.get("targetNamespace")
    for element in root.iter(f"{{{model.BPMN}}}*"):
        for name, value in element.attrib.items():
            if name in _ATTRIBUTES and (":" in value or value != value.strip()):
                element.set(name, _plain(element, value, own, anywhere=name in _BRINGS))
        if element.tag.rpartition("}")[2] in _ELEMENTS and ":" in (element.text or ""):
            element.text = _plain(element, element.text, own)


def _plain(element: Any, name: str, own: str | None, *, anywhere: bool = False) -> str:
    prefix, colon, identifier = name.strip().partition(":")
    namespace = element.nsmap.get(prefix) if colon else None
    return identifier if namespace is not None and (anywhere or namespace == own) else name.strip()
