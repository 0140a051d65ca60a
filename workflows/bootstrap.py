"""The composition root: puts the product together, brings its database up, deploys what is shipped, makes demo data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import alembic.command
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import Engine, Handlers, errors, feel
from engine.clock import Clock, OffsetClock, SystemClock
from engine.scheduler import Scheduler
from engine.store import session as store
from engine.store.session import Database
from engine.values import SYSTEM, Deployment, Problem
from workflows import (
    accounts,
    calendar,
    catalogue,
    deployment,
    documents,
    forms,
    holidays,
    maintenance,
    offices,
    outbox,
    rules,
    schema,
    service_tasks,
    signatures,
)
from workflows import doctor as doctors
from workflows.models.account import Role
from workflows.models.rule import ShippedFile
from workflows.product import Product, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Product", "Settings", "build", "check", "deploy_shipped", "installation", "migrate",
           "require_current_schema", "seed_demo", "seed_province", "shipped_resources"]

DEMO_PASSWORD = "parvaneh-demo"  # noqa: S105 - printed at every start of the demonstration
DEMO_MOBILE = "09141234567"
DEMO_STAFF = (("clerk", "CLERK", "کارشناس نمونه"), ("inspector", "INSPECTOR", "بازرس نمونه"),
              ("technical", "TECH_COMMITTEE", "عضو کمیته فنی نمونه"),
              ("workinggroup", "WORKING_GROUP", "دبیر کارگروه نمونه"), ("manager", "MANAGER", "مدیر نمونه"),
              ("supervisor", "SUPERVISOR", "ناظر نمونه"), ("admin", "ADMIN", "مدیر سامانه نمونه"))

_KINDS = {".bpmn": "processes", ".dmn": "decisions", ".form": "forms", ".yaml": "rules"}


class SchemaOutdated(errors.Conflict):
    """The database is not at the schema of this version; run `parvaneh migrate`."""

    fa = "ساختار پایگاه داده با این نسخه نمی‌خواند؛ دستور parvaneh migrate را اجرا کنید."


def build(*, url: str, var: Path, public_url: str, bpmn: Path, demo: bool = False, sms: str = "file",
          clock: Clock | None = None, machine: Clock | None = None,
          transport: outbox.Transport | None = None) -> Product:
    """Put the product together: opens no transaction and changes no database, but makes keys in `var` if missing.

    `clock` is given by tests; without it processes follow the machine's clock, ahead by the demonstration's offset.
    """
    var.mkdir(parents=True, exist_ok=True, mode=0o700)
    machine = machine or SystemClock()
    clock = clock or (OffsetClock(machine) if demo else machine)
    working_days = holidays.WorkingDays()
    handlers = Handlers()
    engine = _engine(clock, handlers, working_days)
    database = Database(url)
    product = Product(
        database=database, engine=engine, clock=clock, machine=machine, working_days=working_days,
        scheduler=Scheduler(database, engine), keys=signatures.Keys.load_or_create(var / "keys"),
        documents=documents.Folder(var / "documents"),
        settings=Settings(var=var, bpmn=bpmn, public_url=public_url.rstrip("/"), demo=demo, sms=sms))
    service_tasks.register(handlers, product, transport or _transport(sms, var, tell=demo))
    return product


def installation(*, url: str, var: Path, demo: bool = False, clock: Clock | None = None,
                 machine: Clock | None = None) -> doctors.Installation:
    """What the doctor looks at: put together without making a database, a folder or a key."""
    machine = machine or SystemClock()
    clock = clock or (OffsetClock(machine) if demo else machine)
    return doctors.Installation(database=Database(url), clock=clock, machine=machine, var=var,
                                engine=_engine(clock, Handlers(), holidays.WorkingDays()),
                                documents=documents.Folder(var / "documents"))


def feel_functions(working_days: holidays.WorkingDays) -> feel.Functions:
    """The FEEL functions diagrams may call: those of the calendar in force."""
    found = calendar.functions(lambda: working_days.calendar)
    return feel.Functions([feel.FeelFunction(name=name, parameters=parameters, fn=fn)
                           for name, (parameters, fn) in found.items()])


def form_problems(form: Mapping[str, object], functions: feel.Functions | None = None) -> Sequence[Problem]:
    """Everything that keeps a form from being used."""
    try:
        forms.compile(form, functions=functions)
    except errors.Invalid as error:
        return error.problems
    return ()


def check(resources: Mapping[str, bytes]) -> list[Problem]:
    """Every problem of a bundle, without a database: what a deployment would be refused for, and warnings."""
    handlers = Handlers()
    for name in service_tasks.names():
        handlers.service(name)(lambda _: None)
    return _engine(SystemClock(), handlers, holidays.WorkingDays()).check(resources)


def shipped_resources(folder: Path) -> dict[str, bytes]:
    """The deployable files of a folder such as `bpmn/`: name inside the bundle -> content."""
    return {f"{kind}/{path.name}": path.read_bytes()
            for suffix, kind in _KINDS.items() for path in sorted((folder / kind).glob(f"*{suffix}"))}


def deploy_shipped(product: Product, session: Session) -> Deployment | None:
    """Deploy shipped files that were never deployed before, over what is deployed; None when there are none.

    What an admin deployed stays: a file whose content was shipped before is not taken again.
    Raises: Invalid with every problem.
    """
    shipped = shipped_resources(product.settings.bpmn)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in shipped.items()}
    known = {(row.name, row.sha256) for row in session.scalars(select(ShippedFile))}
    new = {name: shipped[name] for name, sha256 in hashes.items() if (name, sha256) not in known}
    if not new:
        return None
    latest = product.engine.latest_deployment(session)
    bundle = {**(product.engine.resources(session, latest.id) if latest else {}), **new}
    deployed = product.engine.deploy(session, resources=bundle, actor=SYSTEM, source="files")
    now = product.machine.now()
    session.add_all(ShippedFile(name=name, sha256=hashes[name], deployed_at=now) for name in new)
    session.flush()
    return deployed


def migrate(url: str, *, to: str = "head") -> None:
    """Bring a database to the schema of this version, or to revision `to`; an SQLite file's folder must exist."""
    database = Database(url)
    try:
        with database.sqlalchemy_engine.connect() as connection:
            if schema.revision(connection) == schema.head():
                return
        settings = schema.settings()
        with database.sqlalchemy_engine.connect() as connection, store.rebuilding(connection):
            settings.attributes["connection"] = connection
            alembic.command.upgrade(settings, to)
    finally:
        database.dispose()


def require_current_schema(product: Product) -> None:
    """Pass when the database is at the schema of this version. Raises: SchemaOutdated."""
    with product.database.read() as session:
        if schema.revision(session.connection()) != schema.head():
            raise SchemaOutdated


def seed_province(product: Product, session: Session) -> None:
    """Write roles and counties that are not there yet."""
    known, now = set(session.scalars(select(Role.id))), product.machine.now()
    session.add_all(Role(id=role, name=role, update_datetime=now)
                    for role in catalogue.STAFF_ROLES if role not in known)
    offices.seed_counties(session)
    maintenance.schedule(session, product=product, at=product.clock.now())


def seed_demo(product: Product, session: Session) -> list[str]:
    """Make the demonstration's province and one account a role, where missing; returns a line to print for each.

    Raises: ValueError outside the demonstration.
    """
    if not product.settings.demo:
        raise ValueError("demonstration accounts are made in demonstration mode only")
    seed_province(product, session)
    lines = []
    for username, role, name in DEMO_STAFF:
        if accounts.by_username(session, username) is None:
            accounts.create_staff(session, username=username, password=DEMO_PASSWORD, name=name, roles=((role, None),))
        lines.append(f"{username:<13} {DEMO_PASSWORD}   {role}")
    lines.append(f"applicant     mobile {DEMO_MOBILE}, code from the log or {product.settings.var / 'sms'}")
    return lines


def _engine(clock: Clock, handlers: Handlers, working_days: holidays.WorkingDays) -> Engine:
    functions = feel_functions(working_days)
    return Engine(clock=clock, handlers=handlers, functions=functions, roles=catalogue.ROLES,
                  check_form=lambda form: form_problems(form, functions), check_resources=rules.check,
                  check_bundle=lambda bundle: deployment.check(bundle, functions=functions))


def _transport(name: str, var: Path, *, tell: bool) -> outbox.Transport:
    if name != "file":
        raise ValueError(f"there is no transport {name!r}")
    return outbox.FileTransport(var / "sms", tell=tell)
