"""What a board report says: the figures of pages to the cent, unknown as unknown, text as it was typed."""

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.exports.numbers import exact_euro
from portfolio.jobs.facts import save_fact
from portfolio.jobs.publications import publish_results
from portfolio.models import ContributionEvent
from tests.bundles import SMALL, load, row_of, saved
from tests.making import Made
from tests.reports.asking import amounts, made, pdf, text

SINCE = "2025-12-31"
# Pages whose figures a report repeats, beside those of each envelope and each selected project.
PAGES = ("", "projects/?stage=any_selected", "projects/giga-a/", "envelopes/", "flows/", "chips/", "alerts/")
SELECTED = ("selected", "operational", "hosting_agreement")


def expected(as_of: str, name: str) -> list[dict[str, str]]:
    with (SMALL / "expected" / as_of / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("as_of", ["2026-06-30", "2026-11-25"])
def test_figures_are_those_of_the_pages_to_the_cent(officer: Client, as_of: str) -> None:
    report = made(officer, as_of=as_of, since=SINCE)
    said = text(officer, report)
    selected = [row for row in expected(as_of, "project_coverage") if row["stage"] in SELECTED]
    must = [row[name] for row in selected for name in ("need_eur", "secured_eur", "pipeline_eur", "gap_eur")]
    for row in expected(as_of, "envelope_utilisation"):
        must += [row[name] for name in ("amount_eur", "committed_eur", "headroom_eur", "mobilised_eur")]
    written = amounts(said)
    for value in filter(None, must):
        assert exact_euro(abs(Decimal(value))) in written

    envelopes = [f"envelopes/{row['envelope']}/" for row in expected(as_of, "envelope_utilisation")]
    shown: set[str] = set()
    for page in (*PAGES, *envelopes, *(f"projects/{row['project']}/" for row in selected)):
        response = officer.get(f"/{page}{'&' if '?' in page else '?'}as_of={as_of}")
        assert response.status_code == 200
        shown |= amounts(response.content.decode())
    for show in ("", "facts", "project_coverage", "envelope_utilisation"):
        period = {"from": SINCE, "to": as_of, "show": show}
        shown |= amounts(officer.get("/changes/", period).content.decode())
    assert written <= shown, written - shown
    assert f"As of {int(as_of[-2:])} " in said
    assert f"data version {report.data_version}" in said


@pytest.mark.usefixtures("small")
def test_the_document_is_titled_tagged_and_paged(officer: Client) -> None:
    report = made(officer, title="Łódź, Đại học Việt Nam, Θεσσαλονίκη, €")
    document = pdf(officer, report)
    root: Any = document.root_object
    assert document.metadata is not None
    assert document.metadata.title == "Łódź, Đại học Việt Nam, Θεσσαλονίκη, €"
    assert document.metadata.author == "olga"
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    pages = [page.extract_text() for page in document.pages]
    assert report.pages == len(pages)
    for number, page in enumerate(pages, 1):
        assert f"{number} of {len(pages)}" in page
        assert "Not an official document of the European Union" in page
    assert "Łódź, Đại học Việt Nam, Θεσσαλονίκη, €" in pages[0]
    assert "made " in pages[0]
    assert "by olga" in pages[0]


HOSTILE = [
    '#read("/etc/passwd") #import "x.typ"',
    "$ a $ *b* _c_ `d` ~ e -- f --- g ... = h",
    "<i> @j \\k \\u{41} // l /* m */ [n] {o} 'p' \"q\"",
]


@pytest.mark.django_db
def test_text_comes_out_as_it_was_typed(officer: Client, tmp_path: Path) -> None:
    rows = Made()
    for place, name in enumerate(HOSTILE):
        rows.project(f"p{place}", "ai_gigafactory", need="1000", stages=[("selected", "2026-01-01")])
        rows.rows["projects"][-1]["name"] = name
        rows.contribution(f"c-{place}", ("signed", "2026-02-01", ""), project=f"p{place}")
    rows.chips("Hall {2}", "500", project="p0", installed_on="2026-02-01", model="")
    rows.rows["sources"][0]["title"] = f"Title {HOSTILE[2]}"
    rows.rows["sources"][0]["url"] = 'https://example.org/a?b="c"&d=#e\\f'
    rows.figure("illustrative_notice", "")
    rows.rows["published_figures"][-1]["statement"] = f"All of it is invented. {HOSTILE[1]}"
    load(saved(rows.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)
    said = text(officer, made(officer, title=HOSTILE[0], note="\n".join(HOSTILE), since="2025-12-31"))
    for name in HOSTILE:
        assert said.count(name) > 2, name
    assert f"All of it is invented. {HOSTILE[1]}" in said
    assert 'https://example.org/a?b="c"&d=#e\\f' in said
    assert "Hall {2} installed: 500 chips" in said
    assert "at least €0.00" in said
    assert "an amount was not disclosed" in said
    assert "not disclosed" in said


@pytest.mark.usefixtures("small")
def test_letters_that_no_font_has_stop_no_report(officer: Client) -> None:
    report = made(officer, title="議会 🚀", sections=["overview"])
    document = pdf(officer, report)
    assert document.metadata is not None
    assert document.metadata.title == "議会 🚀"


@pytest.mark.usefixtures("small")
def test_the_same_facts_give_the_same_text(officer: Client) -> None:
    first, second = (text(officer, made(officer, since=SINCE)) for _ in range(2))
    moment = re.compile(r"made \d+ \w+ \d{4}, \d\d:\d\d")
    assert moment.sub("", first) == moment.sub("", second)
    assert len(moment.findall(first)) == 1


@pytest.mark.usefixtures("small")
def test_only_what_is_chosen_is_there_and_sources_are_numbered(officer: Client) -> None:
    bare = text(officer, made(officer, sections=["chips"]))
    assert "Chips against the claim" in bare
    assert "Envelopes and targets" not in bare
    assert "[1]" not in bare
    cited = text(officer, made(officer, sections=["envelopes", "sources"]))
    assert "InvestAI gigafactory facility [1]" in cited
    title = row_of_source("mou-2025")
    assert f"1. {title}" in cited


def row_of_source(key: str) -> str:
    with (SMALL / "sources.csv").open(newline="") as file:
        row = row_of({"sources": list(csv.DictReader(file))}, "sources", key)
    return f"{row['publisher']}: {row['title']}" if row["publisher"] else row["title"]


@pytest.mark.usefixtures("small")
def test_a_publication_is_reported_with_what_is_restated(officer: Client) -> None:
    publish_results("June paper", date(2026, 6, 30))
    said = text(officer, made(officer, publication="june-paper", sections=["overview"]))
    assert "Every figure is what it was when it was published." in said
    address = "/reports/?publication=june-paper&amp;title=June%20paper"
    assert address in officer.get("/publications/june-paper/").content.decode()
    form = officer.get(address.replace("&amp;", "&")).content.decode()
    assert '<option value="june-paper" selected>' in form
    event = ContributionEvent.objects.get(contribution__reference="C-002", kind="signed")
    event.amount = Decimal("2000000000.00")
    save_fact(event, "test")
    said = text(officer, made(officer, publication="june-paper", sections=["overview"]))
    assert "“June paper”, published on" in said
    assert "figures differ from what was published" in said
    assert "project giga-a" in said
    assert "1992743603.10" in said
