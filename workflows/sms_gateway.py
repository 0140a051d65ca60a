"""Text messages through an HTTP gateway; docs/reference/sms-gateway.md is its contract."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from workflows import outside, outside_files
from workflows.outbox import Message, Receipt

_FIELDS: outside_files.Fields = {**outside_files.COMMON, "sender": str}
_LONGEST_REFERENCE = 100


class Gateway:
    """A transport that hands each message to a gateway, under the message's id as idempotency key."""

    def __init__(self, *, url: str, key: str, token: str = "", sender: str = "", timeout_s: int = 10) -> None:
        """`key` signs the gateway's reports; `token` is sent as a bearer token, `sender` as the number to send from."""
        self._endpoint = outside.Endpoint(who="SMS gateway", url=url, timeout_s=timeout_s)
        self._key = key
        self._token = token
        self._sender = sender

    def send(self, message: Message) -> Receipt:
        """Hand the message over. Raises: outside.Refused where trying again is in vain; else outside.CallFailed."""
        told = {"message_id": message.id, "to": message.mobile, "text": message.text}
        if self._sender:
            told["sender"] = self._sender
        headers = {"Idempotency-Key": message.id}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        _, value = outside.post(self._endpoint, json.dumps(told, ensure_ascii=False).encode(), headers)
        return Receipt(reference=_text(self._endpoint, value, "reference"),
                       delivered=_delivered(self._endpoint, value, message.id))

    def is_genuine(self, body: bytes, signature: str, *, now: datetime) -> bool:
        """Whether a report comes from the gateway."""
        return outside.is_sealed(self._key, body, signature, now=now)


def from_file(path: Path) -> Gateway:
    """The gateway that the operator's TOML file names. Raises: ValueError, see `outside_files`."""
    return Gateway(**outside_files.check(outside_files.read(path), _FIELDS))


def _delivered(endpoint: outside.Endpoint, value: Any, id: str) -> bool:
    if value.get("message_id") != id:
        raise outside.CallFailed(who=endpoint.who, fault="message_id")
    if not isinstance(value.get("delivered"), bool):
        raise outside.CallFailed(who=endpoint.who, fault="delivered")
    return bool(value["delivered"])


def _text(endpoint: outside.Endpoint, value: Any, name: str) -> str:
    if not isinstance(value, dict):
        raise outside.CallFailed(who=endpoint.who, fault="no object")
    text = value.get(name)
    if not isinstance(text, str) or not text.isprintable() or not 0 < len(text) <= _LONGEST_REFERENCE:
        raise outside.CallFailed(who=endpoint.who, fault=name)
    return text
