"""Where verification and the engine say different things of one process."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from engine import verification
from engine.spiff import graph as graphs
from engine.spiff import model
from tests.differential.verdicts.spaces import Key, Space

_STUCK = ("deadlock", "no_way_to_end")


def differences(space: Space, verdict: verification.Verdict) -> Iterator[str]:
    """What is wrong with the verdict, in words. Of a space that was not seen as a whole only what was seen counts."""
    if not verdict.complete:
        return
    nodes = space.process.scope.walk()
    never = {name for finding in verdict.findings if finding.fault == "never_runs"
             for name in (finding.where, *finding.others)}
    never |= {inner.id for node in nodes if node.id in never and node.scope is not None
              for inner in node.scope.walk()}
    yield from (f"FALSE never_runs: {name} ran" for name in sorted(never & space.ran))
    own = {node.id for node in nodes}
    yield from (f"UNSEEN: {name} ran" for name in sorted((space.ran & own) - verdict.ran))
    clashes = [finding for finding in verdict.findings if finding.fault == "lack_of_synchronization"]
    if not space.complete:
        return
    scopes = {node.id: node.scope for node in nodes if node.scope is not None} | {space.process.id: space.process.scope}
    for name, scope in scopes.items():
        inside = {name, *(node.id for node in scope.walk() if node.scope is not None)}
        told = [finding for finding in verdict.findings if finding.scope in inside]
        dead = _dead(space, name)
        if dead is not None and not told:
            state = space.states[dead]
            yield f"MISSED stuck in {name}: {state.depth} steps, gathered {set(state.gathered)}"
        false = [finding for finding in verdict.findings if finding.scope == name and finding.fault in _STUCK]
        if dead is None and false and not space.failed:
            yield f"FALSE {false[0].fault} at {false[0].where} in {name}"
    if not clashes and not space.failed:
        dull = {node.id for node in nodes if node.type in ("boundaryEvent", "startEvent") or node.for_compensation
                or (node.type == "endEvent" and node.event.has("error"))}  # of these the engine records nothing
        dull |= {name for scope in scopes.values() for name in scope.nodes if name not in graphs.reachable(scope)}
        missing = own - never - space.ran - dull
        yield from (f"NEVER ran, not told: {name}" for name in sorted(missing))


def _dead(space: Space, scope: str) -> Key | None:
    """A state in which the scope is open and can, by what happens inside it, not come to its end."""
    back: dict[Key, list[Key]] = defaultdict(list)
    good = set()
    for key, state in space.states.items():
        if not state.scopes[scope]:
            continue
        for (path, _), target in state.steps:
            if scope not in path and scope != space.process.id:
                continue
            if target not in space.states or space.states[target].scopes[scope] < state.scopes[scope]:
                good.add(key)
            else:
                back[target].append(key)
    _spread(good, back)
    return next((key for key, state in space.states.items() if state.scopes[scope] and key not in good), None)


def _spread(found: set[Key], back: Mapping[Key, Sequence[Key]]) -> None:
    """Add every state from which one of those found can be reached."""
    pending = list(found)
    while pending:
        for key in back.get(pending.pop(), ()):
            if key not in found:
                found.add(key)
                pending.append(key)


def replayed(space: Space, finding: verification.Finding) -> str | None:
    """Whether the trace of a deadlock of the process leads the engine there, and none with fewer steps does; the
    difference in words otherwise. Steps are what people and events do."""
    free = {key for key, state in space.states.items() if finding.where not in state.gathered}
    back: dict[Key, list[Key]] = defaultdict(list)
    for key, state in space.states.items():
        for _, target in state.steps:
            back[target].append(key)
    _spread(free, back)
    stuck = set(space.states) - free
    if not stuck:
        return f"nothing waits for ever at {finding.where}"
    acting = {action[1] for state in space.states.values() for action, _ in state.steps}
    steps = Counter(element for element in finding.trace if element in acting)
    least = min(space.states[key].depth for key in stuck)
    if steps.total() > least:
        return f"{list(finding.trace)} has {steps.total()} steps and {least} are enough"
    walks = [(key, steps) for key, state in space.states.items() if not state.depth]
    for key, left in walks:
        if key in stuck:
            return None
        walks += [(target, left - Counter([action[1]])) for action, target in space.states[key].steps
                  if left[action[1]] and target in space.states]
    return f"{list(finding.trace)} does not lead there"


def graph(scope: model.Scope) -> str:
    """The scope in a few lines."""
    lines = []
    for node in scope.nodes.values():
        to = ", ".join(flow.target + ("?" if flow.condition else "") for flow in node.outgoing)
        at = f" at {node.attached_to}{'' if node.interrupting else ' beside'}" if node.attached_to else ""
        event = "" if node.event.kind == "none" else f" {node.event.kind}"
        more = "".join((f" x{node.start_quantity}>" if node.start_quantity > 1 else "",
                        f" >x{node.completion_quantity}" if node.completion_quantity > 1 else "",
                        " several" if node.loop else "", " repeated" if node.repetition else "",
                        " on event" if node.triggered_by_event else "",
                        "" if node.type != "startEvent" or node.interrupting else " beside"))
        lines.append(f"{node.id} {node.type}{event}{at}{more} -> {to}")
        if node.scope is not None:
            lines += [f"    {line}" for line in graph(node.scope).splitlines()]
            if node.scope.ad_hoc is not None:
                lines.append(f"    {node.scope.ad_hoc}")
    return "\n".join(lines)
