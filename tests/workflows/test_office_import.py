"""Taking existing offices into the register from a file: what is written, what is refused, and that it is told."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select

from tests.workflows.world import World
from workflows import calendar, demo_offices, identifiers, licences, office_import, register_changes
from workflows.models.holder import Holder, Person
from workflows.models.licence import Licence, LicenceEvent
from workflows.models.office import BankCode, Office, OfficeOffering
from workflows.models.place import Settlement
from workflows.models.register_change import RegisterChange

URBAN = {
    "kind": "شهری", "licence_number": "CRA-1", "issued_on": "۱۴۰۲/۰۵/۱۷", "expires_on": "1407/05/17",
    "county": "اروميه", "district": "", "settlement": "ارومیه", "postal_code": "۵۷۱۳۸۱۲۳۴۵",
    "address": "خیابان كاشانی، پلاک ۴", "latitude": "37.55", "longitude": "45.07", "area_m2": "۶۴", "tenure": "LEASE",
    "over_60_counter": "بله", "offerings": "پست+آب", "bank_code": "", "atms": "", "atms_by_ministry": "",
    "holder_kind": "حقوقی", "holder_id": "10380284790",
    "holder_name": "شرکت نمونه", "registration_number": "12", "economic_code": "",
    "iban": "IR820540102680020817909002", "manager_national_id": "0013542419", "manager_first_name": "علی",
    "manager_last_name": "نمونه‌ای", "manager_mobile": "+98 914 123 4567", "deputy_national_id": "",
    "deputy_first_name": "", "deputy_last_name": ""}
RURAL = {
    **URBAN, "kind": "RURAL", "licence_number": "CRA-2", "district": "انزل", "settlement": "روستای گل‌تپه",
    "postal_code": "5710000017", "bank_code": "40001", "atms": "1", "atms_by_ministry": "1",
    "holder_kind": "NATURAL",
    "holder_id": demo_offices.national_id(7), "holder_name": "", "manager_national_id": "",
    "manager_first_name": "زهرا",
    "iban": demo_offices.iban(7), "deputy_national_id": demo_offices.national_id(8), "deputy_first_name": "مینا",
    "deputy_last_name": "آزمونی"}


def sheet(*rows: Mapping[str, str], separator: str = ",", columns: list[str] | None = None) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=columns or list(URBAN), delimiter=separator, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def load(world: World, content: bytes, reason: str = "") -> office_import.Plan:
    """Import a file as the command does: all of it, or nothing when a row is bad."""
    with world.product.database.begin() as session:
        plan = office_import.plan(session, office_import.read(content, "offices.csv"), now=world.clock.now())
        if not plan.bad:
            office_import.write(session, plan, reason=reason, by="operator", now=world.clock.now())
    return plan


def outcomes(plan: office_import.Plan) -> list[str]:
    return [one.outcome for one in plan.planned]


def faults(plan: office_import.Plan) -> list[tuple[int | None, str, str]]:
    return [(one.line, one.where, one.code) for one in plan.problems]


def rows(world: World, table: type, *order: object) -> list:
    with world.product.database.read() as session:
        found = list(session.scalars(select(table).order_by(*order)))
        session.expunge_all()
        return found


def test_an_office_comes_in_with_holder_licence_offerings_bank_code_and_history(world: World):
    plan = load(world, sheet(URBAN, RURAL), reason="نامه ۱۲")
    assert plan.problems == []
    assert outcomes(plan) == ["NEW", "NEW"]
    urban, rural = rows(world, Office, Office.id)
    assert (urban.kind, urban.county, urban.district, urban.settlement) == (
        "URBAN", "urmia", "urmia/central", "ارومیه")
    assert (urban.address, urban.postal_code, float(urban.area_m2)) == ("خیابان کاشانی، پلاک ۴", "5713812345", 64)
    assert (urban.separate_counter_over_60, urban.atms, rural.atms_by_ministry) == (True, 0, 1)
    assert {(one.office_id, one.offering) for one in rows(world, OfficeOffering)} == {
        (office.id, offering) for office in (urban, rural) for offering in ("POST", "WATER")}
    [code] = rows(world, BankCode)
    assert (code.code, code.office_id, code.ended_on) == ("40001", rural.id, None)
    first, second = rows(world, Licence, Licence.id)
    assert (first.number[:12], second.number[:12]) == ("WAZ-1405-LU-", "WAZ-1405-LR-")
    assert (first.issuer, first.issuer_number, first.state) == ("CRA", "CRA-1", "ACTIVE")
    assert (first.issued_on, first.expires_on) == (date(2023, 8, 8), date(2028, 8, 7))
    company, person = rows(world, Holder, Holder.id)
    assert (company.name, company.iban) == ("شرکت نمونه", "IR820540102680020817909002")
    assert (person.kind, person.name, person.identity) == ("NATURAL", "زهرا نمونه‌ای", demo_offices.national_id(7))
    assert [(one.capacity, one.first_name, one.mobile) for one in rows(world, Person, Person.id)] == [
        ("MANAGER", "علی", "09141234567"), ("MANAGER", "زهرا", "09141234567"), ("DEPUTY", "مینا", None)]
    events = rows(world, LicenceEvent, LicenceEvent.id)
    assert [(one.from_state, one.to_state, one.reason, one.actor) for one in events] == [
        (None, "ACTIVE", f"نامه ۱۲ (offices.csv:{line})", "operator") for line in (2, 3)]
    assert [one.kind for one in rows(world, RegisterChange)] == ["ENTERED", "ENTERED"]


def test_the_same_file_again_changes_nothing(world: World):
    load(world, sheet(URBAN, RURAL))
    before = {table: rows(world, table) for table in (RegisterChange, LicenceEvent, Person, BankCode)}
    assert outcomes(load(world, sheet(URBAN, RURAL))) == ["UNCHANGED", "UNCHANGED"]
    again = load(world, b"\xef\xbb\xbf" + sheet({**URBAN, "address": "خیابان  كاشانی، پلاک ۴ "}, RURAL, separator=";"))
    assert outcomes(again) == ["UNCHANGED", "UNCHANGED"]
    assert [len(found) for found in before.values()] == [len(rows(world, table)) for table in before]


def test_a_changed_row_is_brought_up_to_date_and_the_history_says_what_it_was(world: World):
    load(world, sheet(URBAN, RURAL))
    changed = {**RURAL, "address": "میدان", "offerings": "پست+گاز", "bank_code": "40002", "state": "SUSPENDED",
               "expires_on": "1408/01/01", "manager_degree": "MASTER", "deputy_national_id": "",
               "deputy_first_name": "", "deputy_last_name": ""}
    plan = load(world, sheet(URBAN, changed, columns=[*URBAN, "state", "manager_degree"]))
    assert plan.problems == []
    assert outcomes(plan) == ["UNCHANGED", "CHANGED"]
    office = rows(world, Office, Office.id)[1]
    with world.product.database.read() as session:
        holder_id = session.scalar(select(Licence.holder_id).where(Licence.office_id == office.id))
        found = register_changes.of_office(session, office_id=office.id, holder_ids={holder_id})
    told = {name: tuple(change) for one in found for name, change in one.changes.items()}
    assert told["address"] == ("خیابان کاشانی، پلاک ۴", "میدان")
    assert told["offerings"] == (["POST", "WATER"], ["GAS", "POST"])
    assert told["bank_code"] == ("40001", "40002")
    assert told["expires_on"][1] == "2029-03-20"
    assert told["state"] == ("ACTIVE", "SUSPENDED")
    assert told["manager_degree"] == (None, "MASTER")
    assert told["deputy_national_id"] == (demo_offices.national_id(8), None)
    assert [(one.code, one.ended_on is None) for one in rows(world, BankCode, BankCode.code)] == [
        ("40001", False), ("40002", True)]
    assert [(one.from_state, one.to_state) for one in rows(world, LicenceEvent, LicenceEvent.id)][-1] == (
        "ACTIVE", "SUSPENDED")
    assert [one.until is None for one in rows(world, Person, Person.id)] == [True, True, False]
    assert outcomes(load(world, sheet(URBAN, changed, columns=[*URBAN, "state", "manager_degree"])))[1] == "UNCHANGED"


def test_a_column_that_the_file_lacks_leaves_the_register_as_it_is(world: World):
    load(world, sheet(URBAN, RURAL))
    few = [name for name in URBAN if name not in {"offerings", "bank_code", "iban", "deputy_national_id", "atms",
                                                   "atms_by_ministry", "deputy_first_name", "deputy_last_name"}]
    assert outcomes(load(world, sheet(URBAN, RURAL, columns=few))) == ["UNCHANGED", "UNCHANGED"]


def test_a_bank_code_that_was_ended_comes_back_to_its_own_office_only(world: World):
    load(world, sheet(RURAL))
    load(world, sheet({**RURAL, "bank_code": ""}))
    assert rows(world, BankCode)[0].ended_on is not None
    other = {**URBAN, "bank_code": "40001"}
    assert faults(load(world, sheet(other))) == [(2, "bank_code", "taken")]
    load(world, sheet(RURAL))
    assert [(one.code, one.ended_on) for one in rows(world, BankCode)] == [("40001", None)]


def test_another_holder_of_a_licence_is_written_and_told(world: World):
    load(world, sheet(RURAL))
    heir = {**RURAL, "holder_id": demo_offices.national_id(9), "iban": ""}
    assert outcomes(load(world, sheet(heir))) == ["CHANGED"]
    [changed] = [one for one in rows(world, RegisterChange) if one.kind == "CHANGED"]
    assert changed.changes == {"holder": [demo_offices.national_id(7), demo_offices.national_id(9)]}
    with world.product.database.read() as session:
        held = licences.search(session, product=world.product, user=world.users["clerk"]).items
    assert [one.holder_identity for one in held] == [demo_offices.national_id(9)]


def test_a_licence_that_an_application_led_to_is_brought_up_to_date_by_a_file(world: World):
    mine = world.submit().application_id
    world.to_issuer(mine)
    issued = world.issue(mine, "CRA-77")
    year, month, day = calendar.to_jalali(issued.issued_on)
    row = {**URBAN, "licence_number": "cra-77", "issued_on": f"{year}/{month}/{day}", "expires_on": f"{year + 6}/01/01",
           "holder_id": issued.holder_identity}
    assert outcomes(load(world, sheet(row), reason="نامه ۱")) == ["CHANGED"]
    with world.product.database.read() as session:
        licence = licences.get(session, product=world.product, user=world.users["clerk"], id=issued.id)
        told = register_changes.of_office(session, office_id=issued.office_id, holder_ids={issued.holder_id})
    assert (licence.number, licence.application_id) == (issued.number, mine)
    assert licence.expires_on == calendar.from_jalali(year + 6, 1, 1)
    assert told[0].kind == "ENTERED"
    changed = {name: change for one in told for name, change in one.changes.items()}
    assert changed["expires_on"] == [issued.expires_on.isoformat(), licence.expires_on.isoformat()]
    assert changed["name"][0] == issued.holder_name


def test_a_bad_row_keeps_everything_out_and_all_its_faults_are_told(world: World):
    bad = {**URBAN, "licence_number": "CRA-3", "holder_id": "10380284791", "postal_code": "0123456789",
           "issued_on": "1402/13/01", "expires_on": "2028-01-01", "county": "تبریز", "latitude": "45.07",
           "iban": "IR820540102680020817909003", "manager_national_id": "0013542418", "manager_mobile": "12",
           "tenure": "?", "offerings": "پست+قند", "bank_code": "abc", "address": ""}
    plan = load(world, sheet(URBAN, bad, {**RURAL, "holder_name": "ن"}))
    assert plan.bad == 1
    assert {(line, where) for line, where, _ in faults(plan)} == {(3, column) for column in (
        "holder_id", "postal_code", "issued_on", "expires_on", "county", "latitude", "iban", "manager_national_id",
        "manager_mobile", "tenure", "offerings", "bank_code", "address")}
    assert all(one.what and one.what_fa and one.file == "offices.csv" for one in plan.problems)
    assert rows(world, Office) == []


def test_doubles_in_the_file_and_against_the_register_are_told_with_the_other_line(world: World):
    load(world, sheet(RURAL))
    same = {**URBAN, "licence_number": "cra-۱", "postal_code": "5710000025"}
    plan = load(world, sheet(URBAN, same, {**URBAN, "licence_number": "CRA-4", "bank_code": "40001"}))
    assert [fault for fault in faults(plan) if fault[1] != "postal_code"] == [
        (3, "licence_number", "double"), (4, "bank_code", "taken")]
    [told] = [one for one in plan.problems if one.where == "licence_number"]
    assert "line 2" in told.what
    assert "خط ۲" in told.what_fa


def test_one_postal_code_for_two_offices_is_a_warning_only(world: World):
    plan = load(world, sheet(URBAN, {**RURAL, "postal_code": URBAN["postal_code"]}))
    assert [(one.line, one.severity) for one in plan.problems] == [(3, "warning")]
    assert outcomes(plan) == ["NEW", "NEW"]


def test_two_rows_of_one_holder_may_not_gainsay_each_other(world: World):
    second = {**URBAN, "licence_number": "CRA-5", "postal_code": "5710000033"}
    assert outcomes(load(world, sheet(URBAN, second))) == ["NEW", "NEW"]
    assert len(rows(world, Holder)) == 1
    plan = load(world, sheet(URBAN, {**second, "holder_name": "شرکت دیگر"}))
    assert faults(plan) == [(3, "holder_name", "contradiction")]


IMPOSSIBLE: list[tuple[dict[str, str], str]] = [
    ({"settlement": "گل‌تپه"}, "settlement"),
    ({"kind": "RURAL", "settlement": "گل‌تپه"}, "district"),
    ({"district": "نازلو"}, "settlement"),
    ({"district": "کوهسار"}, "district"),
    ({"latitude": ""}, "latitude"),
    ({"expires_on": "1402/05/17"}, "expires_on"),
    ({"issued_on": "1405/02/01"}, "issued_on"),
    ({"holder_name": ""}, "holder_name"),
    ({"manager_first_name": ""}, "manager_first_name"),
    ({"deputy_first_name": "مینا", "deputy_last_name": "آزمونی"}, "deputy_national_id"),
    ({"deputy_national_id": "0013542419", "deputy_first_name": "م", "deputy_last_name": "آ"}, "deputy_national_id"),
    ({"atms": "1", "atms_by_ministry": "2"}, "atms_by_ministry"),
    ({"holder_kind": "NATURAL"}, "holder_id"),
    ({"holder_kind": "NATURAL", "holder_id": demo_offices.national_id(3)}, "manager_national_id"),
    ({"issued_on": "402/05/17"}, "issued_on"),
    ({"issued_on": "0402/05/17"}, "issued_on"),
    ({"issued_on": "1404/12/30"}, "issued_on"),
    ({"atms": "1.5"}, "atms"),
    ({"atms": "100"}, "atms"),
    ({"area_m2": "0"}, "area_m2"),
    ({"registration_number": "1" * 33}, "registration_number"),
    ({"bank_code": "1" * 17}, "bank_code"),
    ({"licence_number": "۷" * 65}, "licence_number"),
    ({"address": "=HYPERLINK(1)"}, "address"),
    ({"address": "+1+cmd|' /C calc'!A0"}, "address"),
    ({"address": "@SUM(1)"}, "address"),
    ({"address": "ن" * 1001}, "address"),
]


def test_what_cannot_be_true_is_told_at_its_column(world: World):
    for changes, where in IMPOSSIBLE:
        plan = load(world, sheet({**URBAN, **changes}))
        assert plan.bad == 1, changes
        assert {one.where for one in plan.problems} == {where}, changes


def test_a_licence_cannot_leave_a_final_state_by_a_file(world: World):
    columns = [*URBAN, "state"]
    load(world, sheet({**URBAN, "state": "ابطال"}, columns=columns))
    assert rows(world, Licence)[0].state == "REVOKED"
    plan = load(world, sheet({**URBAN, "state": "ACTIVE"}, columns=columns))
    assert faults(plan) == [(2, "state", "conflict")]
    assert outcomes(load(world, sheet({**URBAN, "state": ""}, columns=columns))) == ["UNCHANGED"]


def test_villages_come_into_the_reference_table_with_their_first_office(world: World):
    second = {**RURAL, "licence_number": "CRA-6", "district": "", "settlement": "گل تپه", "bank_code": "",
              "postal_code": "5710000041"}
    plan = load(world, sheet(RURAL, second))
    assert plan.problems == []
    assert [(one.name, one.district) for one in plan.villages] == [("گل‌تپه", "urmia/anzal")]
    first, other = rows(world, Office, Office.id)
    assert first.settlement_code == other.settlement_code
    with world.product.database.read() as session:
        assert session.scalar(select(func.count()).where(Settlement.kind == "VILLAGE")) == 1


def test_the_demonstrations_offices_are_in_the_numbers_of_the_article(world: World):
    today = date(2026, 4, 4)
    content = demo_offices.content(today)
    assert content == demo_offices.content(today)
    plan = load(world, content)
    assert plan.problems == []
    with world.product.database.read() as session:
        def count(*where):
            return session.scalar(select(func.count()).select_from(Office).where(*where))

        assert (count(Office.kind == "URBAN"), count(Office.kind == "RURAL")) == (303, 417)
        assert session.scalar(select(func.count()).select_from(BankCode).where(BankCode.ended_on.is_(None))) == 278
        assert session.execute(select(func.sum(Office.atms), func.sum(Office.atms_by_ministry))).one() == (74, 56)
        assert session.scalar(select(func.count(func.distinct(Office.county)))) == 17
        states = licences.search(session, product=world.product, user=world.users["clerk"], state="EXPIRED")
        assert states.items == []
    assert outcomes(load(world, content)) == ["UNCHANGED"] * 720


def test_invented_identifiers_are_valid():
    for number in (1, 9, 10, 99, 720, 1720):
        assert identifiers.national_id(demo_offices.national_id(number))
        assert identifiers.legal_id(demo_offices.legal_id(number))
        assert identifiers.iban(demo_offices.iban(number))
