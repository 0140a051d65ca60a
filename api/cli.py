"""The command line. Each command opens one transaction; what goes wrong is one sentence and exit code 1."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from api import (
    cli_check,
    cli_cycles,
    cli_feel,
    cli_import,
    cli_operations,
    cli_rules,
    cli_simulate,
    config,
    logs,
    metrics,
    processes,
    server,
)
from api.app import create_app
from api.cli_errors import plainly
from api.cli_problems import print_problems as _print_problems
from api.config import Config
from api.web import decision_letter_pdf, inquiry_letter_pdf
from engine import errors
from workflows import accounts, bootstrap, maintenance, sessions


def main() -> None:
    """Run the command line."""
    cli.main(prog_name="parvaneh")


class AlreadyPrepared(errors.Conflict):
    """This installation has an administrator already; `parvaneh user add NAME --role ADMIN` makes another one."""

    fa = "این سامانه مدیر دارد؛ دستور parvaneh user add NAME --role ADMIN مدیر دیگری می‌سازد."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--verbose", is_flag=True, help="Log what happens, not only what is wrong.")
@click.pass_context
def cli(context: click.Context, verbose: bool) -> None:
    """Parvaneh: licence processing. Settings come from PARVANEH_* variables (docs/reference/settings.md)."""
    os.umask(0o077)  # database, documents, messages and keys are for this account alone
    logs.configure(config.log_format(), verbose=verbose)
    context.obj = _composed  # for commands that stand in modules of their own


@cli.command()
@click.option("--host", help="Address to listen on (PARVANEH_HOST).")
@click.option("--port", type=int, help="Port to listen on (PARVANEH_PORT).")
@plainly
def run(host: str | None, port: int | None) -> None:
    """Set everything up with demonstration data, then serve; what `make run` does."""
    settings = config.from_environment(host=host, port=port, demo="1")
    with server.listen(settings) as listener:
        _migrate(settings)
        with _composed(settings) as product:
            with product.database.begin() as session:
                bootstrap.deploy_shipped(product, session)
                demo_accounts = bootstrap.seed_demo(product, session)
                bootstrap.seed_demo_offices(product, session)
                bootstrap.arm(product, session)
            logging.getLogger("workflows").setLevel(logging.INFO)
            server.serve(create_app(product, settings), product, settings, listener, jobs=True,
                         started=lambda: _print_welcome(settings, demo_accounts))


@cli.command()
@click.option("--host", help="Address to listen on (PARVANEH_HOST).")
@click.option("--port", type=int, help="Port to listen on (PARVANEH_PORT).")
@click.option("--workers", "count", type=click.IntRange(1, 64), default=1, show_default=True, metavar="N",
              help="Processes that answer; about one a core. A process that dies is replaced.")
@plainly
def serve(host: str | None, port: int | None, count: int) -> None:
    """Serve pages and API; and run due jobs, where PARVANEH_TRANSPORT leaves them to web processes.

    SIGTERM and Ctrl-C stop it in order: what is under way is finished, within PARVANEH_STOP_SECONDS.
    """
    settings = config.from_environment(host=host, port=port)

    def started() -> None:
        click.echo(f"Parvaneh serves on {settings.public_url}" + (f" ({count} processes)" if count > 1 else ""))

    with server.listen(settings) as listener:
        with _composed(settings) as product:
            _prepare(product)
            if count == 1:
                server.serve(create_app(product, settings), product, settings, listener, started=started)
                return
        processes.serve(count, lambda: _composed(settings), settings, listener, started=started)


@cli.command()
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, metavar="N",
              help="Jobs it runs at the same time, where the transport is procrastinate; those of one process "
                   "instance never.")
@plainly
def worker(threads: int) -> None:
    """Run due jobs without serving pages; start as many, on as many machines, as there is work for.

    With PARVANEH_TRANSPORT=procrastinate (PostgreSQL) workers are told of a job the moment it is due, and take over
    from one that died. With `embedded` it looks once a second, as every web process does, and runs one job at a time.
    """
    settings = config.from_environment()
    with _composed(settings, threads=threads) as product:
        _prepare(product)
        if settings.counters is not None:
            metrics.share(settings.counters)
            metrics.Metrics(product)
        server.work(product, settings, started=lambda: click.echo(
            f"Parvaneh runs due jobs ({product.scheduler.name}, process {os.getpid()})"))


@cli.command()
@click.option("--admin", required=True, metavar="NAME", help="Sign-in name of the first administrator.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@plainly
def init(admin: str, password_stdin: bool) -> None:
    """Prepare a new installation: database, keys, shipped processes, one administrator. No demonstration accounts."""
    password = _password(password_stdin)
    settings = config.from_environment()
    _migrate(settings)
    with _composed(settings) as product, product.database.begin() as session:
        if accounts.has_administrator(session):
            raise AlreadyPrepared
        bootstrap.seed_province(product, session)
        bootstrap.deploy_shipped(product, session)
        accounts.create_staff(session, username=admin, password=password, name=admin, roles=(("ADMIN", None),))
    click.echo(f"Ready. Sign in as {admin} after `parvaneh serve`.")


@cli.command()
@click.option("--remove-queue", is_flag=True,
              help="Drop the tables of Procrastinate too, once PARVANEH_TRANSPORT is embedded again. No job is lost.")
@plainly
def migrate(remove_queue: bool) -> None:
    """Bring the database to the schema of this version, with the tables PARVANEH_TRANSPORT needs."""
    settings = config.from_environment()
    if remove_queue and settings.transport != "embedded":
        raise click.UsageError("--remove-queue: PARVANEH_TRANSPORT is procrastinate, which needs its tables")
    _migrate(settings)
    if remove_queue:
        bootstrap.remove_queue(settings.database_url)
    click.echo("The database is up to date.")


@cli.command()
@plainly
def deploy() -> None:
    """Deploy shipped files that were never deployed before; versions made in the browser stay in force.

    Counties, districts and towns that this version brings are written too.
    """
    with _composed(config.from_environment()) as product, product.database.begin() as session:
        bootstrap.seed_province(product, session)
        deployment = bootstrap.deploy_shipped(product, session)
    if deployment is None or not deployment.is_new:
        click.echo("Nothing new to deploy.")
        return
    _print_problems(deployment.warnings)
    for definition in deployment.process_definitions:
        click.echo(f"{definition.key} version {definition.version}")


@cli.group()
def user() -> None:
    """Staff accounts."""


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="The person's name, as it stands in lists.")
@click.option("--role", "roles", multiple=True, required=True, metavar="ROLE[:COUNTY]",
              help="A role such as CLERK, in one county (CLERK:urmia) or in the province. May be given again.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@plainly
def add_user(username: str, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Create a staff account."""
    pairs = tuple(_role(text) for text in roles)
    password = _password(password_stdin)
    with _composed(config.from_environment()) as product, product.database.begin() as session:
        accounts.create_staff(session, username=username, password=password, name=name, roles=pairs)
    click.echo(f"Account {username} created.")


@user.command("password")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@plainly
def set_password(username: str, password_stdin: bool) -> None:
    """Give USERNAME another password; its sessions end and its tokens are revoked."""
    password = _password(password_stdin)
    with _composed(config.from_environment()) as product, product.database.begin() as session:
        found = accounts.by_username(session, username)
        if found is None:
            raise errors.NotFound(what="account", id=username)
        accounts.set_password(session, id=found.id, password=password)
    click.echo(f"The password of {username} was changed; its sessions and tokens have ended.")


@cli.group()
def token() -> None:
    """Bearer tokens of programs."""


@token.command("create")
@click.argument("username")
@click.option("--label", required=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How long it is valid.")
@plainly
def create_token(username: str, label: str, days: int) -> None:
    """Make a bearer token that acts as USERNAME; it is shown once and stored hashed."""
    with _composed(config.from_environment()) as product, product.database.begin() as session:
        secret = sessions.create_token(session, username=username, label=label, expires=timedelta(days=days))
    click.echo(secret)


@token.command("list")
@click.argument("username")
@plainly
def list_tokens(username: str) -> None:
    """List the tokens of USERNAME, newest first: id, last day, state, label."""
    with _composed(config.from_environment()) as product, product.database.read() as session:
        for one in sessions.tokens(session, username=username):
            until = one.expires_at.date().isoformat() if one.expires_at else "-"
            click.echo(f"{one.id}  {until}  {'revoked' if one.revoked_at else 'valid  '}  {one.label}")


@token.command("revoke")
@click.argument("token_id")
@plainly
def revoke_token(token_id: str) -> None:
    """Make the token with this id (see `parvaneh token list`) worthless."""
    with _composed(config.from_environment()) as product, product.database.begin() as session:
        sessions.revoke_token(session, id=token_id)
    click.echo("The token is revoked.")


cli.add_command(cli_check.check_command)
cli.add_command(cli_feel.feel_command)
cli.add_command(cli_feel.decide_command)
cli.add_command(cli_simulate.simulate_command)
cli.add_command(cli_operations.doctor)
cli.add_command(cli_operations.backup)
cli.add_command(cli_operations.restore)
cli.add_command(cli_cycles.cycle)
cli.add_command(cli_rules.rules_group)
cli.add_command(cli_import.import_group)


@contextmanager
def _composed(settings: Config, *, threads: int = 1) -> Iterator[bootstrap.Product]:
    product = bootstrap.build(url=settings.database_url, var=settings.var, public_url=settings.public_url,
                              bpmn=settings.bpmn, demo=settings.demo, sms=settings.sms,
                              engine_settings=settings.engine, jobs=replace(settings.jobs, threads=threads),
                              cycle_chunk=settings.cycle_chunk, inquiry_adapters=settings.inquiry_adapters,
                              sms_gateway=settings.sms_gateway, post=settings.mail,
                              letter_renderer=inquiry_letter_pdf.renderer(),
                              decision_renderer=decision_letter_pdf.renderer(),
                              pooled=settings.pooler)
    try:
        yield product
    finally:
        product.database.dispose()


def _migrate(settings: Config) -> None:
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    bootstrap.migrate(settings.database_url, jobs=settings.jobs)


def _prepare(product: bootstrap.Product) -> None:
    bootstrap.require_current_schema(product)
    with product.database.begin() as session:
        maintenance.schedule(session, product=product, at=product.clock.now())
        bootstrap.arm(product, session)


def _print_welcome(settings: Config, demo_accounts: Iterable[Any]) -> None:
    click.echo(f"Parvaneh serves on {settings.public_url}  (stop with Ctrl-C)")
    click.echo("Demonstration accounts:")
    for account in demo_accounts:
        click.echo(f"  {account}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _role(text: str) -> tuple[str, str | None]:
    role, _, county = text.partition(":")
    return role.upper(), county or None
