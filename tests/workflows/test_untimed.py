"""A user task that may lie for ever is told at every deployment."""

from __future__ import annotations

import pytest

from tests.engine import models
from workflows import bootstrap

LATE = models.boundary("late", "{}", models.timer("P5D"))
INSIDE = ('<bpmn:subProcess id="visit">' + models.start("s") + models.user("look") + models.end("e")
          + models.path("s", "look", "e") + "</bpmn:subProcess>")


def found(*body: str) -> list[tuple[str, str, str]]:
    return [(one.code, one.where, one.severity)
            for one in bootstrap.check(models.bundle(models.process("diagram", *body)))
            if one.code == "no_deadline"]


def test_a_user_task_that_may_lie_for_ever_is_told():
    body = (models.start(), models.user("look"), models.end(), models.path("start_1", "look", "end_1"))
    assert found(*body) == [("no_deadline", "look", "warning")]


@pytest.mark.parametrize("body", [
    (models.start(), models.user("look", 'parvaneh:deadline="P3D"'), models.end(),
     models.path("start_1", "look", "end_1")),
    (models.start(), models.user("look"), LATE.replace("{}", "look"), models.end(), models.end("lapsed"),
     models.path("start_1", "look", "end_1"), models.path("late", "lapsed")),
    (models.start(), INSIDE, LATE.replace("{}", "visit"), models.end(), models.end("lapsed"),
     models.path("start_1", "visit", "end_1"), models.path("late", "lapsed")),
], ids=["deadline", "timer", "timer around"])
def test_a_deadline_or_a_timer_is_enough(body):
    assert found(*body) == []
