"""Which element may stand where, and how often: the schemas of DMN 1.1 to 1.5 together.

Whatever the reader would pass over in silence is a problem here: an element that the schema does not know at its place,
one too many, one that is missing. The order of elements is not asked for, nor are foreign namespaces looked into
(`extensionElements` are theirs, and so is the diagram). One table serves every version: what a later version added is
taken in a file of an earlier one, since it cannot mean anything else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.dmn import documents
from engine.dmn.documents import Element
from engine.dmn.reader import Reader, attribute

_LOGIC = ("literalExpression|decisionTable|context|list|relation|invocation|functionDefinition|conditional|filter|for|"
          "some|every")
_FUNCTION = f"formalParameter* {_LOGIC}?"
_TYPE = "typeRef? allowedValues? typeConstraint? itemComponent* functionItem?"
_CONTENT = {
    "definitions": "import* itemDefinition* decision* inputData* businessKnowledgeModel* decisionService* "
                   "knowledgeSource* group* textAnnotation* association* elementCollection* performanceIndicator* "
                   "organizationUnit*",
    "import": "", "elementCollection": "drgElement*", "drgElement": "",
    "performanceIndicator": "impactingDecision*", "impactingDecision": "",
    "organizationUnit": "decisionMade* decisionOwned*", "decisionMade": "", "decisionOwned": "",
    "group": "", "textAnnotation": "text?", "association": "sourceRef targetRef", "sourceRef": "", "targetRef": "",
    "decision": "question? allowedAnswers? variable? informationRequirement* knowledgeRequirement* "
                "authorityRequirement* supportedObjective* impactedPerformanceIndicator* decisionMaker* "
                f"decisionOwner* usingProcess* usingTask* {_LOGIC}?",
    "supportedObjective": "", "impactedPerformanceIndicator": "", "decisionMaker": "", "decisionOwner": "",
    "usingProcess": "", "usingTask": "",
    "businessKnowledgeModel": "variable? encapsulatedLogic? knowledgeRequirement* authorityRequirement*",
    "encapsulatedLogic": _FUNCTION, "inputData": "variable?",
    "knowledgeSource": "authorityRequirement* type? owner?", "owner": "",
    "decisionService": "variable? outputDecision* encapsulatedDecision* inputDecision* inputData*",
    "outputDecision": "", "encapsulatedDecision": "", "inputDecision": "", "decisionService/inputData": "",
    "informationRequirement": "requiredDecision|requiredInput", "knowledgeRequirement": "requiredKnowledge",
    "authorityRequirement": "requiredDecision|requiredInput|requiredAuthority",
    "requiredDecision": "", "requiredInput": "", "requiredKnowledge": "", "requiredAuthority": "",
    "itemDefinition": _TYPE, "itemComponent": _TYPE, "functionItem": "parameters*", "parameters": "",
    "allowedValues": "text?", "typeConstraint": "text?", "inputValues": "text?", "outputValues": "text?",
    "inputEntry": "text?", "outputEntry": "text|importedValues?", "defaultOutputEntry": "text|importedValues?",
    "inputExpression": "text|importedValues?", "literalExpression": "text|importedValues?",
    "importedValues": "importedElement", "variable": "", "parameter": "", "formalParameter": "", "column": "",
    "decisionTable": "input* output+ annotation* rule*", "input": "inputExpression inputValues?",
    "output": "outputValues? defaultOutputEntry?", "annotation": "",
    "rule": "inputEntry* outputEntry+ annotationEntry*", "annotationEntry": "text?",
    "invocation": f"{_LOGIC} binding*", "binding": f"parameter {_LOGIC}",
    "functionDefinition": f"formalParameter* {_LOGIC}",
    "context": "contextEntry*", "contextEntry": f"variable? {_LOGIC}", "relation": "column* row*", "row": f"{_LOGIC}*",
    "list": f"{_LOGIC}*", "conditional": "if then else", "if": _LOGIC, "then": _LOGIC, "else": _LOGIC,
    "filter": "in match", "in": _LOGIC, "match": _LOGIC, "for": "in return", "return": _LOGIC,
    "some": "in satisfies", "every": "in satisfies", "satisfies": _LOGIC,
}
"""Element, or `parent/element` -> its children: `?` at most one, `*` any number, `+` one or more, else exactly one."""
_TEXTS = frozenset({"description", "question", "allowedAnswers", "type", "typeRef", "text", "importedElement"})
_ANYWHERE = ("description", "extensionElements")
_ATTRIBUTES = frozenset({
    "id", "name", "label", "href", "namespace", "typeRef", "isCollection", "typeLanguage", "expressionLanguage",
    "exporter", "exporterVersion", "importType", "locationURI", "URI", "hitPolicy", "aggregation",
    "preferredOrientation", "outputLabel", "kind", "iteratorVariable", "outputTypeRef", "textFormat",
    "associationDirection"})
_NAMED = frozenset({"itemDefinition", "itemComponent", "formalParameter", "column", "parameter"})
"""Elements that nothing could refer to without a name."""
_EXCLUDING = ("typeRef", "itemComponent", "functionItem")
"""Of these an item definition has one kind."""
_MODEL = re.compile(r"https?://www\.omg\.org/spec/DMN/.*(?:MODEL/?|dmn\d*\.xsd)")


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What may stand inside an element: one of these names, so often."""

    names: tuple[str, ...]
    is_needed: bool
    many: bool


def _parts(written: str) -> dict[str, _Part]:
    found: dict[str, _Part] = {}
    for word in (*written.split(), *(f"{name}?" for name in _ANYWHERE)):
        part = _Part(tuple(word.rstrip("?*+").split("|")), is_needed=word[-1] not in "?*", many=word[-1] in "*+")
        found |= dict.fromkeys(part.names, part)
    return found


_PARTS: Mapping[str, dict[str, _Part]] = {name: _parts(written) for name, written in _CONTENT.items()}
_NEEDED = {name: [part for part in dict.fromkeys(parts.values()) if part.is_needed] for name, parts in _PARTS.items()}
_LOGICS = tuple(_LOGIC.split("|"))


def check(reader: Reader, root: Element) -> None:
    """Note every element that has no place, stands too often or is missing, and names that nothing could refer to."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        _check_attributes(reader, element)
        inside = _check_children(reader, element)
        _check_names(reader, element, inside)
        waiting += reversed([child for child in inside if documents.name(child) not in _TEXTS])


def _key(element: Element) -> str:
    parent = element.getparent()
    placed = f"{documents.name(parent)}/{documents.name(element)}" if parent is not None else ""
    return placed if placed in _PARTS else documents.name(element)


def _check_children(reader: Reader, element: Element) -> list[Element]:
    """The DMN elements inside that have a place there."""
    name, key = documents.name(element), _key(element)
    parts = _PARTS[key]
    known: list[Element] = []
    for child in element:
        namespace = documents.namespace(child)
        if not namespace or (namespace not in documents.NAMESPACES and _MODEL.fullmatch(namespace)):
            _astray(reader, child, namespace)
        elif namespace in documents.NAMESPACES:
            if documents.name(child) not in parts:
                _misplaced(reader, child, name)
                continue
            if documents.name(child) in _TEXTS:
                _check_text(reader, child)
            known.append(child)
    _check_counts(reader, element, known, key)
    return [child for child in known if documents.name(child) != "extensionElements"]


def _check_text(reader: Reader, element: Element) -> None:
    for child in element:
        _misplaced(reader, child, documents.name(element))


def _check_counts(reader: Reader, element: Element, known: list[Element], key: str) -> None:
    parts = _PARTS[key]
    counts: Counter[_Part] = Counter()
    for child in known:
        part = parts[documents.name(child)]
        counts[part] += 1
        if counts[part] == 2 and not part.many:
            _repeated(reader, child, part)
    for part in _NEEDED[key]:
        if not counts[part]:
            _missing(reader, element, part)
    kinds = [name for name in _EXCLUDING if name in parts and counts[parts[name]]]
    if len(kinds) > 1:
        reader.problem(element, f"the type has both {kinds[0]} and {kinds[1]}",
                       f"نوع هم {kinds[0]} و هم {kinds[1]} دارد", code="shape",
                       fix="Leave one of them.", fix_fa="یکی از آن‌ها را بگذارید.")


def _check_attributes(reader: Reader, element: Element) -> None:
    for name in element.attrib:
        if "}" not in name and name not in _ATTRIBUTES:
            reader.problem(element, f"{name!r} is no attribute of DMN and has no effect",
                           f"{name!r} ویژگی DMN نیست و اثری ندارد", code="shape", warning=True,
                           fix="Check its spelling, or give it a namespace of its own.",
                           fix_fa="املای آن را بررسی کنید یا به آن فضای نام جدا بدهید.")
    reader.check_language(element, "typeLanguage")
    if documents.name(element) != "definitions":  # whose own matters only to texts that name no other
        reader.check_language(element, "expressionLanguage")


def _check_names(reader: Reader, element: Element, inside: Iterable[Element]) -> None:
    name = documents.name(element)
    if name == "importedValues":
        _imported(reader, element)
    if name in {"for", "some", "every"} and not attribute(element, "iteratorVariable"):
        _nameless(reader, element, "iteratorVariable")
    seen: set[tuple[str, str]] = set()
    for kind, child in _named(name, inside):
        spoken = attribute(child, "name")
        if not spoken:
            _nameless(reader, child, "name")
        elif (kind, spoken) in seen:
            reader.problem(child, f"there are two of the name {spoken!r} in {name!r}",
                           f"در {name!r} دو نام یکسان {spoken!r} هست", code="duplicate",
                           fix="Give each its own name.", fix_fa="به هر کدام نام جدا بدهید.")
        seen.add((kind, spoken))


def _named(name: str, inside: Iterable[Element]) -> Iterator[tuple[str, Element]]:
    """The elements inside whose names must be there and differ."""
    for child in inside:
        kind = documents.name(child)
        if kind in {"contextEntry", "binding"}:
            inner = documents.child(child, "variable", "parameter")
            if inner is not None:
                yield kind, inner
        elif (kind in _NAMED and name != "binding") or (kind == "output" and child.get("name")):
            yield kind, child


def _imported(reader: Reader, element: Element) -> None:
    place = element.get("locationURI")
    reader.problem(element, f"imported values are not supported: {place}", f"مقدار واردشده پشتیبانی نمی‌شود: {place}",
                   code="unsupported", fix="Write the expression here, in FEEL.",
                   fix_fa="عبارت را همین‌جا به FEEL بنویسید.")


def _nameless(reader: Reader, element: Element, what: str) -> None:
    name = documents.name(element)
    reader.problem(element, f"{name!r} has no {what}", f"{name!r} نام ({what}) ندارد", code="name", fix="Name it.",
                   fix_fa="به آن نام بدهید.")


def _misplaced(reader: Reader, element: Element, parent: str) -> None:
    name = documents.name(element)
    reader.problem(element, f"{name!r} has no place in {parent!r}", f"عنصر {name!r} درون {parent!r} جایی ندارد",
                   code="shape", fix="Remove it, or move it to where DMN has it; what is not DMN needs a namespace of "
                                     "its own.",
                   fix_fa="آن را پاک کنید یا به جایی ببرید که DMN می‌گوید؛ آنچه DMN نیست فضای نام جدا می‌خواهد.")


def _astray(reader: Reader, element: Element, namespace: str) -> None:
    name = documents.name(element)
    reader.problem(element, f"{name!r} is in the namespace {namespace!r}, which is none of DMN 1.1 to 1.5",
                   f"عنصر {name!r} در فضای نام {namespace!r} است که از DMN ۱٫۱ تا ۱٫۵ نیست", code="shape",
                   fix="Give it the prefix, and so the namespace, of the file's own elements.",
                   fix_fa="پیشوند عنصرهای دیگر همین پرونده را به آن بدهید.")


def _repeated(reader: Reader, element: Element, part: _Part) -> None:
    parent = documents.name(element.getparent())
    what = documents.name(element) if len(part.names) == 1 else _spoken(part)
    reader.problem(element, f"{parent!r} has more than one {what}", f"{parent!r} بیش از یک {what} دارد", code="shape",
                   fix="Leave one of them.", fix_fa="یکی از آن‌ها را بگذارید.")


def _missing(reader: Reader, element: Element, part: _Part) -> None:
    name, what = documents.name(element), _spoken(part)
    reader.problem(element, f"{name!r} has no {what}", f"{name!r} عنصر {what} ندارد", code="shape",
                   fix=f"Add it: {', '.join(part.names)}.", fix_fa=f"آن را بیفزایید: {'، '.join(part.names)}.")


def _spoken(part: _Part) -> str:
    return "expression" if part.names == _LOGICS else " or ".join(part.names)
