"""The people of bench/load.py: officers browse, analysts download, editors save; a thread each."""

import json
import re
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
TIMEOUT = 120
LARGE = "/api/v1/contribution-events/?format=csv"
FORM = "/admin/portfolio/contributionevent/add/"
CSRF = "a" * 32  # any, as long as the cookie and the form agree
POLLED_EVERY, GIVEN_UP_AFTER = 0.1, 60.0


@dataclass
class Seen:
    """What all of them saw: milliseconds of pages, seconds until edits were visible, and errors."""

    pages: list[tuple[str, float]] = field(default_factory=list)
    saved: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    downloads: list[tuple[int, float]] = field(default_factory=list)  # rows, seconds
    told_to_wait: int = 0
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, where: list[Any], what: Any) -> None:
        with self.lock:
            where.append(what)


class Person(threading.Thread, ABC):
    """Somebody who is signed in, and does something again and again until the end."""

    def __init__(self, number: int, port: int, session: str, seen: Seen, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.session, self.seen, self.stop = port, session, seen, stop
        self.chance = Random(number)

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                pause = self.act()
            except (OSError, HTTPException, ValueError, KeyError, IndexError) as error:
                self.seen.add(self.seen.errors, f"{type(self).__name__}: {type(error).__name__}: {error}")
                pause = 5.0
            self.stop.wait(pause)

    @abstractmethod
    def act(self) -> float:
        """Do it once; return for how many seconds to pause."""

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)

    def headers(self, **more: str) -> dict[str, str]:
        cookies = f"sessionid={self.session}; csrftoken={CSRF}"
        return {"Cookie": cookies, "Connection": "close", **more}

    def get(self, address: str, **headers: str) -> bytes:
        """Return an answer's body; note an error where it is not there."""
        connection = self.connection()
        try:
            connection.request("GET", address, headers=self.headers(**headers))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"{address} answers {response.status}")
        return body


class Officer(Person):
    """Looks at a page every ten seconds."""

    every = 10.0

    def __init__(self, number: int, *arguments: Any, pages: list[str]) -> None:
        super().__init__(number, *arguments)
        self.pages, self.began = pages, False

    def act(self) -> float:
        if not self.began:
            self.began = True
            return self.chance.uniform(0, self.every)
        page, began = self.chance.choice(self.pages), time.perf_counter()
        self.get(page, **{"Accept-Encoding": "gzip"})
        taken = time.perf_counter() - began
        self.seen.add(self.seen.pages, (page, taken * 1000))
        return max(self.every - taken, 0.0)


class Analyst(Person):
    """Downloads all events, and waits as long as it is told to where others do."""

    def __init__(self, number: int, *arguments: Any, pause: float, rows: int) -> None:
        super().__init__(number, *arguments)
        self.pause, self.rows = pause, rows

    def act(self) -> float:
        connection, began = self.connection(), time.perf_counter()
        try:
            connection.request("GET", LARGE, headers=self.headers())
            response = connection.getresponse()
            if response.status == 429:
                response.read()
                with self.seen.lock:
                    self.seen.told_to_wait += 1
                return float(response.headers["Retry-After"])
            if response.status != 200:
                raise ValueError(f"{LARGE} answers {response.status}")
            lines = 0
            while piece := response.read(1 << 16):
                lines += piece.count(b"\n")
                if self.stop.is_set():
                    return 0.0  # the end came in the middle
        finally:
            connection.close()
        if lines <= self.rows:
            raise ValueError(f"{LARGE} has {lines} lines, not the {self.rows} rows that there are")
        self.seen.add(self.seen.downloads, (lines - 1, time.perf_counter() - began))
        return self.pause


class Editor(Person):
    """Records a payment every fifteen seconds, and looks until it is counted."""

    every = 15.0

    def __init__(self, number: int, *arguments: Any, edited: dict[str, Any]) -> None:
        super().__init__(number, *arguments)
        self.edited, self.amount, self.began = edited, Decimal("1.00"), False

    def act(self) -> float:
        if not self.began:
            self.began = True
            return self.chance.uniform(0, self.every)
        before, began = self.paid(), time.perf_counter()
        form = self.get(FORM).decode()
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        self.amount += Decimal("0.01")
        posted = time.perf_counter()
        self.post({**hidden, **self.fields()})
        self.seen.add(self.seen.saved, (time.perf_counter() - posted) * 1000)
        while self.paid() != before + self.amount:
            if time.perf_counter() - posted > GIVEN_UP_AFTER:
                raise ValueError(f"an edit is not visible after {GIVEN_UP_AFTER:.0f} seconds")
            time.sleep(POLLED_EVERY)
        self.seen.add(self.seen.visible, time.perf_counter() - posted)
        return max(self.every - (time.perf_counter() - began), 0.0)

    def fields(self) -> dict[str, str]:
        return {
            "csrfmiddlewaretoken": CSRF,
            "contribution": str(self.edited["contribution"]),
            "kind": "disbursed",
            "occurred_on": datetime.now(BRUSSELS).date().isoformat(),
            "amount": str(self.amount),
            "confidence": "confirmed",
            "source": str(self.edited["source"]),
        }

    def post(self, fields: dict[str, str]) -> None:
        connection = self.connection()
        try:
            kind = "application/x-www-form-urlencoded"
            connection.request("POST", FORM, urlencode(fields), self.headers(**{"Content-Type": kind}))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 302:
            said = re.findall(rb'(?s)class="error(?:list|note)[^>]*>(.*?)</', body)
            raise ValueError(f"an edit is answered with {response.status} {said[:3]}")

    def paid(self) -> Decimal:
        address = f"/api/v1/project-coverage/?project={self.edited['project']}"
        [row] = json.loads(self.get(address))["results"]
        return Decimal(row["disbursed_eur"])
