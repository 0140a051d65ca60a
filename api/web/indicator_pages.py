"""The page of indicators, to read and to print, and its file."""

from __future__ import annotations

from flask import Blueprint, Response

from api import context
from api.web import access, rendering
from workflows import accounts, indicators

blueprint = Blueprint("figures", __name__, url_prefix="/indicators")


@blueprint.get("")
@access.staff
def show(user: accounts.User) -> Response:
    """The live figures, and beside them those of the founding article."""
    return rendering.page("clerk/indicators.html", article=indicators.ARTICLE, numbers=indicators.NUMBERS,
                          live=indicators.live(context.session(), product=context.product(), user=user),
                          source=indicators.SOURCE, source_fa=indicators.SOURCE_FA)


@blueprint.get("/figures.csv")
@access.staff
def file(user: accounts.User) -> Response:
    """The live figures as CSV."""
    figures = indicators.live(context.session(), product=context.product(), user=user)
    return Response(indicators.as_csv(figures), content_type="text/csv; charset=utf-8",
                    headers={"Content-Disposition": f"attachment; filename=indicators-{figures.on.isoformat()}.csv"})
