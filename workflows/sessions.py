"""Sessions of browsers and tokens of programs. The holder keeps the secret; the database keeps its hash.

All times here are the machine's: moving the demonstration's clock ends no session.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.clock import Clock, SystemClock
from engine.store.prepared import Prepared
from engine.values import new_id
from workflows import accounts
from workflows.models.account import Account, AccountRole, ApiToken, LoginSession

LIFETIME = timedelta(days=30)
STAFF_LIFETIME = timedelta(hours=12)
_MACHINE = SystemClock()
_OPEN = Prepared(
    select(Account.id, Account.kind, Account.username, Account.mobile, Account.name, Account.national_id,
           Account.active, LoginSession.language.label("session_language"), LoginSession.otp_verified_at,
           AccountRole.role_id, AccountRole.county)
    .join_from(LoginSession, Account, Account.id == LoginSession.account_id)
    .outerjoin(AccountRole, AccountRole.account_id == Account.id)
    .where(LoginSession.secret_hash == bindparam("hash"), LoginSession.expires_at > bindparam("now"))
    .order_by(AccountRole.id))
"""An open session with its account: a row for each role, asked at every request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token as lists show it; the secret is shown once, when it is made."""

    id: str
    label: str
    account_id: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def open_session(session: Session, *, user: accounts.User, language: str, clock: Clock = _MACHINE) -> str:
    """Open a session and return its secret. A user who has just entered a one-time code has a verified session."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    lifetime = STAFF_LIFETIME if user.kind == "staff" else LIFETIME
    session.add(LoginSession(id=new_id(), secret_hash=_hash(secret), account_id=user.id, language=language,
                             otp_verified_at=user.verified_at, created_at=now, expires_at=now + lifetime))
    session.flush()
    return secret


def load_session(session: Session, secret: str, *,
                 clock: Clock = _MACHINE) -> tuple[accounts.User, str, datetime | None] | None:
    """The account of a session, its CSRF token, and when a one-time code was entered in it; None when it has ended."""
    session.flush()  # what was changed in this transaction counts
    rows = _OPEN.all(session, {"hash": _hash(secret), "now": clock.now()})
    if not rows or not rows[0].active:
        return None
    [row, *_] = rows
    roles = tuple((one.role_id, one.county) for one in rows if one.role_id is not None)
    user = accounts.User(id=row.id, kind="staff" if row.kind == "staff" else "applicant", username=row.username,
                         mobile=row.mobile, name=row.name, language=row.session_language, active=True, roles=roles,
                         national_id=row.national_id, verified_at=row.otp_verified_at)
    return user, _csrf(secret), row.otp_verified_at


def set_language(session: Session, secret: str, *, language: str) -> None:
    """Remember the language of a session."""
    session.execute(update(LoginSession).where(LoginSession.secret_hash == _hash(secret)).values(language=language))


def verify_session(session: Session, secret: str, *, clock: Clock = _MACHINE) -> None:
    """Note that a one-time code was entered in this session."""
    session.execute(update(LoginSession).where(LoginSession.secret_hash == _hash(secret))
                    .values(otp_verified_at=clock.now()))


def close_session(session: Session, secret: str) -> None:
    """End a session; does nothing when it has ended already."""
    session.execute(delete(LoginSession).where(LoginSession.secret_hash == _hash(secret)))


def sweep(session: Session, *, clock: Clock = _MACHINE) -> None:
    """Forget sessions that have ended."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at < clock.now()))


def create_token(session: Session, *, username: str, label: str, expires: timedelta | None = None,
                 clock: Clock = _MACHINE) -> str:
    """Make a bearer token that acts as `username` and return its secret, which is shown only now.

    Raises: NotFound.
    """
    account_id = _account_id(session, username)
    secret, now = "pv_" + secrets.token_urlsafe(32), clock.now()
    session.add(ApiToken(id=new_id(), secret_hash=_hash(secret), account_id=account_id, label=label, created_at=now,
                         expires_at=now + expires if expires else None))
    session.flush()
    return secret


def user_for_token(session: Session, secret: str, *, clock: Clock = _MACHINE) -> accounts.User | None:
    """The account a bearer token acts as; None for one that is unknown, expired or revoked."""
    row = session.scalars(select(ApiToken).where(ApiToken.secret_hash == _hash(secret),
                                                 ApiToken.revoked_at.is_(None))).first()
    if row is None or (row.expires_at is not None and row.expires_at <= clock.now()):
        return None
    user = accounts.find(session, row.account_id)
    return user if user and user.active else None


def tokens(session: Session, *, username: str) -> list[Token]:
    """The tokens of an account, newest first. Raises: NotFound."""
    rows = session.scalars(select(ApiToken).where(ApiToken.account_id == _account_id(session, username))
                           .order_by(ApiToken.id.desc()))
    return [Token(id=row.id, label=row.label, account_id=row.account_id, created_at=row.created_at,
                  expires_at=row.expires_at, revoked_at=row.revoked_at) for row in rows]


def revoke_token(session: Session, *, id: str, clock: Clock = _MACHINE) -> None:
    """Make a token worthless; one that is already stays so. Raises: NotFound."""
    row = session.get(ApiToken, id)
    if row is None:
        raise errors.NotFound(what="token", id=id)
    row.revoked_at = row.revoked_at or clock.now()
    session.flush()


def _account_id(session: Session, username: str) -> str:
    found = session.scalar(select(Account.id).where(Account.username == accounts.username_key(username)))
    if found is None:
        raise errors.NotFound(what="account", id=username)
    return found


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _csrf(secret: str) -> str:
    return hashlib.sha256(f"csrf\0{secret}".encode()).hexdigest()
