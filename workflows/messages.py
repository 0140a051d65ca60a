"""The door for messages and signals from outside: an issuer's answer is checked and recorded like one that a clerk
enters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine import errors
from engine.values import Actor, Variables
from workflows import authorization, issuer
from workflows.models.application import Application

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

COMMANDS = frozenset({"withdrawal"})
"""Messages that only a command of the product sends: nobody withdraws in the name of an applicant."""


class CommandNeeded(errors.Conflict):
    """The message {name} follows from what the applicant does; it cannot be sent by hand."""

    fa = "پیام {name} از کار خود متقاضی پدید می‌آید و دستی فرستاده نمی‌شود."


def publish(session: Session, *, product: Product, user: User, name: str, correlation_key: str, variables: Variables,
            message_id: str | None = None) -> list[str]:
    """Deliver a message and return the ids of the instances that received it.

    An issuer's answer to an application is checked first, and recorded. With a `message_id` received before nothing
    happens and the first receivers are returned. Raises: Forbidden; Invalid with every fault of an answer;
    CommandNeeded; NoReceiver.
    """
    authorization.require(user, "messages.publish")
    received = product.engine.message_receivers(session, message_id) if message_id is not None else None
    if received is not None:
        return received
    application = session.get(Application, correlation_key)
    if application is not None and name in COMMANDS:
        raise CommandNeeded(name=name)
    if application is not None and name in issuer.ANSWERS:
        if authorization.names_user(application.data, user):
            raise authorization.OwnApplication
        return issuer.take(session, product=product, application=application, message=name, given=variables,
                           actor=Actor(id=user.id), message_id=message_id)
    plain: dict[str, Any] = dict(variables)
    return product.engine.publish(session, name=name, correlation_key=correlation_key, variables=plain,
                                  actor=Actor(id=user.id), message_id=message_id)


def throw(session: Session, *, product: Product, user: User, name: str, variables: Variables) -> int:
    """Throw a signal; how many instances and processes it is on its way to. Raises: Forbidden; Invalid."""
    authorization.require(user, "signals.throw")
    return product.engine.signal(session, name=name, variables=variables, actor=Actor(id=user.id))
