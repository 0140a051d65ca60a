"""Submitting, tracking, withdrawing; what is refused and what is told."""

from __future__ import annotations

import pytest

from engine import errors
from engine.values import Actor
from tests.workflows.test_tasks import staff
from tests.workflows.world import DATA, FILES, MOBILE, PDF, PNG, World
from workflows import accounts, applications, authorization, documents, numbers


def test_every_fault_is_told_at_once_and_nothing_is_stored(world: World):
    files = {**FILES, "doc_degree": ("degree.pdf", PNG), "doc_tenure": ("lease.pdf", b""),
             "doc_gazette": ("gazette.pdf", PDF + b"0" * documents.MAX_BYTES), "doc_articles": ("articles.exe", b"MZ")}
    with pytest.raises(errors.Invalid) as refused:
        world.submit(files=files, ceo_national_id="0013542418", company_legal_id="10380284791", sheba="IR1")
    found = {problem.where: problem.code for problem in refused.value.problems}
    assert found.keys() >= {"ceo_national_id", "company_legal_id", "sheba"}
    assert {found[key] for key in ("doc_degree", "doc_tenure", "doc_gazette", "doc_articles")} == {
        "file_mismatch", "file_empty", "file_too_large", "file_kind"}
    assert not list((world.var / "documents").rglob("*"))
    with world.product.database.read() as session:
        assert applications.search(session, product=world.product, user=world.users["applicant"]).items == []


def test_letters_and_digits_are_normalised_before_they_are_checked_and_stored(world: World):
    mine = world.submit(ceo_first_name="  علي ", ceo_national_id="۰۰۱۳٥٤٢٤۱۹",
                        site_postal_code="۵۷۱۳۸-۱۲۳۴۵").application_id
    data = world.application(mine).data
    assert (data["ceo_first_name"], data["ceo_national_id"], data["site_postal_code"]) == (
        "علی", "0013542419", "5713812345")


def test_the_process_knows_no_personal_data(world: World):
    mine = world.submit().application_id
    with world.product.database.read() as session:
        variables = world.product.engine.variables(session, world.application(mine).instance_id)
    text = repr(variables)
    assert not [key for key in ("ceo_last_name", "ceo_national_id", "company_name", "ceo_mobile", "site_address")
                if str(DATA[key]) in text]


def test_a_second_open_application_for_the_same_place_is_refused(world: World):
    first = world.submit()
    with pytest.raises(applications.DuplicateApplication) as refused:
        world.submit()
    assert refused.value.facts["file_number"] == first.file_number
    assert world.submit(site_postal_code="5713812346").file_number.startswith("WAZ-1405-CR-000002-")


def at_counter(world: World, *, by: str = "clerk", name: str = "دفتر پیشخوان  ۷۲\n", code: str | None = None,
               mobile: str = MOBILE, **changes) -> applications.Submitted:
    """An application taken down at a counter, with the code of consent that was just sent."""
    if code is None:
        with world.product.database.begin() as session:
            applications.ask_consent(session, product=world.product, user=world.users["clerk"], mobile=mobile,
                                     counter=name)
        world.run_jobs()
        code = world.last_code()
    with world.product.database.begin() as session:
        return applications.submit(session, product=world.product, data={**DATA, **changes}, files=FILES,
                                   service="create-urban-office", user=world.users[by],
                                   counter=applications.Counter(name=name, consent_code=code))


def test_a_clerk_takes_an_application_down_at_a_counter_that_the_trail_names(world: World):
    receipt = at_counter(world)
    assert "«دفتر پیشخوان ۷۲»" in world.messages()[0]
    found = world.application(receipt.application_id)
    assert (found.via, found.applicant_id) == ("COUNTER", world.users["applicant"].id)
    for person, actor in (("clerk", "clerk"), ("applicant", "STAFF")):
        with world.product.database.read() as session:
            told = applications.timeline(session, product=world.product, id=receipt.application_id,
                                         user=world.users[person])
        assert [(one.actor, one.reason) for one in told if one.kind == "taken_at_counter"] == [
            (actor, "دفتر پیشخوان ۷۲")]


def test_nothing_is_taken_down_without_the_consent_of_the_number_in_the_form(world: World):
    with pytest.raises(applications.ConsentMissing):
        at_counter(world, code="000000")
    with pytest.raises(applications.ConsentMissing):
        at_counter(world, mobile="09149999999")
    with pytest.raises(errors.Invalid) as refused:
        at_counter(world, name=" \n ", code="1")
    assert [problem.where for problem in refused.value.problems] == ["counter"]
    with pytest.raises(errors.Invalid) as refused:
        at_counter(world, name="x" * 101)
    assert [problem.where for problem in refused.value.problems] == ["counter"]
    with world.product.database.read() as session:
        assert applications.search(session, product=world.product, user=world.users["applicant"]).items == []


def test_who_takes_applications_down_is_a_clerk_of_the_county_and_not_named_in_it(world: World):
    staff(world, "khoy", ("CLERK", "khoy"))
    staff(world, "ceo", ("CLERK", None), national_id="0013542419")
    for person, refusal in (("khoy", authorization.RoleMissing), ("inspector", authorization.RoleMissing),
                            ("ceo", authorization.OwnApplication)):
        with pytest.raises(refusal):
            at_counter(world, by=person, code="123456")
    with pytest.raises(authorization.RoleMissing), world.product.database.begin() as session:
        applications.ask_consent(session, product=world.product, user=world.users["inspector"], mobile=MOBILE,
                                 counter="x")


def test_staff_do_not_submit_for_themselves(world: World):
    with pytest.raises(errors.Forbidden):
        world.submit(user="clerk")


def test_a_tracking_code_shows_the_stage_and_nothing_personal(world: World):
    receipt = world.submit()
    with world.product.database.read() as session:
        seen = applications.track(session, product=world.product, code=receipt.tracking_code.lower().replace("-", " "))
    assert seen is not None
    assert (seen.state, seen.file_number, seen.office) == ("UNDER_REVIEW", receipt.file_number, "دبیرخانه کارگروه")
    assert seen.due_at is not None
    assert not [value for value in DATA.values() if isinstance(value, str) and len(value) > 6 and value in repr(seen)]


@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000", "x", "A" * 5000, "۱۲۳۴", "'; DROP TABLE", "\x00"])
def test_an_unknown_code_and_a_malformed_one_get_the_same_answer(world: World, code):
    with world.product.database.read() as session:
        assert applications.track(session, product=world.product, code=code) is None


def test_a_tracking_code_is_computed_again_and_not_stored(world: World):
    receipt = world.submit()
    with world.product.database.read() as session:
        again = applications.receipt(session, product=world.product, id=receipt.application_id,
                                     user=world.users["applicant"])
        with pytest.raises(errors.Forbidden):
            applications.receipt(session, product=world.product, id=receipt.application_id, user=world.users["manager"])
    assert again == receipt
    assert len(receipt.tracking_code.replace("-", "")) == 16
    stored = b"".join(path.read_bytes() for path in world.var.parent.glob("*.sqlite*"))
    assert receipt.tracking_code.encode() not in stored


def test_a_withdrawal_before_the_issuer_ends_the_application(world: World):
    mine = world.submit().application_id
    with world.product.database.begin() as session:
        assert applications.withdraw(session, product=world.product, id=mine, user=world.users["applicant"],
                                     reason="منصرف شدم") == "WITHDRAWN"
    found = world.application(mine)
    assert (found.state, found.outcome) == ("WITHDRAWN", "WITHDRAWN")
    assert world.tasks(mine) == []
    with pytest.raises(applications.AlreadyEnded), world.product.database.begin() as session:
        applications.withdraw(session, product=world.product, id=mine, user=world.users["applicant"], reason="دوباره")


def test_a_withdrawal_at_the_issuer_is_a_request(world: World):
    mine = world.submit().application_id
    world.to_issuer(mine)
    with world.product.database.begin() as session:
        assert applications.withdraw(session, product=world.product, id=mine, user=world.users["applicant"],
                                     reason="منصرف شدم") == "REQUESTED"
    assert world.application(mine).state == "AT_ISSUER"


def test_an_application_whose_process_an_administrator_ended_is_cancelled(world: World):
    receipt = world.submit()
    with world.product.database.begin() as session:
        world.product.engine.cancel(session, world.application(receipt.application_id).instance_id,
                                    actor=Actor(id="admin"), reason="آزمایشی بود")
    assert world.application(receipt.application_id).state == "CANCELLED"
    assert world.submit().file_number != receipt.file_number


def test_staff_withdraw_nothing(world: World):
    mine = world.submit().application_id
    with pytest.raises(authorization.RoleMissing), world.product.database.begin() as session:
        applications.withdraw(session, product=world.product, id=mine, user=world.users["clerk"], reason="x")


def test_search_finds_by_name_in_any_spelling_and_only_in_ones_counties(world: World):
    world.submit()
    world.submit(site_county="khoy", site_postal_code="5813812346")
    with world.product.database.begin() as session:
        world.users["khoy"] = accounts.create_staff(session, username="khoy-clerk", password="long enough 1", name="k",
                                                    roles=(("CLERK", "khoy"),))
    with world.product.database.read() as session:
        def found(user, **query):
            return [one.county for one in applications.search(session, product=world.product, user=world.users[user],
                                                              **query).items]
        assert found("clerk", text="پيشگامان") == ["khoy", "urmia"]
        assert found("khoy") == ["khoy"]
        assert found("applicant") == ["khoy", "urmia"]
        assert found("clerk", text="۰۰۱۳۵۴۲۴۱۹", county="urmia") == ["urmia"]
        page = applications.search(session, product=world.product, user=world.users["clerk"], limit=1)
        rest = applications.search(session, product=world.product, user=world.users["clerk"], limit=1, after=page.next)
        assert [one.county for one in (*page.items, *rest.items)] == ["khoy", "urmia"]
        assert rest.next is None


def test_the_timeline_names_staff_to_staff_only(world: World):
    mine = world.submit().application_id
    world.complete(mine, "check_documents")
    with world.product.database.read() as session:
        inside = applications.timeline(session, product=world.product, id=mine, user=world.users["clerk"])
        outside = applications.timeline(session, product=world.product, id=mine, user=world.users["applicant"])
    assert "clerk" in {entry.actor for entry in inside}
    assert {entry.actor for entry in outside} <= {"APPLICANT", "STAFF", "SYSTEM"}


@pytest.mark.parametrize("slip", ["WAZ-1405-CR-000124-{}", "WAZ-1406-CR-000123-{}", "WAZ-1405-CS-000123-{}",
                                  "WAZ-1405-CR-000132-{}"])
def test_a_slip_in_a_file_number_is_found(slip):
    digit = numbers.check_digit("WAZ-1405-CR-000123")
    assert numbers.is_number(f"WAZ-1405-CR-000123-{digit}")
    assert not numbers.is_number(slip.format(digit))
