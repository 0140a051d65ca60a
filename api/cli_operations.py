"""Commands for whoever looks after an installation: examine it, back it up, restore it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from api import config
from api.cli_errors import plainly
from api.config import Config
from workflows import backups, bootstrap, restores
from workflows import doctor as doctors


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.option("--sample", type=click.IntRange(1), metavar="N",
              help="Examine the state of N running process instances, any of them, instead of all.")
@click.option("--contents", is_flag=True, help="Read every document and compare it with its hash.")
@click.option("--overdue", "minutes", type=click.IntRange(0), default=10, show_default=True, metavar="MINUTES",
              help="Tell of jobs that are later than this.")
@plainly
def doctor(as_json: bool, sample: int | None, contents: bool, minutes: int) -> None:
    """Examine the installation and change nothing: one line a check, OK, WARN or FAIL, and how to mend it.

    Database, schema, clock, jobs, rows without their instance, the state of running instances, applications, keys,
    documents, permissions, disk. May run beside the product. Exit code 1 when anything is FAIL.
    """
    orders = doctors.Orders(overdue=timedelta(minutes=minutes), sample=sample, contents=contents)
    with _installation(config.from_environment()) as installation, shown_progress() as progress:
        found = doctors.examine(installation, orders, progress=progress)
        well = _print_json(found) if as_json else _print_lines(found)
    if not well:
        sys.exit(1)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--allow-missing", is_flag=True,
              help="Make a backup although documents that the database names are missing; the manifest lists them.")
@plainly
def backup(target: Path, allow_missing: bool) -> None:
    """Back the installation up while it works: database, documents and keys in one file.

    TARGET is the new file, or a folder in which one is made, named by the time. It holds secrets and personal data,
    and is readable by this account only. On PostgreSQL `pg_dump` must be on the PATH.
    """
    with _installation(config.from_environment()) as installation, shown_progress() as progress:
        file, manifest = backups.create(installation, target, allow_missing=allow_missing, progress=progress)
    click.echo(f"{file}: {file.stat().st_size} bytes, {sum(manifest.counts.values())} rows of "
               f"{len(manifest.counts)} tables, {manifest.documents} documents")
    if manifest.missing:
        click.echo(f"{len(manifest.missing)} documents are missing from it.", err=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the installation that is here already; what it holds is lost.")
@plainly
def restore(file: Path, force: bool) -> None:
    """Put a backup in place where PARVANEH_DATABASE_URL and PARVANEH_VAR point, then examine it as `doctor` does.

    Everything is verified before anything is put in place, and what was there comes back when something fails. Stop
    the service first. On PostgreSQL the database must exist, and `pg_restore` be on the PATH. Exit code 1 when the
    examination finds anything FAIL, such as a schema older than this version's: then run `parvaneh migrate`.
    """
    settings = config.from_environment()
    with shown_progress() as progress:
        manifest = restores.restore(file, url=settings.database_url, var=settings.var, force=force, progress=progress)
    click.echo(f"Restored the backup of {manifest.created_at}: {sum(manifest.counts.values())} rows, "
               f"{manifest.documents} documents.")
    with _installation(settings) as installation, shown_progress() as progress:
        well = _print_lines(doctors.examine(installation, progress=progress))
    if not well:
        sys.exit(1)


@contextmanager
def _installation(settings: Config) -> Iterator[doctors.Installation]:
    installation = bootstrap.installation(url=settings.database_url, var=settings.var, demo=settings.demo,
                                          jobs=settings.jobs, pooled=settings.pooler,
                                          secrets=tuple(filter(None, (settings.inquiries, settings.sms_gateway_file,
                                                                settings.mail_file))))
    try:
        yield installation
    finally:
        installation.database.dispose()


@contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Shows how far it is, on a terminal only, on a line that goes away."""
    shown = sys.stderr.isatty()

    def progress(what: str, done: int, total: int) -> None:
        if shown:
            click.echo(f"\r\x1b[K{what}: {done} of {total}", nl=False, err=True)

    try:
        yield progress
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _print_lines(found: Iterable[doctors.Finding]) -> bool:
    """Print each finding as it comes; False when one of them is FAIL."""
    well, clear = True, "\r\x1b[K" if os.isatty(2) and os.isatty(1) else ""
    for one in found:
        well = well and one.level != "FAIL"
        click.echo(f"{clear}{one.level:<4}  {one.check}: {one.what}" + (f" -> {one.mend}" if one.mend else ""))
    return well


def _print_json(found: Iterable[doctors.Finding]) -> bool:
    """Print all findings as one object; False when one of them is FAIL."""
    findings = list(found)
    well = all(one.level != "FAIL" for one in findings)
    click.echo(json.dumps({"well": well, "findings": [asdict(one) for one in findings]}, ensure_ascii=False, indent=1))
    return well
