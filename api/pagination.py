"""Keyset paging: a page carries an opaque cursor to the next one; there are no page numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields, validate

from engine.values import Page

MOST = 200


class PageQuery(Schema):
    """`limit` and `after` of every list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MOST),
                           metadata={"description": f"How many items, 1 to {MOST}."})
    after = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500),
                          metadata={"description": "The `next` of the page before."})


@cache
def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of a page of `item`."""
    name = item.__name__.removesuffix("Schema") + "Page"
    return Schema.from_dict({
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(allow_none=True, metadata={"description": "Cursor of the next page; null on the last."}),
        "total": fields.Integer(allow_none=True),
    }, name=name)


def answer(page: Page[Any]) -> tuple[Mapping[str, Any], int, Mapping[str, str]]:
    """The page as the API gives it; the answer also carries a `Link` to the next one (RFC 8288)."""
    body: dict[str, Any] = {"items": page.items, "next": page.next}
    if page.total is not None:
        body["total"] = page.total
    headers = {}
    if page.next is not None:
        query = urlencode({**request.args.to_dict(), "after": page.next})
        headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return body, 200, headers
