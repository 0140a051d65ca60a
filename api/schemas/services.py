"""Shapes of the services."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.schemas.base import Text


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


class SwitchBody(Schema):
    """Whether a service shall be offered, and why."""

    offered = fields.Boolean(required=True)
    reason = Text(required=True, least=1, most=2000)
