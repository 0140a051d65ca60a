"""For whoever watches the process: whether it is alive, whether it is able to work, and what it counts."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from api import context, metrics, problems
from engine import errors
from workflows import schema

blueprint = Blueprint("probes", __name__)

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@blueprint.get("/healthz")
@context.without_transaction
def alive() -> Response:
    """The process answers; nothing else is tested, the database least of all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@context.without_transaction
def ready() -> Response:
    """Whether requests should be sent here: 503 with the reason while it stops, without its database or its schema."""
    reason = _obstacle()
    if reason is None:
        return jsonify(status="ready")
    response = jsonify(status="not ready", reason=reason)
    response.status_code = 503
    response.headers["Retry-After"] = str(problems.RETRY_AFTER_SECONDS)
    return response


@blueprint.get("/metrics")
@context.without_transaction
def counted() -> Response:
    """Prometheus' metrics: with the token of PARVANEH_METRICS_TOKEN, or without one only to this very machine."""
    if not _may_read_metrics():
        status = 401 if context.config().metrics_token else 404
        response = Response("Not found.\n" if status == 404 else "A token is needed.\n", status=status,
                            mimetype="text/plain")
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="parvaneh metrics"'
        return response
    return Response(context.metrics().text(), content_type=metrics.CONTENT_TYPE)


def _obstacle() -> str | None:
    if context.stopping().is_set():
        return "stopping"
    try:
        with context.product().database.read() as session:
            revision = schema.revision(session.connection())
    except errors.Unavailable:
        return "database"
    return None if revision == schema.head() else "schema"


def _may_read_metrics() -> bool:
    """A request that a proxy passed on comes from this machine too, so that without a token it must be told apart.

    A proxy that is configured (PARVANEH_TRUSTED_PROXIES) says whom it passes on; one that is not cannot be told from a
    direct request, so a site whose public address is not this machine's own gives nothing away without a token.
    """
    config = context.config()
    if config.metrics_token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), config.metrics_token.encode())
    if any(name in request.headers for name in _FORWARDED) or not _is_loopback(request.remote_addr):
        return False
    return config.trusted_proxies > 0 or _is_loopback(urlsplit(config.public_url).hostname)


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
