"""How the outside plugs in: handlers of service tasks and jobs, and subscribers. Names lead to callables.

Nothing here knows a process; whoever composes the product registers, then hands the registry to `Engine`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import errors, values
from engine.clock import Clock
from engine.store import session as store


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerCall:
    """What a service task hands to its handler. The session is the trigger's: write domain rows with it."""

    session: Session
    clock: Clock
    instance_id: str
    business_key: str
    scope: str
    element_id: str
    token_id: str
    variables: values.Variables
    """The variables the element sees. Treat as read-only; return what should change."""
    inputs: Mapping[str, Any]
    """The element's `parvaneh:input`s, evaluated."""
    actor: values.Actor
    """Who pulled the trigger that led here."""


ServiceHandler = Callable[[HandlerCall], Mapping[str, Any] | None]
ElementSubscriber = Callable[[Session, values.ElementEntered], None]
EndSubscriber = Callable[[Session, values.InstanceEndedEvent], None]
Observer = Callable[[str, str], None]
EndGuard = Callable[[Session, values.InstanceEnding], None]
DeadlineSubscriber = Callable[[Session, values.DeadlineMoved], None]
F = TypeVar("F", bound=ServiceHandler)


class JobHandler(Protocol):
    """Work outside the database, in three parts. It happens at least once: `perform` needs an idempotency key."""

    def load(self, session: Session, job: values.Job) -> Any:
        """Read what the work needs; writes nothing."""
        ...

    def perform(self, payload: Any) -> Any:
        """Do the work. No transaction is open. May raise `errors.RetryLater`."""
        ...

    def record(self, session: Session, job: values.Job, result: Any) -> None:
        """Write down what came of it, in the transaction that ends the job."""
        ...


@runtime_checkable
class GivesUp(Protocol):
    """A job handler that wants to know when its job has failed for good."""

    def gave_up(self, session: Session, job: values.Job) -> None:
        """Write down what the failure means, in the transaction that makes it an incident; must not fail itself."""
        ...


class Handlers:
    """The registry. Registering one name twice is a mistake and refused."""

    def __init__(self) -> None:
        self._services: dict[str, ServiceHandler] = {}
        self._jobs: dict[str, JobHandler] = {}
        self._standing: dict[str, timedelta] = {}
        self._entered: list[ElementSubscriber] = []
        self._ended: list[EndSubscriber] = []
        self._observers: list[Observer] = []
        self._ending: list[EndGuard] = []
        self._moved: list[DeadlineSubscriber] = []

    def service(self, name: str) -> Callable[[F], F]:
        """Decorator: register a function as the handler `name` of service tasks."""
        def register(function: F) -> F:
            _add(self._services, name, function)
            return function
        return register

    def job(self, kind: str, handler: JobHandler, *, every: timedelta | None = None) -> None:
        """Register the handler of jobs of this kind.

        With `every` such a job stands: done, its row is due again after this pause. It is never given up for good
        either; an incident tells of its failure, and the next success resolves it.
        """
        _add(self._jobs, kind, handler)
        if every is not None:
            self._standing[kind] = every

    def on_element_entered(self, subscriber: ElementSubscriber) -> ElementSubscriber:
        """Call `subscriber` in the transaction when a token enters an element that carries a stage.

        What it raises is an incident at that element: the token stands before it, and retry enters it again.
        """
        self._entered.append(subscriber)
        return subscriber

    def on_instance_ended(self, subscriber: EndSubscriber) -> EndSubscriber:
        """Call `subscriber` in the transaction when a process instance ends.

        What it raises does not undo the end: it is told again by a job, which gives up with an incident.
        """
        self._ended.append(subscriber)
        return subscriber

    def on_measured(self, observer: Observer) -> Observer:
        """Call `observer(what, label)` for whatever is worth counting, once it is committed; it must not raise.

        `user_task_completed` has no label; `job_done`, `job_postponed`, `job_retried`, `job_released` and `job_failed`
        have the kind of job; `live_instance` has `hit` or `miss`, which depends on no commit.
        """
        self._observers.append(observer)
        return observer

    def on_deadline_moved(self, subscriber: DeadlineSubscriber) -> DeadlineSubscriber:
        """Call `subscriber` in the transaction when a due time was computed again and changed."""
        self._moved.append(subscriber)
        return subscriber

    def before_instance_ends(self, guard: EndGuard) -> EndGuard:
        """Ask `guard` before an end event gives a process its outcome, or ends it without any, or somebody cancels it.

        It reads, and raises `errors.HandlerFailed` to refuse: the end event becomes an incident, the process goes on.
        What it raises against a cancellation reaches the one who asked for it.
        """
        self._ending.append(guard)
        return guard

    @property
    def names(self) -> frozenset[str]:
        """Names of the service handlers."""
        return frozenset(self._services)

    def job_handler(self, kind: str) -> JobHandler:
        """The handler of a kind of job.

        Raises:
            errors.NotFound: nobody registered one.
        """
        if kind not in self._jobs:
            raise errors.NotFound(what="job handler", id=kind)
        return self._jobs[kind]

    def every(self, kind: str) -> timedelta | None:
        """The pause after which a standing kind of job is due again; None for every other kind."""
        return self._standing.get(kind)

    def gave_up(self, session: Session, job: values.Job) -> None:
        """Tell the handler of a job that has failed for good, if it wants to know."""
        handler: object = self._jobs.get(job.kind)
        if isinstance(handler, GivesUp):
            handler.gave_up(session, job)

    def invoke(self, name: str, call: HandlerCall) -> dict[str, Any]:
        """Run a service handler. Whatever it raises becomes a failure of the element, save for an outage.

        Raises:
            errors.BpmnError: the handler reports a BPMN error.
            errors.RetryLater: the handler wants to be called again later.
            errors.HandlerFailed: anything else went wrong, or nobody registered the name.
            errors.Unavailable: the database is lost; the whole trigger has to be undone.
        """
        if name not in self._services:
            raise errors.HandlerFailed(f"no handler is registered as {name!r}",
                                       hint="register the handler, or deploy a corrected diagram")
        try:
            changes = dict(self._services[name](call) or {})
            call.session.flush()  # a row the database refuses is the handler's fault, and of nobody after it
            return changes
        except (errors.BpmnError, errors.RetryLater, errors.HandlerFailed, errors.Unavailable):
            raise
        except errors.DomainError as error:
            raise errors.HandlerFailed(f"{name}: {error.message()}", hint=error.message("fa")) from error
        except Exception as error:
            raise _failed(f"{name}: {describe(error)}", error) from error

    def element_entered(self, session: Session, event: values.ElementEntered) -> None:
        """Tell every subscriber, in a savepoint: all of what they write stays, or none.

        Raises:
            errors.HandlerFailed: a subscriber failed; the element becomes an incident.
            errors.Unavailable: the database is lost; the whole trigger has to be undone.
        """
        _tell(session, self._entered, event)

    def measured(self, what: str, label: str = "") -> None:
        """Tell every observer now."""
        for observer in self._observers:
            observer(what, label)

    def measured_on_commit(self, session: Session, what: str, label: str = "") -> None:
        """Tell every observer once the transaction of `session` is committed."""
        if self._observers:
            store.after_commit(session, lambda: self.measured(what, label))

    def deadline_moved(self, session: Session, event: values.DeadlineMoved) -> None:
        """Tell every subscriber."""
        for subscriber in self._moved:
            subscriber(session, event)

    def instance_ending(self, session: Session, event: values.InstanceEnding) -> None:
        """Ask every guard. Raises: errors.HandlerFailed when one refuses."""
        for guard in self._ending:
            guard(session, event)

    def instance_ended(self, session: Session, event: values.InstanceEndedEvent) -> None:
        """Tell every subscriber, in a savepoint. Raises as `element_entered`; the telling becomes a job."""
        _tell(session, self._ended, event)


@contextmanager
def attempt(session: Session, who: str) -> Iterator[None]:
    """Run code that was registered from outside in a savepoint: all of what it writes stays, or none.

    Raises:
        errors.HandlerFailed: it failed; the message names `who`.
        errors.Unavailable: the database is lost; the whole trigger has to be undone.
    """
    try:
        with session.begin_nested():
            yield
    except errors.Unavailable:
        raise
    except errors.DomainError as error:
        raise errors.HandlerFailed(f"{who} refused: {error.message()}", hint=error.message("fa")) from error
    except Exception as error:
        raise _failed(f"{who} failed: {describe(error)}", error, hint="mend what it needs, then retry") from error


def _failed(message: str, error: Exception, hint: str = "") -> Exception:
    """What a foreign error becomes: the database's outage is nobody's fault here."""
    if isinstance(error, DBAPIError) and store.is_outage(error):
        return errors.Unavailable()
    return errors.HandlerFailed(message, hint=hint)


def _tell(session: Session, subscribers: Sequence[Callable[[Session, Any], None]], event: Any) -> None:
    if not subscribers:
        return
    with attempt(session, "a subscriber"):
        for subscriber in subscribers:
            subscriber(session, event)


def describe(error: BaseException) -> str:
    """What went wrong, for an incident: our own errors in their words, any other by type and place.

    The text of a foreign exception is left out: it may quote personal data.
    """
    if isinstance(error, errors.DomainError | errors.HandlerFailed):
        return str(error)
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return type(error).__name__
    frame, line = frames[-1]
    return f"{type(error).__name__} in {frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}, line {line}"


def _add(registry: dict[str, Any], name: str, entry: Any) -> None:
    if name in registry:
        raise ValueError(f"{name!r} is registered already")
    registry[name] = entry
