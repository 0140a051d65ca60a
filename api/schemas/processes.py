"""Process definitions, process instances, messages, incidents, history."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.pagination import PageQuery
from api.schemas.base import Text, Variables
from api.schemas.problems import FaultSchema


class ProcessDefinitionSchema(Schema):
    """One version of a process."""

    id = fields.String(required=True)
    key = fields.String(required=True, metadata={"description": "The id of the process in its diagram."})
    version = fields.Integer(required=True)
    name = fields.String()
    name_en = fields.String()
    deployment_id = fields.String()
    resource = fields.String(metadata={"description": "File name inside the deployment."})
    deployed_at = fields.AwareDateTime()
    deployed_by = fields.String()


class ProcessDefinitionQuery(PageQuery):
    """Which definitions."""

    key = fields.String(load_default=None)
    latest_only = fields.Boolean(load_default=False)


class DeploymentBody(Schema):
    """A bundle to deploy."""

    resources = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1, max=200)), values=fields.String(),
        required=True, validate=validate.Length(min=1),
        metadata={"description": "File name (`processes/x.bpmn`, `decisions/y.dmn`, `forms/z.form`, `rules/r.yaml`) "
                                 "-> its text."})
    base = fields.String(load_default=None, allow_none=True,
                         metadata={"description": "Deployment whose other files the bundle takes over."})


class DeploymentSchema(Schema):
    """What a deployment made."""

    id = fields.String(required=True)
    hash = fields.String(required=True)
    is_new = fields.Boolean(required=True, metadata={"description": "False when this very bundle was deployed before."})
    deployed_at = fields.AwareDateTime()
    deployed_by = fields.String()
    source = fields.String()
    process_definitions = fields.List(fields.Nested(ProcessDefinitionSchema))
    warnings = fields.List(fields.Nested(FaultSchema))


class CheckSchema(Schema):
    """What a deployment of a bundle would be told."""

    problems = fields.List(fields.Nested(FaultSchema), required=True, metadata={
        "description": "A deployment is refused when one of them has the severity `error`."})


class ProcessInstanceSchema(Schema):
    """A running or ended process."""

    id = fields.String(required=True)
    definition_id = fields.String()
    definition_key = fields.String()
    definition_version = fields.Integer()
    business_key = fields.String()
    scope = fields.String()
    state = fields.String(metadata={"enum": ["ACTIVE", "SUSPENDED", "COMPLETED", "CANCELLED"]})
    outcome = fields.String(allow_none=True)
    version = fields.Integer()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


class ProcessInstanceQuery(PageQuery):
    """Which instances."""

    key = fields.String(load_default=None)
    business_key = fields.String(load_default=None)
    state = fields.String(load_default=None,
                          validate=validate.OneOf(["ACTIVE", "SUSPENDED", "COMPLETED", "CANCELLED"]))


class StartBody(Schema):
    """A process to start."""

    key = fields.String(required=True)
    version = fields.Integer(load_default=None, allow_none=True)
    business_key = fields.String(required=True, validate=validate.Length(min=1, max=200))
    scope = fields.String(load_default="", validate=validate.Length(max=100))
    variables = Variables(load_default=dict)


class ProgressSchema(Schema):
    """Where an instance stands on its diagram."""

    active = fields.Dict(keys=fields.String(), values=fields.Integer())
    completed = fields.Dict(keys=fields.String(), values=fields.Integer())
    incidents = fields.List(fields.String())


class HistoryEntrySchema(Schema):
    """One line of the trail."""

    id = fields.String(required=True)
    at = fields.AwareDateTime()
    kind = fields.String()
    element_id = fields.String(allow_none=True)
    element_name = fields.String()
    actor = fields.String()
    on_behalf_of = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    facts = Variables()


class MessageBody(Schema):
    """A message for whoever waits for it."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    correlation_key = fields.String(required=True, validate=validate.Length(min=1, max=200))
    variables = Variables(load_default=dict)
    message_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200),
                               metadata={"description": "The same id again does nothing."})


class MessageReceiptSchema(Schema):
    """Who received a message."""

    process_instances = fields.List(fields.String(), required=True)


class SignalBody(Schema):
    """A signal for everyone who waits for it."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=255))
    variables = Variables(load_default=dict)


class SignalReceiptSchema(Schema):
    """On its way to how many process instances and processes a signal is."""

    receivers = fields.Integer(required=True)


class IncidentSchema(Schema):
    """Something that failed inside a process and waits for a person."""

    id = fields.String(required=True)
    instance_id = fields.String(allow_none=True)
    element_id = fields.String(allow_none=True)
    element_name = fields.String()
    kind = fields.String()
    message = fields.String()
    hint = fields.String()
    hint_fa = fields.String()
    state = fields.String(metadata={"enum": ["OPEN", "RESOLVED"]})
    business_key = fields.String()
    scope = fields.String()
    created_at = fields.AwareDateTime()
    resolved_at = fields.AwareDateTime(allow_none=True)
    resolved_by = fields.String(allow_none=True)


class OneIncidentSchema(IncidentSchema):
    """An incident with what a retry may correct."""

    correctable = Variables(metadata={"description": "Variables a retry may correct -> their present values."})


class IncidentQuery(PageQuery):
    """Which incidents."""

    state = fields.String(load_default="OPEN", validate=validate.OneOf(["OPEN", "RESOLVED"]))
    business_key = fields.String(load_default=None)


class RetryBody(Schema):
    """How a failed element is run again."""

    variables = Variables(load_default=dict, metadata={
        "description": "What the failed element reads, corrected; see `correctable` of the incident."})
    reason = Text(load_default=None, allow_none=True, most=2000,
                  metadata={"description": "Why; needed with `variables`. Written in the history."})


class RetriesBody(Schema):
    """The cause that the incidents to be retried share; at least one of these."""

    kind = fields.String(load_default=None, validate=validate.OneOf(
        ["expression", "handler", "job", "budget", "correlation"]))
    element_id = fields.String(load_default=None, validate=validate.Length(min=1, max=255))
    definition_key = fields.String(load_default=None, validate=validate.Length(min=1, max=255))
    message = fields.String(load_default=None, validate=validate.Length(min=1, max=2000),
                            metadata={"description": "The whole message of the incidents."})


class RetriesSchema(Schema):
    """A retry of many incidents: true totals, of those retried so far."""

    id = fields.String(required=True)
    finished = fields.Boolean(metadata={"description": "False while a worker goes on with the rest."})
    found = fields.Integer(metadata={"description": "Incidents that were open when it began."})
    resolved = fields.Integer()
    failed_again = fields.Integer()
    queued = fields.Integer(metadata={"description": "Incidents of jobs, due again now."})
    skipped = fields.Integer(metadata={"description": "Their instance is suspended or has ended."})


class CancellationBody(Schema):
    """Why an instance is cancelled."""

    reason = Text(required=True, least=3, most=2000)
