"""The schema that migrations lead to is the schema the code means, on each store."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.store import tables
from engine.store.session import Database
from workflows import bootstrap


@pytest.fixture
def migrated(request: pytest.FixtureRequest, database_url: str) -> Database:
    """A database that came about by migrations alone."""
    database = Database(database_url)
    with database.sqlalchemy_engine.begin() as connection:
        tables.metadata.drop_all(connection)
    bootstrap.migrate(database_url)
    yield database
    with database.sqlalchemy_engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
    database.dispose()


def test_migrations_lead_to_the_metadata(migrated: Database):
    with migrated.sqlalchemy_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_indexes_are_the_same_whichever_way_they_were_made(migrated: Database, tmp_path: Path):
    def indexes(database: Database) -> set[str]:
        query = {"sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
                 "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"}[database.dialect]
        with database.sqlalchemy_engine.connect() as connection:
            return {re.sub(r"\s+", " ", row) for row in connection.execute(sa.text(query)).scalars()
                    if "alembic_version" not in row}

    by_migration = indexes(migrated)
    with migrated.sqlalchemy_engine.begin() as connection:
        tables.metadata.drop_all(connection)
        tables.metadata.create_all(connection)
    assert indexes(migrated) == by_migration


def test_a_second_migration_changes_nothing(migrated: Database, database_url: str):
    bootstrap.migrate(database_url)
    with migrated.sqlalchemy_engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar() == 1


def test_decisions_deployed_before_they_had_versions_get_them_in_order(migrated: Database, database_url: str):
    table = tables.decision_definition
    with migrated.sqlalchemy_engine.begin() as connection:
        tables.metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
    bootstrap.migrate(database_url, to="0004")
    with migrated.sqlalchemy_engine.begin() as connection:
        for place, ids in enumerate((("fee", "grade"), ("grade",))):
            deployment = f"{place}" * 32
            connection.execute(tables.deployment.insert(), {
                "id": deployment, "hash": deployment, "deployed_at": datetime(2026, 1, 1 + place, tzinfo=UTC),
                "deployed_by": "x", "source": "files"})
            content = "".join(f'<decision id="{each}"/>' for each in ids)
            connection.execute(tables.deployment_resource.insert(), {
                "deployment_id": deployment, "name": "a.dmn",
                "content": f'<definitions xmlns="urn:dmn">{content}</definitions>'.encode()})
    bootstrap.migrate(database_url)
    with migrated.sqlalchemy_engine.begin() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.key, table.c.version)).all()
        for emptied in (table, tables.deployment_resource, tables.deployment):
            connection.execute(emptied.delete())
    assert [tuple(row) for row in rows] == [("fee", 1, "0" * 32), ("grade", 1, "0" * 32), ("grade", 2, "1" * 32)]


def test_an_older_database_keeps_its_rows_and_takes_the_same_bundle_again(database_url: str):
    """A revision that makes a table anew must not lose, or trip over, the rows that refer to it."""
    database = Database(database_url)
    with database.sqlalchemy_engine.begin() as connection:
        tables.metadata.drop_all(connection)
    bootstrap.migrate(database_url, to="0004")
    deployment, resource = tables.deployment, tables.deployment_resource
    row = {"hash": "h" * 64, "deployed_at": datetime(2026, 1, 1, tzinfo=UTC), "deployed_by": "a", "source": "files"}
    with database.sqlalchemy_engine.begin() as connection:
        connection.execute(deployment.insert().values(id="1" * 32, **row))
        connection.execute(resource.insert().values(deployment_id="1" * 32, name="forms/a.form", content=b"{}"))
    bootstrap.migrate(database_url)
    with database.sqlalchemy_engine.begin() as connection:
        connection.execute(deployment.insert().values(id="3" * 32, **row))
        assert connection.execute(sa.select(resource.c.deployment_id)).scalars().all() == ["1" * 32]
        connection.execute(sa.text("DROP TABLE alembic_version"))
        tables.metadata.drop_all(connection)
        tables.metadata.create_all(connection)
    database.dispose()


def test_numbers_typed_before_they_had_one_form_get_it_unless_another_licence_has_it(database_url: str):
    database = Database(database_url)
    with database.sqlalchemy_engine.begin() as connection:
        tables.metadata.drop_all(connection)
    bootstrap.migrate(database_url, to="0006")
    at, day = datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)
    table = tables.metadata.tables
    licence = table["licence"]
    with database.sqlalchemy_engine.begin() as connection:
        connection.execute(table["county"].insert().values(code="urmia", name="ارومیه", name_en="Urmia", rank=1))
        connection.execute(table["holder"].insert().values(id="1" * 32, kind="LEGAL", identity="1", name="ن",
                                                           created_at=at, updated_at=at))
        connection.execute(table["office"].insert().values(id="1" * 32, kind="URBAN", county="urmia", postal_code="1",
                                                           address="ن", created_at=at))
        for place, number in enumerate(["cra-۷", "CRA - 7", "ك 9"]):
            connection.execute(licence.insert().values(
                id=f"{place}" * 32, public_id=f"{place}", number=f"{place}", kind="URBAN", issuer="CRA",
                issuer_number=number, national_id=number, holder_id="1" * 32, office_id="1" * 32, issued_on=day,
                expires_on=day, state="ACTIVE", registered_at=at, version=1))
    bootstrap.migrate(database_url)
    with database.sqlalchemy_engine.begin() as connection:
        rows = connection.execute(sa.select(licence.c.issuer_number, licence.c.national_id)
                                  .order_by(licence.c.id)).all()
        connection.execute(sa.text("DROP TABLE alembic_version"))
        tables.metadata.drop_all(connection)
        tables.metadata.create_all(connection)
    database.dispose()
    assert [tuple(row) for row in rows] == [("CRA-7", "CRA-7"), ("CRA - 7", "CRA-7"), ("ک9", "ک9")]
