"""What an outside register says is an answer only when it keeps the contract to the letter."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.conftest import START
from tests.workflows.registers import KEY, Register, Reply, answered, pending, running
from tests.workflows.world import DATA
from workflows import inquiry_adapters, outside
from workflows.inquiry_adapters import Answer, HttpAdapter, Later, Question

QUESTION = Question(id="q1", kind="TAX", file_number="WAZ-1405-CR-000001-1", asked_at=START, sent_at=START,
                    today=date(2026, 4, 4), subject={"company": {"legal_id": "10380284790"}})


@pytest.fixture
def register() -> Iterator[Register]:
    with running() as one:
        yield one


def test_an_answer_by_the_contract_is_read(register):
    found = register.adapter("TAX").ask(QUESTION)
    assert found == Answer(answer="CLEAN", reference="ث/۱۲۳", answered_on=date(2026, 4, 4))
    [sent] = register.sent
    assert sent.headers["Idempotency-Key"] == "q1"
    assert sent.headers["Authorization"] == "Bearer t-1"
    assert outside.is_sealed(KEY, sent.body, sent.headers["Parvaneh-Signature"], now=START)
    assert sent.question == {"question_id": "q1", "kind": "TAX", "file_number": QUESTION.file_number,
                             "asked_at": START.isoformat(), "subject": {"company": {"legal_id": "10380284790"}}}


def test_a_register_may_ask_for_patience_between_a_minute_and_a_day(register):
    for said, meant in ((7200, 7200), (1, 60), (10**9, 86_400)):
        register.reply = lambda sent, said=said: pending(sent.question, ask_again_after_s=said)
        assert register.adapter("TAX").ask(QUESTION) == Later(after=timedelta(seconds=meant))
    register.reply = lambda sent: pending(sent.question)
    assert register.adapter("TAX", ask_again_after_s=900).ask(QUESTION) == Later(after=timedelta(seconds=900))


CLEAN = b'{"question_id": "q1", "kind": "TAX", "status": "ANSWERED", "answer": "CLEAN", "reference": "1"'
BROKEN = {
    "status 500": Reply(status=500, body=CLEAN + b', "answered_on": "2026-04-04"}'),
    "status 404": Reply(status=404, body=CLEAN + b', "answered_on": "2026-04-04"}'),
    "status 429": Reply(status=429),
    "not_json": Reply(body=b"<html>CLEAN</html>"),
    "too_large": Reply(body=CLEAN + b', "answered_on": "2026-04-04", "x": "' + b"x" * 70_000 + b'"}'),
    "incomplete": Reply(body=CLEAN + b', "answered_on": "2026-04-04"}', length=5_000),
    "no object": Reply(),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_no_answer_is_a_failure_whatever_it_holds(register, fault):
    register.reply = lambda _: BROKEN[fault]
    with pytest.raises(outside.CallFailed) as caught:
        register.adapter("TAX").ask(QUESTION)
    assert caught.value.facts == {"who": "register TAX", "fault": fault}


@pytest.mark.parametrize("body", [
    CLEAN + b', "answer": "NOT_CLEAN", "answered_on": "2026-04-04"}', CLEAN + b', "answered_on": NaN}',
    CLEAN + b', "answered_on": "\xff"}', b"[" * 30_000])
def test_a_body_that_can_be_read_two_ways_or_none_is_no_answer(register, body):
    register.reply = lambda _: Reply(body=body)
    with pytest.raises(outside.CallFailed, match="not_json"):
        register.adapter("TAX").ask(QUESTION)


@pytest.mark.parametrize("part, value", [
    ("question_id", "q2"), ("question_id", ...), ("kind", "BANK"), ("status", "OK"), ("status", ...),
    ("answer", "clean"), ("answer", True), ("answer", ...), ("answer", ""), ("reference", ""), ("reference", 7),
    ("reference", "x" * 81), ("reference", "a\nb"), ("answered_on", "2026-04-05"), ("answered_on", "1405-01-15x"),
    ("answered_on", "20260404"), ("answered_on", "2026-02-30"), ("answered_on", ...)])
def test_an_answer_with_a_part_amiss_is_none(register, part, value):
    register.reply = lambda sent: answered(sent.question, **{part: value})
    with pytest.raises(outside.CallFailed) as caught:
        register.adapter("TAX").ask(QUESTION)
    assert caught.value.facts["fault"] == part


def test_a_redirect_is_not_followed(register):
    with running() as elsewhere:
        register.reply = lambda _: Reply(status=307, headers={"Location": elsewhere.url})
        with pytest.raises(outside.CallFailed, match="redirect"):
            register.adapter("TAX").ask(QUESTION)
        assert not elsewhere.sent


@pytest.mark.parametrize("begun", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.0 200 OK\r\n\r\n{",
                                   b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"])
def test_silence_ends_with_the_time_for_the_whole_call_however_it_drips(begun):
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(begun)
                while not over.wait(0.1):
                    try:
                        client.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        adapter = HttpAdapter("TAX", url=f"http://127.0.0.1:{server.getsockname()[1]}/", key=KEY, timeout_s=1)
        with pytest.raises(outside.CallFailed, match="timeout"):
            adapter.ask(QUESTION)
        over.set()
        thread.join(5)


def test_nobody_there_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(outside.CallFailed, match="unreachable"):
        HttpAdapter("TAX", url=f"http://127.0.0.1:{port}/", key=KEY).ask(QUESTION)


def test_a_register_is_told_what_its_kind_needs_and_no_more():
    told = {kind: inquiry_adapters.subject(kind, DATA) for kind in inquiry_adapters.KINDS}
    assert told["CRIMINAL"] == {"person": {"national_id": "0013542419", "first_name": "سارا", "last_name": "رضایی",
                                           "father_name": "علی", "birth_date": "1985-05-05"}}
    assert told["POSTAL_CODE"].keys() == {"site"}
    assert told["TAX"]["person"] == {"national_id": "0013542419"}
    everything = json.dumps(told, ensure_ascii=False)
    assert DATA["ceo_mobile"] not in everything and DATA["sheba"] not in everything


def test_without_what_identifies_him_nobody_is_asked_about():
    assert inquiry_adapters.subject("CRIMINAL", {**DATA, "ceo_national_id": None}) is None
    assert inquiry_adapters.subject("PLACES", {**DATA, "site_postal_code": ""}) is None
    assert inquiry_adapters.subject("TAX", {"national_id": "0013542419"}) == {"person": {"national_id": "0013542419"}}


def test_a_seal_is_of_one_body_and_one_moment():
    seal = outside.seal(KEY, b"{}", START)
    assert outside.is_sealed(KEY, b"{}", seal, now=START + timedelta(minutes=5))
    assert not outside.is_sealed(KEY, b"{}", seal, now=START + timedelta(minutes=6))
    assert not outside.is_sealed(KEY, b"{} ", seal, now=START)
    assert not outside.is_sealed("x" * 32, b"{}", seal, now=START)
    assert not outside.is_sealed(KEY, b"{}", "", now=START)


GOOD = f'[TAX]\nurl = "https://tax.example.ir/ask"\nkey = "{KEY}"\n'


def test_the_file_of_registers_names_them(tmp_path: Path):
    file = tmp_path / "registers.toml"
    file.write_text(GOOD + f'token = "t"\ntimeout_s = 5\n[BANK]\nurl = "http://127.0.0.1:9/"\nkey = "{KEY}"\n')
    assert inquiry_adapters.from_file(file).keys() == {"TAX", "BANK"}


@pytest.mark.parametrize("text, told", [
    ("[TAX", "is no TOML"), ("[MOON]", "names the inquiry 'MOON'"), ("TAX = 1", "TAX should be a table"),
    ("[TAX]\n", "TAX.url is no address"), (GOOD.replace("https", "http"), "TAX.url should begin with https://"),
    (GOOD.replace("https://", "https://me:pw@"), "TAX.url may hold neither user"),
    (GOOD.replace("https://tax.example.ir/ask", "file:///etc/passwd"), "TAX.url is no address"),
    (GOOD.replace("https://tax", "http://127.0.0.1.tax"), "TAX.url should begin with https://"),
    (GOOD.replace(KEY, "short"), "TAX.key should be 32 to 200"), (GOOD + "timeout_s = 31", "TAX.timeout_s should be"),
    (GOOD + "timeout_s = true", "TAX.timeout_s should be a whole number"), (GOOD + "tocken = 'x'", "TAX.tocken is"),
    (GOOD + "token = 'a b'", "TAX.token should be")])
def test_a_fault_of_that_file_is_named_without_a_secret(tmp_path: Path, text: str, told: str):
    file = tmp_path / "registers.toml"
    file.write_text(text)
    with pytest.raises(ValueError) as caught:
        inquiry_adapters.from_file(file)
    assert told in str(caught.value)
    assert KEY not in str(caught.value) and "pw" not in str(caught.value)


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path):
    with pytest.raises(ValueError, match="cannot be read"):
        inquiry_adapters.from_file(tmp_path / "none.toml")
