"""`parvaneh cycle`: sessions listed, previewed, run, skipped and made up for at the command line."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from api import cli_cycles
from engine import errors
from engine.store import tables
from engine.store.base import Base
from tests.workflows import candidates
from tests.workflows.sessions import ORDIBEHESHT, SCOPES, at, go_to, opened, ready, reviews, seen
from tests.workflows.world import World
from workflows import cycles


def told(world: World, *arguments: str) -> list[str]:
    """What `parvaneh cycle` prints over this world's product."""
    done = CliRunner().invoke(cli_cycles.cycle, arguments, obj=lambda _: contextlib.nullcontext(world.product))
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def refused(world: World, *arguments: str) -> str:
    done = CliRunner().invoke(cli_cycles.cycle, arguments, obj=lambda _: contextlib.nullcontext(world.product))
    assert done.exit_code != 0, done.output
    return done.output


def test_the_command_line_lists_sessions_with_their_progress(world: World):
    assert told(world, "list")[-1] == "Next regular session of monthly-review: 2026-04-21 08:00 in Tehran."
    opened(world, scopes=("urmia",), process_key="judged")
    ready(world, 3)
    assert told(world, "list")[0] == "No session has been due yet."
    go_to(world, at(1405, 3, 20))
    heading, row, more, following = told(world, "list", "--limit", "1")
    assert heading.split()[:3] == ["kind", "scope", "session"]
    assert row.split()[:3] == ["candidates", "urmia", "1405/03"]
    assert row.split()[-7:] == ["CLOSED", "0", "0", "0", "0", "0", "0"]
    assert more == "There are more; see them with --limit 2."
    assert following.startswith("Next regular session of candidates: ")
    [_, row, _] = told(world, "list", "--open")
    assert row.split()[-7:] == ["REVIEWING", "3", "0", "3", "0", "0", "0"]
    assert "cycle kind" in refused(world, "list", "--kind", "nothing")


def counted(world: World) -> dict[str, int]:
    """Rows of every table that a session writes."""
    with world.product.database.read() as session:
        return {table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in (*Base.metadata.sorted_tables, *tables.metadata.sorted_tables, candidates.review)}


def test_a_preview_tells_what_would_become_of_each_and_keeps_nothing(world: World):
    opened(world, scopes=("urmia",))
    ready(world, 6, c001="start", c002="handler")
    before = counted(world)
    assert told(world, "preview", "candidates", "urmia", "--limit", "4") == [
        "c000  would be decided: MET",
        f"c001  would fail: the beginning failed: {place('_variables', 'this candidate cannot begin')}",
        f"c002  would fail: tests.review: {place('handle', 'this candidate cannot be reviewed')}",
        "c003  would be decided: MET", "There are more; see them with a higher --limit."]
    assert counted(world) == before
    assert world.product.engine.live_instances == 0
    assert told(world, "preview", "candidates", "khoy") == ["Nothing is ready."]


def test_a_preview_tells_who_would_wait_and_who_is_under_review_already(world: World):
    opened(world, scopes=("urmia",), process_key="judged")
    ready(world, 1)
    go_to(world, at(1405, 2, 10))
    ready(world, 2, prefix="n")
    assert told(world, "preview", "candidates", "urmia") == [
        "c000  is under review already", "n000  would wait: judge", "n001  would wait: judge"]
    assert len(world.tasks("c000")) == 1 and world.tasks("n000") == []


def test_a_session_run_from_the_command_line_takes_what_is_ready_now(world: World):
    opened(world, scopes=("urmia",))
    ready(world, 3)
    _, row = told(world, "run", "candidates", "urmia", "--reason", "deadline")
    assert row.split()[-7:] == ["CLOSED", "3", "3", "0", "0", "0", "0"]
    [one] = seen(world)
    assert (one.cycle.sequence, one.cycle.instructed_by, one.cycle.reason) == (1, "operator", "deadline")
    assert "--reason" in refused(world, "run", "candidates", "urmia")


def test_a_skipped_session_leaves_what_is_ready_to_the_next(world: World):
    opened(world, scopes=("urmia",))
    ready(world, 2)
    assert told(world, "skip", "candidates", "urmia", "1405/02", "--reason", "no quorum") == [
        "The session 1405/02 of candidates in urmia is skipped: no quorum"]
    go_to(world, at(1405, 2, 10))
    [one] = seen(world)
    assert (one.cycle.state, one.cycle.found, one.cycle.instructed_by) == ("SKIPPED", 0, "operator")
    assert reviews(world) == [] and told(world, "list", "--open")[0] == "No session is open."
    go_to(world, at(1405, 3, 10))
    assert [(one.cycle.month, one.cycle.state, one.decided) for one in seen(world)] == [
        (2, "SKIPPED", 0), (3, "CLOSED", 2)]
    assert "has begun" in refused(world, "skip", "candidates", "urmia", "1405/03", "--reason", "x")
    assert "1405/13" in refused(world, "skip", "candidates", "urmia", "1405/13", "--reason", "x")
    assert "session" in refused(world, "skip", "candidates", "nowhere", "1405/04", "--reason", "x")
    assert "problem" in refused(world, "skip", "candidates", "urmia", "1405/04", "--reason", " ")


def test_a_session_that_is_due_but_not_begun_can_be_skipped_and_its_search_finds_nothing(world: World):
    kind = opened(world, scopes=("urmia",))
    ready(world, 2)
    world.clock.advance(at(1405, 3, 10) - world.clock.now())
    with world.product.database.begin() as session:
        assert cycles.ensure_cycles(session, product=world.product, kind=kind) == 2  # a search is on the list
        with pytest.raises(errors.Forbidden):
            cycles.skip(session, product=world.product, kind="candidates", scope="urmia", month=ORDIBEHESHT,
                        reason="x", user=world.users["clerk"])
        for reason in ("first", "second"):
            skipped = cycles.skip(session, product=world.product, kind="candidates", scope="urmia",
                                  month=ORDIBEHESHT, reason=reason, user=world.users["manager"])
    assert (skipped.state, skipped.reason) == ("SKIPPED", "first")
    world.run_jobs()
    assert [(one.cycle.month, one.cycle.state, one.decided) for one in seen(world)] == [
        (2, "SKIPPED", 0), (3, "CLOSED", 2)]


def test_what_was_due_is_caught_up_with_once_from_the_command_line(world: World):
    candidates.install(world.product, since=ORDIBEHESHT, scopes=SCOPES)
    candidates.prepare(world.product)
    ready(world, 3)
    world.clock.advance(at(1405, 3, 20) - world.clock.now())
    assert told(world, "catch-up")[:2] == ["4 session(s) were due and had no row.", "No session is open."]
    assert told(world, "catch-up", "--kind", "candidates")[0] == "0 session(s) were due and had no row."
    assert [(one.cycle.month, one.cycle.scope, one.decided) for one in seen(world)] == [
        (2, "khoy", 0), (2, "urmia", 3), (3, "khoy", 0), (3, "urmia", 0)]
    assert len(reviews(world)) == 3


def place(function: str, text: str) -> str:
    """Where candidates.py raises the error that says this, in the words of an incident."""
    lines = Path(candidates.__file__).read_text(encoding="utf-8").splitlines()
    line = 1 + next(number for number, one in enumerate(lines) if text in one)
    return f"ValueError in tests.workflows.candidates.{function}, line {line}"
