"""Two people at the same moment."""

from __future__ import annotations

import threading

import pytest

from engine import errors
from tests.workflows.world import PDF, World
from workflows import applications


def together(*actions) -> list[object]:
    """Run the actions at the same moment; what each returned or raised."""
    barrier, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place, action):
        barrier.wait()
        try:
            results[place] = action()
        except errors.DomainError as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_parallel_tasks_of_one_application_complete_at_the_same_moment(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "vetting")
    tasks = world.tasks(mine)
    assert len(tasks) == 7
    results = together(*(lambda task=task: world.complete(mine, task.element_id, task=task) for task in tasks))
    assert not [result for result in results if isinstance(result, errors.DomainError)]
    assert world.task(mine, "report_ready")


def test_of_two_who_complete_one_task_one_succeeds(world: World):
    mine = world.submit().application_id
    task = world.task(mine, "check_documents")
    results = together(*[lambda: world.complete(mine, "check_documents", task=task)] * 4)
    assert sorted(type(result).__name__ for result in results) == ["TaskAlreadyCompleted"] * 3 + ["UserTask"]


def test_of_two_submissions_for_one_place_one_succeeds(world: World):
    results = together(world.submit, world.submit, world.submit)
    kinds = [type(result) for result in results]
    assert kinds.count(applications.Submitted) == 1
    assert kinds.count(applications.DuplicateApplication) == 2
    again = world.submit(site_postal_code="5713812399")
    assert int(again.file_number.split("-")[3]) == 2


def test_an_answer_and_the_end_of_its_window_do_not_wait_for_each_other(world: World):
    mine = world.submit().application_id
    world.complete(mine, "check_documents", complete=False, missing_codes=["D06"],
                   unlocked_fields=["company_name"], note="ناخواناست")
    world.run_jobs()
    task, lease = world.task(mine, "correct_application"), {"doc_tenure": ("new.pdf", PDF)}
    world.clock.advance(world.product.calendar.add_working_days(world.clock.now(), 10) - world.clock.now())
    answered, _ = together(lambda: world.complete(mine, "correct_application", task=task, files=lease), world.run_jobs)
    state = world.application(mine).state
    if isinstance(answered, errors.DomainError):
        assert (state, type(answered)) == ("LAPSED", errors.TaskAlreadyCompleted)
    else:
        assert state == "UNDER_REVIEW"


@pytest.mark.parametrize("people", [3])
def test_numbers_are_given_out_once(world: World, people: int):
    results = together(*(lambda n=n: world.submit(site_postal_code=f"571381240{n}") for n in range(people)))
    numbers = {result.file_number for result in results if isinstance(result, applications.Submitted)}
    assert len(numbers) == people
