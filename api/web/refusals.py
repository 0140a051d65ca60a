"""What stands in the way of an application, each told at the question of the form that it hangs on."""

from __future__ import annotations

from dataclasses import replace

from api.web import words
from engine import errors
from engine.values import Problem
from workflows import accounts, applications, authorization

KINDS = (errors.Invalid, applications.DuplicateApplication, accounts.CodeLimitReached, authorization.OwnApplication,
         authorization.RoleMissing)
"""The refusals after which the form is drawn again, with everything that was typed and chosen."""

_QUESTIONS = {applications.DuplicateApplication: "site_postal_code", accounts.CodeLimitReached: "ceo_mobile",
              authorization.OwnApplication: "ceo_national_id", authorization.RoleMissing: "site_county"}


def problems(refusal: errors.DomainError) -> list[Problem]:
    """The faults to show for one of `KINDS`."""
    if isinstance(refusal, errors.Invalid):
        return [replace(one, where="ceo_mobile") if one.where == "mobile" else one for one in refusal.problems]
    what, what_fa = refusal.message("en"), refusal.message("fa")
    if isinstance(refusal, authorization.RoleMissing):
        what = what_fa = words.t("counter.other_county")
    return [Problem(where=_QUESTIONS[type(refusal)], what=what, what_fa=what_fa, code=refusal.code)]
