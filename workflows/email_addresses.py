"""The e-mail address of an applicant: in force once a link sent to it was opened by the one who asked.

Until then nothing is stored: the link itself says, signed, whose address it is and until when it is good.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Problem
from workflows import identifiers, limits, notifications, signatures
from workflows.models.account import Account

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

LIFETIME = timedelta(hours=24)
LINKS_PER_DAY = 5


class LinkInvalid(errors.Conflict):
    """This link is not good any more: it is older than 24 hours, or was made for another account."""

    fa = "این پیوند دیگر معتبر نیست: بیش از ۲۴ ساعت از آن گذشته یا برای حساب دیگری است."


class AddressTaken(errors.Conflict):
    """This address belongs to another account already."""

    fa = "این نشانی از پیش برای حساب دیگری است."


class LinkLimitReached(errors.LimitReached):
    """Too many links were asked for today; open the last one, or try again tomorrow."""

    fa = "امروز پیوندهای بسیاری خواسته شده است؛ آخرین پیوند را باز کنید یا فردا دوباره بخواهید."


def of_account(session: Session, *, user: User) -> str | None:
    """The address in force."""
    return session.scalar(select(Account.email).where(Account.id == user.id))


def ask(session: Session, *, product: Product, user: User, email: str) -> None:
    """Send a link to an address that an applicant names. Raises: Invalid; LinkLimitReached."""
    try:
        address = identifiers.email(email)
    except identifiers.IdentifierError as fault:
        raise errors.Invalid([Problem(where="email", what=fault.what, what_fa=fault.what_fa)]) from None
    if not limits.hit(session, bucket="email-link", key=user.id, limit=LINKS_PER_DAY, window=timedelta(days=1),
                      clock=product.machine):
        raise LinkLimitReached
    expires = int((product.machine.now() + LIFETIME).timestamp())
    told = signatures.encode(json.dumps([user.id, address, expires]).encode())
    key_id, signature = product.keys.sign(_signed(told))
    notifications.send(session, product=product, kind="confirm_email", email=address, language=user.language,
                       facts={"link": f"{product.settings.public_url}/my/email/{told}.{key_id}.{signature}"})


def address_in(link: str, *, product: Product, user: User) -> str:
    """The address that a link confirms. Raises: LinkInvalid"""
    told, _, rest = link.partition(".")
    key_id, _, signature = rest.partition(".")
    if not product.keys.verify(key_id, signature, _signed(told)):
        raise LinkInvalid
    owner, address, expires = json.loads(signatures.decode(told))
    if owner != user.id or datetime.fromtimestamp(expires, UTC) < product.machine.now():
        raise LinkInvalid
    return str(address)


def confirm(session: Session, *, product: Product, user: User, link: str) -> str:
    """Bring the address of a link into force and return it; doing it again changes nothing.

    Raises: LinkInvalid; AddressTaken.
    """
    address = address_in(link, product=product, user=user)
    if session.scalar(select(Account.id).where(Account.email == address, Account.id != user.id)) is not None:
        raise AddressTaken
    row = session.get_one(Account, user.id)
    row.email, row.confirmed_at = address, product.machine.now()
    session.flush()
    return address


def forget(session: Session, *, user: User) -> None:
    """Send nothing by e-mail any more."""
    row = session.get_one(Account, user.id)
    row.email, row.confirmed_at = None, None
    session.flush()


def _signed(told: str) -> bytes:
    return f"parvaneh e-mail {told}".encode()
