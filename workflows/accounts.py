"""Accounts: staff sign in by name and password, applicants by a code sent to their mobile number.

Passwords are argon2id hashes, codes keyed hashes. All times are the machine's.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import argon2
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from engine import errors
from engine.clock import Clock, SystemClock
from engine.store import paging
from engine.values import Page, Problem, new_id
from workflows import catalogue, identifiers, limits, notifications
from workflows.models.account import Account, AccountRole, ApiToken, LoginSession, OneTimeCode
from workflows.models.county import County

if TYPE_CHECKING:
    from workflows.product import Product

CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES = 5
CODES_PER_WINDOW, CODE_WINDOW = 3, timedelta(minutes=10)
PASSWORD_MIN_LENGTH = 10
_MACHINE = SystemClock()
_HASHER = argon2.PasswordHasher()
_NOBODY = _HASHER.hash("the password of an account that does not exist")


class CodeLimitReached(errors.LimitReached):
    """Too many codes were asked for this number; wait {minutes} minutes and use the last one."""

    fa = "برای این شماره بیش از اندازه رمز خواسته شده است؛ {minutes} دقیقه صبر کنید یا آخرین رمز را به کار برید."


class UsernameTaken(errors.Conflict):
    """There is an account named {username} already."""

    fa = "حسابی با نام {username} هست."


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account as the rest of the product sees it."""

    id: str
    kind: Literal["staff", "applicant"]
    username: str | None
    mobile: str | None
    name: str
    roles: tuple[tuple[str, str | None], ...] = ()
    """Pairs of role and county; None is the whole province."""
    language: str = "fa"
    active: bool = True
    national_id: str | None = None
    verified_at: datetime | None = None
    """When a one-time code was entered in this session; None for a token or a password alone."""


def username_key(username: str) -> str:
    """The stored form of a sign-in name."""
    return identifiers.search_key(username)


def create_staff(session: Session, *, username: str, password: str, name: str,
                 roles: Sequence[tuple[str, str | None]], mobile: str | None = None, national_id: str | None = None,
                 language: str = "fa", clock: Clock = _MACHINE) -> User:
    """Create an account of staff.

    Raises: Invalid with every fault (name, password shorter than 10, unknown role or county); UsernameTaken.
    """
    key = username_key(username)
    problems = [*_name_problems(key, name), *_password_problems(password), *_role_problems(session, roles)]
    mobile = _checked(problems, "mobile", identifiers.mobile, mobile)
    national_id = _checked(problems, "national_id", identifiers.national_id, national_id)
    if problems:
        raise errors.Invalid(problems)
    if session.scalar(select(Account.id).where(Account.username == key)):
        raise UsernameTaken(username=key)
    now = clock.now()
    row = _account(kind="staff", name=identifiers.normalise_text(name), language=language, now=now)
    row.username, row.mobile, row.national_id = key, mobile, national_id
    row.password, row.password_set_at = _HASHER.hash(password), now
    row.roles = _roles(roles)
    session.add(row)
    session.flush()
    return _user(row)


def set_roles(session: Session, *, id: str, roles: Sequence[tuple[str, str | None]]) -> User:
    """Replace the roles of an account of staff. Raises: NotFound, Invalid."""
    if problems := _role_problems(session, roles):
        raise errors.Invalid(problems)
    row = _staff_row(session, id)
    row.roles = _roles(roles)
    session.flush()
    return _user(row)


def set_active(session: Session, *, id: str, active: bool) -> User:
    """Allow or stop an account from signing in; stopping ends its sessions at once. Raises: NotFound."""
    row = _row(session, id)
    row.active = active
    if not active:
        session.execute(delete(LoginSession).where(LoginSession.account_id == id))
    session.flush()
    return _user(row)


def set_password(session: Session, *, id: str, password: str, clock: Clock = _MACHINE) -> None:
    """Give an account of staff another password, end its sessions and revoke its tokens.

    Whoever changes a password because another person knows it must not leave that person signed in.
    Raises: NotFound, Invalid.
    """
    if problems := list(_password_problems(password)):
        raise errors.Invalid(problems)
    row = _staff_row(session, id)
    row.password, row.password_set_at = _HASHER.hash(password), clock.now()
    session.execute(delete(LoginSession).where(LoginSession.account_id == id))
    session.execute(update(ApiToken).where(ApiToken.account_id == id, ApiToken.revoked_at.is_(None))
                    .values(revoked_at=clock.now()))


def has_administrator(session: Session) -> bool:
    """Whether an account that may sign in is administrator."""
    return session.scalar(select(AccountRole.id).join(Account, Account.id == AccountRole.account_id).where(
        AccountRole.role_id == "ADMIN", Account.active.is_(True)).limit(1)) is not None


def set_language(session: Session, *, id: str, language: str) -> None:
    """Choose the language of an account's pages and messages."""
    _row(session, id).language = language if language in notifications.LANGUAGES else "fa"


def verify_password(session: Session, *, username: str, password: str, clock: Clock = _MACHINE) -> User | None:
    """The account of staff with this name and password, or None; takes the same time whether or not the name exists."""
    row = session.scalars(select(Account).options(selectinload(Account.roles))
                          .where(Account.username == username_key(username), Account.kind == "staff")).first()
    try:
        _HASHER.verify(row.password if row and row.password else _NOBODY, password)
    except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.VerificationError):
        return None
    if row is None or row.password is None or not row.active:
        return None
    if _HASHER.check_needs_rehash(row.password):
        row.password = _HASHER.hash(password)
    _signed_in(row, clock.now())
    return _user(row)


def request_code(session: Session, *, product: Product, mobile: str, language: str = "fa",
                 consent_to: str | None = None) -> None:
    """Send a one-time code of six digits to a mobile number; it is valid for 5 minutes and 5 guesses.

    A new code makes the one before worthless. Whether the number has an account is not told. With `consent_to`, the
    name of a counter, the code opens no account: told to that counter, it consents to an application taken down there.
    Raises: Invalid for a number that is none; CodeLimitReached after 3 codes in 10 minutes.
    """
    number = _mobile(mobile)
    if not limits.hit(session, bucket="one-time-code", key=number, limit=CODES_PER_WINDOW, window=CODE_WINDOW,
                      clock=product.machine):
        raise CodeLimitReached(minutes=int(CODE_WINDOW.total_seconds() // 60),
                               retry_after=int(CODE_WINDOW.total_seconds()))
    now = product.machine.now()
    for older in session.scalars(select(OneTimeCode).filter_by(mobile=number, used_at=None)):
        older.used_at = now
    code, row_id = f"{secrets.randbelow(1_000_000):06}", new_id()
    code_hash = _code_hash(product, row_id, code, _purpose(consent_to is not None))
    session.add(OneTimeCode(id=row_id, mobile=number, code_hash=code_hash, tries=0, created_at=now,
                            expires_at=now + CODE_LIFETIME))
    kind, facts = ("code", {"code": code}) if consent_to is None else (
        "consent", {"code": code, "counter": consent_to})
    notifications.send(session, product=product, kind=kind, mobile=number, language=language, facts=facts)


def verify_code(session: Session, *, product: Product, mobile: str, code: str) -> User | None:
    """The applicant's account of this number when the code is right, made at the first time; else None.

    Every guess is counted, so the caller commits even when the answer is None.
    Raises: Invalid for a number that is none.
    """
    number, now = _mobile(mobile), product.machine.now()
    if not _spend(session, product, number, code, _purpose(False)):
        return None
    account = session.scalars(select(Account).options(selectinload(Account.roles))
                              .filter_by(kind="applicant", mobile=number)).first()
    if account is None:
        account = _account(kind="applicant", name=number, language="fa", now=now)
        account.mobile, account.roles = number, []
        session.add(account)
    if not account.active:
        return None
    _signed_in(account, now)
    session.flush()
    return dataclasses.replace(_user(account), verified_at=now)


def has_consented(session: Session, *, product: Product, mobile: str, code: str) -> bool:
    """Whether `code` is the one by which the owner of the number consents to what a counter does; it counts once.

    Every guess is counted, so the caller commits even when the answer is False. Raises: Invalid for a number that is
    none.
    """
    return _spend(session, product, _mobile(mobile), code, _purpose(True))


def applicant(session: Session, *, mobile: str, name: str | None = None, clock: Clock = _MACHINE) -> User:
    """The applicant's account of a number, made when there is none: for an application taken down at a counter.

    Raises: Invalid for a number that is none.
    """
    number = _mobile(mobile)
    row = session.scalars(select(Account).options(selectinload(Account.roles))
                          .filter_by(kind="applicant", mobile=number)).first()
    if row is None:
        row = _account(kind="applicant", name=name or number, language="fa", now=clock.now())
        row.mobile, row.roles = number, []
        session.add(row)
        session.flush()
    return _user(row)


def find(session: Session, id: str) -> User | None:
    """The account with this id, or None."""
    row = session.get(Account, id, options=[selectinload(Account.roles)])
    return _user(row) if row else None


def member(session: Session, id: str) -> User:
    """The account of staff with this id. Raises: NotFound, for an applicant's too."""
    return _user(_staff_row(session, id))


def by_username(session: Session, username: str) -> User | None:
    """The account of staff with this sign-in name, or None."""
    row = session.scalars(select(Account).options(selectinload(Account.roles))
                          .where(Account.username == username_key(username))).first()
    return _user(row) if row else None


def staff(session: Session, *, role: str | None = None, county: str | None = None) -> list[User]:
    """Accounts of staff by sign-in name; with `role`, those who have it in `county` or in the whole province."""
    query = select(Account).options(selectinload(Account.roles)).where(Account.kind == "staff")
    found = [_user(row) for row in session.scalars(query.order_by(Account.username))]
    if role is None:
        return found
    return [one for one in found if one.active and any(
        name == role and place in (None, county) for name, place in one.roles)]


def staff_page(session: Session, *, after: str | None = None, limit: int = 50) -> Page[User]:
    """Accounts of staff by sign-in name, a page at a time. Raises: Invalid for a cursor of another list."""
    query = select(Account).options(selectinload(Account.roles)).where(Account.kind == "staff")
    if after:
        query = query.where(Account.username > paging.decode(after, str)[0])
    rows = session.scalars(query.order_by(Account.username).limit(limit + 1)).all()
    items = [_user(row) for row in rows[:limit]]
    return Page(items=items, next=paging.encode(str(items[-1].username)) if len(rows) > limit else None)


def names(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Account id -> the name to show; ids that are no accounts (such as `system`) are left out."""
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def rename(session: Session, *, id: str, name: str) -> None:
    """Give an account the name to show."""
    _row(session, id).name = identifiers.normalise_text(name)[:200]


def _account(*, kind: str, name: str, language: str, now: datetime) -> Account:
    return Account(id=new_id(), kind=kind, name=name, language=language, active=True, login_count=0,
                   fs_uniquifier=secrets.token_hex(32), created_at=now, create_datetime=now, update_datetime=now)


def _roles(roles: Sequence[tuple[str, str | None]]) -> list[AccountRole]:
    return [AccountRole(id=new_id(), role_id=role, county=county) for role, county in dict.fromkeys(roles)]


def _row(session: Session, id: str) -> Account:
    row = session.get(Account, id, options=[selectinload(Account.roles)])
    if row is None:
        raise errors.NotFound(what="account", id=id)
    return row


def _staff_row(session: Session, id: str) -> Account:
    row = _row(session, id)
    if row.kind != "staff":
        raise errors.NotFound(what="account", id=id)
    return row


def _user(row: Account) -> User:
    return User(id=row.id, kind="staff" if row.kind == "staff" else "applicant", username=row.username,
                mobile=row.mobile, name=row.name, language=row.language, active=row.active,
                national_id=row.national_id, roles=tuple((role.role_id, role.county) for role in row.roles))


def _signed_in(row: Account, now: datetime) -> None:
    row.last_login_at, row.current_login_at = row.current_login_at, now
    row.login_count += 1


def _spend(session: Session, product: Product, number: str, code: str, purpose: str) -> bool:
    now = product.machine.now()
    row = session.scalars(select(OneTimeCode).where(
        OneTimeCode.mobile == number, OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now,
        OneTimeCode.tries < CODE_TRIES).order_by(OneTimeCode.id.desc()).with_for_update()).first()
    if row is None:
        return False
    row.tries += 1
    right = hmac.compare_digest(row.code_hash, _code_hash(product, row.id, identifiers.compact_digits(code), purpose))
    if right:
        row.used_at = now
    session.flush()
    return right


def _purpose(consent: bool) -> str:
    """What the key of a code's hash is derived for, so that a code for one purpose is worth nothing for the other."""
    return "consent-code" if consent else "one-time-code"


def _code_hash(product: Product, row_id: str, code: str, purpose: str) -> str:
    key = product.keys.derive(purpose, row_id, 32)
    return hmac.digest(key, code.encode(), hashlib.sha256).hex()


def _mobile(text: str) -> str:
    problems: list[Problem] = []
    number = _checked(problems, "mobile", identifiers.mobile, text)
    if number is None:
        raise errors.Invalid(problems or [Problem(where="mobile", code="required", what="A mobile number is needed.",
                                                  what_fa="شماره همراه لازم است.")])
    return number


def _checked(problems: list[Problem], field: str, check: Callable[[str], str], text: str | None) -> str | None:
    if not text:
        return None
    try:
        return check(text)
    except identifiers.IdentifierError as error:
        problems.append(Problem(where=field, what=error.what, what_fa=error.what_fa, code=field))
        return None


def _name_problems(key: str, name: str) -> list[Problem]:
    problems = []
    if not (2 <= len(key) <= 100) or any(letter.isspace() for letter in key):
        problems.append(Problem(where="username", what="A sign-in name has 2 to 100 characters and no spaces.",
                                what_fa="نام کاربری ۲ تا ۱۰۰ نویسه بدون فاصله است."))
    if not 1 <= len(identifiers.normalise_text(name)) <= 200:
        problems.append(Problem(where="name", what="A name is needed, at most 200 characters.",
                                what_fa="نام لازم است و حداکثر ۲۰۰ نویسه."))
    return problems


def _password_problems(password: str) -> list[Problem]:
    if PASSWORD_MIN_LENGTH <= len(password) <= 200:
        return []
    return [Problem(where="password", what=f"A password has {PASSWORD_MIN_LENGTH} to 200 characters.",
                    what_fa="گذرواژه ۱۰ تا ۲۰۰ نویسه دارد.")]


def _role_problems(session: Session, roles: Sequence[tuple[str, str | None]]) -> list[Problem]:
    counties = set(session.scalars(select(County.code)))
    problems = []
    if not roles:
        problems.append(Problem(where="roles", what="At least one role is needed.", what_fa="دست‌کم یک نقش لازم است."))
    for role, county in roles:
        if role not in catalogue.STAFF_ROLES:
            problems.append(Problem(where="roles", what=f"There is no role {role!r}; there are "
                                    + ", ".join(catalogue.STAFF_ROLES), what_fa=f"نقش {role} وجود ندارد."))
        if county is not None and county not in counties:
            problems.append(Problem(where="roles", what=f"There is no county {county!r}; there are "
                                    + ", ".join(sorted(counties)), what_fa=f"شهرستان {county} وجود ندارد."))
    return problems

