"""Lines of the log: an id through to the task, JSON where it is asked for, and nobody's data."""

import json
import logging
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.test import Client

from investai.celery import app
from operations.logs import JsonLines, TextLines, scrub
from operations.tracing import begin
from portfolio.tasks import sweep
from tests.jobs.test_worker import environment

ROOT = Path(__file__).parent.parent.parent
ID = "an-id.of_somebody-else"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with blanks in it", "new\nline-is-not-taken", ID])
def test_every_answer_has_an_id(client: Client, given: str) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert answered == given if given == ID else re.fullmatch("[0-9a-f]{32}", answered)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Not Found: /projects/x/?q=Ada+Lovelace&as_of=1", "Not Found: /projects/x/?[query]"),
        ("mail to ada@example.org failed", "mail to [e-mail] failed"),
        (
            "from 203.0.113.9 and 2001:db8::1:2 to 127.0.0.1:8000",
            "from [address] and [address] to 127.0.0.1:8000",
        ),
        ("2001:db8:0:0:0:0:0:1 came", "[address] came"),
        ("redis://:hunter2@cache:6379/0", "redis://[secret]@cache:6379/0"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer [token]"),
        ("inv_0123456789_" + "a" * 49 + " refused", "[token] refused"),
        ("DETAIL:  Key (username)=(ada) already exists.", "DETAIL:  Key (username)=(…) already exists."),
        ("Failing row contains (1, ada, null).", "Failing row contains (…)."),
        ("at 12:30:45 as of 2026-11-26, Django 5.2.19", "at 12:30:45 as of 2026-11-26, Django 5.2.19"),
    ],
)
def test_nobodys_data_is_in_a_line(said: str, kept: str) -> None:
    assert scrub(said) == kept


def test_a_traceback_is_one_line_of_json_without_what_it_quotes() -> None:
    begin(ID)
    try:
        raise ValueError("no such person: ada@example.org")
    except ValueError:
        record = logging.LogRecord(
            "portfolio", logging.ERROR, "x.py", 1, "It %s", ("failed",), sys.exc_info()
        )
    line = JsonLines().format(record)
    read = json.loads(line)
    assert "\n" not in line
    assert (read["level"], read["message"], read["request_id"]) == ("ERROR", "It failed", ID)
    assert "ValueError: no such person: [e-mail]" in read["traceback"]
    text = TextLines().format(record)
    assert f"ERROR portfolio [{ID}]: It failed" in text
    assert "ada@" not in text


def test_a_task_carries_the_id_of_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf, "task_always_eager", False)
    begin(ID)
    with app.connection_for_write("memory://") as connection:
        sweep.apply_async(connection=connection)  # type: ignore[call-arg]
        message = connection.SimpleQueue("celery").get(timeout=5)
    assert message.headers["request_id"] == ID
    assert message.headers["task"] == "portfolio.tasks.sweep"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def fetched(port: int, address: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{address}", timeout=30) as response:
        return str(response.read().decode())


@pytest.mark.django_db
def test_processes_of_a_server_count_together_and_log_in_json(tmp_path: Path) -> None:
    """Two processes of gunicorn as they run in production; what each answers is added up."""
    log, port = tmp_path / "log", free_port()
    command = [sys.executable, "-m", "gunicorn", "investai.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--worker-class", "gthread", "--threads", "2", "--no-control-socket"]
    asked = environment("") | {"LOG_FORMAT": "json", "LOG_REQUESTS": "on", "OPERATOR_LOOPBACK": "on"}
    asked.pop("PROMETHEUS_MULTIPROC_DIR", None)
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=asked, cwd=ROOT, stdout=output, stderr=output)
    try:
        until = time.monotonic() + 30
        while log.read_bytes().count(b"Booting worker") < 2 and time.monotonic() < until:
            time.sleep(0.1)
        for _ in range(20):
            fetched(port, "/healthz?email=ada@example.org")
        body = fetched(port, "/metrics")
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
    assert 'investai_requests_total{method="GET",route="/healthz",status="200"} 20.0' in body
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    answered = [line for line in lines if line.get("route") == "/healthz"]
    assert len(answered) == 20
    assert {line["status"] for line in answered} == {200}
    assert "example.org" not in log.read_text()
