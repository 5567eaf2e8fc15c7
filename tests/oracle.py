"""A slow, plain second reading of the rules: the metric tables of a bundle, worked out from its files alone.

It shares no code with the application, so that the two can be compared byte for byte. Everything is a
`Fraction` until a figure is written, and is rounded once, half up. The two exceptions are the rules' own: an
amount is rounded to the cent when it becomes euro (rule 1), and `attributed` is rounded down per project
(rule 8). The bundle is taken to be valid: nothing is checked, and a file that is absent has no rows.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path
from statistics import median
from typing import NamedTuple

Row = dict[str, str]
Value = tuple[Fraction | None, str]  # an amount in euro and "", or None and the reason it is unknown

SELECTED = ["selected", "hosting_agreement", "financial_close", "procurement", "construction", "operational"]
ENDED = ["not_selected", "withdrawn"]
STAGES = ["idea", "expression_of_interest", "proposal", *SELECTED, *ENDED]  # in order
LADDER = ("announced", "under_appraisal", "approved", "signed", "cancelled")
FINANCIER_KINDS = ("eu_budget", "eib_group", "participating_state", "other_public", "private")
CHIP_STATUSES = ("planned", "contracted", "installed", "operational")
HEADERS = {
    "project_coverage.csv": (
        "project,as_of,stage,need_eur,announced_eur,under_appraisal_eur,approved_eur,signed_eur,disbursed_eur,"
        "secured_eur,pipeline_eur,guaranteed_eur,gap_eur,coverage,potential_coverage,eu_budget_share,"
        "eib_group_share,participating_state_share,other_public_share,private_share,incomplete"
    ),
    "envelope_utilisation.csv": (
        "envelope,as_of,kind,amount_eur,announced_eur,under_appraisal_eur,approved_eur,signed_eur,disbursed_eur,"
        "committed_eur,headroom_eur,utilisation,over_allocated,gross_mobilised_eur,mobilised_eur,attributed_eur,"
        "multiplier,progress,expected_progress,on_track,incomplete"
    ),
    "chip_comparison.csv": (
        "project,as_of,kind,stage,chips,planned_chips,contracted_chips,installed_chips,operational_chips,"
        "h100_equivalents,target_attainment,ratio_to_existing_mean,ratio_to_existing_median,"
        "ratio_to_existing_max,ratio_to_implied,incomplete"
    ),
    "portfolio_summary.csv": "metric,value,as_of",
}
day = date.fromisoformat


class Line(NamedTuple):
    """A contribution as of a date (rule 2): its state, and euro values that are 0 where they are unknown."""

    row: Row
    state: str
    euro: Fraction
    signed_on: date | None
    disbursed: Fraction
    reasons: frozenset[str]
    guarantee: bool  # cover for somebody else's money, kept apart by rule 3


class Portfolio:
    """A bundle as of a date: the rows that exist then, and what each project and contribution amounts to."""

    def __init__(self, bundle: Path, as_of: date) -> None:
        """Read the folder; of its dated rows only those on or before `as_of` are kept (section 2)."""
        self.bundle, self.as_of = bundle, as_of
        projects = sorted(read_rows(bundle, "projects"), key=lambda row: row["slug"])
        self.kinds = {row["slug"]: row["kind"] for row in projects}
        self.envelopes = sorted(read_rows(bundle, "envelopes"), key=lambda row: row["slug"])
        self.financier_kinds = {row["slug"]: row["kind"] for row in read_rows(bundle, "financiers")}
        self.figures = known_numbers(read_rows(bundle, "published_figures"), "key", "value")
        self.tflops = known_numbers(read_rows(bundle, "chip_models"), "slug", "bf16_dense_tflops")
        self.rates = self._grouped("exchange_rates", "currency", "date")
        stages = self._grouped("project_stages", "project", "reached_on")
        estimates = self._grouped("cost_estimates", "project", "estimated_on")
        events = self._grouped("contribution_events", "contribution", "occurred_on")
        machines = self._grouped("chip_deployments", "project")
        self.stage = {slug: stage_of(stages[slug]) for slug in self.kinds}
        self.need = {slug: self._need(estimates[slug]) for slug in self.kinds}
        self.machines = {slug: existing_machines(machines[slug], as_of) for slug in self.kinds}
        self.project_lines: dict[str, list[Line]] = defaultdict(list)
        self.envelope_lines: dict[str, list[Line]] = defaultdict(list)
        for row in read_rows(bundle, "contributions"):
            line = self._line(row, events[row["reference"]])
            self.project_lines[row["project"]].append(line)
            self.envelope_lines[row["envelope"]].append(line)

    def _grouped(self, name: str, column: str, dated_by: str = "") -> dict[str, list[Row]]:
        """The rows of a file by the text of a column; of a dated file those on or before the as-of date."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in read_rows(self.bundle, name):
            if not dated_by or day(row[dated_by]) <= self.as_of:
                groups[row[column]].append(row)
        return groups

    def _euro(self, amount: str, currency: str, on: date) -> Value:
        """An amount in euro, rounded to the cent, or the reason it is unknown (rule 1)."""
        if amount == "":
            return None, "amount_unknown"
        if currency == "EUR":
            return Fraction(amount), ""
        rates = [rate for rate in self.rates[currency] if day(rate["date"]) <= on]
        if not rates:
            return None, "no_exchange_rate"
        newest = max(rates, key=lambda rate: day(rate["date"]))
        return half_up(Fraction(amount) / Fraction(newest["per_euro"]), 2), ""

    def _need(self, estimates: list[Row]) -> Value:
        """The newest estimate in euro at its own date, or the reason there is none (rule 4)."""
        if not estimates:
            return None, "no_cost_estimate"
        newest = max(estimates, key=lambda row: day(row["estimated_on"]))
        return self._euro(newest["amount"], newest["currency"], day(newest["estimated_on"]))

    def _line(self, row: Row, events: list[Row]) -> Line:
        """The contribution's state, amount, signature and payments, and what is unknown of them (rule 2)."""
        payments = [event for event in events if event["kind"] == "disbursed"]
        ladder = [event for event in events if event["kind"] in LADDER]
        ladder.sort(key=lambda event: (day(event["occurred_on"]), LADDER.index(event["kind"])))
        state = ladder[-1]["kind"] if ladder else ""
        days = [(day(event["occurred_on"]), event["kind"]) for event in ladder]
        cancelled_on = max((on for on, kind in days if kind == "cancelled"), default=date.min)
        signatures = [on for on, kind in days if kind == "signed" and on > cancelled_on]
        # A cancellation is worth nothing whatever its cells say, so that nothing about it can be unknown.
        deciding = [] if state == "cancelled" else ladder[-1:]
        amounts, paid = (
            [self._euro(event["amount"], row["currency"], day(event["occurred_on"])) for event in some]
            for some in (deciding, payments)
        )
        euro, disbursed = (total(value for value, _ in some) for some in (amounts, paid))
        reasons = frozenset(reason for _, reason in amounts + paid)
        guarantee = row["instrument"] == "guarantee"
        return Line(row, state, euro, min(signatures, default=None), disbursed, reasons, guarantee)

    def selected(self, kind: str) -> list[str]:
        """The slugs of the selected projects of a kind (rule 0)."""
        return [slug for slug in self.kinds if self.kinds[slug] == kind and self.stage[slug] in SELECTED]

    def secured(self, project: str) -> Fraction:
        """The project's signed euro, guarantees left out (rule 3)."""
        return in_states((line for line in self.project_lines[project] if not line.guarantee), "signed")

    def chips(self, project: str, statuses: Iterable[str] = CHIP_STATUSES) -> int:
        """The project's known chips in these statuses; 0 where none is known (rule 9)."""
        return sum(int(row["chips"] or 0) for row in self.machines[project] if row["status"] in statuses)

    def baseline(self) -> list[int]:
        """The running chips of each selected AI factory that has any (rule 10)."""
        running = (self.chips(slug, ("installed", "operational")) for slug in self.selected("ai_factory"))
        return [chips for chips in running if chips > 0]


def metric_tables(bundle: Path, as_of: date) -> dict[str, str]:
    """The exact text of the four metric tables of a valid bundle as of a date, by file name (section 3)."""
    it = Portfolio(bundle, as_of)
    rows = {
        "project_coverage.csv": [coverage_row(it, project) for project in it.kinds],
        "envelope_utilisation.csv": [envelope_row(it, envelope) for envelope in it.envelopes],
        "chip_comparison.csv": [chip_row(it, project) for project in it.kinds],
        "portfolio_summary.csv": [{"metric": k, "value": v} for k, v in summary_metrics(it).items()],
    }
    return {name: table(header, rows[name], as_of) for name, header in HEADERS.items()}


def coverage_row(it: Portfolio, project: str) -> Row:
    """A project's row of `project_coverage`: what it needs, what it has, what is unknown (rules 3 to 6)."""
    lines = it.project_lines[project]
    money = [line for line in lines if not line.guarantee]
    guarantees = [line for line in lines if line.guarantee]
    secured, pipeline = it.secured(project), in_states(money, *LADDER[:3])
    need, reason = it.need[project]
    row = {
        "project": project,
        "stage": it.stage[project],
        "need_eur": written(need, 2),
        **state_cells(money),
        "secured_eur": written(secured, 2),
        "pipeline_eur": written(pipeline, 2),
        "guaranteed_eur": written(in_states(guarantees, "signed"), 2),
        "gap_eur": written(None if need is None else max(need - secured, Fraction(0)), 2),
        "coverage": written(ratio(secured, need), 6),
        "potential_coverage": written(ratio(secured + pipeline, need), 6),
        # Of guarantees too: rule 1 asks whether the row decides something, not whether its sum is shown.
        "incomplete": reasons_cell(lines, {reason}),
    }
    for kind in FINANCIER_KINDS:
        theirs = [line for line in money if it.financier_kinds[line.row["financier"]] == kind]
        row[f"{kind}_share"] = written(ratio(in_states(theirs, "signed"), need), 6)
    return row


def envelope_row(it: Portfolio, envelope: Row) -> Row:
    """An envelope's row of `envelope_utilisation` (rules 7 and 8)."""
    # Guarantees count here like any contribution (rule 3), and so do contributions to projects that ended.
    lines = it.envelope_lines[envelope["slug"]]
    amount = Fraction(envelope["amount_eur"])
    row = {"envelope": envelope["slug"], "kind": envelope["kind"], "amount_eur": written(amount, 2)}
    row |= state_cells(lines)
    if envelope["kind"] == "mobilisation_target":
        cells, missing_needs = target_cells(it, envelope)
        return row | cells | {"incomplete": reasons_cell(lines, missing_needs)}
    committed = in_states(lines, "approved", "signed")
    return row | {
        "committed_eur": written(committed, 2),
        "headroom_eur": written(amount - committed, 2),
        "utilisation": written(ratio(committed, amount), 6),
        "over_allocated": str(committed > amount).lower(),
        "incomplete": reasons_cell(lines, set()),
    }


def target_cells(it: Portfolio, envelope: Row) -> tuple[Row, set[str]]:
    """A mobilisation target's own cells, and why needs of its counted projects are missing (rule 8)."""
    starts_on, ends_on = day(envelope["starts_on"]), day(envelope["ends_on"])
    counted = [
        line
        for line in it.envelope_lines[envelope["slug"]]
        if not line.guarantee and it.stage[line.row["project"]] not in ENDED
        if line.state == "signed" and line.signed_on and starts_on <= line.signed_on <= ends_on
    ]
    gross = mobilised = attributed = Fraction(0)
    missing = set()
    for project in {line.row["project"] for line in counted}:
        need, reason = it.need[project]
        if need is None:
            missing.add(reason)
            continue
        here = [line for line in counted if line.row["project"] == project]
        anywhere = [line for line in it.project_lines[project] if line.row["envelope"] and not line.guarantee]
        gross += need * len(here)
        mobilised += need
        share = ratio(in_states(here, "signed"), in_states(anywhere, "signed")) or Fraction(0)
        attributed += Fraction(floor(need * share * 100), 100)
    progress = mobilised / Fraction(envelope["amount_eur"])
    elapsed = Fraction((it.as_of - starts_on).days, (ends_on - starts_on).days)
    expected = min(max(elapsed, Fraction(0)), Fraction(1))
    cells = {
        "gross_mobilised_eur": written(gross, 2),
        "mobilised_eur": written(mobilised, 2),
        "attributed_eur": written(attributed, 2),
        # The signed euro of a counted project without a need stand below the line all the same.
        "multiplier": written(ratio(mobilised, in_states(counted, "signed")), 4),
        "progress": written(progress, 6),
        "expected_progress": written(expected, 6),
        "on_track": "" if it.as_of < starts_on else str(progress >= expected).lower(),
    }
    return cells, missing


def chip_row(it: Portfolio, project: str) -> Row:
    """A project's row of `chip_comparison`: its chips, against what exists and is claimed (rules 9, 10)."""
    counted = [row for row in it.machines[project] if row["chips"]]
    chips = Fraction(it.chips(project)) if counted else None
    h100, tflops = it.tflops.get("h100-sxm"), [it.tflops.get(row["chip_model"]) for row in counted]
    equivalents = None
    if counted and h100 and None not in tflops:
        terms = zip(counted, tflops, strict=True)
        equivalents = total(int(row["chips"]) * (each or 0) / h100 for row, each in terms)
    reasons = set()
    if not counted or len(counted) < len(it.machines[project]):
        reasons.add("chip_count_unknown")
    if counted and equivalents is None:
        reasons.add("chip_model_unknown")
    claimed = it.figures.get("chips_per_gigafactory")
    implied = ratio(claimed, it.figures.get("chips_vs_existing"))
    return {
        "project": project,
        "kind": it.kinds[project],
        "stage": it.stage[project],
        "chips": written(chips, 0),
        **{f"{status}_chips": str(it.chips(project, (status,))) for status in CHIP_STATUSES},
        "h100_equivalents": written(equivalents, 1),
        "target_attainment": written(ratio(chips, claimed), 6),
        **{f"ratio_to_existing_{name}": written(ratio(chips, of), 4) for name, of in averages(it).items()},
        "ratio_to_implied": written(ratio(chips, implied), 4),
        "incomplete": reasons_cell([], reasons),
    }


def averages(it: Portfolio) -> dict[str, Fraction | None]:
    """Mean, median and largest of the existing baseline; None each where it is empty (rule 10)."""
    chips = [Fraction(count) for count in it.baseline()]
    mean = ratio(total(chips), Fraction(len(chips)))
    return {"mean": mean, "median": median(chips) if chips else None, "max": max(chips, default=None)}


def summary_metrics(it: Portfolio) -> Row:
    """Every metric of `portfolio_summary` in the order of the worked example, by name (rules 10 to 12)."""
    alive = [slug for slug in it.kinds if it.stage[slug] not in ENDED]
    factories, gigafactories = it.selected("ai_factory"), it.selected("ai_gigafactory")
    limit, claimed = it.figures.get("gigafactory_limit"), it.figures.get("chips_per_gigafactory")
    existing = averages(it)
    return {
        "ai_factories_selected": str(len(factories)),
        "gigafactories_selected": str(len(gigafactories)),
        "gigafactory_slots_free": written(None if limit is None else limit - len(gigafactories), 0),
        **funding_metrics(it, alive, ""),
        "projects_without_need": str(sum(it.need[project][0] is None for project in alive)),
        **funding_metrics(it, factories + gigafactories, "_selected"),
        "existing_chips_known_factories": str(len(it.baseline())),
        "existing_chips_total": str(sum(it.baseline())),
        **{f"existing_chips_{name}": written(existing[name], 2) for name in ("mean", "median")},
        "existing_chips_max": written(existing["max"], 0),
        "gigafactory_chips_total": str(sum(it.chips(project) for project in gigafactories)),
        **{f"claimed_over_existing_{name}": written(ratio(claimed, of), 4) for name, of in existing.items()},
    }


def funding_metrics(it: Portfolio, projects: list[str], suffix: str) -> Row:
    """Need and secured of these projects, and coverage over those that have a need (rule 12)."""
    with_need = [project for project in projects if it.need[project][0] is not None]
    need = total(it.need[project][0] for project in with_need)
    covered = total(it.secured(project) for project in with_need)
    return {
        f"need{suffix}_eur": written(need, 2),
        f"secured{suffix}_eur": written(total(it.secured(project) for project in projects), 2),
        f"coverage{suffix}": written(ratio(covered, need), 6),
    }


def stage_of(stages: list[Row]) -> str:
    """The newest of a project's stages, on one day the later in the order; "" if there is none (rule 0)."""
    ordered = sorted(stages, key=lambda row: (day(row["reached_on"]), STAGES.index(row["stage"])))
    return ordered[-1]["stage"] if ordered else ""


def existing_machines(deployments: list[Row], as_of: date) -> list[Row]:
    """The deployments that exist as of a date, each with its furthest `status` by then (rule 9)."""
    today, machines = as_of.isoformat(), []  # ISO dates compare as text, and "" is no date
    for row in deployments:
        reached = [status for status in CHIP_STATUSES if "" < row[f"{status}_on"] <= today]
        if reached and not "" < row["retired_on"] <= today:
            machines.append(row | {"status": reached[-1]})
    return machines


def in_states(lines: Iterable[Line], *states: str) -> Fraction:
    """The euro of the contributions in these states."""
    return total(line.euro for line in lines if line.state in states)


def state_cells(lines: list[Line]) -> Row:
    """The cells of the sum in each state but `cancelled`, and of what was disbursed."""
    cells = {f"{state}_eur": written(in_states(lines, state), 2) for state in LADDER[:4]}
    return cells | {"disbursed_eur": written(total(line.disbursed for line in lines), 2)}


def reasons_cell(lines: list[Line], others: set[str]) -> str:
    """What is unknown about these contributions, and the other reasons, sorted and joined (section 3)."""
    return ";".join(sorted(others.union(*(line.reasons for line in lines)) - {""}))


def total(amounts: Iterable[Fraction | None]) -> Fraction:
    """The sum of the known amounts; 0 of nothing."""
    return sum((amount for amount in amounts if amount is not None), Fraction(0))


def ratio(part: Fraction | None, whole: Fraction | None) -> Fraction | None:
    """The quotient; None where either is unknown or the whole is zero (rule 5)."""
    return None if part is None or not whole else part / whole


def half_up(value: Fraction, places: int) -> Fraction:
    """The value rounded to so many decimals, half away from zero."""
    size = Fraction(floor(abs(value) * 10**places + Fraction(1, 2)), 10**places)
    return -size if value < 0 else size


def written(value: Fraction | None, places: int) -> str:
    """The text of a figure with exactly so many decimals, "" for None."""
    if value is None:
        return ""
    units = int(half_up(value, places) * 10**places)
    whole, rest = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}" + (f".{rest:0{places}}" if places else "")


def read_rows(bundle: Path, name: str) -> list[Row]:
    """The rows of a file of the bundle; none if it is absent."""
    path = bundle / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def known_numbers(rows: list[Row], key: str, column: str) -> dict[str, Fraction]:
    """The number in a column by the row's key; rows whose cell is empty are left out."""
    return {row[key]: Fraction(row[column]) for row in rows if row[column]}


def table(header: str, rows: list[Row], as_of: date) -> str:
    """The text of a metric table; cells that a row lacks are empty (section 3)."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header.split(","), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(row | {"as_of": as_of.isoformat()} for row in rows)
    return text.getvalue()
