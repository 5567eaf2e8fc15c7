from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portfolio.jobs.spreadsheets.applying import UndoRefused, undo
from portfolio.jobs.spreadsheets.imports import ImportRefused, ask_for_preview, ask_to_apply, discard, work_on
from portfolio.jobs.spreadsheets.kinds import FileRefused
from portfolio.jobs.spreadsheets.plans import FieldPlan, NewSource, Plan, plan_from
from portfolio.jobs.spreadsheets.targets import targets
from portfolio.jobs.spreadsheets.uploads import receive, recognise
from portfolio.models import ImportRow, SpreadsheetImport
from portfolio.names import folded
from portfolio.vocabulary import ImportStatus, RowOutcome

CHUNK = 1 << 20
SHOWN = 50


def pair(text: str) -> tuple[str, str]:
    """Return NAME=VALUE as two texts; argparse shows the sentence of a refused one."""
    name, found, value = text.partition("=")
    if not found or not name.strip():
        raise ArgumentTypeError(f"“{text}” is not of the form NAME=VALUE")
    return name.strip(), value.strip()


class Command(BaseCommand):
    help = (
        "Import a spreadsheet (CSV, XLSX, XLS or ODS): say what is recognised, what every row would do and"
        " what is wrong, and with --apply write it, all or nothing. Without --apply nothing is recorded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE")
        parser.add_argument("--undo", type=int, metavar="NUMBER", help="take back the import of this number")
        parser.add_argument("--as", dest="target", choices=sorted(targets()), help="what the list is")
        parser.add_argument("--sheet", default="", help="the sheet; else the likeliest")
        parser.add_argument("--header", metavar="ROW[-ROW]", help="the row or rows with the names of columns")
        parser.add_argument("--encoding", default="", help="of a CSV file; else recognised")
        parser.add_argument("--separator", default="", help="of a CSV file: , ; | or tab; else recognised")
        _add_mapping(parser)
        _add_settling(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        person = _person(options["by"])
        if options["undo"] is not None:
            self._undo(options["undo"], person)
            return
        path: Path | None = options["file"]
        if path is None:
            raise CommandError("Name a FILE to import, or the import to undo with --undo NUMBER.")
        header = _header(options["header"])
        taken = self._received(path, person)
        if header or any(options[name] for name in ("sheet", "encoding", "separator")):
            separator = "\t" if options["separator"] == "tab" else options["separator"]
            asked = Plan(sheet=options["sheet"], encoding=options["encoding"], separator=separator)
            try:
                recognise(taken, asked, header=header)
            except FileRefused as refused:
                discard(taken)
                raise CommandError(f"{path.name}: {refused}") from None
        self._report_recognised(taken)
        try:
            ask_for_preview(taken, _planned(plan_from(taken.plan), options), person)
        except CommandError:
            discard(taken)
            raise
        work_on(taken.pk)
        taken.refresh_from_db()
        self._finish(taken, person, apply=options["apply"])

    def _received(self, path: Path, person: User | None) -> SpreadsheetImport:
        try:
            return receive(path.name, _chunks(path), person)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}. Name a spreadsheet.") from error
        except FileRefused as refused:
            raise CommandError(f"{path.name}: {refused}") from None

    def _finish(self, taken: SpreadsheetImport, person: User | None, *, apply: bool) -> None:
        if taken.status != ImportStatus.PREVIEWED:
            discard(taken)
            raise CommandError(f"{taken.file_name}: {taken.message}")
        self._report_preview(taken)
        if taken.faulty:
            discard(taken)
            count = taken.faulty
            raise CommandError(f"Nothing was imported: {count} faulty row{'s' * (count != 1)}.")
        if not apply:
            discard(taken)
            self.stdout.write("Nothing was imported: --apply does it.")
            return
        try:
            ask_to_apply(taken, person)
        except ImportRefused as refused:
            raise CommandError(str(refused)) from None
        work_on(taken.pk)
        taken.refresh_from_db()
        if taken.status == ImportStatus.PROPOSED:
            raise CommandError(
                "Nothing was imported yet: rows are above the threshold of approval. The import waits for a"
                " second person, under Proposals."
            )
        if taken.status != ImportStatus.APPLIED:
            raise CommandError(taken.message)
        self.stdout.write(f"Applied as import {taken.pk}; --undo {taken.pk} takes it back.")

    def _undo(self, number: int, person: User | None) -> None:
        taken = SpreadsheetImport.objects.filter(pk=number).first()
        if taken is None:
            raise CommandError(f"There is no import {number}.")
        try:
            undo(taken, person)
        except UndoRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Import {number} of {taken.file_name} was taken back.")

    def _report_recognised(self, taken: SpreadsheetImport) -> None:
        plan = plan_from(taken.plan)
        sheet = f", sheet “{plan.sheet}”" if plan.sheet else ""
        self.stdout.write(f"{taken.file_name}: {taken.found['file']}{sheet}; SHA-256 {taken.sha256}")
        rows = f"{plan.header_first + 1}" + (
            f"-{plan.header_last + 1}" if plan.header_last > plan.header_first else ""
        )
        self.stdout.write(f"Header in row {rows}: {' | '.join(plan.names)}")
        self.stdout.write(f"The list is {taken.found['how']}.")
        if taken.found["caution"]:
            self.stdout.write(f"Mind: {taken.found['caution']}")

    def _report_preview(self, taken: SpreadsheetImport) -> None:
        plan = plan_from(taken.plan)
        for one in taken.found["evidence"]:
            how = f"read with {one['read']}" if one["read"] else "every cell can be read in one way"
            if one["asks"]:
                how = f"nothing shows how it is written: say --read {one['field']}=…"
            self.stdout.write(f"Column “{one['column']}”: {how}{' as was chosen' if one['chosen'] else ''}.")
            for shown in one["shows"]:
                self.stdout.write(f"  {shown}")
        for name, words in taken.found["words"].items():
            said = ", ".join(f"“{word}” ({count})" for word, count in words)
            self.stdout.write(
                f"{targets()[plan.target].fields[name].label}: words that are in no list: {said}"
            )
        for warning in taken.warnings:
            self.stdout.write(f"Warning: {warning['subject']}: {warning['sentence']}")
        faulty = ImportRow.objects.filter(of=taken, outcome=RowOutcome.FAULTY).order_by("number")
        for row in faulty[:SHOWN]:
            for address, column, _, wrong, accepted in row.faults:
                self.stderr.write(f"{address}: {column}: {wrong}, accepted: {accepted}")
        if taken.faulty > SHOWN:
            self.stderr.write(f"… and {taken.faulty - SHOWN} more faulty rows")
        self.stdout.write(
            f"Rows: {taken.new} new, {taken.changed} changed, {taken.unchanged} unchanged,"
            f" {taken.faulty} faulty, {taken.left_out} left out."
        )


def _add_mapping(parser: CommandParser) -> None:
    """Add what says how columns are read."""
    parser.add_argument(
        "--column",
        type=pair,
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="take a field from a column, by its name; several with + between; FIELD= takes none",
    )
    parser.add_argument(
        "--value",
        type=pair,
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="one value of a field for all rows",
    )
    parser.add_argument(
        "--word",
        type=pair,
        action="append",
        default=[],
        metavar="FIELD:TEXT=WORD",
        help="what a text of the list means",
    )
    parser.add_argument(
        "--read",
        type=pair,
        action="append",
        default=[],
        metavar="FIELD=WAY",
        help="how a column is written: . or , (the decimal mark), dmy or mdy (the order of dates)",
    )
    parser.add_argument(
        "--scale",
        type=pair,
        action="append",
        default=[],
        metavar="FIELD=NUMBER",
        help="what numbers are multiplied by, such as 1000000",
    )
    parser.add_argument("--slug", action="append", default=[], metavar="FIELD", help="make keys from texts")


def _add_settling(parser: CommandParser) -> None:
    """Add what settles what is open, and what is done in the end."""
    parser.add_argument(
        "--settle",
        type=pair,
        action="append",
        default=[],
        metavar="CELL=VALUE",
        help="what is to be read in a cell, written plainly: Sheet1!C17=288.11",
    )
    parser.add_argument("--leave-out", type=int, action="append", default=[], metavar="ROW")
    parser.add_argument(
        "--make",
        action="append",
        default=[],
        choices=["projects", "financiers"],
        help="make records that rows name and that are missing",
    )
    parser.add_argument("--clear-blanks", action="store_true", help="empty cells make a value unknown")
    parser.add_argument("--repeats", action="store_true", help="rows that say the same count once")
    parser.add_argument(
        "--new-source",
        type=pair,
        action="append",
        default=[],
        metavar="PART=TEXT",
        help="record a source with the rows: key, title, publisher, url, published_on",
    )
    parser.add_argument("--by", metavar="USER", help="whose import it is; else the operator's")
    parser.add_argument("--apply", action="store_true", help="write it, if nothing is faulty")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _person(name: str | None) -> User | None:
    if not name:
        return None
    person = User.objects.filter(username=name).first()
    if person is None:
        raise CommandError(f"There is no account “{name}”.")
    return person


def _header(text: str | None) -> tuple[int, int] | None:
    if not text:
        return None
    first, _, last = text.partition("-")
    if not (first.isdigit() and (last or first).isdigit() and int(first) >= 1):
        raise CommandError(f"“{text}” is not a row, nor two with a hyphen between, such as 3 or 3-4.")
    return int(first) - 1, int(last or first) - 1


def _planned(plan: Plan, options: dict[str, Any]) -> Plan:
    """Return a proposed plan with what the command line says put in."""
    if options["target"] and options["target"] != plan.target:
        plan.target, plan.fields = options["target"], {}
    known = targets()[plan.target].fields
    for name, value in options["value"]:
        plan.fields[_field(name, known)] = FieldPlan(constant=value)
    places = {folded(name): number for number, name in reversed(list(enumerate(plan.names)))}
    for name, columns in options["column"]:
        several = [] if folded(columns) in places else columns.split("+")
        wanted = [column.strip() for column in several or [columns] if column.strip()]
        lacking = [column for column in wanted if folded(column) not in places]
        if lacking:
            raise CommandError(f"There is no column “{lacking[0]}”. There are: {', '.join(plan.names)}.")
        plan.fields[_field(name, known)] = FieldPlan(columns=[places[folded(column)] for column in wanted])
    for name, way in options["read"]:
        plan.fields.setdefault(_field(name, known), FieldPlan()).way = way
    for name, scale in options["scale"]:
        if not scale.isdigit() or int(scale) < 1:
            raise CommandError(f"“{scale}” is not a whole number above 0.")
        plan.fields.setdefault(_field(name, known), FieldPlan()).scale = int(scale)
    for name in options["slug"]:
        plan.fields.setdefault(_field(name, known), FieldPlan()).slug = True
    for said, word in options["word"]:
        name, _, text = said.partition(":")
        plan.words.setdefault(_field(name, known), {})[text] = word
    plan.settled |= dict(options["settle"])
    plan.left_out = sorted({*plan.left_out, *options["leave_out"]})
    plan.make = options["make"] or plan.make
    plan.keep_blanks = not options["clear_blanks"]
    plan.repeats = options["repeats"] or plan.repeats
    parts = dict(options["new_source"])
    if parts:
        unknown = set(parts) - set(NewSource.__slots__)
        if unknown:
            raise CommandError(
                f"A source has no “{sorted(unknown)[0]}”. It has: {', '.join(NewSource.__slots__)}."
            )
        plan.new_source = NewSource(**parts)
        plan.fields["source"] = FieldPlan(constant=plan.new_source.key)
    return plan


def _field(name: str, known: dict[str, Any]) -> str:
    """Return the field of a name, which may leave out its file where only one has it."""
    if name in known:
        return name
    found = [one for one in known if one.partition(".")[2] == name]
    if len(found) == 1:
        return found[0]
    raise CommandError(f"There is no field “{name}”. There are: {', '.join(known)}.")
