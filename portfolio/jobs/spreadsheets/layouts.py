"""Layouts that map themselves: lists that EU bodies publish, and names that columns often have."""

from dataclasses import dataclass, field
from itertools import pairwise

from portfolio.jobs.spreadsheets.plans import BY_SIGN, FieldPlan, Plan
from portfolio.jobs.spreadsheets.targets import Target, targets
from portfolio.names import folded
from portfolio.rules.cell_texts import slug
from portfolio.rules.number_conventions import CURRENCIES


@dataclass(frozen=True, slots=True)
class Layout:
    """A known list. `columns` identify it; `fields` has the columns of a field, `constants` fixed values."""

    name: str
    label: str
    target: str
    columns: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    constants: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    slugs: tuple[str, ...] = ()
    repeats: bool = False
    caution: str = ""

    def identifies(self, names: list[str]) -> bool:
        return {folded(column) for column in self.columns} <= {folded(name) for name in names}


KNOWN = (
    Layout(
        "eib_financed_projects",
        "the EIB's list of financed projects",
        "contributions",
        ("Name", "Country or Territory", "Sector", "Signature Date", "Signed Amount"),
        {
            "contributions.reference": ("Name", "Signature Date", "Sector"),
            "contributions.project": ("Name",),
            "contributions.note": ("Description",),
            "contribution_events.occurred_on": ("Signature Date",),
            "contribution_events.amount": ("Signed Amount",),
            "projects.countries": ("Country or Territory",),
        },
        {
            "contribution_events.kind": "signed",
            "contribution_events.confidence": "confirmed",
            "contributions.currency": BY_SIGN,
        },
        orders={"contribution_events.occurred_on": "dmy"},
        slugs=("contributions.reference",),
        caution="A row is a part of a loan: an operation may have several, one for each sector. The list has"
        " no identifier, so references are made from name, day and sector. Its days have the day first.",
    ),
    Layout(
        "financial_transparency_system",
        "the EU Financial Transparency System",
        "contributions",
        (
            "Reference of the Legal Commitment (LC)",
            "Name of beneficiary",
            "Budget line number",
            "Funding type",
        ),
        {
            "contributions.reference": ("Reference of the Legal Commitment (LC)", "Name of beneficiary"),
            "contributions.project": ("Subject of grant or contract",),
            "contributions.note": ("Programme name",),
            "contribution_events.amount": ("Beneficiary’s contracted amount (EUR)",),
            "projects.countries": ("Beneficiary country",),
        },
        {
            "contribution_events.kind": "signed",
            "contribution_events.confidence": "confirmed",
            "contributions.instrument": "grant",
            "contributions.currency": "EUR",
        },
        slugs=("contributions.reference",),
        caution="The amount of the commitment is repeated on every row of its beneficiaries, so the amount of"
        " each beneficiary is taken. The list has the year of a commitment only: choose a column or a day.",
    ),
    Layout(
        "kohesio_projects",
        "Kohesio's list of projects",
        "contributions",
        ("Operation_Unique_Identifier", "Operation_Name_English", "Project_EU_Budget", "Fund_Code"),
        {
            "contributions.reference": ("Operation_Unique_Identifier",),
            "contributions.project": ("Operation_Name_English",),
            "contributions.note": ("Programme_Name",),
            "contribution_events.occurred_on": ("Operation_Start_Date",),
            "contribution_events.amount": ("Project_EU_Budget",),
            "projects.countries": ("Country",),
        },
        {
            "contribution_events.kind": "signed",
            "contribution_events.confidence": "confirmed",
            "contributions.instrument": "grant",
            "contributions.currency": "EUR",
        },
        orders={"contribution_events.occurred_on": "dmy"},
        slugs=("contributions.reference",),
        repeats=True,
        caution="An operation has a row for each of its regions and categories, with the same amount: it is"
        " counted once. Its days have the day first, as Kohesio's validator demands.",
    ),
    Layout(
        "epoch_gpu_clusters",
        "Epoch AI's GPU clusters",
        "chip_deployments",
        ("Name", "Chip type (primary)", "Chip quantity (primary)", "First Operational Date", "Certainty"),
        {
            "chip_deployments.system": ("Name",),
            "chip_deployments.chip_model": ("Chip type (primary)",),
            "chip_deployments.chips": ("Chip quantity (primary)",),
            "chip_deployments.operational_on": ("First Operational Date",),
            "chip_deployments.confidence": ("Certainty",),
        },
        {"chip_deployments.bound": "about"},
        caution="An upgrade is a row of its own, and rows may be duplicates of others: leave out what"
        " “Superseded by” and “Possible Duplicate” name. The list names no project: choose one.",
    ),
)

# Names that columns have for a field, beside the field's own.
SYNONYMS = {
    "contributions.reference": ("reference", "ref", "contract", "contract number", "operation number", "id"),
    "contributions.project": ("project", "project name", "operation", "name of the operation", "title"),
    "contributions.financier": ("financier", "funder", "lender", "fund", "fonds"),
    "contributions.instrument": ("instrument", "type of finance"),
    "contributions.currency": ("currency", "curr", "ccy", "waluta", "devise", "währung"),
    "contribution_events.amount": ("amount", "signed amount", "eu amount", "montant", "betrag", "kwota"),
    "contribution_events.kind": ("event", "status", "state", "kind"),
    "contribution_events.occurred_on": ("date", "occurred on", "signature date", "signed on", "signature"),
    "projects.slug": ("slug", "key", "project key"),
    "projects.name": ("name", "project", "project name", "title"),
    "projects.countries": ("country", "countries", "country code"),
    "cost_estimates.project": ("project", "project name", "name"),
    "cost_estimates.amount": ("amount", "cost", "capex", "total cost", "investment", "cout total"),
    "cost_estimates.estimated_on": ("date", "estimated on", "as of"),
    "milestones.project": ("project", "project name"),
    "milestones.title": ("milestone", "title"),
    "milestones.due_on": ("due", "due on", "due date", "deadline"),
    "milestones.done_on": ("done", "done on", "completed on"),
    "project_stages.project": ("project", "project name", "name"),
    "project_stages.reached_on": ("date", "reached on", "since"),
    "chip_deployments.project": ("project", "project name"),
    "chip_deployments.chips": ("chips", "number of chips", "gpus"),
    "financiers.slug": ("slug", "key"),
    "financiers.name": ("name", "financier"),
    "sources.key": ("key", "slug"),
    "sources.url": ("url", "address", "link"),
}
SCALES = (
    (1_000_000_000, ("billion", "bn", "mrd", "milliarden")),
    (1_000_000, ("million", "millions", "mio", "mln", "m€", "meur", "€m", "eur m", "millionen")),
    (1_000, ("thousand", "thousands", "k€", "keur", "tsd", "teur", "€k")),
)


def known_columns() -> frozenset[frozenset[str]]:
    """Return the columns that identify each known layout, folded."""
    return frozenset(frozenset(map(folded, layout.columns)) for layout in KNOWN)


def known_layout(names: list[str]) -> Layout | None:
    """Return the known layout that columns of these names are of."""
    return next((layout for layout in KNOWN if layout.identifies(names)), None)


def mapped_by(layout: Layout, plan: Plan) -> None:
    """Map the columns of a plan as a known layout says."""
    places = {folded(name): number for number, name in reversed(list(enumerate(plan.names)))}
    plan.target, plan.repeats = layout.target, layout.repeats
    plan.make = [file.name for file in targets()[layout.target].missing if file.name == "projects"]
    plan.fields = {name: FieldPlan(constant=constant) for name, constant in layout.constants.items()}
    for name, columns in layout.fields.items():
        found = [places[folded(column)] for column in columns if folded(column) in places]
        if found:
            order = layout.orders.get(name, "")
            plan.fields[name] = FieldPlan(columns=found, way=order, slug=name in layout.slugs)


def suggested(plan: Plan) -> None:
    """Map the columns of a plan whose names say what they are, to the target that takes the most of them."""
    best: dict[str, FieldPlan] = {}
    chosen = plan.target
    for name, target in targets().items():
        if plan.target and name != plan.target:
            continue
        fields = _by_names(target, plan.names)
        if len(fields) > len(best):
            best, chosen = fields, name
    plan.target = chosen or "contributions"
    plan.fields = best


def _by_names(target: Target, names: list[str]) -> dict[str, FieldPlan]:
    folded_names = [folded(name) for name in names]
    taken: set[int] = set()
    found: dict[str, FieldPlan] = {}
    for name, one in target.fields.items():
        column_name = name.partition(".")[2] or name
        wanted = [folded(column_name), folded(column_name).replace("_", " "), folded(one.label)]
        if not one.made:
            wanted += [folded(word) for word in SYNONYMS.get(name, ())]
        place = next((place for word in wanted for place in _places(word, folded_names, taken)), None)
        if place is not None:
            taken.add(place)
            scale = scale_of(names[place]) if one.number and one.number.places == 2 else 1
            found[name] = FieldPlan(columns=[place], scale=scale)
            currency = currency_of(names[place])
            if currency and one.number and f"{one.file.name}.currency" in target.fields:
                found.setdefault(f"{one.file.name}.currency", FieldPlan(constant=currency))
    return found


def _places(word: str, names: list[str], taken: set[int]) -> list[int]:
    return [number for number, name in enumerate(names) if number not in taken and _bare(name) == word]


def _bare(name: str) -> str:
    """Return a column's name without what stands in brackets: “amount (eur)” is an amount."""
    return name.partition("(")[0].strip().replace("_", " ") if not name.startswith("(") else name


def scale_of(name: str) -> int:
    """Return what the numbers of a column are in, by its name: 1,000,000 for “Amount (EUR million)”."""
    words = slug_words(name)
    return next((scale for scale, marks in SCALES if any(mark in words for mark in marks)), 1)


def slug_words(name: str) -> set[str]:
    """Return the words of a name, and the pairs of words that follow one another."""
    words = folded(name).replace("(", " ").replace(")", " ").replace(".", " ").replace("/", " ").split()
    return {*words, *(f"{one} {other}" for one, other in pairwise(words))}


def currency_of(name: str) -> str:
    """Return the currency that a column's name says; empty where it says none."""
    if "€" in name:
        return "EUR"
    found = [
        word.upper() for word in slug(name).split("-") if word.upper() in CURRENCIES and word.upper() in name
    ]
    return found[0] if len(found) == 1 else ""
