"""The reference table of places, and the history of offices and holders."""

from __future__ import annotations

from sqlalchemy import func, select

from tests.workflows.world import World
from workflows import licences, offices, places, register_changes
from workflows.models.place import District, Settlement


def test_every_county_has_districts_and_a_second_seeding_adds_nothing(world: World):
    assert set(places.DISTRICTS) == {code for code, _, _ in offices.COUNTIES}
    with world.product.database.begin() as session:
        def counts():
            return [session.scalar(select(func.count()).select_from(table)) for table in (District, Settlement)]

        before = counts()
        places.seed(session)
        assert counts() == before
        assert before == [41, 47]


def test_names_of_places_are_one_whatever_letters_and_spaces_they_are_written_with(world: World):
    with world.product.database.read() as session:
        known = places.Gazetteer(session)
        for name in ("شاهین‌دژ", "شاهين دژ", "شاهیندژ", "Shahin Dezh", "shahin-dezh", "شهرستان شاهین دژ"):
            assert known.county(name) == "shahin-dezh", name
        assert known.county("تبریز") is None
        assert known.district("urmia", "بخش انزل") == known.district("urmia", "Anzal") == "urmia/anzal"
        assert known.district("khoy", "انزل") is None
        [town] = known.settlements("urmia", "قوشچي")
        assert (town.code, town.kind) == ("urmia/anzal/qushchi", "TOWN")
        assert known.settlements("urmia", "قوشچی", "urmia/nazlu") == []
        assert "سلماس" in known.towns("salmas")
        found = places.find(session, county="urmia", name="اروميه")
        assert found is not None
        assert found.code == "urmia/central/urmia"
        assert places.find(session, county="urmia", name=None) is None


def test_two_villages_of_one_name_in_a_county_are_told_apart_by_their_district_only(world: World):
    with world.product.database.begin() as session:
        for district in ("anzal", "nazlu"):
            session.add(Settlement(code=district, county="urmia", district=f"urmia/{district}", kind="VILLAGE",
                                   name="گل‌تپه", name_key=places.key("گل‌تپه")))
        session.flush()
        assert places.find(session, county="urmia", name="گل تپه") is None
        known = places.Gazetteer(session)
        assert len(known.settlements("urmia", "روستای گل تپه")) == 2
        assert [one.code for one in known.settlements("urmia", "گل تپه", "urmia/nazlu")] == ["nazlu"]


def changes_of(world: World, licence: licences.Licence) -> list[register_changes.Change]:
    with world.product.database.read() as session:
        return register_changes.of_office(session, office_id=licence.office_id, holder_ids={licence.holder_id})


def test_a_licence_enters_its_office_with_the_application_as_its_reason(world: World):
    mine = world.submit().application_id
    world.to_issuer(mine)
    licence = world.issue(mine)
    [entered] = changes_of(world, licence)
    assert (entered.kind, entered.reason) == ("ENTERED", world.application(mine).file_number)
    assert entered.actor
    with world.product.database.read() as session:
        office = offices.get(session, id=licence.office_id)
    assert (office.district, office.settlement_code) == ("urmia/central", "urmia/central/urmia")


def test_what_a_second_application_changes_of_its_holder_stands_in_the_history(world: World):
    for number, name in enumerate(("شرکت پیشگامان ارتباط ارومیه", "شرکت پیشگامان نو")):
        mine = world.submit(company_name=name, site_postal_code=f"571381234{number + 1}").application_id
        world.to_issuer(mine)
        licence = world.issue(mine, f"CRA-{number}")
    changed = [one for one in changes_of(world, licence) if one.kind == "CHANGED"]
    assert [dict(one.changes) for one in changed] == [{"name": ["شرکت پیشگامان ارتباط ارومیه", "شرکت پیشگامان نو"]}]
