"""Indicators: what the register counts today, and the founding article's snapshot."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas.indicators import IndicatorsSchema
from workflows import indicators

noun = Noun("indicators", "/indicators", "Figures of the register.")


@noun.get(answers=IndicatorsSchema)
def read() -> Any:
    """The live figures of the counties this account works for, and those of the article."""
    return {"live": indicators.live(context.session(), product=context.product(), user=security.require_user()),
            "article": {"source": indicators.SOURCE, "figures": dict(indicators.ARTICLE)}}
