"""Prepared statements say and do what `Session.execute` does, errors included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from engine import errors
from engine.store import tables
from engine.store.prepared import Prepared
from engine.store.session import Database

MOMENT = datetime(2026, 4, 4, 5, 0, 1, 250, tzinfo=UTC)
_message = tables.message
_ADD = Prepared(sa.insert(_message))
_ONE = sa.select(_message).where(_message.c.message_id == bindparam("id"))
_MOVE = Prepared(sa.update(_message).where(_message.c.message_id == bindparam("id"), _message.c.name == "paid")
                 .values(name=bindparam("new_name"), received_at=bindparam("at")))


def row(number: str, **more: Any) -> dict[str, Any]:
    return {"message_id": number, "name": "paid", "received_at": MOMENT, "receivers": ["پروانه", {"a": None}], **more}


def test_rows_and_their_types_are_those_of_the_session(database: Database) -> None:
    prepared = Prepared(_ONE)
    with database.begin() as session:
        _ADD.run(session, row("1"))
        _ADD.run_all(session, [row("2"), row("3", receivers=[])])
        _ADD.run_all(session, [])
        for number in "123":
            expected = session.execute(_ONE, {"id": number}).one()
            assert prepared.first(session, {"id": number})._asdict() == dict(expected._mapping)
            assert prepared.all(session, {"id": number}) == [tuple(expected)]
        assert prepared.first(session, {"id": "none"}) is None
        assert prepared.first(session, {"id": "1"}).received_at == MOMENT


def test_an_update_says_how_many_rows_it_wrote(database: Database) -> None:
    with database.begin() as session:
        _ADD.run(session, row("1"))
        assert _MOVE.run(session, {"id": "1", "new_name": "late", "at": MOMENT}) == 1
        assert _MOVE.run(session, {"id": "1", "new_name": "late", "at": MOMENT}) == 0


def test_what_it_wrote_is_undone_with_its_transaction(database: Database) -> None:
    def twice(session: Session) -> None:
        _ADD.run(session, row("1"))
        _ADD.run(session, row("1"))

    with pytest.raises(sa.exc.IntegrityError), database.begin() as session:
        twice(session)
    with database.read() as session:
        assert Prepared(_ONE).first(session, {"id": "1"}) is None


def test_errors_are_those_of_the_session_and_are_heard(database: Database) -> None:
    heard: list[Any] = []
    sa.event.listen(database.sqlalchemy_engine, "handle_error", lambda told: heard.append(told.original_exception))
    with pytest.raises(sa.exc.IntegrityError), database.begin() as session:
        _ADD.run_all(session, [row("1"), row("1")])
    assert len(heard) == 1
    with pytest.raises(errors.Invalid), database.begin() as session:
        _ADD.run(session, row("\ud800"))


def test_a_write_in_a_transaction_for_reading_is_an_error(database: Database) -> None:
    for _ in range(3):  # connections go back and forth between readers and writers
        with pytest.raises(sa.exc.DBAPIError), database.read() as session:
            _ADD.run(session, row("1"))
        with database.begin() as session:
            _ADD.run(session, row("2"))
            session.execute(_message.delete())


def test_a_connection_the_server_has_closed_is_never_used(database: Database) -> None:
    if database.dialect != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    with database.begin() as session:
        mine = session.scalar(sa.text("SELECT pg_backend_pid()"))
    other = Database(database.sqlalchemy_engine.url.render_as_string(hide_password=False))
    with other.begin() as session:
        assert session.scalar(sa.text(f"SELECT pg_terminate_backend({mine}, 5000)"))
    other.dispose()
    with database.begin() as session:
        assert session.scalar(sa.text("SELECT pg_backend_pid()")) != mine
