"""What one request works with: the product, its transaction, and what must happen after the commit.

The transaction itself is opened and closed in `api.app` alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import flask
from flask import current_app, g
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from api.config import Config
    from api.metrics import Metrics
    from engine import Engine
    from workflows.bootstrap import Product

View = TypeVar("View", bound=Callable[..., Any])
Mode = Literal["write", "read", "none"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def product() -> Product:
    """The composed product this application serves."""
    return cast("Product", current_app.extensions["parvaneh"])


def config() -> Config:
    """The settings this application was made with."""
    return cast("Config", current_app.extensions["parvaneh.config"])


def metrics() -> Metrics:
    """What this application counts."""
    return cast("Metrics", current_app.extensions["parvaneh.metrics"])


def stopping(app: flask.Flask | None = None) -> threading.Event:
    """Set once this process has been told to stop: it should be sent no further requests."""
    return cast("threading.Event", (app or current_app).extensions["parvaneh.stopping"])


def engine() -> Engine:
    """The process engine of the product."""
    return product().engine


def session() -> Session:
    """The one transaction of this request: writable for unsafe methods and views marked `writes`, else read only."""
    return cast("Session", g.session)


def after_commit(action: Callable[[], object]) -> None:
    """Run `action` once this request's transaction is committed, before the answer leaves; never after a roll-back."""
    g.after_commit.append(action)


def keep_on_refusal() -> None:
    """Commit this transaction even though the answer is a refusal: what was written counts the refused attempt."""
    g.keep_on_refusal = True


def writes(view: View) -> View:
    """Mark a safe view that must write (it counts attempts), so that its transaction is a writable one."""
    view.transaction_mode = "write"  # type: ignore[attr-defined]
    return view


def without_transaction(view: View) -> View:
    """Mark a view that needs no database at all."""
    view.transaction_mode = "none"  # type: ignore[attr-defined]
    return view


def transaction_mode(request: flask.Request) -> Mode:
    """Which transaction the matched view asks for: its mark, else by the method's safety."""
    if request.endpoint is not None:
        view: Any = current_app.view_functions.get(request.endpoint)
        method = getattr(getattr(view, "view_class", None), request.method.lower(), view)
        mark: Mode | None = getattr(method, "transaction_mode", None)
        if mark is not None:
            return mark
        if request.endpoint.rpartition(".")[2] == "static":
            return "none"
    return "read" if request.method in _SAFE else "write"
