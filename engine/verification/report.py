"""Findings in words an author can act on, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.spiff import model
from engine.values import Problem
from engine.verification import flows
from engine.verification.analysis import Finding, Verdict


class _Words(NamedTuple):
    what: str
    what_fa: str
    fix: str
    fix_fa: str


_WORDS: Mapping[str, _Words] = {
    "deadlock": _Words(
        "deadlock: a token can wait here for ever, none can come on {others}",
        "بن‌بست: نشانه ممکن است تا همیشه اینجا بماند، چون بر {others} نشانه‌ای نمی‌رسد",
        "join with the kind of gateway that split the branches, or lead every branch here",
        "با همان گونه دروازه‌ای پیوند دهید که شاخه‌ها را جدا کرد، یا همه شاخه‌ها را به اینجا برسانید"),
    "lack_of_synchronization": _Words(
        "lack of synchronization: two tokens can be on {others} at once, and what follows runs twice",
        "ناهمگامی: دو نشانه ممکن است با هم بر {others} باشند و ادامه راه دو بار اجرا شود",
        "join the branches with a parallel or inclusive gateway before they merge",
        "شاخه‌ها را پیش از یکی شدن با دروازه موازی یا شمولی پیوند دهید"),
    "never_runs": _Words(
        "never runs, whatever data and events come; nor do: {others}",
        "هرگز اجرا نمی‌شود، داده و رویداد هر چه باشد؛ و نیز: {others}",
        "mend the gateway before it, or remove it", "دروازه پیش از آن را درست کنید یا آن را بردارید"),
    "no_way_to_end": _Words(
        "no way to an end: who comes here turns for ever among {others}",
        "راهی به پایان نیست: هر که به اینجا رسد تا همیشه میان {others} می‌چرخد",
        "draw a flow from the loop to an end event", "از چرخه جریانی به رویداد پایان بکشید"),
    "begins_itself": _Words(
        "begins instances without end: what it throws begins {others}, and nothing on the way waits",
        "بی‌پایان نمونه می‌آغازد: آنچه می‌فرستد {others} را می‌آغازد و هیچ‌چیز در راه در انتظار نمی‌ماند",
        "throw another message or signal, or wait on the way for a task or a timer",
        "پیام یا سیگنال دیگری بفرستید، یا در راه در انتظار کار یا زمان‌سنج بمانید"),
}
_TRACE = "; for instance after {trace}"
_TRACE_FA = "؛ برای نمونه پس از {trace}"


def problems(verdict: Verdict, process: model.ProcessModel) -> list[Problem]:
    """What a verdict says, as warnings: the diagram is valid BPMN, and data may keep the fault from ever happening."""
    lines = {node.id: node.line for node in process.scope.walk()}
    found = [_problem(finding, process, lines.get(finding.where)) for finding in verdict.findings]
    found += [_gave_up(scope, verdict, process, lines.get(scope)) for scope in verdict.gave_up_in]
    return found + [_sampled(node, process, lines.get(node)) for node in verdict.sampled]


def _problem(finding: Finding, process: model.ProcessModel, line: int | None) -> Problem:
    words = _WORDS[finding.fault]
    others = ", ".join(finding.others) or "—"
    trace = " → ".join(finding.trace)
    certain = " (no run of {scope} reaches an end)", "، هیچ اجرایی از {scope} به پایان نمی‌رسد"
    says = [words.what + (_TRACE if trace else "") + (certain[0] if finding.certain else ""),
            words.what_fa + (_TRACE_FA if trace else "") + (certain[1] if finding.certain else "")]
    what, what_fa = (text.format(others=others, trace=trace, scope=finding.scope) for text in says)
    return Problem(where=finding.where, what=what, what_fa=what_fa, fix=words.fix, fix_fa=words.fix_fa,
                   code=finding.fault, file=process.file, line=line, severity="warning")


def _sampled(node: str, process: model.ProcessModel, line: int | None) -> Problem:
    most = flows.MOST_SUBSETS
    return Problem(
        where=node, code="gave_up", file=process.file, line=line or process.line, severity="warning",
        what=f"verification did not try every combination here: more than {most} conditional flows, or events beside "
             "an activity; what was found is true, more may be wrong",
        what_fa=f"وارسی همه ترکیب‌ها را اینجا نیازمود: بیش از {most} جریان شرطی یا رویداد کنار یک فعالیت؛ آنچه یافت شد "
                "درست است و شاید خطای دیگری هم باشد",
        fix="choose in two gateways, one after the other", fix_fa="گزینش را میان دو دروازه پیاپی بخش کنید")


def _gave_up(scope: str, verdict: Verdict, process: model.ProcessModel, line: int | None) -> Problem:
    facts = {"states": verdict.states, "ran": len(verdict.ran), "elements": verdict.elements}
    return Problem(
        where=scope, code="gave_up", file=process.file, line=line or process.line, severity="warning",
        what="verification gave up after {states} states; {ran} of {elements} elements were seen running, the rest was "
             "not looked at".format(**facts),
        what_fa="وارسی پس از {states} حالت رها شد؛ {ran} از {elements} عنصر در حال اجرا دیده شد و بقیه وارسی نشد"
        .format(**facts),
        fix="split the diagram with a call activity", fix_fa="نمودار را با فعالیت فراخوانی بشکنید")
