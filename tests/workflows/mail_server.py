"""A stand-in for a mail server: with STARTTLS or TLS from the start; answers as told and keeps what it was sent."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(kw_only=True)
class MailServer:
    """What the server answers to a recipient, and what came."""

    port: int = 0
    recipient: str = "250 fine"
    content: str = "250 taken"
    spoken: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1, with its key, that signs itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    path = folder / "server.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM)
                     + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, told: MailServer, context: ssl.SSLContext | None, *, implicit: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told, self.context, self.implicit = told, context, implicit


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            if self.server.implicit:
                self._protect()
            self._talk()
        except OSError:  # the other side does not believe the certificate, or is gone
            self.server.told.spoken.append("BROKEN")
        finally:
            for one in (self.rfile, self.wfile, self.request):
                one.close()

    def _talk(self) -> None:
        told = self.server.told
        self._say("220 stand-in")
        while line := self.rfile.readline().decode().strip():
            told.spoken.append(verb := line.split()[0].upper())
            if verb == "STARTTLS":
                self._say("220 go on")
                self._protect()
            elif verb == "DATA":
                self._say("354 go on")
                told.messages.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self._say(told.content)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say({"EHLO": "250-hello\r\n250-AUTH PLAIN\r\n250 STARTTLS", "AUTH": "235 welcome",
                           "RCPT": told.recipient}.get(verb, "250 fine"))

    def _protect(self) -> None:
        assert self.server.context is not None
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running(pem: Path | None = None, *, implicit: bool = False) -> Iterator[MailServer]:
    """Serve on a free port of this machine; with `pem` it offers TLS."""
    told, context = MailServer(), None
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    with _Server(told, context, implicit=implicit) as server:
        told.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield told
        finally:
            server.shutdown()
