"""The composition root: puts the product together, brings its database up, deploys what is shipped, makes demo data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import alembic.command
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import Engine, EngineSettings, Handlers, Transport, errors, feel, verification, workers
from engine.clock import Clock, OffsetClock, SystemClock
from engine.scheduler import Scheduler
from engine.store import session as store
from engine.store.session import Database
from engine.values import SYSTEM, Deployment, Problem
from workflows import (
    accounts,
    calendar,
    catalogue,
    cycles,
    decision_letters,
    demo_offices,
    deployment,
    documents,
    forms,
    holidays,
    mail,
    maintenance,
    office_import,
    offices,
    outbox,
    places,
    reminders,
    reviews,
    rules,
    schema,
    service_tasks,
    signatures,
)
from workflows import doctor as doctors
from workflows.inquiry_adapters import Adapter
from workflows.inquiry_letters import Renderer
from workflows.models.account import Role
from workflows.models.rule import ShippedFile
from workflows.product import Product, Settings
from workflows.sms_gateway import Gateway

__all__ = ["Jobs", "Product", "Settings", "arm", "build", "check", "deploy_shipped", "installation", "migrate",
           "remove_queue", "require_current_schema", "seed_demo", "seed_demo_offices", "seed_province",
           "shipped_resources"]

DEMO_PASSWORD = "parvaneh-demo"  # noqa: S105 - printed at every start of the demonstration
DEMO_MOBILE = demo_offices.MOBILE_OF_THE_APPLICANT
DEMO_STAFF = (("clerk", "CLERK", "کارشناس نمونه"), ("inspector", "INSPECTOR", "بازرس نمونه"),
              ("technical", "TECH_COMMITTEE", "عضو کمیته فنی نمونه"),
              ("workinggroup", "WORKING_GROUP", "دبیر کارگروه نمونه"),
              ("postbank", "POST_BANK", "عضو کمیته پست بانک نمونه"), ("manager", "MANAGER", "مدیر نمونه"),
              ("supervisor", "SUPERVISOR", "ناظر نمونه"), ("admin", "ADMIN", "مدیر سامانه نمونه"))

_KINDS = {".bpmn": "processes", ".dmn": "decisions", ".form": "forms", ".yaml": "rules"}


class SchemaOutdated(errors.Conflict):
    """The database is not at the schema of this version; run `parvaneh migrate`."""

    fa = "ساختار پایگاه داده با این نسخه نمی‌خواند؛ دستور parvaneh migrate را اجرا کنید."


class WorkersAlive(errors.Conflict):
    """A worker is alive; stop every `parvaneh worker` first, and wait half a minute."""

    fa = "یک کارگر هنوز زنده است؛ نخست همه parvaneh worker ها را متوقف کنید و نیم دقیقه صبر کنید."


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """How due jobs reach the process that runs them."""

    transport: str = Scheduler.name
    """`embedded`, or `procrastinate` on PostgreSQL."""
    threads: int = 1
    """Jobs that one worker of Procrastinate runs at a time."""
    listen_url: str = ""
    """Where workers listen for notifications, when the database's address is a pooler's."""


def build(*, url: str, var: Path, public_url: str, bpmn: Path, demo: bool = False, sms: str = "file",
          clock: Clock | None = None, machine: Clock | None = None,
          transport: outbox.Transport | None = None, cycle_chunk: int = 50,
          engine_settings: EngineSettings | None = None,
          jobs: Jobs | None = None, pooled: bool = False,
          inquiry_adapters: Mapping[str, Adapter] | None = None, sms_gateway: Gateway | None = None,
          letter_renderer: Renderer | None = None, decision_renderer: decision_letters.Renderer | None = None,
          post: outbox.MailTransport | None = None) -> Product:
    """Put the product together: opens no transaction and changes no database, but makes keys in `var` if missing.

    `clock` is given by tests; without it processes follow the machine's clock, ahead by the demonstration's offset.
    `transport` carries text messages and `post` e-mail, `jobs` says how due jobs reach the process that runs them,
    `pooled` that a pooler stands before the database, `inquiry_adapters` ask outside registers, `letter_renderer` sets
    their letters and `decision_renderer` those of refusals. What is done every month is added to `product.cycle_kinds`
    before anything runs.
    """
    var.mkdir(parents=True, exist_ok=True, mode=0o700)
    machine = machine or SystemClock()
    clock = clock or (OffsetClock(machine) if demo else machine)
    working_days = holidays.WorkingDays()
    handlers = Handlers()
    engine = _engine(clock, handlers, working_days, engine_settings)
    database = Database(url, pooled=pooled)

    def refresh() -> None:
        """Take over what another process declared: it may be the only one that serves requests."""
        with database.read() as session:
            product.refresh_clock(session)

    product = Product(
        database=database, engine=engine, clock=clock, machine=machine, working_days=working_days,
        scheduler=_jobs(database, engine, jobs or Jobs(), refresh), keys=signatures.Keys.load_or_create(var / "keys"),
        documents=documents.Folder(var / "documents"),
        settings=Settings(var=var, bpmn=bpmn, public_url=public_url.rstrip("/"), demo=demo, sms=sms,
                          cycle_chunk=cycle_chunk),
        inquiry_adapters=dict(inquiry_adapters or {}), sms_gateway=sms_gateway, letter_renderer=letter_renderer,
        decision_renderer=decision_renderer)
    service_tasks.register(handlers, product, transport or _transport(sms, var, sms_gateway, tell=demo),
                           post or mail.FileMail(var / "mail"))
    product.cycle_kinds.add(reviews.kind(product))
    return product


def arm(product: Product, session: Session) -> None:
    """Put the standing jobs on the list, where they are missing; every process that runs jobs does so at its start."""
    cycles.arm(session, product=product)
    reminders.arm(session, product=product)


def installation(*, url: str, var: Path, demo: bool = False, clock: Clock | None = None,
                 machine: Clock | None = None, jobs: Jobs | None = None, pooled: bool = False,
                 secrets: tuple[Path, ...] = ()) -> doctors.Installation:
    """What the doctor looks at: put together without making a database, a folder or a key."""
    machine = machine or SystemClock()
    clock = clock or (OffsetClock(machine) if demo else machine)
    database, engine = Database(url, pooled=pooled), _engine(clock, Handlers(), holidays.WorkingDays())
    return doctors.Installation(database=database, clock=clock, machine=machine, var=var, engine=engine,
                                transport=_jobs(database, engine, jobs or Jobs(), None), secrets=secrets,
                                documents=documents.Folder(var / "documents"))


def feel_functions(working_days: holidays.WorkingDays) -> feel.Functions:
    """The FEEL functions diagrams may call: those of the calendar in force."""
    found = calendar.functions(lambda: working_days.calendar)
    return feel.Functions([feel.FeelFunction(name=name, parameters=parameters, fn=fn)
                           for name, (parameters, fn) in found.items()])


def check(resources: Mapping[str, bytes], *, on_verified: verification.OnVerified | None = None) -> list[Problem]:
    """Every problem of a bundle, without a database: what a deployment would be refused for, and warnings.
    `on_verified` is told what verification says of each process: see `Engine.check`.
    """
    handlers = Handlers()
    for name in service_tasks.names():
        handlers.service(name)(lambda _: None)
    return _engine(SystemClock(), handlers, holidays.WorkingDays()).check(resources, on_verified=on_verified)


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


def migrate(url: str, *, to: str = "head", jobs: Jobs | None = None) -> None:
    """Bring a database to the schema of this version, or to revision `to`; an SQLite file's folder must exist.

    The tables of Procrastinate are made when `jobs` asks for it, and left alone otherwise.
    """
    database = Database(url)
    try:
        with database.sqlalchemy_engine.connect() as connection:
            current = schema.revision(connection) == schema.head()
        if not current:
            settings = schema.settings()
            with database.sqlalchemy_engine.connect() as connection, store.rebuilding(connection):
                settings.attributes["connection"] = connection
                alembic.command.upgrade(settings, to)
        if jobs is not None and jobs.transport == workers.Workers.name:
            with database.sqlalchemy_engine.begin() as connection:
                workers.install(connection)
    finally:
        database.dispose()


def remove_queue(url: str) -> None:
    """Drop the tables of Procrastinate, once the transport is the embedded one again; due jobs stay.

    Raises: WorkersAlive
    """
    database = Database(url)
    try:
        with database.sqlalchemy_engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                if workers.alive(connection):
                    raise WorkersAlive
                workers.remove(connection)
    finally:
        database.dispose()


def require_current_schema(product: Product) -> None:
    """Pass when the database is at the schema of this version, the transport's too. Raises: SchemaOutdated."""
    with product.database.read() as session:
        if (schema.revision(session.connection()) != schema.head()
                or not product.scheduler.health(session).installed):
            raise SchemaOutdated


def seed_province(product: Product, session: Session) -> None:
    """Write roles, counties, districts and towns that are not there yet."""
    known, now = set(session.scalars(select(Role.id))), product.machine.now()
    session.add_all(Role(id=role, name=role, update_datetime=now)
                    for role in catalogue.STAFF_ROLES if role not in known)
    offices.seed_counties(session)
    places.seed(session)
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


def seed_demo_offices(product: Product, session: Session) -> int:
    """Take the demonstration's offices into a register that has none, as `parvaneh import offices` does.

    Returns how many. Raises: ValueError outside the demonstration.
    """
    if not product.settings.demo:
        raise ValueError("demonstration offices are made in demonstration mode only")
    if offices.any_registered(session):
        return 0
    now = product.clock.now()
    sheet = office_import.read(demo_offices.content(calendar.today(now)), demo_offices.NAME)
    plan = office_import.plan(session, sheet, now=now)
    office_import.write(session, plan, reason="", by=SYSTEM.id, now=now)
    return len(plan.planned)


def _engine(clock: Clock, handlers: Handlers, working_days: holidays.WorkingDays,
            engine_settings: EngineSettings | None = None) -> Engine:
    functions = feel_functions(working_days)
    return Engine(clock=clock, handlers=handlers, functions=functions, roles=catalogue.ROLES,
                  settings=engine_settings, check_resources=rules.check,
                  check_form=lambda source: forms.problems(source, functions=functions),
                  check_bundle=lambda bundle: deployment.check(bundle, functions=functions))


def _jobs(database: Database, engine: Engine, jobs: Jobs, refresh: Callable[[], None] | None) -> Transport:
    if jobs.transport == workers.Workers.name:
        url = jobs.listen_url or database.sqlalchemy_engine.url.render_as_string(hide_password=False)
        return workers.Workers(database, engine, url=url, threads=jobs.threads, before_tick=refresh)
    return Scheduler(database, engine, before_tick=refresh)


def _transport(name: str, var: Path, gateway: Gateway | None, *, tell: bool) -> outbox.Transport:
    if name == "http" and gateway is not None:
        return gateway
    if name != "file":
        raise ValueError(f"there is no transport {name!r}")
    return outbox.FileTransport(var / "sms", tell=tell)
