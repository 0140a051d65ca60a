"""The stock way: SpiffWorkflow as its manual shows it, in the same tables and the same kind of transaction.

Each completion loads the whole workflow with the library's serializer, lets the library step, and saves the whole again
as JSON, together with the rows of user tasks, timers and history that ours writes too. Statements are prepared and rows
are locked as in our engine, so that the difference is the library's way of keeping state and of stepping.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from engine import clock as clocks
from engine import values
from engine.store import locks, tables
from engine.store.prepared import Prepared

_instance, _task, _job = tables.process_instance, tables.user_task, tables.job
_STATE = Prepared(select(_instance.c.execution).where(_instance.c.id == bindparam("id")))
_SAVE = Prepared(
    update(_instance).where(_instance.c.id == bindparam("of_id"), _instance.c.version == bindparam("of_version"))
    .values(version=bindparam("of_version") + 1, execution=bindparam("blob"), state=bindparam("new_state"),
            ended_at=bindparam("new_ended_at")))
_DONE = Prepared(
    update(_task).where(_task.c.id == bindparam("of_id"))
    .values(state="COMPLETED", completed_by=bindparam("by"), ended_at=bindparam("at"), version=_task.c.version + 1))
_CANCEL_JOB = Prepared(
    update(_job).where(_job.c.instance_id == bindparam("of_instance"), _job.c.token_id == bindparam("token"))
    .values(state="CANCELLED"))
_ADD_INSTANCE, _ADD_TASKS, _ADD_JOBS, _ADD_HISTORY = (
    Prepared(insert(table)) for table in (_instance, _task, _job, tables.history))


class Library:
    """A host of the library with our tables. Without `whole` the JSON refers to one specification in memory."""

    def __init__(self, diagram: bytes, decision: bytes, key: str, *, definition_id: str, clock: clocks.Clock,
                 whole: bool = True) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(etree.parse(BytesIO(diagram)), filename="permit.bpmn")
        parser.add_dmn_xml(etree.fromstring(decision), filename="grade.dmn")
        self._spec, self._inner = parser.get_spec(key), parser.get_subprocess_specs(key)
        registry = BpmnWorkflowSerializer.configure(SPIFF_CONFIG)
        if not whole:
            registry.register(BpmnProcessSpec, lambda _: {}, lambda _: self._spec)
        self._serializer = BpmnWorkflowSerializer(registry)
        self._scripts = PythonScriptEngine()
        self._key, self._definition_id, self._clock = key, definition_id, clock

    def start(self, session: Session, variables: Mapping[str, Any]) -> str:
        """Start an instance and step it to its first user task."""
        workflow = BpmnWorkflow(self._spec, self._inner, script_engine=self._scripts)
        workflow.task_tree.set_data(**variables)
        row = {"id": values.new_id(), "definition_id": self._definition_id, "definition_key": self._key,
               "definition_version": 1, "business_key": "1", "scope": "urmia", "state": "ACTIVE", "outcome": None,
               "version": 0, "execution": b"", "started_at": self._clock.now(), "ended_at": None}
        _ADD_INSTANCE.run(session, row)
        left: list[Task] = []
        workflow.do_engine_steps(did_complete_task=left.append)
        self._write(session, row["id"], workflow, left, set(), set(), version=0)
        return str(row["id"])

    def complete(self, session: Session, task_id: str, variables: Mapping[str, Any], by: str) -> None:
        """Complete a user task and step to the next wait states."""
        instance, row = locks.instance_and_task(session, task_id)
        assert row is not None and row.state == "READY" and instance.state == "ACTIVE"
        workflow = self._load(_STATE.first(session, {"id": instance.id}).execution)
        ready, timers = _ready(workflow), _timers(workflow)
        task = workflow.get_task_from_id(UUID(hex=row.token_id))
        task.set_data(**variables)
        left = [task]
        task.run()
        workflow.do_engine_steps(did_complete_task=left.append)
        _DONE.run(session, {"of_id": task_id, "by": by, "at": self._clock.now()})
        self._write(session, instance.id, workflow, left, set(ready), set(timers), version=instance.version)

    def _load(self, blob: bytes) -> BpmnWorkflow:
        workflow = self._serializer.deserialize_json(blob.decode())
        workflow.script_engine = self._scripts
        return workflow

    def _write(self, session: Session, instance_id: str, workflow: BpmnWorkflow, left: list[Task],
               ready: set[UUID], timers: set[UUID], *, version: int) -> None:
        now = self._clock.now()
        ended = workflow.is_completed()
        waiting, running = _timers(workflow), _ready(workflow)
        if new := [task for task in running.values() if task.id not in ready]:
            _ADD_TASKS.run_all(session, [self._user_task(instance_id, task, now) for task in new])
        if set_ := [task for task in waiting.values() if task.id not in timers]:
            _ADD_JOBS.run_all(session, [self._timer(instance_id, task, now) for task in set_])
        if over := timers - set(waiting):
            _CANCEL_JOB.run_all(session, [{"of_instance": instance_id, "token": token.hex} for token in over])
        _ADD_HISTORY.run_all(session, [
            {"instance_id": instance_id, "scope": "urmia", "at": now, "kind": "element_completed",
             "element_id": task.task_spec.bpmn_id, "element_name": task.task_spec.bpmn_name or "", "actor": "clerk",
             "on_behalf_of": None, "reason": None, "facts": {}}
            for task in left if task.task_spec.bpmn_id])
        saved = _SAVE.run(session, {
            "of_id": instance_id, "of_version": version, "blob": self._serializer.serialize_json(workflow).encode(),
            "new_state": "COMPLETED" if ended else "ACTIVE", "new_ended_at": now if ended else None})
        assert saved == 1

    def _user_task(self, instance_id: str, task: Task, now: Any) -> dict[str, Any]:
        return {"id": values.new_id(), "instance_id": instance_id, "definition_id": self._definition_id,
                "token_id": task.id.hex, "element_id": task.task_spec.bpmn_id, "name": task.task_spec.bpmn_name,
                "name_en": "", "role": "CLERK", "form_key": "form", "duty": None, "item": None, "state": "READY",
                "assignee": None, "completed_by": None, "scope": "urmia", "business_key": "1", "due_at": None,
                "sort_at": now, "created_at": now, "ended_at": None, "draft": None, "version": 1}

    def _timer(self, instance_id: str, task: Task, now: Any) -> dict[str, Any]:
        return {"id": values.new_id(), "kind": "timer", "instance_id": instance_id, "token_id": task.id.hex,
                "element_id": task.task_spec.bpmn_id, "payload": {}, "due_at": now, "expression": None,
                "anchor_name": None, "anchored_at": None, "state": "PENDING", "held": False, "attempts": 0,
                "max_attempts": 5, "created_at": now}


def _ready(workflow: BpmnWorkflow) -> dict[UUID, Task]:
    return {task.id: task for task in workflow.get_tasks(state=TaskState.READY, manual=True)}


def _timers(workflow: BpmnWorkflow) -> dict[UUID, Task]:
    return {task.id: task for task in workflow.get_tasks(state=TaskState.WAITING)
            if isinstance(getattr(task.task_spec, "event_definition", None), TimerEventDefinition)}
