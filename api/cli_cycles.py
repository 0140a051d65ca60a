"""`parvaneh cycle`: the sessions of periodic work, for whoever looks after an installation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import click
from sqlalchemy.orm import Session

from api import config
from api.cli_errors import plainly
from api.config import Config
from engine import errors
from engine.values import Actor
from workflows import calendar, cycle_preview, cycle_progress, cycles
from workflows.cycle_kinds import Month
from workflows.product import Product

Composed = Callable[[Config], AbstractContextManager[Product]]
"""What puts the product together; the group above hands it down as the context's object."""

OPERATOR = Actor(id="operator")
"""Who is noted as having convened or skipped a session at the command line."""

_HEADINGS = ("kind", "scope", "session", "opens (Tehran)", "state", "found", "decided", "in review", "waiting",
             "failed", "left")
_EXPLAINED = {"DECIDED": "would be decided", "IN_REVIEW": "would wait", "FAILED": "would fail",
              "LISTED": "is under review already", "LEFT": "is not ready any more"}


@click.group()
def cycle() -> None:
    """Periodic work: which sessions were due, what they decided, what is due next."""


@cycle.command("list")
@click.option("--kind", help="Only sessions of this kind.")
@click.option("--open", "open_only", is_flag=True, help="Only sessions that are neither closed nor skipped.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, latest first.")
@click.pass_obj
@plainly
def list_sessions(composed: Composed, kind: str | None, open_only: bool, limit: int) -> None:
    """List sessions, latest first, with what each has found, decided and failed at; then what opens next."""
    with composed(config.from_environment()) as product, product.database.read() as session:
        product.refresh_clock(session)
        _print(session, product, kind=kind, open_only=open_only, limit=limit)


@cycle.command()
@click.argument("kind")
@click.argument("scope")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many subjects.")
@click.pass_obj
@plainly
def preview(composed: Composed, kind: str, scope: str, limit: int) -> None:
    """Show who would be on the docket of a session that opened now, and what would become of each; nothing is kept."""
    with composed(config.from_environment()) as product:
        try:
            found = cycle_preview.preview(product, kind=kind, scope=scope, limit=limit)
        except errors.HandlerFailed as error:
            raise click.ClickException(str(error)) from None
    for one in found.forecasts:
        facts = [one.outcome, *one.waits_for, one.fault]
        click.echo(f"{one.subject}  {_EXPLAINED[one.state]}" + "".join(f": {fact}" for fact in facts if fact))
    if not found.forecasts:
        click.echo("Nothing is ready.")
    if found.more:
        click.echo("There are more; see them with a higher --limit.")


@cycle.command()
@click.argument("kind")
@click.argument("scope")
@click.option("--reason", required=True, help="Why; it stands in the session's record.")
@click.pass_obj
@plainly
def run(composed: Composed, kind: str, scope: str, reason: str) -> None:
    """Convene an extraordinary session of what is ready now, and work until nothing is due."""
    with composed(config.from_environment()) as product:
        with product.database.begin() as session:
            product.refresh_clock(session)
            convened = cycles.convene_as(session, product=product, kind=kind, scope=scope, reason=reason,
                                         actor=OPERATOR, request_key=None)
        _work(product)
        with product.database.read() as session:
            _table([cycle_progress.of(session, product=product, cycle_id=convened.id)])


@cycle.command()
@click.argument("kind")
@click.argument("scope")
@click.argument("month", metavar="YEAR/MONTH")
@click.option("--reason", required=True, help="Why; it stands in the session's record.")
@click.pass_obj
@plainly
def skip(composed: Composed, kind: str, scope: str, month: str, reason: str) -> None:
    """Leave out the regular session of a Jalali month that has not begun; what is ready waits for the next one."""
    with composed(config.from_environment()) as product, product.database.begin() as session:
        product.refresh_clock(session)
        skipped = cycles.skip_as(session, product=product, kind=kind, scope=scope, month=_month(month), reason=reason,
                                 actor=OPERATOR)
    click.echo(f"The session {_name(skipped.year, skipped.month)} of {kind} in {scope} is skipped: {skipped.reason}")


@cycle.command("catch-up")
@click.option("--kind", help="Only sessions of this kind.")
@click.pass_obj
@plainly
def catch_up(composed: Composed, kind: str | None) -> None:
    """Make up for whatever was due while nobody was there, and work until nothing is due. Twice does no harm."""
    with composed(config.from_environment()) as product:
        with product.database.begin() as session:
            product.refresh_clock(session)
            made = sum(cycles.ensure_cycles(session, product=product, kind=one)
                       for one in ([product.cycle_kinds[kind]] if kind else product.cycle_kinds))
        click.echo(f"{made} session(s) were due and had no row.")
        _work(product)
        with product.database.read() as session:
            _print(session, product, kind=kind, open_only=True, limit=50)


def _work(product: Product) -> None:
    """Run what is due, as a server does beside this command; each job is run by one of them."""
    while product.scheduler.tick():
        pass


def _month(text: str) -> Month:
    found = re.fullmatch(r"([0-9]{4})/([0-9]{1,2})", text)
    if found is None or not 1 <= int(found[2]) <= 12:
        raise click.BadParameter(f"{text!r} is no Jalali month such as 1405/02.", param_hint="YEAR/MONTH")
    return Month(int(found[1]), int(found[2]))


def _print(session: Session, product: Product, *, kind: str | None, open_only: bool, limit: int) -> None:
    kinds = [product.cycle_kinds[kind]] if kind else list(product.cycle_kinds)
    found = cycle_progress.page(session, product=product, kind=kind, open_only=open_only, limit=limit)
    if found.items:
        _table(found.items)
    else:
        click.echo("No session is open." if open_only else "No session has been due yet.")
    if found.next is not None:
        click.echo(f"There are more; see them with --limit {limit * 2}.")
    for one in kinds:
        click.echo(f"Next regular session of {one.name}: "
                   f"{calendar.format_moment(cycles.next_fire(session, product=product, kind=one), 'en')} in Tehran.")
    if not kinds:
        click.echo("This installation has no kind of periodic work.")


def _table(found: Sequence[cycle_progress.CycleProgress]) -> None:
    rows = [_HEADINGS, *(_cells(one) for one in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADINGS))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(one: cycle_progress.CycleProgress) -> tuple[str, ...]:
    cycle = one.cycle
    name = _name(cycle.year, cycle.month) + (f" +{cycle.sequence}" if cycle.sequence else "")
    found = f"{cycle.found}…" if cycle.state == "FINDING" else str(cycle.found)
    return (cycle.kind, cycle.scope, name, calendar.format_moment(cycle.fires_at, "en"), cycle.state, found,
            str(one.decided), str(one.in_review), str(one.waiting), str(one.failed), str(one.left))


def _name(year: int, month: int) -> str:
    return f"{year}/{month:02}"
