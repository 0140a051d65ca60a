"""`parvaneh import`: taking what exists already into the register."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import click

from api import config
from api.cli_errors import plainly
from api.cli_operations import shown_progress
from api.cli_problems import print_problems, refused
from api.config import Config
from workflows import calendar, holiday_files, office_import, places, reasons
from workflows.office_import import Plan
from workflows.product import Product

Composed = Callable[[Config], AbstractContextManager[Product]]
"""What puts the product together; the group above hands it down as the context's object."""

OPERATOR = "operator"
"""Who is noted as having imported a file."""


@click.group("import")
def import_group() -> None:
    """Take what exists already into the register, from files."""


@import_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what each row would do and every fault; write nothing.")
@click.option("--skip-bad", is_flag=True, help="Write the good rows although others are bad; still exit code 1.")
@click.option("--reason", default="", help="Why, such as the number of a letter; it stands in the history.")
@click.pass_obj
@plainly
def offices(composed: Composed, file: Path, dry_run: bool, skip_bad: bool, reason: str) -> None:
    """Take offices with their holders, licences, services, bank codes and cash machines from a CSV file.

    The columns stand in docs/reference/offices-file.md. A licence that the register has is brought up to date, with
    an entry in the history; the same file again changes nothing. When a row is bad nothing is written, unless
    --skip-bad is given; every fault is told with its line. All is written in one transaction.
    """
    with file.open("rb") as opened:
        sheet = office_import.read(opened.read(office_import.MAX_BYTES + 1), file.name)
    why = reasons.given(reason) if reason else ""
    with composed(config.from_environment()) as product:
        writing = product.database.rehearsal if dry_run else product.database.begin
        with writing() as session, shown_progress() as progress:
            product.refresh_clock(session)
            places.seed(session)
            plan = office_import.plan(session, sheet, now=product.clock.now(), progress=progress)
            written = not dry_run and (skip_bad or not plan.bad)
            if written:
                office_import.write(session, plan, reason=why, by=OPERATOR, now=product.clock.now())
    _tell(plan, each=dry_run, written=written)
    if plan.bad:
        raise refused(plan.problems)
    print_problems(plan.problems)


@import_group.command("holidays")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would change and every fault; write nothing.")
@click.pass_obj
@plainly
def import_holidays(composed: Composed, file: Path, dry_run: bool) -> None:
    """Declare the days of a CSV file closed, or working after all; running deadlines are computed again.

    Columns: date (Jalali or Gregorian), reason, and where wanted kind (OFFICIAL, LUNAR or ADHOC) and working (yes or
    no), or their Persian names. When a row is bad nothing is written; the same file again changes nothing.
    """
    with file.open("rb") as opened:
        content = opened.read(holiday_files.MAX_BYTES + 1)
    with composed(config.from_environment()) as product:
        writing = product.database.rehearsal if dry_run else product.database.begin
        with writing() as session:
            product.refresh_clock(session)
            taken = holiday_files.take_as(session, product=product, content=content, name=file.name, by=OPERATOR)
    end = "Nothing was written." if dry_run or not taken.new + taken.changed else "Written."
    click.echo(f"{taken.new} new, {taken.changed} changed, {taken.same} unchanged. {end}")


def _tell(plan: Plan, *, each: bool, written: bool) -> None:
    """What became of the file, or would; with `each`, of every row."""
    if each:
        for one in plan.planned:
            changed = ", ".join([*one.office_changes, *one.holder_changes])
            click.echo(f"{plan.file}:{one.row.line}: {one.outcome.lower()}  {' '.join(one.row.key)}"
                       + (f": {changed}" if changed else ""))
    for place in plan.villages:
        click.echo(f"new village / روستای تازه: {place.name} ({place.district})")
    new, altered, same = (plan.count(outcome) for outcome in ("NEW", "CHANGED", "UNCHANGED"))
    end, end_fa = (("Written.", "نوشته شد.") if written and new + altered
                   else ("Nothing was written.", "چیزی نوشته نشد."))
    click.echo(f"{new} new, {altered} changed, {same} unchanged, {plan.bad} bad. {end}")
    click.echo(calendar.to_persian_digits(
        f"{new} تازه، {altered} دگرگون، {same} بی‌تغییر، {plan.bad} نادرست. {end_fa}"))
