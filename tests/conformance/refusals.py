"""Whether the list of problems of a refused model is true and complete, by XPath over the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.values import Problem
from tests.conformance import trees

_NAMESPACES = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "re": "http://exslt.org/regular-expressions"}
_HERE = "descendant-or-self::*"
_EXECUTABLE = "//b:process[not(@isExecutable) or @isExecutable='true' or @isExecutable='1']"
_STORES = ("//b:dataStoreReference[normalize-space(@name)=$a or @id=$a or @dataStoreRef=//b:dataStore["
           "normalize-space(@name)=$a or @id=$a]/@id]/@id")
_CLAUSE = re.compile(r" \(BPMN 2\.0\.2 [^()]*\)$")
"""The clause that an entry names."""
_TAG = f"{_HERE}[local-name()=$a]"


@dataclass(frozen=True, slots=True)
class Claim:
    """What an entry says, and the XPath that confirms it.

    `words` finds the construct in the entry: its groups are `$a` and `$b`. `here` must hold at the element the entry
    names (`$id` is its id). `others` finds every element of executable processes of which the same could be said; such
    an element is then in the list itself, or inside one that is.
    """

    words: re.Pattern[str]
    here: str
    others: str = ""


def _claim(words: str, here: str, others: str = "") -> Claim:
    return Claim(re.compile(words, re.DOTALL), here, others)


CLAIMS = (
    _claim(r"(\w+) is not supported", _TAG, f"{_EXECUTABLE}/descendant::*[local-name()=$a]"),
    _claim(r"an? plain definition may not stand on an? .*",
           "self::*[not(b:*[contains(local-name(), 'ventDefinition')])]"),
    _claim(r"(\w+) refers to (\S+), a \w+, which no sequence flow connects",
           "self::b:sequenceFlow[@*[local-name()=$a]=$b][//b:*[@id=$b]]"),
    _claim(r"(\w+) refers to (\S+), a \w+, where no message flow may \w+",
           "self::b:messageFlow[@*[local-name()=$a]=$b][//b:*[@id=$b]]"),
    _claim(r"the file asks for an extension that is not known here, (\S+), .*",
           f"{_HERE}[self::b:extension][@definition=$a][@mustUnderstand='true' or @mustUnderstand='1']"),
    _claim(r"an? (\w+) definition is not supported on an? .*", f"self::*[b:*[local-name()=$a]] | {_TAG}"),
    _claim(r"an? (\w+) definition may not stand on an? .*", f"self::*[b:*[local-name()=$a]] | {_TAG}"),
    _claim(r"(\w+)=(\S+) is not supported", f"{_HERE}[@*[local-name()=$a]=$b]",
           f"{_EXECUTABLE}/descendant::*[@*[local-name()=$a]=$b]"),
    _claim(r"(\w+)=(\S*) is not one of: .*", f"{_HERE}[@*[local-name()=$a]=$b]"),
    _claim(r"parvaneh:correlationKey \((.+)\) is missing",
           "//b:message[@name=$a or @id=$a][not(@*[local-name()='correlationKey'])]"),
    _claim(r"((?:message|signal|error|escalation)Ref) is missing",
           f"{_HERE}[self::b:receiveTask or self::b:sendTask or contains(local-name(), 'EventDefinition')]"
           "[not(@*[local-name()=$a])]"),
    _claim(r"name is missing", f"{_HERE}[self::b:linkEventDefinition][not(normalize-space(@name))]"),
    _claim(r"(?:parvaneh:)?(\w+).* is missing",
           "self::*[not(@*[local-name()=$a])][not(descendant::b:*[local-name()=$a][normalize-space(.)])]"),
    _claim(r"the id has characters that XML ids may not have", r"self::*[re:test(@id, '[^\w.\-]')]"),
    _claim(r"the id is used more than once \(also in line (\d+)\)", "self::*[count(//b:*[@id=$id]) > 1]"),
    _claim(r"(\w+) must stand once and hold nothing but its own content",
           f"{_HERE}[count(b:*[local-name()=$a]) > 1 or b:*[local-name()=$a]/*]"),
    _claim(r"\S+ has (\d+) characters, more than \d+",
           f"{_HERE}[@*[string-length(.)=$a]] | //b:lane[@*[string-length(.)=$a]] | "
           "//b:message[string-length(@name)=$a] | //b:signal[string-length(@name)=$a]"),
    _claim(r"eventGatewayType=Parallel without instantiate: .*",
           "self::b:eventBasedGateway[@eventGatewayType='Parallel'][not(@instantiate='true' or @instantiate='1')]"),
    _claim(r"it begins the process, so .*", "self::*[@instantiate]"),
    _claim(r"the script does not say which language it is in",
           "(self::b:scriptTask | self::b:globalScriptTask)[not(normalize-space(@scriptFormat))]"
           "[not(normalize-space(@scriptLanguage))]"),
    _claim(r"the script gives no context and names no variable for its result",
           "(self::b:scriptTask | self::b:globalScriptTask)[not(@*[local-name()='resultVariable'])]"),
    _claim(r"parvaneh:(\w+) has no effect on an? .*", _TAG),
    _claim(r"the \w+ (\S+) has no version (\d+); its newest is \d+",
           "self::*[@calledElement=$a or @*[local-name()='decisionId']=$a]"
           "[@*[local-name()='decisionVersion' or local-name()='processVersion']=$b]"),
    _claim(r"the process \S+ \(version \S+\) calls the newest version of this one at .*", "self::b:process[not("
           "b:startEvent[not(b:*[contains(local-name(), 'ventDefinition')])])]"),
    _claim(r"the processes call each other in a circle: .*", "self::b:process[descendant::b:callActivity]"),
    _claim(r"an? (\w+) has no id", f"{_HERE}[local-name()=$a][not(@id)]",
           f"{_EXECUTABLE}/descendant::*[local-name()=$a][not(@id)]"),
    _claim(r"the user task has no role.*", "(self::b:userTask | self::b:globalUserTask)[not(@*[local-name()='role'])]"),
    _claim(r"the flow (\S+) has no condition and is not the default",
           "//b:sequenceFlow[@id=$a][@sourceRef=$id][not(normalize-space(b:conditionExpression))]"),
    _claim(r"the flow (\S+) has a condition, but .*", "//b:sequenceFlow[@id=$a][b:conditionExpression]"),
    _claim(r"the default flow (\S+) has a condition.*", "//b:sequenceFlow[@id=$a][b:conditionExpression]"),
    _claim(r"the default flow (\S+) does not leave this element",
           "self::*[@default=$a][not(//b:sequenceFlow[@id=$a][@sourceRef=$id])]"),
    _claim(r"the file has no executable process", f"self::*[not({_EXECUTABLE})]"),
    _claim(r"nothing leads to it", "self::*[not(//b:sequenceFlow[@targetRef=$id])]"),
    _claim(r"nothing follows it", "self::*[not(//b:sequenceFlow[@sourceRef=$id])]"),
    _claim(r"an? .* has an incoming sequence flow", "//b:sequenceFlow[@targetRef=$id]"),
    _claim(r"an? .* has an outgoing sequence flow", "//b:sequenceFlow[@sourceRef=$id]"),
    _claim(r"(\w+) refers to —, which does not exist", f"{_HERE}[not(@*[local-name()=$a])]"),
    _claim(r"(\w+) refers to (.+), which does not exist",
           f"({_HERE}[@*[local-name()=$a]=$b] | {_HERE}[local-name()=$a][normalize-space(.)=$b])[not(//*[@id=$b])]"),
    _claim(r"(\w+) refers to (.+), which cannot be reached from here.*",
           f"{_HERE}[local-name()=$a][normalize-space(.)=$b]"),
    _claim(r"dataStoreReference to the data store (.+), which is not registered: .*",
           "self::b:dataStoreReference[normalize-space(@name)=$a or //b:dataStore[normalize-space(@name)=$a]/@id="
           "@dataStoreRef]"
           "[//b:sourceRef[normalize-space(.)=$id] | //b:targetRef[normalize-space(.)=$id]]"),
    _claim(r"the message flow stays inside the pool (\S+)", "self::b:messageFlow"),
    _claim(r"the data association has several sources .*", "self::*[count(b:sourceRef) > 1]"),
    _claim(r"the assignment goes to (.+), which is not .*", f"{_HERE}[self::b:to][normalize-space(.)=$a]"),
    _claim(r"(\w+)=(\S+) is no number of runs.*", f"{_HERE}[@*[local-name()=$a]=$b]"),
    _claim(r"an ad hoc subprocess has no start and no end events.*",
           "self::*[parent::b:adHocSubProcess][self::b:startEvent or self::b:endEvent]",
           "//b:adHocSubProcess/b:startEvent | //b:adHocSubProcess/b:endEvent"),
    _claim(r"an ad hoc subprocess holds at least one activity.*",
           "self::b:adHocSubProcess[not(b:*[contains(local-name(), 'ask') or contains(local-name(), 'ctivity') or "
           "contains(local-name(), 'ubProcess') or self::b:transaction])]"),
    _claim(r"the compensation event leads to no activity for compensation.*",
           "self::b:boundaryEvent[b:compensateEventDefinition][not(//b:association[@sourceRef=$id][@targetRef="
           "//b:*[@isForCompensation='true']/@id])]"),
    _claim(r"activityRef names (\S+), which is no activity beside the event.*", f"{_HERE}[@activityRef=$a]"),
    _claim(r"a cancel event stands outside of a transaction.*",
           "self::*[b:cancelEventDefinition][not(ancestor::b:transaction)][not(self::b:boundaryEvent[@attachedToRef="
           "//b:transaction/@id])]"),
    _claim(r"the transaction is cancelled inside, but no cancel boundary event.*",
           "self::b:transaction[.//b:endEvent/b:cancelEventDefinition][not(//b:boundaryEvent[@attachedToRef=$id]"
           "[b:cancelEventDefinition])]"),
    _claim(r"nothing here catches the link (.+)",
           "self::*[not(../b:intermediateCatchEvent/b:linkEventDefinition[@name=$a])]"),
    _claim(r"\S+ catches the link (.+?) as well.*",
           "self::*[count(../b:intermediateCatchEvent/b:linkEventDefinition[@name=$a]) > 1]"),
    _claim(r"an? (\w+) cannot be one of several definitions of this .*", "self::*[count(b:*[contains(local-name(), "
           "'ventDefinition')]) > 1]"),
    _claim(r"an error always interrupts, so (\w+)=false .*", "self::*[b:errorEventDefinition]"),
    _claim(r"the boundary event is attached to (\S+), which is no activity here",
           "self::b:boundaryEvent[@attachedToRef=$a][not(../b:*[@id=$a][contains(local-name(), 'ask') or "
           "contains(local-name(), 'ctivity') or contains(local-name(), 'ubProcess') or "
           "local-name()='transaction'])]"),
    _claim(r"\w+ (.+) is not known", f"{_HERE}[@*=$a]"),
    _claim(r"the event has (\d+) event definitions",
           "self::*[count(b:*[contains(local-name(), 'EventDefinition')])=$a]"),
    _claim(r"the timer needs exactly one of .*", f"{_HERE}[self::b:timerEventDefinition][not(normalize-space(.)) or "
           "count(b:timeDate | b:timeDuration | b:timeCycle) != 1]"),
    _claim(r"a cycle is possible only where .*", f"{_HERE}[self::b:timeCycle]"),
    _claim(r"a multi-instance activity needs exactly one of .*", f"{_HERE}[self::b:multiInstanceLoopCharacteristics]"
           "[count(b:loopDataInputRef | b:loopCardinality) != 1]"),
    _claim(r"loopDataOutputRef and outputDataItem go together", f"{_HERE}[self::b:multiInstanceLoopCharacteristics]"
           "[count(b:loopDataOutputRef) != count(b:outputDataItem)]"),
    _claim(r"(\d+) start events without a trigger, but .*",
           "self::*[count(b:startEvent[not(b:*[contains(local-name(), 'EventDefinition')])])=$a]"),
    _claim(r"an event subprocess needs exactly one start event.*", "self::b:subProcess[@triggeredByEvent='true']"),
    _claim(r"(\S+) follows an event-based gateway but .*",
           "self::*[//b:sequenceFlow[@sourceRef=$id][@targetRef=$a]]"),
    _claim(r"the sequence flow leaves its process or subprocess.*", "self::b:sequenceFlow[not("
           "../*[@id=//b:sequenceFlow[@id=$id]/@sourceRef] and ../*[@id=//b:sequenceFlow[@id=$id]/@targetRef])]"),
    _claim(r"the data store (.+) is not registered: no handler .*\.write",
           f"self::*[b:dataOutputAssociation/b:targetRef = {_STORES}]"),
    _claim(r"the data store (.+) is not registered: no handler .*\.read",
           f"self::*[b:dataInputAssociation/b:sourceRef = {_STORES}]"),
    _claim(r"expressions and scripts are FEEL, not (.*)",
           f"{_HERE}[@scriptFormat or @scriptLanguage or @language] | self::b:scriptTask"),
    _claim(r"parvaneh:(\w+) on an? \S+ is read nowhere", f"{_HERE}[@*[local-name()=$a]] | {_HERE}[local-name()=$a]"),
    _claim(r"a transaction with triggeredByEvent is not executed.*", "self::b:transaction[@triggeredByEvent]"),
    _claim(r"method=(\S+) is not executed.*", "self::b:transaction[@method=$a]"),
    _claim(r"a cycle without a wait: (\S+).*", "self::*[//b:sequenceFlow[@sourceRef=$id]]"),
    _claim(r"parvaneh:(correlationKey) \((.+)\): .*", "//b:message[@name=$b or @id=$b][@*[local-name()=$a]]"),
    _claim(r"(?:parvaneh:)?(\w+)(?: [^:]*)?: .*", f"{_TAG} | {_HERE}[@*[local-name()=$a]]"),
)
"""What can be said of a model, the special before the general; an entry that says none of it cannot be confirmed."""


def fault(xml: bytes, file: str, entries: Sequence[Problem]) -> str:
    """What is wrong with the list: an entry that the file does not confirm, or one that is missing; else empty."""
    root = trees.read(xml)
    if not entries:
        return "refused without a reason"
    claimed: list[tuple[Claim, dict[str, Any]]] = []
    refused: set[Any] = set()
    for entry in entries:
        claim, given = _read(entry)
        if claim is None:
            return f"{entry.where}: {entry.what}: says nothing that can be confirmed"
        places = [root] if entry.where in {file, "definitions"} else root.xpath("//*[@id=$id]", id=entry.where)
        if not places:
            return f"{entry.where}: {entry.what}: the file has no such element"
        found = [element for place in places
                 for element in place.xpath(claim.here, namespaces=_NAMESPACES, id=entry.where, **given)
                 if not claim.others or _named(element) == entry.where]
        if not found:
            return f"{entry.where}: {entry.what}: the file says otherwise"
        claimed.append((claim, given))
        refused.update(found if claim.others else ())
    return _missing(root, claimed, refused)


def _read(entry: Problem) -> tuple[Claim | None, dict[str, Any]]:
    said = _CLAUSE.sub("", entry.what)
    for claim in CLAIMS:
        found = claim.words.fullmatch(said)
        if found:
            groups = [int(group) if group.isdecimal() else group for group in found.groups()]
            return claim, dict(zip(("a", "b"), groups, strict=False))
    return None, {}


def _missing(root: Any, claimed: Sequence[tuple[Claim, dict[str, Any]]], refused: set[Any]) -> str:
    for claim, given in claimed:
        for other in root.xpath(claim.others, namespaces=_NAMESPACES, **given) if claim.others else ():
            if other not in refused and refused.isdisjoint(other.iterancestors()):
                return f"{_named(other)}: the same as {given['a']} elsewhere, but not in the list"
    return ""


def _named(element: Any) -> str:
    """The id of the element or of the nearest one around it that has one: how an entry names it."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return "definitions"
