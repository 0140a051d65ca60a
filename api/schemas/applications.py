"""Applications, their documents, the issuer's answer, licences."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.pagination import PageQuery
from api.schemas.base import Text


class SubmittedSchema(Schema):
    """The receipt of an application."""

    id = fields.String(required=True, attribute="application_id")
    file_number = fields.String(required=True, metadata={"description": "For speech; not a secret."})
    tracking_code = fields.String(required=True, metadata={"description": "A secret: whoever has it sees the stage."})


class SubmissionQuery(Schema):
    """Which service is applied for."""

    service = fields.String(load_default="create-urban-office", validate=validate.Length(max=64), metadata={
        "description": "A key of /services."})
    licence = Text(load_default=None, allow_none=True, most=64, metadata={
        "description": "The number of the licence it is about; needed by a service that is about one."})


class ConsentCodeBody(Schema):
    """Whom to ask for consent, and which counter asks."""

    mobile = Text(required=True, most=20)
    counter = Text(required=True, most=100, metadata={"description": "The counter, as its applicant knows it."})


class ApplicationSchema(Schema):
    """An application as its applicant and the staff see it."""

    id = fields.String(required=True)
    version = fields.Integer(metadata={"description": "Also the ETag of the application."})
    file_number = fields.String(required=True)
    service = fields.String()
    service_name = fields.String()
    service_name_en = fields.String()
    county = fields.String()
    county_name = fields.String()
    county_name_en = fields.String()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    holder_role = fields.String(allow_none=True, metadata={"description": "The role whose turn it is."})
    applicant_name = fields.String()
    via = fields.String(metadata={"enum": ["SELF", "COUNTER"]})
    definition_id = fields.String()
    instance_id = fields.String(allow_none=True)
    submitted_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    condition_codes = fields.List(fields.String())
    licence_id = fields.String(allow_none=True)
    licence_number = fields.String(allow_none=True)
    about_licence_number = fields.String(allow_none=True, metadata={
        "description": "The licence it is about, of a service that is about one."})
    data = fields.Dict(allow_none=True, metadata={"description": "The form as it stands; null in lists."})


class ApplicationQuery(PageQuery):
    """Which applications; an applicant sees only his own."""

    state = fields.String(load_default=None, validate=validate.Length(max=40))
    county = fields.String(load_default=None, validate=validate.Length(max=40))
    text = Text(load_default=None, allow_none=True, most=100,
                metadata={"description": "File number, or the beginning of a name."})


class DocumentSchema(Schema):
    """A document of an application."""

    id = fields.String(required=True)
    field = fields.String(metadata={"description": "The form field it was given for."})
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer(metadata={"description": "Bytes."})
    sha256 = fields.String()
    created_at = fields.AwareDateTime()
    replaced_at = fields.AwareDateTime(allow_none=True, metadata={"description": "When a newer upload replaced it."})


class DocumentsSchema(Schema):
    """The documents of an application."""

    items = fields.List(fields.Nested(DocumentSchema), required=True)


class TimelineEntrySchema(Schema):
    """One line of an application's timeline."""

    at = fields.AwareDateTime()
    kind = fields.String()
    element_id = fields.String(allow_none=True)
    element_name = fields.String()
    element_name_en = fields.String()
    actor = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class TimelineSchema(Schema):
    """What happened to an application, oldest first."""

    items = fields.List(fields.Nested(TimelineEntrySchema), required=True)


class WithdrawalSchema(Schema):
    """What became of a withdrawal."""

    result = fields.String(required=True, metadata={
        "enum": ["WITHDRAWN", "REQUESTED"],
        "description": "REQUESTED: the file is with the issuer already, a person decides."})


class IssuerAnswerBody(Schema):
    """What the issuer answered."""

    answer = fields.String(required=True, validate=validate.OneOf(["ISSUED", "RETURNED"]))
    issuer_number = Text(load_default=None, allow_none=True, most=60)
    national_licence_id = Text(load_default=None, allow_none=True, most=60)
    issued_on = fields.Date(load_default=None, allow_none=True)
    return_reason = Text(load_default=None, allow_none=True, most=2000)
