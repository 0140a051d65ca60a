"""DMN bytes -> an XML tree that is safe to read, in any namespace from DMN 1.1 to 1.5."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine import errors, values

MAX_SIZE = 2_000_000
MAX_DEPTH = 100
"""Elements inside elements; what is deeper could not be evaluated within the budget either."""
_NOT_XML = ("Export the model again from a DMN editor.", "مدل را دوباره از ویرایشگر DMN بیرون بدهید.")
_DOCTYPE = re.compile(rb"(?>\xef\xbb\xbf)?(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!DOCTYPE", re.DOTALL)
NAMESPACES = frozenset({
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
})

Element = Any
"""An XML element; lxml has no types."""


def parse(xml: bytes, *, file: str | None = None, is_stored: bool = False) -> Element:
    """The `definitions` element. Entities, DOCTYPE and network are refused, and any encoding but UTF-8 unless the
    file was accepted before (`is_stored`).

    Raises: Invalid.
    """
    if len(xml) > MAX_SIZE:
        raise _refused("the file is larger than 2 MB", "پرونده از ۲ مگابایت بزرگ‌تر است", file=file, code="too_large",
                       fix="Split the model; models can import one another.",
                       fix_fa="مدل را بخش کنید؛ مدل‌ها می‌توانند یکدیگر را وارد کنند.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                             remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as fault:
        if has_doctype(xml):  # of what it declares, the parser tells in words of its own
            raise _doctype(file) from None
        raise _refused(f"the file is not XML: {fault.msg}", "پرونده XML درستی نیست", file=file,
                       line=fault.lineno, code="not_xml", fix=_NOT_XML[0], fix_fa=_NOT_XML[1]) from None
    except ValueError as fault:
        raise _refused(f"the file is not XML: {fault}", "پرونده XML درستی نیست", file=file, code="not_xml",
                       fix=_NOT_XML[0], fix_fa=_NOT_XML[1]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype(file)
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    if not is_stored and not is_utf8(xml, encoding):
        raise _refused(f"the file is encoded in {encoding}, not in UTF-8", f"کدگذاری پرونده {encoding} است، نه UTF-8",
                       file=file, line=1, code="encoding", fix="Save it as UTF-8.",
                       fix_fa="آن را با UTF-8 ذخیره کنید.")
    if name(root) != "definitions" or namespace(root) not in NAMESPACES:
        raise _refused("the file is not a DMN model", "پرونده مدل DMN نیست", file=file, line=root.sourceline,
                       code="not_dmn", fix="The root element must be `definitions` of DMN 1.1 to 1.5.",
                       fix_fa="ریشه پرونده باید عنصر definitions از DMN ۱٫۱ تا ۱٫۵ باشد.")
    deep = _too_deep(root)
    if deep is not None:
        raise _refused("the file is nested too deeply", "پرونده بیش از اندازه تو در تو است", file=file,
                       line=deep.sourceline, code="too_deep", fix="Split the expression into decisions.",
                       fix_fa="عبارت را به چند تصمیم بشکنید.")
    return root


def has_doctype(xml: bytes) -> bool:
    """Whether a DOCTYPE stands before the first element, read without looking at what it declares."""
    return _DOCTYPE.match(xml) is not None


def is_utf8(xml: bytes, declared: str) -> bool:
    """Whether everyone who reads the bytes as UTF-8, as pages do, reads what was parsed."""
    if declared != "UTF-8":
        return xml.isascii() and not declared.startswith("UTF-")
    try:
        xml.decode()
    except UnicodeDecodeError:
        return False
    return True


def _too_deep(root: Element) -> Element | None:
    """The first element that is too far inside."""
    level, depth = [root], 1
    while level and depth <= MAX_DEPTH:
        level, depth = [child for element in level for child in element], depth + 1
    return level[0] if level else None


def _doctype(file: str | None) -> errors.Invalid:
    return _refused("the file has a DOCTYPE", "پرونده DOCTYPE دارد", file=file, line=1, code="doctype",
                    fix="Remove everything between <!DOCTYPE and the first element.",
                    fix_fa="هر آنچه پیش از نخستین عنصر در <!DOCTYPE آمده بردارید.")


def _refused(what: str, what_fa: str, *, file: str | None, line: int | None = None, code: str, fix: str,
             fix_fa: str) -> errors.Invalid:
    return errors.Invalid([values.Problem(where=file or "definitions", what=what, what_fa=what_fa, file=file,
                                          line=line, code=code, fix=fix, fix_fa=fix_fa)])


def name(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """The element's namespace."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def children(element: Element, *names: str) -> Iterator[Element]:
    """The DMN elements directly inside, of these names or of any."""
    for child in element:
        if namespace(child) in NAMESPACES and (not names or name(child) in names):
            yield child


def child(element: Element, *names: str) -> Element | None:
    """The first DMN element directly inside of one of these names."""
    return next(children(element, *names), None)


def text(element: Element | None) -> str:
    """The text of the element's `text` child, or its own, without white space around it."""
    if element is None:
        return ""
    inner = child(element, "text")
    return "".join((inner if inner is not None else element).itertext()).strip()


def is_true(element: Element, attribute: str) -> bool:
    """Whether an attribute of the schema's type boolean is true; it is false where it is missing."""
    return (element.get(attribute) or "").strip() in {"true", "1"}


def imports_dmn(element: Element) -> bool:
    """Whether an `import` is of another DMN model, and not of types or a scoring model."""
    return (element.get("importType") or "").strip() in NAMESPACES


def identity(element: Element) -> str:
    """The element's id, or that of the nearest element around it that has one, or its name."""
    nearest: Element | None = element
    while nearest is not None:
        found = nearest.get("id")
        if found:
            return str(found)
        nearest = nearest.getparent()
    return name(element)
