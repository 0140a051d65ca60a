"""A product with its province, its people and one applicant: what the tests of the use cases act with."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.clock import ManualClock
from engine.values import UserTask
from workflows import accounts, applications, bootstrap, calendar, issuer, licences, tasks

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
PASSWORD = "a long pass phrase"
MOBILE = "09141234567"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
JPG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8Q"
    "EBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=")

ROLES = {"clerk": "CLERK", "inspector": "INSPECTOR", "technical": "TECH_COMMITTEE", "group": "WORKING_GROUP",
         "bank": "POST_BANK", "manager": "MANAGER", "supervisor": "SUPERVISOR", "admin": "ADMIN"}

DATA: Mapping[str, Any] = {
    "applicant_kind": "LEGAL", "company_legal_id": "10380284790", "company_name": "شرکت پیشگامان ارتباط ارومیه",
    "company_reg_no": "12345", "company_economic_code": "10380284790", "purpose_ok": True,
    "ceo_national_id": "0013542419", "ceo_first_name": "سارا", "ceo_last_name": "رضایی", "ceo_father_name": "علی",
    "ceo_birth_date": "1985-05-05", "ceo_gender": "FEMALE", "ceo_mobile": "09141234567", "ceo_nationality": "IR",
    "ceo_degree": "MASTER", "ceo_public_employee": False, "other_licence": False, "creed_declaration": True,
    "site_county": "urmia", "site_settlement": "ارومیه", "site_postal_code": "5713812345",
    "site_address": "خیابان امام، کوچه سوم، پلاک ۱۲", "site_area_m2": 64, "site_tenure": "LEASE",
    "site_lease_months": 60, "sheba": "IR820540102680020817909002", "declare_truth": True, "declare_no_proxy": True,
    "declare_fee_undertaking": True,
}
SCANS = ("doc_articles", "doc_gazette", "doc_degree", "doc_tenure")
PHOTOS = ("doc_ceo_photo", "doc_national_card", "doc_site_photo")
FILES = {field: ("سند.pdf", PDF + field.encode()) for field in SCANS} | {
    field: (f"{field}.jpg", JPG + field.encode()) for field in PHOTOS}

FORMS: Mapping[str, Mapping[str, Any]] = {
    "check_documents": {"complete": True},
    "first_visit": {"visit_date": "2026-04-04", "measured_area": 63, "latitude": 37.5, "longitude": 45.07,
                    "found_as_declared": True},
    "technical_opinion": {"opinion": "SUITABLE"},
    "working_group_decision": {"session_no": "12", "session_date": "2026-04-04", "votes_for": 3, "votes_against": 0,
                               "decision": "AGREE"},
    "vetting": {"vetting_result": "CLEAN", "vetting_ref": "۱۲/۳۴", "vetting_date": "2026-04-04"},
    "record_inquiry": {"answer": "CLEAN", "ref_no": "77", "answered_on": "2026-04-04"},
    "report_ready": {"premises_ready": True},
    "final_visit": {"visit_date": "2026-04-04", "result": "READY"},
    "settle_fee": {"undertaking_no": "445"},
    "manager_signature": {"decision": "SIGN"},
}
TASK_FILES: Mapping[str, Mapping[str, tuple[str, bytes]]] = {
    "first_visit": {"photo": ("photo.jpg", JPG)}, "final_visit": {"photo": ("photo.png", PNG)},
    "working_group_decision": {"minutes_file": ("minutes.pdf", PDF)},
    "settle_fee": {"undertaking_file": ("undertaking.pdf", PDF)},
}
PEOPLE = {"CLERK": "clerk", "INSPECTOR": "inspector", "TECH_COMMITTEE": "technical", "WORKING_GROUP": "group",
          "POST_BANK": "bank", "MANAGER": "manager", "APPLICANT": "applicant"}


class World:
    """One installation. Every action is a transaction of its own, as at the edges of the product."""

    def __init__(self, url: str, var: Path, clock: ManualClock, *, prepared: bool = False) -> None:
        """`prepared`: the database and `var` are copies of a world made before."""
        self.clock = clock
        self.machine = ManualClock(clock.now())
        self.var = var
        self.product = bootstrap.build(url=url, var=var, public_url="https://licences.example.ir", bpmn=BPMN,
                                       clock=clock, machine=self.machine)
        self.users: dict[str, accounts.User] = {}
        with self.product.database.begin() as session:
            if not prepared:
                bootstrap.seed_province(self.product, session)
                bootstrap.deploy_shipped(self.product, session)
            for name, role in ROLES.items():
                self.users[name] = accounts.by_username(session, name) or accounts.create_staff(
                    session, username=name, password=PASSWORD, name=name, roles=((role, None),), clock=self.machine)
            applicant = accounts.applicant(session, mobile=MOBILE, clock=self.machine)
        self.users["applicant"] = dataclasses.replace(applicant, verified_at=self.machine.now())

    def sign_in(self, mobile: str) -> accounts.User:
        """An applicant signs in with the code that was sent."""
        with self.product.database.begin() as session:
            accounts.request_code(session, product=self.product, mobile=mobile)
        self.run_jobs()
        with self.product.database.begin() as session:
            user = accounts.verify_code(session, product=self.product, mobile=mobile, code=self.last_code())
        assert user is not None
        return user

    def messages(self) -> list[str]:
        """The text messages sent so far, oldest first."""
        return [path.read_text(encoding="utf-8") for path in sorted((self.var / "sms").glob("*.txt"))]

    def last_code(self) -> str:
        found = re.findall(r"\b\d{6}\b", "\n".join(self.messages()))
        return found[-1]

    def run_jobs(self) -> None:
        while self.product.scheduler.tick():
            pass

    def submit(self, files: Mapping[str, tuple[str, bytes]] | None = None, user: str = "applicant",
               **changes: Any) -> applications.Submitted:
        data = {key: value for key, value in {**DATA, **changes}.items() if value is not None}
        with self.product.database.begin() as session:
            return applications.submit(session, product=self.product, data=data, user=self.users[user],
                                       service="create-urban-office", files=FILES if files is None else files)

    def tasks(self, application_id: str) -> list[UserTask]:
        with self.product.database.read() as session:
            return list(self.product.engine.user_tasks(session, business_key=application_id, limit=100).items)

    def task(self, application_id: str, element: str) -> UserTask:
        waiting = self.tasks(application_id)
        found = [task for task in waiting if task.element_id == element]
        assert found, f"nothing waits at {element}, but at {sorted(task.element_id for task in waiting)}"
        return found[0]

    def complete(self, application_id: str, element: str, *, by: str | None = None, task: UserTask | None = None,
                 files: Mapping[str, tuple[str, bytes]] | None = None, **data: Any) -> UserTask:
        """The person of the task's role (or `by`) completes it with the usual answer, changed by `data`."""
        task = task or self.task(application_id, element)
        answers = {key: value for key, value in {**FORMS.get(element, {}), **data}.items() if value is not None}
        with self.product.database.begin() as session:
            return tasks.complete(session, product=self.product, task_id=task.id, data=answers,
                                  files=TASK_FILES.get(element, {}) if files is None else files,
                                  user=self.users[by or PEOPLE[task.role]])

    def advance_to(self, application_id: str, element: str) -> None:
        """Complete whatever waits with the usual answers until something waits at `element`."""
        for _ in range(40):
            waiting = self.tasks(application_id)
            if any(task.element_id == element for task in waiting):
                return
            assert waiting, "nothing waits"
            for task in waiting:
                self.complete(application_id, task.element_id, task=task)
            self.run_jobs()
        raise AssertionError(f"never came to {element}")

    def to_issuer(self, application_id: str) -> None:
        """Bring an application to the issuer by the straight way."""
        self.advance_to(application_id, "manager_signature")
        self.complete(application_id, "manager_signature")
        self.run_jobs()

    def issue(self, application_id: str, number: str = "CRA-1") -> licences.Licence:
        with self.product.database.begin() as session:
            issuer.record_answer(session, product=self.product, application_id=application_id, answer="ISSUED",
                                 user=self.users["clerk"], issuer_number=number, national_licence_id="N-1",
                                 issued_on=calendar.today(self.clock.now()))
        with self.product.database.read() as session:
            found = licences.of_application(session, product=self.product, application_id=application_id)
        assert found is not None
        return found

    def application(self, application_id: str, user: str = "clerk") -> applications.Application:
        with self.product.database.read() as session:
            return applications.get(session, product=self.product, id=application_id, user=self.users[user])

    def pass_time(self, **delta: float) -> None:
        """Time passes on both clocks, what is due happens, and the applicant signs in again."""
        self.clock.advance(timedelta(**delta))
        self.machine.advance(timedelta(**delta))
        self.users["applicant"] = dataclasses.replace(self.users["applicant"], verified_at=self.machine.now())
        self.run_jobs()
