"""Importing through the pages in tests, as an Editor does."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from portfolio.models import SpreadsheetImport
from tests.imports import files

EVENTS = {
    "column:contributions.reference": "0",
    "column:contributions.project": "1",
    "column:contributions.financier": "2",
    "column:contribution_events.amount": "3",
    "value:contributions.instrument": "grant",
    "value:contributions.currency": "EUR",
    "value:contribution_events.kind": "signed",
    "value:contribution_events.occurred_on": "2026-10-01",
    "value:contribution_events.confidence": "confirmed",
    "value:source": "example",
}
HEADER = ["Reference", "Project", "Financier", "Amount"]
ROWS = [
    HEADER,
    ["N-1", "giga-a", "eu", "100.00"],
    ["N-2", "Gigafactory Example B", "European Investment Bank", "200.5"],
]


def text_of(response: HttpResponse) -> str:
    """Return what a person reads on a page."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).replace("\u202f", " ")


class Editor:
    """An Editor at the pages of one import."""

    def __init__(self, client: Client, committed: Callable[..., Any]) -> None:
        self.client = client
        self.committed = committed
        self.pk = 0

    @property
    def address(self) -> str:
        return f"/imports/{self.pk}/"

    def post(self, address: str, data: dict[str, Any] | None = None, status: int = 302) -> HttpResponse:
        """Send a form; what it leaves to be done is done then."""
        with self.committed(execute=True):
            response = self.client.post(address, data or {})
        assert response.status_code == status, text_of(response)[:2000]  # type: ignore[arg-type]
        return response  # type: ignore[return-value]

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file that must be taken; return what the page of its import says."""
        response = self.post("/imports/", {"file": SimpleUploadedFile(name, content)})
        self.pk = int(response["Location"].strip("/").split("/")[-1])
        return self.page()

    def refused(self, name: str, content: bytes) -> str:
        """Upload a file that must be refused; return the page."""
        before = SpreadsheetImport.objects.count()
        page = text_of(self.post("/imports/", {"file": SimpleUploadedFile(name, content)}, status=400))
        assert SpreadsheetImport.objects.count() == before
        return page

    def page(self, query: str = "") -> str:
        response = self.client.get(self.address + query)
        assert response.status_code == 200
        return text_of(response)  # type: ignore[arg-type]

    def form(self) -> dict[str, str]:
        """Return what the form of the columns holds, as a browser would send it."""
        body = self.client.get(self.address).content.decode()
        form = body[body.index("/columns/") :]
        sent: dict[str, str] = {}
        for name, options in re.findall(r'(?s)<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form):
            chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
            if chosen:
                sent[unescape(name)] = unescape(chosen[1] if chosen[1] is not None else chosen[2])
        for tag in re.findall(r"<input[^>]*>", form[: form.index("</form>")]):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and ('type="checkbox"' not in tag or " checked" in tag):
                sent[unescape(name[1])] = unescape(value[1]) if value else ""
        return {name: value for name, value in sent.items() if value and name != "csrfmiddlewaretoken"}

    def take_as(self, target: str) -> None:
        self.post(f"{self.address}target/", {"target": target})

    def preview(self, **changes: str) -> str:
        """Send the form of the columns as it stands but for some changes; return the page of the preview."""
        return self.sent({**self.form(), **changes})

    def sent(self, form: dict[str, str]) -> str:
        self.post(f"{self.address}columns/", form)
        return self.page()

    def settle(self, form: dict[str, Any]) -> str:
        self.post(f"{self.address}settle/", form)
        return self.page()

    def apply(self) -> str:
        self.post(f"{self.address}apply/")
        return self.page()

    def undo(self, status: int = 302) -> str:
        return text_of(self.post(f"{self.address}undo/", status=status)) if status != 302 else self._undone()

    def _undone(self) -> str:
        self.post(f"{self.address}undo/")
        return self.page()

    @property
    def taken(self) -> SpreadsheetImport:
        return SpreadsheetImport.objects.get(pk=self.pk)

    def faults(self) -> list[tuple[str, str]]:
        """Return the address and what is wrong of each fault, in the order of the list."""
        rows = self.taken.rows_of_list.order_by("number")
        return [(fault[0], fault[3]) for row in rows for fault in row.faults]

    def outcomes(self) -> dict[int, str]:
        return dict(self.taken.rows_of_list.order_by("number").values_list("number", "outcome"))


def contributions(editor: Editor, rows: list[list[str]], **changes: str) -> str:
    editor.upload("list.csv", files.text(rows))
    editor.take_as("contributions")
    return editor.sent({**EVENTS, **changes})
