"""The page of holidays: the days of a Jalali year on which nobody works, those declared, and declaring them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request

from api import context
from api.web import access, fields, rendering, words
from engine import errors
from engine.values import Problem
from workflows import accounts, authorization, calendar, form_answers, holiday_files, holidays

blueprint = Blueprint("calendar_days", __name__, url_prefix="/holidays")


@blueprint.get("")
@access.staff
def show(user: accounts.User) -> Response:
    """The holidays of a Jalali year."""
    return _page(user)


@blueprint.post("")
@access.staff
def declare(user: accounts.User) -> Response:
    """Declare a day closed, or working after all; running deadlines are computed again."""
    sent = request.form
    parts = [sent.get(f"day-{part}", "").strip() for part in form_answers.DATE_PARTS]
    typed = {"day": "-".join(reversed(parts)), **{name: sent.get(name, "") for name in ("working", "kind", "reason")}}
    day = form_answers.to_date(typed["day"])
    problems = [] if day else [Problem(where="day", what="Give the day.", what_fa="روز را بنویسید.")]
    try:
        if day is None:
            raise errors.Invalid(problems)
        holidays.declare(context.session(), product=context.product(), day=day, working=typed["working"] == "true",
                         kind=typed["kind"], reason=typed["reason"], user=user)
    except errors.Invalid as refusal:
        return _page(user, typed, refusal.problems)
    return rendering.go("calendar_days.show", year=str(calendar.to_jalali(day)[0]), done="holiday_declared")


@blueprint.post("/file")
@access.staff
def take(user: accounts.User) -> Response:
    """Declare the days of a CSV file, all of them or none."""
    authorization.require(user, "calendar.declare")
    file = request.files.get("file")
    try:
        holiday_files.take(context.session(), product=context.product(), user=user, name=file.filename or "" if file
                           else "", content=file.read(holiday_files.MAX_BYTES + 1) if file else b"")
    except errors.Invalid as refusal:
        return _page(user, {}, refusal.problems)
    return rendering.go("calendar_days.show", done="holidays_taken")


@blueprint.post("/<day>/withdrawal")
@access.staff
def withdraw(user: accounts.User, day: str) -> Response:
    """Take a declaration back."""
    found = form_answers.to_date(day)
    if found is None:
        raise errors.NotFound(what="declared day", id=day)
    holidays.withdraw(context.session(), product=context.product(), day=found, user=user)
    return rendering.go("calendar_days.show", year=str(calendar.to_jalali(found)[0]), done="holiday_withdrawn")


def _page(user: accounts.User, typed: Mapping[str, str] | None = None, problems: Sequence[Problem] = ()) -> Response:
    product = context.product()
    present = calendar.to_jalali(calendar.today(product.clock.now()))[0]
    asked_year = request.args.get("year", "")
    year = int(asked_year) if asked_year.isascii() and asked_year.isdigit() and len(asked_year) == 4 else present
    days = holidays.year(context.session(), product=product, user=user, jalali_year=year)
    asked = _questions(typed or {}, problems)
    return rendering.page(
        "admin/holidays.html", status=422 if problems else 200, year=year, days=days, asked=asked,
        years=range(present - 2, present + 4), weekend=[words.t(f"weekday.w{day}") for day in product.calendar.weekend],
        can_declare=authorization.allowed(user, "calendar.declare"), faults=fields.faults(problems, asked))


def _questions(typed: Mapping[str, str], problems: Sequence[Problem]) -> dict[str, fields.Input]:
    said = {problem.where: fields.in_words(problem) for problem in reversed(problems)}
    kinds = [(kind, words.t(f"holiday.kind.{kind}")) for kind in holidays.KINDS]
    working = [(value, words.t(f"holiday.is_{value}")) for value in ("false", "true")]
    return {
        "day": fields.simple("day", "date", words.t("holiday.day"), error=said.get("day", ""),
                             date=fields.date_parts("day", typed.get("day", ""))),
        "working": fields.simple("working", "radio", words.t("holiday.working"),
                                 choices=fields.choices("working", working, {typed.get("working") or "false"})),
        "kind": fields.simple("kind", "radio", words.t("holiday.kind.title"), error=said.get("kind", ""),
                              choices=fields.choices("kind", kinds, {typed.get("kind") or holidays.ADHOC})),
        "reason": fields.simple("reason", "text", words.t("holiday.reason"), error=said.get("reason", ""),
                                value=typed.get("reason", ""), max_length=500),
        "file": fields.simple("file", "file", words.t("holiday.file"), hint=words.t("holiday.file_hint"),
                              error=said.get("file", ""), accept=".csv")}
