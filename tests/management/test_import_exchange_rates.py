"""Importing the ECB's files: what is recorded, what follows from it, and every fault named by its place."""

# ruff: noqa: E501 - a table of cases reads best with a case on a line

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.models import (
    ContributionEvent,
    CostEstimate,
    DataVersion,
    ExchangeRate,
    FactChange,
    RecomputeRequest,
)
from tests.bundles import load, saved, table
from tests.making import Made

pytestmark = pytest.mark.django_db

ECB = Path(__file__).parent.parent / "data" / "ecb"
CSV, XML = ECB / "eurofxref-hist.csv", ECB / "eurofxref-hist.xml"
BOM = "\ufeff".encode()
DAILY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>
		<Cube time='2026-10-16'>
			<Cube currency='PLN' rate='4.3700'/>
			<Cube currency='SEK' rate='11.1450'/>
		</Cube>
	</Cube>
</gesmes:Envelope>
"""


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolio.jobs.rate_import.today", lambda: date(2026, 11, 25))


def imported(path: Path, *options: str) -> str:
    """Import a file through the command; return what it printed."""
    out = io.StringIO()
    call_command("import_exchange_rates", path, *options, stdout=out)
    return out.getvalue()


def written(folder: Path, content: str | bytes, name: str = "rates") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def faults(path: Path, *options: str) -> list[str]:
    """Import a file that must be refused; return the lines of its faults."""
    before = state()
    with pytest.raises(CommandError) as refused:
        imported(path, *options)
    assert refused.value.returncode == 1
    *found, count = str(refused.value).splitlines()
    assert count == f"Nothing was imported: {len(found)} fault{'s' * (len(found) != 1)}."
    assert state() == before
    return found


def rates() -> set[tuple[str, str, Decimal]]:
    stored = ExchangeRate.objects.values_list("currency", "date", "per_euro")
    return {(currency, day.isoformat(), rate) for currency, day, rate in stored}


def published() -> set[tuple[str, str, Decimal]]:
    """Return the rates of the sample, read by splitting its lines."""
    header, *rows = [line.split(",") for line in CSV.read_text().splitlines()]
    return {
        (currency, row[0], Decimal(cell))
        for row in rows
        for currency, cell in zip(header[1:-1], row[1:-1], strict=True)
        if cell != "N/A"
    }


def state() -> tuple[Any, ...]:
    """Return what an import that changes nothing leaves as it was."""
    history = ExchangeRate.history.count()  # type: ignore[attr-defined]
    versions = list(DataVersion.objects.values_list("number", flat=True))
    return rates(), history, versions, RecomputeRequest.objects.count()


def zipped(content: bytes, *names: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name in names:
            file.writestr(name, content)
    return archive.getvalue()


def polish(folder: Path) -> None:
    """A project with złoty: a payment in January, one before any rate, and a cost estimate in October."""
    made = Made().project(stages=[("selected", "2025-01-01")]).estimate("p", "2026-10-20", "8740", "PLN")
    made.contribution(
        "C-1", ("signed", "2026-01-15", "4218.00"), ("disbursed", "2025-01-15", "10.00"), currency="PLN"
    )
    load(saved(made.rows, folder / "bundle"))
    RecomputeRequest.objects.all().delete()


def test_csv_xml_and_zip_hold_the_same_rates(tmp_path: Path) -> None:
    out = imported(CSV)
    assert rates() == published()
    assert "eurofxref-hist.csv: 4 days, 2025-12-31 to 2026-10-16; AUD, BGN, BRL," in out
    assert "\nPLN: 4 new, 0 changed, 2025-12-31 to 2026-10-16\n" in out
    assert (
        f"Rates: {len(published())} new, 0 changed, 0 unchanged, {4 * 41 - len(published())} not available (N/A).\n"
        in out
    )
    for content in (
        XML.read_bytes(),
        zipped(CSV.read_bytes(), "eurofxref-hist.csv"),
        BOM + CSV.read_bytes(),
        BOM + XML.read_bytes(),
        CSV.read_bytes().replace(b"\n", b"\r\n"),
        CSV.read_bytes().replace(b",\n", b"\n"),
    ):
        out = imported(written(tmp_path, content))
        assert f"Rates: 0 new, 0 changed, {len(published())} unchanged," in out
        assert "Nothing had changed." in out
        assert rates() == published()
        ExchangeRate.objects.all().delete()
        imported(written(tmp_path, content))
        assert rates() == published()


def test_the_daily_xml_is_read_too(tmp_path: Path) -> None:
    imported(written(tmp_path, DAILY))
    assert rates() == {("PLN", "2026-10-16", Decimal("4.37")), ("SEK", "2026-10-16", Decimal("11.145"))}


def test_euro_values_follow(tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    polish(tmp_path)
    out = imported(CSV)
    assert "Euro values that changed: 2." in out
    signed, paid = ContributionEvent.objects.order_by("-occurred_on")
    assert (signed.amount_eur, signed.rate_on) == (Decimal("1000.00"), date(2026, 1, 14))
    assert (paid.amount_eur, paid.rate_on) == (None, None), "a later rate is never used"
    estimate = CostEstimate.objects.get()
    assert (estimate.amount_eur, estimate.rate_on) == (Decimal("2000.00"), date(2026, 10, 16))
    row = table(tmp_path / "out", "project_coverage", "2026-11-25")["p"]
    assert (row["need_eur"], row["coverage"]) == ("2000.00", "0.500000")


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    polish(tmp_path)
    imported(CSV)
    assert [request.reason for request in RecomputeRequest.objects.all()] == ["import_exchange_rates"]
    before = state()
    for path in (CSV, XML):
        assert imported(path).endswith("Nothing had changed.\n")
    assert state() == before


def test_a_corrected_rate_is_recorded_with_its_history(tmp_path: Path) -> None:
    polish(tmp_path)
    imported(CSV)
    version = DataVersion.objects.get().number
    out = imported(written(tmp_path, CSV.read_text().replace(",4.218,", ",4.2,")))
    assert "PLN: 0 new, 1 changed, 2026-01-14 to 2026-01-14\n" in out
    assert f"Rates: 0 new, 1 changed, {len(published()) - 1} unchanged," in out
    assert "Euro values that changed: 1." in out
    assert ContributionEvent.objects.get(kind="signed").amount_eur == Decimal("1004.29")
    records = ExchangeRate.history.filter(currency="PLN", date="2026-01-14")  # type: ignore[attr-defined]
    assert [
        (r.history_type, r.per_euro, r.history_change_reason) for r in records.order_by("history_id")
    ] == [
        ("+", Decimal("4.218"), "import_exchange_rates"),
        ("~", Decimal("4.2"), "import_exchange_rates"),
    ]
    assert DataVersion.objects.get().number == version + 1
    change = FactChange.objects.latest("version")
    assert (change.project, change.since) == (None, date(2026, 1, 14)), "earlier results stand"
    assert RecomputeRequest.objects.count() == 2


def test_rates_that_the_file_does_not_have_stay(tmp_path: Path) -> None:
    load(saved(Made().rate("PLN", "2026-01-15", "4.2").rows, tmp_path / "bundle"))
    imported(CSV)
    assert rates() == published() | {("PLN", "2026-01-15", Decimal("4.2"))}


def test_currencies_and_days_can_be_chosen(tmp_path: Path) -> None:
    out = imported(CSV, "--currency", "PLN", "--currency", "BGN", "--since", "2026-01-14")
    assert {(currency, day) for currency, day, _ in rates()} == {
        ("PLN", "2026-01-14"), ("PLN", "2026-01-16"), ("PLN", "2026-10-16"),
    }  # fmt: skip
    assert "3 days, 2026-01-14 to 2026-10-16; BGN, PLN." in out
    assert "Rates: 3 new, 0 changed, 0 unchanged, 3 not available (N/A)." in out
    assert imported(CSV, "--since", "2026-11-01") == (
        "eurofxref-hist.csv has no rates of these days. Nothing had changed.\n"
    )
    assert faults(CSV, "--currency", "EUR")[0].startswith(
        "eurofxref-hist.csv:1: EUR: this currency is not in the file, accepted: AUD, BGN,"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--currency", "pln"], "“pln” is not a currency, accepted: three capital letters"),
        (["--since", "yesterday"], "“yesterday” is not a date"),
        (["--since", "9999-01-01"], "is after today"),
    ],
)
def test_a_malformed_option_is_a_sentence(options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        imported(CSV, *options)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "nope.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(CommandError, match=f"cannot be read: {words}.*Name a file of the ECB"):
            imported(path)


def test_the_number_of_queries_does_not_depend_on_the_number_of_rates(tmp_path: Path) -> None:
    header, *rows = CSV.read_text().splitlines(keepends=True)
    imported(written(tmp_path, header + rows[0]))
    counts = []
    for content, options in ((header + rows[1], ["--currency", "USD"]), (header + "".join(rows), [])):
        with CaptureQueriesContext(connection) as queries:
            imported(written(tmp_path, content), *options)
        counts.append(len(queries))
    assert counts[0] == counts[1]


SPOILT_CSV = [
    # old text, new text, where the fault is, and words in it
    (",4.37,", ",0,", ":2: PLN:", ["“0” is a rate of zero or below", "accepted: units for one euro, above 0", "or N/A"]),
    (",4.37,", ",-4.37,", ":2: PLN:", ["“-4.37” is a rate of zero or below"]),
    (",4.37,", ",4.3700001,", ":2: PLN:", ["more than 6 decimals"]),
    (",4.37,", ",1000000000000,", ":2: PLN:", ["too large", "999999999999.999999"]),
    (",4.37,", ",4e0,", ":2: PLN:", ["“4e0” is not a number"]),
    (",4.37,", ",n/a,", ":2: PLN:", ["“n/a” is not a number"]),
    (",4.37,", ",,", ":2: PLN:", ["empty", "or N/A"]),
    (",4.37,", ", 4.37,", ":2: PLN:", ["“ 4.37” is not a number"]),
    (",4.37,", ",4.37,4.37,", ":2: row:", ["44 cells in the row", "43 cells, as in the header"]),
    (",4.37,", ',"4.37,', ":2: row:", ["not readable as CSV"]),
    ("2026-10-16,", "2026-11-26,", ":2: Date:", ["“2026-11-26” is in the future", "days up to 2026-11-25"]),
    ("2026-10-16,", "16 October 2026,", ":2: Date:", ["“16 October 2026” is not a date", "YYYY-MM-DD"]),
    ("2026-01-16,", "2026-02-30,", ":3: Date:", ["“2026-02-30” is not a date"]),
    ("2026-01-16,", "2026-10-16,", ":3: Date:", ["“2026-10-16” already stands in line 2", "each day once"]),
    ("2026-01-16,", "\n2026-01-16,", ":3: row:", ["an empty line", "43 cells"]),
    (",PLN,", ",USD,", ":1: USD:", ["the column stands twice"]),
    (",PLN,", ",Zloty,", ":1: column 14:", ["“Zloty” is not a currency", "three capital letters"]),
    (",PLN,", ",,", ":1: column 14:", ["“” is not a currency"]),
    ("Date,", "currency,", ":1: header:", ["the first column is “currency”, not “Date”", "eurofxref-hist"]),
    (",\n", ",1\n", ":1: column 43:", ["“1” is not a currency"]),
    (",18.493,\n", ",18.493,1\n", ":2: last column:", ["“1” stands after the last currency", "nothing there"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "words"), SPOILT_CSV)
def test_every_fault_of_a_csv_has_its_place(
    old: str, new: str, place: str, words: list[str], tmp_path: Path
) -> None:
    content = CSV.read_text()
    assert old in content, old
    found = faults(written(tmp_path, content.replace(old, new, 1), "rates.csv"))
    assert len(found) == 1, found
    assert found[0].startswith(f"rates.csv{place} ")
    for word in words:
        assert word in found[0]


SPOILT_XML = [
    ('rate="4.37"', 'rate="0.00"', ":1: PLN of 2026-10-16:", ["“0.00” is a rate of zero or below"]),
    ('rate="4.37"', 'rate="4.3700001"', ":1: PLN of 2026-10-16:", ["more than 6 decimals"]),
    ('rate="4.37"', 'rate="N/A"', ":1: PLN of 2026-10-16:", ["“N/A” is not a number"]),
    ('rate="4.37"', 'price="4.37"', ":1: Cube:", ["currency, price in a Cube at depth 3", "currency and rate"]),
    ('"PLN"', '"pln"', ":1: currency of 2026-10-16:", ["“pln” is not a currency"]),
    ('"PLN"', '"SEK"', ":1: SEK of 2026-10-16:", ["the currency stands twice"]),
    ('"2026-10-16"', '"2026-11-26"', ":1: time:", ["“2026-11-26” is in the future"]),
    ('"2026-10-16"', '"2026-13-01"', ":1: time:", ["“2026-13-01” is not a date"]),
    ('"2026-10-16"', '"2026-01-16"', ":1: time:", ["already stands in line 1"]),
    ("<Cube currency", "<Rate/>\n<Cube currency", ":1: “Rate”:", ["unknown element"]),
    ("</gesmes:Envelope>", "\n", ":2: file:", ["not readable as XML"]),
    ("gesmes:Envelope", "gesmes:Letter", ":1: file:", ["the outermost element is “Letter”"]),
    ("<gesmes:Envelope", "<!DOCTYPE x [<!ENTITY a 'a'>]><gesmes:Envelope", ":1: file:", ["a document type"]),
    ("vocabulary/2002-08-01/eurofxref", "vocabulary/other", ":1: file:", ["no day of rates"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "words"), SPOILT_XML)
def test_every_fault_of_an_xml_has_its_place(
    old: str, new: str, place: str, words: list[str], tmp_path: Path
) -> None:
    content = XML.read_text()
    assert old in content, old
    spoilt = content.replace(old, new, 2 if old == "gesmes:Envelope" else 1)
    found = faults(written(tmp_path, spoilt.replace("</gesmes:Letter", "</gesmes:Envelope"), "rates.xml"))
    assert len(found) == 1, found
    assert found[0].startswith(f"rates.xml{place} ")
    for word in words:
        assert word in found[0]


def test_an_element_has_the_line_on_which_it_stands(tmp_path: Path) -> None:
    assert faults(written(tmp_path, DAILY.replace("11.1450", "-1"), "daily.xml"))[0].startswith(
        "daily.xml:10: SEK of 2026-10-16: “-1” is a rate of zero or below"
    )


def test_all_faults_are_listed(tmp_path: Path) -> None:
    content = (
        CSV.read_text()
        .replace(",4.37,", ",0,")
        .replace(",11.145,", ",x,")
        .replace("2025-12-31", "31.12.2025")
    )
    found = faults(written(tmp_path, content, "rates.csv"))
    assert [fault[: fault.index(": ", 14)] for fault in found] == [
        "rates.csv:2: PLN", "rates.csv:2: SEK", "rates.csv:5: Date",
    ]  # fmt: skip


OTHER_FILES = [
    (b"", ":1: file: the file is empty"),
    (BOM + b"\r\n", ":1: file: the file is empty"),
    (b"Date,USD,\n", ":1: file: there is no day of rates in it"),
    (b"Date,USD,\n2026-10-16,1.1\xff,\n", ":2: USD: bytes that are not UTF-8"),
    (b"Date,US\xe9,\n2026-10-16,1.1,\n", ":1: column 2: bytes that are not UTF-8"),
    ("Date,USD,\n".encode("utf-16"), ":1: header: bytes that are not UTF-8"),
    (b"<?xml version='1.0'?>\n<a>\xff</a>", ":2: line: bytes that are not UTF-8"),
    (b"<!DOCTYPE html><html></html>", ":1: file: a document type, which the ECB's files do not have"),
    (b"<html><body>Not found</body></html>", ":1: file: the outermost element is “html”, not gesmes:Envelope"),
    (b"PK\x03\x04 cut off", ":1: file: not readable as a zip archive"),
    (zipped(b"Date,USD,\n", "a.csv", "b.csv"), ":1: file: 2 files in the archive, not one"),
    (zipped(b"Date,USD,\n2026-10-16,0,\n", "a.csv"), "/a.csv:2: USD: “0” is a rate of zero or below"),
    (b"currency,date,per_euro\nPLN,2026-10-16,4.37\n", ":1: header: the first column is “currency”"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "fault"), OTHER_FILES)
def test_what_is_no_file_of_the_ecb_is_refused(content: bytes, fault: str, tmp_path: Path) -> None:
    found = faults(written(tmp_path, content, "rates"))
    assert len(found) == 1, found
    assert found[0].startswith(f"rates{fault}")
    assert ", accepted: " in found[0]


def test_a_rate_that_makes_an_amount_too_large_is_named(tmp_path: Path) -> None:
    made = Made().project().contribution("C-1", ("signed", "2026-10-16", "999999999999.99"), currency="PLN")
    load(saved(made.rows, tmp_path / "bundle"))
    (found,) = faults(written(tmp_path, "Date,PLN,\n2026-10-16,0.000001,\n", "rates.csv"))
    assert found.startswith(
        "rates.csv:2: PLN of 2026-10-16: PLN 999999999999.99 at 0.000001 for one euro is worth"
    )
