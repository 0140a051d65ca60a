"""The same command sent twice is done once: `Idempotency-Key` on the API, the form token on pages.

The first successful answer is stored in the transaction of the command itself, sealed with a key of this installation
(it may hold a session cookie or a tracking code), and given again for the same key and body.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from flask import Flask, Response, g, request
from werkzeug.datastructures import FileStorage

from api import bodies, context, problems, security
from api.language import is_api
from workflows import idempotency

HEADER = "Idempotency-Key"
FORM_HEADER = "X-Form-Token"
FORM_FIELD = "form_token"
REDRAW_FIELD = "redraw"
REPLAYED_HEADER = "Idempotency-Replayed"

_KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Set-Cookie", "Content-Language", "HX-Redirect", "Link")
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    actor: str
    key: str
    body_hash: str


def install(app: Flask) -> None:
    """Answer repeated commands from the store, before any view runs."""
    app.before_request(_replay)


def record(response: Response) -> None:
    """Store the first answer of a command that carried a key, in its transaction; a refusal frees the key again."""
    command: _Command | None = g.get("idempotent_command")
    if command is None or g.get("idempotent_replay"):
        return
    if response.status_code >= 400:
        idempotency.forget(context.session(), actor=command.actor, key=command.key)
        return
    headers = [[name, value] for name, value in response.headers if name in _KEPT_HEADERS]
    content = json.dumps({"headers": headers, "body": base64.b64encode(response.get_data()).decode()}).encode()
    idempotency.finish(context.session(), actor=command.actor, key=command.key, status=response.status_code,
                       headers={}, body=_seal(command, content))


def _replay() -> Response | None:
    if request.method not in _UNSAFE or "session" not in g:
        return None
    command = _command()
    if command is None:
        return None
    stored = idempotency.begin(context.session(), actor=command.actor, key=command.key, body_hash=command.body_hash)
    g.idempotent_command = command
    if stored is None:
        return None
    g.idempotent_replay = True
    context.metrics().replayed()
    answer = json.loads(_open(command, stored.body))
    response = Response(base64.b64decode(answer["body"]), status=stored.status)
    response.headers.clear()
    for name, value in answer["headers"]:
        response.headers.add(name, value)
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _command() -> _Command | None:
    """Who sent which key with which body; None when the request carries no key."""
    if not is_api() and REDRAW_FIELD in request.form:
        return None  # the page only asks to be drawn again with what is filled in so far
    user = security.current_user()
    token = request.headers.get(FORM_HEADER) if is_api() else request.form.get(FORM_FIELD)
    key = request.headers.get(HEADER) if is_api() else None
    if key is not None and not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise problems.BadRequest(reason=f"{HEADER} takes 1 to 200 printable ASCII characters",
                                  reason_fa=f"{HEADER} باید ۱ تا ۲۰۰ نویسه ساده باشد")
    if token is not None:
        nonce = security.form_nonce(token)
        return _Command(actor=user.id if user else f"form:{nonce}", key=key or f"form:{nonce}", body_hash=_body_hash())
    if key is None:
        return None
    if user is None:
        raise problems.BadRequest(reason=f"{HEADER} without an account needs {FORM_HEADER} from /api/v1/form-tokens",
                                  reason_fa=f"{HEADER} بدون حساب کاربری به {FORM_HEADER} نیاز دارد")
    return _Command(actor=user.id, key=key, body_hash=_body_hash())


def _body_hash() -> str:
    """What the command says, whatever the multipart boundary or the CSRF token of this sending."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.form or request.files:
        for name, value in sorted(request.form.items(multi=True)):
            if name not in {security.CSRF_FIELD, FORM_FIELD}:
                digest.update(json.dumps([name, value]).encode())
        for name, file in sorted(request.files.items(multi=True), key=lambda item: (item[0], item[1].filename or "")):
            digest.update(json.dumps([name, file.filename, _file_hash(file)]).encode())
    elif request.is_json and (data := _json()) is not None:
        digest.update(json.dumps(data, sort_keys=True).encode())
    else:
        digest.update(request.get_data())
    return digest.hexdigest()


def _json() -> Any:
    try:
        return bodies.parsed(request.get_data())
    except ValueError:
        return None


def _file_hash(file: FileStorage) -> str:
    digest = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    file.stream.seek(0)
    return digest


def _cipher(command: _Command) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(context.product().keys.derive("stored-answer", f"{command.actor}\0{command.key}", 32))


def _seal(command: _Command, content: bytes) -> str:
    nonce = secrets.token_bytes(12)
    return base64.b64encode(nonce + _cipher(command).encrypt(nonce, content, None)).decode()


def _open(command: _Command, sealed: str) -> bytes:
    raw = base64.b64decode(sealed)
    try:
        return _cipher(command).decrypt(raw[:12], raw[12:], None)
    except InvalidTag:
        raise problems.BadRequest(reason="the stored answer was sealed by another installation",
                                  reason_fa="پاسخ ذخیره‌شده از این سامانه نیست") from None
