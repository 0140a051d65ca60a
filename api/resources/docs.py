"""The page that shows the OpenAPI document, from vendored files under the strict content security policy."""

from __future__ import annotations

from flask import Blueprint, render_template

from api import security
from api.language import language

blueprint = Blueprint("api-page", __name__)


@blueprint.get("/api/docs")
def page() -> str:
    """The API's operations, readable and with a form to try each; whoever is signed in tries them as himself."""
    csrf = security.csrf_token() if security.current_user() else ""
    return render_template("api_docs.html", language=language(), csrf=csrf)
