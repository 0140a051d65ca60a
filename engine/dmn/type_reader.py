"""`itemDefinition` -> the model's own types (DMN 1.5 §7.3.3)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.dmn import documents
from engine.dmn.documents import Element
from engine.dmn.item_types import ItemType
from engine.dmn.reader import Reader, attribute
from engine.feel import types

MAX_CHAIN = 50
"""Types that refer to one another by `typeRef` alone, to the built-in one at the end."""


def read(reader: Reader, root: Element) -> None:
    """Make every item definition of the file known to the reader; faults become problems."""
    own: list[tuple[Element, ItemType]] = []
    imported = frozenset(reader.types)
    for element in documents.children(root, "itemDefinition"):
        type_ = ItemType(attribute(element, "name"))
        if type_.name in imported:
            reader.problem(element, f"the type {type_.name!r} is imported already",
                           f"نوع {type_.name!r} وارد هم شده است", code="duplicate",
                           fix="Give each its own name.", fix_fa="به هر کدام نام جدا بدهید.")
        reader.types[type_.name] = type_
        own.append((element, type_))
    for element, type_ in own:
        _fill(reader, element, type_)
    _check_chains(reader, own)


def _fill(reader: Reader, element: Element, type_: ItemType) -> None:
    type_.is_collection = documents.is_true(element, "isCollection")
    components = list(documents.children(element, "itemComponent"))
    function = documents.child(element, "functionItem")
    if components:
        type_.base = types.ContextOf(members={attribute(component, "name"): _component(reader, component)
                                              for component in components})
    elif function is not None:
        type_.base = types.FunctionOf(
            parameters=tuple(reader.type(parameter) for parameter in documents.children(function, "parameters")),
            result=reader.type(function, "outputTypeRef"))
    else:
        type_.base = reader.type(element)
    for kind, name in (("allowedValues", "allowed"), ("typeConstraint", "constraint")):
        tests = documents.child(element, kind)
        if tests is not None and documents.text(tests):
            setattr(type_, name, reader.tests(tests, documents.text(tests)))


def _component(reader: Reader, element: Element) -> types.Type:
    type_ = ItemType(attribute(element, "name"))
    _fill(reader, element, type_)
    return type_


def _check_chains(reader: Reader, own: Iterable[tuple[Element, ItemType]]) -> None:
    """A type that is nothing but itself, or far from a built-in one; through components a type may hold itself."""
    elements = {type_: element for element, type_ in own}
    lengths: dict[ItemType, int] = {}
    for start in elements:
        chain: dict[ItemType, None] = {}
        type_: types.Type = start
        while isinstance(type_, ItemType) and type_ not in lengths and type_ not in chain:
            chain[type_] = None
            type_ = type_.base
        if isinstance(type_, ItemType) and type_ in chain:
            _circular(reader, elements.get(type_), type_)
        length = lengths.get(type_, 0) if isinstance(type_, ItemType) else 0
        for each in reversed(chain):
            lengths[each] = length = length + 1
            if length == MAX_CHAIN + 1 and each in elements:
                reader.problem(elements[each],
                               f"the type {each.name!r} refers to another through more than {MAX_CHAIN}",
                               f"نوع {each.name!r} با بیش از {MAX_CHAIN} واسطه به نوع دیگری ارجاع می‌دهد",
                               code="too_deep", fix="Refer to the last of them.", fix_fa="به آخرین آن‌ها ارجاع دهید.")


def _circular(reader: Reader, element: Element | None, type_: ItemType) -> None:
    type_.base = types.ANY
    if element is not None:
        reader.problem(element, f"the type {type_.name!r} is defined by itself",
                       f"نوع {type_.name!r} با خودش تعریف شده است", code="cycle",
                       fix="Refer to a built-in type, or give it components.",
                       fix_fa="به یک نوع پایه ارجاع دهید یا برایش جزء بگذارید.")
