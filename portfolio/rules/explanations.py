"""How a cell of the four tables is made: its rule in words, its operands, and the terms behind them.

The tables of columns stand in `explained_columns`. Here is the arithmetic that puts a figure together again
from what its explanation shows, apart from the functions that computed it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import prod

from portfolio.rules.money import ZERO, divide
from portfolio.rules.project_coverage import join_reasons

Value = Decimal | int | str | bool | None


class Unit(StrEnum):
    """What a value is: euro, a ratio, a number of things, and so on."""

    EURO = "euro"
    RATIO = "ratio"
    NUMBER = "number"
    TFLOPS = "TFLOP/s"
    DAYS = "days"
    WORD = "word"
    DATE = "date"
    YES_NO = "yes or no"
    REASONS = "reasons"


class Role(StrEnum):
    """What an operand does in a formula: (plus - minus) x times / (over / under), compared with against."""

    PLUS = "plus"
    MINUS = "minus"
    TIMES = "times"
    OVER = "over"
    UNDER = "under"
    AGAINST = "against"


class Of(StrEnum):
    """Where the value of an operand comes from: a cell of the same row, a metric, or a list of terms."""

    CELL = "cell"
    METRIC = "metric"
    TERMS = "terms"


class Aggregate(StrEnum):
    """How terms make one value. A term of unknown value adds nothing."""

    SUM = "sum"
    KNOWN_SUM = "sum, unknown without a known term"
    WHOLE_SUM = "sum, unknown with an unknown term"
    MEDIAN = "median"
    LARGEST = "largest"
    SAME = "the same"
    REASONS = "reasons"


class TermsOf(StrEnum):
    """What the terms of a list are."""

    CONTRIBUTIONS = "contributions"
    PAYMENTS = "payments"
    ESTIMATE = "cost estimate"
    LACKING = "facts that lack something"
    STAGE = "stage"
    PROJECT = "project"
    ENVELOPE = "envelope"
    PERIOD = "period"
    COUNTED_PROJECTS = "counted projects"
    COUNTED_LINES = "counted lines"
    SHARED_LINES = "signed money in envelopes"
    DEPLOYMENTS = "chip deployments"
    REFERENCE_CHIP = "reference chip"
    FIGURE = "published figure"
    PROJECTS = "projects"
    FACTORIES = "existing AI factories"
    GIGAFACTORIES = "selected gigafactories"
    DAY = "day"
    METRIC = "metric"


@dataclass(frozen=True, slots=True)
class Operand:
    """A named part of a formula. `name` is a column, a metric, or the name of a list of terms."""

    role: Role
    of: Of
    name: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Terms:
    """A list of terms, and the operands that it adds up to (none: it only shows where lines come from).

    `choice` says which: states of contributions, statuses of deployments, a financier's kind, a cell.
    """

    name: str
    title: str
    of: TermsOf
    behind: tuple[str, ...] = ()
    choice: tuple[str, ...] = ()
    aggregate: Aggregate = Aggregate.SUM
    unit: Unit = Unit.EURO
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """What a figure is made of. `places` is where it is rounded, once, half up; None: it is exact."""

    operands: tuple[Operand, ...] = ()
    places: int | None = None
    not_below_zero: bool = False
    or_equal: bool = False


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """A column: how it is called, its rules by number, what they say, and how its figures are made.

    `only` names the kind of envelope that the column is for, where it is not for both.
    """

    label: str
    rules: tuple[int, ...]
    statement: str
    unit: Unit
    formula: Formula
    terms: tuple[Terms, ...] = ()
    only: str = ""


def exact(value: Value) -> Decimal | int:
    """Return a value that is a number; raise TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"{value!r} is not a number")
    return value


def result(formula: Formula, values: Sequence[Value]) -> Value:
    """Return what a formula gives for the values of its operands; None where it cannot be told.

    A formula of one operand gives that, whatever it is. With an operand to compare with, it gives a yes or
    no, compared before rounding.
    """
    if any(value is None for value in values):
        return None
    if len(formula.operands) == 1 and formula.places is None:
        return values[0]
    numbers = [Fraction(exact(value)) for value in values]

    def of(*roles: Role) -> list[Fraction]:
        return [
            number for operand, number in zip(formula.operands, numbers, strict=True) if operand.role in roles
        ]

    if formula.places is None and not of(Role.AGAINST):
        return _difference(formula, values)
    top = (sum(of(Role.PLUS)) - sum(of(Role.MINUS))) * prod(of(Role.TIMES))
    if against := of(Role.AGAINST):
        return top >= prod(against) if formula.or_equal else top > prod(against)
    if formula.places is None or not all(of(Role.OVER, Role.UNDER)):
        return None
    quotient = top * prod(of(Role.UNDER), start=Fraction(1)) / prod(of(Role.OVER), start=Fraction(1))
    return divide(quotient.numerator, quotient.denominator, formula.places)


def _difference(formula: Formula, values: Sequence[Value]) -> Decimal | int:
    total: Decimal | int = 0
    for operand, value in zip(formula.operands, values, strict=True):
        total = total - exact(value) if operand.role == Role.MINUS else total + exact(value)
    return max(total, ZERO) if formula.not_below_zero else total


def _sum(numbers: Iterable[Decimal | int]) -> Decimal | int:
    total: Decimal | int = 0
    for number in numbers:
        total = total + number
    return total


def aggregated(aggregate: Aggregate, values: Sequence[Value], lacking: int = 0) -> Value:
    """Return what terms of known value make, `lacking` being the number of those without one."""
    if aggregate == Aggregate.SAME:
        return values[0] if values else None
    if aggregate == Aggregate.REASONS:
        return join_reasons({str(value) for value in values})
    if aggregate != Aggregate.SUM and not values:
        return None
    if aggregate == Aggregate.WHOLE_SUM and lacking:
        return None
    numbers = [exact(value) for value in values]
    if aggregate == Aggregate.LARGEST:
        return max(numbers)
    if aggregate == Aggregate.MEDIAN:
        ordered = sorted(numbers)
        middle = len(ordered) // 2
        pair = (ordered[middle], ordered[middle]) if len(ordered) % 2 else ordered[middle - 1 : middle + 1]
        return divide(_sum(pair), 2, 2)
    return _sum(numbers)


def words(formula: Formula, operands: Sequence[str]) -> str:
    """Return a formula with its operands written as told, as a person would write it down."""

    def of(role: Role) -> list[str]:
        return [
            text for operand, text in zip(formula.operands, operands, strict=True) if operand.role == role
        ]

    text = " + ".join(of(Role.PLUS))
    text = " − ".join([text, *of(Role.MINUS)])
    beside = any(of(role) for role in (Role.TIMES, Role.OVER))
    if beside and len(of(Role.PLUS)) + len(of(Role.MINUS)) > 1:
        text = f"({text})"
    text = " × ".join([text, *of(Role.TIMES)])
    if over := of(Role.OVER):
        divisor = " ÷ ".join([*over, *of(Role.UNDER)])
        text += f" ÷ ({divisor})" if of(Role.UNDER) else f" ÷ {divisor}"
    if against := of(Role.AGAINST):
        sign = "≥" if formula.or_equal else ">"
        text += f" {sign} {' × '.join(against)}"
    if formula.not_below_zero:
        text = f"{text}, never below zero"
    return text


PLACES = {1: "one decimal", 2: "two decimals", 4: "four decimals", 6: "six decimals"}


def rounding(formula: Formula) -> str:
    """Return how a figure is rounded, as a sentence; empty where it is exact."""
    if any(operand.role == Role.AGAINST for operand in formula.operands):
        return "Compared before any rounding."
    if formula.places is None:
        return ""
    return f"Rounded half up, once, at the end, to {PLACES[formula.places]}."


def why_unknown(formula: Formula, values: Sequence[Value], write: Callable[[str], str] = str) -> str:
    """Return why a formula gives nothing for the values of its operands, as a sentence; else nothing."""
    pairs = list(zip(formula.operands, values, strict=True))
    missing = [operand.label for operand, value in pairs if value is None]
    if missing:
        return f"Not known: {', '.join(write(label) for label in missing)}."
    zero = [
        operand.label
        for operand, value in pairs
        if operand.role in (Role.OVER, Role.UNDER) and not value and formula.places is not None
    ]
    if zero:
        return f"{write(zero[0])} is zero, and nothing can be divided by zero."
    return ""
