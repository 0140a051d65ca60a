"""Process instances: start, read, cancel."""

from __future__ import annotations

from typing import Any

from api import context, pagination, preconditions, security
from api.blueprints import Noun
from api.pagination import PageQuery
from api.schemas import processes
from engine import errors
from engine.values import Problem, ProcessInstance, Progress
from workflows import authorization, catalogue

noun = Noun("process-instances", "/process-instances", "Running and ended processes.")


@noun.get(query=processes.ProcessInstanceQuery, answers=pagination.page_of(processes.ProcessInstanceSchema))
def search(query: dict[str, Any]) -> Any:
    """List the process instances of the counties this account works for, newest first."""
    user = security.require_user()
    authorization.require(user, "instances.search")
    scopes = authorization.counties(user, "instances.search")
    return pagination.answer(context.engine().instances(context.session(), scopes=scopes, **query))


@noun.post(takes=processes.StartBody, answers=processes.ProcessInstanceSchema, status=201)
def start(body: dict[str, Any]) -> ProcessInstance:
    """Start a process directly; one that an application stands behind is started by submitting the application."""
    authorization.require(security.require_user(), "instances.manage")
    if body["key"] in {service.process for service in catalogue.SERVICES.values()}:
        raise errors.Invalid([Problem(
            where="key", code="needs_application", what="This process belongs to applications; submit one instead.",
            what_fa="این فرایند از آن درخواست‌هاست؛ به‌جای آن درخواست ثبت کنید.")])
    return context.engine().start(context.session(), actor=security.actor(), **body)


@noun.get("/<instance_id>", answers=processes.ProcessInstanceSchema)
def read(instance_id: str) -> ProcessInstance:
    """One process instance."""
    instance = _readable(instance_id)
    preconditions.tag(instance.version)
    return instance


@noun.get("/<instance_id>/history", query=PageQuery, answers=pagination.page_of(processes.HistoryEntrySchema))
def history(query: dict[str, Any], instance_id: str) -> Any:
    """What happened, oldest first: who, what, when."""
    _readable(instance_id)
    return pagination.answer(context.engine().history(context.session(), instance_id, **query))


@noun.get("/<instance_id>/progress", answers=processes.ProgressSchema)
def progress(instance_id: str) -> Progress:
    """Where the instance stands on its diagram."""
    _readable(instance_id)
    return context.engine().progress(context.session(), instance_id)


@noun.post("/<instance_id>/cancellation", takes=processes.CancellationBody, answers=processes.ProcessInstanceSchema,
           versioned=True)
def cancel(body: dict[str, Any], instance_id: str) -> ProcessInstance:
    """End an instance before its time, with a reason."""
    authorization.require(security.require_user(), "instances.manage")
    instance = context.engine().cancel(context.session(), instance_id, actor=security.actor(reason=body["reason"]),
                                       if_match=preconditions.if_match())
    preconditions.tag(instance.version)
    return instance


def _readable(instance_id: str) -> ProcessInstance:
    """The instance, for staff of its county. Raises: Forbidden, for those who read none at all before NotFound."""
    user = security.require_user()
    authorization.require(user, "instances.search")
    instance = context.engine().instance(context.session(), instance_id)
    authorization.require(user, "instances.read", county=instance.scope)
    return instance
