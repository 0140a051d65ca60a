"""`make demo`: starts a server of its own and plays the service over HTTP, as each person in turn.

The timeline is printed as it happens; the last line is one JSON object. A refusal nobody expected ends it with exit
code 1 and the server's answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api import config, server
from api.demo_client import Person, Refused
from api.demo_script import EXAMPLES, MOBILE, STAFF, Script

PASSWORD = "parvaneh-demo"  # noqa: S105 - the published password of the demonstration accounts
CORRECTION = "correction"
"""The form of every task at which the applicant corrects what was sent back."""
SERVICES = sorted(path.parent.name for path in EXAMPLES.glob("*/cases.json"))
"""The services that have examples to play."""
PATIENCE = 60.0
"""Seconds to wait for the server, and for each thing the processes do by themselves."""


class Stuck(Exception):
    """The demonstration cannot go on; the message says why."""


@click.command()
@click.option("--service", type=click.Choice(SERVICES), default=SERVICES[0], show_default=True)
@click.option("--case", "case", default="issued", show_default=True, help="One of the service's cases.json.")
def main(service: str, case: str) -> None:
    """Play one application from its submission to its end."""
    started = time.monotonic()
    try:
        folder = _folder()
        with _server(folder) as base:
            play = Play(base, folder, Script(service, case), started)
            result = play.run()
            click.echo(f"          the data stays; to look around and to check the licence's address:\n"
                       f"          PARVANEH_VAR={folder} make run PORT={base.rpartition(':')[2]}")
    except (Refused, Stuck, LookupError, OSError, config.ConfigurationError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps({**result, "seconds": round(time.monotonic() - started, 1)}, ensure_ascii=False))


class Play:
    """One application and the people around it."""

    def __init__(self, base: str, folder: Path, script: Script, started: float) -> None:
        self._base = base
        self._folder = folder
        self._script = script
        self._started = started
        self._people = {role: Person(base, name) for role, name in STAFF.items()}
        self._admin = Person(base, "admin")
        self._applicant = Person(base, "applicant")
        self._application = ""
        self._clock_moved = False

    def run(self) -> dict[str, Any]:
        """Play until the application has ended; what the last line says."""
        self._sign_in()
        self._submit()
        application = self._until_ended()
        if application["state"] != self._script.expected:
            raise Stuck(f"the application ended {application['state']}, not {self._script.expected}")
        self._say("system", f"ended {application['state']}", ", ".join(application["condition_codes"]))
        result: dict[str, Any] = {"application": application["file_number"], "state": application["state"],
                                  "licence": None, "pdf": None, "verify_url": None}
        if application["licence_number"]:
            result.update(self._licence(application["licence_number"]))
        if application["condition_codes"]:
            result["condition_codes"] = application["condition_codes"]
        return result

    def _sign_in(self) -> None:
        for person in self._people.values():
            person.sign_in(username=person.name, password=PASSWORD)
        self._applicant.post("/one-time-codes", {"mobile": MOBILE})
        self._applicant.sign_in(mobile=MOBILE, code=self._wait("a one-time code", self._code))
        self._say("applicant", "signed in by one-time code")

    def _code(self) -> str | None:
        """The code in the newest text message to the applicant, as the demonstration's transport wrote it to a file."""
        messages = sorted((self._folder / "sms").glob(f"*-{MOBILE}.txt"), key=lambda path: path.stat().st_mtime)
        digits = "".join(c if c.isdigit() else " " for c in messages[-1].read_text("utf-8")) if messages else ""
        return next((word for word in digits.split() if len(word) == 6), None)

    def _submit(self) -> None:
        about = f"&licence={self._own_licence()}" if self._script.licence else ""
        application = self._script.application
        receipt = self._applicant.post(f"/applications?service={self._script.service}{about}", application.data,
                                       application.files)
        self._application = receipt["id"]
        self._say("applicant", "submitted the application", receipt["file_number"])
        tracking = self._applicant.get(f"/tracking/{receipt['tracking_code']}")
        self._say("anyone", "followed it with the tracking code", f"stage {tracking['state']}")

    def _own_licence(self) -> str:
        """The number of the licence that the case is about."""
        held = self._applicant.get(f"/services/{self._script.service}/licences")["items"]
        if not held:
            raise Stuck("the applicant of the demonstration holds no licence")
        by_expiry = sorted(held, key=lambda one: str(one["expires_on"]))
        chosen = by_expiry[0 if self._script.licence == "first_to_expire" else -1]
        self._say("applicant", "chose the licence", f"{chosen['number']}, valid until {chosen['expires_on']}")
        return str(chosen["number"])

    def _until_ended(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            application: dict[str, Any] = self._applicant.get(f"/applications/{self._application}")
            if application["ended_at"]:
                return application
            if self._act(application):
                deadline = time.monotonic() + PATIENCE
            elif time.monotonic() > deadline:
                raise Stuck(f"nothing happens any more at {application['state']}; see {self._folder}/server.log")
            else:
                time.sleep(0.05)

    def _act(self, application: dict[str, Any]) -> bool:
        """Do the next thing somebody can do; False when all wait."""
        if application["state"] == "AT_ISSUER":
            answer = self._script.issuer_answer()
            self._people["CLERK"].post(f"/applications/{self._application}/issuer-answer", answer.data)
            self._say("clerk", "recorded the issuer's answer", answer.summary)
            return True
        for role, person in [*self._people.items(), ("APPLICANT", self._applicant)]:
            found = person.get(f"/user-tasks?application_id={self._application}&role={role}&limit=20")
            for task in found["items"]:
                if self._do(role, person, task):
                    return True
        return False

    def _do(self, role: str, person: Person, task: dict[str, Any]) -> bool:
        if task["form_key"] == CORRECTION:
            return self._correct(task)
        turn = self._script.task(task["element_id"], task["item"])
        if role != "APPLICANT":
            person.put(f"/user-tasks/{task['id']}/claim")
        person.post(f"/user-tasks/{task['id']}/completion", turn.data, turn.files)
        self._say(person.name, task["name_en"] or task["name"], f"{task['item'] or ''} {turn.summary}".strip())
        return True

    def _correct(self, task: dict[str, Any]) -> bool:
        asked = self._applicant.get(f"/user-tasks/{task['id']}")["correction"]
        if asked["told_at"] is None:
            return False  # the notice is not delivered yet, so the window has not started
        if self._script.lapses():
            return self._let_it_lapse(asked["due_at"])
        correction = self._script.correction()
        self._applicant.post(f"/applications/{self._application}/correction", correction.data, correction.files)
        changed = ", ".join([*correction.data, *correction.files])
        self._say("applicant", task["name_en"] or task["name"], changed)
        return True

    def _let_it_lapse(self, due_at: str) -> bool:
        if self._clock_moved:
            return False  # the server is about to end the application
        self._admin.sign_in(username=self._admin.name, password=PASSWORD)
        missing = datetime.fromisoformat(due_at) - datetime.fromisoformat(self._admin.get("/demo/clock")["now"])
        days = missing.days + 1
        self._admin.post("/demo/clock", {"advance": f"P{days}D"})
        self._say("clock", f"moved on by {days} days, past the correction window", due_at)
        self._clock_moved = True
        return True

    def _licence(self, number: str) -> dict[str, Any]:
        licence = self._applicant.get(f"/licences/{number}")
        content, media_type = self._applicant.download(f"/licences/{licence['id']}.pdf")
        path = self._folder / ("licence.pdf" if media_type == "application/pdf" else "licence.html")
        path.write_bytes(content)
        self._say("applicant", "downloaded the licence", f"{number}, {len(content)} bytes")
        page, _ = self._applicant.download(licence["verify_url"].removeprefix(self._base))
        self._say("anyone", "checked the QR code's address", f"{len(page)} bytes")
        return {"licence": number, "pdf": str(path), "verify_url": licence["verify_url"]}

    def _wait(self, what: str, look: Callable[[], str | None]) -> str:
        deadline = time.monotonic() + PATIENCE
        while (found := look()) is None:
            if time.monotonic() > deadline:
                raise Stuck(f"{what} never came; see {self._folder}/server.log")
            time.sleep(0.05)
        return found

    def _say(self, who: str, what: str, detail: str = "") -> None:
        seconds = time.monotonic() - self._started
        click.echo(f"{seconds:6.1f} s  {who:<13} {what}" + (f": {detail}" if detail else ""))


def _folder() -> Path:
    """A fresh folder for this demonstration, under the folder of the product's data."""
    parent = config.from_environment({}).var
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="demo-", dir=parent))


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """A server of our own on a free port, stopped at the end; gives its address."""
    port = server.free_port()
    base = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARVANEH_")}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "api", "run", "--port", str(port)],
                                   env={**kept, "PARVANEH_VAR": str(folder)}, stdout=log, stderr=subprocess.STDOUT)
        try:
            _until_ready(base, process, folder)
            yield base
        finally:
            process.terminate()
            process.wait(timeout=15)


def _until_ready(base: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline, visitor = time.monotonic() + PATIENCE, Person(base, "visitor")
    while True:
        try:
            visitor.send("GET", "/readyz")
        except (OSError, Refused):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Stuck(f"the server did not start; see {folder}/server.log") from None
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    main()
