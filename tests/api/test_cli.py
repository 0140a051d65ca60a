"""The command line: what it prepares, and how it says in one sentence what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from api import cli
from tests.api import tables

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def parvaneh(tmp_path, monkeypatch):
    """Run a command with its data in a folder of its own."""
    for name in [name for name in os.environ if name.startswith("PARVANEH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PARVANEH_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PARVANEH_BPMN_DIR", str(ROOT / "bpmn"))

    def run(*arguments: str, text: str = ""):
        return CliRunner().invoke(cli.cli, list(arguments), input=text)

    return run


@pytest.fixture
def installed(parvaneh):
    done = parvaneh("init", "--admin", "head", "--password-stdin", text="a long password\n")
    assert done.exit_code == 0, done.output
    return parvaneh


def test_an_installation_has_one_administrator_and_no_demonstration_account(installed):
    again = installed("user", "add", "clerk", "--name", "کارشناس", "--role", "clerk:urmia", "--password-stdin",
                      text="another password\n")
    assert again.exit_code == 0, again.output


def test_what_is_wrong_with_an_account_is_told_at_once(installed):
    done = installed("user", "add", "a b", "--name", "x", "--role", "WIZARD", "--password-stdin", text="short\n")
    assert done.exit_code == 1
    for word in ("username", "password", "WIZARD"):
        assert word in done.output
    taken = installed("user", "add", "head", "--name", "x", "--role", "ADMIN", "--password-stdin",
                      text="a long password\n")
    assert taken.exit_code == 1
    assert taken.output == "Error: There is an account named head already. حسابی با نام head هست.\n"


def test_an_installation_is_prepared_once(installed):
    again = installed("init", "--admin", "other", "--password-stdin", text="a long password\n")
    assert again.exit_code == 1
    assert again.output.startswith("Error: This installation has an administrator already;")


def test_a_password_is_changed_and_tokens_end_with_it(installed):
    assert installed("token", "create", "head", "--label", "register").exit_code == 0
    changed = installed("user", "password", "head", "--password-stdin", text="another long password\n")
    assert changed.exit_code == 0
    assert "revoked  register" in installed("token", "list", "head").output
    nobody = installed("user", "password", "nobody", "--password-stdin", text="another long password\n")
    assert (nobody.exit_code, nobody.output) == (1, "Error: There is no account nobody. حساب nobody پیدا نشد.\n")


def test_a_token_is_revoked_by_its_id(installed):
    installed("token", "create", "head", "--label", "register")
    [line] = installed("token", "list", "head").output.splitlines()
    assert line.split()[2:] == ["valid", "register"]
    assert installed("token", "revoke", line.split()[0]).exit_code == 0
    assert "revoked" in installed("token", "list", "head").output
    assert installed("token", "revoke", "0" * 32).exit_code == 1


def test_a_token_is_shown_once_and_only_for_an_account_that_exists(installed):
    done = installed("token", "create", "head", "--label", "register")
    assert done.exit_code == 0
    assert done.output.startswith("pv_")
    nobody = installed("token", "create", "nobody", "--label", "x")
    assert nobody.output == "Error: There is no account nobody. حساب nobody پیدا نشد.\n"


def test_deploying_again_deploys_nothing(installed):
    assert installed("deploy").output == "Nothing new to deploy.\n"


def test_migrating_again_changes_nothing(installed):
    assert installed("migrate").output == "The database is up to date.\n"


def test_the_shipped_diagrams_have_no_problems(parvaneh):
    done = parvaneh("check", *(str(path) for path in sorted((ROOT / "bpmn" / "processes").glob("*.bpmn"))))
    assert done.exit_code == 0, done.output
    assert "No problems found." in done.output


def test_a_wrong_diagram_is_told_with_file_line_and_remedy(parvaneh, tmp_path):
    text = (ROOT / "bpmn" / "processes" / "create-urban-office.bpmn").read_text("utf-8")
    wrong = tmp_path / "create-urban-office.bpmn"
    wrong.write_text(text.replace('parvaneh:formKey="first-visit"', 'parvaneh:formKey="no-such-form"'), "utf-8")
    done = parvaneh("check", str(wrong))
    assert done.exit_code == 1
    assert "create-urban-office.bpmn:" in done.output
    assert "first_visit" in done.output
    assert "Traceback" not in done.output


def test_a_gap_in_a_decision_table_is_a_warning_and_no_failure(parvaneh, tmp_path):
    gap = tmp_path / "size-class.dmn"
    gap.write_text(tables.GAP, "utf-8")
    done = parvaneh("check", str(gap))
    assert done.exit_code == 0, done.output
    assert f"warning: {tables.FILE}:" in done.output
    assert done.output.endswith("No problems found, 1 warning(s).\n")


@pytest.mark.parametrize("variable, value, says", [
    ("PARVANEH_DATABASE_URL", "mysql://somewhere/x", "only sqlite and postgresql+psycopg"),
    ("PARVANEH_DATABASE_URL", "nonsense", "not a database address"),
    ("PARVANEH_DATABASE_URL", "sqlite:////nowhere/at/all/x.sqlite", "PARVANEH_DATABASE_URL"),
    ("PARVANEH_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none", "PARVANEH_DATABASE_URL"),
    ("PARVANEH_PORT", "eighty", "PARVANEH_PORT"),
])
@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_wrong_setting_is_one_sentence_without_a_traceback(parvaneh, monkeypatch, variable, value, says, command):
    monkeypatch.setenv("PARVANEH_PORT", str(unused_port()))  # the usual one may be taken on this machine
    monkeypatch.setenv(variable, value)
    done = parvaneh(command)
    assert done.exit_code == 1, done.output
    assert says in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert isinstance(done.exception, SystemExit)


def test_a_database_of_another_version_is_one_sentence(parvaneh):
    done = parvaneh("serve", "--port", str(unused_port()))
    assert done.exit_code == 1
    assert "parvaneh migrate" in done.output


def test_an_occupied_port_is_one_sentence(parvaneh):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = parvaneh("run", "--port", str(port))
    assert done.exit_code == 1
    assert done.output == (f"Error: Port {port} on 127.0.0.1 is in use; "
                           "choose another with PARVANEH_PORT, --port, or make run PORT=....\n")


def test_a_folder_that_cannot_be_written_is_one_sentence(parvaneh, monkeypatch, tmp_path):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    monkeypatch.setenv("PARVANEH_VAR", str(blocked / "var"))
    done = parvaneh("run", "--port", str(unused_port()))
    assert done.exit_code == 1
    assert done.output.startswith("Error: Cannot use ")
    assert len(done.output.strip().splitlines()) == 1


def test_run_prints_address_and_accounts_serves_and_stops_when_told(tmp_path):
    port = unused_port()
    environment = {**os.environ, "PARVANEH_VAR": str(tmp_path / "var"), "PARVANEH_BPMN_DIR": str(ROOT / "bpmn")}
    with subprocess.Popen([sys.executable, "-m", "api", "run", "--port", str(port)], cwd=ROOT, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        try:
            assert f"http://127.0.0.1:{port}" in lines[0], lines
            assert "parvaneh-demo" in lines[2]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                assert answer.status == 200
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        assert process.returncode == 0


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_sessions_of_periodic_work_are_listed_and_caught_up_with(installed):
    done = installed("cycle", "list")
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "No session has been due yet."), done.output
    done = installed("cycle", "catch-up")
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "0 session(s) were due and had no row."), done.output
    assert installed("cycle", "list", "--kind", "x").exit_code == 1
