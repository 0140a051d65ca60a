"""Checks of what the database holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import Engine, Transport, values
from engine.clock import Clock
from engine.store import vitals
from engine.store.session import Database
from workflows import maintenance, numbers, signatures
from workflows.doctor.findings import Finding, Level, Progress, failure, fine, warning
from workflows.models.application import Application

SKEW_WARN, SKEW_FAIL = timedelta(seconds=2), timedelta(seconds=30)
"""A lease lasts 60 s by the clock of whoever took it: half of that, and two machines would run one job at once."""

CHUNK = 200
ENDED = frozenset({"COMPLETED", "CANCELLED"})

_JOBS: Mapping[str, tuple[str, Level, str, str]] = {
    "job_abandoned": ("jobs leased", "FAIL", "{count} past their lease: {examples}",
                      "nothing runs jobs: start `parvaneh serve`, and look at its log"),
    "job_overdue": ("jobs due", "FAIL", "{count} overdue: {examples}",
                    "nothing runs jobs, or fewer than fall due: start `parvaneh serve`, and look at its log"),
    "job_failed": ("jobs failed", "WARN", "{count} given up: {examples}",
                   "mend what their incidents say, then retry these"),
}
_ORPHANS: Mapping[str, str] = {"user_task_orphaned": "user tasks", "job_orphaned": "jobs of tokens",
                               "subscription_orphaned": "message subscriptions", "incident_orphaned": "incidents"}
_STATES: Mapping[str, tuple[str, str]] = {
    "state_unreadable": ("cannot be read: {examples} ({detail})",
                         "install the version that wrote them, or restore a backup"),
    "wait_without_row": ("wait for something no row stands for, so nothing can move them: {examples} ({detail})",
                         "restore a backup, or cancel them and start them again"),
    "row_without_wait": ("have rows that nothing waits for: {examples} ({detail})",
                         "restore a backup, or cancel them and start them again"),
}


def integrity(session: Session) -> Finding:
    """Whether the database's file is whole; of a damaged one nothing more is read."""
    damage = vitals.damage(session)
    if damage:
        return failure("database file", f"damaged: {damage[0]}", "restore a backup")
    broken = vitals.broken_references(session)
    if broken:
        return warning("database file", f"{broken[0]}, and {len(broken) - 1} more", "see the checks of rows below")
    return fine("database file", "whole")


def clock(database: Database, machine: Clock) -> Finding:
    """How far this machine's clock is from the database's, give or take half of the time it took to ask."""
    with database.read() as session:
        vitals.now(session)  # the connection is open now, so that only the question itself takes time
        before = machine.now()
        theirs = vitals.now(session)
        took = machine.now() - before
    skew = abs(theirs - (before + took / 2))
    what = f"{skew.total_seconds():.1f} s from the database's"
    mend = "let both machines follow one time server (systemd-timesyncd or chrony)"
    if skew >= SKEW_FAIL:
        return failure("clock", what, mend)
    return warning("clock", what, mend) if skew >= SKEW_WARN else fine("clock", what)


def jobs(engine: Engine, database: Database, overdue: timedelta) -> Iterator[Finding]:
    """Jobs left behind, overdue, given up; and whether the daily sweep will come."""
    with database.read() as session:
        defects = engine.stuck_jobs(session, overdue=overdue)
        swept = any(engine.jobs(session, kind=maintenance.JOB, state=state, limit=1).items
                    for state in ("PENDING", "LEASED"))
        opened = sum(engine.backlog(session).incidents.values())
    for defect in defects:
        check, level, what, mend = _JOBS[defect.kind]
        yield fine(check, "none stuck") if defect.count == 0 else Finding(
            check=check, level=level, what=what.format(count=defect.count, examples=_listed(defect)), mend=mend)
    yield fine("incidents", "none open") if opened == 0 else warning(
        "incidents", f"{opened} open", "mend what they say, then retry them (the administrator's page of incidents)")
    yield fine("housekeeping", "the daily sweep is on the list") if swept else warning(
        "housekeeping", "no daily sweep is on the list", "start `parvaneh serve` again; it puts it there")


def transport(chosen: Transport, database: Database) -> Finding:
    """Whether due jobs reach a process that runs them."""
    with database.read() as session:
        health = chosen.health(session)
    if health.workers is None:
        return fine("transport", f"{chosen.name}: every process of `parvaneh serve` runs jobs")
    if not health.installed:
        return failure("transport", f"{chosen.name}: its tables are missing, or of another version",
                       "stop the service and its workers, then run `parvaneh migrate`")
    what = (f"{chosen.name}: {health.workers} workers alive, {health.announced} jobs announced, "
            f"{health.running} running, {health.stalled} stalled")
    if health.workers == 0:
        return failure("transport", what, "start `parvaneh worker`, and look at its log")
    return warning("transport", what, "a worker died; another takes its jobs over within a minute") if (
        health.stalled) else fine("transport", what)


def orphans(engine: Engine, database: Database) -> Iterator[Finding]:
    """Open rows whose process instance is missing or has ended."""
    with database.read() as session:
        defects = engine.orphans(session)
    for defect in defects:
        check = f"orphans: {_ORPHANS[defect.kind]}"
        yield fine(check, "none") if defect.count == 0 else failure(
            check, f"{defect.count} whose process instance is missing or has ended: {_listed(defect)}",
            "restore a backup; such rows are written by nothing in the product")


def states(engine: Engine, database: Database, *, sample: int | None, progress: Progress) -> Iterator[Finding]:
    """Whether the state of running instances loads, and agrees with the rows beside it."""
    found: dict[str, values.Defect] = {}
    examined = 0
    with database.read() as session:
        total = engine.count_running(session)
        chosen = None if sample is None else engine.running_sample(session, sample)
    total = total if chosen is None else len(chosen)
    for ids in _running(engine, database) if chosen is None else _chunks(chosen):
        with database.read() as session:
            for defect in engine.examine(session, ids):
                found[defect.kind] = _together(found.get(defect.kind), defect)
        examined += len(ids)
        progress("states", examined, max(total, examined))
    if not found:
        yield fine("states", f"{examined} running instances load and agree with their rows")
    for kind, defect in sorted(found.items()):
        what, mend = _STATES[kind]
        yield failure("states", f"{defect.count} of {examined} running instances "
                      + what.format(examples=_listed(defect), detail=defect.detail), mend)


def applications(engine: Engine, database: Database, *, progress: Progress) -> Finding:
    """Whether every application has its process instance, and no open one stands by an instance that has ended."""
    missing: list[str] = []
    stranded: list[str] = []
    after, done = "", 0
    with database.read() as session:
        total = session.scalar(select(func.count()).select_from(Application)) or 0
    while True:
        with database.read() as session:
            rows = session.execute(
                select(Application.id, Application.instance_id, Application.ended_at)
                .where(Application.id > after).order_by(Application.id).limit(CHUNK)).all()
            found = engine.instance_states(session, [row.instance_id for row in rows if row.instance_id])
        if not rows:
            break
        missing += [row.id for row in rows if row.instance_id not in found]
        stranded += [row.id for row in rows if row.ended_at is None and found.get(row.instance_id) in ENDED]
        after, done = rows[-1].id, done + len(rows)
        progress("applications", done, max(total, done))
    if missing:
        return failure("applications", f"{len(missing)} without a process instance: {', '.join(missing[:5])}",
                       "restore a backup; such rows are written by nothing in the product")
    if stranded:
        return failure("applications", f"{len(stranded)} open although their process instance has ended: "
                       + ", ".join(stranded[:5]), "look at their history; withdraw or reopen them")
    return fine("applications", f"{done}, each with its process instance")


def keys_fit(database: Database, keys: signatures.Keys) -> Finding:
    """Whether the keys on disk are those this database was written with: the newest tracking code tells."""
    with database.read() as session:
        newest = session.execute(select(Application.id, Application.tracking_hash)
                                 .order_by(Application.id.desc()).limit(1)).first()
    if newest is None:
        return fine("keys of the database", "no application to compare them by")
    if numbers.tracking_hash(numbers.tracking_code(keys, newest.id)) == newest.tracking_hash:
        return fine("keys of the database", "tracking codes given out are those of these keys")
    return failure("keys of the database", "tracking codes given out are not those of these keys",
                   "put back the keys that belong to this database, from the backup of the same installation")


def _running(engine: Engine, database: Database) -> Iterator[Sequence[str]]:
    after: str | None = None
    while True:
        with database.read() as session:
            ids = engine.running(session, after=after, limit=CHUNK)
        if not ids:
            return
        yield ids
        after = ids[-1]


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start:start + CHUNK]


def _together(first: values.Defect | None, second: values.Defect) -> values.Defect:
    if first is None:
        return second
    return values.Defect(kind=first.kind, count=first.count + second.count, detail=first.detail,
                         examples=[*first.examples, *second.examples][:5])


def _listed(defect: values.Defect) -> str:
    more = ", …" if defect.count > len(defect.examples) else ""
    return ", ".join(defect.examples) + more
