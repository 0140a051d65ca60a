"""Duplicates: a lost licence is issued once more under its number; what asks for more than the law asks a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import errors
from tests.workflows.test_renew_and_relocate import RENEWAL, apply, go, state
from tests.workflows.world import World
from workflows import applications, guards, licences

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/duplicate"
ASKED = json.loads((EXAMPLE / "application.json").read_text(encoding="utf-8"))
LOST: dict[str, Any] = ASKED["data"]
STATEMENT = {field: (Path(path).name, (EXAMPLE / path).read_bytes()) for field, path in ASKED["files"].items()}


@pytest.fixture
def licence(world: World) -> licences.Licence:
    """A licence in force."""
    mine = world.submit().application_id
    world.to_issuer(mine)
    return world.issue(mine, "CRA-0")


def ask(world: World, licence: licences.Licence, **changes: Any) -> str:
    with world.product.database.begin() as session:
        return applications.submit(session, product=world.product, service="duplicate", data={**LOST, **changes},
                                   files=STATEMENT, user=world.users["applicant"],
                                   licence=licence.number).application_id


def test_a_lost_licence_is_issued_once_more_with_its_number_and_expiry_under_another_code(
        world: World, licence: licences.Licence):
    mine = ask(world, licence)
    with pytest.raises(applications.DuplicateApplication):
        ask(world, licence)
    with pytest.raises(guards.AnotherOpen):
        apply(world, licence, "renew", RENEWAL)
    go(world, mine, "manager_signature")
    world.complete(mine, "manager_signature")
    world.run_jobs()
    new = world.issue(mine, "CRA-1")
    assert (new.number, new.expires_on, new.holder_id, new.office_id, new.state) == (
        licence.number, licence.expires_on, licence.holder_id, licence.office_id, "ACTIVE")
    assert new.verify_url != licence.verify_url
    assert (world.application(mine).state, state(world, licence.id)) == ("ISSUED", "REPLACED")
    assert world.application(ask(world, new)).state == "UNDER_REVIEW"  # it may be lost again


def test_a_damaged_licence_that_is_kept_is_a_question_to_persons_and_refused_with_its_code(
        world: World, licence: licences.Licence):
    mine = ask(world, licence, duplicate_reason="DAMAGED", original_at_hand=False)
    with pytest.raises(errors.Invalid) as unanswered:
        world.complete(mine, "examine_documents", complete=True)
    assert {problem.where for problem in unanswered.value.problems} == {"question_decision", "question_reason"}
    world.complete(mine, "examine_documents", complete=True, question_decision="NO_OBSTACLE",
                   question_reason="سوخته است و چیزی از آن نمانده")
    world.complete(mine, "manager_signature", decision="REFUSE", condition_codes=["U02"], reason="هنوز خواناست")
    assert (world.application(mine).condition_codes, state(world, licence.id)) == (("U02",), "ACTIVE")
