"""Settings: read from the environment, checked, each fault one sentence that names the variable."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from api import config
from engine import EngineSettings


def test_without_settings_everything_lies_in_the_folder_var(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = config.from_environment({})
    assert found.database_url == f"sqlite:///{tmp_path / 'var' / 'parvaneh.sqlite'}"
    assert found.var == tmp_path / "var"
    assert (found.public_url, found.demo, found.tls) == ("http://127.0.0.1:8000", False, False)


def test_an_option_of_the_command_line_wins_over_the_environment():
    assert config.from_environment({"PARVANEH_PORT": "8001"}, port=8002).port == 8002
    assert config.from_environment({"PARVANEH_PORT": "8001"}, port=None).port == 8001


def test_an_https_address_makes_cookies_travel_over_tls_only():
    assert config.from_environment({"PARVANEH_PUBLIC_URL": "https://licences.example.ir/"}).tls


def test_postgresql_is_spoken_with_the_driver_that_is_installed():
    found = config.from_environment({"PARVANEH_DATABASE_URL": "postgresql://me:secret@/parvaneh"})
    assert found.database_url == "postgresql+psycopg://me:secret@/parvaneh"


@pytest.mark.parametrize("name, value", [
    ("DATABASE_URL", "mysql://x/y"), ("DATABASE_URL", "nonsense"), ("PORT", "http"), ("PORT", "70000"),
    ("DATABASE_URL", "sqlite://"), ("DATABASE_URL", "postgresql://host:port/x"),
    ("DATABASE_URL", "sqlite+aiosqlite:///x"), ("DATABASE_URL", "postgresql+asyncpg://x/y"),
    ("PUBLIC_URL", "http://[::1"), ("PUBLIC_URL", "https://host:port"),
    ("PUBLIC_URL", "licences.example.ir"), ("PUBLIC_URL", "ftp://x"), ("TRUSTED_PROXIES", "-1"), ("DEMO", "maybe"),
    ("SMS", "pigeon"), ("TRANSPORT", "pigeon"), ("TRANSPORT", "procrastinate"), ("POOLER", "1"),
    ("POOLER", "perhaps"), ("LISTEN_URL", "sqlite:///x"), ("LISTEN_URL", "nonsense"),
    ("LIVE_INSTANCES_MB", "-1"), ("VARIABLES_MAX_KB", "1"), ("RETENTION_DAYS", "0"),
    ("THREADS", "0"), ("BPMN_DIR", "/nowhere/at/all")])
def test_a_wrong_setting_is_named_in_one_sentence(name, value):
    with pytest.raises(config.ConfigurationError) as caught:
        config.from_environment({f"PARVANEH_{name}": value})
    assert f"PARVANEH_{name}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_behind_a_pooler_workers_listen_at_the_database_itself():
    own, pooled = "postgresql+psycopg://me@/parvaneh", "postgresql+psycopg://me@/parvaneh?port=6432"
    settings = {"PARVANEH_DATABASE_URL": pooled, "PARVANEH_POOLER": "1", "PARVANEH_TRANSPORT": "procrastinate"}
    with pytest.raises(config.ConfigurationError, match="PARVANEH_LISTEN_URL is missing"):
        config.from_environment(settings)
    found = config.from_environment({**settings, "PARVANEH_LISTEN_URL": own})
    assert (found.database_url, found.jobs.listen_url, found.jobs.transport) == (pooled, own, "procrastinate")


def test_what_the_engine_takes_is_given_in_its_own_units():
    given = config.from_environment({"PARVANEH_LIVE_INSTANCES_MB": "3", "PARVANEH_VARIABLES_MAX_KB": "20",
                                     "PARVANEH_RETENTION_DAYS": "9"}).engine
    assert (given.live_instances_max_bytes, given.variables_max_bytes) == (3 * 1024 * 1024, 20 * 1024)
    assert given.retention == timedelta(days=9)
    assert config.from_environment({}).engine == EngineSettings()


def test_every_setting_that_is_read_is_in_the_table():
    names = {setting.name for setting in config.SETTINGS}
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
            asked.add(name)
            return default

    config.from_environment(Asked())
    assert asked == names


def test_the_environment_is_read_in_one_module_only():
    api = Path(config.__file__).parent
    readers = {path.name for package in (api, api.parent / "engine", api.parent / "workflows")
               for path in package.rglob("*.py") if "node_modules" not in path.parts
               and ("os.environ" in path.read_text("utf-8") or "getenv" in path.read_text("utf-8"))}
    # These two hand their environment to the programs they start: a server, pg_dump.
    assert readers == {"config.py", "demo.py", "copies.py"}
