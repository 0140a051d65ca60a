"""A dry run of a diagram on a virtual clock: no database, no effects, nothing outside is called.

    run = simulation.simulate({"licence.bpmn": xml}, variables={"area": 60}, events=[{"complete": "check"}])
    run.state, run.trace, run.waiting, run.variables, run.incidents

The command line and the administrator's browser call the same function. It runs the same tokens as the engine itself;
what only an installation has (handlers, people, messages, time) comes from the events.
"""

from engine.simulation.bundles import Files, References, read, references
from engine.simulation.desks import Answer
from engine.simulation.events import BadEvent
from engine.simulation.outcomes import Alternative, Incident, Outcome, Wait
from engine.simulation.runs import BUDGET, Run, simulate

__all__ = ["BUDGET", "Alternative", "Answer", "BadEvent", "Files", "Incident", "Outcome", "References", "Run", "Wait",
           "read", "references", "simulate"]
