"""What runs only to undo is seen running when something undoes, and told when nothing ever does."""

from __future__ import annotations

from engine import verification
from engine.verification import Verdict
from tests.engine import models
from tests.unit.spiff.drawing import TOP, event_subprocess, throw
from tests.unit.spiff.driver import inline

UNDO = "<bpmn:compensateEventDefinition/>"


def undone(name: str) -> str:
    """A task with a handler that undoes it."""
    return (models.user(name) + models.boundary(f"u_{name}", name, UNDO)
            + models.user(f"undo_{name}", 'isForCompensation="true"')
            + f'<bpmn:association id="as_{name}" sourceRef="u_{name}" targetRef="undo_{name}"/>')


def verdict(*body: str) -> Verdict:
    return verification.verify(inline("p", models.start(), *body, models.end(), top=TOP).model)


def never(found: Verdict) -> list[str]:
    return [finding.where for finding in found.findings if finding.fault == "never_runs"]


def test_a_handler_runs_when_something_compensates() -> None:
    found = verdict(undone("a"), throw("h", UNDO), models.path("start_1", "a", "h", "end_1"))
    assert found.findings == []
    assert "undo_a" in found.ran


def test_a_handler_that_nothing_wakes_is_told() -> None:
    found = verdict(undone("a"), models.path("start_1", "a", "end_1"))
    assert never(found) == ["undo_a"]
    assert "undo_a" not in found.ran


def test_a_throw_names_the_activity_that_it_compensates() -> None:
    aimed = UNDO.replace("/>", ' activityRef="b"/>')
    found = verdict(undone("a"), undone("b"), throw("h", aimed), models.path("start_1", "a", "b", "h", "end_1"))
    assert never(found) == ["undo_a"]


def test_who_compensates_a_subprocess_compensates_what_was_done_in_it() -> None:
    inside = (f'<bpmn:subProcess id="sub">{models.start("is")}{undone("a")}{models.end("ie")}'
              f'{models.path("is", "a", "ie")}%s</bpmn:subProcess>')
    way = models.path("start_1", "sub", "h", "end_1")
    assert verdict(inside % "", throw("h", UNDO), way).findings == []
    by_event = verdict(inside % event_subprocess("es", UNDO), throw("h", UNDO), way)
    assert never(by_event) == []
    assert "es_task" in by_event.ran
    assert never(verdict(inside % event_subprocess("es", UNDO), models.path("start_1", "sub", "end_1"))) == [
        "undo_a", "es"]


def test_cancelling_a_transaction_compensates_what_was_done_in_it() -> None:
    def transaction(kind: str) -> Verdict:
        return verdict(
            f'<bpmn:transaction id="tx">{models.start("is")}{undone("a")}{models.end("ie", extra=kind)}'
            f'{models.path("is", "a", "ie")}</bpmn:transaction>',
            models.boundary("c", "tx", "<bpmn:cancelEventDefinition/>"), models.end("ce"),
            models.path("start_1", "tx", "end_1"), models.path("c", "ce"))

    assert never(transaction("")) == ["c", "undo_a"]
    cancelled = transaction("<bpmn:cancelEventDefinition/>")
    assert "undo_a" in cancelled.ran
    assert never(cancelled) == ["end_1"]
