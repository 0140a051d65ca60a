"""Tokens follow sequence flows as BPMN 2.0.2 §13 says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import dmn, feel
from tests.engine import models
from tests.unit.spiff.driver import NOON, Case, Desk, answer, inline


def desk() -> Desk:
    found = Desk()
    found.handlers["notes.write"] = lambda call: {"noted": call.inputs.get("what")}
    found.decisions["grade"] = lambda variables: answer({"mark": variables["doubled"]}, 2)
    return found


def test_a_sequence_runs_from_start_to_end() -> None:
    case = Case("sequence", desk=desk(), amount=21)
    assert case.where() == ["first"]
    report = case.complete("first", checked=True)
    assert report.instance_ended
    assert report.outcome == "DONE"
    assert report.end_element_id == "done"
    assert case.trace == ["begin", "first", "double", "note", "rule", "done"]
    assert case.execution.variables() == {
        "case_id": "A-1", "amount": Decimal(21), "checked": True, "doubled": Decimal(42), "noted": Decimal(42),
        "grade": {"mark": Decimal(42)}}


def test_a_waiting_user_task_says_all_that_an_inbox_needs() -> None:
    case = Case("sequence", desk=desk(), amount=1)
    wait = case.one("first")
    assert (wait.kind, wait.name, wait.name_en) == ("user_task", "نخست", "First")
    assert (wait.role, wait.form_key) == ("CLERK", "form")
    assert (wait.stage, wait.duty, wait.process_key, wait.path) == ("CHECK", "inspection", "sequence", ())
    assert wait.arrived_at == NOON
    assert wait.due_at == NOON + timedelta(days=5)
    assert case.report.started == [wait]


def test_a_business_rule_task_tells_history_which_rules_matched() -> None:
    case = Case("sequence", desk=desk(), amount=1)
    report = case.complete("first")
    facts = {done.element_id: done.facts for done in report.completed}
    assert facts["rule"] == {"decision": "grade", "matched": [{"index": 2, "id": "rule_2", "annotations": {}}]}


def test_a_decision_table_that_contradicts_itself_is_an_incident() -> None:
    found = desk()
    fault = dmn.Violation(decision_id="grade", table_id="t", rules=[1, 2], what="two rules match", what_fa="")
    found.decisions["grade"] = lambda _: dmn.Result(value=None, matched=[], trail=[], violations=[fault])
    case = Case("sequence", desk=found, amount=1)
    failure = case.complete("first").failures[0]
    assert (failure.element_id, failure.kind) == ("rule", "expression")
    assert "two rules match" in failure.message


def test_a_decision_that_gives_a_function_is_an_incident() -> None:
    found = desk()
    found.decisions["grade"] = lambda _: answer(feel.evaluate("function(x) x", {}))
    case = Case("sequence", desk=found, amount=1)
    assert "a function" in case.complete("first").failures[0].message


def test_now_in_an_expression_is_the_moment_of_the_clock() -> None:
    case = Case("exclusive", amount=1)
    assert case.execution.instance.script_engine.environment.evaluate("now()", {}) == NOON


@pytest.mark.parametrize(("amount", "element"), [(5, "small"), (500, "large"), (50, "other")])
def test_an_exclusive_gateway_takes_the_first_flow_that_holds_or_the_default(amount: int, element: str) -> None:
    case = Case("exclusive", amount=amount)
    assert case.where() == [element]
    assert dict(case.report.completed[1].facts) == {"flows": [f"which_to_{element}"]}


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_and_not_false() -> None:
    case = Case("exclusive")
    assert [failure.element_id for failure in case.report.failures] == ["which"]
    assert "which_to_small" in case.report.failures[0].message
    assert case.one("which").kind == "incident"


def test_a_parallel_join_waits_for_every_branch_also_after_a_loop() -> None:
    case = Case("parallel_loop")
    for _ in range(3):
        assert case.where() == ["left", "right"]
        case.complete("right")
        assert case.where() == ["left"]
        case.complete("left", repeat=True)
    case.complete("left")
    report = case.complete("right", repeat=False)
    assert report.instance_ended
    assert case.trace.count("join") == 4


def test_what_one_branch_wrote_is_not_undone_by_the_branch_that_ends_later() -> None:
    case = Case("parallel_loop", verdict="old")
    case.complete("left", verdict="new")
    case.complete("right", repeat=False)
    assert case.execution.variables()["verdict"] == "new"


def test_an_inclusive_join_waits_only_for_branches_that_were_taken() -> None:
    case = Case("inclusive", x=True, y=True)
    assert case.where() == ["a", "b"]
    case.complete("b")
    assert case.where() == ["a"]
    case.complete("a")
    assert case.where() == ["a2"]
    case.complete("a2")
    assert case.where() == ["after"]
    assert case.trace.count("join") == 1


def test_an_inclusive_gateway_takes_the_default_when_nothing_holds() -> None:
    case = Case("inclusive", x=False, y=False)
    assert case.where() == ["c"]
    case.complete("c")
    assert case.where() == ["after"]


def test_an_inclusive_join_with_one_taken_branch_goes_on_at_once() -> None:
    case = Case("inclusive", x=False, y=True)
    case.complete("b")
    assert case.where() == ["after"]


def test_an_activity_with_several_outgoing_flows_takes_all_whose_condition_holds() -> None:
    case = Case("implicit")
    case.complete("work", x=True, y=True)
    assert case.where() == ["a", "b"]
    assert "note" in case.trace and "shelve" in case.trace
    case.complete("a")
    assert case.complete("b").instance_ended


def test_an_activity_takes_its_default_flow_when_no_condition_holds() -> None:
    case = Case("implicit")
    case.complete("work", x=False, y=False)
    assert case.where() == ["c"]


def test_a_bad_condition_after_a_user_task_leaves_the_user_task_completed() -> None:
    case = Case("implicit")
    report = case.complete("work", x=True)
    assert "work" in case.trace
    assert [failure.element_id for failure in report.failures] == ["work"]
    assert case.one("work").kind == "incident"


def test_elements_called_start_and_end_are_nothing_special() -> None:
    case = Case("subprocess")
    case.complete("before")
    case.complete("in_one")
    case.complete("in_two")
    assert case.where() == ["after"]
    case.complete("after")
    assert case.trace[-1] == "End"
    assert case.execution.ended


def test_a_terminate_end_ends_its_subprocess_and_nothing_more() -> None:
    case = Case("subprocess")
    case.complete("before")
    report = case.complete("in_two")
    assert case.where() == ["after"]
    assert report.end_element_id is None
    assert not case.execution.ended


def test_a_loop_does_not_make_the_state_grow() -> None:
    case = Case("parallel_loop")
    sizes = []
    for _ in range(12):
        case.complete("left")
        case.complete("right", repeat=True)
        sizes.append(len(case.execution.instance.tasks))
    assert len(set(sizes)) == 1


def test_a_runaway_loop_becomes_an_incident_when_the_budget_is_used_up() -> None:
    case = Case("runaway", budget=50, n=0, nobody=[], stop=False)
    assert case.report.budget_exceeded
    assert [failure.kind for failure in case.report.failures] == ["budget"]
    assert len(case.waits()) == 1 and case.waits()[0].kind == "incident"
    stuck = case.waits()[0].element_id
    assert case.retry(stuck).budget_exceeded


def test_what_a_handler_changes_in_its_variables_changes_nothing() -> None:
    found = desk()

    def write(call: object) -> dict[str, object]:
        call.variables["list"].append("changed")  # type: ignore[attr-defined]
        return {"taken": call.variables["list"]}  # type: ignore[attr-defined]

    found.handlers["notes.write"] = write
    case = Case("sequence", desk=found, amount=1, list=["kept"])
    case.complete("first")
    assert case.execution.variables()["list"] == ["kept"]
    assert case.execution.variables()["taken"] == ["kept", "changed"]


def test_a_caller_that_changes_what_it_gave_or_got_changes_nothing() -> None:
    given = {"rows": [1]}
    case = Case("sequence", desk=desk(), amount=1, given=given)
    given["rows"].append(2)
    case.execution.variables()["given"]["rows"].append(3)
    case.execution.task_variables(case.one("first").token_id)["given"]["rows"].append(4)
    assert case.execution.variables()["given"] == {"rows": [Decimal(1)]}


@pytest.mark.parametrize("kind", ["exclusive", "task"])
@pytest.mark.parametrize("listed", [("which__low", "which__high"), ("which__high", "which__low"), ("which__high",), ()])
def test_conditions_are_tried_in_the_order_in_which_the_element_lists_its_flows(kind: str,
                                                                               listed: tuple[str, ...]) -> None:
    outgoing = "".join(f"<bpmn:outgoing>{name}</bpmn:outgoing>" for name in listed)
    tag = "exclusiveGateway" if kind == "exclusive" else "task"
    case = Case(inline(
        "order", models.flow("which", "low", "n &gt; 1"), models.flow("which", "high", "n &gt; 2"),
        models.start(), f'<bpmn:{tag} id="which">{outgoing}</bpmn:{tag}>', models.user("low"), models.user("high"),
        models.path("start_1", "which"), models.end(), models.path("low", "end_1"), models.path("high", "end_1")), n=3)
    taken = [wait.element_id for wait in case.waits()]
    first = (listed or ("which__low",))[0].removeprefix("which__")
    assert taken[0] == first
    assert len(taken) == (1 if kind == "exclusive" else 2)


def test_a_parallel_gateway_takes_every_flow_whatever_its_condition_says() -> None:
    case = Case(inline(
        "forking", models.start(), models.gateway("fork", "parallel"), models.user("one"), models.user("two"),
        models.end(), models.path("start_1", "fork"), models.flow("fork", "one", "false"),
        models.flow("fork", "two", "nobody &gt; 1"), models.path("one", "end_1"), models.path("two", "end_1")))
    assert case.where() == ["one", "two"]


def test_a_loop_without_a_wait_runs_until_its_condition_lets_it_go() -> None:
    def turning(until: str) -> Case:
        return Case(inline(
            "turn", models.start(), models.gateway("again"), models.script("add", "n + 1", "n"),
            models.gateway("enough", attributes='default="enough__again"'), models.end(),
            models.path("start_1", "again", "add", "enough"), models.flow("enough", "again"),
            models.flow("enough", "end_1", until)), n=0, budget=100)

    case = turning("n = 20")
    assert case.report.instance_ended
    assert case.trace.count("add") == 20
    [failure] = turning("n &lt; 0").report.failures
    assert failure.kind == "budget"
