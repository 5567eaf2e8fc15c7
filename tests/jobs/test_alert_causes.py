"""Alerts: each kind appears with its cause and resolves without it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portfolio.jobs.facts import delete_fact
from portfolio.models import (
    ContributionEvent,
    Milestone,
    PublishedFigure,
    PublishedFigureReading,
)
from portfolio.vocabulary import AlertKind
from tests.alerting import (
    SELECTED,
    TODAY,
    add_chips,
    amount,
    answered,
    approved,
    behind,
    changed,
    contradicted,
    dated_source,
    eib_share,
    ended,
    estimate,
    eu_money,
    eu_share,
    eu_total,
    loaded,
    milestone,
    old_rate,
    open_alerts,
    over_allocated,
    paid,
    places,
    rate,
    states_share,
    stop_the_clock,
    told,
    uncovered,
    without_rate,
)
from tests.making import Made

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


CASES: list[tuple[AlertKind, Callable[[], Made], str, str, Callable[[], Any]]] = [
    (
        AlertKind.ENVELOPE_OVER_ALLOCATED,
        over_allocated,
        "e",
        "€1,500 is approved or signed of a budget of €1,000: €500 more than it holds.",
        lambda: amount("signed", "1000"),
    ),
    (
        AlertKind.EU_SHARE_ABOVE_MAXIMUM,
        eu_share,
        "p",
        "€170.01 of EU money is signed, 17 % of the need of €1,000: the published maximum is 17 %, €170.",
        lambda: amount("signed", "170"),
    ),
    (
        AlertKind.STATE_SHARE_BELOW_EU_SHARE,
        states_share,
        "p",
        "Participating states have signed €99.99 and the EU budget €100:"
        " the states' share is to be at least the EU's.",
        lambda: amount("signed", "100", contribution__reference="st"),
    ),
    (
        AlertKind.DISBURSED_ABOVE_SIGNED,
        paid,
        "c",
        "€110 was paid, but only €100 is signed.",
        lambda: delete_fact(ContributionEvent.objects.filter(kind="disbursed")[0], "a test"),
    ),
    (
        AlertKind.SIGNED_ABOVE_APPROVED,
        approved,
        "c",
        "€120 is signed, but €100 was approved on 1 February 2025.",
        lambda: amount("approved", "120"),
    ),
    (
        AlertKind.SIGNED_AT_ENDED_PROJECT,
        ended,
        "p",
        "The project is withdrawn, but 1 contribution to it is still signed, worth €120.",
        lambda: changed(ContributionEvent.objects.get(), kind="cancelled", amount=None),
    ),
    (
        AlertKind.EIB_GROUP_SHARE,
        eib_share,
        "p",
        "The EIB Group has signed €500.01, 50 % of the need of €1,000: more than 50 %.",
        lambda: amount("signed", "500"),
    ),
    (
        AlertKind.EU_MONEY_ABOVE_MAXIMUM,
        eu_money,
        "p",
        "€171 of EU money is approved or signed, 17.1 % of the need of €1,000:"
        " the published maximum is 17 %, €170.",
        lambda: amount("approved", "70"),
    ),
    (
        AlertKind.EU_MONEY_ABOVE_MAXIMUM,
        eu_total,
        "P1",
        "€171 of EU money is approved or signed for selected gigafactories:"
        " €1 above the published maximum of €170.",
        lambda: amount("approved", "70"),
    ),
    (
        AlertKind.EU_MONEY_ABOVE_MAXIMUM,
        eu_total,
        "P1",
        "€171 of EU money",
        lambda: changed(PublishedFigure.objects.get(), value=Decimal(171)),
    ),
    (
        AlertKind.RATE_TOO_OLD,
        old_rate,
        "c",
        "The amount of 12 January 2025 in PLN is converted at the rate of 1 January 2025, 11 days older.",
        lambda: rate(date(2025, 1, 2)),
    ),
    (
        AlertKind.RATE_TOO_OLD,
        lambda: Made().project().rate("PLN", "2025-01-25", "4").estimate("p", "2025-02-05", "9", "PLN"),
        "p",
        "The amount of 5 February 2025 in PLN is converted at the rate of 25 January 2025, 11 days older.",
        lambda: rate(date(2025, 2, 5)),
    ),
    (
        AlertKind.COVERAGE_BELOW_EXPECTATION,
        uncovered,
        "p",
        "€499.99 is signed of a need of €1,000, 50 %: at the stage hosting agreement, 50 % is expected.",
        lambda: amount("signed", "500"),
    ),
    (
        AlertKind.PLACES_USED_UP,
        places,
        "",
        "No place for a gigafactory is left of the limit.",
        lambda: changed(PublishedFigure.objects.get(), value=Decimal(2)),
    ),
    (
        AlertKind.MILESTONE_OVERDUE,
        milestone,
        "p",
        "“Hall ready” was due on 29 June 2026, 1 day ago, and is not done.",
        lambda: changed(Milestone.objects.get(), done_on=TODAY),
    ),
    (
        AlertKind.NEED_MISSING,
        lambda: Made().project(stages=SELECTED),
        "p",
        "The project is selected, but no cost estimate is recorded: need, gap and coverage are unknown.",
        lambda: estimate("5"),
    ),
    (
        AlertKind.RATE_MISSING,
        without_rate,
        "p",
        "An amount in PLN has no exchange rate on or before its day, so it stands in no sum.",
        lambda: rate(date(2025, 1, 10)),
    ),
    (
        AlertKind.RATE_MISSING,
        lambda: Made().project().estimate("p", "2025-02-05", "9", "PLN"),
        "p",
        "An amount in PLN has no exchange rate",
        lambda: rate(date(2025, 2, 1)),
    ),
    (
        AlertKind.CHIPS_UNKNOWN,
        lambda: Made().project(stages=SELECTED),
        "p",
        "The project is selected, but a number of chips was not published.",
        add_chips,
    ),
    (
        AlertKind.SOURCE_OUTDATED,
        lambda: dated_source("2025-06-29"),
        "p",
        "No source of the project's facts is known to be newer than 30 June 2025, 365 days ago.",
        lambda: changed(told(), published_on=date(2025, 6, 30)),
    ),
    (
        AlertKind.FIGURE_CONTRADICTED,
        contradicted,
        "P1",
        "“sites” is 5 as published on 4 December 2025, but 7 by Ministry of 5 January 2026.",
        lambda: changed(PublishedFigureReading.objects.get(), value=Decimal(5)),
    ),
    (
        AlertKind.MOBILISATION_BEHIND,
        behind,
        "t",
        "€400 is mobilised of €1,000, 40 %, while 74.76 % of the period has passed.",
        lambda: estimate("748"),
    ),
]


@pytest.mark.parametrize(
    ("kind", "made", "subject", "sentence", "cure"),
    CASES,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)],
)
def test_an_alert_opens_with_its_cause_and_resolves_when_that_is_gone(
    tmp_path: Path,
    kind: AlertKind,
    made: Callable[[], Made],
    subject: str,
    sentence: str,
    cure: Callable[[], Any],
) -> None:
    loaded(made(), tmp_path)
    [alert] = open_alerts(kind)
    assert alert.subject_key == subject
    assert alert.sentence.startswith(sentence)
    assert alert.first_seen_at == alert.last_seen_at
    answered(cure)
    assert open_alerts(kind) == []
    alert.refresh_from_db()
    assert alert.resolved_at is not None
    assert alert.resolved_at >= alert.first_seen_at
