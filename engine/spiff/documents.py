"""Hostile bytes to an XML tree, and the small questions asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine import values
from engine.dmn.documents import has_doctype, is_utf8
from engine.spiff import model, problems, references, relaxation, vocabulary

MAX_BYTES = 2 * 1024 * 1024
_WITH_CHILDREN = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "ioSpecification",
                            "inputDataItem", "outputDataItem"})


class Findings:
    """The problems of one file, collected while reading on: those that matter for what it is read for."""

    def __init__(self, file: str, reading: relaxation.Reading = relaxation.Reading.EXECUTION) -> None:
        self.file = file
        self.reading = reading
        self.problems: list[values.Problem] = []

    def add(self, code: str, *, where: str, line: int | None = None, column: int | None = None, **facts: Any) -> None:
        if relaxation.is_tolerated(self.reading, code, facts):
            return
        self.problems.append(problems.problem(code, where=where, file=self.file, line=line, column=column, **facts))

    @property
    def documentation(self) -> bool:
        """Whether diagrams drawn for people are read."""
        return self.reading is relaxation.Reading.DOCUMENTATION

    def at(self, element: Any, code: str, **facts: Any) -> None:
        """Add a problem of an XML element, found at the element or, when it has no id, at the nearest one around it."""
        self.add(code, where=where(element), line=element.sourceline, **facts)

    def unsupported(self, element: Any) -> None:
        """Add that an XML element is not executed here, and what to draw instead."""
        tag = local(element)
        hint, hint_fa = vocabulary.HINTS.get(tag, vocabulary.DEFAULT_HINT)
        self.at(element, "unsupported_element", tag=tag, hint=hint, hint_fa=hint_fa)


def parse(data: bytes, findings: Findings, *, is_stored: bool = False) -> Any | None:
    """The root element of a BPMN file, or None with the reason among the findings.

    Refuses a DOCTYPE (so: every entity), XML that is not well formed and, unless the file was accepted before
    (`is_stored`), more than 2 MB and any encoding but UTF-8; nothing is ever fetched.
    """
    if len(data) > MAX_BYTES and not is_stored:
        findings.add("too_large", where=findings.file, size=len(data), limit=MAX_BYTES)
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
                             huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if has_doctype(data):  # of what it declares, the parser tells in words of its own
            findings.add("doctype", where=findings.file, line=1)
        else:
            findings.add("not_xml", where=findings.file, line=getattr(error, "lineno", None), reason=str(error))
        return None
    if root.getroottree().docinfo.internalDTD is not None:
        findings.add("doctype", where=findings.file, line=1)
        return None
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    if not is_stored and not is_utf8(data, encoding):
        findings.add("encoding", where=findings.file, line=1, encoding=encoding)
        return None
    if root.tag != bpmn("definitions"):
        findings.add("not_bpmn", where=findings.file, line=root.sourceline, tag=root.tag)
        return None
    references.unqualify(root)
    return root


def bpmn(name: str) -> str:
    """The qualified name of a BPMN tag."""
    return f"{{{model.BPMN}}}{name}"


def parvaneh(name: str) -> str:
    """The qualified name of a tag or attribute of our own namespace."""
    return f"{{{model.PARVANEH}}}{name}"


def local(element: Any) -> str:
    """The tag without its namespace."""
    return str(etree.QName(element).localname)


def is_bpmn(element: Any) -> bool:
    """Whether the element belongs to BPMN itself, not to an extension."""
    return bool(etree.QName(element).namespace == model.BPMN)


def children(element: Any, name: str) -> list[Any]:
    """Direct BPMN children with this tag."""
    return list(element.findall(bpmn(name)))


def bpmn_children(element: Any) -> Iterator[Any]:
    """Direct children of the BPMN namespace, comments and extensions left out."""
    return (child for child in element if isinstance(child.tag, str) and is_bpmn(child))


def extensions(element: Any, name: str) -> list[Any]:
    """Children of our own namespace in the element's extensionElements."""
    return [found for holder in children(element, "extensionElements") for found in holder.findall(parvaneh(name))]


def where(element: Any) -> str:
    """The id of the element, or of the nearest one around it that has an id."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return "definitions"


def attribute(element: Any, name: str) -> str | None:
    """An attribute of our own namespace, without surrounding blanks; None when absent or empty."""
    found = element.get(parvaneh(name))
    return (found.strip() or None) if found is not None else None


def flag(element: Any, name: str, default: bool, findings: Findings) -> bool:
    """A boolean attribute of XML Schema."""
    value = element.get(name)
    if value is None:
        return default
    if value.strip() not in ("true", "1", "false", "0"):
        findings.at(element, "bad_attribute", name=name, value=value, allowed="true, false")
    return value.strip() in ("true", "1")


def once(element: Any, name: str, findings: Findings) -> None:
    """Refuse what would be read in part only: a second child of this name, or elements inside its text."""
    found = children(element, name)
    if len(found) > 1 or (name not in _WITH_CHILDREN and any(len(each) for each in found)):
        findings.at(element, "ambiguous_child", name=name)


def expression(value: str | None, line: int | None, *, is_attribute: bool = True) -> model.Text | None:
    """A FEEL text without blanks around it and without a leading `=`; None when empty."""
    text = (value or "").strip().removeprefix("=").strip()
    if value is None or not text:
        return None
    before = 0 if is_attribute else value[:len(value.rstrip()) - len(text)].count("\n")
    return model.Text(text=text, line=None if line is None else line + before, is_attribute=is_attribute)


def text_of(element: Any | None) -> model.Text | None:
    """The FEEL text inside an element."""
    return None if element is None else expression(element.text, element.sourceline, is_attribute=False)


def documentation(element: Any) -> str:
    """The text of the element's documentation, in order; empty when there is none."""
    return "\n".join((found.text or "").strip() for found in children(element, "documentation"))
