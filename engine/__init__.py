"""Parvaneh's engine: BPMN, DMN and FEEL on one database. It knows neither licences nor HTTP.

    db = session.Database("sqlite:///var/parvaneh.sqlite")
    handlers = Handlers()                              # what service tasks and jobs call; see engine.handlers
    engine = Engine(clock=clock.SystemClock(), handlers=handlers)
    with db.begin() as s:                              # one transaction for one trigger
        engine.deploy(s, resources={"processes/greet.bpmn": xml}, actor=actor)
        instance = engine.start(s, key="greet", variables={}, business_key="1", scope="", actor=actor)
        [task] = engine.user_tasks(s, instance_id=instance.id).items
        engine.complete(s, task.id, variables={"name": "پروانه"}, actor=actor)
    with db.read() as s:
        engine.history(s, instance.id)                 # who did what, when
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.bundles import Bundle
    from engine.facade import Engine
    from engine.handlers import HandlerCall, Handlers, JobHandler, attempt
    from engine.settings import EngineSettings
    from engine.spiff.model import Node, Scope
    from engine.spiff.parser import Element
    from engine.spiff.readings import Reading
    from engine.transport import Transport

__all__ = ["Bundle", "Element", "Engine", "EngineSettings", "HandlerCall", "Handlers", "JobHandler", "Node", "Reading",
           "Scope", "Transport", "attempt"]

_HOMES = {"Bundle": "bundles", "Engine": "facade", "HandlerCall": "handlers", "Handlers": "handlers",
          "JobHandler": "handlers", "attempt": "handlers", "EngineSettings": "settings", "Node": "spiff.model",
          "Scope": "spiff.model", "Element": "spiff.parser", "Reading": "spiff.readings", "Transport": "transport"}
"""Where each name is written; loaded when it is first asked for, so that FEEL and DMN come without the database."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
