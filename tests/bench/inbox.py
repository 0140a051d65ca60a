"""The inbox among a million open tasks, and an application found by its tracking code, with the plans of both."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import Engine, Handlers, values
from engine.clock import SystemClock
from engine.store.session import Database
from tests.bench import permit, progress
from tests.bench.rounds import Figure, Rounds
from tests.bench.stores import Stores
from workflows import bootstrap, catalogue, dossiers, numbers, offices

ROLES = ("CLERK", "INSPECTOR", "TECH_COMMITTEE", "WORKING_GROUP", "MANAGER")
COUNTIES = [county for county, _, _ in offices.COUNTIES]
ASKED = 200
"""Questions of a round."""
CODES = 200
"""Applications whose tracking code is known."""
INBOX_P95, TRACKING_P95 = 100.0, 20.0

_WORDS = {
    "sqlite": ("printf('{prefix}%031x', {number})", "datetime('{day}', '+' || ({minutes}) || ' minutes') || '.000000'"),
    "postgresql": ("'{prefix}' || lpad(to_hex({number}), 31, '0')",
                   "timestamptz '{day}+00' + make_interval(mins => ({minutes})::int)"),
}
"""An id of 32 digits and a moment, as each store writes them."""
_SERIES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"


def bench(rounds: Rounds, stores: Stores) -> list[Figure]:
    """p95 of both questions on each store. The plans are printed as they are found."""
    figures = []
    for store in stores.names:
        url = stores.url(store)
        bootstrap.migrate(url)
        database = Database(url)
        try:
            codes = fill(database, rounds.tasks)
            figures += _ask(store, database, codes, rounds)
        finally:
            database.dispose()
    return figures


def fill(database: Database, count: int) -> list[str]:
    """So many open tasks and a tenth as many applications; returns the tracking codes of some of these."""
    with database.begin() as session:
        offices.seed_counties(session)
        engine = Engine(clock=SystemClock(), handlers=Handlers())
        engine.deploy(session, resources=permit.bundle(), actor=values.SYSTEM)
        definition = engine.definition(session, key=permit.KEY)
    made = {"count": count, "definition": definition.id, "deployment": definition.deployment_id,
            "service": next(iter(catalogue.SERVICES))}
    for what, statement in _statements(database.dialect, made):
        progress.tell(f"{database.dialect}: {what}")
        with database.sqlalchemy_engine.begin() as connection:
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    codes = [f"{place:016d}" for place in range(CODES)]
    step = max(1, count // 10 // CODES)
    with database.sqlalchemy_engine.begin() as connection:
        for place, code in enumerate(codes):
            connection.execute(sa.text("UPDATE application SET tracking_hash = :hash WHERE id = :id"), {
                "hash": numbers.tracking_hash(code), "id": f"a{1 + place * step:031x}"})
    with database.sqlalchemy_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return codes


def _ask(store: str, database: Database, codes: list[str], rounds: Rounds) -> list[Figure]:
    chance = random.Random(1)  # noqa: S311 - reproducible
    engine = Engine(clock=SystemClock(), handlers=Handlers())

    def inbox(session: Session) -> object:
        pair = chance.choice(ROLES), chance.choice(COUNTIES)
        found = engine.user_tasks(session, where=[pair], limit=50, count=True)
        assert len(found.items) == 50 and found.total
        assert [task.due_at for task in found.items] == sorted(task.due_at for task in found.items if task.due_at)
        return found

    def everywhere(session: Session) -> object:
        return engine.user_tasks(session, where=[(chance.choice(ROLES), None)], limit=50, count=True)

    def tracking(session: Session) -> object:
        found = dossiers.track(session, product=None, code=chance.choice(codes))  # type: ignore[arg-type]
        assert found is not None
        return found

    figures = []
    for name, question, bound in (
            ("a page of the inbox (role and county, by due date, exact count)", inbox, INBOX_P95),
            ("the same of a role in the whole province", everywhere, None),
            ("tracking by code", tracking, TRACKING_P95)):
        _print_plans(f"{store}, {name}", database, question)
        found = [_p95(database, question) for _ in range(rounds.count)]
        figures.append(Figure(name=f"{store}, {rounds.tasks:,} open tasks: p95 of {name}", unit="ms",
                              value=statistics.median(found), at_most=bound))
    return figures


def _p95(database: Database, question: Callable[[Session], object]) -> float:
    taken = []
    for _ in range(ASKED):
        begin = time.perf_counter()
        with database.read() as session:
            question(session)
        taken.append((time.perf_counter() - begin) * 1e3)
    return statistics.quantiles(taken, n=20)[18]


def _print_plans(name: str, database: Database, question: Callable[[Session], object]) -> None:
    with _overheard(database) as asked, database.read() as session:
        question(session)
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    progress.clear()
    print(f"  plans: {name}")
    with database.sqlalchemy_engine.connect() as connection:
        for statement, parameters in asked:
            for row in connection.exec_driver_sql(explain + statement, parameters):
                print(f"    {str(row[-1])[:150]}")


@contextmanager
def _overheard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(database.sqlalchemy_engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        sa.event.remove(database.sqlalchemy_engine, "before_cursor_execute", hear)


def _statements(dialect: str, made: dict[str, Any]) -> Iterator[tuple[str, str]]:
    words, count = _WORDS[dialect], made["count"]
    few, day = max(1, count // 10), datetime(2026, 4, 4, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S")

    def identifier(prefix: str, number: str = "i") -> str:
        return words[0].format(prefix=prefix, number=number)

    def moment(minutes: str) -> str:
        return words[1].format(day=day, minutes=minutes)

    def one_of(names: Any, by: str) -> str:
        cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names))
        return f"CASE ({by}) % {len(names)} {cases} END"

    county = one_of(COUNTIES, "i / 5")
    yield "account", (
        "INSERT INTO account (id, kind, name, language, created_at, active, fs_uniquifier, login_count, "
        f"create_datetime, update_datetime) SELECT 'bench', 'applicant', 'bench', 'fa', {moment('0')}, "
        f"{'1' if dialect == 'sqlite' else 'true'}, 'bench', 0, {moment('0')}, {moment('0')}")
    yield "process instances", (
        "INSERT INTO process_instance (id, definition_id, definition_key, definition_version, business_key, scope, "
        f"state, version, execution, started_at) {_SERIES.format(count=few)} SELECT {identifier('c')}, "
        f"'{made['definition']}', '{permit.KEY}', 1, {identifier('a')}, {county}, 'ACTIVE', 1, "
        f"{chr(39)}{chr(39)}, {moment('i % 400000')} FROM n")
    yield "user tasks", (
        "INSERT INTO user_task (id, instance_id, definition_id, token_id, element_id, name, name_en, role, form_key, "
        "state, scope, business_key, due_at, sort_at, created_at, version) "
        f"{_SERIES.format(count=count)} SELECT {identifier('b')}, {identifier('c', f'1 + i % {few}')}, "
        f"'{made['definition']}', {identifier('d')}, 'check', 'بررسی مدارک', 'Check', {one_of(ROLES, 'i')}, 'form', "
        f"'READY', {county}, {identifier('a', f'1 + i % {few}')}, {moment('(i * 7919) % 400000')}, "
        f"{moment('(i * 7919) % 400000')}, {moment('i % 400000')}, 1 FROM n")
    yield "applications", (
        "INSERT INTO application (id, service, county, file_number, tracking_hash, applicant_id, via, submitted_by, "
        "subject_key, state, holder_role, definition_id, deployment_id, data, search_text, submitted_at, state_since, "
        f"version) {_SERIES.format(count=few)} SELECT {identifier('a')}, '{made['service']}', {county}, "
        f"{identifier('f')}, {identifier('e')}, 'bench', 'PORTAL', 'bench', {identifier('9')}, 'UNDER_REVIEW', "
        "'CLERK', "
        f"'{made['definition']}', '{made['deployment']}', '{{}}', 'bench', {moment('i % 400000')}, "
        f"{moment('i % 400000')}, 1 FROM n")
    yield "stages", (
        "INSERT INTO stage_entry (id, application_id, stage, role, entered_at) "
        f"{_SERIES.format(count=few)} SELECT {identifier('7')}, {identifier('a')}, 'UNDER_REVIEW', 'CLERK', "
        f"{moment('i % 400000')} FROM n")
