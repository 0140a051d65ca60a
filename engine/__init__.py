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

from engine.definitions import Bundle
from engine.facade import Engine
from engine.handlers import HandlerCall, Handlers, JobHandler, attempt
from engine.settings import EngineSettings
from engine.spiff.model import Node, Scope
from engine.spiff.parser import Element
from engine.spiff.readings import Reading
from engine.transport import Transport

__all__ = ["Bundle", "Element", "Engine", "EngineSettings", "HandlerCall", "Handlers", "JobHandler", "Node", "Reading",
           "Scope", "Transport", "attempt"]
