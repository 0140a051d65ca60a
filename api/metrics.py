"""What is counted, for Prometheus: requests, completions, jobs, incidents, faults of the database, the live cache.

No label has more values than the code and the diagrams give it, and none comes from a person. Counters live in this
process; what the database holds is counted there, by indexed queries whose answer is kept for some seconds.

Several processes share their counters over files in one folder (`share`), and any of them answers for all:
`parvaneh serve --workers N` sees to it. An operator who names the folder in `PROMETHEUS_MULTIPROC_DIR`, for web
processes and workers alike, has the counters of the workers too, and empties it when the machine starts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import event
from sqlalchemy import exc as sql
from sqlalchemy.engine import ExceptionContext

from api import config
from engine import errors
from engine.store import session as store
from engine.values import TransportHealth
from workflows import notifications

if TYPE_CHECKING:
    from prometheus_client import Metric

    from workflows.bootstrap import Product

KEPT_SECONDS = 5.0
"""How long an answer of the database is given again: a scrape costs it nothing more often than that."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LOST_RACES = {"40001", "40P01"}


# When each counter began would stand beside each counter: twice as much to read for nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]


def share(folder: Path) -> None:
    """Keep the counters made from here on in files of `folder`, shared with every process that does the same."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config.hand_counters_on(folder)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


class Metrics:
    """The counters of one application. Thread safe."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._shared = values.ValueClass is not values.MutexValue
        self._own = registry = CollectorRegistry()
        named: dict[str, Any] = {"namespace": "parvaneh", "registry": registry}
        self._requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"], **named)
        self._seconds = Histogram("http_request_duration_seconds", "Time until the answer was ready.",
                                  ["method", "route"], buckets=_SECONDS, **named)
        self._under_way = Gauge("http_requests_in_progress", "Requests being answered.",
                                multiprocess_mode="livesum", **named)
        self._problems = Counter("problems", "Refusals and failures answered, by code.", ["code"], **named)
        self._replays = Counter("idempotency_replays", "Commands sent again and answered from the store.", **named)
        self._completions = Counter("user_task_completions", "User tasks completed and committed.", **named)
        self._jobs_run = Counter("jobs_run", "Jobs by how they ended.", ["kind", "outcome", "transport"], **named)
        self._live = Counter("live_instances_lookups", "Whether a process instance was found in memory.", ["result"],
                             **named)
        self._live_size = Gauge("live_instances", "Process instances in memory.", multiprocess_mode="livesum", **named)
        self._live_bytes = Gauge("live_instances_bytes", "Memory they take up, about.", multiprocess_mode="livesum",
                                 **named)
        self._database_errors = Counter("database_errors", "Errors of the database.", ["kind"], **named)
        for kind in ("outage", "constraint", "conflict", "statement"):
            self._database_errors.labels(kind)
        for result in ("hit", "miss"):
            self._live.labels(result)
        if not self._shared:
            ProcessCollector(registry=registry)
        self._rows = _Rows(product)
        product.engine.handlers.on_measured(self._measured)
        event.listen(product.database.sqlalchemy_engine, "handle_error", self._failed)

    def began(self) -> None:
        """A request begins."""
        self._under_way.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered, `route` being the rule of its route."""
        method = method if method in _METHODS else "OTHER"
        self._under_way.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def problem(self, code: str) -> None:
        """A refusal or failure was answered."""
        self._problems.labels(code).inc()

    def replayed(self) -> None:
        """A repeated command got its first answer."""
        self._replays.inc()

    def text(self) -> bytes:
        """Everything in Prometheus' text format: counters of this process, or of all that share their files."""
        self._measure_live()
        counters = self._own
        if self._shared:
            counters = CollectorRegistry()
            MultiProcessCollector(counters)  # type: ignore[no-untyped-call]
        rows = CollectorRegistry()
        rows.register(self._rows)
        return generate_latest(counters) + generate_latest(rows)

    def _measure_live(self) -> None:
        self._live_size.set(self._product.engine.live_instances)
        self._live_bytes.set(self._product.engine.live_instances_bytes)

    def _measured(self, what: str, label: str) -> None:
        if what == "user_task_completed":
            self._completions.inc()
        elif what == "live_instance":
            self._live.labels(label).inc()
            self._measure_live()
        elif what.startswith("job_"):
            self._jobs_run.labels(label, what.removeprefix("job_"), self._product.scheduler.name).inc()

    def _failed(self, context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if getattr(context.original_exception, "sqlstate", None) in _LOST_RACES:
            kind = "conflict"
        elif isinstance(error, sql.IntegrityError):
            kind = "constraint"
        else:
            kind = "outage" if isinstance(error, sql.DBAPIError) and store.is_outage(error) else "statement"
        self._database_errors.labels(kind).inc()


class _Rows(Collector):
    """Gauges counted in the database. When it does not answer, the one that says so is all there is."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._lock = threading.Lock()
        self._kept: list[GaugeMetricFamily] = []
        self._asked_at: float | None = None

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if self._asked_at is None or time.monotonic() - self._asked_at >= KEPT_SECONDS:
                self._kept = self._counted()
                self._asked_at = time.monotonic()
            return list(self._kept)

    def _counted(self) -> list[GaugeMetricFamily]:
        info = GaugeMetricFamily("parvaneh_info", "The version that runs.", labels=["version"])
        info.add_metric([metadata.version("parvaneh")], 1)
        up = GaugeMetricFamily("parvaneh_database_up", "Whether the database answers.")
        try:
            with self._product.database.read() as session:
                self._product.refresh_clock(session)
                backlog, now = self._product.engine.backlog(session), self._product.clock.now()
                health = self._product.scheduler.health(session)
        except (errors.Unavailable, sql.DBAPIError):
            up.add_metric([], 0)
            return [info, up]
        up.add_metric([], 1)
        jobs = GaugeMetricFamily("parvaneh_jobs", "Jobs due (or to be tried again), leased, and failed with an open "
                                 "incident.", labels=["state", "kind"])
        for (state, kind), count in sorted(backlog.jobs.items()):
            jobs.add_metric([state, kind], count)
        incidents = GaugeMetricFamily("parvaneh_incidents_open", "Open incidents.", labels=["kind"])
        for kind, count in sorted(backlog.incidents.items()):
            incidents.add_metric([kind], count)
        transport = [] if health.workers is None else _transport(health)
        oldest = (now - backlog.oldest_due_at).total_seconds() if backlog.oldest_due_at else 0.0
        outbox = sum(count for (_, kind), count in backlog.jobs.items() if kind == notifications.JOB)
        return [info, up, jobs, incidents,
                _gauge("parvaneh_jobs_waiting", "Jobs whose time has not come.", backlog.timers),
                _gauge("parvaneh_jobs_oldest_due_seconds", "For how long the oldest due job has been due.", oldest),
                _gauge("parvaneh_outbox_messages", "Text messages not sent yet.", outbox), *transport]


def _transport(health: TransportHealth) -> list[GaugeMetricFamily]:
    rows = GaugeMetricFamily("parvaneh_transport_jobs", "Jobs a worker will be given (announced), was given (running), "
                             "and was given before it died (stalled).", labels=["state"])
    for state in ("announced", "running", "stalled"):
        rows.add_metric([state], getattr(health, state))
    return [_gauge("parvaneh_workers", "Workers heard of in the last half minute.", health.workers or 0), rows]


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning)
    family.add_metric([], value)
    return family
