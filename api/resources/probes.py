"""Probes for whoever watches the process: alive, and able to work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from api import context

blueprint = Blueprint("probes", __name__)


@blueprint.get("/healthz")
@context.without_transaction
def alive() -> Response:
    """The process answers; nothing else is tested."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response:
    """The database answers too; otherwise 503 with Retry-After."""
    context.session().execute(text("SELECT 1"))
    return jsonify(status="ready")
