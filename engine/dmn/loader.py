"""DMN bytes -> a model, or every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine import errors, feel
from engine.dmn import boxed, documents, graph, item_types, links, structure, type_reader
from engine.dmn.documents import Element
from engine.dmn.models import Model
from engine.dmn.reader import Reader, attribute
from engine.dmn.tables import Table
from engine.feel import expressions, types
from engine.feel.runs import RUN, Code, Scope


def load(xml: bytes, *, functions: feel.Functions | None = None, imported: Iterable[Model] = (),
         file: str | None = None) -> Model:
    """The model in `xml`; `imported` are the models it may import, found by their namespace.

    Raises: Invalid with every problem of the file: element id, line, what, how to mend it.
    """
    model, reader = read(xml, functions=functions, imported=imported, file=file)
    if any(problem.severity == "error" for problem in reader.problems):
        raise errors.Invalid(reader.problems)
    return model


def read(xml: bytes, *, functions: feel.Functions | None = None, imported: Iterable[Model] = (),
         file: str | None = None) -> tuple[Model, Reader]:
    """The model as far as it can be read, and the reader with its problems; where there is one, the value is null.

    Raises: Invalid when the file is not DMN at all.
    """
    return read_tree(documents.parse(xml, file=file), functions=functions, imported=imported, file=file)


def read_tree(root: Element, *, functions: feel.Functions | None = None, imported: Iterable[Model] = (),
              file: str | None = None) -> tuple[Model, Reader]:
    """The same for a `definitions` element that is parsed already."""
    reader = Reader(root, functions or expressions.standard_functions(), file=file)
    structure.check(reader, root)
    imports = _imports(reader, root, list(imported))
    type_reader.read(reader, root)
    nodes = _nodes(reader, root)
    links.link(reader, root, nodes, imports)
    warnings = [problem for problem in reader.problems if problem.severity == "warning"]
    model = Model(namespace=root.get("namespace", ""), name=attribute(root, "name"), nodes=nodes,
                  named_types=reader.types, warnings=warnings, tables=reader.tables)
    return model, reader


def _imports(reader: Reader, root: Element, models: Sequence[Model]) -> links.Imports:
    """Namespace -> the prefixes it is imported under, and the model. Its types and names become known."""
    imports: dict[str, tuple[list[str], Model]] = {}
    for element in documents.children(root, "import"):
        if not documents.imports_dmn(element):
            reader.problem(element, f"imports of {element.get('importType')!r} are not supported",
                           f"وارد کردن {element.get('importType')!r} پشتیبانی نمی‌شود", code="import", warning=True,
                           fix="Import DMN models only.", fix_fa="تنها مدل DMN وارد کنید.")
            continue
        namespace = element.get("namespace", "")
        found = [model for model in dict.fromkeys(models) if model.namespace == namespace]
        if len(found) != 1:
            _unclear(reader, element, namespace, found)
            continue
        prefixes, model = imports.setdefault(namespace, ([], found[0]))
        prefix = attribute(element, "name")
        if prefix in prefixes:
            reader.problem(element, f"{namespace!r} is imported twice as {prefix!r}",
                           f"{namespace!r} دو بار با نام {prefix!r} وارد شده است", code="duplicate",
                           fix="Remove one of the imports.", fix_fa="یکی از واردکردن‌ها را بردارید.")
            continue
        if prefix and any(prefix in named for named, other in imports.values() if other is not model):
            reader.problem(element, f"two models are imported as {prefix!r}",
                           f"دو مدل با نام {prefix!r} وارد شده است", code="duplicate",
                           fix="Import the models under different names.", fix_fa="مدل‌ها را با نام‌های جدا وارد کنید.")
        prefixes.append(prefix)
        _import_types(reader, element, prefix, model)
        reader.know(node.name for node in model.nodes.values())
    return imports


def _unclear(reader: Reader, element: Element, namespace: str, found: Sequence[Model]) -> None:
    what, what_fa = ("is that of several models", "از آن چند مدل است") if found else ("is not there", "در دسترس نیست")
    reader.problem(element, f"the imported model {namespace!r} {what}", f"مدل واردشده {namespace!r} {what_fa}",
                   code="import", fix="Give each its own namespace." if found else "Deploy it together with this one.",
                   fix_fa="به هر کدام فضای نام جدا بدهید." if found else "آن را همراه همین مدل مستقر کنید.")


def _import_types(reader: Reader, element: Element, prefix: str, model: Model) -> None:
    for name, type_ in model.types.items():
        known = f"{prefix}.{name}" if prefix else name
        if reader.types.setdefault(known, type_) is not type_:
            reader.problem(element, f"the type {known!r} comes from several imports",
                           f"نوع {known!r} از چند مدل وارد می‌شود", code="duplicate",
                           fix="Import the models under different names.", fix_fa="مدل‌ها را با نام‌های جدا وارد کنید.")


def _nodes(reader: Reader, root: Element) -> dict[str, graph.Node]:
    nodes: dict[str, graph.Node] = {}
    by_name: dict[str, graph.Node] = {}
    for element in documents.children(root, *links.NODES):
        reader.read = set()
        node = _READ[documents.name(element)](reader, element)
        node.reads, node.title = frozenset(reader.read), attribute(element, "name")
        if not element.get("id") or node.id in nodes:
            reader.problem(element, f"{node.name!r} has no id of its own", f"{node.name!r} شناسه یکتا ندارد",
                           code="duplicate", fix="Give every element its own id.",
                           fix_fa="به هر عنصر شناسه جدا بدهید.")
        if not node.name:
            reader.problem(element, "the element has no name", "عنصر نام ندارد", code="name", fix="Name it.",
                           fix_fa="به آن نام بدهید.")
        elif (named := by_name.setdefault(node.name, node)) is not node:
            reader.problem(element, f"{node.name!r} is also the name of {named.id!r}",
                           f"{node.name!r} نام {named.id!r} هم هست", code="duplicate", warning=True,
                           fix="Give each its own name.", fix_fa="به هر کدام نام جدا بدهید.")
        nodes[node.id] = node
    return nodes


def _own_type(reader: Reader, element: Element) -> types.Type:
    variable = documents.child(element, "variable")
    return reader.type(variable) if variable is not None else types.ANY


def _input_data(reader: Reader, element: Element) -> graph.Node:
    return graph.InputData(id=element.get("id", ""), name=_name(element), type=_own_type(reader, element))


def _name(element: Element) -> str:
    """A variable's name is what expressions say; that of the element may be one for people."""
    variable = documents.child(element, "variable")
    return (attribute(variable, "name") if variable is not None else "") or attribute(element, "name")


def _decision(reader: Reader, element: Element) -> graph.Node:
    id_ = element.get("id", "")
    code, logic = boxed.logic_of(reader, element, id_)
    if logic is None:
        code = _unwritten(reader, element)
    return graph.Decision(id=id_, name=_name(element), type=_own_type(reader, element), code=code,
                          table=code if isinstance(code, Table) else None)


def _knowledge(reader: Reader, element: Element) -> graph.Node:
    id_, logic = element.get("id", ""), documents.child(element, "encapsulatedLogic")
    node = graph.Knowledge(id=id_, name=_name(element), type=types.ANY, parameters=(), parameter_types=(),
                           body=boxed.nothing)
    if logic is None:
        node.body = _unwritten(reader, element)
        return node
    if logic.get("kind", "FEEL") != "FEEL":
        boxed.function(reader, logic, id_)
        return node
    parameters = list(documents.children(logic, "formalParameter"))
    node.parameters = tuple(attribute(parameter, "name") for parameter in parameters)
    node.parameter_types = tuple(reader.type(parameter) for parameter in parameters)
    node.type = _result_type(_own_type(reader, element))
    with reader.binding((*node.parameters, node.name)):
        node.body, body = boxed.logic_of(reader, logic, id_)
    if body is None:
        node.body = _unwritten(reader, element)
    return node


def _unwritten(reader: Reader, element: Element) -> Code:
    """The code of a node that is drawn only, which the standard allows (DMN 1.5 §6.3): it has no value."""
    name = _name(element)
    reader.problem(element, f"{name!r} has no logic, and will be null", f"{name!r} منطق ندارد و تهی خواهد بود",
                   code="shape", warning=True, fix="Give it a decision table or an expression.",
                   fix_fa="برایش جدول تصمیم یا عبارت بنویسید.")

    def missing(scope: Scope) -> None:
        scope[RUN].warn(f"{name!r} has no logic")

    return missing


def _result_type(type_: types.Type) -> types.Type:
    """A knowledge model's variable has a function type in DMN 1.2 and later, the result's type before."""
    base = type_.base if isinstance(type_, item_types.ItemType) else type_
    return base.result if isinstance(base, types.FunctionOf) else type_


def _service(reader: Reader, element: Element) -> graph.Node:
    return graph.ServiceNode(id=element.get("id", ""), name=_name(element),
                             type=_result_type(_own_type(reader, element)))


_READ = {"inputData": _input_data, "decision": _decision, "businessKnowledgeModel": _knowledge,
         "decisionService": _service}
