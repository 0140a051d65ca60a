"""E-mail: to files by default, or through an SMTP server; docs/reference/mail.md says how."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any

from workflows import identifiers, outside, outside_files
from workflows.outbox import Mail, Receipt

IMPLICIT, STARTTLS, NONE = "implicit", "starttls", "none"
PORTS = {IMPLICIT: 465, STARTTLS: 587, NONE: 25}
"""How the connection is protected -> the port that is usual for it."""

_WHO = "mail server"
_FIELDS: outside_files.Fields = {
    "host": str, "port": (1, 65535), "tls": str, "user": str, "password": str, "sender": str, "sender_name": str,
    "ca_file": str, "timeout_s": (1, outside.MAX_SECONDS)}


class FileMail:
    """Writes each message to a file: the default, and the double used by tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail) -> Receipt:
        """Write the message; sending it again writes the same file."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{mail.id}.eml"
        temporary = path.with_suffix(".part")
        with temporary.open("wb") as file:
            file.write(message(mail, sender="parvaneh@localhost", name="").as_bytes(policy=SMTP_POLICY))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        return Receipt(reference=path.name, delivered=True)


class Smtp:
    """A transport that hands each message to an SMTP server (RFC 5321)."""

    def __init__(self, *, host: str, sender: str, tls: str = STARTTLS, port: int | None = None, user: str = "",
                 password: str = "", sender_name: str = "", ca_file: str = "", timeout_s: int = 20) -> None:
        """`tls` is implicit, starttls, or none for this machine alone; `ca_file` holds authorities to believe."""
        self._address = host, port or PORTS[tls]
        self._tls = tls
        self._login = user, password
        self._sender = sender
        self._name = sender_name
        self._timeout_s = timeout_s
        self._context = None if tls == NONE else ssl.create_default_context(cafile=ca_file or None)

    def send(self, mail: Mail) -> Receipt:
        """Hand the message over.

        Raises: outside.Refused when the server says for good that there is no such address; else outside.CallFailed.
        """
        try:
            with self._connection() as server:
                server.send_message(message(mail, sender=self._sender, name=self._name))
        except smtplib.SMTPRecipientsRefused as refusal:
            [(status, _)] = refusal.recipients.values()
            kind = outside.Refused if 500 <= status < 600 else outside.CallFailed
            raise kind(who=_WHO, fault=f"recipient {status}") from None
        except smtplib.SMTPResponseException as refusal:
            raise outside.CallFailed(who=_WHO, fault=f"status {refusal.smtp_code}") from None
        except smtplib.SMTPException:
            raise outside.CallFailed(who=_WHO, fault=outside.INCOMPLETE) from None
        except ssl.SSLError:
            raise outside.CallFailed(who=_WHO, fault=outside.TLS) from None
        except TimeoutError:
            raise outside.CallFailed(who=_WHO, fault=outside.TIMEOUT) from None
        except OSError:
            raise outside.CallFailed(who=_WHO, fault=outside.UNREACHABLE) from None
        return Receipt(reference=f"{mail.id}@{self._sender.partition('@')[2]}"[:100], delivered=False)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """A connection, protected and signed in, that is broken off when the time for all of it is over."""
        host, port = self._address
        server = smtplib.SMTP(timeout=self._timeout_s) if self._tls != IMPLICIT else smtplib.SMTP_SSL(
            timeout=self._timeout_s, context=self._context)
        timer = threading.Timer(self._timeout_s, _break_off, [server])
        timer.daemon = True
        timer.start()
        try:
            server._host = host  # type: ignore[attr-defined]  # what TLS verifies; `connect` alone does not set it
            status, _ = server.connect(host, port)
            if status != 220:
                raise outside.CallFailed(who=_WHO, fault=f"status {status}")
            if self._tls == STARTTLS:
                server.starttls(context=self._context)
            if self._login[0]:
                server.login(*self._login)
            yield server
            with suppress(smtplib.SMTPException, OSError):  # the message is taken already
                server.quit()
        finally:
            timer.cancel()
            server.close()


def message(mail: Mail, *, sender: str, name: str) -> EmailMessage:
    """The message as it stands on the wire; its Message-ID is the same at every attempt."""
    found = EmailMessage()
    found["From"] = Address(display_name=name, addr_spec=sender)
    found["To"] = Address(addr_spec=mail.address)
    found["Subject"] = mail.subject
    found["Message-ID"] = f"<{mail.id}@{sender.partition('@')[2]}>"
    found["Content-Language"] = mail.language
    found["Auto-Submitted"] = "auto-generated"
    found.set_content(mail.text, cte="base64")
    return found


def from_file(path: Path) -> Smtp:
    """The server that the operator's TOML file names.

    Raises: ValueError with one clause that names the entry and quotes no secret.
    """
    found: dict[str, Any] = outside_files.entries(outside_files.read(path), _FIELDS)
    tls = found.get("tls", STARTTLS)
    if not found.get("host"):
        raise ValueError("host is missing: the name of the mail server")
    if tls not in PORTS:
        raise ValueError(f"tls should be one of {', '.join(PORTS)}")
    if tls == NONE and outside.address_problem(f"http://{found['host']}") is not None:
        raise ValueError("tls should be implicit or starttls (none only on this machine)")
    if bool(found.get("user")) != bool(found.get("password")):
        raise ValueError("user and password should stand together or not at all")
    try:
        found["sender"] = identifiers.email(found.get("sender", ""))
    except identifiers.IdentifierError:
        raise ValueError("sender should be an e-mail address") from None
    if not found.get("sender_name", "").isprintable():
        raise ValueError("sender_name should be printable")
    try:
        return Smtp(**found)
    except (OSError, ssl.SSLError):
        raise ValueError("ca_file cannot be read as certificates (PEM)") from None


def _break_off(server: smtplib.SMTP) -> None:
    """Wake whoever waits for the server: a socket's own limit is for each read."""
    if (connection := getattr(server, "sock", None)) is not None:
        with suppress(OSError):  # it is closed already
            connection.shutdown(socket.SHUT_RDWR)
