"""Every scenario of bpmn/scenarios plays to its expected end, and together they take every sequence flow."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest
from lxml import etree

from engine.clock import ManualClock
from engine.store.session import Database
from tests import conftest, scenario

NS = {"bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL"}


pytestmark = pytest.mark.xdist_group("scenarios")
"""One worker plays them all, so that the coverage test need not play them again."""


@pytest.fixture(scope="module")
def play(sqlite_template, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], set[str]]:
    """Plays a scenario by its title, once, on a SQLite database of its own, and gives the flows it took.

    The stores differ below the diagrams, so one store is enough here.
    """
    @cache
    def played(title: str) -> set[str]:
        path = tmp_path_factory.mktemp("scenario") / "parvaneh.sqlite"
        shutil.copy(sqlite_template(), path)
        database = Database(f"sqlite:///{path}")
        try:
            return flows_taken(scenario.run(database, ManualClock(conftest.START), scenario.scenarios()[title]))
        finally:
            database.dispose()

    return played


@pytest.mark.parametrize("title", scenario.scenarios())
def test_scenario(title: str, play: Callable[[str], set[str]]):
    assert play(title)


def test_the_happy_path_runs_on_every_store(database: Database, clock: ManualClock):
    scenario.run(database, clock, scenario.scenarios()["An application without obstacles becomes a licence"])


def test_the_scenarios_together_take_every_sequence_flow(play: Callable[[str], set[str]]):
    taken = {flow for title in scenario.scenarios() for flow in play(title)}
    assert sorted(set(flows()) - taken) == []


@cache
def flows() -> dict[str, tuple[str, str, str]]:
    """Sequence flow id -> source, target, and how to know that it was taken."""
    found = {}
    for name, content in scenario.bundle().items():
        if name.endswith(".bpmn"):
            root = etree.fromstring(content)
            types = {node.get("id"): etree.QName(node).localname for node in root.iter(f"{{{NS['bpmn']}}}*")}
            for flow in root.iterfind(".//bpmn:sequenceFlow", NS):
                source, target = flow.get("sourceRef"), flow.get("targetRef")
                found[flow.get("id")] = source, target, types[source]
    return found


@cache
def single_way_out() -> set[str]:
    """Exclusive gateways that only join: they have nothing to say about the way they took."""
    gateways = Counter(source for source, _, kind in flows().values() if kind == "exclusiveGateway")
    return {gateway for gateway, ways in gateways.items() if ways == 1}


def flows_taken(played: scenario.Scenario) -> set[str]:
    """Flows that an exclusive gateway says it took, that lead to the event that happened, or that are always taken."""
    history = played.history()
    left = {entry.element_id for entry in history if entry.kind != "incident_raised"}
    said = {flow for entry in history for flow in entry.facts.get("flows", ())}
    taken = said | {flow for flow, (source, target, kind) in flows().items()
                    if kind != "exclusiveGateway" and (target if kind == "eventBasedGateway" else source) in left}
    merged = {flows()[flow][1] for flow in taken}
    return taken | {flow for flow, (source, _, _) in flows().items() if source in merged and source in single_way_out()}
