"""Every FEEL text of a diagram is compiled before the diagram may run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from engine import feel
from engine.spiff import model, problems, timers
from engine.spiff.documents import Findings

_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def check_node(node: model.Node, functions: feel.Functions | None, findings: Findings) -> None:
    """Note the faults of a node's expressions."""
    for what, text in texts(node):
        check(text, what, where=node.id, functions=functions, findings=findings)
    for what, text in times(node):
        if not timers.is_literal(text.text):
            check(text, what, where=node.id, functions=functions, findings=findings)
            continue
        try:
            timers.due(text.text, anchor=_ANY_MOMENT, evaluate=lambda _: None)
        except timers.TimerError as error:
            findings.add("expression", where=node.id, line=text.line, what=what, reason=str(error),
                         reason_fa="این زمان وجود ندارد", **problems.mend("correct the date", "تاریخ را درست کنید"))


def check_flows(flows: Iterable[model.Flow], functions: feel.Functions | None, findings: Findings) -> None:
    """Note the faults of conditions."""
    for flow in flows:
        if flow.condition is not None:
            check(flow.condition, "conditionExpression", where=flow.id, functions=functions, findings=findings)


def check(text: model.Text, what: str, *, where: str, functions: feel.Functions | None, findings: Findings) -> None:
    """Compile a text; a fault is noted with its line in the file and its column in the expression."""
    try:
        expression = feel.compile(text.text, functions=functions)
    except feel.FeelError as error:
        line = None if text.line is None else text.line + error.line - 1
        findings.add("expression", where=where, line=line, column=error.column, what=what, reason=error.message,
                     reason_fa=error.message_fa, hint=error.hint or "correct the expression",
                     hint_fa=error.hint_fa or "عبارت را درست کنید")
        return
    if functions is None:
        return
    for name in sorted(expression.unknown_functions):
        findings.add("expression", where=where, line=text.line, what=what, reason=f"there is no function {name}",
                     reason_fa=f"تابعی به نام {name} نیست", **problems.mend(
                         "correct its name, or have the function registered",
                         "نام آن را درست کنید یا تابع را ثبت کنید"))


def times(node: model.Node) -> Iterator[tuple[str, model.Text]]:
    """The texts of a node that give a moment: FEEL, or a date or duration written out."""
    if node.deadline is not None:
        yield "parvaneh:deadline", node.deadline
    if node.event.timer is not None:
        yield node.event.timer.kind, node.event.timer.body


def texts(node: model.Node) -> Iterator[tuple[str, model.Text]]:
    """The FEEL texts of a node, and where each stands."""
    if node.script is not None and node.type == "scriptTask":
        yield "script", node.script
    for name, value in node.inputs:
        yield f"parvaneh:input {name}", value
    message = node.event.message
    if message is not None and message.correlation_key is not None:
        yield f"parvaneh:correlationKey ({message.name})", message.correlation_key
    if node.loop is not None:
        loop = node.loop
        for what, text in (("loopCardinality", loop.cardinality), ("completionCondition", loop.completion),
                           ("outputDataItem parvaneh:value", loop.output_value)):
            if text is not None:
                yield what, text
