"""The pages: Jinja templates in Persian and English that work without JavaScript; htmx and islands only add to them."""

from __future__ import annotations

from flask import Flask

from api.web import (
    account,
    admin,
    applicant,
    clerk,
    counter,
    diagrams,
    email_pages,
    files,
    holiday_pages,
    indicator_pages,
    licence_pages,
    office_pages,
    public,
    rendering,
    review_pages,
    rule_pages,
    service_switches,
    sign_in,
    task_pages,
)


def register(app: Flask) -> None:
    """Register every page, what templates use, and the error page."""
    rendering.install(app)
    for module in (public, sign_in, account, applicant, email_pages, task_pages, clerk, counter, licence_pages,
                   office_pages, indicator_pages, review_pages, rule_pages, holiday_pages, admin, service_switches,
                   diagrams, files):
        app.register_blueprint(module.blueprint)
