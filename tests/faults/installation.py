"""The processes of production on servers of the tests' own, an Editor at work there, and what must hold."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psycopg
from celery import Celery

from tests.admin.editing import form_in, text_in
from tests.faults.servers import Cluster, Redis, free_port, wait_until

ROOT = Path(__file__).parent.parent.parent
EVENTS = "/admin/portfolio/contributionevent/add/"
FILL = """
import django
django.setup()
from django.contrib.auth.models import Group, User
from django.core.management import call_command
call_command("migrate", verbosity=0)
from portfolio.jobs.requests import set_waker
from portfolio.models import ChipDeployment, RecomputeRequest
set_waker(lambda: None)
call_command("load_portfolio", "tests/data/small", verbosity=0)
ChipDeployment.objects.filter(planned_on__year__lt=2025).delete()  # or there were 82 month ends
RecomputeRequest.objects.all().delete()  # the processes begin the day
user = User.objects.create_user("editor", password="irrelevant", is_staff=True)
user.groups.add(Group.objects.get(name="Editor"))
"""
FIRST_AMOUNT = 100_000  # cents; each edit has one of its own, so that a second one of the same would show


@dataclass(frozen=True)
class Page:
    """What the server answered."""

    status: int
    content: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.content.decode()


class Person:
    """Somebody with a browser that keeps cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, address: str) -> Page:
        return self._ask(urllib.request.Request(self.base + address))

    def post(self, address: str, fields: dict[str, Any]) -> Page:
        """Post a form, with what stands against forgery."""
        sent = {**fields, "csrfmiddlewaretoken": self._token()}
        body = urllib.parse.urlencode(sent, doseq=True).encode()
        return self._ask(urllib.request.Request(self.base + address, body))

    def post_json(self, address: str, fields: dict[str, Any]) -> Page:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token()}
        return self._ask(urllib.request.Request(self.base + address, json.dumps(fields).encode(), headers))

    def sign_in(self) -> None:
        page = self.get("/accounts/login/").text
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found
        self._csrf = found[1]
        assert self.post("/accounts/login/", {"username": "editor", "password": "irrelevant"}).status == 200
        assert any(cookie.name == "sessionid" for cookie in self.cookies), "not signed in"

    def _token(self) -> str:
        found = [cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"]
        return found[0] if found else self._csrf

    def _ask(self, request: urllib.request.Request) -> Page:
        began = time.monotonic()
        try:
            with self._opener.open(request, timeout=60) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        return Page(status, content, time.monotonic() - began)


class Process:
    """A process of the installation, with those it starts itself."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self._command = [sys.executable, "-m", *command]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def children(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to all of it."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
            self.kill()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let all of it stand still for a while."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)


class Installation:
    """Web, worker and beat on a database and a broker that the tests may break."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database, self.broker = Cluster(folder), Redis(folder)
        port = free_port()
        self.downloads = folder / "downloads"
        self._environment = {
            **os.environ,
            "DATABASE_URL": self.database.url,
            "CELERY_BROKER_URL": self.broker.url,
            "DOWNLOADS_FOLDER": str(self.downloads),
            "PYTHONUNBUFFERED": "1",
        }
        self.web = self.process(
            "web",
            *("gunicorn", "investai.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"),
            *("--worker-class", "gthread", "--threads", "4", "--no-control-socket"),
        )
        self.worker = self.process(
            "worker",
            *("celery", "-A", "investai", "worker", "--loglevel", "info", "--concurrency", "2"),
            *("--without-gossip", "--without-mingle"),
        )
        self.beat = self.beat_on(folder / "schedule", "beat")
        self.person = Person(f"http://127.0.0.1:{port}")
        self.edits: list[int] = []  # cents of each
        self.failures = 0  # runs that a test let fail
        self._before: tuple[Decimal, int, int] | None = None

    def process(self, name: str, *command: str) -> Process:
        return Process(name, list(command), self._environment, self.folder)

    def beat_on(self, schedule: Path, name: str) -> Process:
        """Return a beat that keeps when it did what in a file of its own."""
        return self.process(
            name, "celery", "-A", "investai", "beat", "--loglevel", "info", "--schedule", str(schedule)
        )

    def start(self) -> None:
        self.database.make()
        self.broker.start()
        code = [sys.executable, "-c", FILL]
        subprocess.run(code, cwd=ROOT, env=self._environment, check=True)
        for process in (self.web, self.worker, self.beat):
            process.start()
        try:
            wait_until(self.is_ready, "all is ready", 60, every=0.2)
        except AssertionError as error:
            logs = [
                f"--- {one.name}\n{one.log.read_text()[-3000:]}" for one in (self.web, self.worker, self.beat)
            ]
            raise AssertionError("\n".join([str(error), *logs])) from error
        self.person.sign_in()
        events = self.database.value("SELECT count(*) FROM portfolio_contributionevent")
        history = self.database.value("SELECT count(*) FROM portfolio_historicalcontributionevent")
        self._before = (self.disbursed(), events, history)

    def stop(self) -> None:
        for process in (self.beat, self.web, self.worker):
            process.stop()
        self.broker.stop()
        with suppress(AssertionError):
            self.database.stop("immediate")

    @contextmanager
    def stopped_at(self, moment: str) -> Iterator[None]:
        """Have a run of an edit stopped where it needs what a statement holds."""
        with psycopg.connect(self.database.url) as connection:
            with self.worker.paused():
                self.edit()
                connection.execute(moment)
            pid = connection.info.backend_pid
            blocked = f"SELECT count(*) FROM pg_stat_activity WHERE {pid} = ANY (pg_blocking_pids(pid))"
            wait_until(lambda: self.database.value(blocked), f"the run has come to: {moment}")
            yield
            with suppress(psycopg.OperationalError):  # the server may be gone with what it held
                connection.rollback()

    @contextmanager
    def nobody_listens(self) -> Iterator[None]:
        """Let messages wait in the broker for a while: the worker stands still, and asks for none."""
        with self.worker.paused():
            wait_until(lambda: not self.broker.is_listened_to(), "nobody listens to the broker")
            yield

    def is_ready(self) -> bool:
        try:
            return self.person.get("/readyz").status == 200
        except OSError:
            return False

    def edit(self) -> Page:
        """Record in the administration that some more is paid out; return the answer."""
        amount = FIRST_AMOUNT + len(self.edits)
        form = form_in(self.person.get(EVENTS), "occurred_on")
        contribution, source = self._keys()
        form |= {
            "contribution": [contribution],
            "kind": ["disbursed"],
            "occurred_on": ["2026-11-01"],
            "amount": [f"{amount // 100}.{amount % 100:02}"],
            "confidence": ["confirmed"],
            "source": [source],
        }
        answer = self.person.post(EVENTS, form)
        assert answer.status == 200
        assert "was added successfully" in answer.text, text_in(answer)
        self.edits.append(amount)
        return answer

    def _keys(self) -> tuple[str, str]:
        contribution = "SELECT id FROM portfolio_contribution WHERE reference = 'C-001'"
        source = "SELECT id FROM portfolio_source WHERE key = 'example'"
        return str(self.database.value(contribution)), str(self.database.value(source))

    def disbursed(self) -> Decimal:
        """Return the figure that the edits bear on, as the API has it."""
        answer = self.person.get("/api/v1/project-coverage/?project=giga-a")
        assert answer.status == 200, answer.text
        [row] = json.loads(answer.content)["results"]
        return Decimal(row["disbursed_eur"])

    def expected(self) -> Decimal:
        assert self._before
        return self._before[0] + Decimal(sum(self.edits)) / 100

    def download(self) -> dict[str, Any]:
        """Ask for a file of all events; return what is said of it."""
        wanted = {"list": "contribution-events", "format": "csv", "parameters": {}}
        answer = self.person.post_json("/api/v1/downloads/", wanted)
        assert answer.status == 201, answer.text
        found: dict[str, Any] = json.loads(answer.content)
        return found

    def state_of(self, download: dict[str, Any]) -> dict[str, Any]:
        """Return what is said of a download now."""
        answer = self.person.get(urllib.parse.urlsplit(download["links"]["self"]).path)
        assert answer.status == 200, answer.text
        found: dict[str, Any] = json.loads(answer.content)
        return found

    def pending(self) -> int:
        return int(self.database.value("SELECT count(*) FROM portfolio_recomputerequest"))

    def runs(self, condition: str = "true") -> int:
        return int(self.database.value(f"SELECT count(*) FROM portfolio_recomputation WHERE {condition}"))

    def wait_for_results(self, seconds: float = 60) -> float:
        """Wait until all edits are published; return how many seconds it took."""
        return wait_until(lambda: not self.pending(), "all edits are published", seconds)

    def send(self, task: str, *arguments: Any) -> None:
        """Send a message to the worker."""
        with Celery(broker=self.broker.url) as app:
            app.send_task(task, arguments)

    def check(self) -> None:
        """Check that nothing is lost, nothing is double, and that stored results are those of the facts."""
        assert self._before
        self.wait_for_results()
        _, events, history = self._before
        amounts = self.database.sql(
            "SELECT amount FROM portfolio_contributionevent WHERE occurred_on = '2026-11-01' ORDER BY amount"
        )
        kept = [amount for (amount,) in amounts if amount in self.edits]
        assert kept == self.edits, "each edit is there once"
        assert self.database.value("SELECT count(*) FROM portfolio_contributionevent") == events + len(kept)
        assert self.database.value(
            "SELECT count(*) FROM portfolio_historicalcontributionevent"
        ) == history + len(kept), "each is in the history once"
        assert self.disbursed() == self.expected()
        assert self.runs("outcome = 'failed'") <= self.failures
        alerts = (
            "SELECT count(*) FROM portfolio_alert WHERE kind = 'recompute_failed' AND resolved_at IS NULL"
        )
        assert self.database.value(alerts) == 0
        assert self.runs("trigger = 'new_day'") == 1, "the day was begun once"
        self._verify()

    def _verify(self) -> None:
        count = "SELECT count(*) FROM portfolio_verification"
        before = self.database.value(count)
        self.send("portfolio.tasks.verify")
        wait_until(lambda: self.database.value(count) > before, "results are verified")
        assert self.database.value("SELECT coalesce(sum(differences), 0) FROM portfolio_verification") == 0
