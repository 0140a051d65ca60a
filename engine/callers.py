"""What a new version of a process means for the processes of other deployments that call its newest version.

How it begins, and what the control flow of the caller can come to with it. Which variables it needs, and which it gives
back, no diagram declares: that is not checked. Nor are those looked at that call a caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import verification
from engine.spiff import calls, graph, model, problems
from engine.values import Problem


def check(own: Mapping[str, model.ProcessModel], deployed: calls.Deployed) -> Iterator[Problem]:
    """Problems of the newest versions of processes outside a bundle that call the newest versions of those in it."""
    for key, version in deployed.callers(set(own)):
        if key in own:
            continue
        caller = deployed.read(key, version)
        if caller is None:
            for each in own.values():
                yield _problem("unchecked_caller", each, caller=key, version=version)
            continue
        called = {node.called: node.id for node in caller.scope.walk()
                  if node.called in own and node.called_version == "latest"}
        broken = [name for name in called if name is not None and not graph.begins_by_itself(own[name])]
        for name in broken:
            yield _problem("caller_start", own[name], caller=key, version=version, element=called[name])
        if not broken:
            yield from _flow(caller, version, own, deployed, [own[name] for name in called if name is not None])


def _flow(caller: model.ProcessModel, version: int, own: Mapping[str, model.ProcessModel], deployed: calls.Deployed,
          called: list[model.ProcessModel]) -> Iterator[Problem]:
    """What can go wrong in the caller that could not with the versions called so far."""
    alone = {caller.id: caller}
    before = _found(caller, calls.resolved(alone, deployed))
    for key, found in _found(caller, calls.resolved({**own, **alone}, deployed)).items():
        if key not in before:
            for each in called:
                yield _problem("caller_flow", each, caller=caller.id, version=version, element=found.where,
                               what=found.what, what_fa=found.what_fa)


def _found(caller: model.ProcessModel, known: Mapping[str, model.ProcessModel]) -> dict[tuple[str, str], Problem]:
    verdict = verification.verify(caller, known)
    return {(found.code, found.where): found for found in verification.problems(verdict, caller)}


def _problem(code: str, process: model.ProcessModel, **facts: Any) -> Problem:
    return problems.problem(code, where=process.id, file=process.file, line=process.line, **facts)
