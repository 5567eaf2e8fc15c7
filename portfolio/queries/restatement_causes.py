"""Which facts, entered, changed or deleted since a publication, bear on a figure that is restated.

A fact bears on a figure where the rules read its kind, of that project or envelope, for that column.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from portfolio.models import Contribution, CostEstimate, Publication
from portfolio.queries.correction_entries import Correction
from portfolio.queries.corrections import corrections
from portfolio.queries.restatements import Difference
from portfolio.queries.versions import history_of
from portfolio.rules import RULES_VERSION
from portfolio.vocabulary import EventKind, FigureKey, FinancierKind

# A bundle can change a million facts at once; so many are looked at, changed and deleted ones first.
MOST_FACTS = 1_000

MONEY = frozenset({"contribution_events", "contributions", "exchange_rates"})
COST = frozenset({"cost_estimates", "exchange_rates"})
STAGES = frozenset({"project_stages", "projects"})
CHIPS = frozenset({"chip_deployments"})
SPEEDS = CHIPS | {"chip_models"}
BASELINE = CHIPS | STAGES
CLAIMED = frozenset({"published_figures"})
ENVELOPE = frozenset({"envelopes"})
GIVERS = frozenset({"contributions", "financiers"})
FUNDED = MONEY | GIVERS

SHARES = tuple(f"{kind}_share" for kind in FinancierKind)
COVERAGE = {
    "stage": STAGES,
    "need_eur": COST,
    **dict.fromkeys(("gap_eur", "coverage", "potential_coverage", "incomplete"), MONEY | COST),
    **dict.fromkeys(SHARES, FUNDED | COST),
}
COMPARISON = {
    "kind": STAGES,
    "stage": STAGES,
    **dict.fromkeys(("h100_equivalents", "incomplete"), SPEEDS),
    **dict.fromkeys(("target_attainment", "ratio_to_implied"), CHIPS | CLAIMED),
    **dict.fromkeys(
        ("ratio_to_existing_mean", "ratio_to_existing_median", "ratio_to_existing_max"), BASELINE
    ),
}
UTILISATION = {
    **dict.fromkeys(("kind", "amount_eur", "expected_progress"), ENVELOPE),
    **dict.fromkeys(("headroom_eur", "utilisation", "over_allocated"), MONEY | ENVELOPE),
    **dict.fromkeys(
        ("gross_mobilised_eur", "mobilised_eur", "attributed_eur", "multiplier", "incomplete"),
        MONEY | COST | STAGES | ENVELOPE,
    ),
    **dict.fromkeys(("progress", "on_track"), MONEY | COST | STAGES | ENVELOPE),
}
SUMMARY = {
    "ai_factories_selected": STAGES,
    "gigafactories_selected": STAGES,
    "gigafactory_slots_free": STAGES | CLAIMED,
    **dict.fromkeys(
        ("need_eur", "need_selected_eur", "projects_without_need", "projects_without_need_selected"),
        COST | STAGES,
    ),
    **dict.fromkeys(("secured_eur", "secured_selected_eur"), MONEY | STAGES),
    **dict.fromkeys(("coverage", "coverage_selected"), MONEY | COST | STAGES),
}
# The terms of a figure in its own row (of the summary: in its own table), and the facts behind each.
TERMS: dict[tuple[str, str], dict[str, frozenset[str]]] = {
    **{
        ("project_coverage", column): {"need_eur": COST, "secured_eur": MONEY}
        for column in ("gap_eur", "coverage")
    },
    ("project_coverage", "potential_coverage"): {
        "need_eur": COST,
        "secured_eur": MONEY,
        "pipeline_eur": MONEY,
    },
    **{
        # Who gives the money may change where how much stays.
        ("project_coverage", column): {"need_eur": COST | GIVERS, "secured_eur": FUNDED}
        for column in SHARES
    },
    **{
        ("envelope_utilisation", column): {"amount_eur": ENVELOPE, "committed_eur": MONEY}
        for column in ("headroom_eur", "utilisation", "over_allocated")
    },
    ("portfolio_summary", "coverage"): {"need_eur": COST | STAGES, "secured_eur": MONEY | STAGES},
    ("portfolio_summary", "coverage_selected"): {
        "need_selected_eur": COST | STAGES,
        "secured_selected_eur": MONEY | STAGES,
    },
}
# Columns that one kind of published figure enters.
FIGURES = {
    "gigafactory_slots_free": {FigureKey.GIGAFACTORY_LIMIT},
    "target_attainment": {FigureKey.CHIPS_PER_GIGAFACTORY},
    "ratio_to_implied": {FigureKey.CHIPS_PER_GIGAFACTORY, FigureKey.CHIPS_VS_EXISTING},
}
# What these say is shown beside figures, and decides none.
BESIDE = frozenset(
    {
        "name",
        "note",
        "source",
        "confidence",
        "description",
        "city",
        "latitude",
        "longitude",
        "host",
        "website",
        "sectors",
        "countries",
        "statement",
        "title",
        "vendor",
        "memory_gb",
        "unit",
        "bound",
        "system",
        "programme",
        "parent",
        "as_of",
    }
)
OF_ALL_PROJECTS = frozenset({"ratio_to_existing_mean", "ratio_to_existing_median", "ratio_to_existing_max"})


@dataclass(frozen=True, slots=True)
class Explained:
    """A difference, the facts that bear on it (by number), and a sentence where there are none."""

    difference: Difference
    facts: tuple[int, ...]
    reason: str

    @property
    def told(self) -> str:
        """What there is to say of it in words: that a row is gone or new, and that no fact bears on it."""
        row = ""
        if not self.difference.column:
            new = self.difference.published is None
            row = "This row is not in the publication." if new else "This row is gone."
        return f"{row} {self.reason}".strip()


@dataclass(frozen=True, slots=True)
class Explanation:
    """All differences, and the facts that bear on any of them, by number."""

    differences: list[Explained]
    facts: dict[int, Correction]
    left_out: int


@dataclass(slots=True)
class Links:
    """What facts are tied to, whether or not they are still there."""

    envelopes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    projects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    owners: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    currencies: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    financiers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def projects_of(self, fact: Correction) -> set[str]:
        """Return the projects that a fact belongs to, and those that it belonged to before it was moved."""
        found = {fact.project} | _said(fact, "project")
        for reference in _said(fact, "contribution"):
            found |= self.owners[reference]
        return found - {""}

    def envelopes_of(self, fact: Correction) -> set[str]:
        """Return the envelopes that the money of a fact counts against, or did before it was moved."""
        references = {_reference(fact)} | _said(fact, "contribution")
        return set[str]().union(*(self.envelopes[reference] for reference in references))


def explain(
    publication: Publication, differing: Sequence[Difference], start: int = 0, stop: int | None = None
) -> Explanation:
    """Return differences, all or those from one place to another, with the facts that bear on each.

    `differing` are all of them: what differs beside a figure says what of it can have changed.
    """
    chosen = differing[start:stop]
    if not chosen:
        return Explanation([], {}, 0)
    since = corrections(publication.published_at, None, publication.as_of)
    found = [fact for fact in since[:MOST_FACTS] if _decides(fact)]
    left_out = max(since.count() - MOST_FACTS, 0)
    bearing = _Bearing(found, differing)
    explained = [(difference, bearing.on(difference)) for difference in chosen]
    used = sorted({number for _, numbers in explained for number in numbers})
    places = {number: place for place, number in enumerate(used, start=1)}
    reason = _reason(publication, left_out)
    return Explanation(
        [
            Explained(difference, tuple(places[number] for number in numbers), "" if numbers else reason)
            for difference, numbers in explained
        ],
        {places[number]: found[number] for number in used},
        left_out,
    )


class _Bearing:
    """Facts by what they can bear on, so that each figure looks at few of them."""

    def __init__(self, facts: Sequence[Correction], differing: Iterable[Difference]) -> None:
        self.facts = facts
        self.changed = {(figure.table, figure.key, figure.column) for figure in differing}
        self.links = _links(facts)
        self.general: list[int] = []
        self.of_project: dict[str, list[int]] = defaultdict(list)
        for number, fact in enumerate(facts):
            for project in self.links.projects_of(fact):
                self.of_project[project].append(number)
            if not fact.project:
                self.general.append(number)
        self.baseline = tuple(number for number, fact in enumerate(facts) if fact.fact in BASELINE)

    def on(self, difference: Difference) -> tuple[int, ...]:
        """Return the numbers of the facts that bear on a difference."""
        if difference.table == "chip_comparison" and difference.column in OF_ALL_PROJECTS:
            return self.baseline
        candidates: Sequence[int] = range(len(self.facts))
        if difference.table in ("project_coverage", "chip_comparison"):
            candidates = sorted([*self.of_project.get(difference.key, ()), *self.general])
        bearing = [number for number in candidates if _bears(self.facts[number], difference, self.links)]
        kinds = self._kinds(difference)
        if kinds is not None:
            # A figure that others make up: only what changed those, where it is known which did.
            bearing = [number for number in bearing if self.facts[number].fact in kinds] or bearing
        return tuple(bearing)

    def _kinds(self, difference: Difference) -> frozenset[str] | None:
        """Return the kinds of facts behind the terms of a figure that differ too; None where none does."""
        table, key, column = difference.table, difference.key, difference.column
        terms = TERMS.get((table, key if table == "portfolio_summary" else column), {})
        found = [
            kinds
            for term, kinds in terms.items()
            if ((table, term, column) if table == "portfolio_summary" else (table, key, term)) in self.changed
        ]
        return frozenset[str]().union(*found) if found else None


def _reason(publication: Publication, left_out: int) -> str:
    if publication.rules_version != RULES_VERSION:
        return (
            "No fact recorded since bears on it: the rules changed,"
            f" from version {publication.rules_version} to {RULES_VERSION}."
        )
    if left_out:
        return f"The fact is among {left_out} that are not looked at here, so many were recorded at once."
    return "No fact recorded since bears on it."


def _decides(fact: Correction) -> bool:
    """Whether a fact can change a figure; a name or a note never does."""
    return fact.kind != "changed" or not {change.name for change in fact.fields} <= BESIDE


def _bears(fact: Correction, difference: Difference, links: Links) -> bool:
    table, key, column = difference.table, difference.key, difference.column
    if not column:
        about = "envelopes" if table == "envelope_utilisation" else "projects"
        return fact.fact == about and key in _names(fact)
    if table == "project_coverage":
        return fact.fact in COVERAGE.get(column, MONEY) and _of_column(fact, column) and _of(fact, key, links)
    if table == "chip_comparison":
        if fact.fact not in COMPARISON.get(column, CHIPS):
            return False
        if fact.fact == "published_figures":
            return fact.label in FIGURES.get(column, ())
        return fact.fact == "chip_models" or key in links.projects_of(fact)
    if table == "envelope_utilisation":
        if fact.fact not in UTILISATION.get(column, MONEY) or not _of_column(fact, column):
            return False
        return _of_envelope(fact, key, column, links)
    return _of_metric(fact, key)


def _of_column(fact: Correction, column: str) -> bool:
    """Whether an event bears on a column of money: payments stand in one of their own."""
    if fact.fact != "contribution_events" or column == "incomplete":
        return True
    return fact.label.endswith(f" {EventKind.DISBURSED}") == (column == "disbursed_eur")


def _of(fact: Correction, project: str, links: Links) -> bool:
    """Whether a fact is one of a project, or a rate or financier that its money has."""
    if fact.fact == "exchange_rates":
        return any(project in links.currencies[currency] for currency in _names(fact))
    if fact.fact == "financiers":
        return project in links.financiers[fact.label]
    return project in links.projects_of(fact)


def _of_envelope(fact: Correction, envelope: str, column: str, links: Links) -> bool:
    if fact.fact == "envelopes":
        return envelope in _names(fact)
    projects = links.projects[envelope]
    if fact.fact in ("cost_estimates", "project_stages", "projects"):
        return bool(projects & links.projects_of(fact))
    if fact.fact == "exchange_rates":
        return any(projects & links.currencies[currency] for currency in _names(fact))
    own = envelope in links.envelopes_of(fact)
    # A project's need is shared among all envelopes that signed for it (rule 8).
    return own or (column == "attributed_eur" and bool(projects & links.projects_of(fact)))


def _of_metric(fact: Correction, metric: str) -> bool:
    if metric.startswith("claimed_over_existing"):
        return fact.fact in BASELINE or fact.label == FigureKey.CHIPS_PER_GIGAFACTORY
    if fact.fact not in SUMMARY.get(metric, BASELINE):
        return False
    if fact.fact == "published_figures":
        return fact.label in FIGURES.get(metric, ())
    return _of_column(fact, metric)


def _said(fact: Correction, name: str) -> set[str]:
    """Return what a column of a fact said before and says since."""
    return {
        str(value)
        for change in fact.fields
        if change.name == name
        for value in (change.old, change.new)
        if value is not None
    }


def _names(fact: Correction) -> set[str]:
    """Return the key of a fact, and the one it had before: a slug, or the currency of a rate."""
    return {fact.label} | _said(fact, "slug") | _said(fact, "currency")


def _reference(fact: Correction) -> str:
    """Return the reference of the contribution that a fact is, or belongs to."""
    return fact.label.split(" ")[0]


def _links(facts: Sequence[Correction]) -> Links:
    """Return what the facts are tied to; the number of reads does not depend on theirs."""
    links = Links()
    _tie_contributions(links, facts)
    projects = {project for fact in facts for project in links.projects_of(fact)}
    of_projects = Contribution.objects.order_by().filter(project__slug__in=projects, envelope__isnull=False)
    for project, envelope in of_projects.values_list("project__slug", "envelope__slug").distinct():
        links.projects[envelope].add(project)
    for fact in facts:
        for envelope in links.envelopes_of(fact):
            links.projects[envelope] |= links.projects_of(fact)
    currencies = {name for fact in facts if fact.fact == "exchange_rates" for name in _names(fact)}
    for rows in (Contribution.objects.order_by(), CostEstimate.objects.order_by()):
        used = rows.filter(currency__in=currencies).values_list("currency", "project__slug")
        for currency, project in used.distinct():
            links.currencies[currency].add(project)
    financiers = {name for fact in facts if fact.fact == "financiers" for name in _names(fact)}
    given = Contribution.objects.order_by().filter(financier__slug__in=financiers)
    for financier, project in given.values_list("financier__slug", "project__slug").distinct():
        links.financiers[financier].add(project)
    return links


def _tie_contributions(links: Links, facts: Sequence[Correction]) -> None:
    """Tie contributions to the envelopes and projects that they have or had, even if they are gone."""
    money = [fact for fact in facts if fact.fact in ("contributions", "contribution_events")]
    references = {
        reference for fact in money for reference in (_reference(fact), *_said(fact, "contribution"))
    }
    history = history_of(Contribution)._default_manager.order_by()
    rows = history.filter(reference__in=references)
    for reference, project, envelope in rows.values_list(
        "reference", "project__slug", "envelope__slug"
    ).distinct():
        links.owners[reference].add(project or "")
        if envelope:
            links.envelopes[reference].add(envelope)
