"""DMN bytes -> a model, or every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import errors, feel
from engine.dmn import boxed, documents, graph, item_types, type_reader
from engine.dmn.documents import Element
from engine.dmn.models import Model
from engine.dmn.reader import Reader, attribute
from engine.dmn.tables import Table
from engine.feel import expressions, types

_NODES = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
_REQUIREMENTS = ("informationRequirement", "knowledgeRequirement", "authorityRequirement")
_REQUIRED = ("requiredDecision", "requiredInput", "requiredKnowledge")
_SERVICE_INPUTS = ("inputData", "inputDecision")


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
    imports = _imports(reader, root, {model.namespace: model for model in imported})
    type_reader.read(reader, root)
    nodes = _nodes(reader, root)
    _link(reader, root, nodes, imports)
    _check_cycles(reader, root, nodes)
    _check_requirements(reader, root, nodes)
    _check_services(reader, root, nodes)
    warnings = [problem for problem in reader.problems if problem.severity == "warning"]
    model = Model(namespace=root.get("namespace", ""), name=attribute(root, "name"), nodes=nodes,
                  named_types=reader.types, warnings=warnings, tables=reader.tables)
    return model, reader


def _imports(reader: Reader, root: Element, models: Mapping[str, Model]) -> dict[str, tuple[str, Model]]:
    """Namespace -> the prefix it is imported under, and the model. Its types and names become known."""
    imports: dict[str, tuple[str, Model]] = {}
    for element in documents.children(root, "import"):
        if "DMN" not in element.get("importType", ""):
            reader.problem(element, f"imports of {element.get('importType')!r} are not supported",
                           f"وارد کردن {element.get('importType')!r} پشتیبانی نمی‌شود", code="import", warning=True,
                           fix="Import DMN models only.", fix_fa="تنها مدل DMN وارد کنید.")
            continue
        model = models.get(element.get("namespace", ""))
        if model is None:
            reader.problem(element, f"the imported model {element.get('namespace')!r} is not there",
                           f"مدل واردشده {element.get('namespace')!r} در دسترس نیست", code="import",
                           fix="Deploy it together with this one.", fix_fa="آن را همراه همین مدل مستقر کنید.")
            continue
        prefix = attribute(element, "name")
        imports[model.namespace] = prefix, model
        reader.types |= {f"{prefix}.{name}" if prefix else name: type_ for name, type_ in model.types.items()}
        reader.know(node.name for node in model.nodes.values())
    return imports


def _nodes(reader: Reader, root: Element) -> dict[str, graph.Node]:
    nodes: dict[str, graph.Node] = {}
    by_name: dict[str, graph.Node] = {}
    for element in documents.children(root, *_NODES):
        reader.read = set()
        node = _READ[documents.name(element)](reader, element)
        node.reads = frozenset(reader.read)
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
    """A variable's name is what expressions say; it should be that of the element."""
    variable = documents.child(element, "variable")
    return (attribute(variable, "name") if variable is not None else "") or attribute(element, "name")


def _decision(reader: Reader, element: Element) -> graph.Node:
    id_ = element.get("id", "")
    code, logic = boxed.logic_of(reader, element, id_)
    if logic is None:
        reader.problem(element, "the decision has no logic", "تصمیم منطق ندارد", code="shape", warning=True,
                       fix="Give it a decision table or an expression.",
                       fix_fa="برایش جدول تصمیم یا عبارت بنویسید.")
    return graph.Decision(id=id_, name=_name(element), type=_own_type(reader, element), code=code,
                          table=code if isinstance(code, Table) else None)


def _knowledge(reader: Reader, element: Element) -> graph.Node:
    id_, logic = element.get("id", ""), documents.child(element, "encapsulatedLogic")
    node = graph.Knowledge(id=id_, name=_name(element), type=types.ANY, parameters=(), parameter_types=(),
                           body=boxed.nothing)
    if logic is None:
        reader.problem(element, "the knowledge has no logic", "دانش منطق ندارد", code="shape", warning=True,
                       fix="Give it an expression or a decision table.", fix_fa="برایش عبارت یا جدول تصمیم بنویسید.")
        return node
    if logic.get("kind", "FEEL") != "FEEL":
        boxed.function(reader, logic, id_)
        return node
    parameters = list(documents.children(logic, "formalParameter"))
    node.parameters = tuple(attribute(parameter, "name") for parameter in parameters)
    node.parameter_types = tuple(reader.type(parameter) for parameter in parameters)
    node.type = _result_type(_own_type(reader, element))
    with reader.binding((*node.parameters, node.name)):
        node.body = boxed.logic_of(reader, logic, id_)[0]
    return node


def _result_type(type_: types.Type) -> types.Type:
    """A knowledge model's variable has a function type in DMN 1.2 and later, the result's type before."""
    base = type_.base if isinstance(type_, item_types.ItemType) else type_
    return base.result if isinstance(base, types.FunctionOf) else type_


def _service(reader: Reader, element: Element) -> graph.Node:
    return graph.ServiceNode(id=element.get("id", ""), name=_name(element),
                                 type=_result_type(_own_type(reader, element)))


_READ = {"inputData": _input_data, "decision": _decision, "businessKnowledgeModel": _knowledge,
         "decisionService": _service}


def _link(reader: Reader, root: Element, nodes: Mapping[str, graph.Node],
          imports: Mapping[str, tuple[str, Model]]) -> None:
    def find(reference: Element) -> graph.Requirement | None:
        namespace, _, id_ = (reference.get("href") or "").rpartition("#")
        prefix, known = ("", nodes) if namespace in {"", root.get("namespace")} else (
            (imports[namespace][0], imports[namespace][1].nodes) if namespace in imports else ("", {}))
        if id_ not in known:
            reader.problem(reference, f"what is required, {reference.get('href')!r}, is not there",
                           f"آنچه لازم دانسته شده، {reference.get('href')!r}، وجود ندارد", code="reference",
                           fix="Draw the arrow to an element of this file or of an imported one.",
                           fix_fa="پیکان را به عنصری از همین پرونده یا از مدلی که وارد شده بکشید.")
            return None
        return graph.Requirement(node=known[id_], prefix=prefix)

    for element in documents.children(root, *_NODES):
        node = nodes[element.get("id", "")]
        references = [reference for requirement in documents.children(element, *_REQUIREMENTS)
                      for reference in documents.children(requirement, *_REQUIRED)]
        if isinstance(node, graph.ServiceNode):
            references = list(documents.children(element, "outputDecision"))
            node.inputs = [found.node for reference in documents.children(element, *_SERVICE_INPUTS)
                           if (found := find(reference))]
        node.requires = [found for reference in references if (found := find(reference))]


def _check_cycles(reader: Reader, root: Element, nodes: Mapping[str, graph.Node]) -> None:
    done: set[graph.Node] = set()
    for element in documents.children(root, *_NODES):
        path: list[graph.Node] = []
        stack = [(nodes[element.get("id", "")], False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.remove(node)
                done.add(node)
            elif node in path:
                reader.problem(element, f"{node.name!r} requires itself", f"{node.name!r} به خودش نیاز دارد",
                               code="cycle", fix="Remove one arrow of the circle.",
                               fix_fa="یکی از پیکان‌های حلقه را بردارید.")
                node.requires = []
                break
            elif node not in done:
                path.append(node)
                stack.append((node, True))
                stack.extend((required.node, False) for required in node.requires)


def _check_requirements(reader: Reader, root: Element, nodes: Mapping[str, graph.Node]) -> None:
    """A decision that reads an element of the model without requiring it gets null, which nobody would expect."""
    declared = {node.name for node in nodes.values()}
    for element in documents.children(root, *_NODES):
        node = nodes[element.get("id", "")]
        required = {requirement.node.name for requirement in node.requires}
        for name in sorted((node.reads & declared) - required - {node.name}):
            reader.problem(element, f"{node.name!r} reads {name!r} without requiring it, and will see null",
                           f"{node.name!r} مقدار {name!r} را می‌خواند ولی به آن وصل نیست و تهی خواهد دید",
                           code="requirement", warning=True, fix="Draw the arrow between them.",
                           fix_fa="میان آن دو پیکان بکشید.")


def _check_services(reader: Reader, root: Element, nodes: Mapping[str, graph.Node]) -> None:
    """A service holds every decision it needs, or takes it as an input (DMN 1.5 §6.3.9)."""
    for element in documents.children(root, "decisionService"):
        service = nodes[element.get("id", "")]
        if not isinstance(service, graph.ServiceNode):
            continue
        if not service.requires:
            reader.problem(element, "the service has no output decision", "خدمت تصمیم خروجی ندارد", code="shape",
                           fix="Put a decision into its upper part.", fix_fa="تصمیمی در بخش بالای آن بگذارید.")
        inside = {(reference.get("href") or "").rpartition("#")[2]
                  for reference in documents.children(element, "outputDecision", "encapsulatedDecision")}
        for node in _needed(service):
            if isinstance(node, graph.Decision) and node.id not in inside:
                reader.problem(element, f"the service needs {node.name!r}, which is neither inside it nor an input",
                               f"خدمت به {node.name!r} نیاز دارد که نه درون آن است و نه ورودی‌اش", code="service",
                               warning=True, fix="Put it into the service, or make it an input decision.",
                               fix_fa="آن را درون خدمت بگذارید یا ورودی‌اش کنید.")


def _needed(service: graph.ServiceNode) -> list[graph.Node]:
    """Everything evaluated inside a service."""
    found: dict[graph.Node, None] = {}
    waiting = [required.node for required in service.requires]
    while waiting:
        node = waiting.pop()
        if node not in found and node not in service.inputs:
            found[node] = None
            waiting += [] if isinstance(node, graph.ServiceNode) else [required.node for required in node.requires]
    return list(found)
