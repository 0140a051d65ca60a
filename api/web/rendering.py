"""What every template knows: the language and its words, dates, the account, tokens, navigation; and the error page."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.utils import redirect as redirection

from api import context, language, problems, security
from api.web import words
from workflows import accounts, authorization, calendar, catalogue, dossiers, offices

DONE = "done"
"""The query parameter that names, after a redirect, the word for what was done."""

_LANGUAGE_AGE = 365 * 24 * 3600

STATE_LOOKS: Mapping[str, str] = {
    "ISSUED": "good", "ACTIVE": "good", "VALID": "good", "COMPLETED": "good", "RESOLVED": "good",
    "NEEDS_CORRECTION": "wait", "AWAITING_PAYMENT": "wait", "AGREED_IN_PRINCIPLE": "info", "AT_ISSUER": "info",
    "SUBMITTED": "info", "UNDER_REVIEW": "info", "SITE_VISIT": "info", "COMMITTEE": "info", "INQUIRIES": "info",
    "FINAL_VISIT": "info", "CLAIMED": "info", "READY": "wait", "SUSPENDED": "wait", "IN_RENEWAL": "wait", "OPEN": "bad",
    "REJECTED": "bad", "REVOKED": "bad", "CANCELLED": "bad", "UNKNOWN": "bad", "EXPIRED": "bad"}
"""State -> how its badge looks; a state not named here is over and done with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of the navigation."""

    label: str
    href: str
    current: bool


def install(app: Flask) -> None:
    """Give templates their words and filters; show errors on a page; remember the chosen language."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(t=words.t, known=words.known, csrf_token=security.csrf_token,
                                 form_token=security.form_token, navigation=navigation, in_language=in_language,
                                 with_query=with_query, holder_name=holder_name,
                                 state_look=lambda state: STATE_LOOKS.get(state, "over"))
    app.jinja_env.filters.update(day=day, month=month, moment=moment, deadline=deadline, digits=words.digits, size=size,
                                 paragraphs=paragraphs, grouped=grouped)
    app.context_processor(_values)
    app.after_request(_remember_language)
    problems.use_page(app, error_page)


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Render a page."""
    return make_response(render_template(template, **values), status)


def go(endpoint: str, *, done: str | None = None, **values: Any) -> Response:
    """Redirect after a post, so that reloading repeats nothing; `done` names the word (`done.…`) shown there."""
    if done:
        values[DONE] = done
    return go_to(url_for(endpoint, **values))


def go_to(address: str) -> Response:
    """Redirect to an address of this site by GET."""
    return make_response(redirection(address, 303))


def safe_next(address: str | None, *, otherwise: str) -> str:
    """`address` when it is a path of this site, so that a link cannot send people elsewhere after signing in."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or not address.isprintable():
        return otherwise
    parts = urlsplit(address)
    return otherwise if parts.scheme or parts.netloc or "\\" in address else address


def day(value: date | datetime | str | None, *, long: bool = False) -> str:
    """A date in the language of the page: Jalali with Persian digits, or Gregorian."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = calendar.today(value)
    return calendar.format_date(value, language.language(), long=long) if value else ""


def month(value: datetime) -> str:
    """The month of a moment in the calendar of the page, such as فروردین ۱۴۰۵ or April 2026."""
    on = calendar.today(value)
    chosen = language.language()
    year, number = calendar.to_jalali(on)[:2] if chosen == "fa" else (on.year, on.month)
    return f"{calendar.month_name(number, chosen)} {words.digits(year)}"


def moment(value: datetime | None, *, long: bool = False) -> Markup:
    """A moment as a `time` element, in Tehran's time."""
    if value is None:
        return Markup("")
    text = calendar.format_moment(value, language.language(), long=long)
    return Markup('<time class="text-nowrap" datetime="{}">{}</time>').format(value.isoformat(timespec="minutes"), text)


def deadline(value: datetime | None, *, long: bool = False) -> Markup:
    """A deadline as people keep it: one at midnight is the end of the day before."""
    if value is None:
        return Markup("")
    local = value.astimezone(calendar.TEHRAN)
    if (local.hour, local.minute) != (0, 0):
        return moment(value, long=long)
    last = day((local - timedelta(days=1)).date(), long=long)
    return Markup('<time class="text-nowrap" datetime="{}">{}</time>').format(value.isoformat(timespec="minutes"),
                                                          words.t("units.end_of", day=last))


def size(count: int) -> str:
    """A file size in KB or MB."""
    if count < 1024 * 1024:
        return words.t("units.kb", n=max(1, math.ceil(count / 1024)))
    return words.t("units.mb", n=words.digits(f"{count / 1024 / 1024:.1f}"))


def grouped(text: str) -> str:
    """A tracking code in fours, as people read it aloud."""
    plain = text.replace("-", "")
    return "-".join(plain[start:start + 4] for start in range(0, len(plain), 4))


def paragraphs(text: str) -> Markup:
    """Plain text as paragraphs; a blank line parts them."""
    parts = [part.strip() for part in text.split("\n\n")]
    return Markup("").join(Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in part.splitlines()))
                           for part in parts if part)


def role_name(role: str | None) -> str:
    """The body behind a role, by the words the public knows it by."""
    persian, english = catalogue.ROLE_WORDS.get(role or "", (role or "", role or ""))
    return persian if language.language() == "fa" else english


def holder_name(application: dossiers.Application) -> str:
    """The body whose turn it is with an application."""
    return role_name("ISSUER" if application.state == "AT_ISSUER" else application.holder_role)


def county_names() -> dict[str, str]:
    """County code -> its name in the language of the page."""
    fa = language.language() == "fa"
    return {one.code: one.name if fa else one.name_en for one in offices.counties(context.session())}


def with_query(**changes: str | None) -> str:
    """The address of this page with other parameters; None takes one away."""
    query = {name: value for name, value in {**request.args.to_dict(), **changes}.items() if value and name != DONE}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def in_language(chosen: language.Language) -> str:
    """The address of this page in another language; the answer to a command leads to the page it was sent from."""
    query = {name: value for name, value in request.args.items() if name not in {"lang", DONE}}
    path = request.path
    if request.method != "GET" and not current_app.url_map.bind("").test(path, "GET"):
        path = path.rpartition("/")[0]
    return f"{path}?{urlencode({**query, 'lang': chosen})}"


def navigation(user: accounts.User | None) -> list[Link]:
    """The entries of the navigation for whoever is signed in."""
    entries: list[tuple[str, str]] = []
    if user is None:
        entries = [("services", "public.home"), ("track", "public.track")]
    elif user.kind == "applicant":
        entries = [("services", "public.home"), ("my", "applicant.mine"), ("track", "public.track")]
    else:
        if any(role != "ADMIN" for role, _ in user.roles):
            entries.append(("inbox", "clerk.inbox"))
        for name, endpoint, action in (("applications", "clerk.search", "application.search"),
                                       ("counter", "counter.services", "application.submit_for"),
                                       ("register", "register.search", "licence.search"),
                                       ("offices", "office_register.search", "office.search"),
                                       ("indicators", "figures.show", "indicators.read"),
                                       ("reviews", "reviews.sessions", "cycle.read"),
                                       ("rules", "rule_book.search", "rules.read"),
                                       ("holidays", "calendar_days.show", "calendar.read"),
                                       ("definitions", "admin.definitions", "definitions.read"),
                                       ("switches", "service_switches.switches", "services.switch"),
                                       ("incidents", "admin.incidents", "incidents.search"),
                                       ("users", "admin.users", "users.manage")):
            if authorization.allowed_anywhere(user, action):
                entries.append((name, endpoint))
    return [Link(label=words.t(f"nav.{name}"), href=url_for(endpoint),
                 current=request.path == url_for(endpoint)) for name, endpoint in entries]


def error_page(answer: problems.Answer) -> Response:
    """The page for an error; when the fault is ours it asks the database nothing, since that may be what is away."""
    if answer.status >= 500:
        g.setdefault("identity", None)
    signed_out = answer.status == 401 or answer.code in {"csrf_failed", "code_needed"}
    return page("error.html", status=answer.status, answer=answer, detail=_detail(answer),
                sign_in=_sign_in_address() if signed_out else None)


def _detail(answer: problems.Answer) -> str:
    """What an error says, with roles and states by their names instead of their codes."""
    roles = str(answer.facts.get("roles", "")) if answer.code == "role_missing" else ""
    if not roles:
        states = {str(answer.facts[name]) for name in ("state", "to") if name in answer.facts}
        return functools.reduce(lambda said, code: said.replace(code, words.known(f"state.{code}")), states,
                                answer.detail)
    return words.t("error.role_missing", roles=words.t("list.comma").join(
        words.known(f"role.{role}") for role in roles.split(", ")))


def _sign_in_address() -> str:
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return url_for("sign_in.mobile", next=target)


def _values() -> dict[str, Any]:
    chosen = language.language()
    found = security.identity()
    done = request.args.get(DONE, "")
    return {"language": chosen, "direction": "rtl" if chosen == "fa" else "ltr", "user": found.user if found else None,
            "done": words.known(f"done.{done}") if f"done.{done}" in words.table(chosen) else "",
            "demo": context.config().demo, "public_url": context.config().public_url}


def _remember_language(response: Response) -> Response:
    chosen = request.args.get("lang")
    if chosen in language.LANGUAGES and not language.is_api():
        response.set_cookie("language", chosen, max_age=_LANGUAGE_AGE, samesite="Lax", httponly=True,
                            secure=context.config().tls)
    return response
