"""The rules of advice (docs/advice.md), without a database."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisory.rules.funnel import OVERALL, funnel
from advisory.rules.outcomes import Signature, months_after, outcome, sums_of, window
from advisory.rules.readiness import (
    Assessment,
    CriterionLevel,
    area_changes,
    engagement_readiness,
    gain,
    is_ready,
    median,
    readiness_score,
    ready_on,
)
from advisory.rules.steps import Case, CaseFacts, Decision, case_of, confidential_step, days_to
from advisory.rules.workload import Capacity, PlannedWork, days_late, loads, months_from, totals, working_days
from advisory.vocabulary import Step
from portfolio.rules.contribution_state import Event

D = Decimal
DAY = date(2026, 1, 1)


def levels(*given_: tuple[str, int | None]) -> tuple[CriterionLevel, ...]:
    return tuple(
        CriterionLevel(f"area-{place}", f"Area {place}", D(weight), level)
        for place, (weight, level) in enumerate(given_)
    )


def assessment(key: str, day: date, *given_: tuple[str, int | None], scale: str = "s") -> Assessment:
    return Assessment(key, day, scale, D(3), levels(*given_))


# --- A4 and A5: readiness -----------------------------------------------------------------------------------


def test_a_score_is_the_weighted_mean_of_all_criteria() -> None:
    found = readiness_score(levels(("2", 4), ("1", 1)))
    assert (found.score, found.lower, found.upper, found.incomplete) == (D("3.00"), D("3.00"), D("3.00"), "")


def test_a_missing_criterion_is_unknown_and_never_zero() -> None:
    found = readiness_score(levels(("2", 4), ("1", None)))
    assert found.score is None
    assert (found.lower, found.upper) == (D("2.67"), D("4.00"))
    assert (found.known, found.criteria, found.incomplete) == (1, 2, "criteria_unknown")


def test_a_scale_without_criteria_has_no_score() -> None:
    found = readiness_score(())
    assert (found.score, found.lower, found.upper) == (None, None, None)
    assert not is_ready((), D(0))


def test_ready_is_decided_before_rounding_and_whatever_is_unknown() -> None:
    nearly = levels(("1000000", 3), ("1", 2))  # 2.999999: shown as 3.00
    assert readiness_score(nearly).lower == D("3.00")
    assert not is_ready(nearly, D(3))
    assert is_ready(levels(("3", 4), ("1", None)), D(3))
    assert not is_ready(levels(("1", 4), ("1", None)), D(3))


def test_ready_since_the_first_assessment_after_the_last_that_said_otherwise() -> None:
    days = [DAY + timedelta(n) for n in range(4)]
    found = [
        assessment(str(n), day, ("1", level))
        for n, (day, level) in enumerate(zip(days, (3, 2, 4, 3), strict=True))
    ]
    assert ready_on(found[::-1], days[3]) == days[2]
    assert ready_on(found, days[1]) is None
    assert ready_on(found, days[0]) == days[0]
    assert ready_on(found, DAY - timedelta(1)) is None


def test_a_gain_has_bounds_where_a_criterion_is_unknown() -> None:
    first, last = assessment("1", DAY, ("1", 1), ("1", None)), assessment("2", DAY, ("1", 3), ("1", 2))
    found = gain(first, last)
    assert found.gain is None
    assert (found.lower, found.upper) == (D("0.00"), D("2.00"))
    assert gain(last, last).gain == D("0.00")


def test_a_gain_is_rounded_once() -> None:
    first = assessment("1", DAY, ("1", 0), ("1", 0), ("1", 1))  # 0.333… shown as 0.33
    last = assessment("2", DAY, ("1", 0), ("1", 1), ("1", 1))  # 0.666… shown as 0.67
    assert gain(first, last).gain == D("0.33")


def test_different_scales_have_no_gain_and_areas_are_still_compared() -> None:
    first, last = assessment("1", DAY, ("1", 1), ("1", 2)), assessment("2", DAY, ("1", 3), scale="new")
    assert gain(first, last).incomplete == "scales_differ"
    changes = area_changes(first, last)
    assert [(found.area, found.before, found.after, found.change) for found in changes] == [
        ("area-0", 1, 3, 2),
        ("area-1", 2, None, None),
    ]


def test_the_gain_of_an_engagement_begins_with_the_newest_assessment_before_it() -> None:
    found = [assessment(str(n), DAY + timedelta(n), ("1", n % 5)) for n in range(4)]
    start = DAY + timedelta(1)
    readiness = engagement_readiness(found, start, DAY + timedelta(9))
    assert readiness.first is not None
    assert readiness.last is not None
    assert (readiness.first.key, readiness.last.key, readiness.gain.gain) == ("1", "3", D("2.00"))
    assert engagement_readiness(found[2:], start, DAY + timedelta(9)).gain.gain == D("1.00")
    assert engagement_readiness(found, start, start).gain.incomplete == "one_assessment"
    assert engagement_readiness([], start, start).gain.incomplete == "no_assessment"
    assert engagement_readiness(found, None, DAY + timedelta(9)).first is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["0.5", "1", "2.25"]), st.none() | st.integers(0, 4)),
        min_size=1,
        max_size=8,
    )
)
def test_bounds_hold_whatever_the_unknown_levels_are(given_: list[tuple[str, int | None]]) -> None:
    found = readiness_score(levels(*given_))
    assert found.lower is not None
    assert found.upper is not None
    for guess in range(5):
        filled = readiness_score(
            levels(*((weight, guess if level is None else level) for weight, level in given_))
        )
        assert filled.score is not None
        assert found.lower <= filled.score <= found.upper


# --- A1 to A3: steps ----------------------------------------------------------------------------------------


def on(days: int) -> date:
    return DAY + timedelta(days)


def event(kind: str, days: int) -> Event:
    return Event(kind, on(days), D(100), True)


def case(as_of: int = 1000, **facts: object) -> Case:
    found = case_of(CaseFacts(1, "R", 7, DAY, **facts), on(as_of), {})  # type: ignore[arg-type]
    assert found is not None
    return found


def test_a_case_exists_from_the_day_it_was_received() -> None:
    assert case_of(CaseFacts(1, "R", None, DAY), DAY - timedelta(1), {}) is None
    assert case(0).step == "received"


def test_the_newest_decision_holds() -> None:
    decisions = (Decision(on(5), "accepted"), Decision(on(9), "accepted"), Decision(on(20), "declined"))
    assert case(10, decisions=decisions).accepted_on == on(5)
    closed = case(30, decisions=decisions)
    assert (closed.step, closed.closed_on, closed.accepted_on) == ("closed", on(20), None)
    again = case(50, decisions=(*decisions, Decision(on(40), "accepted")))
    assert (again.step, again.accepted_on, again.closed_on) == ("accepted", on(40), None)
    deferred = case(50, decisions=(*decisions, Decision(on(40), "deferred")))
    assert (deferred.step, deferred.accepted_on) == ("received", None)


def test_financing_counts_what_is_still_so_and_came_after_the_request() -> None:
    before = (event("under_appraisal", -5), event("approved", 50))
    found = case(contributions=(before,))
    assert (found.under_appraisal_on, found.approved_on, found.step) == (None, on(50), "approved")
    cancelled = (event("signed", 60), event("cancelled", 70))
    assert case(contributions=(cancelled,)).signed_on is None
    renewed = (*cancelled, event("approved", 80), event("signed", 90))
    assert case(contributions=(renewed,)).signed_on == on(90)
    assert case(85, contributions=(renewed,)).approved_on == on(80)
    taken_back = (event("signed", 60), event("approved", 65))
    assert case(contributions=(taken_back,)).step == "approved"


def test_closed_after_a_signature_is_still_signed() -> None:
    found = case(decisions=(Decision(on(9), "withdrawn"),), contributions=((event("signed", 5),),))
    assert (found.step, found.closed_on) == ("signed", on(9))


def test_money_after_a_case_was_closed_is_none_of_its_steps() -> None:
    decided = (Decision(on(9), "redirected"),)
    found = case(decisions=decided, contributions=((event("approved", 5), event("signed", 12)),))
    assert (found.step, found.approved_on, found.signed_on) == ("closed", on(5), None)


def test_days_are_counted_from_the_newest_earlier_step() -> None:
    found = case(
        decisions=(Decision(on(10), "accepted"),),
        starts=(on(40), on(30)),
        contributions=((event("under_appraisal", 20), event("signed", 100)),),
    )
    assert [days_to(found, step) for step in (Step.ACCEPTED, Step.ENGAGEMENT_STARTED)] == [10, 20]
    assert days_to(found, Step.UNDER_APPRAISAL) == 10  # from the acceptance: the engagement came later
    assert days_to(found, Step.APPROVED) is None
    assert days_to(found, Step.SIGNED) == 70  # from the start of the engagement


def test_no_public_figure_of_a_case_depends_on_assessments() -> None:
    plain = case(starts=(on(10),))
    assessed = case(starts=(on(10),), assessments=(assessment("1", on(20), ("1", 4)),))
    confidential = {"ready_on", "assessed"}
    for name in Case.__slots__:
        if name not in confidential:
            assert getattr(plain, name) == getattr(assessed, name), name
    assert (confidential_step(plain), confidential_step(assessed)) == ("engagement_started", "ready")
    signed = case(contributions=((event("signed", 5),),), assessments=(assessment("1", on(20), ("1", 4)),))
    assert confidential_step(signed) == "signed"


@pytest.mark.parametrize(("as_of", "stalled"), [(30, False), (31, True)])
def test_a_case_stalls_beyond_the_threshold_of_its_step(as_of: int, stalled: bool) -> None:
    facts = CaseFacts(1, "R", None, DAY)
    found = case_of(facts, on(as_of), {"received": D(30)})
    assert found is not None
    assert found.stalled is stalled
    without = case_of(facts, on(as_of), {"accepted": D(0)})
    assert without is not None
    assert not without.stalled


# --- A6: money ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [("2024-02-29", 12, "2025-02-28"), ("2025-01-31", 1, "2025-02-28"), ("2025-12-15", 24, "2027-12-15")],
)
def test_months_are_calendar_months(day: str, months: int, after: str) -> None:
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(after)


def test_both_ends_belong_to_a_window() -> None:
    clock, end = date(2024, 1, 1), date(2025, 1, 1)
    signatures = [
        Signature(clock, D("1.00"), False),
        Signature(end, D("2.00"), False),
        Signature(end + timedelta(1), D("4.00"), False),
        Signature(clock - timedelta(1), D("8.00"), False),
    ]
    found = window(1, clock, date(2020, 1, 1), signatures, date(2025, 6, 1))
    assert found is not None
    assert (found.signed_12_eur, found.signed_24_eur, found.signed_12, found.signed_24) == (D(3), D(7), 2, 3)
    assert (found.over_12, found.over_24, found.advised) == (True, False, True)


def test_a_project_without_advice_has_the_clock_of_its_first_stage() -> None:
    found = window(1, date(2026, 5, 1), date(2025, 1, 1), [], date(2026, 4, 30))
    assert found is not None
    assert (found.advised, found.clock_from) == (False, date(2025, 1, 1))
    assert window(1, None, None, [], DAY) is None


def test_open_windows_are_counted_apart() -> None:
    over = window(
        1, date(2024, 1, 1), None, [Signature(date(2024, 3, 1), D("5.00"), False)], date(2025, 6, 1)
    )
    open_ = window(
        2, date(2025, 1, 1), None, [Signature(date(2025, 3, 1), D("7.00"), False)], date(2025, 6, 1)
    )
    assert over is not None
    assert open_ is not None
    row = outcome(advised=True, months=12, sums=sums_of([over, open_], 12))
    assert (row.group, row.projects, row.windows_open, row.projects_signed) == ("advised_12", 1, 1, 1)
    assert (row.signed_eur, row.share_signed, row.signed_per_project_eur) == (
        D("5.00"),
        D("1.000000"),
        D("5.00"),
    )
    nothing = outcome(advised=False, months=24, sums=sums_of([], 24))
    assert (nothing.share_signed, nothing.signed_per_project_eur, nothing.signed_eur) == (None, None, D(0))


# --- A7: what the funnel withholds --------------------------------------------------------------------------


def test_readiness_is_withheld_below_the_threshold_and_of_single_projects() -> None:
    ready = [case(starts=(on(10),), assessments=(assessment("1", on(20), ("1", 4)),)) for _ in range(5)]
    assert funnel(OVERALL, None, ready, [], [D(1)] * 5, D(5)).ready == 5
    assert funnel(OVERALL, None, ready, [], [D(1)] * 5, D(5)).median_readiness_gain == D("1.00")
    assert funnel(OVERALL, None, ready, [], [D(1)] * 4, D(5)).median_readiness_gain is None
    for row in (
        funnel(OVERALL, None, ready[:4], [], [D(1)], D(5)),
        funnel("project.x", 7, ready, [], [D(1)] * 5, D(5)),
        funnel(OVERALL, None, ready, [], [D(1)] * 5, None),
    ):
        assert (row.ready, row.median_days_to_ready, row.median_readiness_gain) == (None, None, None)
        assert row.incomplete == "withheld"
    without = funnel("project.x", 7, [case()], [], [], D(5))
    assert without.incomplete == "withheld", "it says so of cases without an assessment too"


def test_medians() -> None:
    assert median([], 1) is None
    assert median([3, 1, 2], 1) == D("2.0")
    assert median([1, 2], 1) == D("1.5")
    assert median([D("0.01"), D("0.02")], 2) == D("0.02")


# --- A8 and A9 ----------------------------------------------------------------------------------------------


def test_working_days() -> None:
    assert working_days(date(2026, 11, 2), date(2026, 11, 8)) == 5
    assert working_days(date(2026, 11, 7), date(2026, 11, 8)) == 0
    assert working_days(date(2026, 11, 6), date(2026, 11, 9)) == 2
    assert working_days(date(2026, 11, 9), date(2026, 11, 6)) == 0


def test_days_are_spread_over_months_and_what_is_unknown_stands_beside() -> None:
    work = [
        PlannedWork("a", D(44), date(2026, 6, 1), date(2026, 7, 31)),  # 22 and 23 working days
        PlannedWork("a", None, date(2026, 6, 10), date(2026, 6, 20)),
        PlannedWork("a", D(5), date(2026, 6, 10), None),
        PlannedWork("b", D(3), date(2026, 6, 6), date(2026, 6, 7)),  # a weekend
    ]
    capacities = [
        Capacity("a", date(2026, 1, 1), D(10)),
        Capacity("a", date(2026, 7, 1), D(25)),
        Capacity("c", date(2026, 6, 2), D(9)),
    ]
    june, july = months_from(date(2026, 6, 15), 2)
    found = loads(work, capacities, [june, july])
    assert [(row.lead, row.days, row.capacity, row.unknown, row.free) for row in found[june]] == [
        ("a", D("21.5"), D(10), 2, D("-11.5")),
        ("b", D("3.0"), None, 0, None),
    ]
    assert [(row.lead, row.days, row.capacity) for row in found[july]] == [
        ("a", D("22.5"), D(25)),
        ("c", D("0.0"), D(9)),
    ]
    assert totals(found)[june].days == D("24.5")
    assert totals(found)[july].capacity == D(34)


def test_late_is_what_is_due_and_not_done() -> None:
    assert days_late(on(0), None, on(3)) == 3
    assert days_late(on(0), on(2), on(3)) == 0
    assert days_late(on(0), on(5), on(3)) == 3
    assert days_late(None, None, on(3)) == 0
    assert days_late(on(9), None, on(3)) == 0


# --- As of any day ------------------------------------------------------------------------------------------

a_day = st.integers(-20, 60).map(on)
decisions = st.lists(
    st.builds(Decision, a_day, st.sampled_from(["accepted", "declined", "deferred", "withdrawn"])), max_size=4
)
kinds = st.sampled_from(["announced", "under_appraisal", "approved", "signed", "cancelled"])
events = st.lists(st.tuples(kinds, a_day), max_size=5).map(
    lambda told: tuple(Event(kind, day, D(1), True) for kind, day in told)
)
assessed = st.lists(st.tuples(a_day, st.none() | st.integers(0, 4)), max_size=3).map(
    lambda told: tuple(assessment(str(n), day, ("1", level)) for n, (day, level) in enumerate(told))
)


@given(decisions, st.lists(a_day, max_size=3), assessed, st.lists(events, max_size=3), a_day)
def test_what_comes_later_changes_nothing(
    told: list[Decision],
    starts: list[date],
    found: tuple[Assessment, ...],
    contributions: list[tuple[Event, ...]],
    as_of: date,
) -> None:
    """The case as of a day is that of the facts cut off at it; and no step was reached after it."""
    whole = CaseFacts(1, "R", 7, DAY, tuple(told), tuple(starts), found, tuple(contributions))
    cut = CaseFacts(
        1,
        "R",
        7,
        DAY,
        tuple(one for one in told if one.decided_on <= as_of),
        tuple(day for day in starts if day <= as_of),
        tuple(one for one in found if one.assessed_on <= as_of),
        tuple(tuple(one for one in of_one if one.occurred_on <= as_of) for of_one in contributions),
    )
    case_then = case_of(whole, as_of, {"received": D(5)})
    assert case_then == case_of(cut, as_of, {"received": D(5)})
    if case_then is not None:
        days = [case_then.reached_on(step) for step in Step]
        assert all(day <= as_of for day in days if day is not None)
        assert case_then.days_in_step == (as_of - case_then.step_since).days
