"""What holds for every valid bundle: the identities of the rules, and independence of what went before."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from portfolio.exports.metric_tables import METRIC_TABLES, published_csv
from portfolio.jobs.recompute import recompute
from portfolio.models import ContributionState, Project, ResultSet
from portfolio.rules.dates import today
from tests.bundles import differences, load, metrics, save, saved
from tests.strategies import Row, Rows, as_of_dates, bundles

pytestmark = pytest.mark.django_db

STATES = ("announced", "under_appraisal", "approved", "signed")
SHARES = ("eu_budget", "eib_group", "participating_state", "other_public", "private")


@contextmanager
def nothing_kept() -> Iterator[Path]:
    """Give an empty folder; undo whatever happens to the database and to the folder."""
    with TemporaryDirectory() as name, transaction.atomic():
        yield Path(name)
        transaction.set_rollback(True)


def loaded(rows: Rows, folder: Path) -> Path:
    """Make the portfolio equal to a bundle; return the folder that it was loaded from."""
    load(saved(rows, folder / "bundle"), replace=True)
    return folder / "bundle"


def parsed(tables: dict[str, str], name: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(tables[f"{name}.csv"], newline="")))


def money(text: str) -> Decimal:
    return Decimal(text or "0")


def published(as_of: date) -> dict[str, str]:
    results = ResultSet.objects.get(as_of=as_of)
    return {table.file_name: "".join(published_csv(table, results)) for table in METRIC_TABLES}


@given(bundles(), as_of_dates())
def test_a_past_date_is_published_as_it_is_exported(rows: Rows, as_of: date) -> None:
    with nothing_kept() as folder:
        loaded(rows, folder)
        recompute()
        before = published(today())
        recompute(as_of=as_of)
        exported = metrics(folder / "out", as_of)
        assert not differences(published(as_of), exported)
        assert not differences(published(today()), before)


@given(bundles(), as_of_dates(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: Rows, as_of: date, random: Random) -> None:
    shuffled = {name: random.sample(found, len(found)) for name, found in rows.items()}
    with nothing_kept() as folder:
        loaded(rows, folder)
        first, bytes_ = metrics(folder / "first", as_of), save(folder / "saved")
    with nothing_kept() as folder:
        loaded(shuffled, folder)
        assert not differences(metrics(folder / "second", as_of), first)
        assert not differences(save(folder / "saved"), bytes_)


@given(bundles(), bundles(), as_of_dates())
def test_what_was_there_before_does_not_matter_when_it_is_replaced(
    before: Rows, rows: Rows, as_of: date
) -> None:
    with nothing_kept() as folder:
        loaded(rows, folder)
        first, bytes_ = metrics(folder / "first", as_of), save(folder / "saved")
        loaded(before, folder)
        loaded(rows, folder)
        assert not differences(metrics(folder / "second", as_of), first)
        assert not differences(save(folder / "again"), bytes_)


@given(bundles(), as_of_dates())
def test_the_identities_of_funding(rows: Rows, as_of: date) -> None:
    with nothing_kept() as folder:
        loaded(rows, folder)
        tables = metrics(folder / "out", as_of)
    for row in parsed(tables, "project_coverage"):
        assert row["secured_eur"] == row["signed_eur"]
        assert money(row["pipeline_eur"]) == sum(money(row[f"{state}_eur"]) for state in STATES[:3])
        if row["need_eur"]:
            need, secured, gap = (money(row[name]) for name in ("need_eur", "secured_eur", "gap_eur"))
            assert secured + gap >= need
            assert gap == 0 or secured + gap == need
        else:
            assert not any(row[name] for name in ("gap_eur", "coverage", "potential_coverage"))
            assert not any(row[f"{kind}_share"] for kind in SHARES)
            assert {"no_cost_estimate", "no_exchange_rate"} & set(row["incomplete"].split(";"))


@given(bundles())
def test_each_contribution_is_in_one_state_and_the_shares_add_up(rows: Rows) -> None:
    with nothing_kept() as folder:
        loaded(rows, folder)
        recompute()
        tables = published(today())
        states = list(ContributionState.objects.select_related("contribution"))
        slugs = dict(Project.objects.values_list("pk", "slug"))
    dated = {row["contribution"] for row in rows.get("contribution_events", [])}
    assert sorted(state.contribution.reference for state in states) == sorted(dated)
    for row in parsed(tables, "project_coverage"):
        lines = [line for line in states if slugs[line.project_id] == row["project"] and not line.guarantee]
        for state in STATES:
            total = sum((line.amount_eur or 0 for line in lines if line.state == state), Decimal(0))
            assert money(row[f"{state}_eur"]) == total
        by_kind: dict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            if line.state == "signed":
                by_kind[line.financier_kind] += line.amount_eur or 0
        assert sum(by_kind.values()) == money(row["secured_eur"])
        if row["coverage"]:
            of_shares = sum(money(row[f"{kind}_share"]) for kind in SHARES)
            assert abs(of_shares - money(row["coverage"])) <= Decimal("0.000003")


@given(bundles(), as_of_dates())
def test_attributed_money_never_exceeds_what_the_projects_cost(rows: Rows, as_of: date) -> None:
    with nothing_kept() as folder:
        loaded(rows, folder)
        tables = metrics(folder / "out", as_of)
    envelopes = parsed(tables, "envelope_utilisation")
    ended = ("not_selected", "withdrawn")
    needs = [
        money(row["need_eur"]) for row in parsed(tables, "project_coverage") if row["stage"] not in ended
    ]
    assert sum(money(row["attributed_eur"]) for row in envelopes) <= sum(needs)
    for row in envelopes:
        if row["kind"] == "mobilisation_target":
            assert money(row["attributed_eur"]) <= money(row["mobilised_eur"])
            assert money(row["mobilised_eur"]) <= money(row["gross_mobilised_eur"])
        else:
            assert money(row["headroom_eur"]) + money(row["committed_eur"]) == money(row["amount_eur"])
