"""The tables of licensing, one family a module. Rows stay inside `workflows`; use cases return frozen values."""

from __future__ import annotations

from workflows.models import (
    account,
    application,
    clock,
    county,
    cycle,
    decision_letter,
    document,
    draft,
    fee,
    holder,
    inquiry_letter,
    inquiry_request,
    licence,
    notification,
    office,
    place,
    register_change,
    review,
    rule,
    rule_version,
)

__all__ = ["account", "application", "clock", "county", "cycle", "decision_letter", "document", "draft", "fee",
           "holder", "inquiry_letter", "inquiry_request", "licence", "notification", "office", "place",
           "register_change", "review", "rule", "rule_version"]
