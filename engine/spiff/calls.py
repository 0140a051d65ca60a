"""Which process a call activity calls, as far as it is known when a diagram is checked.

By its id alone a call means the process deployed with the caller; `id:latest` and `id:3` are versions of it that may
stand in other deployments (`model.Node.call`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.spiff import model


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The processes deployed so far."""

    newest: Mapping[str, int]
    """The newest version of every process, by its id."""
    read: Callable[[str, int], model.ProcessModel | None]
    """A version of a process whose own calls are `pinned`; None when it cannot be read."""
    callers: Callable[[Collection[str]], Sequence[tuple[str, int]]] = field(default=lambda _: ())
    """Process and version of every newest definition that calls the newest version of one of these processes."""


def resolved(own: Mapping[str, model.ProcessModel], deployed: Deployed | None) -> dict[str, model.ProcessModel]:
    """The processes of a bundle by id and, by the names of their calls, all that they call, directly or not.

    The bundle counts as deployed: its processes are the newest ones. What is not known is left out.
    """
    known = dict(own)
    pending = list(own.values())
    while pending:
        for node in pending.pop().scope.walk():
            if node.called and node.call is not None and node.call not in known:
                found = _called(node.called, node.called_version, own, deployed)
                if found is not None:
                    known[node.call] = found
                    pending.append(found)
    return known


def _called(key: str, version: model.BoundVersion, own: Mapping[str, model.ProcessModel],
            deployed: Deployed | None) -> model.ProcessModel | None:
    newest = deployed.newest.get(key, 0) if deployed is not None else 0
    if version == "deployment":
        return own.get(key)
    if key in own and (version == "latest" or (deployed is not None and version == newest + 1)):
        return own[key]
    if deployed is None or not newest or (version != "latest" and version > newest):
        return None
    return deployed.read(key, newest if version == "latest" else version)


def pinned(process: model.ProcessModel, versions: Mapping[str, int]) -> model.ProcessModel:
    """The process as another deployment sees it: what was deployed with it is called by its number. `versions` are
    those of its own deployment.
    """
    return replace(process, scope=_pinned(process.scope, versions))


def _pinned(scope: model.Scope, versions: Mapping[str, int]) -> model.Scope:
    changed = {node.id: found for node in scope.nodes.values() if (found := _bound(node, versions)) is not node}
    if not changed:
        return scope
    attached = {activity: [changed.get(event.id, event) for event in events]
                for activity, events in scope.attached.items()}
    return replace(scope, nodes={**scope.nodes, **changed}, attached=attached)


def _bound(node: model.Node, versions: Mapping[str, int]) -> model.Node:
    if node.scope is not None:
        inside = _pinned(node.scope, versions)
        return node if inside is node.scope else replace(node, scope=inside)
    if node.called is None or node.called_version != "deployment" or node.called not in versions:
        return node
    return replace(node, called_version=versions[node.called])
