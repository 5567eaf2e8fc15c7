"""Hypothesis strategies for small, valid, awkward portfolio bundles, and what tests do with one.

A bundle here is a dict: file name without `.csv` -> rows, each a dict of column -> text as in the file. The
values are few and sharp rather than many: ties need days that meet, rounding needs rates that do not divide.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st

Row = dict[str, str]
Rows = dict[str, list[Row]]
Draw = st.DrawFn
T = TypeVar("T")

COLUMNS = {
    name: columns.split(",")
    for name, columns in {
        "sources": "key,publisher,title,url,published_on,note",
        "programmes": "slug,name,description,source",
        "published_figures": "key,programme,statement,value,unit,as_of,confidence,source",
        "published_figure_readings": "figure,value,confidence,source,note",
        "envelopes": "slug,programme,name,kind,amount_eur,starts_on,ends_on,parent,confidence,source",
        "memoranda": "slug,title,signed_on,signatories,source",
        "memorandum_actions": "memorandum,key,area,title,due_on,done_on,note",
        "financiers": "slug,name,kind,country",
        "projects": "slug,name,kind,countries,city,latitude,longitude,host,website,sectors,source",
        "project_stages": "project,stage,reached_on,confidence,source,note",
        "cost_estimates": "project,estimated_on,amount,currency,confidence,source",
        "contributions": "reference,project,financier,instrument,envelope,currency,source,note",
        "contribution_events": "contribution,kind,occurred_on,amount,confidence,source",
        "chip_models": "slug,vendor,name,bf16_dense_tflops,memory_gb,source",
        "chip_deployments": "project,system,chip_model,chips,bound,planned_on,contracted_on,installed_on,"
        "operational_on,retired_on,confidence,source",
        "milestones": "project,key,title,due_on,done_on,source",
        "exchange_rates": "currency,date,per_euro",
    }.items()
}
OPENINGS = ["idea", "expression_of_interest", "proposal"]
SELECTED = ["selected", "hosting_agreement", "financial_close", "procurement", "construction", "operational"]
STAGES = [*OPENINGS, *SELECTED, "not_selected", "withdrawn"]
STATUS_DATES = ["planned_on", "contracted_on", "installed_on", "operational_on"]
FINANCIERS = {
    "EU": "eu_budget",
    "eib": "eib_group",
    "eif": "eib_group",
    "se-state": "participating_state",
    "Nordic.bank": "other_public",
    "1st_fund": "private",
}
INSTRUMENTS = ["grant", "national_contribution", "loan", "equity", "quasi_equity", "venture_debt", "in_kind"]
# The dates that a cut-off looks at. Deployments keep their rows, so that they are cut apart.
DATED = {
    "project_stages": "reached_on",
    "cost_estimates": "estimated_on",
    "contribution_events": "occurred_on",
    "exchange_rates": "date",
}
# Few days, so that things meet on one; some are neighbours, some a leap day or the end of a year.
DAYS = [
    *("2024-02-28", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01", "2025-06-14"),
    *("2025-06-15", "2025-06-16", "2025-12-31", "2026-03-01", "2026-03-02", "2026-06-30"),
]
# Their order by code point is not that of a dictionary, and some differ in case alone.
KEYS = ["a", "A", "B", "a-1", "a.1", "a_1", "10", "9", "Z9", "z", "aa", "b-2"]
CURRENCIES = ["EUR", "EUR", "EUR", "EUR", "EUR", "PLN", "PLN", "HUF", "SEK", "USD"]
RATES = ["1", "2", "3", "7.000000", "0.4", "0.000001", "4.2735", "399.123456", "999999.999999", "0.125"]
AMOUNTS = [
    *("1", "0.01", "0.05", "007.5", "100.10", "333333333.33", "1000000000.00", "2500000000.55"),
    *("999999999999.99", "999999999999.98", "123456789012.34", "0", "0.00", ""),
]
DATES_OF_ENVELOPES = [(DAYS[n], DAYS[m]) for n, m in [(0, 11), (0, 8), (3, 11), (2, 9), (4, 5), (8, 10)]]
ENVELOPE_AMOUNTS = ["0.01", "1", "100.01", "1000000000.00", "999999999999.99"]
# What one amount may be worth: added up in any way they stay below 9e16 euro, in cents what 64 bits hold.
MOST_EURO = Fraction(5 * 10**14)
TEXTS = ["", "", "plain", "=1+1", "-5", "Łódź, Αθήνα", 'said "no"', " kept ", "two\nlines", "and\r\nthree"]
CHIPS = ["", "0", "1", "3", "500", "11912", "40000", "100000", "999999999"]
TFLOPS = ["", "0.1", "383", "989", "2500.5", "3", "700"]

day = st.sampled_from(DAYS)
day_or_none = st.one_of(st.just(""), day)
early_day = st.sampled_from(DAYS[:5] * 3 + DAYS)
seldom_day = st.one_of(st.just(""), st.just(""), day)
text = st.sampled_from(TEXTS)
confidence = st.sampled_from(["confirmed", "reported", "estimate"])


def as_of_dates() -> st.SearchStrategy[date]:
    """The dates on which something may happen in `bundles()`, and the days beside them; late ones more."""
    days = sorted({date.fromisoformat(on) + timedelta(n) for on in DAYS for n in (-1, 0, 1)}, reverse=True)
    return st.one_of(st.sampled_from(days[:6]), st.sampled_from(days))


def several(of: st.SearchStrategy[T], least: int, most: int) -> st.SearchStrategy[list[T]]:
    """So many different values, rather many than few; lists that are not told so are mostly short."""
    sizes = st.sampled_from([*range(least, most + 1), *[*range(max(least, most // 2 + 1), most + 1)] * 3])
    return sizes.flatmap(lambda n: st.lists(of, min_size=n, max_size=n, unique=True))


@st.composite
def bundles(draw: Draw) -> Rows:
    """A small valid bundle; files without rows are present or absent."""
    rows: Rows = {
        "sources": [made("sources", "src", "Office", "Source, the only one", "", "2024-01-01", "")],
        "programmes": [made("programmes", "P1", "Programme", "", "src")],
        "financiers": [made("financiers", slug, slug, kind, "") for slug, kind in FINANCIERS.items()],
    }
    rows["exchange_rates"] = draw(exchange_rates())
    rows["chip_models"] = draw(chip_models())
    rows["envelopes"] = draw(envelopes())
    rows["projects"] = draw(projects())
    slugs = [row["slug"] for row in rows["projects"]]
    models = ["", *(row["slug"] for row in rows["chip_models"])]
    parts: dict[str, Callable[[str], st.SearchStrategy[list[Row]]]] = {
        "project_stages": project_stages,
        "cost_estimates": lambda slug: cost_estimates(slug, rows["exchange_rates"]),
        "chip_deployments": lambda slug: chip_deployments(slug, models),
        "milestones": milestones,
    }
    for name, rows_of in parts.items():
        rows[name] = [row for slug in slugs for row in draw(rows_of(slug))]
    rows["contributions"] = draw(contributions(slugs, ["", *(row["slug"] for row in rows["envelopes"])]))
    rows["contribution_events"] = [
        event for row in rows["contributions"] for event in draw(events(row, rows["exchange_rates"]))
    ]
    rows["published_figures"] = draw(published_figures(most_selected(rows)))
    rows |= draw(side_files(rows["published_figures"]))
    empty = [name for name, found in rows.items() if not found]
    absent = draw(st.sets(st.sampled_from(empty))) if empty else set()
    return {name: found for name, found in rows.items() if name not in absent}


def made(name: str, *cells: str) -> Row:
    """A row of the file, from its cells in the order of its columns."""
    return dict(zip(COLUMNS[name], cells, strict=True))


@st.composite
def exchange_rates(draw: Draw) -> list[Row]:
    """Rates of some currencies on some days; USD never has any."""
    pairs = st.tuples(st.sampled_from(["PLN", "HUF", "SEK"]), day)
    found = draw(several(pairs, 0, 10))
    return [made("exchange_rates", currency, on, draw(st.sampled_from(RATES))) for currency, on in found]


@st.composite
def chip_models(draw: Draw) -> list[Row]:
    """Some models with and without figures; `h100-sxm` is mostly among them."""
    slugs = draw(st.lists(st.sampled_from(["gb200", "mi250x", "GH200"]), max_size=3, unique=True))
    if draw(st.integers(0, 5)):
        slugs.append("h100-sxm")
    return [made("chip_models", slug, "", slug, draw(st.sampled_from(TFLOPS)), "", "src") for slug in slugs]


@st.composite
def envelopes(draw: Draw) -> list[Row]:
    """Envelopes of both kinds, each perhaps inside an earlier one; a budget may lack one date or both."""
    rows: list[Row] = []
    for slug in draw(several(st.sampled_from(KEYS), 0, 4)):
        kind = draw(st.sampled_from(["budget", "mobilisation_target", "mobilisation_target"]))
        starts_on, ends_on = draw(st.sampled_from(DATES_OF_ENVELOPES))
        if kind == "budget":
            starts_on, ends_on = (draw(st.sampled_from([on, ""])) for on in (starts_on, ends_on))
        what = [slug, "P1", draw(text) or slug, kind, draw(st.sampled_from(ENVELOPE_AMOUNTS))]
        parent = draw(st.sampled_from(["", *(row["slug"] for row in rows)]))
        rows.append(made("envelopes", *what, starts_on, ends_on, parent, draw(confidence), "src"))
    return rows


@st.composite
def projects(draw: Draw) -> list[Row]:
    """No to six projects of both kinds."""
    rows = []
    for slug in draw(several(st.sampled_from(KEYS), 0, 6)):
        kind = draw(st.sampled_from(["ai_factory", "ai_factory", "ai_gigafactory"]))
        countries = draw(st.sampled_from(["PL", "GR;CY", "SE;FI;EE"]))
        where = [countries, draw(text), "52.4", "-8.25", draw(text)]
        rows.append(made("projects", slug, draw(text) or slug, kind, *where, "", "", "src"))
    return rows


@st.composite
def project_stages(draw: Draw, slug: str) -> list[Row]:
    """Stages in any order of dates: two on one day, withdrawn and selected again, or none at all."""
    stage = st.one_of(st.sampled_from(SELECTED), st.sampled_from(STAGES))
    found = draw(several(st.tuples(stage, day), 0, 4))
    return [
        made("project_stages", slug, reached, on, draw(confidence), "src", draw(text))
        for reached, on in found
    ]


@st.composite
def cost_estimates(draw: Draw, slug: str, rates: list[Row]) -> list[Row]:
    """No to three estimates on different days, in any currency, of nothing too."""
    rows = []
    for on in draw(several(early_day, 0, 3)):
        currency = draw(st.sampled_from(CURRENCIES))
        amount = draw(st.sampled_from([amount for amount in AMOUNTS if amount]))
        amount = held(amount, currency, rates)
        rows.append(made("cost_estimates", slug, on, amount, currency, draw(confidence), "src"))
    return rows


@st.composite
def chip_deployments(draw: Draw, slug: str, models: list[str]) -> list[Row]:
    """No to three systems with dates missing or out of order, unknown counts and models, some retired."""
    rows = []
    for system in draw(st.sampled_from([[], ["Main"], ["Main"], ["Phase 2, späte", "Main", " x"]])):
        what = [
            draw(st.sampled_from(it)) for it in (models, CHIPS, ["exact", "about", "at_least", "at_most"])
        ]
        # A plan is required; of the other dates half are missing, and most systems are not retired.
        dates = [draw(it) for it in (day, day_or_none, day_or_none, day_or_none, seldom_day)]
        rows.append(made("chip_deployments", slug, system, *what, *dates, draw(confidence), "src"))
    return rows


@st.composite
def milestones(draw: Draw, slug: str) -> list[Row]:
    """No milestone or one."""
    found = draw(st.lists(st.tuples(day, day_or_none), max_size=1))
    return [made("milestones", slug, "M.1", "Milestone", due_on, done_on, "src") for due_on, done_on in found]


@st.composite
def contributions(draw: Draw, slugs: list[str], envelope_slugs: list[str]) -> list[Row]:
    """No to ten contributions to these projects, with and without envelope, one in eight a guarantee."""
    if not slugs:
        return []
    instrument = st.sampled_from([*INSTRUMENTS, "guarantee"])
    choices = [
        # The first few more often, so that several meet in one project and one envelope.
        *(st.sampled_from(slugs[:2] * 3 + slugs), st.sampled_from(list(FINANCIERS)), instrument),
        *(st.sampled_from(envelope_slugs[1:3] * 3 + envelope_slugs), st.sampled_from(CURRENCIES)),
        *(st.just("src"), text),
    ]
    return [
        made("contributions", reference, *(draw(choice) for choice in choices))
        for reference in draw(several(st.sampled_from(KEYS), 0, 10))
    ]


@st.composite
def events(draw: Draw, contribution: Row, rates: list[Row]) -> list[Row]:
    """Events of a contribution in any order and number, only payments twice on a day.

    Days and kinds are few, so that ties, amendments, renewals after a cancellation and approvals after a
    signature come by themselves; a payment may also be repeated as it is.
    """
    kinds = ["signed"] * 6 + [
        "disbursed",
        "disbursed",
        "cancelled",
        "approved",
        "announced",
        "under_appraisal",
    ]
    anything = several(st.tuples(st.sampled_from(kinds), day), 0, 6)
    rows: list[Row] = []
    for kind, on in draw(st.one_of(anything, anything, anything, renewals())):
        amount = held(draw(st.sampled_from(AMOUNTS)), contribution["currency"], rates)
        told = [contribution["reference"], kind, on, amount, draw(confidence), "src"]
        rows.append(made("contribution_events", *told))
        if kind == "disbursed" and draw(st.booleans()):
            rows.append(dict(rows[-1]))
    return rows


def renewals() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Kinds and days of a contribution signed, signed again and cancelled on one day, signed anew later."""
    return (
        several(day, 3, 3)
        .map(sorted)
        .map(lambda on: [("signed", on[0]), ("signed", on[1]), ("cancelled", on[1]), ("signed", on[2])])
    )


@st.composite
def published_figures(draw: Draw, selected: int) -> list[Row]:
    """The figures that the rules read: absent, unknown, zero or odd; the limit is never below `selected`."""
    values = {
        "gigafactory_limit": [str(selected), str(selected + 2), ""],
        "chips_per_gigafactory": ["100000", "7", "0.5", "0", ""],
        "chips_vs_existing": ["4", "3", "0.25", "0", ""],
    }
    rows = []
    for key, some in values.items():
        told = [draw(text), draw(st.sampled_from(some)), "", draw(day), draw(confidence), "src"]
        if draw(st.integers(0, 5)):
            rows.append(made("published_figures", key, "P1", *told))
    return rows


@st.composite
def side_files(draw: Draw, figures: list[Row]) -> Rows:
    """Readings of figures, a memorandum and its action: no metric depends on them."""
    slugs = draw(st.sampled_from([[], ["M"]]))
    return {
        "published_figure_readings": [
            made(
                "published_figure_readings",
                row["key"],
                draw(st.sampled_from(["", "1"])),
                "reported",
                "src",
                "",
            )
            for row in figures[:1]
        ],
        "memoranda": [made("memoranda", slug, "Memorandum", "2025-12-04", "A;B", "src") for slug in slugs],
        "memorandum_actions": [
            made("memorandum_actions", slug, "k", "", draw(text) or "Action", "", "", "") for slug in slugs
        ],
    }


def held(amount: str, currency: str, rates: Iterable[Row]) -> str:
    """The amount, or the most that at the currency's lowest rate is worth no more than `MOST_EURO`."""
    lowest = min((Fraction(row["per_euro"]) for row in rates if row["currency"] == currency), default=None)
    if lowest is None or amount == "" or Fraction(amount) / lowest <= MOST_EURO:
        return amount
    cents = floor(MOST_EURO * lowest * 100)
    return f"{cents // 100}.{cents % 100:02}"


def most_selected(rows: Rows) -> int:
    """The largest number of gigafactories that were selected at the end of any day in the stages."""
    gigafactories = {row["slug"] for row in rows["projects"] if row["kind"] == "ai_gigafactory"}
    stages = [row for row in rows["project_stages"] if row["project"] in gigafactories]
    stages.sort(key=lambda row: (row["reached_on"], STAGES.index(row["stage"])))
    current: dict[str, str] = {}
    counts: dict[str, int] = defaultdict(int)
    for row in stages:
        current[row["project"]] = row["stage"]
        counts[row["reached_on"]] = sum(stage in SELECTED for stage in current.values())
    return max(counts.values(), default=0)


def write_bundle(rows: Rows, folder: Path) -> None:
    """Write the bundle's files into a folder that exists: RFC 4180, UTF-8, CRLF."""
    for name, found in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(found)


def cut_off(rows: Rows, on: date) -> Rows:
    """The bundle as it could have been on a date: no dated row after it, no later date of a deployment."""
    kept = dict(rows)
    for name, column in DATED.items():
        if name in rows:
            kept[name] = [row for row in rows[name] if row[column] <= on.isoformat()]
    if "chip_deployments" in rows:
        cut = (deployment_cut_off(row, on.isoformat()) for row in rows["chip_deployments"])
        kept["chip_deployments"] = [row for row in cut if row is not None]
    return kept


def deployment_cut_off(row: Row, on: str) -> Row | None:
    """The deployment without its dates after `on`; None if no status had been reached by then.

    `planned_on` may not be empty: where the plan is dated later than what followed it, it takes the earliest
    date that is left, which leaves the status as it is.
    """
    known = {column: row[column] if row[column] <= on else "" for column in [*STATUS_DATES, "retired_on"]}
    reached = [known[column] for column in STATUS_DATES if known[column]]
    if not reached:
        return None
    return {**row, **known, "planned_on": known["planned_on"] or min(reached)}
