"""The product under fire: a process of two endless parallel loops, and an outbox whose sends leave a file.

    start -> fork -> (left task -> note -> count) for ever
                  -> (right task -> note -> count) for ever

Each completion makes one outbox job (`note`) under the client's mark and counts one variable up, so that state,
history and outbox can each be held against what the client was told. Each left task has a timer, which is a job that
begins and ends with it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.config import Config
from engine import EngineSettings, HandlerCall
from engine.clock import Clock
from engine.store.base import metadata
from engine.values import SYSTEM, Job
from tests.engine import models
from workflows import accounts, bootstrap
from workflows.product import Product

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
NOTE = "crash.note"
SIDES = ("left", "right")
ATTEMPTS = 1_000
"""Servers are killed so often that five attempts at a send, each claimed with nine others, may all be broken off. That
would be an incident, as it must be for a job that kills its process; here every send has to be made in the end."""
CLERK, PASSWORD = "crash-clerk", "a long pass phrase"

FORM = {"id": "mark", "type": "default", "components": [
    {"type": "textfield", "id": "Field_mark", "key": "mark", "label": "نشان", "validate": {"required": True},
     "properties": {"store": "variable", "label_en": "Mark"}}]}


def _loop(side: str) -> list[str]:
    join, choose = f"{side}_again", f"{side}_more"
    late = [models.boundary("late", side, models.timer("P30D")), models.end("late_end"),
            models.path("late", "late_end")] if side == "left" else []
    return [
        *late,
        models.gateway(join), models.user(side).replace('"form"', '"mark"'), models.service(f"{side}_note", NOTE),
        models.script(f"{side}_count", f"{side} + 1", side),
        models.gateway(choose, attributes=f'default="{choose}__{join}"'), models.end(f"{side}_end"),
        models.path("fork", join, side, f"{side}_note", f"{side}_count", choose, join),
        models.flow(choose, f"{side}_end", f"{side} &lt; 0")]


HOT = models.process("hot", models.start(), models.gateway("fork", "parallel"), models.path("start_1", "fork"),
                     *_loop("left"), *_loop("right"))
BUNDLE = {"processes/hot.bpmn": HOT, "forms/mark.form": json.dumps(FORM).encode()}


class Sender:
    """The provider at the outbox's far end: a file for each mark, a line for each time it was sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, session: Session, job: Job) -> str:
        return str(job.payload["mark"])

    def perform(self, payload: str) -> None:
        with (self._folder / payload).open("a", encoding="ascii") as file:
            file.write("sent\n")

    def record(self, session: Session, job: Job, result: Any) -> None:
        """Nothing beside the job itself."""


def build(url: str, folder: Path, *, clock: Clock | None = None) -> Product:
    """The product as an operator runs it, with the note's handler and its outbox job."""
    product = bootstrap.build(url=url, var=folder / "var", public_url="http://127.0.0.1", bpmn=BPMN, clock=clock,
                              engine_settings=EngineSettings(job_max_attempts=ATTEMPTS))
    sends = folder / "sends"
    sends.mkdir(exist_ok=True)

    def note(call: HandlerCall) -> None:
        product.engine.enqueue(call.session, kind=NOTE, payload={"mark": call.variables["mark"]},
                               instance_id=call.instance_id)

    product.engine.handlers.service(NOTE)(note)
    product.engine.handlers.job(NOTE, Sender(sends))
    return product


def prepare(product: Product, instances: int) -> list[str]:
    """Make the schema, a clerk, and this many instances; returns their business keys."""
    metadata.create_all(product.database.sqlalchemy_engine)
    keys = [f"case-{number}" for number in range(instances)]
    with product.database.begin() as session:
        bootstrap.seed_province(product, session)
        accounts.create_staff(session, username=CLERK, password=PASSWORD, name=CLERK, roles=(("CLERK", None),))
        product.engine.deploy(session, resources=BUNDLE, actor=SYSTEM)
        for key in keys:
            product.engine.start(session, key="hot", business_key=key, scope="urmia", actor=SYSTEM,
                                 variables={side: Decimal(0) for side in SIDES})
    return keys


def config(url: str, folder: Path, port: int) -> Config:
    """The settings of one server process."""
    return Config(database_url=url, var=folder / "var", port=port, threads=4, public_url="http://127.0.0.1")
