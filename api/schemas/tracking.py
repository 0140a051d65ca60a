"""What anyone with a tracking code sees: nothing personal."""

from __future__ import annotations

from marshmallow import Schema, fields

from workflows import statutory_clock


class StageSchema(Schema):
    """One stage the application went through."""

    stage = fields.String(required=True)
    at = fields.AwareDateTime()
    until = fields.AwareDateTime(allow_none=True)


class ClockPauseSchema(Schema):
    """A time in which the clock stood still."""

    reason = fields.String(metadata={"enum": [statutory_clock.APPLICANT, statutory_clock.INQUIRIES]})
    paused_at = fields.AwareDateTime()
    resumed_at = fields.AwareDateTime(allow_none=True)


class ClockAlarmSchema(Schema):
    """An alarm that was given."""

    percent = fields.Integer()
    given_at = fields.AwareDateTime()
    consent = fields.String(allow_none=True, metadata={
        "enum": [statutory_clock.NOTIFIED, statutory_clock.ISSUED, statutory_clock.FAILED, None],
        "description": "At the end of a published deadline: what became of deemed consent."})


class StatutoryClockSchema(Schema):
    """How much of an application's time has passed, in working days."""

    state = fields.String(metadata={"enum": [statutory_clock.RUNNING, statutory_clock.PAUSED,
                                             statutory_clock.STOPPED]})
    days = fields.Integer(metadata={"description": "Working days of the period."})
    used = fields.Integer(metadata={"description": "Working days that have passed, without those of the pauses."})
    percent = fields.Integer()
    left = fields.Integer()
    statutory = fields.Boolean(metadata={
        "description": "Whether the period is a published deadline; else it is our own target, which is no law."})
    started_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True, metadata={"description": "Null while it stands still."})
    breach_at = fields.AwareDateTime(allow_none=True)
    pauses = fields.List(fields.Nested(ClockPauseSchema))
    alarms = fields.List(fields.Nested(ClockAlarmSchema))


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
    clock = fields.Nested(StatutoryClockSchema, allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
