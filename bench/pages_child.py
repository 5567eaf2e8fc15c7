"""What bench/pages.py does with Django, on the database of DATABASE_URL; one process a task.

    python bench/pages_child.py prepare BUNDLE | addresses | queries ADDRESS… | edit

`prepare` fills the empty database: the bundle, results of today and of all month ends, a publication and a
scenario. `addresses` and `queries` print one line of JSON. `edit` changes an event at every line that it
reads, publishes the results, brings the dates asked for lately up to date, both as a worker does, and answers
with a line.
"""

import json
import os
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

import django

django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from operations.beginning import begin
from portfolio.jobs.bundles import load_portfolio
from portfolio.jobs.facts import save_fact
from portfolio.jobs.past_dates import keep_asked_dates
from portfolio.jobs.publications import publish_results
from portfolio.jobs.recompute import recompute
from portfolio.jobs.requests import set_waker
from portfolio.jobs.scenarios import add_change, create_scenario
from portfolio.models import (
    Contribution,
    ContributionEvent,
    ContributionState,
    Envelope,
    Project,
    ProjectCoverage,
    Publication,
    ResultSet,
    Scenario,
)
from portfolio.rules.dates import quick_dates, today
from portfolio.vocabulary import ChangeKind, EnvelopeKind, EventKind

# Pages that show nothing of the portfolio: forms, redirects and what only posts reach.
NOT_MEASURED = {"scenario-add-change", "scenario-remove-change", "scenario-describe", "scenario-copy"}
NOT_MEASURED |= {"scenario-delete", "acknowledge-alert", "tokens", "revoke-token", "login", "logout"}
# Before the address of a page as somebody sees it who is signed in.
SIGNED_IN = "signed in: "
A_YEAR = timedelta(days=365)
# Statements that open and end the snapshot of a page.
AROUND = {"BEGIN", "COMMIT"}


def prepare(bundle: Path) -> None:
    """Fill the empty database."""
    call_command("migrate", verbosity=0)
    set_waker(lambda: None)
    load_portfolio(bundle)
    recompute()
    _vacuum()
    call_command("recompute", "--month-ends", verbosity=0)
    publish_results("Board paper", quick_dates(today())[1][1])
    _make_scenario()
    _vacuum()


def _vacuum() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does within minutes


def _make_scenario() -> None:
    """Make a scenario that signs a contribution, raises a cost, and drops a project."""
    scenario = create_scenario("What if", "", User.objects.create_user("officer"))
    approved = Contribution.objects.filter(state_today__state=EventKind.APPROVED, currency="EUR")
    loan = approved.filter(state_today__amount_eur__gt=0).earliest("pk")
    projects = [row.project.slug for row in _running()[:2]]
    add_change(scenario, ChangeKind.SIGN_CONTRIBUTION, {"contribution": loan.reference}, today())
    add_change(scenario, ChangeKind.CHANGE_COST, {"project": projects[0], "percent": "10"}, today())
    add_change(scenario, ChangeKind.DROP_PROJECT, {"project": projects[1]}, today())


def _running() -> "list[ProjectCoverage]":
    newest = ResultSet.objects.latest("as_of")
    rows = ProjectCoverage.objects.filter(result_set=newest, stage="selected", need_eur__gt=0)
    return list(rows.filter(secured_eur__gt=0).select_related("project").order_by("pk")[:2])


def addresses() -> list[str]:
    """Return the address of every kind of page, with keys of records that have much to show."""
    project = _running()[0].project.slug
    counted = Project.objects.annotate(number=Count("contributions")).order_by("-number", "pk")
    most = counted.values_list("slug", flat=True)[0]
    target = Envelope.objects.filter(kind=EnvelopeKind.MOBILISATION_TARGET).order_by("slug")[0].slug
    budget = Envelope.objects.filter(kind=EnvelopeKind.BUDGET).order_by("slug")[0].slug
    year_ago, quarter = (today() - A_YEAR).isoformat(), quick_dates(today())[1][1].isoformat()
    found = [
        "/",
        f"/?as_of={quarter}",
        f"/?as_of={year_ago}",
        "/projects/",
        "/projects/?q=lodz&sort=-coverage",
        "/projects/?stage=any_selected&sort=-gap&page=3",
        f"/projects/?as_of={year_ago}",
        f"/projects/{project}/",
        f"/projects/{most}/",
        f"/projects/{most}/?as_of={year_ago}",
        "/envelopes/",
        f"/envelopes/{target}/",
        f"/envelopes/{budget}/?as_of={year_ago}",
        "/chips/",
        f"/chips/?as_of={year_ago}",
        "/published-figures/",
        "/memorandum/",
        "/data/",
        "/alerts/",
        "/alerts/?state=resolved",
        f"/alerts/?as_of={year_ago}",
        "/publications/",
        f"/publications/{Publication.objects.latest('pk').slug}/",
        "/scenarios/",
        f"/scenarios/{Scenario.objects.latest('pk').slug}/",
        "/changes/",
        "/changes/?show=facts&page=2",
        "/changes/?show=project_coverage",
        f"/changes/?from={year_ago}",
        f"/changes/project_coverage/{project}/secured_eur/",
        f"/changes/envelope_utilisation/{target}/mobilised_eur/",
        "/changes/portfolio_summary/secured_eur/value/",
        "/changes/portfolio_summary/coverage_selected/value/",
        "/changes/portfolio_summary/gigafactory_chips_total/value/",
        f"/explain/project_coverage/{project}/coverage/",
        f"/explain/project_coverage/{project}/secured_eur/?as_of={year_ago}",
        f"/explain/envelope_utilisation/{budget}/utilisation/",
        f"/explain/envelope_utilisation/{budget}/signed_eur/?as_of={year_ago}",
        f"/explain/envelope_utilisation/{target}/mobilised_eur/",
        f"/explain/envelope_utilisation/{target}/attributed_eur/",
        f"/explain/envelope_utilisation/{target}/attributed_eur/?as_of={year_ago}",
        "/explain/portfolio_summary/secured_eur/value/",
        "/explain/portfolio_summary/coverage_selected/value/",
        "/explain/portfolio_summary/existing_chips_mean/value/",
        f"/explain/chip_comparison/{project}/ratio_to_existing_mean/",
    ]
    found += ["/timeline/", f"/timeline/?as_of={year_ago}", "/map/", "/recomputations/", "/accessibility/"]
    found += ["/data/dictionary/", "/data/dictionary/contribution-events/", "/data/tools/pandas/"]
    embeds = ["overview", "envelopes", f"project-coverage/{project}", "flows", "timeline", "map", "chips"]
    embeds += [f"project-funding/{project}", f"envelope/{budget}"]
    found += [f"/embed/{name}/" for name in embeds]
    found += ["/flows/", "/contributions/"]
    signed_in = [
        "/",
        f"/projects/{most}/",
        "/history/",
        f"/history/?key={project}",
        "/imports/",
        "/proposals/",
    ]
    signed_in += ["/proposals/", "/downloads/", "/reports/", "/account/views/", "/account/tokens/"]
    return [*found, *(SIGNED_IN + address for address in signed_in)]


def _person() -> User:
    """Return somebody who may see everything."""
    return User.objects.filter(username="chief").first() or User.objects.create_superuser("chief")


def session() -> str:
    """Return the cookies of somebody who may see everything; without that of forms no page is kept."""
    client = Client()
    client.force_login(_person())
    client.get("/data/")
    return "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())


def left_out(measured: list[str]) -> list[str]:
    """Return the names of the pages that no address reaches."""
    resolver = get_resolver()
    paths = (address.removeprefix(SIGNED_IN).partition("?")[0] for address in measured)
    covered = {resolver.resolve(path).url_name for path in paths}
    pages = resolver.url_patterns
    names = {pattern.name for part in pages if _is_dashboard(part) for pattern in part.url_patterns}
    return sorted(name for name in names if name and name not in covered | NOT_MEASURED)


def _is_dashboard(part: object) -> bool:
    return getattr(getattr(part, "urlconf_name", None), "__name__", "") == "portfolio.dashboards.urls"


def queries(measured: list[str]) -> dict[str, list[float]]:
    """Return how many statements each page takes, first and again, and how long the first look, in ms.

    Those that open and end its snapshot are not counted.
    """
    begin()
    person, found = Client(), dict[str, list[float]]()
    person.force_login(_person())
    for address in measured:
        client = person if address.startswith(SIGNED_IN) else Client()
        numbers = list[float]()
        times = list[float]()
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                started = time.perf_counter()
                response = client.get(address.removeprefix(SIGNED_IN))
                times.append((time.perf_counter() - started) * 1000)
            if response.status_code != 200:
                raise SystemExit(f"{address} answers with {response.status_code}")
            numbers.append(len([query for query in captured if query["sql"] not in AROUND]))
        found[address] = [*numbers, times[0]]
    return found


def edit() -> None:
    """Change an event at every line read; without a broker its results are published on return."""
    signed = ContributionEvent.objects.filter(kind=EventKind.SIGNED, amount__lt=Decimal(10) ** 11)
    deciding = ContributionState.objects.filter(state=EventKind.SIGNED).order_by("pk")[:1000]
    events = list(signed.filter(contribution__in=[row.pk for row in deciding]).order_by("pk")[:500])
    for number, _ in enumerate(sys.stdin):
        event = events[number % len(events)]
        event.amount = (event.amount or Decimal(0)) + 1
        save_fact(event, "bench")
        keep_asked_dates()
        print("done", flush=True)


def main() -> None:
    task, *arguments = sys.argv[1:]
    if task == "prepare":
        prepare(Path(arguments[0]))
    elif task == "addresses":
        found = addresses()
        print(json.dumps({"addresses": found, "left_out": left_out(found), "session": session()}))
    elif task == "queries":
        print(json.dumps(queries(arguments)))
    else:
        edit()


if __name__ == "__main__":
    main()
