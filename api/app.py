"""The application: composition of the delivery layer, and the one place where a request's transaction lives."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from api import config as settings
from api import context, idempotency, logs, preconditions, problems, resources, security, web
from api.metrics import Metrics

if TYPE_CHECKING:
    from workflows.bootstrap import Product

MAX_REQUEST_BYTES = 64 * 1024 * 1024
"""A whole application with its documents; a single file is limited far lower by the layer below."""


class _Refused(Exception):
    """Carries a refusal out of the transaction, so that nothing it wrote stays."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Application(Flask):
    """Flask, with exactly one transaction around each request.

    Unsafe methods get a writing transaction, safe ones a read-only one. It is committed before the answer leaves;
    an answer of 400 or above rolls back (unless it counts attempts), and a failed commit becomes a 503.
    """

    def full_dispatch_request(self) -> Response:
        g.after_commit = []
        logs.begin()
        counted = context.metrics()
        counted.began()
        response = problems.guarded(self._in_transaction, self._failed)
        seconds = logs.ended(response)
        counted.ended(request.method, logs.route(), response.status_code, seconds)
        return response

    def _in_transaction(self) -> Response:
        mode, product = context.transaction_mode(request), context.product()
        if mode == "none":
            return super().full_dispatch_request()
        try:
            with product.database.begin() if mode == "write" else product.database.read() as session:
                g.session = session
                product.refresh_clock(session)
                response = super().full_dispatch_request()
                if response.status_code >= 400 and not g.get("keep_on_refusal"):
                    raise _Refused(response)
                if mode == "write":
                    idempotency.record(response)
        except _Refused as refused:
            return refused.response
        for action in g.after_commit:
            action()
        return response

    def _failed(self, error: Exception) -> Response:
        """The transaction could not begin or commit, so whatever answer was made is not true."""
        g.pop("session", None)
        return self.finalize_request(problems.handle(error), from_error_handler=True)


def create_app(product: Product, config: settings.Config | None = None) -> Application:
    """Make the WSGI application that serves `product`: REST API, pages, probes."""
    app = Application("api", static_folder="web/static", static_url_path="/static", template_folder="web/templates")
    app.extensions["parvaneh"] = product
    app.extensions["parvaneh.config"] = config = config or settings.from_environment()
    app.extensions["parvaneh.metrics"] = Metrics(product)
    app.extensions["parvaneh.stopping"] = threading.Event()
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=500,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    logs.install(app)
    problems.install(app)
    security.install(app)
    idempotency.install(app)
    preconditions.install(app)
    resources.register(app)
    web.register(app)
    return app
