"""What each person of the demonstration fills in, read from the example files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
"""A folder for each service."""
MOBILE = "09141234567"
STAFF = {"CLERK": "clerk", "INSPECTOR": "inspector", "TECH_COMMITTEE": "technical", "WORKING_GROUP": "workinggroup",
         "MANAGER": "manager"}
"""Role -> the sign-in name of its demonstration account."""

_TELLING = ("choice", "opinion", "decision", "answer", "vetting_result", "result", "measured_area", "undertaking_no",
            "missing_codes", "condition_codes", "ref_no", "issuer_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One form as somebody fills it in."""

    data: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What the form says, in a few words."""
        said = [self.data[name] for name in _TELLING if name in self.data]
        return ", ".join(" ".join(word) if isinstance(word, list) else str(word) for word in said)


class Script:
    """One case: the application, and the answers to the tasks on its way, in their order."""

    def __init__(self, service: str, case: str, examples: Path = EXAMPLES) -> None:
        self._folder = folder = examples / service
        self.service = service
        told, application = _read(folder / "cases.json")[case], _read(folder / "application.json")
        self.expected: str = told["state"]
        self.licence: str | None = told.get("licence")
        """Which of the applicant's licences it is about: `first_to_expire` or `last_to_expire`."""
        self.application = self._turn({kind: {**application[kind], **told["application"][kind]}
                                       for kind in ("data", "files")})
        self._events: list[dict[str, Any]] = told["events"]

    def lapses(self) -> bool:
        """Whether time passes instead of an answer."""
        return any("advance" in event for event in self._events)

    def correction(self) -> Turn:
        """The applicant's answer to the request for correction."""
        return self._turn(self._take("correction")["correction"])

    def issuer_answer(self) -> Turn:
        """What the issuer answers."""
        return self._turn({"data": self._take("issuer_answer")["issuer_answer"]})

    def task(self, element_id: str, item: Any) -> Turn:
        """What is filled in at a user task; `item` tells which of several."""
        return self._turn(self._take("element", element_id, item))

    def _take(self, kind: str, element_id: str | None = None, item: Any = None) -> dict[str, Any]:
        found = next((event for event in self._events if kind in event
                      and (element_id is None or (event[kind], event.get("item")) == (element_id, item))), None)
        if found is None:
            raise LookupError(f"the example files do not say what to do at {element_id or kind} {item or ''}".rstrip())
        self._events.remove(found)
        return found

    def _turn(self, told: Mapping[str, Any]) -> Turn:
        today = datetime.now(UTC).date().isoformat()
        return Turn(data={name: today if value == "today" else value for name, value in told["data"].items()},
                    files={name: self._folder / path for name, path in told.get("files", {}).items()})


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
