"""flask-smorest behind one typed door: a noun with its operations, described once for the router and for OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar, cast

import marshmallow as ma
from flask import Flask, Request
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from api import bodies
from api.schemas.problems import ProblemSchema

View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"

_IDEMPOTENCY_KEY = {
    "in": "header", "name": "Idempotency-Key", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Sent again with the same body, the first answer is given again; with another body, 422."}
_IF_MATCH = {
    "in": "header", "name": "If-Match", "required": False, "schema": {"type": "string"},
    "description": "The ETag of the version worked from, or a list of them; 412 when none is the present one."}
_DATA_PART = {"type": "string", "contentMediaType": "application/json",
              "description": "The values of the form's fields, as one JSON object."}
_FILE_PART = {"type": "string", "contentMediaType": "application/octet-stream",
              "description": "One file part for each file field, named by the field."}
_SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}, {"session": [], "csrf": []}]


class Rest(Api):  # type: ignore[misc]
    """The OpenAPI document; errors are left to `api.problems`."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """`api.problems` handles every exception of the application."""


class JsonParser(FlaskParser):
    """Reads JSON bodies as `bodies.parsed` does, so that a hostile one is a refusal and never a failure.

    A parameter of the address that an operation does not have is a fault too: a filter with a slip in its name would
    otherwise answer with everything.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs' own name, which nobody changes
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}

    def _raw_load_json(self, req: Request) -> Any:
        if not req.is_json:
            if req.content_length:
                raise bodies.not_json()
            return missing
        try:
            return bodies.parsed(req.get_data())
        except ValueError as error:
            raise json.JSONDecodeError(str(error), "body", 0) from None


class Arguments(Blueprint):  # type: ignore[misc]
    """A blueprint that reads its arguments with our parser."""

    ARGUMENTS_PARSER = JsonParser()


class Noun:
    """One noun of the API: a blueprint whose decorators describe an operation completely."""

    def __init__(self, name: str, path: str, description: str) -> None:
        self.blueprint = Arguments(name, f"api.resources.{name}", url_prefix=PREFIX + path, description=description)

    def get(self, rule: str = "", *, answers: type[ma.Schema] | None = None, query: type[ma.Schema] | None = None,
            public: bool = False, produces: str | None = None) -> Callable[[View], View]:
        """A read. `query` becomes the first argument; `produces` names the media type of a view that answers itself."""
        return self._operation("GET", rule, answers=answers, arguments=query, location="query", status=200,
                               public=public, produces=produces)

    def post(self, rule: str = "", *, takes: type[ma.Schema] | None = None, answers: type[ma.Schema] | None = None,
             status: int = 200, versioned: bool = False, public: bool = False, multipart: bool = False,
             query: type[ma.Schema] | None = None) -> Callable[[View], View]:
        """A command. `multipart` leaves the body to the view and documents a `data` part with files beside it; then
        `query`, instead of `takes`, becomes the first argument.
        """
        return self._operation("POST", rule, answers=answers, arguments=query or takes, status=status,
                               location="query" if query else "json", versioned=versioned, public=public,
                               multipart=multipart)

    def put(self, rule: str = "", *, takes: type[ma.Schema] | None = None, answers: type[ma.Schema] | None = None,
            versioned: bool = False) -> Callable[[View], View]:
        """A command that sets something."""
        return self._operation("PUT", rule, answers=answers, arguments=takes, location="json", status=200,
                               versioned=versioned)

    def delete(self, rule: str = "", *, answers: type[ma.Schema] | None = None, status: int = 200,
               versioned: bool = False) -> Callable[[View], View]:
        """A command that takes something away."""
        return self._operation("DELETE", rule, answers=answers, arguments=None, location="json", status=status,
                               versioned=versioned)

    def _operation(self, method: str, rule: str, *, answers: type[ma.Schema] | None, arguments: type[ma.Schema] | None,
                   location: str, status: int, versioned: bool = False, public: bool = False, multipart: bool = False,
                   produces: str | None = None) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            described: Any = self.blueprint.response(status, answers, content_type=produces)(view)
            if arguments is not None:
                described = self.blueprint.arguments(arguments, location=location)(described)
            described = self.blueprint.doc(**_documentation(method, versioned, public, multipart))(described)
            return cast("View", self.blueprint.route(rule, methods=[method])(described))
        return decorate


def register(app: Flask, nouns: list[Noun]) -> None:
    """Register the nouns and publish their OpenAPI 3.1 document."""
    app.config.update(
        API_TITLE="Parvaneh", API_VERSION="v1", OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX, OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Licence processing: applications, user tasks, processes, licences. "
                                    "Errors are problem+json with a stable `code`, in Persian or English by "
                                    "Accept-Language. Lists are paged by an opaque cursor `next`."},
            "security": _SIGNED_IN})
    api = Rest(app)
    schemes = api.spec.components
    schemes.security_scheme("bearer", {"type": "http", "scheme": "bearer",
                                       "description": "A token made by `parvaneh token create`."})
    schemes.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "parvaneh_session"})
    schemes.security_scheme("csrf", {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"})
    for noun in nouns:
        api.register_blueprint(noun.blueprint)


def _documentation(method: str, versioned: bool, public: bool, multipart: bool) -> dict[str, Any]:
    parameters = [_IDEMPOTENCY_KEY] if method != "GET" else []
    if versioned:
        parameters.append(_IF_MATCH)
    documentation: dict[str, Any] = {"parameters": parameters}
    if public:
        documentation["security"] = []
    if multipart:
        documentation["requestBody"] = {"required": True, "content": {
            "application/json": {"schema": {"type": "object"}},
            "multipart/form-data": {"schema": {"type": "object", "properties": {"data": _DATA_PART},
                                               "additionalProperties": _FILE_PART}}}}
    return documentation
