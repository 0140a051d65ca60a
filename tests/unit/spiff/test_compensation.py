"""Compensation: what was done is undone, the last first; transactions that are cancelled."""

from __future__ import annotations

import pytest

from engine import errors, verification
from tests.engine import models
from tests.unit.spiff.drawing import event_subprocess, inner, throw
from tests.unit.spiff.driver import Case, Desk, inline
from tests.unit.spiff.test_parser import codes, problems, wrapped

COMPENSATE = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"


def undone(activity: str, handler: str = "", extra: str = "") -> str:
    """An activity's compensation boundary event, and a user task `undo_activity` that compensates it."""
    made = handler or models.user(f"undo_{activity}", 'isForCompensation="true"')
    return (
        models.boundary(f"u_{activity}", activity, COMPENSATE)
        + made
        + extra
        + f'<bpmn:association id="a_{activity}" sourceRef="u_{activity}" targetRef="undo_{activity}"/>'
    )


def of(activity: str, more: str = "") -> str:
    return f'<bpmn:compensateEventDefinition activityRef="{activity}" {more}/>'


def transaction(id: str, *body: str) -> str:
    return inner(id, *body).replace("bpmn:subProcess", "bpmn:transaction")


BOOKING = (models.start(), models.user("hotel"), models.user("flight"), undone("hotel"), undone("flight"))


def test_activities_are_compensated_the_last_one_first_and_who_throws_waits() -> None:
    case = Case(
        inline(
            "p",
            *BOOKING,
            throw("undo", COMPENSATE),
            models.user("after"),
            models.path("start_1", "hotel", "flight", "undo", "after"),
        )
    )
    case.complete("hotel")
    case.complete("flight")
    assert case.where() == ["undo_flight"]
    case.complete("undo_flight")
    assert case.where() == ["undo_hotel"]
    case.complete("undo_hotel")
    assert case.where() == ["after"]
    assert case.trace[-3:] == ["undo_flight", "undo_hotel", "undo"]
    assert case.complete("after").instance_ended


def test_one_activity_is_compensated_by_its_name_as_often_as_it_was_done() -> None:
    case = Case(
        inline(
            "p",
            *BOOKING,
            models.gateway("again", attributes='default="again__undo"'),
            throw("undo", of("hotel")),
            models.user("after"),
            models.path("start_1", "hotel", "flight", "again", "undo", "after"),
            models.flow("again", "hotel", "repeat = true"),
        )
    )
    case.complete("hotel", night=1)
    case.complete("flight", repeat=True)
    case.complete("hotel", night=2)
    case.complete("flight", repeat=False)
    assert case.execution.task_variables(case.one("undo_hotel").token_id)["night"] == 2
    case.complete("undo_hotel")
    assert case.execution.task_variables(case.one("undo_hotel").token_id)["night"] == 1
    case.complete("undo_hotel", refund=100)
    assert case.where() == ["after"]
    assert (case.execution.variables()["night"], case.execution.variables()["refund"]) == (2, 100)


def test_what_was_not_done_or_is_undone_already_is_not_compensated() -> None:
    case = Case(
        inline(
            "p",
            *BOOKING,
            throw("undo", of("flight")),
            throw("once_more", COMPENSATE),
            models.user("after"),
            models.path("start_1", "hotel", "undo", "once_more", "after"),
            models.path("after", "flight"),
        )
    )
    case.complete("hotel")
    assert case.where() == ["undo_hotel"]
    case.complete("undo_hotel")
    assert case.where() == ["after"]


def test_who_does_not_wait_goes_on_at_once() -> None:
    case = Case(
        inline(
            "p",
            *BOOKING,
            throw("undo", '<bpmn:compensateEventDefinition waitForCompletion="false"/>'),
            models.user("after"),
            models.path("start_1", "hotel", "undo", "after"),
            models.path("after", "flight"),
        )
    )
    case.complete("hotel")
    assert case.where() == ["after", "undo_hotel"]


def test_an_activity_that_was_interrupted_is_not_compensated() -> None:
    case = Case(
        inline(
            "p",
            *BOOKING,
            models.boundary("late", "hotel", models.timer("P1D")),
            models.end("undo", extra=COMPENSATE),
            models.path("start_1", "hotel", "flight"),
            models.path("late", "undo"),
        )
    )
    assert case.fire("late").instance_ended
    assert case.trace == ["start_1", "late", "undo"]


def test_a_subprocess_is_compensated_by_what_was_done_inside() -> None:
    case = Case(
        inline(
            "p",
            models.start(),
            inner(
                "trip",
                models.start("in"),
                models.user("hotel"),
                models.user("flight"),
                undone("hotel"),
                undone("flight"),
                models.path("in", "hotel", "flight"),
            ),
            models.user("pay"),
            undone("pay"),
            models.end("undo", extra=COMPENSATE),
            models.path("start_1", "trip", "pay", "undo"),
        )
    )
    for done in ("hotel", "flight", "pay", "undo_pay", "undo_flight"):
        case.complete(done)
    assert case.where() == ["undo_hotel"]
    assert case.complete("undo_hotel").instance_ended
    assert case.trace[-4:] == ["undo_pay", "undo_flight", "undo_hotel", "undo"]


def test_a_subprocess_within_another_is_compensated_from_outside() -> None:
    deep = inner(
        "deep", models.start("deep_in"), models.user("hotel"), undone("hotel"), models.path("deep_in", "hotel")
    )
    case = Case(
        inline(
            "p",
            models.start(),
            inner(
                "trip",
                models.start("in"),
                deep,
                models.user("flight"),
                undone("flight"),
                models.path("in", "deep", "flight"),
            ),
            models.user("think"),
            throw("undo", of("trip")),
            models.user("after"),
            models.path("start_1", "trip", "think", "undo", "after"),
        )
    )
    for done in ("hotel", "flight", "think", "undo_flight", "undo_hotel"):
        case.complete(done)
    assert case.where() == ["after"]


def test_a_subprocess_with_a_handler_is_compensated_by_that_alone() -> None:
    case = Case(
        inline(
            "p",
            models.start(),
            inner("trip", models.start("in"), models.user("hotel"), undone("hotel"), models.path("in", "hotel")),
            undone("trip"),
            models.end("undo", extra=COMPENSATE),
            models.path("start_1", "trip", "undo"),
        )
    )
    case.complete("hotel")
    assert case.where() == ["undo_trip"]
    assert case.complete("undo_trip").instance_ended


def test_a_compensation_event_subprocess_decides_how_its_subprocess_is_compensated() -> None:
    side = event_subprocess("side", COMPENSATE)
    case = Case(
        inline(
            "p",
            models.start(),
            inner("trip", models.start("in"), models.user("hotel"), undone("hotel"), models.path("in", "hotel"), side),
            models.user("think"),
            models.end("undo", extra=COMPENSATE),
            models.path("start_1", "trip", "think", "undo"),
        )
    )
    case.complete("hotel", paid=5)
    case.complete("think", paid=9)
    assert case.where() == ["side_task"]
    assert case.execution.task_variables(case.one("side_task").token_id)["paid"] == 5
    assert case.complete("side_task").instance_ended


def test_it_may_compensate_what_was_done_inside_itself() -> None:
    side = event_subprocess("side", COMPENSATE, then=throw("side_task", of("hotel")))
    case = Case(
        inline(
            "p",
            models.start(),
            inner(
                "trip",
                models.start("in"),
                models.user("hotel"),
                models.user("flight"),
                undone("hotel"),
                undone("flight"),
                models.path("in", "hotel", "flight"),
                side,
            ),
            models.end("undo", extra=COMPENSATE),
            models.path("start_1", "trip", "undo"),
        )
    )
    case.complete("hotel")
    case.complete("flight")
    assert case.where() == ["undo_hotel"]
    assert case.complete("undo_hotel").instance_ended


def test_an_error_event_subprocess_compensates_what_its_scope_has_done() -> None:
    side = event_subprocess("mend", "<bpmn:errorEventDefinition/>", then=throw("mend_task", COMPENSATE))
    case = Case(
        inline(
            "p",
            models.start(),
            inner(
                "trip",
                models.start("in"),
                models.user("hotel"),
                undone("hotel"),
                models.end("fail", extra='<bpmn:errorEventDefinition errorRef="e"/>'),
                models.path("in", "hotel", "fail"),
                side,
            ),
            models.user("after"),
            models.path("start_1", "trip", "after"),
            top='<bpmn:error id="e" errorCode="E"/>',
        )
    )
    case.complete("hotel")
    assert case.where() == ["undo_hotel"]
    case.complete("undo_hotel")
    assert case.where() == ["after"]


def test_a_cancelled_transaction_undoes_what_was_done_and_leaves_by_its_boundary() -> None:
    process = inline(
        "p",
        models.start(),
        transaction(
            "deal",
            models.start("in"),
            models.user("hotel"),
            undone("hotel"),
            models.gateway("fork", "parallel"),
            models.user("long"),
            models.user("doubt"),
            models.gateway("which", attributes='default="which__fine"'),
            models.end("stop", extra=CANCEL),
            models.end("fine"),
            models.path("in", "hotel", "fork", "long"),
            models.path("fork", "doubt", "which", "fine"),
            models.flow("which", "stop", "stopped = true"),
        ),
        models.boundary("cancelled", "deal", CANCEL),
        models.user("after"),
        models.user("regret"),
        models.path("start_1", "deal", "after"),
        models.path("cancelled", "regret"),
    )
    case = Case(process)
    case.complete("hotel")
    assert case.where() == ["doubt", "long"]
    case.complete("doubt", stopped=True)
    assert case.where() == ["undo_hotel"]
    case.complete("undo_hotel")
    assert case.where() == ["regret"]
    assert verification.verify(process.model).findings == []
    fine = Case(process)
    fine.complete("hotel")
    fine.complete("doubt", stopped=False)
    fine.complete("long")
    assert fine.where() == ["after"]


def test_a_handler_that_fails_is_an_incident_and_its_retry_goes_on() -> None:
    desk = Desk()
    faults = [errors.HandlerFailed("no line")]

    def refund(_: object) -> dict[str, object]:
        if faults:
            raise faults.pop()
        return {"refunded": True}

    desk.handlers["refund"] = refund
    handler = models.service("undo_hotel", "refund", 'isForCompensation="true"')
    case = Case(
        inline(
            "p",
            models.start(),
            models.user("hotel"),
            undone("hotel", handler),
            throw("undo", COMPENSATE),
            models.user("after"),
            models.path("start_1", "hotel", "undo", "after"),
        ),
        desk=desk,
    )
    case.complete("hotel")
    assert case.one("undo_hotel").kind == "incident"
    case.retry("undo_hotel")
    assert case.where() == ["after"]
    assert case.execution.variables()["refunded"] is True


def test_nothing_that_can_be_compensated_holds_up_the_end() -> None:
    case = Case(inline("p", *BOOKING, models.path("start_1", "hotel", "flight")))
    case.complete("hotel")
    assert case.complete("flight").instance_ended


@pytest.mark.parametrize(
    ("middle", "expected"),
    [
        (
            '<task id="middle"/><boundaryEvent id="u" attachedToRef="middle"><compensateEventDefinition/>'
            "</boundaryEvent>",
            [("compensation_handler", "u")],
        ),
        (
            '<task id="middle"/><boundaryEvent id="u" attachedToRef="middle"><compensateEventDefinition/>'
            "</boundaryEvent>"
            '<task id="h"/><association id="as" sourceRef="u" targetRef="h"/>',
            [("compensation_handler", "u"), ("no_incoming", "h")],
        ),
        (
            '<intermediateThrowEvent id="middle"><compensateEventDefinition activityRef="none"/>'
            "</intermediateThrowEvent>",
            [("compensation_target", "middle")],
        ),
        (
            '<task id="middle" isForCompensation="true"/>',
            [("flow_into", "middle"), ("flow_out_of", "middle"), ("compensation_unused", "middle")],
        ),
        (
            '<subProcess id="middle"><startEvent id="s"/><endEvent id="e"><cancelEventDefinition/></endEvent>'
            '<sequenceFlow id="f" sourceRef="s" targetRef="e"/></subProcess>',
            [("cancel_place", "e")],
        ),
        (
            '<transaction id="middle"><startEvent id="s"/><endEvent id="e"><cancelEventDefinition/></endEvent>'
            '<sequenceFlow id="f" sourceRef="s" targetRef="e"/></transaction>',
            [("cancel_boundary", "middle")],
        ),
    ],
)
def test_rules_of_compensation_are_checked_with_their_clause(middle: str, expected: list[tuple[str, str]]) -> None:
    found = problems(wrapped(middle=middle))
    assert sorted((each.code, each.where) for each in found if each.code in dict(expected)) == sorted(expected)
    assert codes(wrapped(middle=middle))
