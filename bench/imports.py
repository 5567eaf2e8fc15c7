"""Measure imports of spreadsheets: the preview and the application of a long list, and a workbook of blanks.

    python bench/imports.py [--rows 100000] [--postgres URL]

Prints seconds and memory for each kind of file; asserts nothing. The database is SQLite in a temporary
folder, or one that it makes on the PostgreSQL server of the URL and removes. All data are invented.
"""

import argparse
import csv
import os
import resource
import secrets
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django
import psycopg
import xlsxwriter
from psycopg import sql

PROJECTS = 1_000
HEADER = ["Reference", "Project", "Financier", "Signed on", "Amount", "Currency", "Note"]
BLANK_ROWS, BLANK_COLUMNS = 1_000_000, "ABCDEFGHIJ"


def rows(count: int) -> Iterator[list[str]]:
    """Yield the rows of a list of signed contributions, as an office would write them."""
    for number in range(count):
        amount = f"{1_000_000 + number * 37:,}".replace(",", ".") + f",{number % 100:02d} €"
        day = f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/2025"
        yield [
            f"L-{number:07d}",
            f"bench-{number % PROJECTS}",
            "bench-eib",
            day,
            amount,
            "EUR",
            f"Loan no {number}",
        ]


def write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows(count))


def write_xlsx(path: Path, count: int) -> None:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("List")
    for number, row in enumerate([HEADER, *rows(count)]):
        sheet.write_row(number, 0, row)
    book.close()


def write_blanks(path: Path, count: int) -> None:
    """Write a workbook of ten rows whose columns are formatted to the end of the sheet."""
    write_xlsx(path, 10)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    before, after = members["xl/worksheets/sheet1.xml"].split(b"</sheetData>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            if name != "xl/worksheets/sheet1.xml":
                file.writestr(name, content)
        with file.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(before)
            for number in range(12, BLANK_ROWS + 1):
                cells = "".join(f'<c r="{column}{number}" s="1"/>' for column in BLANK_COLUMNS)
                sheet.write(f'<row r="{number}">{cells}</row>'.encode())
            sheet.write(b"</sheetData>" + after)


@contextmanager
def database(url: str | None, folder: str) -> Iterator[str]:
    """Give the URL of a database of this run alone."""
    if url is None:
        yield f"sqlite:///{folder}/bench.sqlite3"
        return
    name = f"bench_imports_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            django.db.connections.close_all()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def prepare() -> None:
    """Make the records that the list refers to."""
    from django.core.management import call_command
    from django.db import transaction

    from portfolio.jobs.facts import save_fact
    from portfolio.models import Financier, Project, Source

    call_command("migrate", verbosity=0)
    source = Source(key="bench", title="Invented")
    with transaction.atomic():
        save_fact(source, "bench")
        save_fact(Financier(slug="bench-eib", name="Bench bank", kind="eib_group"), "bench")
        for number in range(PROJECTS):
            name = f"Project {number}"
            save_fact(Project(slug=f"bench-{number}", name=name, kind="ai_factory", source=source), "bench")
    call_command("recompute", verbosity=0)


def peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def measured(what: str, work: Callable[[], object]) -> None:
    before, started, worked = peak(resource.RUSAGE_SELF), time.monotonic(), time.process_time()
    work()
    seconds, busy = time.monotonic() - started, time.process_time() - worked
    grown = peak(resource.RUSAGE_SELF) - before
    print(f"{what:40} {seconds:7.1f} s, {busy:6.1f} of them its own {grown:6.0f} MB more memory", flush=True)


def measure(path: Path) -> None:
    """Measure one file: received, previewed, applied and undone."""
    from portfolio.jobs.spreadsheets.applying import undo
    from portfolio.jobs.spreadsheets.imports import ask_for_preview, ask_to_apply, set_worker, work_on
    from portfolio.jobs.spreadsheets.plans import FieldPlan, plan_from
    from portfolio.jobs.spreadsheets.uploads import receive
    from portfolio.models import SpreadsheetImport

    set_worker(lambda pk: None)
    taken: list[SpreadsheetImport] = []
    with path.open("rb") as file:
        content = iter(lambda: file.read(1 << 20), b"")
        measured(
            f"{path.name}: received and recognised", lambda: taken.append(receive(path.name, content, None))
        )
    plan = plan_from(taken[0].plan)
    plan.target = "contributions"
    names = ("reference", "project", "financier", "", "", "currency", "note")
    plan.fields = {f"contributions.{name}": FieldPlan([place]) for place, name in enumerate(names) if name}
    plan.fields["contributions.instrument"] = FieldPlan(constant="loan")
    plan.fields["contribution_events.occurred_on"] = FieldPlan([3])
    plan.fields["contribution_events.amount"] = FieldPlan([4])
    plan.fields["contribution_events.kind"] = FieldPlan(constant="signed")
    plan.fields["contribution_events.confidence"] = FieldPlan(constant="confirmed")
    plan.fields["source"] = FieldPlan(constant="bench")
    ask_for_preview(taken[0], plan, None)
    measured(f"{path.name}: preview", lambda: work_on(taken[0].pk))
    taken[0].refresh_from_db()
    print(f"  {taken[0].new:,} new, {taken[0].faulty:,} faulty. {taken[0].message}")
    ask_to_apply(taken[0], None)
    measured(f"{path.name}: applied", lambda: work_on(taken[0].pk))
    taken[0].refresh_from_db()
    measured(f"{path.name}: undone", lambda: undo(taken[0], None))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--postgres", metavar="URL")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(options.postgres, folder) as url:
        os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="investai.settings", CELERY_BROKER_URL="")
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
        django.setup()
        prepare()
        for name, write in (
            ("list.csv", write_csv),
            ("list.xlsx", write_xlsx),
            ("blanks.xlsx", write_blanks),
        ):
            path = Path(folder) / name
            write(path, options.rows)
            print(f"{name}: {path.stat().st_size / 1e6:.1f} MB")
            measure(path)
        print(f"Largest reading process: {peak(resource.RUSAGE_CHILDREN):.0f} MB")


if __name__ == "__main__":
    main()
