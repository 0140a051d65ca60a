"""Shapes of the register of offices."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.pagination import PageQuery
from api.schemas.base import Text
from api.schemas.licences import LicenceSchema
from workflows import office_register, offices


class OfficeQuery(PageQuery):
    """What is searched for among the offices."""

    kind = fields.String(load_default=None, validate=validate.OneOf(office_register.KINDS))
    county = fields.String(load_default=None, validate=validate.Length(max=32), metadata={
        "description": "The code of a county, such as `urmia`."})
    banking = fields.Boolean(load_default=None, metadata={
        "description": "Only offices with (true) or without (false) a bank code in force."})
    text = Text(load_default="", most=100, metadata={
        "description": "A number of the licence, a postal or bank code, the holder's identifier, or part of his name, "
                       "the settlement or the address."})


class OfficeSchema(Schema):
    """An office as lists show it, with the licence it had last."""

    id = fields.String(required=True)
    kind = fields.String(metadata={"enum": list(office_register.KINDS)})
    county = fields.String()
    settlement = fields.String(allow_none=True)
    holder_name = fields.String()
    licence_number = fields.String()
    state = fields.String(metadata={"description": "Of the licence, as of today."})
    expires_on = fields.Date()
    bank_code = fields.String(allow_none=True)
    atms = fields.Integer()


class BankCodeSchema(Schema):
    """A bank code; without an end it is in force."""

    code = fields.String(required=True)
    assigned_on = fields.Date(allow_none=True)
    ended_on = fields.Date(allow_none=True)


class ActingSchema(Schema):
    """Who manages or deputises for the holder."""

    capacity = fields.String(metadata={"enum": [offices.MANAGER, offices.DEPUTY]})
    national_id = fields.String()
    first_name = fields.String()
    last_name = fields.String()
    father_name = fields.String(allow_none=True)
    born_on = fields.Date(allow_none=True)
    mobile = fields.String(allow_none=True)
    degree = fields.String(allow_none=True)
    since = fields.AwareDateTime()


class RegisterChangeSchema(Schema):
    """One entry of the history."""

    kind = fields.String(metadata={"enum": ["ENTERED", "CHANGED", "STATE"]})
    changes = fields.Dict(keys=fields.String(), values=fields.List(fields.Raw(allow_none=True)), metadata={
        "description": "Field -> [before, after]."})
    reason = fields.String()
    actor = fields.String()
    at = fields.AwareDateTime()


class OfficeRecordSchema(Schema):
    """Everything the register knows of an office."""

    id = fields.String(required=True)
    kind = fields.String(metadata={"enum": list(office_register.KINDS)})
    county = fields.String()
    district = fields.String(allow_none=True)
    settlement = fields.String(allow_none=True)
    settlement_code = fields.String(allow_none=True)
    postal_code = fields.String()
    address = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    area_m2 = fields.Float(allow_none=True)
    tenure = fields.String(allow_none=True)
    separate_counter_over_60 = fields.Boolean(allow_none=True)
    offerings = fields.List(fields.String(metadata={"enum": list(offices.OFFERINGS)}))
    atms = fields.Integer()
    atms_by_ministry = fields.Integer()
    bank_codes = fields.List(fields.Nested(BankCodeSchema))
    holder_kind = fields.String(metadata={"enum": ["LEGAL", "NATURAL"]})
    holder_identity = fields.String()
    holder_name = fields.String()
    registration_number = fields.String(allow_none=True)
    economic_code = fields.String(allow_none=True)
    iban = fields.String(allow_none=True)
    people = fields.List(fields.Nested(ActingSchema))
    licences = fields.List(fields.Nested(LicenceSchema))
    history = fields.List(fields.Nested(RegisterChangeSchema), metadata={"description": "Oldest first."})
