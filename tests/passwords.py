"""Passwords for tests: hashed as the product hashes them, at a lower cost."""

from __future__ import annotations

from collections.abc import Iterator

import argon2
import pytest

from workflows import accounts


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed at argon2's lowest cost: what makes guessing slow would take a third of the tests' time."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", quick)
        patch.setattr(accounts, "_NOBODY", quick.hash("the password of an account that does not exist"))
        yield
