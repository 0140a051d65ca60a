"""Boxed expressions (DMN 1.5 §7.3, §10.2.2): each becomes code that reads a scope, like any FEEL text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.dmn import documents, table_reader
from engine.dmn.documents import Element
from engine.dmn.reader import Reader, attribute, with_type
from engine.feel import iterations, lambdas, types, values
from engine.feel.runs import RUN, Code, Scope


def nothing(_: Scope) -> None:
    """The code of logic that is not there or does not compile; the reader or `structure` has noted a problem."""


def logic_of(reader: Reader, element: Element, decision_id: str) -> tuple[Code, Element | None]:
    """The code of the one boxed expression inside `element`, and its own element."""
    inner = documents.child(element, *_KINDS)
    return (compiled(reader, inner, decision_id), inner) if inner is not None else (nothing, None)


def compiled(reader: Reader, element: Element, decision_id: str) -> Code:
    """The code of a boxed expression, coerced to the type it declares."""
    code = _KINDS[documents.name(element)](reader, element, decision_id)
    if documents.name(element) == "decisionTable" or not element.get("typeRef"):
        return code
    where = documents.identity(element)
    return with_type(code, reader.type(element), lambda scope: _warn(scope, f"{where}: the value is not of its type"))


def _warn(scope: Scope, message: str) -> None:
    scope[RUN].warn(message)


def _inside(reader: Reader, element: Element | None, decision_id: str) -> Code:
    if element is None:
        return nothing
    if documents.name(element) == "in":
        reader.type(element)  # it must be there; iteration takes any list, and one value as a list of it
    return logic_of(reader, element, decision_id)[0]


def _literal(reader: Reader, element: Element, decision_id: str) -> Code:
    del decision_id
    text = documents.text(element)
    if documents.child(element, "importedValues") is not None:
        return nothing
    if not text:
        reader.problem(element, "the expression is empty", "عبارت خالی است", code="shape",
                       fix="Write it in FEEL; `null` stands for no value.",
                       fix_fa="آن را به FEEL بنویسید؛ null یعنی بی مقدار.")
        return nothing
    return reader.code(element, text)


def _context(reader: Reader, element: Element, decision_id: str) -> Code:
    entries: list[tuple[str, Code]] = []
    result: Code | None = None
    before: set[str] = set()
    with reader.binding(before):
        for entry in documents.children(element, "contextEntry"):
            variable = documents.child(entry, "variable")
            code = _inside(reader, entry, decision_id)
            if result is not None:
                reader.problem(entry, "an entry stands after the context's result",
                               "ورودی‌ای پس از نتیجه نگاشت آمده است", code="shape",
                               fix="Name the entry before it; only the last may be without a variable.",
                               fix_fa="ورودی پیش از آن را نام بدهید؛ تنها آخرین ورودی می‌تواند بی نام باشد.")
            elif variable is None:
                result = code
            else:
                entries.append((attribute(variable, "name"), _typed(reader, variable, code)))
                before.add(entries[-1][0])

    def build(scope: Scope) -> Any:
        inner, built = scope.copy(), {}
        for name, code in entries:
            built[name] = inner[name] = code(inner)
        return result(inner) if result else built

    return build


def _typed(reader: Reader, variable: Element, code: Code) -> Code:
    return _of_type(attribute(variable, "name"), reader.type(variable), code)


def _of_type(name: str, type_: types.Type, code: Code) -> Code:
    return with_type(code, type_, lambda scope: _warn(scope, f"{name}: the value is not of its type"))


def _list(reader: Reader, element: Element, decision_id: str) -> Code:
    codes = [compiled(reader, item, decision_id) for item in documents.children(element, *_KINDS)]
    return lambda scope: [code(scope) for code in codes]


def _relation(reader: Reader, element: Element, decision_id: str) -> Code:
    columns = [(attribute(column, "name"), reader.type(column)) for column in documents.children(element, "column")]
    rows = []
    for row in documents.children(element, "row"):
        codes = [compiled(reader, cell, decision_id) for cell in documents.children(row, *_KINDS)]
        if len(codes) != len(columns):
            reader.problem(row, f"the row has {len(codes)} cells for {len(columns)} columns",
                           f"ردیف برای {len(columns)} ستون {len(codes)} خانه دارد", code="shape",
                           fix="Give the row one cell for every column.", fix_fa="برای هر ستون یک خانه بگذارید.")
        rows.append([(name, _of_type(name, type_, code))
                     for (name, type_), code in zip(columns, codes, strict=False)])
    return lambda scope: [{name: code(scope) for name, code in cells} for cells in rows]


def _invocation(reader: Reader, element: Element, decision_id: str) -> Code:
    callee = documents.child(element, *_KINDS)
    function = compiled(reader, callee, decision_id) if callee is not None else nothing
    arguments: list[tuple[str, Code]] = []
    for binding in documents.children(element, "binding"):
        parameter = documents.child(binding, "parameter")
        if parameter is not None:
            arguments.append((attribute(parameter, "name"), _inside(reader, binding, decision_id)))

    def invoke(scope: Scope) -> Any:
        value = function(scope)
        if not isinstance(value, values.Function):
            return scope[RUN].warn("what is invoked is no function")
        return value.call_named(scope[RUN], {name: code(scope) for name, code in arguments})

    return invoke


def function(reader: Reader, element: Element, decision_id: str) -> Code:
    """A function definition: code that makes the function in the scope where it stands."""
    kind = element.get("kind", "FEEL")
    if kind != "FEEL":
        named = _external_name(element)
        reader.problem(element, f"{kind} functions are not supported: {named}", f"تابع {kind} پشتیبانی نمی‌شود: {named}",
                       code="unsupported", fix="Write the function in FEEL.", fix_fa="تابع را به FEEL بنویسید.")
        return nothing
    parameters = list(documents.children(element, "formalParameter"))
    names = tuple(attribute(parameter, "name") for parameter in parameters)
    parameter_types = tuple(reader.type(parameter) for parameter in parameters)
    with reader.binding(names):
        body = _inside(reader, element, decision_id)
    return lambda scope: lambdas.Lambda(name="function", parameters=names, parameter_types=parameter_types, body=body,
                                        scope=scope.copy())


def _external_name(element: Element) -> str:
    """What an external function refers to: class and method, or document and model (DMN 1.5 §10.3.2.13.3)."""
    box = documents.child(element, "context")
    parts = [documents.text(documents.child(entry, "literalExpression"))
             for entry in (documents.children(box, "contextEntry") if box is not None else ())]
    return ".".join(part.strip('"') for part in parts if part) or documents.identity(element)


def _conditional(reader: Reader, element: Element, decision_id: str) -> Code:
    condition, consequent, alternative = (_inside(reader, documents.child(element, part), decision_id)
                                          for part in ("if", "then", "else"))

    def choose(scope: Scope) -> Any:
        answer = condition(scope)
        if answer is not None and type(answer) is not bool:
            return scope[RUN].warn("the condition is neither true nor false")
        return consequent(scope) if answer else alternative(scope)

    return choose


def _filter(reader: Reader, element: Element, decision_id: str) -> Code:
    source = _inside(reader, documents.child(element, "in"), decision_id)
    with reader.binding(("item",)):
        condition = _inside(reader, documents.child(element, "match"), decision_id)
    return lambda scope: iterations.select(scope, source(scope), condition)


def _for(reader: Reader, element: Element, decision_id: str) -> Code:
    name, source, body = _iterator(reader, element, "return", decision_id)
    return lambda scope: iterations.each(scope, name, source(scope), body)


def _quantified(reader: Reader, element: Element, decision_id: str) -> Code:
    name, source, condition = _iterator(reader, element, "satisfies", decision_id)
    every = documents.name(element) == "every"
    return lambda scope: iterations.decide(scope, name, source(scope), condition, every=every)


def _iterator(reader: Reader, element: Element, body: str, decision_id: str) -> tuple[str, Code, Code]:
    name = attribute(element, "iteratorVariable")
    source = _inside(reader, documents.child(element, "in"), decision_id)
    with reader.binding((name, "partial")):
        return name, source, _inside(reader, documents.child(element, body), decision_id)


_KINDS: Mapping[str, Callable[[Reader, Element, str], Code]] = {
    "literalExpression": _literal, "decisionTable": table_reader.read, "context": _context, "list": _list,
    "relation": _relation, "invocation": _invocation, "functionDefinition": function, "conditional": _conditional,
    "filter": _filter, "for": _for, "some": _quantified, "every": _quantified,
}
