"""User tasks: search, claim, release, draft, assignment, completion."""

from __future__ import annotations

from typing import Any

from api import bodies, context, pagination, preconditions, security
from api.blueprints import Noun
from api.schemas import user_tasks as schemas
from engine.values import UserTask
from workflows import tasks

noun = Noun("user-tasks", "/user-tasks", "Work for people: earliest due first.")


@noun.get(query=schemas.UserTaskQuery, answers=pagination.page_of(schemas.UserTaskSchema))
def search(query: dict[str, Any]) -> Any:
    """List the tasks this account may take or holds, earliest due first."""
    user = security.require_user()
    if query["assignee"] == "me":
        query["assignee"] = user.id
    return pagination.answer(tasks.search(context.session(), product=context.product(), user=user, **query))


@noun.get("/<task_id>", answers=schemas.UserTaskDetailSchema)
def read(task_id: str) -> dict[str, Any]:
    """One task with its form, what the form shows, and the draft."""
    view = tasks.view(context.session(), product=context.product(), task_id=task_id, user=security.require_user())
    preconditions.tag(view.task.version)
    fields = {name: getattr(view.task, name) for name in UserTask.__dataclass_fields__}
    return {**fields, "form": view.form, "json_schema": view.compiled.json_schema if view.compiled else None,
            "data": view.data, "attached": list(view.attached.values()), "correction": view.correction}


@noun.put("/<task_id>/claim", answers=schemas.UserTaskSchema, versioned=True)
def claim(task_id: str) -> UserTask:
    """Take the task: nobody else can complete it while it is held."""
    user = security.require_user()
    return _tagged(tasks.claim(context.session(), product=context.product(), task_id=task_id, user=user,
                               if_match=preconditions.if_match()))


@noun.delete("/<task_id>/claim", answers=schemas.UserTaskSchema, versioned=True)
def release(task_id: str) -> UserTask:
    """Put the task back."""
    user = security.require_user()
    return _tagged(tasks.release(context.session(), product=context.product(), task_id=task_id, user=user,
                                 if_match=preconditions.if_match()))


@noun.put("/<task_id>/draft", takes=schemas.DraftBody, answers=schemas.UserTaskSchema, versioned=True)
def save_draft(body: dict[str, Any], task_id: str) -> UserTask:
    """Keep what is filled in so far, unchecked; the files attached to it stay, save those of `dropped` fields."""
    user = security.require_user()
    return _tagged(tasks.save_draft(context.session(), product=context.product(), task_id=task_id, data=body["data"],
                                    dropped=body["dropped"], user=user, if_match=preconditions.if_match()))


@noun.post("/<task_id>/draft", answers=schemas.UserTaskSchema, versioned=True, multipart=True)
def save_draft_with_files(task_id: str) -> UserTask:
    """Keep what is filled in so far, with files: each is checked now, seen by you alone, and sent on completion."""
    user = security.require_user()
    return _tagged(tasks.save_draft(context.session(), product=context.product(), task_id=task_id,
                                    data=bodies.form_data(), files=bodies.files(), user=user,
                                    if_match=preconditions.if_match()))


@noun.put("/<task_id>/assignment", takes=schemas.AssignmentBody, answers=schemas.UserTaskSchema, versioned=True)
def assign(body: dict[str, Any], task_id: str) -> UserTask:
    """Give the task to another person, with a reason; for supervisors."""
    user = security.require_user()
    return _tagged(tasks.assign(context.session(), product=context.product(), task_id=task_id, user=user,
                                assignee=body["assignee"], reason=body["reason"], if_match=preconditions.if_match()))


@noun.post("/<task_id>/completion", answers=schemas.UserTaskSchema, versioned=True, multipart=True)
def complete(task_id: str) -> UserTask:
    """Complete the task with its form: every wrong field is listed at once, and then nothing has changed."""
    user = security.require_user()
    return _tagged(tasks.complete(context.session(), product=context.product(), task_id=task_id, user=user,
                                  data=bodies.form_data(), files=bodies.files(), if_match=preconditions.if_match()))


def _tagged(task: UserTask) -> UserTask:
    preconditions.tag(task.version)
    return task
