"""Adapters of inquiries: how the answer of an outside register comes.

By hand is the default: a clerk writes the letter, and uploads the answer. A kind of inquiry that the operator's file
names is asked over HTTP as well, by the contract of docs/reference/inquiries.md; the clerk's task stays open meanwhile,
so that whoever is first answers. Nothing but an answer that keeps the contract to the letter is read as one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from workflows import outside

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

SIGNATURE = "Parvaneh-Signature"
SIGNATURE_AGE = timedelta(minutes=5)
ANSWERS = ("CLEAN", "NOT_CLEAN")
_PREFIXES: Mapping[str, tuple[str, ...]] = {"person": ("ceo_", ""), "company": ("company_",), "site": ("site_",)}
_NEEDED = {"person": "national_id", "company": "legal_id", "site": "postal_code"}
_ENTRY = {"url": str, "token": str, "key": str, "timeout_s": int, "ask_again_after_s": int}
_LEAST_PAUSE_S, _LONGEST_PAUSE_S = 60, 86_400
_SEAL = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
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
        headers = {"Idempotency-Key": question.id, SIGNATURE: seal(self._key, body, question.sent_at)}
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
        return is_sealed(self._key, body, signature, now=now)


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


def seal(key: str, body: bytes, at: datetime) -> str:
    """The value of the signature's header: the second it was made in, and HMAC-SHA256 over `<second>.<body>`."""
    second = int(at.timestamp())
    mac = hmac.new(key.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={second},v1={mac}"


def is_sealed(key: str, body: bytes, signature: str, *, now: datetime) -> bool:
    """Whether `signature` is the seal of `body`, no more than five minutes old or ahead."""
    match = _SEAL.fullmatch(signature)
    if match is None or abs(now.timestamp() - int(match[1])) > SIGNATURE_AGE.total_seconds():
        return False
    expected = hmac.new(key.encode(), f"{int(match[1])}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(match[2], expected)


def from_file(path: Path) -> dict[str, Adapter]:
    """The adapters that the operator's TOML file names: one table a kind of inquiry.

    Raises: ValueError with one clause that names the table and the fault, and quotes no secret.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror or type(error).__name__})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ValueError("is no TOML") from None
    return {kind: _adapter(kind, table) for kind, table in tables.items()}


def _adapter(kind: str, table: Any) -> Adapter:
    if kind not in KINDS:
        raise ValueError(f"names the inquiry {kind!r}; it should be one of {', '.join(KINDS)}")
    if not isinstance(table, dict):
        raise ValueError(f"{kind} should be a table")
    for name, value in table.items():
        if name not in _ENTRY:
            raise ValueError(f"{kind}.{name} is unknown; it should be one of {', '.join(_ENTRY)}")
        if type(value) is not _ENTRY[name]:
            raise ValueError(f"{kind}.{name} should be a {'whole number' if _ENTRY[name] is int else 'text'}")
    if fault := outside.address_problem(table.get("url", "")):
        raise ValueError(f"{kind}.url {fault}")
    if not _is_secret(table.get("key", ""), least=32):
        raise ValueError(f"{kind}.key should be 32 to 200 printable ASCII characters without spaces")
    if "token" in table and not _is_secret(table["token"], least=1):
        raise ValueError(f"{kind}.token should be 1 to 200 printable ASCII characters without spaces")
    for name, least, most in (("timeout_s", 1, outside.MAX_SECONDS),
                              ("ask_again_after_s", _LEAST_PAUSE_S, _LONGEST_PAUSE_S)):
        if name in table and not least <= table[name] <= most:
            raise ValueError(f"{kind}.{name} should be from {least} to {most}")
    return HttpAdapter(kind, **table)


def _is_secret(text: str, *, least: int) -> bool:
    return least <= len(text) <= 200 and text.isascii() and text.isprintable() and " " not in text


def _require_ours(value: Any, question_id: str, kind: str) -> None:
    if not isinstance(value, dict):
        raise ValueError("no object")
    for name, ours in (("question_id", question_id), ("kind", kind)):
        if value.get(name) != ours:
            raise ValueError(name)


def _value(data: Mapping[str, Any], part: str, name: str) -> Any:
    return next((data[key] for prefix in _PREFIXES[part] if data.get(key := f"{prefix}{name}")), None)
