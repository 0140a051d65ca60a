"""A refusal without a condition code is impossible: no diagram can be deployed that does so, and none can end so.

At deployment every way into an end event with the outcome REJECTED passes a service task with the handler
`applications.refuse`. While a process runs, that handler takes only codes that a person has cited in a refusing
decision, and an end event that would reject without a written refusal, or end an application without any outcome,
becomes an incident: the case stays where it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import Bundle, HandlerCall, Node, Scope, errors
from engine.values import InstanceEnding, Problem
from workflows import catalogue, decisions, dossiers
from workflows.models.application import Application, ApplicationInstance
from workflows.models.application import Decision as DecisionRow

if TYPE_CHECKING:
    from workflows.product import Product

HANDLER = "applications.refuse"
REJECTED = "REJECTED"
OUTCOMES = tuple(state for state in catalogue.END_STATES if state != "CANCELLED")
"""How a diagram may end an application."""


def check(bundle: Bundle) -> list[Problem]:
    """Every way on which a process of the bundle ends an application by refusing it without a reason, or without saying
    how it ended. In a process of no service a refusal without a reason is a warning.
    """
    problems = []
    services = {service.process for service in catalogue.SERVICES.values()}
    for key, process in sorted(bundle.processes.items()):
        for scope in _ending(process.model.scope):
            found = [(node, fault) for node, fault in _faults(scope, bundle) if key in services or fault is _UNREFUSED]
            problems += [replace(_problem(process.resource, node, *fault),
                                 severity="error" if key in services else "warning") for node, fault in found]
    return problems


def cited(call: HandlerCall) -> list[str]:
    """The codes a refusal is to cite: what the diagram names, if a person has cited each of them in refusing.

    Raises: HandlerFailed when there is none, or when nobody who decided has named one.
    """
    codes = [str(code) for code in call.inputs.get("condition_codes") or call.variables.get("condition_codes") or ()]
    since = _started(call.session, call.instance_id)
    query = select(DecisionRow.codes).where(
        DecisionRow.application_id == call.business_key, DecisionRow.task_id.isnot(None),
        DecisionRow.answer.in_(decisions.REFUSING))
    if since is not None:
        query = query.where(DecisionRow.decided_at >= since)
    named = {code for found in call.session.scalars(query) for code in found}
    if not codes or not set(codes) <= named:
        unnamed = sorted(set(codes) - named)
        raise errors.HandlerFailed(
            "a refusal cites at least one condition code, named by the person who refused"
            + (f"; nobody named {', '.join(unnamed)}" if unnamed else ""),
            hint=f"the deciding form gives `condition_codes`, and in {' or '.join(decisions.ANSWER_FIELDS)} one of "
                 f"{', '.join(sorted(decisions.REFUSING))}; deploy a corrected form or diagram")
    return codes


def guard(session: Session, event: InstanceEnding, *, product: Product) -> None:
    """Let an application end only with an outcome, and as REJECTED only with a written refusal.

    Raises: HandlerFailed, which makes the end event an incident; Invalid, when it is cancelled without a reason.
    """
    del product  # the rows alone decide
    application = session.get(Application, event.business_key)
    if application is None or application.instance_id not in (None, event.instance_id):
        return
    if event.cancelled_by is not None:
        if not event.cancelled_by.reason:
            raise errors.Invalid([Problem(where="reason", code="required", what="A reason is needed.",
                                          what_fa="نوشتن دلیل لازم است.")])
        return
    if event.outcome not in OUTCOMES:
        raise errors.HandlerFailed(
            f"an application ends as one of {', '.join(OUTCOMES)}, not as {event.outcome or 'nothing'}",
            hint="set parvaneh:outcome on the end event and deploy the diagram")
    if event.outcome == REJECTED and not _is_refused(session, event):
        raise errors.HandlerFailed("the application would be rejected without a condition code",
                                   hint=f"lead the diagram through a service task with the handler {HANDLER}")


def _is_refused(session: Session, event: InstanceEnding) -> bool:
    since = _started(session, event.instance_id)
    query = select(DecisionRow.codes).where(DecisionRow.application_id == event.business_key,
                                            DecisionRow.answer == dossiers.REFUSED)
    if since is not None:
        query = query.where(DecisionRow.decided_at >= since)
    return any(session.scalars(query))


def _started(session: Session, instance_id: str) -> datetime | None:
    """When the instance was started; an application that was reopened keeps the decisions of before."""
    return session.scalar(select(ApplicationInstance.started_at).where(ApplicationInstance.instance_id == instance_id))


def _ending(scope: Scope) -> Iterator[Scope]:
    """The process and its event subprocesses: the scopes whose end events end the application."""
    yield scope
    for node in scope.event_subprocesses():
        if node.scope is not None:
            yield from _ending(node.scope)


_Fault = tuple[str, str, str, str, str]
"""Code, what and how to mend it, each in English and Persian."""

_UNREFUSED: _Fault = (
    "refusal_without_code",
    f"can be reached without a service task with the handler {HANDLER}, so without a condition code",
    f"بدون کار سرویس با پردازنده {HANDLER} دست‌یافتنی است، پس بدون شماره شرط",
    f"Lead every way into this end through {HANDLER}.", f"هر راهی به این پایان را از {HANDLER} بگذرانید.")
_UNKNOWN: _Fault = (
    "outcome_unknown", f"has an outcome that is none of {', '.join(OUTCOMES)}",
    f"نتیجه‌ای دارد که هیچ‌یک از {', '.join(OUTCOMES)} نیست", "Set one of these as parvaneh:outcome.",
    "یکی از این‌ها را parvaneh:outcome بگذارید.")
_OPEN_END: _Fault = (
    "outcome_missing", "ends the application without saying how",
    "درخواست را بی‌آنکه نتیجه‌ای بگوید پایان می‌دهد",
    "Draw an end event with parvaneh:outcome.", "رویداد پایانی با parvaneh:outcome بکشید.")


def _faults(scope: Scope, bundle: Bundle) -> Iterator[tuple[Node, _Fault]]:
    unrefused = _reached(scope, bundle)
    alone = _reached(scope, None) if all(start.interrupting for start in scope.starts()) else set[str]()
    for node in scope.nodes.values():
        outcome = node.element.outcome
        if node.type == "endEvent" and outcome is not None and outcome not in OUTCOMES:
            yield node, _UNKNOWN
        elif node.type == "endEvent" and outcome == REJECTED and node.id in unrefused:
            yield node, _UNREFUSED
        elif node.id in alone and not node.triggered_by_event and (
                not node.outgoing if node.type != "endEvent" else outcome is None and node.event.kind != "error"):
            yield node, _OPEN_END


def _reached(scope: Scope, bundle: Bundle | None, inside: frozenset[str] = frozenset()) -> set[str]:
    """The nodes a token reaches without a refusal being written on its way.

    Without a bundle: the nodes reached by a token that is surely the only one, so beside no activity that goes on and
    after no gateway that may split.
    """
    found: set[str] = set()
    pending = [node.id for node in scope.starts()]
    while pending:
        current = scope.nodes[pending.pop()]
        if current.id in found:
            continue
        found.add(current.id)
        alone = bundle is None
        pending += [event.id for event in scope.boundary_events(current.id) if event.interrupting or not alone]
        splits = len(current.outgoing) > 1 and current.type not in {"exclusiveGateway", "eventBasedGateway"}
        if not (alone and splits) and not (bundle is not None and _refuses(current, bundle, inside)):
            pending += [flow.target for flow in current.outgoing]
    return found


def _refuses(node: Node, bundle: Bundle, inside: frozenset[str]) -> bool:
    """Whether leaving the node means that a refusal was written: it writes one, or every way through it does."""
    if node.loop is not None or node.triggered_by_event:
        return False  # a loop over nothing calls nobody
    if node.element.handler == HANDLER:
        return True
    called = bundle.processes.get(node.called or "") if node.called not in inside else None
    scope = node.scope or (called.model.scope if called else None)
    if scope is None or scope.event_subprocesses():
        return False
    reached = _reached(scope, bundle, inside | {node.called or ""})
    return all(scope.nodes[each].outgoing or _refuses(scope.nodes[each], bundle, inside | {node.called or ""})
               for each in reached)


def _problem(file: str, node: Node, code: str, what: str, what_fa: str, fix: str, fix_fa: str) -> Problem:
    return Problem(where=node.id, file=file, line=node.line, code=code, what=what, what_fa=what_fa, fix=fix,
                   fix_fa=fix_fa)
