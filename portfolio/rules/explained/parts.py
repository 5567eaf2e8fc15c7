"""Building blocks of the tables of explained columns."""

from portfolio.rules.explanations import (
    Aggregate,
    ColumnRule,
    Formula,
    Of,
    Operand,
    Role,
    Terms,
    TermsOf,
    Unit,
)
from portfolio.vocabulary import EventKind, FigureKey

RATIO_PLACES = 6
COUNTED_PLACES = 4
STATES = (EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED, EventKind.SIGNED)
SIGNED = (EventKind.SIGNED.value,)


def cell(role: Role, name: str, label: str, unit: Unit = Unit.EURO) -> Operand:
    """Return an operand that is another cell of the same row."""
    return Operand(role, Of.CELL, name, label, unit)


def metric(role: Role, name: str, label: str, unit: Unit = Unit.NUMBER) -> Operand:
    """Return an operand that is a metric of the portfolio."""
    return Operand(role, Of.METRIC, name, label, unit)


def total_of(role: Role, terms: Terms) -> Operand:
    """Return the operand that is what a list of terms gives."""
    return Operand(role, Of.TERMS, terms.name, terms.title, terms.unit)


def sum_of(terms: Terms) -> Formula:
    """Return the formula of a figure that is what one list of terms gives."""
    return Formula((total_of(Role.PLUS, terms),))


def made_of(label: str, rules: tuple[int, ...], statement: str, terms: Terms) -> ColumnRule:
    """Return the rule of a column whose figure is what one list of terms gives."""
    return ColumnRule(label, rules, statement, terms.unit, sum_of(terms), (terms,))


def copied(
    label: str, rules: tuple[int, ...], statement: str, of: TermsOf, choice: str, unit: Unit = Unit.WORD
) -> ColumnRule:
    """Return the rule of a column that is copied from one record."""
    return made_of(label, rules, statement, Terms("record", label, of, (), (choice,), Aggregate.SAME, unit))


def figure(key: FigureKey, title: str) -> Terms:
    """Return the terms that are one published figure."""
    return Terms(key.value, title, TermsOf.FIGURE, (), (key.value,), Aggregate.SAME, Unit.NUMBER)


AS_OF = copied(
    "As of",
    (0,),
    "The day that the row is computed for: only dated rows on or before it exist. Today is today in"
    " Brussels; a later day is refused.",
    TermsOf.DAY,
    "as_of",
    Unit.DATE,
)
STAGE = copied(
    "Stage",
    (0,),
    "The stage of the project's newest stage row; on one day the later in the order decides, not selected"
    " and withdrawn last. Empty: no stage yet.",
    TermsOf.STAGE,
    "stage",
)
PROJECT = copied(
    "Project", (0,), "The key of the project, as recorded. Every project has a row.", TermsOf.PROJECT, "slug"
)
