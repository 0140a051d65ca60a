"""Every FEEL text of a diagram is compiled before the diagram may run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from engine import feel
from engine.spiff import languages, model, problems, timers
from engine.spiff.documents import Findings

_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_NEARLY_ISO = re.compile(r"-?P(?=[\dT])\w*|R\d*/.*|\d{4}-\d\d\b.*", re.DOTALL)
"""A text that means to be ISO 8601; much of it would be FEEL as well, such as the variable `P3X` or `R3/x`."""


def check_node(node: model.Node, functions: feel.Functions | None, findings: Findings) -> None:
    """Note the faults of a node's expressions."""
    for what, text in texts(node):
        is_fine = check(text, what, where=node.id, functions=functions, findings=findings)
        if is_fine and what == "script" and node.result_variable is None:
            _check_context(text, node, functions, findings)
    for what, timer in times(node):
        text = timer.body
        if not timers.is_literal(text.text) and not _NEARLY_ISO.fullmatch(text.text):
            check(text, what, where=node.id, functions=functions, findings=findings)
            continue
        try:
            if not timers.is_literal(text.text):
                raise timers.TimerError("the text is no ISO 8601 moment, duration or repetition")
            timers.due(text.text, anchor=_ANY_MOMENT, is_cycle=timer.kind == "timeCycle", evaluate=lambda _: None)
        except timers.TimerError as error:
            findings.add("expression", where=node.id, line=text.line, what=what, reason=str(error),
                         reason_fa=_TIME_FA, **problems.mend(*_TIME_HINTS[timer.kind]))
    for what, name in _names(node):
        _check_name(name, what, node, findings)
    for event in node.event.each:
        if event.condition is not None:
            _check_condition(node, event.condition, functions, findings)


_TIME_FA = "این متن زمان درستی برای این جا نیست"
_TIME_HINTS = {
    "timeDate": ("write a moment such as 2026-03-21T08:00:00Z, a duration such as P3D, or FEEL",
                 "لحظه‌ای مانند 2026-03-21T08:00:00Z، مدتی مانند P3D یا عبارت FEEL بنویسید"),
    "timeDuration": ("write a duration such as P3D or PT36H, a moment, or FEEL",
                     "مدتی مانند P3D یا PT36H، یک لحظه یا عبارت FEEL بنویسید"),
    "timeCycle": ("write a repetition such as R3/PT10M or R/P1M, or FEEL that gives such a text",
                  "تکراری مانند R3/PT10M یا R/P1M، یا عبارت FEEL که چنین متنی بدهد بنویسید"),
}


def _check_context(script: model.Text, node: model.Node, functions: feel.Functions | None, findings: Findings) -> None:
    """A script without a result variable gives its results by name: as the entries of a context."""
    for name in feel.context_keys(script.text):
        _check_name(name, "script", node, findings)
    if not feel.gives_no_context(script.text, functions=functions):
        return
    meant = languages.assigned(script.text)
    hints = problems.mend("name its variable in parvaneh:resultVariable, or write a context such as {total: 5}",
                          "متغیرش را در parvaneh:resultVariable نام ببرید یا نگاشتی مانند {total: 5} بنویسید")
    if meant is not None:
        hints = problems.mend(f'set parvaneh:resultVariable="{meant[0]}" and write: {meant[1]}',
                              f'parvaneh:resultVariable="{meant[0]}" بگذارید و بنویسید: {meant[1]}')
    findings.add("script_result", where=node.id, line=script.line, column=1, **hints)


def _check_name(name: str, what: str, node: model.Node, findings: Findings) -> None:
    """A variable must have a name of one word, under which FEEL can read it again."""
    try:
        is_name = feel.compile(name).reads == (name,) and not name.startswith("=") and len(name.split()) == 1
    except feel.FeelError:
        is_name = False
    if not is_name:
        findings.add("variable_name", where=node.id, line=node.line, what=what, name=name)


def _check_condition(node: model.Node, condition: model.Text, functions: feel.Functions | None,
                     findings: Findings) -> None:
    try:
        is_constant = not feel.compile(condition.text, functions=functions).names
    except feel.FeelError:
        return
    if is_constant:
        findings.add("constant_condition", where=node.id, line=condition.line)


def check_flows(flows: Iterable[model.Flow], functions: feel.Functions | None, findings: Findings) -> None:
    """Note the faults of conditions."""
    for flow in flows:
        if flow.condition is not None:
            check(flow.condition, "conditionExpression", where=flow.id, functions=functions, findings=findings)


def check(text: model.Text, what: str, *, where: str, functions: feel.Functions | None, findings: Findings) -> bool:
    """Whether a text may be used; a fault is noted with its line in the file and its column in the expression.

    What was refused as another language is no FEEL with faults, and not looked at.
    """
    if any(problem.code == "expression_language" and problem.where == where for problem in findings.problems):
        return False
    faults = feel.faults(text.text, functions=functions)
    for fault in faults:
        line, column = text.place(fault.line, fault.column)
        findings.add("expression", where=where, line=line, column=column, what=what, reason=fault.message,
                     reason_fa=fault.message_fa, **problems.mend(fault.hint, fault.hint_fa))
    return not faults


def times(node: model.Node) -> Iterator[tuple[str, model.Timer]]:
    """What in a node gives a moment: FEEL, or a date, duration or cycle written out."""
    if node.due is not None:
        yield "parvaneh:deadline", node.due
    for event in node.event.each:
        if event.timer is not None:
            yield event.timer.kind, event.timer


def _names(node: model.Node) -> Iterator[tuple[str, str]]:
    """The variables that the node writes or makes."""
    if node.result_variable is not None:
        yield "parvaneh:resultVariable", node.result_variable
    for name, _ in node.outputs:
        yield "parvaneh:output name", name
    if node.loop is not None:
        for what, written in (("inputDataItem", node.loop.item), ("outputDataItem", node.loop.output_item),
                              ("loopDataOutputRef", node.loop.output)):
            if written is not None:
                yield what, written


def texts(node: model.Node) -> Iterator[tuple[str, model.Text]]:
    """The FEEL texts of a node, and where each stands."""
    if node.script is not None and node.type == "scriptTask":
        yield "script", node.script
    for name, value in node.inputs:
        yield f"parvaneh:input {name}", value
    for name, value in node.outputs:
        yield f"parvaneh:output {name}", value
    for event in node.event.each:
        if event.condition is not None:
            yield "condition", event.condition
        message = event.message
        if message is not None and message.correlation_key is not None:
            yield f"parvaneh:correlationKey ({message.name})", message.correlation_key
    if node.activation is not None:
        yield "activationCondition", node.activation
    if node.scope is not None and node.scope.ad_hoc is not None and node.scope.ad_hoc.completion is not None:
        yield "completionCondition", node.scope.ad_hoc.completion
    yield from _moved(node)
    yield from _repeated(node)


def _repeated(node: model.Node) -> Iterator[tuple[str, model.Text]]:
    if node.repetition is not None and node.repetition.condition is not None:
        yield "loopCondition", node.repetition.condition
    if node.loop is not None:
        loop = node.loop
        for behaviour in loop.behaviours:
            if behaviour.condition is not None:
                yield "complexBehaviorDefinition condition", behaviour.condition
        for what, text in (("loopDataInputRef", loop.collection), ("loopCardinality", loop.cardinality),
                           ("completionCondition", loop.completion),
                           ("outputDataItem parvaneh:value", loop.output_value)):
            if text is not None:
                yield what, text


def _moved(node: model.Node) -> Iterator[tuple[str, model.Text]]:
    for association in (*node.takes, *node.gives):
        if association.transformation is not None:
            yield "transformation", association.transformation
        for text, _ in association.assignments:
            yield "assignment from", text
