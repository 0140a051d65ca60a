"""Pages of the monthly review: its sessions, what the next one would find, a docket with its results, and orders."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from api import context
from api.web import access, fields, files, rendering, words
from engine import errors
from engine.values import Problem
from workflows import (
    accounts,
    authorization,
    catalogue,
    cycle_kinds,
    cycle_preview,
    cycles,
    docket_sessions,
    review_bulk,
    review_dockets,
    reviews,
)

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")

PREVIEWED, PRINTED = 100, 500
_ORDERS = ("convene", "skip")


@blueprint.get("")
@access.staff
def sessions(user: accounts.User) -> Response:
    """The sessions, latest first, with the day of the next one and what may be ordered."""
    return _sessions(user)


@blueprint.post("/convene")
@access.staff
def convene(user: accounts.User) -> Response:
    """Hold an extraordinary session of whatever is ready now."""
    try:
        cycles.convene(context.session(), product=context.product(), kind=reviews.KIND, scope=catalogue.PROVINCE,
                       reason=request.form.get("convene-reason", ""), user=user,
                       request_key=request.form.get("request_key") or None)
    except errors.Invalid as refusal:
        return _sessions(user, "convene", refusal.problems)
    return rendering.go("reviews.sessions", done="session_convened")


@blueprint.post("/skip")
@access.staff
def skip(user: accounts.User) -> Response:
    """Leave out the next regular session, with a reason."""
    try:
        cycles.skip(context.session(), product=context.product(), kind=reviews.KIND, scope=catalogue.PROVINCE,
                    month=_next_month(), reason=request.form.get("skip-reason", ""), user=user)
    except errors.Invalid as refusal:
        return _sessions(user, "skip", refusal.problems)
    return rendering.go("reviews.sessions", done="session_skipped")


@blueprint.post("/catch-up")
@access.staff
def catch_up(user: accounts.User) -> Response:
    """Make up for the sessions that were due while nobody was there."""
    review_dockets.catch_up(context.session(), product=context.product(), user=user)
    return rendering.go("reviews.sessions", done="sessions_caught_up")


@blueprint.get("/preview")
@access.staff
def preview(user: accounts.User) -> Response:
    """What a session that opened now would find, and what would become of each; nothing of it is kept."""
    authorization.require(user, "cycle.read")
    product = context.product()
    found = cycle_preview.preview(product, kind=reviews.KIND, scope=catalogue.PROVINCE, limit=PREVIEWED)
    return rendering.page(
        "clerk/review_preview.html", found=found, counties=rendering.county_names(),
        named=review_dockets.named(context.session(), [one.subject for one in found.forecasts]))


@blueprint.get("/<cycle_id>")
@access.staff
def docket(user: accounts.User, cycle_id: str) -> Response:
    """One session with its docket, and what is to be done about it."""
    found = review_dockets.docket(context.session(), product=context.product(), user=user, cycle_id=cycle_id,
                                  after=request.args.get("after") or None)
    return rendering.page("clerk/review_docket.html", docket=found, counties=rendering.county_names(),
                          later="after" in request.args, may_review=authorization.allowed(user, "cycle.review"))


@blueprint.get("/<cycle_id>/docket")
@access.staff
def print_docket(user: accounts.User, cycle_id: str) -> Response:
    """The docket to print."""
    found = review_dockets.docket(context.session(), product=context.product(), user=user, cycle_id=cycle_id,
                                  after=request.args.get("after") or None, limit=PRINTED)
    return rendering.page("clerk/review_print.html", docket=found, counties=rendering.county_names())


@blueprint.post("/<cycle_id>/recommendations")
@access.staff
def recommend(user: accounts.User, cycle_id: str) -> Response:
    """Recommend "all conditions met" for every item without a question, as they were shown."""
    review_bulk.recommend(context.session(), product=context.product(), cycle_id=cycle_id, user=user,
                          seal=request.form.get("seal", ""))
    return rendering.go("reviews.docket", cycle_id=cycle_id, done="recommended")


@blueprint.get("/<cycle_id>/minutes")
@access.staff
def minutes(user: accounts.User, cycle_id: str) -> Response:
    """The minutes of a session; shown in the browser."""
    name, media_type, path = docket_sessions.minutes(context.session(), product=context.product(), cycle_id=cycle_id,
                                                     user=user)
    return files.shown(path, media_type, name)


def _sessions(user: accounts.User, of: str = "", problems: Sequence[Problem] = ()) -> Response:
    product = context.product()
    page = review_dockets.sessions(context.session(), product=product, user=user,
                                   after=request.args.get("after") or None)
    said = {problem.where: fields.in_words(problem) for problem in problems}
    asked = {order: fields.simple(f"{order}-reason", "text", words.t("review.reason"), max_length=2000,
                                  error=said.get("reason", "") if order == of else "")
             for order in _ORDERS if authorization.allowed(user, f"cycle.{order}")}
    return rendering.page(
        "clerk/reviews.html", status=422 if problems else 200, page=page, asked=asked,
        later="after" in request.args, may_catch_up=authorization.allowed(user, "cycle.catch_up"),
        faults=fields.faults(problems, {"reason": asked[of]} if of in asked else {}),
        next_fire=cycles.next_fire(context.session(), product=product, kind=product.cycle_kinds[reviews.KIND]))


def _next_month() -> cycle_kinds.Month:
    """The month of the next regular session."""
    product = context.product()
    return cycle_kinds.month_of(cycles.next_fire(context.session(), product=product,
                                                 kind=product.cycle_kinds[reviews.KIND]))
