"""DMN bytes -> a model, or every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import errors, feel
from engine.dmn import boxed, documents, graph, item_types
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
    root = documents.parse(xml, file=file)
    reader = Reader(root, functions or expressions.standard_functions(), file=file)
    imports = _imports(reader, root, {model.namespace: model for model in imported})
    _item_definitions(reader, root)
    nodes = _nodes(reader, root)
    _link(reader, root, nodes, imports)
    _check_cycles(reader, root, nodes)
    _check_requirements(reader, root, nodes)
    warnings = [problem for problem in reader.problems if problem.severity == "warning"]
    model = Model(namespace=root.get("namespace", ""), name=attribute(root, "name"), nodes=nodes,
                  named_types=reader.types, warnings=warnings)
    return model, reader


def _imports(reader: Reader, root: Element, models: Mapping[str, Model]) -> dict[str, tuple[str, Model]]:
    """Namespace -> the prefix it is imported under, and the model. Its types and names become known."""
    imports: dict[str, tuple[str, Model]] = {}
    for element in documents.children(root, "import"):
        model = models.get(element.get("namespace", ""))
        if "DMN" not in element.get("importType", ""):
            continue
        if model is None:
            reader.problem(element, f"the imported model {element.get('namespace')!r} is not there",
                           "مدل واردشده در دسترس نیست", code="import", fix="Deploy it together with this one.",
                           fix_fa="آن را همراه همین مدل مستقر کنید.")
            continue
        prefix = attribute(element, "name")
        imports[model.namespace] = prefix, model
        reader.types |= {f"{prefix}.{name}": type_ for name, type_ in model.types.items()}
        reader.know(node.name for node in model.nodes.values())
    return imports


def _item_definitions(reader: Reader, root: Element) -> None:
    definitions = list(documents.children(root, "itemDefinition"))
    own = [(element, item_types.ItemType(attribute(element, "name"))) for element in definitions]
    for element, type_ in own:
        if type_.name in reader.types:
            reader.problem(element, f"the type {type_.name!r} is defined twice",
                           f"نوع {type_.name!r} دو بار تعریف شده است", code="duplicate")
        reader.types[type_.name] = type_
    for element, type_ in own:
        _fill(reader, element, type_)


def _fill(reader: Reader, element: Element, type_: item_types.ItemType) -> None:
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
    allowed = documents.child(element, "allowedValues")
    if allowed is not None and documents.text(allowed):
        type_.allowed = reader.tests(allowed, documents.text(allowed))


def _component(reader: Reader, element: Element) -> types.Type:
    type_ = item_types.ItemType(attribute(element, "name"))
    _fill(reader, element, type_)
    return type_


def _nodes(reader: Reader, root: Element) -> dict[str, graph.Node]:
    nodes: dict[str, graph.Node] = {}
    for element in documents.children(root, *_NODES):
        reader.read = set()
        node = _READ[documents.name(element)](reader, element)
        node.reads = frozenset(reader.read)
        if not element.get("id") or node.id in nodes:
            reader.problem(element, f"{node.name!r} has no id of its own", f"{node.name!r} شناسه یکتا ندارد",
                           code="duplicate")
        if not node.name:
            reader.problem(element, "the element has no name", "عنصر نام ندارد", code="name")
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
                           f"آنچه لازم دانسته شده، {reference.get('href')!r}، وجود ندارد", code="reference")
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
