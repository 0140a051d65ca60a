"""The bench runs, and its figures are those of what it says it measures. How fast it is gates nothing."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.store import tables
from tests.bench import __main__ as bench
from tests.bench import completions, inbox, loops, memory, permit, web
from tests.bench.rounds import Figure, Measured, Rounds, measure
from tests.bench.stores import Stores

SHORT = Rounds(count=3, seconds=0.001, instances=1)


def test_every_figure_is_printed_and_written(tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert bench.main(["--part", "decisions", "--json", str(file)], rounds=SHORT) == 0
    printed = capsys.readouterr().out
    figures = json.loads(file.read_text(encoding="utf-8"))["decisions"]
    assert {figure["name"] for figure in figures} >= {
        "condition `area >= 50 and lease_months >= 60`", "table of 10 rules", "table of 1,000 rules",
        "ratio of 1,000 rules to 10", "ratio of the condition to SpiffWorkflow's"}
    for figure in figures:
        assert figure["value"] > 0
        assert figure["name"] in printed


def test_a_file_that_cannot_be_written_is_told(tmp_path, capsys):
    assert bench.main(["--part", "decisions", "--json", str(tmp_path / "no" / "file")], rounds=SHORT) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.xdist_group("crash")
def test_a_cycle_is_measured_on_each_store(capsys):
    assert bench.main(["--part", "cycle", "--docket", "60"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("cycle (once")
    assert [line.split(":")[0] for line in printed[1:]] == [
        f"  monthly cycle of 60 applications, {store}, {workers} worker(s){total}"
        for store, workers in (("sqlite", 1), ("postgres", 2)) for total in ("", ", in total")]


@pytest.mark.parametrize("arguments", [["--part", "nothing"], ["--part", "loops", "--store", "paper"]])
def test_an_unknown_part_or_store_is_told(arguments, capsys):
    assert bench.main(arguments, rounds=SHORT) == 2
    assert "there are" in capsys.readouterr().err


def test_a_figure_says_its_target_and_whether_it_is_met():
    assert str(Figure(name="a", value=2, unit="ms", at_most=3)) == "a: 2.00 ms  (at most 3: met)"
    assert str(Figure(name="a", value=2, unit="", at_least=4)) == "a: 2.00  (at least 4: MISSED)"
    assert Figure(name="a", value=2, unit="").met is None


def test_engine_and_library_do_the_same_work():
    """What is compared ends alike: the same tasks in the same order, the same rows, a timer set and cancelled."""
    with Stores(("sqlite",)) as stores, stores.database("sqlite") as database:
        seen = {}
        for name, side in completions.sides(database).items():
            [instance] = completions.started(database, side, 1)
            completions.play(database, side, [instance])
            with database.read() as session:
                tasks, jobs, row = (session.execute(statement).all() for statement in (
                    sa.select(tables.user_task.c.element_id, tables.user_task.c.state)
                    .where(tables.user_task.c.instance_id == instance).order_by(tables.user_task.c.id),
                    sa.select(tables.job.c.element_id, tables.job.c.state).where(tables.job.c.instance_id == instance),
                    sa.select(tables.process_instance.c.state, tables.process_instance.c.version)
                    .where(tables.process_instance.c.id == instance)))
                past = set(session.scalars(sa.select(tables.history.c.element_id)
                                           .where(tables.history.c.instance_id == instance)))
            seen[name] = sorted(tasks), jobs, row[0].state, {*permit.TASKS, "judge", "fork"} & past
        assert seen["ours"] == seen["reload"] == seen["stock"] == seen["apart"]
        assert len(seen["ours"][0]) == permit.STEPS


def test_the_looping_case_is_measured_at_both_ends():
    with Stores(("sqlite",)) as stores:
        figures = loops.bench(replace(SHORT, count=1), stores)
    assert [figure.at_most for figure in figures] == [1.5, 3]
    assert all(figure.value > 0 for figure in figures)


def test_the_inbox_is_filled_and_asked_on_each_store(capsys, postgres_url):
    with Stores(server=postgres_url) as stores:
        figures = inbox.bench(replace(SHORT, count=1, tasks=10_000), stores)
    assert [figure.at_most for figure in figures] == [100, None, 20] * 2
    assert "ix_user_task_inbox" in capsys.readouterr().out


def test_the_server_and_the_bare_route_answer_clients():
    with Stores(("sqlite",)) as stores:
        office = web.Office(stores.url("sqlite"), stores.folder / "office")
        office.start(4)
        with office.served() as (port, process), web.bare(stores.folder / "bare") as (beside, _):
            tasks = office.open_tasks(4)
            clients, plain = [web.Client(port).sign_in() for _ in range(2)], web.Client(beside)
            _, taken = web.load(clients, tasks, web.Client.complete)
            assert len(taken) == 4
            assert not set(tasks) & set(office.open_tasks(10))
            assert memory.resident(process) > 10_000
            web.load([plain], tasks, web.Client.write)
            with pytest.raises(RuntimeError, match="refused"):
                web.load(clients, tasks, web.Client.complete)
            for client in (*clients, plain):
                client.close()
        office.close()


def test_medians_and_ratios_are_taken_over_rounds():
    measured = Measured(rounds={"a": [2.0, 4.0, 60.0], "b": [1.0, 1.0, 20.0]})
    assert measured.median("a") == 4.0
    assert measured.ratio("a", "b") == 3.0


def test_what_takes_longer_measures_longer():
    measured = measure({"short": lambda _: None, "long": lambda _: time.sleep(0.001)}, SHORT)
    assert measured.median("long") > 1000 > measured.median("short")
