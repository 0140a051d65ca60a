"""What a process must satisfy before it may run: connections, names, expressions, cycles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from engine.spiff import adhoc, cancellation, expressions, graph, links, model, problems, vocabulary
from engine.spiff.context import BundleContext
from engine.spiff.documents import Findings

_CONDITIONAL = vocabulary.ACTIVITIES | {"exclusiveGateway", "inclusiveGateway", "complexGateway"}
_ARMS = frozenset({"intermediateCatchEvent", "receiveTask"})


LONGEST = {"id": 255, "form_key": 255, "role": 64, "duty": 64, "stage": 64, "outcome": 64}
"""Characters that the columns of the store can hold; a longer one would fail only once an instance runs."""


def check(process: model.ProcessModel, context: BundleContext, known: Mapping[str, model.ProcessModel],
          findings: Findings) -> None:
    """Note every problem of one process; `known` are the processes of the bundle by id."""
    _check_length(findings, process.id, process.line, "id", process.id, LONGEST["id"])
    _check_scope(process.scope, "process", process.line, findings)
    nodes = process.scope.walk()
    for node in nodes:
        _check_node(node, context, known, findings)
        expressions.check_node(node, context.functions, findings)
    begins = _only_begins(nodes)
    for node in nodes:
        if node.id not in begins:
            _check_correlation(node, findings)
    for scope in _scopes(process.scope):
        expressions.check_flows(scope.flows, context.functions, findings)
    _check_loops(process, {node.id: node.line for node in nodes}, known, findings)
    _check_recursion(process, known, findings)
    if context.roles is not None:
        for lane, role in process.lanes.items():
            _known(findings, lane, process.line, "role", "نقش", role, context.roles)


def _check_recursion(process: model.ProcessModel, known: Mapping[str, model.ProcessModel], findings: Findings) -> None:
    """A process that calls itself must be able to end without doing so; how deep it may go is seen when it runs."""
    circle = graph.call_circle(process.id, known)
    if circle is None:
        return
    names = {name for name, each in known.items() if any(each is known[one] for one in circle)}
    if all(graph.must_call(known[name], names) for name in circle):
        findings.add("recursive_call", where=process.id, line=process.line, path=" → ".join([*circle, process.id]))


def _scopes(scope: model.Scope) -> list[model.Scope]:
    return [scope, *(node.scope for node in scope.walk() if node.scope is not None)]


def _check_loops(process: model.ProcessModel, lines: Mapping[str, int | None],
                 known: Mapping[str, model.ProcessModel], findings: Findings) -> None:
    """A loop that cannot end is refused; one that may is left to the author and to the step budget."""
    for loop in graph.loops(process, known):
        where, path = loop.path[0], " → ".join([*loop.path, loop.path[0]])
        findings.add("loop_without_wait" if loop.has_exit else "endless_loop", where=where, line=lines[where],
                     path=path)


def _check_scope(scope: model.Scope, kind: str, line: int | None, findings: Findings, *,
                 outer: model.Scope | None = None, in_transaction: bool = False) -> None:
    _check_starts(scope, kind, line, findings)
    links.check(scope, findings)
    adhoc.check(scope, line, findings)
    cancellation.check(scope, findings, outer=outer, in_transaction=in_transaction)
    reachable, has_starts = graph.reachable(scope), bool(scope.starts())
    for node in scope.nodes.values():
        _check_connections(node, scope, findings, has_starts=has_starts)
        _check_default_and_conditions(node, findings)
        if node.type == "eventBasedGateway":
            _check_event_gateway(node, scope, findings)
        if node.instantiates:
            _check_instantiation(node, scope, kind, findings)
        if node.scope is not None:
            inner = "event subprocess" if node.triggered_by_event else "subprocess"
            _check_scope(node.scope, inner, node.line, findings, outer=scope if node.triggered_by_event else None,
                         in_transaction=in_transaction or node.type == "transaction")
        if node.id not in reachable and (node.incoming or node.attached_to) and not node.event.has("compensation"):
            findings.add("unreachable", where=node.id, line=node.line)


def _check_starts(scope: model.Scope, kind: str, line: int | None, findings: Findings) -> None:
    starts = scope.starts()
    plain = [node for node in starts if node.event.kind == "none"]
    where = scope.id
    if any(node.event.kind == "refused" for node in starts) and len(plain) <= 1:
        return  # what the others become decides
    if kind == "event subprocess":
        if len(starts) != 1 or plain:
            findings.add("event_subprocess_start", where=where, line=line)
    elif kind == "subprocess" and starts and not plain:
        findings.add("start_count", where=where, line=line, count=0, needed="1", **problems.mend(
            "draw a plain start event inside, or none at all", "یک رویداد آغاز ساده درون آن بکشید یا هیچ نکشید"))
    elif kind == "process" and not (scope.entries() or scope.triggered()):
        findings.add("start_count", where=where, line=line, count=0, needed="1", **problems.mend(
            "draw a start event", "یک رویداد آغاز بکشید"))


def _check_connections(node: model.Node, scope: model.Scope, findings: Findings, *, has_starts: bool) -> None:
    place = _place(node)
    no_incoming = node.type in ("startEvent", "boundaryEvent") or node.triggered_by_event or node.for_compensation
    if no_incoming:
        for flow in node.incoming:
            findings.add("flow_into", where=node.id, line=node.line, place=place, flow=flow.id)
    elif not node.incoming and not node.instantiates and node.event.kind != "link" and has_starts:
        findings.add("no_incoming", where=node.id, line=node.line)
    if node.type == "endEvent" or node.triggered_by_event or node.for_compensation or _is_undone_at(node):
        for flow in node.outgoing:
            findings.add("flow_out_of", where=node.id, line=node.line, place=place, flow=flow.id)
    elif not node.outgoing and _leads_on(node):
        findings.add("no_outgoing", where=node.id, line=node.line)
    if node.type == "boundaryEvent":
        attached = scope.nodes.get(node.attached_to or "")
        carries = attached is not None and attached.type in vocabulary.ACTIVITIES and not attached.triggered_by_event
        if not carries and node.attached_to not in scope.refused:
            findings.add("bad_attachment", where=node.id, line=node.line, target=node.attached_to or "—")


def _leads_on(node: model.Node) -> bool:
    """Whether the node is there for what follows it; a gateway that only joins may be the end of the path."""
    joins = node.type != "eventBasedGateway" and len(node.incoming) > 1
    return node.type in ("startEvent", "boundaryEvent") or (node.type in vocabulary.GATEWAYS and not joins)


def _is_undone_at(node: model.Node) -> bool:
    return node.type == "boundaryEvent" and node.event.has("compensation")


def _place(node: model.Node) -> str:
    if node.for_compensation:
        return "activity for compensation"
    if _is_undone_at(node):
        return "compensation boundary event"
    if node.triggered_by_event:
        return "event subprocess"
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in node.type)


def _check_default_and_conditions(node: model.Node, findings: Findings) -> None:
    flows = {flow.id: flow for flow in node.outgoing}
    if node.default is not None:
        if node.default not in flows:
            findings.add("bad_default", where=node.id, line=node.line, flow=node.default)
        elif flows[node.default].condition is not None:
            findings.add("condition_on_default", where=node.id, line=node.line, flow=node.default)
    for flow in node.outgoing:
        if not flow.id:
            continue
        if flow.condition is not None and node.type not in _CONDITIONAL:
            findings.add("useless_condition", where=node.id, line=flow.line, flow=flow.id, place=_place(node))
        choosing = node.type in ("exclusiveGateway", "inclusiveGateway") and len(node.outgoing) > 1
        if choosing and flow.condition is None and flow.id != node.default:
            findings.add("missing_condition", where=node.id, line=flow.line, flow=flow.id)


def _check_instantiation(node: model.Node, scope: model.Scope, kind: str, findings: Findings) -> None:
    """What begins a process is at its beginning and waits for a message."""
    arms = [scope.nodes[flow.target] for flow in node.outgoing if flow.target in scope.nodes]
    events = [node] if node.type == "receiveTask" else arms
    sources = [scope.nodes.get(flow.source) for flow in node.incoming]
    faults = {
        ("it must stand in the process itself", "باید در خود فرایند باشد"): kind != "process",
        ("nothing but one plain start event may lead to it", "جز یک رویداد آغاز ساده نباید چیزی به آن برسد"): any(
            source is not None and (source.type != "startEvent" or source.event.kind != "none") for source in sources),
        ("each of its events must be a message", "هر رویداد آن باید پیام باشد"): any(
            event.event.kind != "message" for event in events),
        ("it must run once, with one token", "باید یک بار و با یک نشانه اجرا شود"):
            node.runs_several or node.start_quantity > 1 or (
                node.type == "receiveTask" and bool(scope.boundary_events(node.id))),
    }
    for (why, why_fa), is_broken in faults.items():
        if is_broken:
            findings.add("instantiation", where=node.id, line=node.line, why=why, why_fa=why_fa)


def _check_event_gateway(node: model.Node, scope: model.Scope, findings: Findings) -> None:
    if len(node.outgoing) == 1:
        findings.add("event_gateway_flows", where=node.id, line=node.line)
    awaited = {target.type for flow in node.outgoing if (target := scope.nodes.get(flow.target)) is not None
               and target.event.has("message")}
    if awaited >= _ARMS:
        findings.add("event_gateway_mixed", where=node.id, line=node.line)
    for flow in node.outgoing:
        target = scope.nodes.get(flow.target)
        if target is None:  # refused already
            continue
        waits = target.type in _ARMS and target.event.kind != "link" and not scope.boundary_events(target.id)
        if not waits or len(target.incoming) != 1 or target.runs_several or target.start_quantity > 1:
            findings.add("event_gateway_target", where=node.id, line=flow.line, target=flow.target)


def _check_node(node: model.Node, context: BundleContext, known: Mapping[str, model.ProcessModel],
                findings: Findings) -> None:
    element = node.element
    if node.type == "userTask":
        _check_user_task(node, context, findings)
    elif node.type == "sendTask" and node.element.handler is None:
        if node.event.kind != "message":
            _missing(findings, node, "messageRef", "choose a message that other processes wait for, or name a handler "
                     "in parvaneh:handler", "پیامی که فرایندهای دیگر چشم‌به‌راهش هستند برگزینید یا پردازنده‌ای در "
                     "parvaneh:handler نام ببرید")
    elif node.type in ("serviceTask", "sendTask"):
        _named(findings, node, "parvaneh:handler", "handler", "پردازنده", element.handler, context.handlers)
    elif node.type == "businessRuleTask":
        _check_decision(node, context, findings)
        if node.result_variable is None:
            _missing(findings, node, "parvaneh:resultVariable", "name the variable for the answer",
                     "متغیر پاسخ را نام ببرید")
    elif node.type == "scriptTask" and node.script is None:
        _missing(findings, node, "script", "write one FEEL expression", "یک عبارت FEEL بنویسید")
    elif node.type == "complexGateway" and node.activation is None and len(node.incoming) > 1:
        _missing(findings, node, "activationCondition", "say in FEEL how many tokens it waits for, such as "
                 "activationCount >= 2 (BPMN 2.0.2 §13.4.5)", "با FEEL بگویید چند نشانه می‌خواهد، مانند "
                 "activationCount >= 2 (BPMN 2.0.2 §13.4.5)")
    elif node.type == "callActivity":
        _check_call(node, context, known, findings)
    _check_stores(node, context, findings)
    _check_mappings(node, findings)
    _check_lengths(node, findings)


def _check_decision(node: model.Node, context: BundleContext, findings: Findings) -> None:
    """The decision must be there in the version that is asked for: in the bundle, or deployed before."""
    name, version = node.element.decision_id, node.element.decision_version
    own, deployed = context.decisions, context.deployed_decisions
    if version == "deployment" or not name or own is None or deployed is None:
        known = own if version == "deployment" else None
        _named(findings, node, "parvaneh:decisionId", "decision", "تصمیم", name, known)
        return
    _known(findings, node.id, node.line, "decision", "تصمیم", name, {*own, *deployed})
    newest = deployed.get(name, 0) + (name in own)
    if isinstance(version, int) and newest and version > newest:
        findings.add("unknown_version", where=node.id, line=node.line, kind="decision", kind_fa="تصمیم", name=name,
                     version=version, newest=newest)


def _check_call(node: model.Node, context: BundleContext, known: Mapping[str, model.ProcessModel],
                findings: Findings) -> None:
    """The called process must be there in the version that is called, and begin without a trigger."""
    name, version, deployed = node.called, node.called_version, context.deployed_processes
    own = [each for each in known if ":" not in each]
    if not name or version == "deployment":
        _named(findings, node, "calledElement", "process", "فرایند", name, own)
    elif node.call not in known:
        newest = 0 if deployed is None else deployed.newest.get(name, 0) + (name in own)
        if deployed is not None and not newest:
            _known(findings, node.id, node.line, "process", "فرایند", name, {*own, *deployed.newest})
        elif deployed is not None and version != "latest" and version > newest:
            findings.add("unknown_version", where=node.id, line=node.line, kind="process", kind_fa="فرایند", name=name,
                         version=version, newest=newest)
        else:
            findings.add("unchecked_call", where=node.id, line=node.line, name=name, version=version)
    called = known.get(node.call or "")
    if called is not None and not graph.begins_by_itself(called):
        findings.add("start_count", where=node.id, line=node.line, count=0, needed=1, **problems.mend(
            f"draw a plain start event in {called.id}", f"در {called.id} یک رویداد آغاز ساده بکشید"))


def _check_stores(node: model.Node, context: BundleContext, findings: Findings) -> None:
    """A data store that something reads or writes needs the handler for it; one that is only drawn needs none."""
    reads = [(item, item.reader) for each in node.takes for item in each.sources]
    writes = [(each.target, each.target.writer) for each in node.gives]
    for item, handler in (*reads, *writes):
        if item.store is not None and context.handlers is not None and handler not in context.handlers:
            findings.add("unknown_store", where=item.id, line=item.line, name=item.store, handler=handler)


def _check_mappings(node: model.Node, findings: Findings) -> None:
    """Mappings that nothing would carry out are refused."""
    sends = node.type == "sendTask" and node.element.handler is None
    gives = (node.type in vocabulary.GIVES_RESULTS and not sends) or (
        node.event.has(*vocabulary.THROWN, "refused") and node.type in ("intermediateCatchEvent", "boundaryEvent"))
    takes = node.type in vocabulary.TAKES_INPUTS or (
        node.event.has(*vocabulary.THROWN, "refused") and node.type in ("intermediateThrowEvent", "endEvent"))
    allowed = {"input": [*sorted(vocabulary.TAKES_INPUTS), "throwing events"],
               "output": [*sorted(vocabulary.GIVES_RESULTS), "message, signal and escalation events"]}
    for tag, mappings, possible in (("input", node.inputs, takes), ("output", node.outputs, gives)):
        if mappings and not possible:
            findings.add("useless_mapping", where=node.id, line=mappings[0][1].line, tag=tag, place=_place(node),
                         allowed=", ".join(allowed[tag]))


def _check_lengths(node: model.Node, findings: Findings) -> None:
    for name, limit in LONGEST.items():
        _check_length(findings, node.id, node.line, name, getattr(node.element, name), limit)
    for event in node.event.each:
        _check_length(findings, node.id, node.line, "message", event.message.name if event.message else None, 255)
        _check_length(findings, node.id, node.line, "signal", event.signal, 255)
        _check_length(findings, node.id, node.line, "parvaneh:anchor", event.timer.anchor if event.timer else None, 64)


def _check_length(findings: Findings, where: str, line: int | None, name: str, value: str | None, limit: int) -> None:
    if value is not None and len(value) > limit:
        findings.add("too_long", where=where, line=line, name=name, size=len(value), limit=limit)


def _check_user_task(node: model.Node, context: BundleContext, findings: Findings) -> None:
    element = node.element
    if element.role is None:
        findings.add("no_role", where=node.id, line=node.line)
    elif context.roles is not None:
        _known(findings, node.id, node.line, "role", "نقش", element.role, context.roles)
    if element.form_key is None:
        findings.add("no_form", where=node.id, line=node.line)
    elif context.forms is not None:
        _known(findings, node.id, node.line, "form", "فرم", element.form_key, context.forms)


def _only_begins(nodes: Iterable[model.Node]) -> set[str]:
    """What begins instances and is never waited at: receive tasks and events behind a gateway that nothing leads to."""
    found: set[str] = set()
    for node in nodes:
        if node.instantiates and not node.incoming and not node.awaits_all:
            found |= {node.id, *(flow.target for flow in node.outgoing if node.type == "eventBasedGateway")}
    return found


def _check_correlation(node: model.Node, findings: Findings) -> None:
    """A waiting instance must say which message is for it; a message that starts an instance needs no key."""
    if node.type in ("intermediateThrowEvent", "endEvent", "sendTask"):  # the business key of who sends
        return
    if node.type == "startEvent" and not node.in_event_subprocess:
        return
    for event in node.event.each:
        message = event.message
        if message is not None and message.correlation_key is None:
            findings.add("missing_attribute", where=node.id, line=node.line,
                         name=f"parvaneh:correlationKey ({message.name})",
                         **problems.mend("set it on the message, for instance application_id",
                                         "آن را روی پیام بگذارید، برای نمونه application_id"))


def _named(findings: Findings, node: model.Node, attribute: str, kind: str, kind_fa: str, name: str | None,
           known: Collection[str] | None) -> None:
    if not name:
        _missing(findings, node, attribute, f"name a {kind}", f"{kind_fa} را نام ببرید")
    elif known is not None:
        _known(findings, node.id, node.line, kind, kind_fa, name, known)


def _missing(findings: Findings, node: model.Node, name: str, hint: str, hint_fa: str) -> None:
    findings.add("missing_attribute", where=node.id, line=node.line, name=name, **problems.mend(hint, hint_fa))


def _known(findings: Findings, where: str, line: int | None, kind: str, kind_fa: str, name: str,
           known: Iterable[str]) -> None:
    names = sorted(known)
    if name not in names:
        findings.add("unknown_name", where=where, line=line, kind=kind, kind_fa=kind_fa, name=name,
                     known=", ".join(names[:20]) or "—")
