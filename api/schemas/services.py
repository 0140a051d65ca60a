"""Shapes of the services."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.schemas.base import Text
from workflows import rules


class ServiceSchema(Schema):
    """A service that is offered."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    about_licence = fields.Boolean(required=True, metadata={
        "description": "Whether an application names the licence it is about."})
    licence_kinds = fields.List(fields.String(), required=True)
    licence_states = fields.List(fields.String(), required=True, metadata={
        "description": "The states of a licence in which a service about one may be asked for."})


class ServicesSchema(Schema):
    """The services that are offered."""

    items = fields.List(fields.Nested(ServiceSchema), required=True)


class ProfileQuery(Schema):
    """The day of a profile."""

    on = fields.Date(load_default=None, metadata={"description": "As in force on this day; without it, today."})


class FoundedSchema(Schema):
    """Something with grade and source."""

    grade = fields.String(metadata={"enum": list(rules.GRADES)})
    scope = fields.String(metadata={"enum": list(rules.SCOPES)})
    source = fields.String()
    source_fa = fields.String()
    text_fa = fields.String()
    text_en = fields.String()
    effective_from = fields.Date(allow_none=True)


class ProfileRuleSchema(FoundedSchema):
    """A rule of a profile."""

    key = fields.String()
    value = fields.Raw(allow_none=True)


class ProfileConditionSchema(FoundedSchema):
    """A condition, with our own code and its number on the national portal."""

    code = fields.String()
    portal_no = fields.String(allow_none=True)
    action = fields.String(metadata={"enum": [rules.REFUSE, rules.ASK],
                                     "description": "What follows where it is not met: a refusal, or a question."})


class LawSchema(FoundedSchema):
    """A text the service rests on."""

    code = fields.String()


class ProfileDocumentSchema(Schema):
    """A document the form asks for."""

    label = fields.String()
    label_en = fields.String()
    needed = fields.String(metadata={"enum": ["ALWAYS", "SOMETIMES", "OPTIONAL"]})
    condition = fields.Nested(ProfileConditionSchema, allow_none=True)


class ProfileSchema(Schema):
    """What a service is, on a day."""

    service = fields.Nested(ServiceSchema)
    on = fields.Date()
    effective_from = fields.Date()
    versions = fields.List(fields.Date(), metadata={"description": "First days of all versions, latest first."})
    conditions = fields.List(fields.Nested(ProfileConditionSchema))
    documents = fields.List(fields.Nested(ProfileDocumentSchema))
    laws = fields.List(fields.Nested(LawSchema))
    issuer = fields.Nested(ProfileRuleSchema, allow_none=True)
    fee = fields.Nested(ProfileRuleSchema, allow_none=True, metadata={
        "description": "In rials; null while no amount may be charged, and then `fee_unknown` says what is asked."})
    fee_unknown = fields.Nested(ProfileRuleSchema, allow_none=True)
    deadline = fields.Nested(ProfileRuleSchema, allow_none=True, metadata={
        "description": "The published deadline in working days; null as long as none is published."})
    target = fields.Nested(ProfileRuleSchema, allow_none=True, metadata={
        "description": "Our own target in working days, which is no law."})
    validity = fields.Nested(ProfileRuleSchema, allow_none=True, metadata={"description": "In Jalali months."})
    tacit = fields.Nested(ProfileRuleSchema, allow_none=True)


class OwnLicenceSchema(Schema):
    """A licence of the applicant's that a service could be about."""

    number = fields.String(required=True)
    kind = fields.String()
    state = fields.String(metadata={"description": "As of today."})
    holder_name = fields.String()
    county = fields.String()
    settlement = fields.String(allow_none=True)
    address = fields.String()
    expires_on = fields.Date()


class OwnLicencesSchema(Schema):
    """The licences an applicant has to choose from."""

    items = fields.List(fields.Nested(OwnLicenceSchema), required=True)


class SwitchBody(Schema):
    """Whether a service shall be offered, and why."""

    offered = fields.Boolean(required=True)
    reason = Text(required=True, least=1, most=2000)
