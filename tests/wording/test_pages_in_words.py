"""No page says anything in English to somebody who reads another language."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from investai.wording import book
from portfolio.models import SavedView
from portfolio.vocabulary import ChangeKind
from tests.loaded import load_once
from tests.wording.pseudo import Records, pseudo_book, untranslated

FOLDERS = Path(__file__).parent.parent.parent / "portfolio"
OPEN = [
    "/",
    "/projects/",
    "/projects/?stage=any_selected&sort=-gap_eur",
    "/projects/?columns=kind&columns=countries&columns=stage&columns=alerts&columns=bar",
    "/projects/?q=nothing-of-that-name",
    "/projects/tramuntana/",
    "/projects/wisla-zulawy/",
    "/projects/vltava-labe/",
    "/projects/tramuntana/?as_of=2025-03-31",
    "/envelopes/",
    "/envelopes/investai-mobilisation/",
    "/envelopes/investai-second-round/",
    "/envelopes/investai-gigafactories/",
    "/flows/",
    "/flows/?financiers=named",
    "/flows/?state=disbursed&top=25",
    "/flows/?envelope=nothing-of-that-key",
    "/contributions/?beyond=5&beyond_financiers=2&project=tramuntana",
    "/contributions/?guarantee=true",
    "/contributions/?state=secured",
    "/chips/",
    "/chips/?as_of=2020-03-31",
    "/map/",
    "/map/?x=400&y=400&zoom=4",
    "/map/?country=ES",
    "/map/?x=1&y=1&zoom=32",
    "/timeline/",
    "/timeline/?milestones=due&group=country&until=2027-06-30",
    "/timeline/?q=nothing-of-that-name&group=none",
    "/memorandum/",
    "/published-figures/",
    "/published-figures/?verdict=exceeds&q=nothing-of-that-name",
    "/alerts/",
    "/alerts/?state=resolved",
    "/changes/?from=2026-06-30&to=2026-09-30",
    "/changes/?from=2026-09-30&to=2026-06-30",
    "/changes/?from=2020-06-30&to=2026-09-30&show=facts",
    "/changes/?from=2026-06-30&to=2026-09-30&show=corrections",
    "/changes/envelope_utilisation/investai-mobilisation/on_track/?from=2020-01-01&to=2026-09-30",
    "/explain/project_coverage/tramuntana/gap_eur/",
    "/explain/project_coverage/wisla-zulawy/incomplete/",
    "/explain/envelope_utilisation/investai-mobilisation/attributed_eur/",
    "/changes/portfolio_summary/coverage_selected/value/?from=2026-06-30&to=2026-09-30",
    "/explain/portfolio_summary/coverage_selected/value/",
    "/explain/project_coverage/tramuntana/coverage/",
    "/explain/envelope_utilisation/investai-mobilisation/on_track/",
    "/explain/chip_comparison/tramuntana/h100_equivalents/",
    "/recomputations/",
    "/publications/",
    "/scenarios/",
    "/data/",
    "/data/dictionary/",
    "/data/dictionary/project-coverage/",
    "/data/dictionary/contribution-events/",
    "/data/tools/pandas/",
    "/data/tools/r/",
    "/data/tools/excel/",
    "/data/tools/curl/",
    "/accessibility/",
    "/accounts/login/",
    "/advice/funnel/",
    "/?as_of=2026-03-31",
    "/?as_of=2020-01-01",
    "/?as_of=2999-01-01",
    "/nope/",
    "/embed/overview/",
    "/embed/project-funding/tramuntana/",
    "/embed/project-coverage/tramuntana/",
    "/embed/envelope/investai-mobilisation/",
    "/embed/chips/",
    "/embed/envelopes/",
    "/embed/flows/",
    "/embed/map/",
    "/embed/map/?x=400&y=400&zoom=4",
    "/embed/timeline/",
]
PICTURES = [
    "/embed/overview/chart.svg",
    "/embed/project-funding/tramuntana/chart.svg",
    "/embed/project-coverage/tramuntana/chart.svg",
    "/embed/envelope/investai-gigafactories/chart.svg",
    "/embed/chips/chart.svg",
    "/embed/envelopes/chart.svg",
    "/embed/map/chart.svg",
    "/embed/map/chart.svg?q=nothing-of-that-name",
    "/embed/timeline/chart.svg",
    "/embed/timeline/chart.svg?q=nothing-of-that-name",
]
FOR_ADMINISTRATORS = [
    "/",
    "/projects/tramuntana/",
    "/history/",
    "/account/views/",
    "/downloads/",
    "/reports/",
    "/account/tokens/",
    "/account/second-factor/",
    "/advice/",
    "/advice/?lead=m-lindqvist&stalled=yes",
    "/advice/requests/ADV-2025-007/",
    "/advice/requests/ADV-2026-012/",
    "/advice/engagements/ENG-2025-09/",
    "/advice/engagements/ENG-2026-09/",
    "/advice/funnel/",
    "/advice/explain/advisory_funnel/overall/median_days_to_accepted/",
    "/advice/explain/advisory_funnel/overall/signed_within_12_months_eur/",
    "/advice/explain/advisory_outcomes/not_advised_12/share_signed/",
    "/advice/workload/",
    "/advice/deliverables/",
    "/advice/advisers/",
    "/advice/digest/",
    "/advice/requests/ADV-2025-007/assess/",
    "/advice/record/provider/",
    "/advice/record/adviser/",
    "/advice/record/capacity/?of=m-lindqvist",
    "/advice/record/request/",
    "/advice/record/triage/?of=ADV-2025-007",
    "/advice/record/engagement/?of=ADV-2025-007",
    "/advice/record/work-package/?of=ENG-2025-09",
    "/advice/record/deliverable/?of=ENG-2024-01-W1",
    "/advice/record/deliverable/ENG-2024-01-W1D1/",
    "/advice/record/meeting/?of=ADV-2025-007",
    "/advice/record/note/?of=ADV-2025-007",
    "/advice/record/request/ADV-2025-007/",
    "/advice/requests/nope/",
]


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages in German speak the language that does not exist."""
    said = pseudo_book()
    monkeypatch.setattr(book, "book_of", lambda code: said if code == "de" else None)
    book._said.cache_clear()


@pytest.fixture
def illustrative(db: None) -> None:
    load_once(FOLDERS / "illustrative")


@pytest.fixture
def administrator(illustrative: None) -> User:
    return User.objects.create_superuser("administrator")


@pytest.fixture
def told(client: Client, speaking: None, illustrative: None) -> Callable[..., list[str]]:
    """Return the untranslated texts of a page, or of what a form answers to what is posted."""
    known = Records()

    def read(address: str, posted: dict[str, str] | None = None) -> list[str]:
        ask = client.get if posted is None else client.post
        response = ask(address, posted, headers={"accept-language": "de"})
        assert response.status_code in (200, 400, 404), address
        return [f"{address}: {text}" for text in untranslated(response.content.decode(), known)]

    return read


def test_everybodys_pages(told: Callable[..., list[str]]) -> None:
    found = [text for address in OPEN for text in told(address)]
    assert not found, "\n".join(found)


def test_pictures(told: Callable[[str], list[str]]) -> None:
    found = [text for address in PICTURES for text in told(address)]
    assert not found, "\n".join(found)


def test_pages_of_an_administrator(
    client: Client, administrator: User, told: Callable[..., list[str]]
) -> None:
    client.force_login(administrator)
    found = [text for address in FOR_ADMINISTRATORS for text in told(address)]
    assert not found, "\n".join(found)


def test_views_that_are_kept_and_refused(
    client: Client, administrator: User, told: Callable[..., list[str]]
) -> None:
    client.force_login(administrator)
    client.post("/projects/?stage=selected", {"name": "Tramuntana"})
    view = SavedView.objects.get()
    found = [*told(f"/projects/?stage=signed&view={view.key.hex}"), *told("/account/views/")]
    for name in ("", "TRAMUNTANA", "x" * 101):
        found += told("/projects/", {"name": name})
    found += told(f"/account/views/{view.key}/rename/", {"name": ""})
    assert not found, "\n".join(found)


def test_a_scenario_its_forms_and_its_faults(
    client: Client, told: Callable[[str], list[str]], illustrative: None
) -> None:
    client.force_login(User.objects.create_superuser("tramuntana"))
    client.post("/scenarios/", {"name": "Tramuntana"})
    address = "/scenarios/tramuntana/"
    for kind, given in (
        ("change_cost", {"project": "tramuntana", "percent": "-2.5"}),
        ("drop_project", {"project": "wisla-zulawy"}),
        ("set_stage", {"project": "tramuntana", "stage": "operational"}),
        ("set_figure", {"figure": "gigafactory_limit", "value": "1"}),
        ("add_chips", {"project": "tramuntana", "chips": "1000", "status": "planned"}),
    ):
        client.post(reverse("scenario-add-change", args=["tramuntana"]), {"kind": kind, **given})
    found = [text for kind in ChangeKind.values for text in told(f"{address}?add={kind}")]
    found += told(f"{address}?rows=envelope-utilisation")
    assert not found, "\n".join(found)


def test_a_number_is_put_into_another_language_once(
    client: Client, speaking: None, illustrative: None
) -> None:
    """Twice would make of 100,000 the 100.000 of German, and then 100,000 again."""
    address = "/explain/chip_comparison/tramuntana/ratio_to_existing_mean/"
    page = client.get(address, headers={"accept-language": "de"}).content.decode()
    assert "100.000 ÷ (54.032 ÷ 9)" in page
    assert ">76.000<" in page
