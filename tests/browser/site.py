"""A running site for tests: the whole product on a port of its own, and short cuts past the pages not under test."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import waitress

from api import server
from api.app import create_app
from api.config import Config
from engine.store.base import metadata
from engine.values import SYSTEM, UserTask
from tests.api.people import APPLICATION, FILES, JPEG, MOBILE, PDF, newest_code
from workflows import accounts, applications, bootstrap, calendar, issuer, tasks
from workflows.accounts import User

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
VISIT = calendar.today(datetime.now(UTC)).isoformat()
"""Recent, or the answers of other bodies would be too old and asked for again."""

WAY: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, tuple[str, bytes]]]] = {
    "check_documents": ("clerk", {"complete": True}, {}),
    "first_visit": ("inspector", {"visit_date": VISIT, "measured_area": 64, "latitude": 37.55, "longitude": 45.07,
                                  "found_as_declared": True, "notes": "مطابق اظهار"}, {"photo": ("site.jpg", JPEG)}),
    "technical_opinion": ("technical", {"opinion": "SUITABLE", "notes": "مناسب است"}, {}),
    "working_group_decision": ("workinggroup", {"session_no": "12", "session_date": VISIT, "votes_for": 5,
                                                "votes_against": 0, "decision": "AGREE", "notes": "موافقت شد"},
                               {"minutes_file": ("minutes.pdf", PDF)}),
    "vetting": ("clerk", {"vetting_result": "CLEAN", "vetting_ref": "12", "vetting_date": VISIT},
                {"file": ("vetting.pdf", PDF)}),
    "record_inquiry": ("clerk", {"answer": "CLEAN", "ref_no": "7", "answered_on": VISIT}, {"file": ("a.pdf", PDF)}),
    "report_ready": (MOBILE, {"premises_ready": True}, {"ready_photo": ("ready.jpg", JPEG)}),
    "final_visit": ("inspector", {"visit_date": VISIT, "result": "READY", "notes": "آماده است"},
                    {"photo": ("final.jpg", JPEG)}),
    "settle_fee": (MOBILE, {"undertaking_no": "1234"}, {"undertaking_file": ("undertaking.pdf", PDF)}),
    "manager_signature": ("manager", {"decision": "SIGN"}, {}),
}
"""Element -> who completes it, and with what, on the way to a licence."""


class Site:
    """The product behind a port; applications can be brought forward without a browser."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = server.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.product = bootstrap.build(url=f"sqlite:///{var / 'site.sqlite'}", var=var, public_url=self.url, bpmn=BPMN,
                                       demo=True)
        metadata.create_all(self.product.database.sqlalchemy_engine)
        with self.product.database.begin() as session:
            bootstrap.seed_demo(self.product, session)
            bootstrap.deploy_shipped(self.product, session)
        self._count = 0

    @contextmanager
    def served(self) -> Iterator[Site]:
        config = Config(database_url="", var=self.var, demo=True, port=self.port, public_url=self.url)
        listener: Any = waitress.create_server(create_app(self.product, config), host="127.0.0.1", port=self.port,
                                               threads=8, channel_timeout=30)
        thread = threading.Thread(target=listener.run, daemon=True)
        thread.start()
        yield self
        listener.close()
        thread.join(timeout=5)
        self.product.database.dispose()

    def run_jobs(self) -> None:
        """What the scheduler's thread would do by now."""
        self.product.scheduler.tick()

    def code(self) -> str:
        """The one-time code that was sent last."""
        self.run_jobs()
        return newest_code(self.var)

    def data(self, **changes: Any) -> dict[str, Any]:
        """An application that meets every condition, at a place no other application is for."""
        self._count += 1
        return {**APPLICATION, "site_postal_code": f"57156{self._count:05}", **changes}

    def submit(self, **changes: Any) -> applications.Submitted:
        """Submit an application as the demonstration's applicant."""
        with self.product.database.begin() as session:
            return applications.submit(session, product=self.product, user=self._person(session, MOBILE),
                                       service="create-urban-office", data=self.data(**changes), files=FILES)

    def forward(self, application_id: str, *, until: str) -> None:
        """Complete every task that waits until `until` is reached (an element, or a state of the application)."""
        for _ in range(40):
            self.run_jobs()
            waiting = self.waiting(application_id)
            if until in {task.element_id for task in waiting} or until == self.state(application_id):
                return
            assert waiting, f"nothing waits, and {until} was not reached"
            self.complete(waiting[0])
        raise AssertionError(f"{until} was not reached")

    def complete(self, task: UserTask, *, by: str | None = None, **changes: Any) -> None:
        """Complete one task as the person whose turn it is, or as somebody else."""
        who, data, files = WAY[task.element_id]
        with self.product.database.begin() as session:
            tasks.complete(session, product=self.product, task_id=task.id, data={**data, **changes}, files=files,
                           user=self._person(session, by or who))

    def waiting(self, application_id: str) -> list[UserTask]:
        with self.product.database.read() as session:
            return list(self.product.engine.user_tasks(session, business_key=application_id).items)

    def state(self, application_id: str) -> str:
        with self.product.database.read() as session:
            return applications.get(session, product=self.product, id=application_id,
                                    user=self._person(session, "clerk")).state

    def answer_of_issuer(self, application_id: str, *, number: str) -> None:
        """A clerk records that the issuer issued the licence under `number`."""
        with self.product.database.begin() as session:
            issuer.record_answer(session, product=self.product, application_id=application_id, answer="ISSUED",
                                 user=self._person(session, "clerk"), issuer_number=number,
                                 issued_on=date.fromisoformat(VISIT))

    def deploy(self, change: Callable[[str], str]) -> None:
        """Deploy the shipped files again, with the diagram of the service changed."""
        resources = bootstrap.shipped_resources(BPMN)
        name = "processes/create-urban-office.bpmn"
        changed = change(resources[name].decode())
        assert changed != resources[name].decode()
        with self.product.database.begin() as session:
            self.product.engine.deploy(session, resources={**resources, name: changed.encode()}, actor=SYSTEM)

    def add_clerk(self, username: str) -> None:
        """Another clerk for the whole province."""
        with self.product.database.begin() as session:
            accounts.create_staff(session, username=username, password="parvaneh-demo", name=username,
                                  roles=[("CLERK", None)])

    def found(self, text: str) -> list[str]:
        """The file numbers of the applications that a search finds."""
        with self.product.database.read() as session:
            return [one.file_number for one in applications.search(
                session, product=self.product, user=self._person(session, "clerk"), text=text).items]

    def _person(self, session: Any, who: str) -> User:
        if who != MOBILE:
            found = accounts.by_username(session, who)
            assert found is not None
            return found
        applicant = accounts.applicant(session, mobile=MOBILE)
        return dataclasses.replace(applicant, verified_at=self.product.machine.now())
