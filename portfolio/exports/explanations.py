"""Explanations as JSON and as CSV: the same terms under the same names."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import fields
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

from portfolio.exports.explanation_columns import EXPLANATION_COLUMNS, FIGURE, FORMULA, TERMS
from portfolio.exports.metric_tables import cell as cell_text
from portfolio.exports.metric_tables import csv_lines
from portfolio.exports.writing import neutral
from portfolio.models.fields import plain
from portfolio.queries.explanations import Cell, Explanation, Section, ShownOperand, Term
from portfolio.rules.explanations import Aggregate, Of, Unit, Value, rounding, words
from portfolio.vocabulary import Reason

TERMS_ON_A_PAGE = 100
ADDENDS_WRITTEN = 6

Address = Callable[[Cell], str]
Write = Callable[[Value, Unit], str]
Say = Callable[[str], str]

# The fields of a term as they are; its cells and its source become columns of their own.
_PLAIN = tuple(field.name for field in fields(Term) if field.name not in ("cells", "source"))
_FREE = {column.name for column in EXPLANATION_COLUMNS if column.free}
COLUMNS = tuple(column.name for column in EXPLANATION_COLUMNS)


def number_text(value: Value, unit: Unit) -> str:
    """Return a value as the tables write it; published numbers without trailing zeros."""
    if unit in (Unit.NUMBER, Unit.TFLOPS) and isinstance(value, Decimal):
        return plain(value)
    return cell_text(value)


def formula_with_numbers(explanation: Explanation, write: Write, say: Say = str) -> str:
    """Return a figure's formula with the numbers in it: few terms one by one, many as their sum.

    `say` puts words that stand for an operand into another language, as `write` does with its value.
    """
    texts = [_operand_text(explanation, shown, write, say) for shown in explanation.operands]
    return words(explanation.rule.formula, texts) if texts else ""


def _operand_text(explanation: Explanation, shown: ShownOperand, write: Write, say: Say) -> str:
    unit = shown.operand.unit
    if shown.value is None:
        return say("unknown")
    if shown.operand.of == Of.TERMS and len(explanation.operands) == 1:
        section = next(part for part in explanation.sections if part.spec.name == shown.operand.name)
        return _terms_text(section, unit, write, say)
    return write(shown.value, unit)


def _terms_text(section: Section, unit: Unit, write: Write, say: Say) -> str:
    aggregate = section.spec.aggregate
    if aggregate == Aggregate.MEDIAN:
        return say(f"median of {_terms(section.count)}")
    if aggregate == Aggregate.LARGEST:
        return say(f"largest of {_terms(section.count)}")
    if aggregate in (Aggregate.SAME, Aggregate.REASONS):
        return write(section.total, unit)
    if section.count == 0:
        return say("no term")
    if section.count > ADDENDS_WRITTEN:
        return say(f"sum of {_terms(section.count)}")
    values = [term.value for term in section.part(0, ADDENDS_WRITTEN)]
    known = [write(value, unit) for value in values if value is not None]
    return " + ".join(known) if known else say("no term of known value")


def _terms(number: int) -> str:
    return f"{number:,} term{'' if number == 1 else 's'}"


def explanation_document(explanation: Explanation, address: Address, page: int = 1) -> dict[str, Any]:
    """Return an explanation as JSON values: numbers as texts, exactly; unknown as null.

    Of each section, `terms` are those of one page; `pages` says how many there are.
    """
    rule = explanation.rule
    return {
        "table": explanation.cell.table,
        "key": explanation.cell.key,
        "column": explanation.cell.column,
        "label": rule.label,
        "subject": explanation.name,
        "as_of": explanation.results.as_of.isoformat(),
        "data_version": explanation.results.data_version,
        "value": _text(explanation.value, rule.unit),
        "unit": rule.unit.value,
        "rules": list(rule.rules),
        "statement": rule.statement,
        "formula": words(rule.formula, [shown.operand.label for shown in explanation.operands])
        if explanation.operands
        else "",
        "formula_with_numbers": formula_with_numbers(explanation, number_text),
        "rounding": rounding(rule.formula),
        "places": rule.formula.places,
        "not_below_zero": rule.formula.not_below_zero,
        "or_equal": rule.formula.or_equal,
        "operands": [_operand(shown, address) for shown in explanation.operands],
        "sections": [_section(section, address, page) for section in explanation.sections],
        "incomplete": {
            reason: {"terms": number, "reason": str(Reason(reason).label)}
            for reason, number in sorted(explanation.lacking.items())
        },
        "terms_that_are_lower_bounds": explanation.bounded,
        "unknown_because": explanation.unknown_because,
        "adds_up": explanation.adds_up,
    }


def pages_of(section: Section, terms: int = TERMS_ON_A_PAGE) -> int:
    """Return how many pages of so many terms a section fills; one at least."""
    return max(ceil(section.count / terms), 1)


def _operand(shown: ShownOperand, address: Address) -> dict[str, Any]:
    operand = shown.operand
    return {
        "role": operand.role.value,
        "name": operand.name,
        "label": operand.label,
        "value": _text(shown.value, operand.unit),
        "unit": operand.unit.value,
        "explained_at": address(shown.cell) if shown.cell else None,
        "section": operand.name if operand.of == Of.TERMS else None,
    }


def _section(section: Section, address: Address, page: int) -> dict[str, Any]:
    spec = section.spec
    start = (page - 1) * TERMS_ON_A_PAGE
    return {
        "name": spec.name,
        "title": spec.title,
        "of": spec.of.value,
        "behind": list(spec.behind),
        "unit": spec.unit.value,
        "aggregate": spec.aggregate.value,
        "count": section.count,
        "total": _text(section.total, spec.unit),
        "page": page,
        "pages": pages_of(section),
        "terms": [_term(term, spec.unit, address) for term in section.part(start, start + TERMS_ON_A_PAGE)],
    }


def _term(term: Term, unit: Unit, address: Address) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": term.kind, "fact": term.fact, "value": _text(term.value, unit)}
    for name in _PLAIN:
        value = getattr(term, name)
        if name not in found and value not in (None, ""):
            found[name] = value if isinstance(value, int) else _plain(value)
    found["explained_at"] = [address(cell) for cell in term.cells]
    source = term.source
    found["source"] = source and {
        "key": source.key,
        "publisher": source.publisher,
        "title": source.title,
        "link": source.link,
        "published_on": source.published_on and source.published_on.isoformat(),
    }
    return found


def explanation_csv(explanation: Explanation, address: Address) -> Iterable[str]:
    """Yield the operands and all terms of an explanation as CSV text; a header also where there are none.

    Free text that a spreadsheet would run is made harmless.
    """
    return csv_lines(COLUMNS, _rows(explanation, address))


def _rows(explanation: Explanation, address: Address) -> Iterator[list[Any]]:
    for shown in explanation.operands:
        yield _operand_row(shown, address)
    for section in explanation.sections:
        with ExitStack() as stack:
            for term in section.all(stack):
                yield _term_row(section, term, address)


def _operand_row(shown: ShownOperand, address: Address) -> list[Any]:
    operand = shown.operand
    cells = {
        "section": FORMULA,
        "role": operand.role,
        "kind": TERMS if operand.of == Of.TERMS else FIGURE,
        "fact": operand.name,
        "value": _text(shown.value, operand.unit),
        "name": operand.label,
        "explained_at": address(shown.cell) if shown.cell else None,
    }
    return [cells.get(column) for column in COLUMNS]


def _term_row(section: Section, term: Term, address: Address) -> list[Any]:
    values: dict[str, Any] = {
        name: neutral(getattr(term, name)) if name in _FREE else _plain(getattr(term, name))
        for name in _PLAIN
    }
    source = term.source
    values |= {
        "section": section.spec.name,
        "value": _text(term.value, section.spec.unit),
        "explained_at": " ".join(address(cell) for cell in term.cells),
        "source": source and source.key,
        "source_title": source and neutral(str(source)),
        "source_link": source and neutral(source.link),
    }
    return [values.get(column) for column in COLUMNS]


def _text(value: Value, unit: Unit) -> str | None:
    return None if value is None else number_text(value, unit)


def _plain(value: Any) -> str | None:
    """Return the text of a term's cell; rates, speeds and amounts with every digit that they have."""
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else cell_text(value)
