"""User tasks: lists, forms, commands."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.pagination import PageQuery
from api.schemas.base import FeelValue, Text


class UserTaskSchema(Schema):
    """Work for a person."""

    id = fields.String(required=True)
    instance_id = fields.String()
    definition_id = fields.String()
    element_id = fields.String(metadata={"description": "The task's element in the diagram."})
    name = fields.String()
    name_en = fields.String()
    role = fields.String()
    form_key = fields.String(allow_none=True)
    duty = fields.String(allow_none=True)
    item = FeelValue(allow_none=True, metadata={"description": "What this one of a multi-instance task is for."})
    state = fields.String(metadata={"enum": ["READY", "CLAIMED", "COMPLETED", "CANCELLED"]})
    assignee = fields.String(allow_none=True)
    completed_by = fields.String(allow_none=True)
    scope = fields.String()
    application_id = fields.String(attribute="business_key")
    due_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer(metadata={"description": "Also the ETag; send it in If-Match."})


class UserTaskQuery(PageQuery):
    """Which tasks of those this account may see."""

    state = fields.String(load_default=None, validate=validate.OneOf(["READY", "CLAIMED", "COMPLETED", "CANCELLED"]),
                          metadata={"description": "Default: READY and CLAIMED."})
    assignee = fields.String(load_default=None, metadata={"description": "An account id, or `me`."})
    application_id = fields.String(load_default=None)
    role = fields.String(load_default=None)
    overdue = fields.Boolean(load_default=None, allow_none=True)


class CorrectionSchema(Schema):
    """What was sent back to the applicant, and until when it can be answered."""

    round = fields.Integer()
    missing_codes = fields.List(fields.String())
    unlocked_fields = fields.List(fields.String())
    note = fields.String(allow_none=True)
    requested_at = fields.AwareDateTime()
    told_at = fields.AwareDateTime(allow_none=True, metadata={
        "description": "When the notice was delivered or a clerk told the applicant: the window starts here."})
    due_at = fields.AwareDateTime(allow_none=True)


class AttachedSchema(Schema):
    """A file attached to a draft."""

    id = fields.String()
    field = fields.String()
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer()


class UserTaskDetailSchema(UserTaskSchema):
    """A task with all that is needed to do it."""

    draft = fields.Dict(allow_none=True)
    form = fields.Dict(allow_none=True, metadata={"description": "The form, as form-js JSON."})
    json_schema = fields.Dict(allow_none=True, metadata={"description": "The form's JSON Schema 2020-12."})
    correction = fields.Nested(CorrectionSchema, allow_none=True)
    attached = fields.List(fields.Nested(AttachedSchema), metadata={
        "description": "Files that you have attached to your draft; they are sent on completion."})
    data = fields.Dict(allow_none=True, metadata={"description": "What the form shows before anything is typed."})


class DraftBody(Schema):
    """What is filled in so far; nothing is checked."""

    data = fields.Dict(keys=fields.String(validate=validate.Length(max=100)), values=fields.Raw(allow_none=True),
                       required=True)
    dropped = fields.List(fields.String(validate=validate.Length(max=100)), load_default=list, metadata={
        "description": "Fields whose file, attached to the draft before, shall go."})


class AssignmentBody(Schema):
    """Who shall do it, and why."""

    assignee = fields.String(required=True, validate=validate.Length(min=1, max=64),
                             metadata={"description": "An account id or sign-in name."})
    reason = Text(required=True, least=3, most=2000)
