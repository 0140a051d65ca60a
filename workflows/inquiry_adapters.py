"""Adapters of inquiries: how the answer of an outside register comes.

By hand is the default: a clerk writes the letter, and uploads the answer. A kind of inquiry that the operator's file
names is asked over HTTP as well, by the contract of docs/reference/inquiries.md; the clerk's task stays open meanwhile,
so that whoever is first answers. Nothing but an answer that keeps the contract to the letter is read as one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from workflows import outside, outside_files

KINDS = ("CRIMINAL", "ADDICTION", "TAX", "BANK", "INSURANCE", "PLACES", "HEALTH", "POSTAL_CODE", "VETTING")
"""The inquiries that can be asked over HTTP."""

_PERSON = ("national_id", "first_name", "last_name", "father_name", "birth_date")
_COMPANY = ("legal_id", "name", "reg_no", "economic_code")
_SITE = ("county", "settlement", "postal_code", "address")
SUBJECT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CRIMINAL": {"person": _PERSON}, "ADDICTION": {"person": _PERSON}, "VETTING": {"person": _PERSON},
    "TAX": {"company": _COMPANY, "person": ("national_id",)}, "BANK": {"company": _COMPANY, "person": ("national_id",)},
    "INSURANCE": {"company": _COMPANY, "person": ("national_id",)},
    "PLACES": {"person": _PERSON, "site": _SITE}, "HEALTH": {"person": _PERSON, "site": _SITE},
    "POSTAL_CODE": {"site": _SITE}}
"""Kind -> what a register of that kind is told, and no more."""

ANSWERS = ("CLEAN", "NOT_CLEAN")
_PREFIXES: Mapping[str, tuple[str, ...]] = {"person": ("ceo_", ""), "company": ("company_",), "site": ("site_",)}
_NEEDED = {"person": "national_id", "company": "legal_id", "site": "postal_code"}
_LEAST_PAUSE_S, _LONGEST_PAUSE_S = 60, 86_400
_FIELDS: outside_files.Fields = {**outside_files.COMMON, "ask_again_after_s": (_LEAST_PAUSE_S, _LONGEST_PAUSE_S)}
_LONGEST_REFERENCE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a register is asked; `id` is the idempotency key, the same however often it is sent."""

    id: str
    kind: str
    file_number: str
    subject: Mapping[str, Mapping[str, str]]
    asked_at: datetime
    """When it was asked first."""
    sent_at: datetime
    """Now, by the machine's clock."""
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a register answered: checked whole."""

    answer: str
    """CLEAN or NOT_CLEAN."""
    reference: str
    answered_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """The register has no answer yet."""

    after: timedelta
    """When to ask again."""


class Adapter(Protocol):
    """One way to ask a register. Inquiries without one are answered by hand."""

    def ask(self, question: Question) -> Answer | Later:
        """Ask, or ask again. Raises: outside.CallFailed for everything that is no answer by the contract."""
        ...

    def is_genuine(self, body: bytes, signature: str, *, now: datetime) -> bool:
        """Whether an answer that was brought to us (a callback) comes from the register."""
        ...


class HttpAdapter:
    """Asks over HTTP; see docs/reference/inquiries.md."""

    def __init__(self, kind: str, *, url: str, key: str, token: str = "", timeout_s: int = 10,
                 ask_again_after_s: int = 3600) -> None:
        """`key` signs both ways; `token` is sent as a bearer token where the register wants one."""
        self._kind = kind
        self._key = key
        self._token = token
        self._pause = ask_again_after_s
        self._endpoint = outside.Endpoint(who=f"register {kind}", url=url, timeout_s=timeout_s)

    def ask(self, question: Question) -> Answer | Later:
        """Send the question, signed, under its idempotency key."""
        body = json.dumps({"question_id": question.id, "kind": question.kind, "file_number": question.file_number,
                           "asked_at": question.asked_at.isoformat(), "subject": question.subject},
                          ensure_ascii=False).encode()
        headers = {"Idempotency-Key": question.id, outside.SIGNATURE: outside.seal(self._key, body, question.sent_at)}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        _, value = outside.post(self._endpoint, body, headers)
        try:
            if isinstance(value, dict) and value.get("status") == "PENDING":
                return later(value, question.id, question.kind, pause=self._pause)
            return read(value, question.id, question.kind, today=question.today)
        except ValueError as error:
            raise outside.CallFailed(who=self._endpoint.who, fault=str(error)) from None

    def is_genuine(self, body: bytes, signature: str, *, now: datetime) -> bool:
        """The seal is that of this body, made with the shared key in the last five minutes."""
        return outside.is_sealed(self._key, body, signature, now=now)


def read(value: Any, question_id: str, kind: str, *, today: date) -> Answer:
    """The answer in what a register sent. Raises: ValueError naming the first part that breaks the contract.

    It names the question and the kind it answers, so that what belongs to another question is never taken.
    """
    _require_ours(value, question_id, kind)
    if value.get("status") != "ANSWERED":
        raise ValueError("status")
    if value.get("answer") not in ANSWERS:
        raise ValueError("answer")
    reference = value.get("reference")
    if not isinstance(reference, str) or not reference.isprintable() or not (
            0 < len(reference.strip()) <= _LONGEST_REFERENCE):
        raise ValueError("reference")
    text = value.get("answered_on")
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("answered_on")
    try:
        answered_on = date.fromisoformat(text)
    except ValueError:
        raise ValueError("answered_on") from None
    if answered_on > today:
        raise ValueError("answered_on")
    return Answer(answer=value["answer"], reference=reference.strip(), answered_on=answered_on)


def later(value: Mapping[str, Any], question_id: str, kind: str, *, pause: int) -> Later:
    """How long to wait, from a register that has no answer yet; between a minute and a day. Raises: ValueError."""
    _require_ours(value, question_id, kind)
    wanted = value.get("ask_again_after_s", pause)
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        raise ValueError("ask_again_after_s")
    return Later(after=timedelta(seconds=min(max(wanted, _LEAST_PAUSE_S), _LONGEST_PAUSE_S)))


def subject(kind: str, data: Mapping[str, Any]) -> dict[str, dict[str, str]] | None:
    """What a register of this kind is told of an application's data; None where what identifies it is missing."""
    found: dict[str, dict[str, str]] = {}
    for part, names in SUBJECT[kind].items():
        told = {name: str(value) for name in names if (value := _value(data, part, name))}
        if told:
            found[part] = told
    needed = [part for part in SUBJECT[kind] if _NEEDED[part] in found.get(part, {})]
    enough = bool(needed) if "company" in SUBJECT[kind] else len(needed) == len(SUBJECT[kind])
    return found if enough else None


def from_file(path: Path) -> dict[str, Adapter]:
    """The adapters that the operator's TOML file names: one table a kind of inquiry.

    Raises: ValueError, see `outside_files`.
    """
    found: dict[str, Adapter] = {}
    for kind, table in outside_files.read(path).items():
        if kind not in KINDS:
            raise ValueError(f"names the inquiry {kind!r}; it should be one of {', '.join(KINDS)}")
        found[kind] = HttpAdapter(kind, **outside_files.check(table, _FIELDS, prefix=f"{kind}."))
    return found


def _require_ours(value: Any, question_id: str, kind: str) -> None:
    if not isinstance(value, dict):
        raise ValueError("no object")
    for name, ours in (("question_id", question_id), ("kind", kind)):
        if value.get(name) != ours:
            raise ValueError(name)


def _value(data: Mapping[str, Any], part: str, name: str) -> Any:
    return next((data[key] for prefix in _PREFIXES[part] if data.get(key := f"{prefix}{name}")), None)
