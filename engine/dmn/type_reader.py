"""`itemDefinition` -> the model's own types (DMN 1.5 §7.3.3)."""

from __future__ import annotations

from engine.dmn import documents
from engine.dmn.documents import Element
from engine.dmn.item_types import ItemType
from engine.dmn.reader import Reader, attribute
from engine.feel import types


def read(reader: Reader, root: Element) -> None:
    """Make every item definition of the file known to the reader; faults become problems."""
    own: list[tuple[Element, ItemType]] = []
    for element in documents.children(root, "itemDefinition"):
        type_ = ItemType(attribute(element, "name"))
        if type_.name in reader.types:
            reader.problem(element, f"the type {type_.name!r} is defined twice",
                           f"نوع {type_.name!r} دو بار تعریف شده است", code="duplicate",
                           fix="Give each its own name.", fix_fa="به هر کدام نام جدا بدهید.")
        reader.types[type_.name] = type_
        own.append((element, type_))
    for element, type_ in own:
        _fill(reader, element, type_)
    for element, type_ in own:
        _check_circle(reader, element, type_)


def _fill(reader: Reader, element: Element, type_: ItemType) -> None:
    type_.is_collection = element.get("isCollection") == "true"
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


def _check_circle(reader: Reader, element: Element, type_: ItemType) -> None:
    """A type that is nothing but itself; through a component or a collection a type may hold itself."""
    seen: list[types.Type] = [type_]
    base = type_.base
    while isinstance(base, ItemType) and base not in seen:
        seen.append(base)
        base = base.base
    if base is type_:
        type_.base = types.ANY
        reader.problem(element, f"the type {type_.name!r} is defined by itself",
                       f"نوع {type_.name!r} با خودش تعریف شده است", code="cycle",
                       fix="Refer to a built-in type, or give it components.",
                       fix_fa="به یک نوع پایه ارجاع دهید یا برایش جزء بگذارید.")
