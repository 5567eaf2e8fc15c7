"""The rules of alerts on plain rows, at their edges."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from portfolio.rules.alerts import (
    PORTFOLIO,
    SEVERITY,
    EnvelopeStanding,
    Finding,
    Subject,
    Thresholds,
    Verified,
    days,
    envelope_findings,
    eu_total_findings,
    money,
    percent,
    places_findings,
    verification_findings,
)
from portfolio.rules.project_alerts import (
    ConvertedAmount,
    OpenMilestone,
    PaidContribution,
    ProjectStanding,
    milestone_findings,
    paid_findings,
    project_findings,
    rate_findings,
)
from portfolio.vocabulary import AlertKind, AlertSubject

TODAY = date(2026, 6, 30)
P = Subject(AlertSubject.PROJECT, "p", "Project", project=1)
THRESHOLDS: Thresholds = {
    (AlertKind.EIB_GROUP_SHARE, ""): Decimal("0.5"),
    (AlertKind.COVERAGE_BELOW_EXPECTATION, "construction"): Decimal("0.95"),
    (AlertKind.SOURCE_OUTDATED, ""): Decimal(365),
    (AlertKind.RATE_TOO_OLD, ""): Decimal(10),
    (AlertKind.MILESTONE_OVERDUE, ""): Decimal(0),
    (AlertKind.PLACES_USED_UP, ""): Decimal(0),
    (AlertKind.RESULTS_UNVERIFIED, ""): Decimal(2),
}
FUNDED = ProjectStanding(P, "ai_gigafactory", "construction", Decimal("1000.00"), Decimal("950.00"))


def kinds(project: ProjectStanding, eu_maximum: str | None = "0.17") -> list[AlertKind]:
    maximum = None if eu_maximum is None else Decimal(eu_maximum)
    return [found.kind for found in project_findings(project, TODAY, THRESHOLDS, maximum)]


def test_every_kind_has_a_severity() -> None:
    assert set(SEVERITY) == set(AlertKind)


def test_amounts_and_shares_are_written_for_people() -> None:
    assert money(Decimal("1250000.00")) == "€1,250,000"
    assert money(Decimal("-99.50"), "PLN") == "−PLN 99.50"
    assert percent(Decimal("0.1725")) == "17.25 %"
    assert percent(Decimal("1")) == "100 %"
    assert percent(Decimal("0")) == "0 %"
    assert (days(1), days(30)) == ("1 day", "30 days")


def test_a_project_without_faults_needs_no_attention() -> None:
    assert kinds(FUNDED) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"eib_eur": Decimal("500.00")}, []),
        ({"eib_eur": Decimal("500.01")}, [AlertKind.EIB_GROUP_SHARE]),
        ({"eu_eur": Decimal("170.00"), "state_eur": Decimal("170.00")}, []),
        ({"eu_eur": Decimal("170.01"), "state_eur": Decimal("200.00")}, [AlertKind.EU_SHARE_ABOVE_MAXIMUM]),
        ({"eu_approved_eur": Decimal("170.01")}, [AlertKind.EU_MONEY_ABOVE_MAXIMUM]),
        ({"eu_eur": Decimal("10.00")}, [AlertKind.STATE_SHARE_BELOW_EU_SHARE]),
        ({"secured_eur": Decimal("949.99")}, [AlertKind.COVERAGE_BELOW_EXPECTATION]),
        ({"need_eur": None, "incomplete": "no_cost_estimate"}, [AlertKind.NEED_MISSING]),
        (
            {"need_eur": None, "incomplete": "no_exchange_rate"},
            [AlertKind.RATE_MISSING, AlertKind.NEED_MISSING],
        ),
        ({"need_eur": Decimal("0.00")}, []),
        ({"chips_incomplete": "chip_model_unknown"}, [AlertKind.CHIPS_UNKNOWN]),
        ({"recently_told": False}, [AlertKind.SOURCE_OUTDATED]),
        ({"stage": "proposal", "secured_eur": Decimal(0), "recently_told": False}, []),
        ({"stage": "withdrawn", "recently_told": False, "eib_eur": Decimal(900)}, []),
        ({"stage": "not_selected", "signed_contracts": 2}, [AlertKind.SIGNED_AT_ENDED_PROJECT]),
    ],
)
def test_what_needs_attention_at_a_project(changes: dict[str, object], expected: list[AlertKind]) -> None:
    assert kinds(replace(FUNDED, **changes)) == expected  # type: ignore[arg-type]


def test_the_published_maximum_is_for_gigafactories_and_may_be_unknown() -> None:
    above = replace(FUNDED, eu_eur=Decimal("900.00"), state_eur=Decimal("900.00"))
    assert kinds(replace(above, kind="ai_factory")) == []
    assert kinds(above, None) == []


def test_a_share_is_compared_before_it_is_rounded() -> None:
    """A third of a hundred million, to the cent: seven digits of the share would call it equal."""
    share = "0.3333333333333333333333333333"
    need = replace(FUNDED, need_eur=Decimal("300000000.00"), secured_eur=Decimal("300000000.00"))
    state = Decimal("200000000.00")
    assert kinds(replace(need, eu_eur=Decimal("99999999.99"), state_eur=state), share) == []
    assert AlertKind.EU_SHARE_ABOVE_MAXIMUM in kinds(
        replace(need, eu_eur=Decimal("100000000.00"), state_eur=state), share
    )


def envelope(**changes: object) -> list[Finding]:
    whole = EnvelopeStanding(
        Subject(AlertSubject.ENVELOPE, "e", "Envelope", envelope=1),
        *("budget", Decimal("100.00"), Decimal("100.00"), False, None, None, None, None),
    )
    return list(envelope_findings(replace(whole, **changes)))  # type: ignore[arg-type]


def test_envelopes_follow_their_published_row() -> None:
    assert envelope() == []
    [over] = envelope(committed_eur=Decimal("100.01"), over_allocated=True)
    assert (over.measured, over.threshold) == ("100.01", "100.00")
    target = {"kind": "mobilisation_target", "mobilised_eur": Decimal("5.00"), "progress": Decimal("0.05")}
    assert envelope(**target, on_track=None) == [], "before it starts"
    assert envelope(**target, on_track=True) == []
    [behind] = envelope(**target, on_track=False, expected_progress=Decimal("0.5"))
    assert behind.kind == AlertKind.MOBILISATION_BEHIND


def test_places_and_the_eu_total_need_a_published_figure() -> None:
    assert list(places_findings(None, THRESHOLDS)) == []
    assert list(places_findings(Decimal(1), THRESHOLDS)) == []
    [used_up] = places_findings(Decimal(0), THRESHOLDS)
    assert used_up.subject == PORTFOLIO
    assert list(eu_total_findings(Decimal("5.00"), None, P)) == []
    assert list(eu_total_findings(Decimal("5.00"), Decimal(5), P)) == []
    assert len(list(eu_total_findings(Decimal("5.01"), Decimal(5), P))) == 1


@pytest.mark.parametrize(
    ("state", "amount", "paid", "found"),
    [
        ("signed", "100", "100", 0),
        ("signed", "100", "100.01", 1),
        ("signed", None, "100", 0),
        (None, None, "0", 0),
        (None, None, "1", 1),
        ("cancelled", None, "1", 1),
    ],
)
def test_payments_against_what_is_signed(
    state: str | None, amount: str | None, paid: str, found: int
) -> None:
    held = None if amount is None else Decimal(amount)
    assert len(list(paid_findings(PaidContribution(P, "EUR", state, held, Decimal(paid))))) == found


def test_the_oldest_rate_of_a_contribution_is_told() -> None:
    def amount(days_between: int) -> ConvertedAmount:
        return ConvertedAmount(P, "PLN", TODAY, TODAY - timedelta(days_between))

    assert list(rate_findings([amount(10), amount(0)], THRESHOLDS)) == []
    [found] = rate_findings([amount(11), amount(30), amount(12)], THRESHOLDS)
    assert (found.measured, found.threshold) == ("30", "10")


def test_a_milestone_is_overdue_the_day_after() -> None:
    def late(due: date) -> int:
        return len(list(milestone_findings(OpenMilestone(P, "m", "Hall", due), TODAY, THRESHOLDS)))

    assert (late(TODAY), late(TODAY - timedelta(1))) == (0, 1)


@pytest.mark.parametrize(
    ("verified", "found"),
    [
        (Verified(None, 0, None), 0),
        (Verified(None, 0, TODAY - timedelta(2)), 0),
        (Verified(None, 0, TODAY - timedelta(3)), 1),
        (Verified(TODAY - timedelta(2), 0, None), 0),
        (Verified(TODAY - timedelta(3), 0, None), 1),
        (Verified(TODAY, 1, None), 1),
    ],
)
def test_results_are_verified_in_time_and_without_differences(verified: Verified, found: int) -> None:
    assert len(list(verification_findings(TODAY, verified, THRESHOLDS))) == found
