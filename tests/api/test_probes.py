"""Health, readiness, metrics: who may ask, and what they are told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from api import config, metrics
from api.app import create_app
from api.config import Config
from tests.api import people

TOKEN = "a-token-of-some-length"


def with_settings(product, **settings: object):
    return create_app(product, Config(database_url="", var=product.settings.var, **settings)).test_client()


def samples(text: str) -> dict[str, float]:
    """Name with labels -> value."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines() if not line.startswith("#")}


def test_a_process_that_stops_is_alive_and_not_ready(app):
    client = app.test_client()
    assert client.get("/readyz").json == {"status": "ready"}
    app.extensions["parvaneh.stopping"].set()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["reason"], answer.headers["Retry-After"]) == (503, "stopping", "2")
    assert client.get("/healthz").status_code == 200


def test_a_process_whose_database_has_another_schema_is_not_ready(app, product):
    with product.database.begin() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["reason"]) == (503, "schema")


def test_health_asks_the_database_nothing(app, product):
    asked = []
    sa.event.listen(product.database.sqlalchemy_engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert app.test_client().get("/healthz").status_code == 200
    assert asked == []


@pytest.mark.parametrize("settings, address, headers, status", [
    ({}, "127.0.0.1", {}, 200),
    ({}, "::1", {}, 200),
    ({}, "192.0.2.7", {}, 404),
    ({}, "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
    ({}, "127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
    ({"public_url": "https://licences.example.ir"}, "127.0.0.1", {}, 404),
    ({"public_url": "https://licences.example.ir", "trusted_proxies": 1}, "127.0.0.1", {}, 200),
    ({"public_url": "https://licences.example.ir", "trusted_proxies": 1}, "127.0.0.1",
     {"X-Forwarded-For": "127.0.0.1"}, 404),
    ({"metrics_token": TOKEN}, "127.0.0.1", {}, 401),
    ({"metrics_token": TOKEN}, "127.0.0.1", {"Authorization": f"Bearer {TOKEN}x"}, 401),
    ({"metrics_token": TOKEN}, "192.0.2.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
    ({"metrics_token": TOKEN}, "192.0.2.7", {"Authorization": TOKEN}, 401),
])
def test_metrics_are_for_this_machine_or_whoever_has_the_token(product, settings, address, headers, status):
    client = with_settings(product, **settings)
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert ("parvaneh_" in answer.text) == (status == 200)


@pytest.mark.parametrize("token", ["short", "with a space in it", "x" * 201, "پروانه پروانه پروانه"])
def test_a_token_that_is_easily_guessed_or_cannot_be_sent_is_refused(token):
    with pytest.raises(config.ConfigurationError, match="PARVANEH_METRICS_TOKEN"):
        config.from_environment({"PARVANEH_METRICS_TOKEN": token})


def test_what_happens_is_counted(app, product, applicant, application, staff, task):
    clerk = staff("clerk")
    done = [clerk.post(f"/user-tasks/{task['id']}/completion", {"complete": True}, Idempotency_Key="once").status_code
            for _ in range(2)]
    assert done == [200, 200]
    assert clerk.post(f"/user-tasks/{task['id']}/completion", {"complete": True}).status_code == 409
    assert app.test_client().get("/track/ABCD-EFGH-JKMN-PQRS").status_code in {200, 404}
    product.scheduler.tick()
    text = app.test_client().get("/metrics").text
    counted = samples(text)
    assert counted["parvaneh_user_task_completions_total"] == 1
    assert counted["parvaneh_idempotency_replays_total"] == 1
    assert counted['parvaneh_problems_total{code="task_already_completed"}'] == 1
    route = 'method="POST",route="/api/v1/user-tasks/<task_id>/completion"'
    routes = [name for name in counted if name.startswith("parvaneh_http_requests_total") and "/completion" in name]
    assert {counted[name] for name in routes if 'status="200"' in name} == {2}, (routes, route)
    assert counted['parvaneh_jobs_run_total{kind="notification.send",outcome="done",transport="embedded"}'] >= 1
    assert counted['parvaneh_live_instances_lookups_total{result="hit"}'] >= 1
    assert counted["parvaneh_live_instances"] >= 1
    assert counted["parvaneh_live_instances_bytes"] > 1_000
    assert counted["parvaneh_database_up"] == 1
    assert counted["parvaneh_outbox_messages"] == 0
    assert counted["parvaneh_jobs_waiting"] >= 1
    assert counted["process_resident_memory_bytes"] > 1_000_000
    for value in (people.MOBILE, application["file_number"], application["id"], application["tracking_code"],
                  "ABCD-EFGH", task["id"], applicant.id):
        assert value not in text


def test_labels_come_from_the_code_and_never_from_a_request(app):
    client = app.test_client()
    for number in range(20):
        client.get(f"/no/such/page/{number}")
        client.open("/healthz", method=f"METHOD{number}")
    counted = samples(client.get("/metrics").text)
    made = [name for name in counted if name.startswith("parvaneh_http_requests_total")]
    assert len(made) <= 3, made
    assert any('method="OTHER"' in name for name in made)


def test_faults_of_the_database_are_counted_by_kind_and_the_rest_goes_on(app, product, var):
    client = app.test_client()
    with pytest.raises(sa.exc.IntegrityError), product.database.begin() as session:
        session.execute(sa.text("INSERT INTO county (code) SELECT code FROM county"))
    with pytest.raises(sa.exc.OperationalError), product.database.read() as session:
        session.connection().exec_driver_sql("SELECT nonsense")
    counted = samples(client.get("/metrics").text)
    assert counted['parvaneh_database_errors_total{kind="constraint"}'] == 1
    assert counted['parvaneh_database_errors_total{kind="statement"}'] == 1
    product.database.dispose()
    (var / "parvaneh.sqlite").rename(var / "away.sqlite")
    try:
        away = samples(with_settings(product).get("/metrics").text)
    finally:
        (var / "away.sqlite").rename(var / "parvaneh.sqlite")
    assert away["parvaneh_database_up"] == 0
    assert "parvaneh_jobs_waiting" not in away
    assert "parvaneh_user_task_completions_total" in away


def test_the_database_is_asked_once_in_some_seconds(app, product, monkeypatch):
    asked = []
    backlog = product.engine.backlog
    monkeypatch.setattr(product.engine, "backlog", lambda session: asked.append(1) or backlog(session))
    client = app.test_client()
    for _ in range(5):
        client.get("/metrics")
    assert len(asked) == 1
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0)
    client.get("/metrics")
    assert len(asked) == 2


SHARED = """
import sys
from pathlib import Path
from api.app import create_app
from api.config import Config
from tests.api.conftest import build
product = build(Path(sys.argv[1]))
client = create_app(product, Config(database_url="", var=Path(sys.argv[1]))).test_client()
client.get("/healthz")
print(client.get("/metrics").text)
"""


def test_several_processes_answer_for_all_of_them(var, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    root = Path(__file__).resolve().parents[2]
    answers = [subprocess.run([sys.executable, "-c", SHARED, str(var)], cwd=root, capture_output=True, text=True,
                              check=True, env={"PROMETHEUS_MULTIPROC_DIR": str(shared), "PYTHONPATH": str(root),
                                               "PATH": "/usr/bin:/bin"}).stdout for _ in range(2)]
    found = re.findall(r'parvaneh_http_requests_total\{[^}]*route="/healthz"[^}]*\} (\S+)', answers[1])
    assert [float(value) for value in found] == [2.0]
    assert answers[1].count("# TYPE parvaneh_database_up gauge") == 1
