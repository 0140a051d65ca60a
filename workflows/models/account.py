"""Accounts, their roles, sessions, tokens, one-time codes, and what is counted against abuse.

The columns of `account` and `role` are those Flask-Security expects (its mixins import Flask, so they are not used).
Every time in this family is the machine's time, never the demonstration's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.store.base import Base, Id, Json, UtcDateTime


class Role(Base):
    """A role that staff can have."""

    __tablename__ = "role"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    description: Mapped[str | None] = mapped_column(String(255))
    permissions: Mapped[list[str] | None] = mapped_column(Json)
    update_datetime: Mapped[datetime] = mapped_column(UtcDateTime)


class Account(Base):
    """One person who can sign in: staff by name and password, an applicant by a code sent to a mobile number."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    username: Mapped[str | None] = mapped_column(String(100), unique=True)
    mobile: Mapped[str | None] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    national_id: Mapped[str | None] = mapped_column(String(10))
    """Of staff, where given: nobody acts on an application that names them."""
    language: Mapped[str] = mapped_column(String(5))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    email: Mapped[str | None] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(sa.Boolean)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    fs_token_uniquifier: Mapped[str | None] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    current_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_ip: Mapped[str | None] = mapped_column(String(64))
    current_login_ip: Mapped[str | None] = mapped_column(String(64))
    login_count: Mapped[int] = mapped_column(default=0)
    create_datetime: Mapped[datetime] = mapped_column(UtcDateTime)
    update_datetime: Mapped[datetime] = mapped_column(UtcDateTime)
    password_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    us_phone_number: Mapped[str | None] = mapped_column(String(128), unique=True)
    us_totp_secrets: Mapped[str | None] = mapped_column(Text)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(Json)

    roles: Mapped[list[AccountRole]] = relationship(lazy="raise", cascade="all, delete-orphan",
                                                    order_by="AccountRole.id")

    __table_args__ = (
        # One applicant's account a number; a member of staff may apply too, with an account of their own.
        Index("ix_account_applicant_mobile", "mobile", unique=True,
              sqlite_where=sa.text("kind = 'applicant'"), postgresql_where=sa.text("kind = 'applicant'")),
    )


class AccountRole(Base):
    """A role of an account, in one county or (county is null) in the whole province."""

    __tablename__ = "account_role"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    role_id: Mapped[str] = mapped_column(ForeignKey("role.id"))
    county: Mapped[str | None] = mapped_column(ForeignKey("county.code"))


class LoginSession(Base):
    """A server-side session; the browser holds the secret, the database only its hash."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    language: Mapped[str] = mapped_column(String(5))
    otp_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ApiToken(Base):
    """A bearer token for programs, stored as a hash."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeCode(Base):
    """A code sent to a mobile number: a keyed hash of it, and how often it was guessed."""

    __tablename__ = "one_time_code"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    mobile: Mapped[str] = mapped_column(String(16), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RateCount(Base):
    """How often something happened in one window of time."""

    __tablename__ = "rate_count"

    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StoredAnswer(Base):
    """The first answer to a command sent with an idempotency key."""

    __tablename__ = "stored_answer"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    actor: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (UniqueConstraint("actor", "key"),)
