"""Filters of lists: what each keeps, and how each refuses what it cannot read."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from portfolio.exports.lists import LISTS, Asked, ListTable
from portfolio.exports.lists.filters import Filter, filters_of
from portfolio.models import Alert, Project, Source
from portfolio.names import folded
from portfolio.rules.dates import today
from tests.api.asking import column, page, refusal, rows, table
from tests.bundles import SMALL, read_bundle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]

EVENTS = read_bundle(SMALL)["contribution_events"]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("kind=signed", lambda row: row["kind"] == "signed"),
        ("kind__in=signed,cancelled", lambda row: row["kind"] in ("signed", "cancelled")),
        ("contribution=C-001", lambda row: row["contribution"] == "C-001"),
        ("contribution__in=C-001,C-002", lambda row: row["contribution"] in ("C-001", "C-002")),
        ("amount=400000000.00", lambda row: row["amount"] == "400000000.00"),
        ("amount=400000000", lambda row: row["amount"] == "400000000.00"),
        ("amount__gte=400000000", lambda row: row["amount"] and float(row["amount"]) >= 4e8),
        ("amount__lte=400000000.00", lambda row: row["amount"] and float(row["amount"]) <= 4e8),
        (
            "occurred_on__gte=2026-01-31&occurred_on__lte=2026-06-30",
            lambda row: "2026-01-31" <= row["occurred_on"] <= "2026-06-30",
        ),
        ("occurred_on=2025-12-04", lambda row: row["occurred_on"] == "2025-12-04"),
        ("amount__empty=true", lambda row: not row["amount"]),
        ("amount__empty=false", lambda row: bool(row["amount"])),
    ],
)
def test_a_filter_keeps_what_the_bundle_has(client: Client, query: str, kept: object) -> None:
    wanted = [row for row in EVENTS if kept(row)]  # type: ignore[operator]
    assert 0 < len(wanted) < len(EVENTS)
    found = page(client, f"contribution-events/?{query}&page_size=1000")
    assert found["count"] == len(wanted)
    names = ("contribution", "kind", "occurred_on")
    assert sorted(tuple(row[name] for name in names) for row in found["results"]) == sorted(
        tuple(row[name] for name in names) for row in wanted
    )
    assert len(table(client, f"contribution-events/?format=csv&{query}")) == len(wanted)


@pytest.mark.parametrize("text", ["łódź", "LODZ", "Łódź", "lódz"])
def test_names_are_found_without_regard_to_case_and_accents(client: Client, text: str) -> None:
    project = Project.objects.get(slug="giga-a")
    project.name = "Fabryka Łódź"
    project.save()
    assert column(client, f"projects/?name__contains={text}", "slug") == ["giga-a"]
    assert column(client, f"projects/?search={text}", "slug") == ["giga-a"]
    assert set(column(client, f"contributions/?project_name__contains={text}", "project")) == {"giga-a"}
    assert set(column(client, f"project-coverage/?search={text}", "project")) == {"giga-a"}


# A list, a free text of it that no folded copy is kept of, and a text that it is given to be found by.
FREE_TEXTS = (
    ("sources", "publisher", "Śląska  Fabryka"),
    ("sources", "note", "Αθήνας"),
    ("projects", "city", "Łódź"),
    ("projects", "host", "Universität Gießen"),
    ("projects", "sectors", "santé;énergie"),
    ("memoranda", "signatories", "Đại học;Þór"),
    ("memorandum-actions", "title", "Ångström"),
    ("chip-models", "vendor", "Ħal"),
    ("chip-deployments", "system", "Karolína"),
    ("milestones", "title", "Première pierre"),
    ("contributions", "note", "“Prêt”"),
    ("alerts", "subject_name", "Tromsø – Œuvre"),
)


@pytest.mark.parametrize(("name", "text_column", "text"), FREE_TEXTS)
def test_any_text_is_found_as_it_is_without_accents_and_in_capitals(
    client: Client, name: str, text_column: str, text: str
) -> None:
    told = LISTS[name]
    assert isinstance(told, ListTable)
    records = told.rows(Asked(today()))
    records.filter(pk=records.values("pk")[:1]).update(**{text_column: text})
    for written in (text, text.upper(), folded(text)):
        for parameter in ("search", f"{text_column}__contains"):
            asked = urlencode({parameter: written, "fields": text_column})
            assert column(client, f"{name}/?{asked}", text_column) == [text], asked


def test_a_text_is_looked_for_in_the_column_that_is_asked(client: Client) -> None:
    """The folded copy of a title begins with who published it, and ends where an index has no room."""
    Source.objects.create(key="long", publisher="Éditeur", title="Ž" * 600 + " konec")
    assert column(client, "sources/?title__contains=editeur", "key") == []
    assert column(client, "sources/?search=editeur%20z", "key") == ["long"]
    for text in ("title__contains=KONEC", "search=konec", "publisher__contains=ÉDITEUR"):
        assert column(client, f"sources/?{text}", "key") == ["long"], text


def test_a_text_of_blanks_or_marks_alone_is_in_every_text(client: Client) -> None:
    described = [row["key"] for row in read_bundle(SMALL)["sources"] if row["note"]]
    for text in ("%20", "´"):
        assert column(client, f"sources/?note__contains={text}", "key") == sorted(described)
        assert page(client, f"sources/?search={text}")["count"] == Source.objects.count()


def test_a_search_finds_keys_and_names_in_lists_made_in_python_too(client: Client) -> None:
    assert column(client, "published-figure-checks/?search=GIGAFACTORY_LIMIT", "key") == ["gigafactory_limit"]
    assert column(client, "projects/?search=GIGA-A", "slug") == ["giga-a"]
    since = "changes/?from=2024-12-31&to=2026-06-30&page_size=1000"
    for query in ("financier__contains=europeân%20Investment", "search=EUROPÉAN%20investment"):
        assert set(column(client, f"{since}&{query}", "financier")) == {"European Investment Bank"}


def test_a_project_is_found_by_where_it_stands_and_who_hosts_it(client: Client) -> None:
    project = Project.objects.get(slug="giga-a")
    project.city, project.host = "Görlitz", "Rechenzentrum"
    project.save()
    for text in ("gorlitz", "GÖRLITZ", "rechenzentrum"):
        assert column(client, f"projects/?search={text}", "slug") == ["giga-a"], text
    assert column(client, "projects/?city__in=Görlitz,Paris", "slug") == ["giga-a"]
    assert column(client, "published-figure-checks/?verdict=below", "key") == ["ai_factories_existing"]


def test_a_text_with_signs_of_patterns_is_taken_as_it_is(client: Client) -> None:
    Source.objects.create(key="percent", title="100 % sure_thing \\ here", note="50%_x")
    for text in ("100%20%25", "sure_", "%5C"):
        assert column(client, f"sources/?title__contains={text}", "key") == ["percent"]
    assert column(client, "sources/?note__contains=%25_", "key") == ["percent"]
    assert column(client, "sources/?note__contains=%25x", "key") == []


def test_one_of_several_words_is_found(client: Client) -> None:
    Project.objects.filter(slug="giga-a").update(countries="PL;LT", sectors="health;energy")
    Project.objects.filter(slug="giga-b").update(countries="LV", sectors="")
    assert column(client, "projects/?countries=LT", "slug") == ["giga-a"]
    assert column(client, "projects/?countries__in=LT,LV", "slug") == ["giga-a", "giga-b"]
    assert "giga-b" in column(client, "projects/?sectors__empty=true", "slug")
    assert column(client, "projects/?sectors=energy", "slug") == ["giga-a"]
    incomplete = rows(client, "project-coverage/?incomplete=no_cost_estimate")
    assert incomplete
    assert all("no_cost_estimate" in row["incomplete"].split(";") for row in incomplete)
    assert incomplete != rows(client, "project-coverage/")


def test_a_day_is_the_whole_day_in_brussels(client: Client) -> None:
    assert Alert.objects.update(first_seen_at="2026-01-31T22:59:59.500Z")
    number = Alert.objects.count()
    for query, count in (
        ("first_seen_at=2026-01-31", number),
        ("first_seen_at__lte=2026-01-31", number),
        ("first_seen_at__lte=2026-01-30", 0),
        ("first_seen_at__gte=2026-02-01", 0),
        ("first_seen_at__lte=2026-01-31T22:59:59Z", number),
        ("first_seen_at__gte=2026-01-31T22:59:59Z", number),
        ("first_seen_at__gte=2026-01-31T23:00:00Z", 0),
    ):
        assert page(client, f"alerts/?{query}")["count"] == count, query


def test_numbers_kept_as_text_are_compared_by_value(client: Client) -> None:
    values = column(client, "published-figures/?value__empty=false&ordering=value", "value")
    assert values == sorted(values, key=float)
    assert len(values) > 2
    assert column(client, f"published-figures/?value__gte={values[-1]}", "value") == values[-1:]
    assert column(client, f"published-figures/?value__lte={values[0]}", "value") == values[:1]
    coverage = column(client, "project-coverage/?coverage__gte=0.25", "coverage")
    assert coverage
    assert all(float(value) >= 0.25 for value in coverage)


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("projct=x", "projct", "Did you mean project?"),
        ("kind=x", "kind", "announced, under_appraisal, approved"),
        ("kind=", "kind", "kind is empty"),
        ("kind=signed&kind=signed", "kind", "given 2 times"),
        ("kind__in=signed,,", "kind__in", "Accepted"),
        ("amount__gte=1e6", "amount__gte", "decimal point"),
        ("amount__gte=1.005", "amount__gte", "at most 2 decimals"),
        ("amount__gte=NaN", "amount__gte", "decimal point"),
        ("amount__gte=99999999999999999999", "amount__gte", "up to"),
        ("occurred_on__lte=2026-02-30", "occurred_on__lte", "YYYY-MM-DD"),
        ("amount__empty=yes", "amount__empty", "true, false"),
        ("id=99999999999999999999", "id", "whole number"),
        ("contribution=%00", "contribution", "NUL"),
        ("ordering=amont", "ordering", "Did you mean amount?"),
        ("ordering=amount,-amount", "ordering", "once"),
        ("fields=amount,nothing", "fields", "“nothing” is not a column"),
        ("fields=amount,amount", "fields", "once"),
        ("page_size=0", "page_size", "1 to 1000"),
        ("page_size=1001", "page_size", "1 to 1000"),
        ("as_of=2999-01-01", "as_of", "after today"),
        ("as_of=", "as_of", "as_of is empty"),
        ("format=xml", "format", "json, csv, xlsx, jsonl"),
        ("dialect=german", "dialect", "standard, excel"),
        ("format=csv&cursor=x", "cursor", "whole list"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(
    client: Client, query: str, parameter: str, words: str
) -> None:
    refused = refusal(client, f"contribution-events/?{query}")
    assert refused["parameter"] == parameter
    assert words in refused["detail"]


def value_for(filter_: Filter, row: dict[str, Any]) -> str | None:
    """Return a value that keeps the row; None where the row has none to ask for."""
    if filter_.lookup == "empty":
        return "true"
    value = row.get(filter_.column.name) if filter_.column else None
    if value is None or (filter_.several and "," in str(value)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).split(";")[0] if filter_.column and filter_.column.kind == "reasons" else str(value)


@pytest.mark.parametrize("name", sorted(name for name, told in LISTS.items() if not told.address))
def test_every_filter_and_order_of_a_list_is_answered(client: Client, name: str) -> None:
    told = LISTS[name]
    if told.permission:
        client.force_login(User.objects.create_superuser("somebody", password="long enough to be one"))
    period = {"from": "2026-06-14", "to": "2026-06-30"} if told.group == "changes" else {}
    [row, *_] = [*rows(client, f"{name}/?{urlencode(period)}&page_size=1"), {}]
    for filter_ in filters_of(told).values():
        value = value_for(filter_, row)
        if value is None:
            continue
        asked = {filter_.parameter: value, "page_size": "1", **period}
        found = page(client, f"{name}/?{urlencode(asked)}")
        assert filter_.lookup == "empty" or found["count"] >= 1, asked
    if isinstance(told, ListTable) or told.sortable:
        for column_ in told.columns:
            for way in ("", "-"):
                page(client, f"{name}/?ordering={way}{column_.name}&page_size=2")
    else:
        assert refusal(client, f"{name}/?ordering={told.columns[0].name}")["parameter"] == "ordering"
