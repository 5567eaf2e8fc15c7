"""Pages that functions draw say what Django's engine says, to the letter."""

import re
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine
from django.test import Client, override_settings
from django.utils import translation
from django.utils.safestring import mark_safe

from investai.drawing.loader import draw_by_function
from tests.loaded import load_once

FOLDERS = Path(__file__).parent.parent.parent / "portfolio"
TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*')


class Pair(NamedTuple):
    first: str
    second: Any


class Thing:
    name = "<b>name</b>"
    none = None

    def greet(self) -> str:
        return "hello"

    def takes(self, one: str) -> str:
        return one

    def remove(self) -> str:
        return "removed"

    remove.alters_data = True  # type: ignore[attr-defined]

    @property
    def gone(self) -> str:
        raise ObjectDoesNotExist


SOURCES = {
    "row": "[{{ row.name }} {{ forloop.counter }}/{{ forloop.parentloop.counter }} {{ extra }}]",
    "branch": "({{ node.0 }}{% for node in node.1 %}{% include 'branch' %}{% endfor %})",
    "parent": "<p>{% block a %}A {{ text }}{% endblock %}{% block b %}B{% endblock %}</p>",
    "child": "{% extends 'parent' %}{% block a %}{{ block.super }}!{% include 'row' with row=thing %}"
    "{% endblock %}",
    "values": "{{ text }}{{ safe }}{{ 3 }}{{ number }}{{ amount }}{{ when }}{{ nothing }}{{ True }}"
    "{{ thing.none }}",
    "paths": "{{ thing.name }}{{ thing.greet }}{{ thing.takes }}{{ thing.remove }}{{ thing.gone }}"
    "{{ thing.nope.x }}"
    "{{ pair.first }}{{ pair.1.k }}{{ map.k }}{{ map.items|length }}{{ list.1 }}{{ list.9 }}{{ kind.name }}",
    "filters": "{{ text|lower }}{{ text|capfirst }}{{ nothing|default:text }}{{ list|join:text }}"
    "{{ safe|lower }}"
    "{{ when|date:'Y-m-d' }}{{ number|pluralize:'y,ies' }}{{ list|length }}{{ number|add:'1' }}"
    "{{ 'Menu'|t }}",
    "ifs": "{% if nothing.x %}1{% elif number > thing %}2{% elif not number < 3 %}3{% else %}4{% endif %}"
    "{% if nothing == None %}5{% endif %}{% if thing.gone == None %}6{% endif %}"
    "{% if 'a' in list %}7{% endif %}"
    "{% if number and list or nothing %}8{% endif %}{% if text|default:nope %}9{% endif %}",
    "loops": "{% for row in rows %}{% include 'row' with extra=text %}{% for a, b in map.items reversed %}"
    "{{ a }}{{ b }}"
    "{% if forloop.first %}first{% endif %}{% cycle 'x' 'y' %}{% endfor %}{% empty %}none{% endfor %}"
    "{% for x in nothing %}{% empty %}empty{% endfor %}{% include 'branch' %}{{ row }}",
    "names": "{% with a=text b=thing.name %}{{ a }}{{ b }}{% with a=number %}{{ a }}{% endwith %}{{ a }}"
    "{% endwith %}{{ a }}"
    "{% include kept %}{% include 'row' only %}{% regroup rows by name as groups %}{{ groups|length }}",
    "said": "{% say %}Menu{% endsay %}{% say %}{{ number }} day{{ number|pluralize }}{% endsay %}"
    "{% say %}due {{ text }}{% endsay %}{% say %}no {% if number %}{{ text }}{% endif %} such words"
    "{% endsay %}",
}
FACTS = {
    "text": "<i>it's</i>",
    "safe": mark_safe("<br>"),
    "number": 2,
    "amount": Decimal("1234.50"),
    "when": date(2026, 5, 4),
    "thing": Thing(),
    "pair": Pair("one", {"k": "v"}),
    "map": {"k": "v", "items ": 1},
    "list": ["a", "<", 3],
    "kind": Thing,
    "rows": [Thing(), {"name": "second"}],
    "node": ("root", [("leaf", []), ("<leaf>", [("deep", [])])]),
    "kept": "row",
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", SOURCES)
def test_functions_draw_what_django_draws(name: str, language: str) -> None:
    loaders = [("django.template.loaders.locmem.Loader", SOURCES)]
    builtins = ["investai.wording.tags"]
    plain, drawn = (Engine(loaders=loaders, builtins=builtins) for _ in range(2))
    with translation.override(language):
        expected = plain.get_template(name).render(Context(dict(FACTS)))
        template = drawn.get_template(name)
        draw_by_function(template, drawn)
        assert template.render(Context(dict(FACTS))) == expected


@pytest.fixture
def as_django_draws() -> Any:
    """Templates as Django's own loaders give them."""
    own: Any = deepcopy(settings.TEMPLATES)
    own[0]["OPTIONS"]["loaders"] = own[0]["OPTIONS"]["loaders"][0][1]
    return override_settings(TEMPLATES=own)


def test_pages_are_drawn_as_django_draws_them(client: Client, db: None, as_django_draws: Any) -> None:
    load_once(FOLDERS / "illustrative")
    client.force_login(User.objects.create_superuser("administrator"))
    client.cookies["language"] = "de"
    for address in ("/", "/projects/tramuntana/", "/envelopes/investai-mobilisation/", "/advice/funnel/"):
        drawn = client.get(address).content
        with as_django_draws:
            expected = client.get(address).content
        assert TOKEN.sub(b"", drawn) == TOKEN.sub(b"", expected), address
