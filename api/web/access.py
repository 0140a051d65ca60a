"""Who may open a page: visitors are sent to sign in and come back afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Response, request, url_for

from api import security
from api.web import rendering
from engine import errors
from workflows import accounts

P = ParamSpec("P")
Page = Callable[Concatenate[accounts.User, P], Response]


class ApplicantsOnly(errors.Forbidden):
    """This page is for applicants; you are signed in as staff."""

    fa = "این صفحه برای متقاضیان است؛ شما با حساب کارکنان وارد شده‌اید."


class StaffOnly(errors.Forbidden):
    """This page is for staff; you are signed in as an applicant."""

    fa = "این صفحه برای کارکنان است؛ شما با حساب متقاضی وارد شده‌اید."


def applicant(view: Page[P]) -> Callable[P, Response]:
    """A page for applicants; the view gets the account as its first argument."""
    return _only(view, "applicant", "sign_in.mobile", ApplicantsOnly)


def staff(view: Page[P]) -> Callable[P, Response]:
    """A page for staff; the view gets the account as its first argument."""
    return _only(view, "staff", "sign_in.staff", StaffOnly)


def anyone(view: Page[P]) -> Callable[P, Response]:
    """A page for every account; a visitor is taken for an applicant."""
    return _only(view, None, "sign_in.mobile", errors.Forbidden)


def _only(view: Page[P], kind: str | None, sign_in: str, refusal: type[errors.Forbidden]) -> Callable[P, Response]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        user = security.current_user()
        if user is None:
            back = request.full_path.rstrip("?") if request.method == "GET" else None
            return rendering.go_to(url_for(sign_in, next=back))
        if kind is not None and user.kind != kind:
            raise refusal()
        return view(user, *args, **kwargs)
    return guarded
