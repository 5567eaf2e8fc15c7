"""The catalogues: gathers every text that pages say, and keeps the files of the languages up to date.

`.venv/bin/python scripts/update_catalogues.py` does it; a test fails where that would change something.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.template import engines
from django.template.base import NodeList, TextNode
from django.utils.text import capfirst

from investai.languages import catalogue
from investai.wording import figures, python_texts
from investai.wording.tags import SayNode

# Where records are kept, pages are in English.
ENGLISH = re.compile(r"admin/|operations/|portfolio/(imports?|proposals?)\.html|components/import_")
RESULTS = ("projectcoverage", "envelopeutilisation", "chipcomparison", "portfoliosummary")
RECORDS = ("portfolio", "advisory")  # the apps whose records pages name
QUOTED = re.compile(r'"([^"{}]+)"\|t\b')
LETTERS = re.compile(r"[^\W\d_]{2,}")
WIDTH = 110


def templates() -> Iterator[str]:
    """Yield the names of the templates that stand in every language."""
    folder = Path(settings.BASE_DIR) / "templates"
    for path in sorted(folder.rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        if not ENGLISH.match(name):
            yield name


def nodes_of(name: str) -> NodeList:
    """Return the nodes of a template."""
    found = engines["django"].get_template(name)
    nodes: NodeList = found.template.nodelist  # type: ignore[attr-defined]
    return nodes


def template_texts(name: str) -> list[str]:
    """Return what a template says."""
    source = (Path(settings.BASE_DIR) / "templates" / name).read_text()
    nodes = nodes_of(name).get_nodes_by_type(SayNode)
    said = [text for node in nodes if isinstance(node, SayNode) for text in node.texts.values()]
    quoted = QUOTED.findall(source)
    return [text for text in dict.fromkeys([*said, *quoted]) if LETTERS.search(re.sub(r"<[^>]*>", "", text))]


def unsaid_texts(name: str) -> list[str]:
    """Return the texts of a template that stand outside `say`, and so in English whoever reads."""
    return list(_words_of("".join(_outside(nodes_of(name)))))


def _outside(nodes: NodeList) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, TextNode):
            yield node.s
        elif isinstance(node, SayNode) or not node.child_nodelists:
            yield SOMETHING
        else:
            inner = [getattr(node, attribute, None) or NodeList() for attribute in node.child_nodelists]
            yield from [text for nodelist in inner for text in _outside(nodelist)] or [SOMETHING]


SOMETHING = "\0"  # what a tag or a variable writes
SPOKEN = re.compile(r'\b(?:aria-label|aria-description|data-label|title|alt|placeholder|content)="([^"]*)"')
UNSPOKEN = re.compile(r"<(code|pre|script|style)\b.*?(?:</\1>|$)|<!--.*?-->", re.DOTALL)
# What is the same in every language: names of the product, of formats and tools, and words that HTML needs.
FORMATS = "CSV XLSX JSON SVG PNG PDF YAML SHA API pandas curl Excel"
NAMES = set(
    f"InvestAI Invest AI width device initial scale light dark noindex doctype html {FORMATS}".split()
)


def _words_of(source: str) -> Iterator[str]:
    shown = UNSPOKEN.sub(" ", source)
    pieces = [*SPOKEN.findall(shown), *re.sub(r"<[^<>]*>|&\w+;|\0", "\n", shown).split("\n")]
    for piece in pieces:
        if any(word not in NAMES for word in LETTERS.findall(piece)):
            yield " ".join(piece.split())


def labels_of_records() -> Iterator[str]:
    """Yield what kinds of records and their fields are called, where pages tell of changes and of results."""
    for model in apps.get_models():
        recorded = hasattr(model._meta, "simple_history_manager_attribute")
        if model._meta.app_label in RECORDS and (recorded or model._meta.model_name in RESULTS):
            names = [model._meta.verbose_name, model._meta.verbose_name_plural]
            names += [field.verbose_name for field in model._meta.fields]
            # corrections call a field as bundles do
            names += [field.name.replace("_", " ") for field in model._meta.fields if recorded]
            yield from (capfirst(str(name)) for name in names)


def gathered() -> Catalog:
    """Return every text that pages say, with the files that say it."""
    root = Path(settings.BASE_DIR)
    found: dict[str, list[str]] = {}
    for name in templates():
        for text in template_texts(name):
            found.setdefault(text, []).append(f"templates/{name}")
    for file in python_texts.files(root):
        for text in python_texts.texts_of(file.read_text()):
            found.setdefault(text, []).append(file.relative_to(root).as_posix())
    for text in labels_of_records():
        found.setdefault(text, []).append("models")
    for text in figures.EURO.values():
        found.setdefault(text, []).append("investai/wording/figures.py")
    made = Catalog(fuzzy=False)
    for text, places in sorted(found.items(), key=lambda entry: (entry[1][0], entry[0])):
        made.add(text, locations=[(place, 0) for place in dict.fromkeys(places)])
    return made


def written(texts: Catalog) -> bytes:
    """Return a catalogue as its file has it."""
    out = BytesIO()
    write_po(out, texts, width=WIDTH, omit_header=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def translations_in(code: str) -> dict[str, str]:
    """Return the texts of a language's file with their meanings, empty where there is none yet."""
    with catalogue(code).open("rb") as file:
        found = read_po(file, locale=code, ignore_obsolete=True)
    return {str(message.id): str(message.string or "") for message in found if message.id}


def updated(code: str) -> bytes:
    """Return a language's file with the texts that pages say: new ones empty, without those gone."""
    known = translations_in(code) if catalogue(code).exists() else {}
    texts = gathered()
    for message in texts:
        if message.id:
            message.string = known.get(str(message.id), "")
    return written(texts)
