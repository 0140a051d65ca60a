"""Shapes of the register of licences."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.pagination import PageQuery
from api.schemas.base import Text
from workflows import licences


class LicenceQuery(PageQuery):
    """What is searched for in the register."""

    state = fields.String(load_default=None, validate=validate.OneOf(licences.STATES))
    text = Text(load_default="", most=100, metadata={
        "description": "A number of ours or the issuer's, the holder's identifier, or part of his name."})


class LicenceDecisionBody(Schema):
    """A person's decision on a licence."""

    to = fields.String(required=True, validate=validate.OneOf(sorted(licences.BY_HAND)))
    reason = Text(required=True, least=1, most=2000)


class LicenceSchema(Schema):
    """A row of the register."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    kind = fields.String(metadata={"enum": ["URBAN", "RURAL"]})
    service = fields.String()
    state = fields.String(metadata={"enum": ["ACTIVE", "SUSPENDED", "IN_RENEWAL", "EXPIRED", "REVOKED", "REPLACED",
                                             "TRANSFERRED", "SURRENDERED"]})
    issuer = fields.String()
    issuer_number = fields.String()
    national_id = fields.String(allow_none=True)
    holder_name = fields.String()
    county = fields.String()
    settlement = fields.String(allow_none=True)
    address = fields.String()
    postal_code = fields.String()
    issued_on = fields.Date()
    expires_on = fields.Date()
    replaced_by = fields.String(allow_none=True)
    application_id = fields.String(allow_none=True)
    verify_url = fields.String()


class VerificationSchema(Schema):
    """What the public may know of a licence."""

    state = fields.String(required=True, metadata={
        "enum": ["VALID", "IN_RENEWAL", "EXPIRED", "SUSPENDED", "REPLACED", "CANCELLED", "SURRENDERED", "UNKNOWN"]})
    number = fields.String(allow_none=True)
    issuer = fields.String(allow_none=True)
    issuer_number = fields.String(allow_none=True)
    holder_name = fields.String(allow_none=True)
    county = fields.String(allow_none=True)
    issued_on = fields.Date(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    replaced_by = fields.String(allow_none=True)
