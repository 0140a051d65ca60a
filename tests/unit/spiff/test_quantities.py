"""How many tokens an activity takes and gives (BPMN 2.0.2 Table 10.3, §13.3.2)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine import verification
from engine.spiff import parser, rehearsals
from tests.engine import models
from tests.unit.spiff.driver import Case, inline
from tests.unit.spiff.test_parser import problems, wrapped


def chain(*tasks: str) -> parser.Process:
    """User tasks in a row, each told as `id`, `id>2` (gives two), `2>id` (takes two) or `2>id>3`."""
    ids, body = ["start_1"], [models.start()]
    for task in tasks:
        parts = task.split(">")
        name = next(part for part in parts if not part.isdigit())
        takes, gives = parts[0] if parts[0].isdigit() else "1", parts[-1] if parts[-1].isdigit() else "1"
        body.append(models.user(name, f'startQuantity="{takes}" completionQuantity="{gives}"'))
        ids.append(name)
    flows = [models.flow(one, other) for one, other in pairwise([*ids, "end_1"])]
    return inline("chain", *body, models.end(), *flows)


def test_an_activity_begins_when_as_many_tokens_have_come_as_it_needs() -> None:
    case = Case(chain("a>3", "b", "2>c"))
    case.complete("a")
    assert case.where() == ["b", "b", "b"]
    case.complete("b")
    assert case.where() == ["b", "b"]
    case.complete("b")
    assert case.where() == ["b", "c"]
    case.complete("b")
    case.complete("c")
    assert case.where() == []
    assert not case.execution.ended, "a third token waits at c for a fourth"
    assert rehearsals.gathered(case.execution) == ["c"]


def test_tokens_are_counted_whichever_flow_they_came_by() -> None:
    case = Case("quantities", x=True)
    case.complete("hand_out")
    assert case.where() == ["extra"] * 3
    for _ in range(2):
        case.complete("extra")
    assert "bind" not in case.where()
    case.complete("extra")
    assert case.where() == ["bind", "late"]
    case.complete("bind")
    assert case.execution.ended
    case = Case("quantities", x=False)
    case.complete("hand_out")
    assert case.where() == ["sort"] * 3


def test_a_boundary_event_gives_one_token_whatever_the_activity_gives() -> None:
    process = inline(
        "edge", models.start(), models.user("a", 'completionQuantity="2"'), models.user("b"), models.user("c"),
        models.boundary("late", "a", models.timer("P1D")), models.path("start_1", "a", "b"), models.path("late", "c"))
    case = Case(process)
    case.fire("late")
    assert case.where() == ["c"]
    case = Case(process)
    case.complete("a")
    assert case.where() == ["b", "b"]


def test_an_activity_that_runs_several_times_gives_its_tokens_once() -> None:
    each = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>" \
           "</bpmn:multiInstanceLoopCharacteristics>"
    case = Case(inline("each", models.start(), models.user("a", 'completionQuantity="2"', each), models.user("b"),
                       models.path("start_1", "a", "b")))
    case.complete("a")
    assert case.where() == ["a"]
    case.complete("a")
    assert case.where() == ["b", "b"]


@pytest.mark.parametrize(("middle", "code"), [
    ('<task id="middle" startQuantity="0"/>', "bad_quantity"),
    ('<task id="middle" completionQuantity="-2"/>', "bad_quantity"),
    ('<task id="middle" completionQuantity="1001"/>', "bad_quantity"),
    ('<parallelGateway id="middle" startQuantity="2"/>', "unsupported_attribute"),
])
def test_a_number_of_tokens_that_means_nothing_is_refused_with_its_clause(middle: str, code: str) -> None:
    [found] = problems(wrapped(middle=middle))
    assert (found.code, found.where) == (code, "middle")
    assert code != "bad_quantity" or "BPMN 2.0.2 Table 10.3" in found.what


def verdict(*tasks: str) -> list[tuple[str, str]]:
    found = verification.verify(chain(*tasks).model)
    assert found.complete
    return [(finding.fault, finding.where) for finding in found.findings]


@pytest.mark.parametrize("tasks", [
    ("a>2", "2>b"), ("a>3", "b", "c", "3>d>2", "e", "2>f"), ("a>2", "b>2", "4>c"), ("a>4", "2>b", "2>c"),
    ("a>2", "b"), ("a>5", "b", "c")])
def test_verification_finds_nothing_where_the_numbers_of_tokens_agree(tasks: tuple[str, ...]) -> None:
    assert verdict(*tasks) == []


def test_verification_finds_tokens_that_wait_for_ever() -> None:
    assert ("deadlock", "b") in verdict("a", "2>b", "c")
    assert ("never_runs", "b") in verdict("a", "2>b", "c")
    assert verdict("a>3", "2>b", "c") == [("deadlock", "b")]


def test_verification_says_when_there_are_too_many_tokens_to_tell_apart() -> None:
    found = verification.verify(chain("a>500", "500>b").model)
    assert not found.complete
    assert found.findings == []


def test_surplus_tokens_at_a_join_are_found() -> None:
    process = inline(
        "surplus", models.start(), models.gateway("fork", "parallel"), models.user("a", 'completionQuantity="2"'),
        models.user("b"), models.gateway("join", "parallel"), models.end(),
        models.path("start_1", "fork", "a", "join", "end_1"), models.path("fork", "b", "join"))
    found = verification.verify(process.model).findings
    assert [(finding.fault, finding.where) for finding in found] == [("deadlock", "join")]
