"""Keys on disk and the signatures that stand in QR codes."""

from __future__ import annotations

import stat

import pytest

from workflows import signatures
from workflows.signatures import Keys


def test_a_signature_is_verified_by_its_own_key_and_message_only(tmp_path):
    keys, others = Keys.load_or_create(tmp_path / "a"), Keys.load_or_create(tmp_path / "b")
    key_id, signature = keys.sign(b"licence")
    assert keys.verify(key_id, signature, b"licence")
    assert not keys.verify(key_id, signature, b"licence2")
    assert not keys.verify("unknown", signature, b"licence")
    assert not others.verify(key_id, signature, b"licence")


@pytest.mark.parametrize("change", [lambda s: s + "=", lambda s: s + "==", lambda s: s[:-1], lambda s: " " + s,
                                    lambda s: s[:-1] + chr(ord(s[-1]) + 1), lambda _: "", lambda _: "é"])
def test_a_signature_is_written_in_one_way_only(tmp_path, change):
    keys = Keys.load_or_create(tmp_path)
    key_id, signature = keys.sign(b"licence")
    assert not keys.verify(key_id, change(signature), b"licence")


def test_keys_stay_the_same_and_are_readable_by_their_owner_only(tmp_path):
    first, second = Keys.load_or_create(tmp_path), Keys.load_or_create(tmp_path)
    assert second.verify(*first.sign(b"x"), b"x")
    assert first.derive("code", "1", 10) == second.derive("code", "1", 10) != first.derive("code", "2", 10)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_encoded_bytes_come_back():
    assert signatures.decode(signatures.encode(b"\x00\xff\xfe")) == b"\x00\xff\xfe"
