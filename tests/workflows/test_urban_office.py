"""One application for an urban office on its way through the use cases."""

from __future__ import annotations

from datetime import date

from tests.workflows.world import World
from workflows import applications, licences


def test_an_application_without_obstacles_becomes_a_licence(world: World):
    receipt = world.submit()
    assert receipt.file_number.startswith("WAZ-1405-CR-000001-")
    world.to_issuer(receipt.application_id)
    assert world.application(receipt.application_id).state == "AT_ISSUER"
    licence = world.issue(receipt.application_id)
    application = world.application(receipt.application_id)
    assert (application.state, application.outcome, application.licence_number) == ("ISSUED", "ISSUED", licence.number)
    assert licence.expires_on == date(2031, 4, 4)  # 15 Farvardin 1405 to 15 Farvardin 1410
    assert licence.is_extract
    assert licence.issuer == "CRA"
    world.run_jobs()
    assert any("صادر شد" in text for text in world.messages())
    with world.product.database.read() as session:
        token = licence.verify_url.rpartition("/")[2]
        assert licences.verify(session, product=world.product, token=token).state == "VALID"
        seen = applications.track(session, product=world.product, code=receipt.tracking_code)
    assert seen is not None
    stages = [stage.stage for stage in seen.stages]
    assert (stages[0], stages[-2:]) == ("SUBMITTED", ["AT_ISSUER", "ISSUED"])
