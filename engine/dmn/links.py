"""The arrows of a requirements graph: what each element requires, and whether that can be evaluated (DMN 1.5 §6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.dmn import documents
from engine.dmn.documents import Element
from engine.dmn.graph import Decision, InputData, Knowledge, Node, Requirement, ServiceNode
from engine.dmn.models import LIMITS, Model
from engine.dmn.reader import Reader

Imports = Mapping[str, tuple[list[str], Model]]
"""Namespace -> the names that a model is imported under, and the model."""
NODES = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
_REQUIREMENTS = ("informationRequirement", "knowledgeRequirement")
_TARGETS: Mapping[str, tuple[type[Node], ...]] = {
    "requiredDecision": (Decision,), "requiredInput": (InputData,), "requiredKnowledge": (Knowledge, ServiceNode),
    "outputDecision": (Decision,), "encapsulatedDecision": (Decision,), "inputDecision": (Decision,),
    "inputData": (InputData,),
}
"""What a reference may point to (DMN 1.5 §6)."""
MAX_CALLS = LIMITS.depth
"""Knowledge models and services along one chain of requirements: each is called by the one before it."""


def link(reader: Reader, root: Element, nodes: Mapping[str, Node], imports: Imports) -> None:
    """Give every node what it requires, and note what is missing, circular or cannot be evaluated."""
    elements = {nodes[element.get("id", "")]: element for element in documents.children(root, *NODES)}
    finder = _Finder(reader, root, nodes, imports)
    for node, element in elements.items():
        _link_node(reader, finder, node, element)
    _check_requirements(reader, elements)
    _check_cycles(reader, elements)
    _check_calls(reader, elements)
    _check_services(reader, elements, finder)


class _Finder:
    """Finds what references mean."""

    def __init__(self, reader: Reader, root: Element, nodes: Mapping[str, Node], imports: Imports) -> None:
        self._reader = reader
        self._own = {"", root.get("namespace", "")}
        self._nodes = nodes
        self._imports = imports

    def find(self, reference: Element) -> list[Requirement]:
        """The node, once for every name that it is known under; none, and a problem, where it is not there."""
        href = (reference.get("href") or "").strip()
        namespace, _, id_ = href.rpartition("#")
        prefixes, known = [""], self._nodes
        if namespace not in self._own:
            prefixes, model = self._imports.get(namespace, ([], None))
            known = model.nodes if model else {}
        node = known.get(id_)
        if node is None:
            self._reader.problem(reference, f"what is required, {href!r}, is not there",
                                 f"آنچه لازم دانسته شده، {href!r}، وجود ندارد", code="reference",
                                 fix="Draw the arrow to an element of this file or of an imported one.",
                                 fix_fa="پیکان را به عنصری از همین پرونده یا از مدلی که وارد شده بکشید.")
            return []
        self._check_kind(reference, node)
        return [Requirement(node=node, prefix=prefix) for prefix in prefixes]

    def _check_kind(self, reference: Element, node: Node) -> None:
        kind = documents.name(reference)
        if not isinstance(node, _TARGETS[kind]):
            self._reader.problem(reference, f"{node.name!r} is nothing that {kind} can point to",
                                 f"{node.name!r} چیزی نیست که {kind} بتواند به آن اشاره کند", code="reference",
                                 fix="Draw the arrow that fits: of information from decisions and inputs, of knowledge "
                                     "from knowledge models and services.",
                                 fix_fa="پیکان درست را بکشید: اطلاعات از تصمیم و ورودی، دانش از مدل دانش و خدمت.")


def _link_node(reader: Reader, finder: _Finder, node: Node, element: Element) -> None:
    if isinstance(node, ServiceNode):
        references = list(documents.children(element, "outputDecision"))
        node.inputs = [found[0].node for reference in documents.children(element, "inputData", "inputDecision")
                       if (found := finder.find(reference))]
    else:
        references = [reference for requirement in documents.children(element, *_REQUIREMENTS)
                      for reference in documents.children(requirement)
                      if documents.name(reference) in _TARGETS]
    node.requires = [found for reference in references for found in finder.find(reference)]
    named: dict[tuple[str, str], Node] = {}
    for required in node.requires:
        if named.setdefault((required.prefix, required.node.name), required.node) is not required.node:
            reader.problem(element, f"{node.name!r} requires two elements of the name {required.node.name!r}",
                           f"{node.name!r} به دو عنصر به نام {required.node.name!r} نیاز دارد", code="duplicate",
                           fix="Give each its own name.", fix_fa="به هر کدام نام جدا بدهید.")


def _check_cycles(reader: Reader, elements: Mapping[Node, Element]) -> None:
    """Note every circle at the node that closes it, and open it there: the others of the circle still require that."""
    done: set[Node] = set()
    for start in elements:
        path: dict[Node, Iterator[Requirement]] = {}
        if start not in done:
            path[start] = iter(list(start.requires))
        while path:
            node = next(reversed(path))
            required = next(path[node], None)
            if required is None:
                done.add(node)
                del path[node]
            elif required.node in path:
                _circular(reader, elements[node], node, [*path][[*path].index(required.node):])
                node.requires.remove(required)
            elif required.node not in done:
                path[required.node] = iter(list(required.node.requires))


def _circular(reader: Reader, element: Element, node: Node, circle: list[Node]) -> None:
    shown = [each.name for each in (*circle[:5], *circle[-1:])] if len(circle) > 6 else [each.name for each in circle]
    way = " → ".join([*shown, circle[0].name])
    reader.problem(element, f"{node.name!r} requires itself: {way}", f"{node.name!r} به خودش نیاز دارد: {way}",
                   code="cycle", fix="Remove one arrow of the circle.", fix_fa="یکی از پیکان‌های حلقه را بردارید.")


def _check_calls(reader: Reader, elements: Mapping[Node, Element]) -> None:
    """Functions that call one another deeper than any evaluation may go; chains of decisions may have any length."""
    calls: dict[Node, int] = {}
    for start in elements:
        waiting = [start]
        while waiting:
            node = waiting[-1]
            missing = [required.node for required in node.requires if required.node not in calls]
            if missing and node not in calls:
                waiting += missing
                continue
            waiting.pop()
            if node not in calls:
                deepest = max((calls[required.node] for required in node.requires), default=0)
                calls[node] = deepest + isinstance(node, (Knowledge, ServiceNode))
    for node, element in elements.items():
        if calls[node] == MAX_CALLS + 1 and isinstance(node, (Knowledge, ServiceNode)):
            reader.problem(element, f"{node.name!r} stands on more than {MAX_CALLS} knowledge models and services that "
                                    "call one another",
                           f"{node.name!r} بر بیش از {MAX_CALLS} مدل دانش و خدمت استوار است که یکدیگر را صدا می‌زنند",
                           code="too_deep", fix="Join some of them, or make decisions of them.",
                           fix_fa="برخی را یکی کنید یا به تصمیم تبدیل کنید.")


def _check_requirements(reader: Reader, elements: Mapping[Node, Element]) -> None:
    """A decision that reads an element of the model without requiring it gets null, which nobody would expect."""
    declared = {node.name for node in elements}
    for node, element in elements.items():
        required = {requirement.node.name for requirement in node.requires}
        for name in sorted((node.reads & declared) - required - {node.name}):
            reader.problem(element, f"{node.name!r} reads {name!r} without requiring it, and will see null",
                           f"{node.name!r} مقدار {name!r} را می‌خواند ولی به آن وصل نیست و تهی خواهد دید",
                           code="requirement", warning=True, fix="Draw the arrow between them.",
                           fix_fa="میان آن دو پیکان بکشید.")


def _check_services(reader: Reader, elements: Mapping[Node, Element], finder: _Finder) -> None:
    """A service holds every decision it needs, or takes it as an input (DMN 1.5 §6.3.9)."""
    for service, element in elements.items():
        if not isinstance(service, ServiceNode):
            continue
        if not service.requires:
            reader.problem(element, "the service has no output decision", "خدمت تصمیم خروجی ندارد", code="shape",
                           fix="Put a decision into its upper part.", fix_fa="تصمیمی در بخش بالای آن بگذارید.")
        inside = {required.node for required in service.requires}
        inside |= {found.node for reference in documents.children(element, "encapsulatedDecision")
                   for found in finder.find(reference)}
        for node in _needed(service):
            if isinstance(node, (Decision, InputData)) and node not in inside:
                reader.problem(element, f"the service needs {node.name!r}, which is neither inside it nor an input",
                               f"خدمت به {node.name!r} نیاز دارد که نه درون آن است و نه ورودی‌اش", code="service",
                               warning=True, fix="Put it into the service, or make it an input decision.",
                               fix_fa="آن را درون خدمت بگذارید یا ورودی‌اش کنید.")
        _check_names(reader, service, element)


def _check_names(reader: Reader, service: ServiceNode, element: Element) -> None:
    """Inputs are arguments by name, and several outputs are a context by name."""
    for nodes in (service.inputs, [required.node for required in service.requires]):
        for name, count in Counter(node.name for node in nodes).items():
            if count == 1:
                continue
            reader.problem(element, f"the service has two elements of the name {name!r}",
                           f"خدمت دو عنصر به نام {name!r} دارد", code="duplicate", fix="Give each its own name.",
                           fix_fa="به هر کدام نام جدا بدهید.")


def _needed(service: ServiceNode) -> list[Node]:
    """Everything evaluated inside a service."""
    found: dict[Node, None] = {}
    inputs, waiting = set(service.inputs), [required.node for required in service.requires]
    while waiting:
        node = waiting.pop()
        if node not in found and node not in inputs:
            found[node] = None
            waiting += [] if isinstance(node, ServiceNode) else [required.node for required in node.requires]
    return list(found)
