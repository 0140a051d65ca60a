"""Drafts keep their files: checked, for their owner alone, sent with the form, forgotten when abandoned."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine import errors
from tests.workflows.test_tasks import staff
from tests.workflows.world import FORMS, JPG, PDF, World
from workflows import applications, authorization, documents, drafts, tasks
from workflows.accounts import User
from workflows.models.draft import Draft, DraftFile


def save(world: World, task_id: str, user: str = "inspector", **more) -> None:
    with world.product.database.begin() as session:
        tasks.save_draft(session, product=world.product, task_id=task_id, data={"notes": "نیمه"},
                         user=world.users[user], **more)


def attached(world: World, task_id: str, user: str = "inspector") -> dict[str, str]:
    with world.product.database.read() as session:
        view = tasks.view(session, product=world.product, task_id=task_id, user=world.users[user])
    return {field: file.name for field, file in view.attached.items()}


@pytest.fixture
def visit(world: World) -> str:
    """The id of an inspector's open task, whose form asks for a photo."""
    mine = world.submit().application_id
    world.advance_to(mine, "first_visit")
    return world.task(mine, "first_visit").id


def rows(world: World) -> tuple[int, int]:
    with world.product.database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in (Draft, DraftFile))


def test_a_drafts_file_is_shown_again_replaced_removed_and_sent(world: World, visit: str):
    save(world, visit, files={"photo": ("photo.jpg", JPG + b"1")})
    assert attached(world, visit) == {"photo": "photo.jpg"}
    save(world, visit)
    assert attached(world, visit) == {"photo": "photo.jpg"}, "saving again without a file keeps it"
    save(world, visit, files={"photo": ("other.jpg", JPG)})
    assert attached(world, visit) == {"photo": "other.jpg"}
    save(world, visit, dropped={"photo"})
    assert attached(world, visit) == {}
    save(world, visit, files={"photo": ("last.jpg", JPG)})
    with world.product.database.read() as session:
        task = world.product.engine.user_task(session, visit)
    mine = task.business_key
    with pytest.raises(errors.Invalid) as refused, world.product.database.begin() as session:
        tasks.complete(session, product=world.product, task_id=visit, data=FORMS["first_visit"], files={},
                       user=world.users["inspector"], dropped={"photo"})
    assert [problem.where for problem in refused.value.problems] == ["photo"]
    world.complete(mine, "first_visit", task=task, files={})
    with world.product.database.read() as session:
        sent = [one.name for one in documents.listed(session, application_id=mine) if one.task_id == visit]
    assert sent == ["last.jpg"]
    assert rows(world) == (0, 0)


@pytest.mark.parametrize(("field", "name", "content", "code"), [
    ("photo", "photo.exe", b"MZ", "file_kind"), ("photo", "photo.jpg", b"", "file_empty"),
    ("photo", "photo.jpg", PDF, "file_mismatch"),
    ("photo", "p.jpg", JPG + b"0" * documents.MAX_BYTES, "file_too_large"),
    ("notes", "photo.jpg", JPG, "unknown"), ("made_up", "photo.jpg", JPG, "unknown")])
def test_what_could_not_be_sent_is_not_kept_either(world: World, visit: str, field: str, name: str, content: bytes,
                                                   code: str):
    with pytest.raises(errors.Invalid) as refused:
        save(world, visit, files={field: (name, content)})
    assert [(problem.where, problem.code) for problem in refused.value.problems] == [(field, code)]
    assert rows(world) == (0, 0)
    with world.product.database.read() as session:
        assert world.product.engine.user_task(session, visit).draft is None


def test_a_drafts_file_is_its_owners_alone(world: World, visit: str):
    staff(world, "inspector2", ("INSPECTOR", None))
    save(world, visit, files={"photo": ("mine.jpg", JPG)})
    assert attached(world, visit, "inspector2") == {}
    with world.product.database.read() as session:
        [file] = drafts.files(session, user=world.users["inspector"], place=visit).values()
        drafts.open_file(session, product=world.product, user=world.users["inspector"], id=file.id)
        for other in ("inspector2", "admin", "supervisor", "applicant"):
            with pytest.raises(errors.NotFound):
                drafts.open_file(session, product=world.product, user=world.users[other], id=file.id)
    save(world, visit, user="inspector2", dropped={"photo"})
    assert attached(world, visit) == {"photo": "mine.jpg"}
    with pytest.raises(errors.Forbidden):
        save(world, visit, user="clerk", files={"photo": ("x.jpg", JPG)})
    with world.product.database.read() as session:
        mine = world.product.engine.user_task(session, visit).business_key
    with pytest.raises(errors.Invalid):
        world.complete(mine, "first_visit", by="inspector2", files={})


def test_an_applicant_opens_an_attached_file_after_a_code_only(world: World):
    user: User = world.users["applicant"]
    with world.product.database.begin() as session:
        form, _ = applications.application_form(session, product=world.product, service="create-urban-office")
        drafts.keep(session, product=world.product, user=user, place="application:x", form=form, data={"a": 1},
                    files={"doc_degree": ("d.pdf", PDF)})
        [file] = drafts.files(session, user=user, place="application:x").values()
        unverified = dataclasses.replace(user, verified_at=None)
        with pytest.raises(authorization.CodeNeeded):
            drafts.open_file(session, product=world.product, user=unverified, id=file.id)
        assert drafts.answers(session, user=user, place="application:x") == {"a": 1}


def test_abandoned_drafts_go_and_their_content_after_them(world: World, visit: str):
    save(world, visit, files={"photo": ("photo.jpg", JPG + b"draft")})
    with world.product.database.read() as session:
        [file] = drafts.files(session, user=world.users["inspector"], place=visit).values()
    path = world.product.documents.path(file.sha256)
    with world.product.database.read() as session:
        assert file.sha256 in documents.named(session), "a backup holds it"
    world.machine.advance(timedelta(days=29))
    world.pass_time(hours=25)
    assert path.exists()
    assert documents_orphaned(world) == []
    world.machine.advance(timedelta(days=2))
    world.pass_time(hours=25)
    assert rows(world) == (0, 0)
    world.machine.advance(timedelta(days=4000))  # the folder goes by the time of the disk
    world.pass_time(days=2)
    assert not path.exists()


def documents_orphaned(world: World) -> list[str]:
    with world.product.database.read() as session:
        return documents.orphans(session, product=world.product)
