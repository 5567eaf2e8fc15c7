"""The forms of an import: how its columns are mapped, and how what is open is settled."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portfolio.jobs.spreadsheets.cells import column_letters
from portfolio.jobs.spreadsheets.plans import BY_SIGN, FieldPlan, NewSource, Plan
from portfolio.jobs.spreadsheets.targets import SOURCE, Field, FieldKind, Target, targets
from portfolio.rules.date_conventions import ORDERS
from portfolio.rules.number_conventions import MARKS

SCALES = ((1, "as they stand"), (1_000, "thousands"), (1_000_000, "millions"), (1_000_000_000, "billions"))
MOST_COLUMNS = 3  # that a key is made of
HINTS = {
    FieldKind.REFERENCE: "Its key, or its name as recorded.",
    FieldKind.COUNTRIES: "Such as PL, or Poland; Lithuania.",
    FieldKind.CURRENCY: "Such as EUR.",
    FieldKind.DATE: "As 2026-03-31.",
}
GROUPS = (
    ("", "What a row says"),
    ("projects", "Where a project is missing"),
    ("financiers", "Where a financier is missing"),
)
Posted = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Input:
    """The inputs of one field: its columns, one value for all rows, and how its column is written."""

    field: Field
    plan: FieldPlan
    places: list[int | None]
    hint: str
    ways: list[tuple[str, str]]
    scales: tuple[tuple[int, str], ...]
    words: list[tuple[str, str]]

    @property
    def fault(self) -> bool:
        """Whether it lacks what a new record needs."""
        return self.field.required and not self.plan


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are needed in one case."""

    file: str
    title: str
    chosen: bool
    inputs: list[Input]


def columns_of(plan: Plan) -> list[tuple[int, str]]:
    """Return the columns of a list to choose from, with their letters."""
    return [(number, f"{column_letters(number)}: {name}") for number, name in enumerate(plan.names)]


def groups_of(plan: Plan) -> list[Group]:
    """Return the fields of what a list is taken as, with what is chosen for each."""
    target = targets()[plan.target]
    found = []
    for file, title in GROUPS:
        inputs = [_input(one, plan) for one in target.fields.values() if one.made == file]
        if inputs:
            found.append(Group(file, title, file in plan.make, inputs))
    return found


def _input(one: Field, plan: Plan) -> Input:
    fplan = plan.fields.get(one.name, FieldPlan())
    most = MOST_COLUMNS if one.kind == FieldKind.KEY else 1
    places: list[int | None] = [*fplan.columns[:MOST_COLUMNS]]
    places += [None] * (most - len(places))
    ways: list[tuple[str, str]] = []
    if one.kind == FieldKind.NUMBER:
        ways = list(MARKS.items())
    elif one.kind == FieldKind.DATE:
        ways = list(ORDERS.items())
    scales = SCALES if one.number and one.number.places == 2 else ()
    words = list(one.words)
    if one.kind == FieldKind.CURRENCY and any(
        other.number for other in targets()[plan.target].fields.values()
    ):
        words = [(BY_SIGN, "as the sign of its amount says")]
    return Input(one, fplan, places, HINTS.get(one.kind, ""), ways, scales, words)


def taken_as(plan: Plan, posted: Posted) -> Plan:
    """Return a plan with what the form of its columns says put in; what is no choice is left out."""
    target = targets()[plan.target]
    plan.fields = {}
    for name, one in target.fields.items():
        fplan = _posted(one, plan, posted)
        if fplan:
            plan.fields[name] = fplan
    plan.make = [file.name for file in target.missing if posted.get(f"make:{file.name}")]
    plan.keep_blanks = not posted.get("clear-blanks")
    plan.repeats = bool(posted.get("repeats"))
    plan.new_source = NewSource(
        **{name: posted.get(f"new-source:{name}", "").strip() for name in NewSource.__slots__}
    )
    if plan.new_source and SOURCE in target.fields:
        plan.fields[SOURCE] = FieldPlan(constant=plan.new_source.key)
    return plan


def _posted(one: Field, plan: Plan, posted: Posted) -> FieldPlan:
    chosen = [posted.get(f"column{number or ''}:{one.name}", "") for number in range(MOST_COLUMNS)]
    columns = [
        int(text) for text in chosen if re.fullmatch("[0-9]{1,4}", text) and int(text) < len(plan.names)
    ]
    scale = posted.get(f"scale:{one.name}", "")
    way = posted.get(f"way:{one.name}", "")
    return FieldPlan(
        columns=columns,
        constant="" if columns else posted.get(f"value:{one.name}", "").strip(),
        way=way if way in (*MARKS, *ORDERS) else "",
        scale=int(scale) if scale in {str(number) for number, _ in SCALES} else 1,
        slug=bool(posted.get(f"slug:{one.name}")),
    )


def settled_by(plan: Plan, posted: Posted, out: Iterable[str], back: Iterable[str]) -> Plan:
    """Return a plan with what a person settled put in: ways, words, cells, rows left out and taken back."""
    target: Target = targets()[plan.target]
    for name, value in posted.items():
        what, _, about = name.partition(":")
        value = value.strip()
        if what == "way" and about in plan.fields and value in (*MARKS, *ORDERS):
            plan.fields[about].way = value
        elif what == "word" and value:
            field, _, text = about.partition(":")
            if field in target.fields:
                plan.words.setdefault(field, {})[text] = value
        elif what == "cell" and about and value:
            plan.settled[about] = value
        elif what == "unsettle" and value:
            plan.settled.pop(about, None)
    plan.left_out = sorted({*plan.left_out, *_numbers(out)} - _numbers(back))
    return plan


def _numbers(texts: Iterable[str]) -> set[int]:
    return {int(text) for text in texts if re.fullmatch("[0-9]{1,9}", text)}
