"""Signing in, and who is signed in."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api.schemas.base import Text


class RoleSchema(Schema):
    """A role, in one county or in the whole province."""

    role = fields.String(required=True)
    county = fields.String(allow_none=True, metadata={"description": "Null: the whole province."})


class UserSchema(Schema):
    """An account."""

    id = fields.String(required=True)
    kind = fields.String(metadata={"enum": ["staff", "applicant"]})
    username = fields.String(allow_none=True)
    mobile = fields.String(allow_none=True)
    name = fields.String()
    language = fields.String()
    roles = fields.Method("_roles", metadata={"type": "array", "items": {"type": "object"}})

    def _roles(self, user: Any) -> list[dict[str, str | None]]:
        return [{"role": role, "county": county} for role, county in user.roles]


class SessionBody(Schema):
    """Staff sign in by name and password, applicants by mobile number and one-time code."""

    username = Text(most=100)
    password = fields.String(validate=validate.Length(max=200), load_only=True)
    mobile = Text(most=20)
    code = Text(most=12)

    @validates_schema
    def _one_pair(self, data: dict[str, Any], **_kwargs: Any) -> None:
        first, second = ("mobile", "code") if "mobile" in data or "code" in data else ("username", "password")
        missing = [name for name in (first, second) if not data.get(name)]
        if missing:
            raise ValidationError({name: ["Missing data for required field."] for name in missing})


class SessionSchema(Schema):
    """An open session."""

    user = fields.Nested(UserSchema, required=True)
    csrf_token = fields.String(required=True, allow_none=True,
                               metadata={"description": "Goes into X-CSRF-Token of every unsafe request."})


class OneTimeCodeBody(Schema):
    """Where to send the code."""

    mobile = Text(required=True, most=20)


class FormTokenSchema(Schema):
    """A one-time name for commands sent without an account."""

    form_token = fields.String(required=True)
