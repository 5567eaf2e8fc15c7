"""Write a synthetic bundle of any size: `make_portfolio.py OUT --projects N --contributions M --events K`.

The bundle is valid and the same for the same arguments. Rows are written as they are made, so that memory
does not grow with the size, and there are exactly as many projects, contributions and events as asked. All of
it is invented. Dated facts lie between 2024-06-01 and 2026-11-20; USD has no exchange rate, HUF and RON have
none before October 2024, so that `no_exchange_rate` occurs.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

FIRST_DAY, LAST_DAY = date(2024, 6, 1), date(2026, 11, 20)
DAYS = [(FIRST_DAY + timedelta(n)).isoformat() for n in range((LAST_DAY - FIRST_DAY).days + 1)]
SOURCES = PROGRAMMES = 5
FINANCIERS = 200
PLACES_FOR_GIGAFACTORIES = 5
LARGEST = 999_999_999_999.99

HEADERS = {
    "sources": "key,publisher,title,url,published_on,note",
    "programmes": "slug,name,description,source",
    "published_figures": "key,programme,statement,value,unit,as_of,confidence,source",
    "published_figure_readings": "figure,value,confidence,source,note",
    "envelopes": "slug,programme,name,kind,amount_eur,starts_on,ends_on,parent,confidence,source",
    "memoranda": "slug,title,signed_on,signatories,source",
    "memorandum_actions": "memorandum,key,area,title,due_on,done_on,note",
    "financiers": "slug,name,kind,country",
    "chip_models": "slug,vendor,name,bf16_dense_tflops,memory_gb,source",
    "exchange_rates": "currency,date,per_euro",
    "projects": "slug,name,kind,countries,city,latitude,longitude,host,website,sectors,source",
    "project_stages": "project,stage,reached_on,confidence,source,note",
    "cost_estimates": "project,estimated_on,amount,currency,confidence,source",
    "chip_deployments": "project,system,chip_model,chips,bound,planned_on,contracted_on,installed_on,"
    "operational_on,retired_on,confidence,source",
    "milestones": "project,key,title,due_on,done_on,source",
    "contributions": "reference,project,financier,instrument,envelope,currency,source,note",
    "contribution_events": "contribution,kind,occurred_on,amount,confidence,source",
}
CITIES = [
    ("PL", "Łódź", "51.7592", "19.456"),
    ("GR", "Αθήνα", "37.9838", "23.7275"),
    ("SE", "Luleå", "65.5848", "22.1547"),
    ("DE", "Jülich", "50.909", "6.413"),
    ("CZ", "Plzeň", "49.7384", "13.3736"),
    ("FI", "Jyväskylä", "62.2426", "25.7473"),
    ("ES", "Málaga", "36.7213", "-4.4214"),
    ("BG", "София", "42.6977", "23.3219"),
    ("RO", "Iași", "47.1585", "27.6014"),
    ("HU", "Győr", "47.6875", "17.6504"),
    ("DK", "Århus", "56.1629", "10.2039"),
]
FINANCIER_KINDS = ["eu_budget", "eib_group", "participating_state", "other_public", "private"]
INSTRUMENTS = {
    "eu_budget": ["grant", "grant", "grant", "guarantee"],
    "eib_group": ["loan", "loan", "quasi_equity", "venture_debt", "guarantee"],
    "participating_state": ["national_contribution", "national_contribution", "in_kind", "guarantee"],
    "other_public": ["loan", "grant", "national_contribution"],
    "private": ["equity", "equity", "commercial_debt", "in_kind"],
}
# Units for one euro, about; USD is used but never given a rate.
LEVELS = {
    "PLN": 4.27,
    "SEK": 11.3,
    "CZK": 25.0,
    "DKK": 7.46,
    "GBP": 0.855,
    "HUF": 401.0,
    "RON": 4.98,
    "USD": 1.1,
}
LATE_RATES = {"HUF", "RON"}
RARE = ["CZK", "CZK", "DKK", "GBP", "HUF", "RON", "USD", "USD"]
CURRENCIES = ["EUR"] * 85 + ["PLN"] * 4 + ["SEK"] * 3 + RARE
CHIP_MODELS = {"h100-sxm": "989", "gh200": "989", "mi250x": "383", "gb200": "2500", "unpublished": ""}
NOTES = ["", "", "", "=SUM(A1:A9) is text here", "paid in Łódź", '"signed, subject to ""state aid"""', "-"]
# How a contribution may go; once its story is told, payments follow.
STORIES = [
    story.split()
    for story in (
        "announced under_appraisal approved signed",
        "announced under_appraisal approved signed",
        "announced approved signed disbursed",
        "under_appraisal approved signed",
        "approved signed disbursed signed",
        "announced signed disbursed signed disbursed",
        "announced signed cancelled signed disbursed",
        "under_appraisal approved signed approved signed",
        "signed disbursed cancelled signed",
        "signed",
    )
]
OPENINGS = ["idea", "expression_of_interest", "proposal"]
GOOD_ENDS = ["selected", "hosting_agreement", "financial_close", "procurement", "construction", "operational"]
BAD_ENDS = ["not_selected", "withdrawn"]
CONFIDENCE = ["confirmed", "confirmed", "confirmed", "reported", "estimate"]

SECTORS = ["", "health", "health;space", "clean_tech"]
BOUNDS = ["exact", "about", "at_least", "at_most"]

Rows = Iterator[str]


def slug_of(project: int) -> str:
    """The slug of the project of this number."""
    return f"P-{project:06d}"


def source_of(number: int) -> str:
    """The source of the facts about the project or contribution of this number."""
    return f"source-{number % SOURCES + 1}"


def is_gigafactory(project: int) -> bool:
    """Whether the project of this number is a gigafactory: one in eight."""
    return project % 8 == 0


def some(random: Random, choices: list[str]) -> str:
    """One of the choices; faster than `Random.choice`."""
    return choices[int(random.random() * len(choices))]


def days_on(random: Random, count: int) -> list[str]:
    """So many different days in order, `count` at most the number of days."""
    return [DAYS[n] for n in sorted(random.sample(range(len(DAYS)), count))]


def small_files() -> dict[str, list[str]]:
    """The rows of the files that are the same for every portfolio, by file."""
    numbers = range(1, PROGRAMMES + 1)
    figures = {
        "gigafactory_limit": f"{PLACES_FOR_GIGAFACTORIES},facilities",
        "chips_per_gigafactory": "100000,chips",
        "chips_vs_existing": "4,times",
        "eu_capex_share_max": "0.17,share",
    }
    site = "https://example.org"
    return {
        "sources": [f"source-{n},Office {n},Source {n},{site}/{n},2024-05-01,Invented" for n in numbers],
        "programmes": [f"programme-{n},Programme n° {n},Synthetic,source-{n}" for n in numbers],
        "published_figures": [
            f"{key},programme-1,Synthetic statement,{value},2024-05-01,confirmed,source-1"
            for key, value in figures.items()
        ],
        "published_figure_readings": ["gigafactory_limit,4,reported,source-2,earlier"],
        "memoranda": ["memorandum-1,Memorandum of understanding,2025-12-04,Commission;Bank,source-1"],
        "memorandum_actions": ["memorandum-1,loans,financing,Top-up loans,2026-12-31,,under consideration"],
        "chip_models": [f"{it},Vendor,Model {it},{tflops},80,source-1" for it, tflops in CHIP_MODELS.items()],
    }


def envelope_rows() -> Rows:
    """A budget and a target in each programme, each with a part inside; one budget has no dates."""
    for n in range(1, PROGRAMMES + 1):
        dates = "," if n == PROGRAMMES else "2024-01-01,2034-12-31"
        tail = f"confirmed,source-{n}"
        yield f"budget-{n},programme-{n},Budget {n},budget,{n * 40}000000000.00,{dates},,{tail}"
        part = f"programme-{n},Part,budget,{n * 5}000000000.00,2024-06-01,2027-12-31"
        yield f"budget-{n}-part,{part},budget-{n},{tail}"
        target = f"programme-{n},Target,mobilisation_target"
        yield f"target-{n},{target},{n * 50}000000000.00,2024-06-01,2027-12-31,,{tail}"
        yield f"target-{n}-part,{target},{n * 20}000000000.00,2025-01-01,2026-06-30,target-{n},{tail}"


def financier_kind(number: int) -> str:
    """The kind of the financier of this number: every kind in turn."""
    return FINANCIER_KINDS[number % len(FINANCIER_KINDS)]


def financier_rows() -> Rows:
    """The financiers of all kinds; states and private ones have a country."""
    for n in range(FINANCIERS):
        country, city, _, _ = CITIES[n % len(CITIES)]
        kind = financier_kind(n)
        at_home = country if kind in ("participating_state", "private") else ""
        yield f"F-{n:03d},Financier {n} of {city},{kind},{at_home}"


def rate_rows(random: Random) -> Rows:
    """A rate a week and currency, a random walk from January or October 2024 on; of USD none."""
    for currency, level in LEVELS.items():
        rate = level
        on = date(2024, 10, 4) if currency in LATE_RATES else date(2024, 1, 5)
        while on <= LAST_DAY and currency != "USD":
            yield f"{currency},{on.isoformat()},{rate:.4f}"
            rate = level * 0.02 + rate * 0.98 * (1 + 0.01 * (random.random() - 0.5))
            on += timedelta(7)


def project_row(random: Random, project: int) -> str:
    """The project of this number; a third of them have a second country."""
    country, city, latitude, longitude = CITIES[project % len(CITIES)]
    kind = "ai_gigafactory" if is_gigafactory(project) else "ai_factory"
    second = some(random, ["", "", ";NO"])
    name, host = f"{city} {kind[3:]} {project}", f'"Centre {city}, ""{project}"""'
    rest = f"https://example.org/{project},{some(random, SECTORS)},{source_of(project)}"
    where = f"{country}{second},{city},{latitude},{longitude}"
    return f"{slug_of(project)},{name},{kind},{where},{host},{rest}"


def stage_rows(random: Random, project: int) -> Rows:
    """The project's stages in order: gigafactories beyond the limit are never selected."""
    may_be_selected = not is_gigafactory(project) or project // 8 < PLACES_FOR_GIGAFACTORIES
    stages = [stage for stage in OPENINGS if random.random() < 0.6]
    if may_be_selected and random.random() < 0.8:
        stages += GOOD_ENDS[: 1 + int(random.random() * len(GOOD_ENDS))]
    if random.random() < 0.1:
        stages.append(some(random, BAD_ENDS))
    for stage, on in zip(stages, days_on(random, len(stages)), strict=True):
        note = "=on the day" if random.random() < 0.05 else ""
        yield f"{slug_of(project)},{stage},{on},{some(random, CONFIDENCE)},{source_of(project)},{note}"


def estimate_rows(random: Random, project: int) -> Rows:
    """No to three cost estimates; a gigafactory's is some thousand million euro."""
    currency = some(random, CURRENCIES)
    scale = 5e9 if is_gigafactory(project) else 3e8
    for on in days_on(random, int(random.random() * 4)):
        amount = min(scale * (0.5 + random.random()) * LEVELS.get(currency, 1), LARGEST)
        yield f"{slug_of(project)},{on},{amount:.2f},{currency},{some(random, CONFIDENCE)},source-1"


def deployment_rows(random: Random, project: int) -> Rows:
    """No to three systems of chips, some without a count or a model, some retired."""
    size = 60_000 if is_gigafactory(project) else 9_000
    for n in range(int(random.random() * 4)):
        model = some(random, [*CHIP_MODELS, ""]) if random.random() < 0.3 else "h100-sxm"
        chips = "" if random.random() < 0.1 else str(int(random.random() * size))
        dates = days_on(random, 5)
        reached = 1 + int(random.random() * 4)
        dates = dates[:reached] + [""] * (4 - reached) + [dates[4] if random.random() < 0.05 else ""]
        what = f"System {n + 1},{model},{chips},{some(random, BOUNDS)},{','.join(dates)}"
        yield f"{slug_of(project)},{what},{some(random, CONFIDENCE)},source-2"


def milestone_rows(random: Random, project: int) -> Rows:
    """No to three milestones, some of them done."""
    for n in range(int(random.random() * 4)):
        due_on, done_on = days_on(random, 2)
        done = done_on if random.random() < 0.5 else ""
        yield f"{slug_of(project)},M{n + 1},Milestone {n + 1},{due_on},{done},source-3"


def kinds_of(random: Random, count: int) -> list[str]:
    """The kinds of a contribution's events in order; some that are told to the end are cancelled at last."""
    story = STORIES[int(random.random() * len(STORIES))]
    if count <= len(story):
        return story[:count]
    payments = ["disbursed"] * (count - len(story))
    if random.random() < 0.05:
        payments[-1] = "cancelled"
    return story + payments


def event_rows(random: Random, reference: str, count: int, size: float, source: str) -> Rows:
    """So many events of a contribution of about this size in its own currency, in the order of their dates.

    The strides are such that even the longest story ends in time.
    """
    on = int(random.random() * (len(DAYS) - 120))
    stride = max((len(DAYS) - 1 - on) // (count + 1), 1)
    before, signed = "", size
    for kind in kinds_of(random, count):
        # An approval and its signature may come on one day; nothing else on the ladder shares one.
        together = kind == "disbursed" or ((before, kind) == ("approved", "signed") and random.random() < 0.1)
        if before:
            on += int(random.random() * stride) + (0 if together else 1)
        if kind == "disbursed":
            amount = f"{signed * 0.3 * random.random():.2f}"
        elif kind != "cancelled":
            signed = size * (0.8 + 0.4 * random.random())
            amount = f"{signed:.2f}"
        if kind == "cancelled" or random.random() < 0.02:
            amount = ""
        yield f"{reference},{kind},{DAYS[on]},{amount},{some(random, CONFIDENCE)},{source}"
        before = kind


def event_counts(random: Random, contributions: int, events: int) -> Iterator[int]:
    """How many events each contribution has, one after the other; together exactly `events`.

    Neighbours are levelled in pairs: what one has above its even share, the other has below it.
    """
    for first in range(0, contributions, 2):
        pair = range(first, min(first + 2, contributions))
        shares = [(n + 1) * events // contributions - n * events // contributions for n in pair]
        moved = int(random.random() * (min(shares) + 1)) if len(shares) == 2 else 0
        yield from (share + moved * sign for share, sign in zip(shares, (1, -1), strict=False))


def contribution_row(random: Random, reference: str, project: int) -> tuple[str, float]:
    """A contribution to a project, and its size in its own currency."""
    financier = int(random.random() * FINANCIERS)
    kind = financier_kind(financier)
    currency = some(random, CURRENCIES)
    instrument = some(random, INSTRUMENTS[kind])
    envelope = ""
    if kind in ("eu_budget", "eib_group") or random.random() < 0.25:
        of = "budget" if kind == "eu_budget" else "target"
        part = "-part" if random.random() < 0.3 else ""
        envelope = f"{of}-{int(random.random() * PROGRAMMES) + 1}{part}" if random.random() < 0.85 else ""
    scale = 4e8 if is_gigafactory(project) else 2e7
    size = scale * random.random() * LEVELS.get(currency, 1)
    what = f"F-{financier:03d},{instrument},{envelope},{currency},{source_of(project)},{some(random, NOTES)}"
    return f"{reference},{slug_of(project)},{what}", size


def write_fixed(files: dict[str, TextIO], random: Random) -> None:
    """Write the files whose size does not depend on what was asked."""
    drawn = {
        "envelopes": envelope_rows(),
        "financiers": financier_rows(),
        "exchange_rates": rate_rows(random),
    }
    for name, lines in small_files().items():
        files[name].writelines(line + "\r\n" for line in lines)
    for name, rows in drawn.items():
        files[name].writelines(row + "\r\n" for row in rows)


def write_projects(files: dict[str, TextIO], random: Random, projects: int) -> None:
    """Write the projects and everything of theirs but money."""
    parts = {
        "project_stages": stage_rows,
        "cost_estimates": estimate_rows,
        "chip_deployments": deployment_rows,
        "milestones": milestone_rows,
    }
    for project in range(projects):
        files["projects"].write(project_row(random, project) + "\r\n")
        for name, rows_of in parts.items():
            files[name].writelines(row + "\r\n" for row in rows_of(random, project))


def write_contributions(
    files: dict[str, TextIO], random: Random, projects: int, contributions: int, events: int
) -> None:
    """Write the contributions, each to a project drawn at random, and their events."""
    write_row, write_events = files["contributions"].write, files["contribution_events"].writelines
    for number, count in enumerate(event_counts(random, contributions, events)):
        reference, project = f"C-{number:07d}", int(random.random() * projects)
        row, size = contribution_row(random, reference, project)
        write_row(row + "\r\n")
        rows = event_rows(random, reference, count, size, source_of(number))
        write_events(row + "\r\n" for row in rows)


def make_portfolio(out: Path, projects: int, contributions: int, events: int, seed: int) -> None:
    """Write the bundle into the folder `out`, made if it is missing; a bundle there is overwritten."""
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files: dict[str, TextIO] = {}
        for name, header in HEADERS.items():
            file = (out / f"{name}.csv").open("w", encoding="utf-8", newline="", buffering=1 << 18)
            files[name] = stack.enter_context(file)
            files[name].write(header + "\r\n")
        # Each part draws from its own numbers: asking for more events doesn't change the projects.
        write_fixed(files, Random(f"{seed} rates"))
        write_projects(files, Random(f"{seed} projects"), projects)
        write_contributions(files, Random(f"{seed} contributions"), projects, contributions, events)


def whole_number(text: str) -> int:
    """A number from 0 up, as a command-line argument; ValueError for anything else."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def main() -> int:
    """Read the command line, write the bundle; the exit status."""
    parser = argparse.ArgumentParser(description="Write a synthetic, valid portfolio bundle of any size.")
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder to write to")
    parser.add_argument("--projects", metavar="N", type=whole_number, default=1_000)
    parser.add_argument("--contributions", metavar="M", type=whole_number, default=30_000)
    parser.add_argument("--events", metavar="K", type=whole_number, default=100_000)
    parser.add_argument("--seed", metavar="S", type=int, default=1)
    asked = parser.parse_args()
    if asked.contributions and not asked.projects:
        parser.error("contributions need at least one project")
    if asked.events and not asked.contributions:
        parser.error("events need at least one contribution")
    make_portfolio(asked.out, asked.projects, asked.contributions, asked.events, asked.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
