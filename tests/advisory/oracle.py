"""A second reading of the rules of advice, in plain Python over the rows of a bundle, for the funnel alone.

Nothing of the application is used: fractions instead of decimals, every rule read again from docs/advice.md.
"""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from math import floor

Row = dict[str, str]
Rows = dict[str, list[Row]]
LADDER = ["announced", "under_appraisal", "approved", "signed", "cancelled"]
CLOSING = {"redirected", "declined", "withdrawn"}
ORDER = ["received", "accepted", "engagement_started", "under_appraisal", "approved", "signed"]
THRESHOLDS = {
    "received": 30,
    "accepted": 60,
    "engagement_started": 365,
    "under_appraisal": 270,
    "approved": 180,
}


def half_up(value: Fraction, places: int) -> str:
    """Return a number rounded half up, away from zero, as text."""
    sign, scaled = ("-" if value < 0 else ""), abs(value) * 10**places
    whole = floor(scaled + Fraction(1, 2))
    text = str(whole).rjust(places + 1, "0")
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else sign + text


def median(values: list[Fraction]) -> Fraction | None:
    if not values:
        return None
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


class Oracle:
    """The funnel of a bundle as of a day."""

    def __init__(self, rows: Rows, as_of: str) -> None:
        self.rows, self.as_of = rows, as_of
        self.requests = [row for row in self.of("advisory_requests") if row["received_on"] <= as_of]
        self.kept = {row["key"] for row in self.requests}

    def of(self, name: str) -> list[Row]:
        return self.rows.get(name, [])

    def days_between(self, one: str, other: str) -> int:
        return (date.fromisoformat(other) - date.fromisoformat(one)).days

    # --- Money ----------------------------------------------------------------------------------------------

    def contributions(self, project: str) -> list[Row]:
        return [
            row
            for row in self.of("contributions")
            if row["project"] == project and row["instrument"] != "guarantee"
        ]

    def events(self, reference: str) -> list[Row]:
        found = [
            row
            for row in self.of("contribution_events")
            if row["contribution"] == reference
            and row["kind"] != "disbursed"
            and row["occurred_on"] <= self.as_of
        ]
        return sorted(found, key=lambda row: (row["occurred_on"], LADDER.index(row["kind"])))

    def state(self, reference: str) -> tuple[str, str, Row | None]:
        """Return a contribution's state, since when it is signed, and the event that decides."""
        events = self.events(reference)
        if not events:
            return "", "", None
        cancelled = max((row["occurred_on"] for row in events if row["kind"] == "cancelled"), default="")
        signed = [row["occurred_on"] for row in events if row["kind"] == "signed"]
        since = min((day for day in signed if day > cancelled), default="")
        return events[-1]["kind"], since if events[-1]["kind"] == "signed" else "", events[-1]

    def euro(self, event: Row, currency: str) -> Fraction | None:
        if not event["amount"]:
            return None
        if currency == "EUR":
            return Fraction(event["amount"])
        rates = [
            row
            for row in self.of("exchange_rates")
            if row["currency"] == currency and row["date"] <= event["occurred_on"]
        ]
        if not rates:
            return None
        newest = max(rates, key=lambda row: row["date"])
        return Fraction(half_up(Fraction(event["amount"]) / Fraction(newest["per_euro"]), 2))

    # --- Cases ----------------------------------------------------------------------------------------------

    def decided(self, key: str) -> tuple[str, str]:
        accepted = closed = ""
        decisions = [
            row
            for row in self.of("advisory_triages")
            if row["request"] == key and row["decided_on"] <= self.as_of
        ]
        for row in sorted(decisions, key=lambda row: row["decided_on"]):
            if row["outcome"] == "accepted":
                accepted, closed = accepted or row["decided_on"], ""
            elif row["outcome"] in CLOSING:
                accepted, closed = "", closed or row["decided_on"]
            else:
                accepted = closed = ""
        return accepted, closed

    def starts(self, key: str) -> list[str]:
        return sorted(
            row["starts_on"]
            for row in self.of("advisory_engagements")
            if row["request"] == key and row["starts_on"] and row["starts_on"] <= self.as_of
        )

    def financed(self, request: Row, closed: str) -> dict[str, str]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for contribution in self.contributions(request["project"]) if request["project"] else []:
            reference = contribution["reference"]
            state, signed_on, _ = self.state(reference)
            events = self.events(reference)
            cancelled = max((row["occurred_on"] for row in events if row["kind"] == "cancelled"), default="")
            for kind, states in (
                ("under_appraisal", {"under_appraisal", "approved", "signed"}),
                ("approved", {"approved", "signed"}),
            ):
                days = [
                    row["occurred_on"]
                    for row in events
                    if row["kind"] == kind and row["occurred_on"] > cancelled
                ]
                if state in states and days and min(days) >= request["received_on"]:
                    found[kind].append(min(days))
            if signed_on and signed_on >= request["received_on"]:
                found["signed"].append(signed_on)
        last = closed or self.as_of
        return {kind: min(days) for kind, days in found.items() if min(days) <= last}

    def mean(self, key: str, unknown: int) -> Fraction:
        assessment = next(row for row in self.of("readiness_assessments") if row["key"] == key)
        levels = {
            row["criterion"]: row["level"] for row in self.of("readiness_scores") if row["assessment"] == key
        }
        criteria = [row for row in self.of("readiness_criteria") if row["scale"] == assessment["scale"]]
        weights = sum((Fraction(row["weight"]) for row in criteria), Fraction(0))
        total = Fraction(0)
        for row in criteria:
            level = levels.get(row["key"], "")
            total += Fraction(row["weight"]) * (int(level) if level else unknown)
        return total / weights

    def assessments(self, key: str) -> list[Row]:
        found = [
            row
            for row in self.of("readiness_assessments")
            if row["request"] == key and row["assessed_on"] <= self.as_of
        ]
        return sorted(found, key=lambda row: row["assessed_on"])

    def ready(self, key: str) -> str:
        since = ""
        for row in self.assessments(key):
            scale = next(scale for scale in self.of("readiness_scales") if scale["key"] == row["scale"])
            is_ready = self.mean(row["key"], 0) >= Fraction(scale["ready_at"])
            since = (since or row["assessed_on"]) if is_ready else ""
        return since

    def case(self, request: Row) -> dict[str, str]:
        """Return the days of a case by step, and `step`, `stalled` and `closed`."""
        accepted, closed = self.decided(request["key"])
        days = {"received": request["received_on"], "accepted": accepted, "closed": closed}
        days["engagement_started"] = next(iter(self.starts(request["key"])), "")
        days |= self.financed(request, closed)
        step = [name for name in ORDER if days.get(name)][-1]
        since = days[step]
        if closed and step != "signed":
            step, since = "closed", closed
        limit = THRESHOLDS.get(step)
        stalled = limit is not None and self.days_between(since, self.as_of) > limit
        return {
            **days,
            "ready": self.ready(request["key"]),
            "step": step,
            "stalled": "yes" if stalled else "",
        }

    def days_to(self, case: dict[str, str], step: str) -> Fraction | None:
        reached = case.get(step)
        if not reached:
            return None
        place = 3 if step == "ready" else ORDER.index(step)
        before = [case[name] for name in ORDER[:place] if case.get(name) and case[name] <= reached]
        return Fraction(self.days_between(max(before), reached)) if before else None

    def gains(self) -> list[Fraction]:
        found = []
        for row in self.of("advisory_engagements"):
            if row["request"] not in self.kept or not row["starts_on"] or row["starts_on"] > self.as_of:
                continue
            assessed = self.assessments(row["request"])
            before = [one for one in assessed if one["assessed_on"] <= row["starts_on"]]
            if len(assessed) < 2 or (before and before[-1] is assessed[-1]):
                continue
            first, last = (before or assessed)[-1 if before else 0], assessed[-1]
            whole = all(self.mean(one["key"], 0) == self.mean(one["key"], 4) for one in (first, last))
            if first["scale"] == last["scale"] and whole:
                found.append(Fraction(half_up(self.mean(last["key"], 0) - self.mean(first["key"], 0), 2)))
        return found

    # --- Tables ---------------------------------------------------------------------------------------------

    def window(self, project: str) -> tuple[bool, str] | None:
        """Return whether a project is advised, and the day its clock began."""
        starts = [
            day for row in self.requests if row["project"] == project for day in self.starts(row["key"])
        ]
        if starts:
            return True, min(starts)
        stages = [
            row["reached_on"]
            for row in self.of("project_stages")
            if row["project"] == project and row["reached_on"] <= self.as_of
        ]
        return (False, min(stages)) if stages else None

    def signed_within(self, project: str, clock: str, years: int) -> tuple[int, Fraction]:
        """Return how many contributions were signed in a window of years, and what they are worth."""
        number, total = 0, Fraction(0)
        for contribution in self.contributions(project):
            _, signed_on, event = self.state(contribution["reference"])
            if event is not None and signed_on and clock <= signed_on <= self.end(clock, years):
                number += 1
                total += self.euro(event, contribution["currency"]) or 0
        return number, total

    @staticmethod
    def end(clock: str, years: int) -> str:
        day = date.fromisoformat(clock)
        if (day.month, day.day) == (2, 29):
            day = day.replace(day=28)
        return day.replace(year=day.year + years).isoformat()

    def funnel(self) -> dict[str, dict[str, str]]:
        """Return the rows of the funnel by scope, as the CSV writes them."""
        cases = [(row, self.case(row)) for row in self.requests]
        rows = {"overall": self.row(cases, overall=True)}
        by_project: defaultdict[str, list[tuple[Row, dict[str, str]]]] = defaultdict(list)
        for row, case in cases:
            by_project[row["project"]].append((row, case))
        for project, own in by_project.items():
            scope = f"project.{project}" if project else "without-project"
            rows[scope] = self.row(own, overall=False)
        return rows

    def row(self, cases: list[tuple[Row, dict[str, str]]], *, overall: bool) -> dict[str, str]:
        only = [case for _, case in cases]
        shown = overall and sum(bool(self.assessments(row["key"])) for row, _ in cases) >= 5
        steps = [*ORDER[1:3], "ready", *ORDER[3:]]
        found = {"requests": str(len(only))}
        for step in steps:
            found[step] = str(sum(bool(case.get(step)) for case in only))
            middle = median([days for case in only if (days := self.days_to(case, step)) is not None])
            found[f"median_days_to_{step}"] = "" if middle is None else half_up(middle, 1)
        if not shown:
            found["ready"] = found["median_days_to_ready"] = ""
        gains = self.gains()
        middle = median(gains) if shown and len(gains) >= 5 else None
        found["median_readiness_gain"] = "" if middle is None else half_up(middle, 2)
        found["closed"] = str(sum(case["step"] == "closed" for case in only))
        found["stalled"] = str(sum(bool(case["stalled"]) for case in only))
        projects = {row["project"] for row, _ in cases if row["project"]}
        windows = [(one, window) for one in projects if (window := self.window(one)) and window[0]]
        for years in (1, 2):
            signed = [self.signed_within(one, clock, years)[1] for one, (_, clock) in windows]
            total = sum(signed, Fraction(0))
            found[f"signed_within_{12 * years}_months_eur"] = half_up(total, 2) if windows else ""
        return found

    def outcomes(self) -> dict[str, dict[str, str]]:
        """Return the rows of the outcomes by group, as the CSV writes them."""
        rows = {}
        windows = {row["slug"]: self.window(row["slug"]) for row in self.of("projects")}
        for advised in (True, False):
            group = [(slug, found[1]) for slug, found in windows.items() if found and found[0] is advised]
            for years in (1, 2):
                over = [(slug, clock) for slug, clock in group if self.end(clock, years) <= self.as_of]
                signed = [self.signed_within(slug, clock, years) for slug, clock in over]
                total = sum((euro for _, euro in signed), Fraction(0))
                with_one = sum(number > 0 for number, _ in signed)
                rows[f"{'advised' if advised else 'not_advised'}_{12 * years}"] = {
                    "projects": str(len(over)),
                    "windows_open": str(len(group) - len(over)),
                    "projects_signed": str(with_one),
                    "share_signed": half_up(Fraction(with_one, len(over)), 6) if over else "",
                    "signed_eur": half_up(total, 2),
                    "signed_per_project_eur": half_up(total / len(over), 2) if over else "",
                }
        return rows
