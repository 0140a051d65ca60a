"""The REST API: one noun a file. A resource parses, authorises, calls the layer below, and serialises."""

from __future__ import annotations

from flask import Flask

from api import blueprints, context
from api.resources import (
    applications,
    demo,
    docs,
    form_tokens,
    holidays,
    incidents,
    indicators,
    inquiry_answers,
    licences,
    message_receipts,
    messages,
    offices,
    one_time_codes,
    probes,
    process_definitions,
    process_instances,
    rules,
    services,
    sessions,
    tracking,
    user_tasks,
)


def register(app: Flask) -> None:
    """Register every resource, the OpenAPI document with its page, and the probes."""
    nouns = [
        applications.noun, services.noun, user_tasks.noun, licences.noun, offices.noun, tracking.noun,
        process_definitions.noun, process_instances.noun, messages.noun, messages.signals, incidents.noun,
        sessions.noun, one_time_codes.noun, form_tokens.noun,
        inquiry_answers.noun, message_receipts.noun, rules.noun, rules.proposals, holidays.noun,
        indicators.noun,
    ]
    with app.app_context():
        if context.config().demo:
            nouns.append(demo.noun)
    blueprints.register(app, nouns)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(probes.blueprint)
