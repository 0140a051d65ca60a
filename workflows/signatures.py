"""The product's secrets on disk: one Ed25519 signing key per key id, and one secret for deriving codes."""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_SECRET_BYTES = 32


def encode(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Undo `encode`. Raises: ValueError when the text is not exactly what `encode` writes."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(data) != text:
        raise ValueError("not canonical base64url")
    return data


class Keys:
    """Signing keys and the code secret of one installation.

    The newest key signs; every key in the folder verifies, so that a printed QR code outlives a change of keys.
    """

    def __init__(self, *, private: dict[str, Ed25519PrivateKey], current: str, secret: bytes) -> None:
        self._public: dict[str, Ed25519PublicKey] = {kid: key.public_key() for kid, key in private.items()}
        self._private = private[current]
        self.current = current
        self._secret = secret

    @classmethod
    def load_or_create(cls, folder: Path) -> Keys:
        """Read the keys in `folder` (`*.ed25519`, `code.secret`); missing ones are made, readable by the owner only."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not any(folder.glob("*.ed25519")):
            key = Ed25519PrivateKey.generate()
            kid = hashlib.sha256(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:8]
            _write_once(folder / f"0001-{kid}.ed25519",
                        key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
        if not (folder / "code.secret").exists():
            _write_once(folder / "code.secret", secrets.token_bytes(_SECRET_BYTES))
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read the keys in `folder` and make none.

        Raises: OSError for one that is missing or unreadable; ValueError for one that is no key.
        """
        if len((folder / "code.secret").read_bytes()) != _SECRET_BYTES:
            raise ValueError(f"code.secret does not have {_SECRET_BYTES} bytes")
        if not any(folder.glob("*.ed25519")):
            raise FileNotFoundError(errno.ENOENT, "there is no signing key", str(folder))
        private = {path.stem.split("-")[-1]: Ed25519PrivateKey.from_private_bytes(path.read_bytes())
                   for path in sorted(folder.glob("*.ed25519"))}
        return cls(private=private, current=list(private)[-1], secret=(folder / "code.secret").read_bytes())

    def sign(self, message: bytes) -> tuple[str, str]:
        """Sign with the newest key: (key id, signature as base64url)."""
        return self.current, encode(self._private.sign(message))

    def verify(self, key_id: str, signature: str, message: bytes) -> bool:
        """True when `signature` over `message` was made by the key `key_id`; never raises."""
        public = self._public.get(key_id)
        if public is None:
            return False
        try:
            public.verify(decode(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def derive(self, purpose: str, subject: str, length: int) -> bytes:
        """`length` bytes (at most 32) that only this installation can compute for `subject` (HMAC-SHA-256)."""
        return hmac.digest(self._secret, f"{purpose}\0{subject}".encode(), "sha256")[:length]


def _write_once(path: Path, data: bytes) -> None:
    """Create `path` whole or not at all; a file that another process made first is left as it is."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
