"""Holidays: the days on which nobody works, and declaring them."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas.holidays import DeclarationSchema, HolidayListSchema, MovedSchema, YearQuery
from engine import errors
from workflows import form_answers, holidays

noun = Noun("holidays", "/holidays", "Official, lunar and ad-hoc holidays; declaring one moves running deadlines.")


@noun.get(query=YearQuery, answers=HolidayListSchema)
def listed(query: dict[str, Any]) -> Any:
    """The holidays and declared days of a Jalali year."""
    return {"items": holidays.year(context.session(), product=context.product(), user=security.require_user(),
                                   jalali_year=query["year"])}


@noun.put("/<day>", takes=DeclarationSchema, answers=MovedSchema)
def declare(body: dict[str, Any], day: str) -> Any:
    """Declare a day (`2026-04-07` or `1405-01-18`) closed, or working after all."""
    return {"moved": holidays.declare(context.session(), product=context.product(), day=_day(day),
                                      user=security.require_user(), **body)}


@noun.delete("/<day>", answers=MovedSchema)
def withdraw(day: str) -> Any:
    """Take a declaration back."""
    return {"moved": holidays.withdraw(context.session(), product=context.product(), day=_day(day),
                                       user=security.require_user())}


def _day(text: str) -> Any:
    found = form_answers.to_date(text)
    if found is None:
        raise errors.NotFound(what="declared day", id=text)
    return found
