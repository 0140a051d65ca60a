"""What anyone with a tracking code sees: nothing personal."""

from __future__ import annotations

from marshmallow import Schema, fields


class StageSchema(Schema):
    """One stage the application went through."""

    stage = fields.String(required=True)
    at = fields.AwareDateTime()
    until = fields.AwareDateTime(allow_none=True)


class TrackingSchema(Schema):
    """Where an application stands."""

    file_number = fields.String()
    service = fields.String()
    service_name = fields.String()
    service_name_en = fields.String()
    state = fields.String(metadata={"description": "The stage it is in."})
    stages = fields.List(fields.Nested(StageSchema), metadata={"description": "Oldest first."})
    office = fields.String(metadata={"description": "Which office holds it now."})
    office_en = fields.String()
    submitted_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
