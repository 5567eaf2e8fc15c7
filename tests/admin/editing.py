"""People who edit records in the admin, in tests: they open a form, change some of it, and save."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client


class _Forms(HTMLParser):
    """Collects what a browser would post from the forms of a page, by their ids."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.actions: list[str] = []
        self.select = self.area = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append({})
            self.actions.append(given.get("action", ""))
        elif not self.forms:
            return
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("submit", "file") or (kind in ("checkbox", "radio") and "checked" not in given):
                return
            self.forms[-1].setdefault(name, []).append(given.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.select = name
            self.forms[-1].setdefault(name, [])
        elif tag == "option" and self.select:
            chosen = self.forms[-1][self.select]
            if "selected" in given or not chosen:  # a browser posts the first option where none is selected
                chosen[:] = [given.get("value", "")]
        elif tag == "textarea":
            self.area, self.text = name, ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea" and self.area:
            self.forms[-1][self.area] = [self.text.lstrip("\n")]
            self.area = ""


def form_in(response: Any, holding: str = "_opened") -> dict[str, list[str]]:
    """Return what the form of a page would post, the one that has a certain field."""
    parser = _Forms()
    parser.feed(response.content.decode())
    found = [form for form in parser.forms if holding in form]
    assert found, text_in(response)[:2000]
    return found[0]


def opened(client: Client, address: str, holding: str = "_opened") -> dict[str, list[str]]:
    """Open a form; return what it would post as it is."""
    response = client.get(address)
    assert response.status_code == 200, address
    return form_in(response, holding)


def text_in(response: Any) -> str:
    """Return what a person reads of a page."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def editor(name: str, role: str = "Editor") -> Client:
    """Return somebody of a role, signed in."""
    user = User.objects.create_user(name, password="irrelevant", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client
