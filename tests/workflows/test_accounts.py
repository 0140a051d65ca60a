"""Accounts, sessions, tokens, codes, limits: secrets are stored hashed, and the machine's clock counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import errors
from tests.workflows.world import MOBILE, PASSWORD, World
from workflows import accounts, authorization, idempotency, limits, sessions
from workflows.models.account import Account, ApiToken, LoginSession, OneTimeCode
from workflows.models.notification import Notification


def test_a_password_opens_its_own_account_only(world: World):
    with world.product.database.begin() as session:
        assert accounts.verify_password(session, username="Clerk", password=PASSWORD).id == world.users["clerk"].id
        assert accounts.verify_password(session, username="clerk", password="wrong") is None
        assert accounts.verify_password(session, username="nobody", password=PASSWORD) is None
        stored = session.scalar(sa.select(Account.password).where(Account.username == "clerk"))
    assert stored.startswith("$argon2id$")


def test_a_stopped_account_signs_in_no_more_and_its_sessions_end(world: World):
    with world.product.database.begin() as session:
        token = sessions.open_session(session, user=world.users["clerk"], language="fa", clock=world.machine)
        accounts.set_active(session, id=world.users["clerk"].id, active=False)
        assert sessions.load_session(session, token, clock=world.machine) is None
        assert accounts.verify_password(session, username="clerk", password=PASSWORD) is None


def test_another_password_ends_sessions_and_tokens(world: World):
    with world.product.database.begin() as session:
        opened = sessions.open_session(session, user=world.users["clerk"], language="fa", clock=world.machine)
        token = sessions.create_token(session, username="clerk", label="x", clock=world.machine)
        accounts.set_password(session, id=world.users["clerk"].id, password="quite another one", clock=world.machine)
        assert sessions.load_session(session, opened, clock=world.machine) is None
        assert sessions.user_for_token(session, token, clock=world.machine) is None
        assert accounts.verify_password(session, username="clerk", password="quite another one")
        with pytest.raises(errors.NotFound):
            accounts.set_password(session, id=world.users["applicant"].id, password="quite another one")


def test_other_roles_replace_those_before(world: World):
    with world.product.database.begin() as session:
        changed = accounts.set_roles(session, id=world.users["clerk"].id, roles=(("INSPECTOR", "khoy"),))
        assert changed.roles == (("INSPECTOR", "khoy"),)
        assert accounts.member(session, changed.id).roles == changed.roles
        with pytest.raises(errors.Invalid):
            accounts.set_roles(session, id=changed.id, roles=())


def test_an_applicants_account_gets_no_role_of_staff(world: World):
    with world.product.database.begin() as session:
        applicant = accounts.applicant(session, mobile="09141234567")
        for command in (lambda: accounts.set_roles(session, id=applicant.id, roles=(("CLERK", None),)),
                        lambda: accounts.member(session, applicant.id)):
            with pytest.raises(errors.NotFound):
                command()


def test_every_fault_of_a_new_account_is_told_at_once(world: World):
    with pytest.raises(errors.Invalid) as refused, world.product.database.begin() as session:
        accounts.create_staff(session, username="a b", password="short", name=" ", mobile="12",
                              roles=(("CLERK", "tehran"), ("KING", None)))
    assert {problem.where for problem in refused.value.problems} == {"username", "name", "password", "roles", "mobile"}
    with pytest.raises(accounts.UsernameTaken), world.product.database.begin() as session:
        accounts.create_staff(session, username="CLERK", password=PASSWORD, name="x", roles=(("CLERK", None),))


def test_a_code_is_good_once_and_for_five_guesses(world: World):
    with world.product.database.begin() as session:
        accounts.request_code(session, product=world.product, mobile="۰۹۱۲ ۱۱۱ ۱۱۱۱")
    world.run_jobs()
    code = world.last_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    def verify(given):
        with world.product.database.begin() as session:
            return accounts.verify_code(session, product=world.product, mobile="09121111111", code=given)

    assert verify(wrong) is None
    assert verify(code).mobile == "09121111111"
    assert verify(code) is None
    with world.product.database.begin() as session:
        accounts.request_code(session, product=world.product, mobile="09121111111")
    world.run_jobs()
    code = world.last_code()
    for _ in range(accounts.CODE_TRIES):
        assert verify(f"{(int(code) + 1) % 1_000_000:06}") is None
    assert verify(code) is None


def test_a_code_expires_by_the_machines_clock(world: World):
    with world.product.database.begin() as session:
        accounts.request_code(session, product=world.product, mobile="09121111111")
    world.run_jobs()
    world.clock.advance(timedelta(days=300))
    with world.product.database.begin() as session:
        assert accounts.verify_code(session, product=world.product, mobile="09121111111", code=world.last_code())
        accounts.request_code(session, product=world.product, mobile="09121111111")
    world.run_jobs()
    world.machine.advance(timedelta(minutes=6))
    with world.product.database.begin() as session:
        assert not accounts.verify_code(session, product=world.product, mobile="09121111111", code=world.last_code())


def test_codes_are_limited_and_neither_code_nor_message_is_kept(world: World):
    for _ in range(accounts.CODES_PER_WINDOW):
        with world.product.database.begin() as session:
            accounts.request_code(session, product=world.product, mobile="09122222222")
    with pytest.raises(accounts.CodeLimitReached), world.product.database.begin() as session:
        accounts.request_code(session, product=world.product, mobile="09122222222")
    world.run_jobs()
    with world.product.database.read() as session:
        assert set(session.scalars(sa.select(Notification.text).where(Notification.kind == "code"))) == {None}
        assert all(len(one) == 64 for one in session.scalars(sa.select(OneTimeCode.code_hash)))


def test_sessions_and_tokens_are_stored_as_hashes_and_end_by_the_machines_clock(world: World):
    with world.product.database.begin() as session:
        secret = sessions.open_session(session, user=world.users["applicant"], language="en", clock=world.machine)
        token = sessions.create_token(session, username="clerk", label="integration", expires=timedelta(days=1),
                                      clock=world.machine)
        assert secret not in session.scalars(sa.select(LoginSession.secret_hash)).all()
        assert token not in session.scalars(sa.select(ApiToken.secret_hash)).all()
    with world.product.database.read() as session:
        user, csrf, verified_at = sessions.load_session(session, secret, clock=world.machine)
        assert (user.id, user.language, verified_at) == (world.users["applicant"].id, "en", world.machine.now())
        assert csrf
        assert csrf not in secret
        assert sessions.user_for_token(session, token, clock=world.machine).username == "clerk"
        world.clock.advance(timedelta(days=400))
        assert sessions.load_session(session, secret, clock=world.machine)
        world.machine.advance(timedelta(days=31))
        assert sessions.load_session(session, secret, clock=world.machine) is None
        assert sessions.user_for_token(session, token, clock=world.machine) is None


def test_limits_hold_in_every_window_wherever_it_begins(world: World):
    def hit(after: float = 0):
        world.machine.advance(timedelta(seconds=after))
        with world.product.database.begin() as session:
            return limits.hit(session, bucket="tracking", key="1.2.3.4", limit=2, window=timedelta(minutes=1),
                              clock=world.machine)

    world.machine.advance(timedelta(seconds=58))
    assert [hit(), hit(1), hit(2)] == [True, True, False]  # over the edge of a minute, too
    assert [hit(50), hit(), hit()] == [False, False, False]
    assert hit(10)  # what was refused did not count
    with world.product.database.begin() as session:
        world.machine.advance(timedelta(minutes=3))
        limits.sweep(session, clock=world.machine)
        assert limits.used(session, bucket="tracking", key="1.2.3.4", window=timedelta(days=1),
                           clock=world.machine) == 0


def test_limits_count_in_windows_of_the_machines_clock(world: World):
    def hit(key="1.2.3.4"):
        with world.product.database.begin() as session:
            return limits.hit(session, bucket="tracking", key=key, limit=2, window=timedelta(minutes=1),
                              clock=world.machine)

    assert [hit(), hit(), hit()] == [True, True, False]
    assert hit("5.6.7.8")
    world.clock.advance(timedelta(days=1))
    assert not hit()
    world.machine.advance(timedelta(seconds=61))
    assert hit()


def test_a_repeated_command_gets_its_first_answer_and_another_body_a_refusal(world: World):
    def begin(body, key="k"):
        with world.product.database.begin() as session:
            stored = idempotency.begin(session, actor="a", key=key, body_hash=body, clock=world.machine)
            if stored is None:
                idempotency.finish(session, actor="a", key=key, status=201, headers={"x": "y"}, body="answer")
            return stored

    assert begin("h") is None
    assert begin("h").body == "answer"
    with pytest.raises(idempotency.IdempotencyConflict):
        begin("other")
    assert begin("h", key="k2") is None
    world.machine.advance(timedelta(days=31))
    assert begin("other") is None


def test_every_action_of_the_table_is_known_and_unknown_ones_are_a_mistake(world: World):
    user = world.users["admin"]
    for action in {line.action for line in authorization.TABLE}:
        authorization.allowed(user, action)
    with pytest.raises(ValueError):
        authorization.require(user, "no.such.action")
    assert authorization.counties(user, "application.search") == set()


def test_an_applicant_is_known_by_his_number(world: World):
    assert world.sign_in("+98 914 123 4567").id == world.users["applicant"].id
    assert world.users["applicant"].mobile == MOBILE
