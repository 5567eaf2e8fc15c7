"""Reading a list by its plan: the evidence of its columns first, then what each row says."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from portfolio.jobs.cells import CellFault
from portfolio.jobs.spreadsheets.cells import Cell, Row, column_letters, shown_text
from portfolio.jobs.spreadsheets.lookups import Lookup
from portfolio.jobs.spreadsheets.plans import BY_SIGN, FieldPlan, Plan
from portfolio.jobs.spreadsheets.targets import SOURCE, Field, FieldKind, Target, targets
from portfolio.jobs.spreadsheets.uploads import list_rows
from portfolio.jobs.spreadsheets.values import Reader, Value, no_rule, readings_of
from portfolio.names import folded
from portfolio.rules.cell_texts import is_unknown, slug, tidy
from portfolio.rules.column_evidence import ColumnRule, Evidence
from portfolio.rules.number_conventions import NumberKind

MEMO = 10_000
MOST_WORDS = 50
Told = Callable[[int], None]


@dataclass(slots=True)
class Looked:
    """What the columns of a list show: evidence by field, words that no list has, and the number of rows."""

    rules: dict[str, ColumnRule] = field(default_factory=dict)
    words: dict[str, dict[str, int]] = field(default_factory=dict)
    rows: int = 0


class RowFault(NamedTuple):
    """Something wrong with a row: the cell's address, its column, and what is wrong and accepted."""

    address: str
    column: str
    shown: str
    wrong: str
    accepted: str


class Signed(NamedTuple):
    """An amount written in a currency: where it stands, in which record, and what its sign may mean."""

    address: str
    column: str
    shown: str
    file: str
    currencies: frozenset[str]


@dataclass(slots=True)
class ReadRow:
    """A row as it was read: the stored values of its records by file, and what is wrong."""

    number: int
    records: dict[str, dict[str, Any]]
    faults: list[RowFault]
    signed: list[Signed]


def address_of(plan: Plan, column: int, row: int) -> str:
    """Return the address of a cell as a spreadsheet program writes it; CSV has no sheet to name."""
    place = f"{column_letters(column)}{row}"
    return f"{plan.sheet}!{place}" if plan.sheet else place


def number_kind(one: Field, fplan: FieldPlan) -> NumberKind:
    kind = one.number or NumberKind()
    return NumberKind(kind.places, kind.largest, kind.scale * fplan.scale)


def look_at(path: Path, kind: str, plan: Plan, told: Told) -> Looked:
    """Return what the mapped columns of a list show."""
    target = targets()[plan.target]
    looked = Looked()
    evidence: dict[str, Evidence] = {}
    watched = []
    for name, fplan in plan.fields.items():
        one = target.fields[name]
        if not fplan.columns:
            continue
        if one.kind in (FieldKind.NUMBER, FieldKind.DATE):
            evidence[name] = Evidence()
            watched.append((name, one, fplan.columns[0], number_kind(one, fplan)))
        elif one.kind == FieldKind.WORD:
            looked.words[name] = {}
    lists = [
        (name, _word_reader(target.fields[name], plan), plan.fields[name].columns[0]) for name in looked.words
    ]
    left_out = set(plan.left_out)
    for number, row in list_rows(path, kind, plan):
        looked.rows += 1
        if number in left_out:
            continue
        for name, one, column, number_kind_ in watched:
            cell = row[column] if column < len(row) else ""
            if cell and not (plan.settled and address_of(plan, column, number) in plan.settled):
                evidence[name].add(number, tidy(cell[1:]), readings_of(one, cell, number_kind_))
        for name, reader, column in lists:
            _note_word(looked.words[name], reader, row[column] if column < len(row) else "")
        if looked.rows % 1_000 == 0:
            told(looked.rows)
    looked.rules = {name: found.decide(plan.fields[name].way) for name, found in evidence.items()}
    return looked


def _word_reader(one: Field, plan: Plan) -> Reader:
    return Reader(one, 1, no_rule(), plan.words.get(one.name, {}), None)


def _note_word(words: dict[str, int], reader: Reader, cell: Cell) -> None:
    text = tidy(shown_text(cell))
    if not text or is_unknown(text) or folded(text) in reader.words:
        return
    if text in words or len(words) < MOST_WORDS:
        words[text] = words.get(text, 0) + 1


class ListReader:
    """Reads the rows of a list by a plan and by what its columns show."""

    def __init__(self, plan: Plan, looked: Looked) -> None:
        self.plan = plan
        self.target: Target = targets()[plan.target]
        self.lookups: dict[str, Lookup] = {}
        self.fields: list[tuple[Field, FieldPlan, Reader, dict[Cell, Value]]] = []
        self.fixed: list[tuple[Field, Value]] = []
        self.fixed_faults: list[RowFault] = []
        self.by_sign: list[str] = []
        for name, fplan in plan.fields.items():
            one = self.target.fields[name]
            rule = looked.rules.get(name) or no_rule()
            reader = Reader(one, fplan.scale, rule, plan.words.get(name, {}), self._lookup(one))
            if fplan.constant == BY_SIGN:
                self.by_sign.append(one.file.name)
            elif fplan.columns:
                self.fields.append((one, fplan, reader, {}))
            elif fplan.constant:
                self._fix(one, fplan, reader)

    def _lookup(self, one: Field) -> Lookup | None:
        if not one.refers_to:
            return None
        if one.refers_to not in self.lookups:
            lookup = Lookup(one.refers_to, make=one.refers_to in self.plan.make)
            if self.plan.new_source and one.refers_to == "sources":
                lookup.keys.add(self.plan.new_source.key)
            self.lookups[one.refers_to] = lookup
        return self.lookups[one.refers_to]

    def _fix(self, one: Field, fplan: FieldPlan, reader: Reader) -> None:
        try:
            value = self._settled(one, reader, fplan.constant)
        except CellFault as fault:
            self.fixed_faults.append(
                RowFault(
                    "", f"{one.label}, the same for all rows", fplan.constant, fault.wrong, fault.accepted
                )
            )
        else:
            self.fixed.append((one, value))

    def rows(self, path: Path, kind: str) -> Iterator[ReadRow]:
        """Yield the rows of the list but those that a person left out."""
        left_out = set(self.plan.left_out)
        for number, row in list_rows(path, kind, self.plan):
            if number not in left_out:
                yield self._read(number, row)

    def _read(self, number: int, row: Row) -> ReadRow:
        read = ReadRow(number, {file.name: {} for file in self.target.files}, [], [])
        made: dict[str, dict[str, Any]] = {}
        for one, value in self.fixed:
            _put(read.records, made, one, value.stored)
        for one, fplan, reader, memo in self.fields:
            column = fplan.columns[0]
            cell = row[column] if column < len(row) else ""
            try:
                value = self._value(number, one, fplan, reader, memo, row, cell)
            except CellFault as fault:
                address = address_of(self.plan, column, number)
                read.faults.append(
                    RowFault(address, self._column(column), shown_text(cell), fault.wrong, fault.accepted)
                )
                continue
            _put(read.records, made, one, value.stored)
            if value.currencies:
                address = address_of(self.plan, column, number)
                read.signed.append(
                    Signed(
                        address, self._column(column), tidy(shown_text(cell)), one.file.name, value.currencies
                    )
                )
            if one.refers_to in self.plan.make and value.stored is not None:
                self._make(made, one, value.stored, shown_text(cell))
        self._take_currency_from_sign(read)
        for name, record in made.items():
            if "name" in record:
                read.records[name] = record
        if read.signed:
            stated = {record.get("currency") for record in read.records.values()}
            read.signed = [one for one in read.signed if not one.currencies & stated]
        return read

    def _column(self, column: int) -> str:
        names = self.plan.names
        return names[column] if column < len(names) else column_letters(column)

    def _value(
        self,
        number: int,
        one: Field,
        fplan: FieldPlan,
        reader: Reader,
        memo: dict[Cell, Value],
        row: Row,
        cell: Cell,
    ) -> Value:
        if self.plan.settled:
            settled = self.plan.settled.get(address_of(self.plan, fplan.columns[0], number))
            if settled is not None:
                return self._settled(one, reader, settled.strip())
        if len(fplan.columns) > 1 or fplan.slug:
            cell = _joined(row, fplan)
        value = memo.get(cell)
        if value is None:
            value = reader.read(cell)
            if len(memo) < MEMO:
                memo[cell] = value
        return value

    @staticmethod
    def _settled(one: Field, reader: Reader, text: str) -> Value:
        """Return what a person read in a cell: numbers and days plainly written, words as in any cell."""
        plain = one.kind in (FieldKind.NUMBER, FieldKind.DATE)
        return reader.settled(text) if plain else reader.read("s" + text)

    def _make(self, made: dict[str, dict[str, Any]], one: Field, key: str, text: str) -> None:
        """Note the record that a row names and that is missing; its name is the text that named it."""
        if not self.lookups[one.refers_to].is_recorded(key):
            made.setdefault(one.refers_to, {}).update(slug=key, name=tidy(text))

    def _take_currency_from_sign(self, read: ReadRow) -> None:
        for file in self.by_sign:
            meant = {currency for one in read.signed for currency in one.currencies}
            if "USD" in meant and any(one.shown.startswith("$") or "$" in one.shown for one in read.signed):
                meant = {"USD"}
            if len(meant) == 1:
                read.records[file]["currency"] = meant.pop()
            elif read.signed:
                first = read.signed[0]
                read.faults.append(
                    RowFault(
                        first.address,
                        first.column,
                        first.shown,
                        f"“{first.shown}” may be in {', '.join(sorted(meant))}",
                        "a column or one value for the currency",
                    )
                )


def _joined(row: Row, fplan: FieldPlan) -> Cell:
    texts = [tidy(shown_text(row[column])) for column in fplan.columns if column < len(row)]
    for column in fplan.columns:
        if column < len(row) and row[column].startswith("x"):
            return row[column]
    known = [text for text in texts if not is_unknown(text)]
    if not known:
        return ""
    return "s" + (slug(" ".join(known)) or " ".join(known) if fplan.slug else " ".join(known))


def _put(
    records: dict[str, dict[str, Any]], made: dict[str, dict[str, Any]], one: Field, stored: Any
) -> None:
    for file in one.files:
        if one.made or (one.name == SOURCE and file.name not in records):
            made.setdefault(file.name, {})[one.column.name] = stored
        else:
            records[file.name][one.column.name] = stored


def facts_of(read: ReadRow, target: Target) -> Mapping[str, dict[str, Any]]:
    """Return the records of a row with the references between them: an event to its contribution."""
    for file in target.files:
        for column in file.references:
            other = read.records.get(column.reference)
            if other is not None and column.reference in {one.name for one in target.files}:
                key = next(one.key[0] for one in target.files if one.name == column.reference)
                read.records[file.name][column.name] = other.get(key)
    return read.records
