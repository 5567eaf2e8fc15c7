"""load_portfolio: what each cell accepts, and the fault that names the place of one that it does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bundles import SMALL, example, faults, line_of, load, read_bundle, row_of, save, saved
from tests.strategies import COLUMNS, Rows

pytestmark = pytest.mark.django_db

REFERENCES = {"source", "programme", "figure", "memorandum", "project", "financier", "contribution"}
NAMES = {"key", "slug", "reference", "name", "title", "system"}
WORDS = {"kind", "instrument", "stage", "currency", "confidence", "bound"}
DAYS = {"reached_on", "estimated_on", "occurred_on", "date", "planned_on"}
REQUIRED = REFERENCES | NAMES | WORDS | DAYS | {"amount_eur", "per_euro"}
SMALL_LIMIT = "gigafactory_limit"

EVENT = ("contribution_events", "C-001", "signed", "2026-06-01")
ESTIMATE = ("cost_estimates", "giga-a", "2026-04-01")
ENVELOPE = ("envelopes", "tiny-envelope")
TARGET = ("envelopes", "techeu-mobilisation")
DEPLOYMENT = ("chip_deployments", "giga-a", "Phase 1")
RATE = ("exchange_rates", "PLN", "2026-01-09")
MODEL = ("chip_models", "gh200")
PROJECT = ("projects", "giga-a")
FINANCIER = ("financiers", "pl-state")
STAGE = ("project_stages", "giga-a", "proposal")

NOT_MONEY = [
    "1,000.00",
    "1e3",
    "+5",
    ".5",
    "5.",
    " 5",
    "5 ",
    "５",
    "0x5",
    "NaN",
    "Infinity",
    "--5",
    "1_000",
    "€5",
]
NOT_A_DAY = [
    *("2026-02-30", "2026-1-01", "2026-13-01", "0000-01-01", "2026-01-01 ", "20260101", "01/02/2026"),
    *("2026-01-01T00:00:00", "２026-01-01", "2026-W01-1", "-2026-01-01", "today", "12026-01-01"),
]
NOT_A_KEY = ["-a", ".a", "_a", "a b", "é", "a/b", "a;b", " a", "a ", "a\n", "a,b", "=a"]
TOO_LARGE = "1" + "0" * 12


@pytest.fixture
def fault_at(tmp_path: Path) -> Callable[..., str]:
    """Return what loads the example with one cell changed, which must be its only fault, and its message."""

    def load_changed(place: tuple[str, ...], column: str, cell: str) -> str:
        rows = example()
        name, *key = place
        line = line_of(rows, name, *key)
        row_of(rows, name, *key)[column] = cell
        found = faults(saved(rows, tmp_path / "bundle"))
        start = f"{name}.csv:{line}: {column}: "
        assert [fault[: len(start)] for fault in found] == [start], found
        wrong, _, accepted = found[0].removeprefix(start).partition(", accepted: ")
        assert accepted
        return wrong

    return load_changed


def load_with(folder: Path, place: tuple[str, ...], column: str, cell: str) -> Path:
    """Load the example with one cell changed; return the folder for saving into."""
    rows = example()
    row_of(rows, *place)[column] = cell
    load(saved(rows, folder / "bundle"))
    return folder / "saved"


def saved_cell(folder: Path, place: tuple[str, ...], column: str) -> str:
    """Save the portfolio and return one of its cells."""
    save(folder)
    return row_of(read_bundle(folder), *place)[column]


@pytest.mark.parametrize("name", COLUMNS)
def test_required_cells_that_are_empty(tmp_path: Path, name: str) -> None:
    load(SMALL)
    rows = example(name)
    required = [column for column in COLUMNS[name] if column in REQUIRED]
    required += ["amount"] if name == "cost_estimates" else []
    rows[name][0].update(dict.fromkeys(required, ""))
    expected = {
        f"{name}.csv:2: {column}: empty, accepted: a value: this cell is required" for column in required
    }
    assert set(faults(saved(rows, tmp_path))) == expected


@pytest.mark.parametrize("name", COLUMNS)
def test_all_other_cells_may_be_empty(tmp_path: Path, name: str) -> None:
    load(SMALL)
    rows = example(name)
    required = REQUIRED | ({"amount"} if name == "cost_estimates" else set())
    for row in rows[name]:
        if row.get("kind") != "mobilisation_target":
            row.update({column: "" for column in row if column not in required})
    load(saved(rows, tmp_path / "bundle"), replace=False)
    assert save(tmp_path / "saved")[f"{name}.csv"].count("\r\n") == len(rows[name]) + 1


@pytest.mark.parametrize(
    ("place", "column", "word"),
    [
        (ENVELOPE, "kind", "Budget"),
        (FINANCIER, "kind", "state"),
        (PROJECT, "kind", "gigafactory"),
        (STAGE, "stage", "Proposal"),
        (("contributions", "C-001"), "instrument", " grant"),
        (("contribution_events", "C-001", "announced"), "kind", "signed "),
        (EVENT, "confidence", "certain"),
        (DEPLOYMENT, "bound", "more"),
    ],
)
def test_a_word_that_is_not_in_its_list(
    fault_at: Callable[..., str], place: tuple, column: str, word: str
) -> None:
    assert fault_at(place, column, word) == f"“{word}” is not in the list"


@pytest.mark.parametrize("cell", NOT_MONEY)
@pytest.mark.parametrize(
    ("place", "column"), [(EVENT, "amount"), (ENVELOPE, "amount_eur"), (RATE, "per_euro")]
)
def test_not_a_number(fault_at: Callable[..., str], place: tuple, column: str, cell: str) -> None:
    assert fault_at(place, column, cell) == f"“{cell}” is not a number"


@pytest.mark.parametrize(
    ("place", "column", "cell", "wrong"),
    [
        (EVENT, "amount", "1.234", "has more than 2 decimals"),
        (EVENT, "amount", "1000000000000.00", "is too large"),
        (EVENT, "amount", "999999999999.991", "has more than 2 decimals"),
        (EVENT, "amount", "9" * 400, "is too large"),
        (EVENT, "amount", "-0.01", "is a negative amount"),
        (EVENT, "amount", "-1000000000000", "is a negative amount"),
        (ESTIMATE, "amount", "-5", "is a negative amount"),
        (ESTIMATE, "amount", TOO_LARGE, "is too large"),
        (ENVELOPE, "amount_eur", TOO_LARGE, "is too large"),
        (ENVELOPE, "amount_eur", "-1", "is a negative amount"),
        (RATE, "per_euro", "0", "is a rate of zero or below"),
        (RATE, "per_euro", "0.000000", "is a rate of zero or below"),
        (RATE, "per_euro", "-4.2", "is a rate of zero or below"),
        (RATE, "per_euro", "1.1234567", "has more than 6 decimals"),
        (RATE, "per_euro", TOO_LARGE, "is too large"),
        (DEPLOYMENT, "chips", "1.5", "is not a whole number of chips"),
        (DEPLOYMENT, "chips", "-1", "is not a whole number of chips"),
        (DEPLOYMENT, "chips", "about 5", "is not a whole number of chips"),
        (DEPLOYMENT, "chips", TOO_LARGE, "is too large"),
        (PROJECT, "latitude", "90.1", "is out of range"),
        (PROJECT, "latitude", "-90.000000001", "is out of range"),
        (PROJECT, "longitude", "180.000000001", "is out of range"),
        (PROJECT, "longitude", "-181", "is out of range"),
        (PROJECT, "latitude", "52,4", "is not a number"),
        (MODEL, "bf16_dense_tflops", "-1", "is out of range"),
        (MODEL, "bf16_dense_tflops", "0", "is no speed"),
        (MODEL, "bf16_dense_tflops", "0.0", "is no speed"),
        (MODEL, "memory_gb", "-96", "is out of range"),
        (("published_figures", SMALL_LIMIT), "value", "4.5", "is not a number of gigafactories"),
        (("published_figures", SMALL_LIMIT), "value", "-1", "is not a number of gigafactories"),
        (("published_figures", "chips_per_gigafactory"), "value", "100k", "is not a number"),
        (("published_figure_readings", SMALL_LIMIT), "value", "5 or 6", "is not a number"),
    ],
)
def test_a_number_that_is_not_accepted(
    fault_at: Callable[..., str], place: tuple, column: str, cell: str, wrong: str
) -> None:
    shown = cell if len(cell) <= 80 else cell[:77] + "..."
    assert fault_at(place, column, cell) == f"“{shown}” {wrong}"


@pytest.mark.parametrize(
    ("place", "column", "cell", "kept"),
    [
        (EVENT, "amount", "999999999999.99", "999999999999.99"),
        (EVENT, "amount", "0", "0.00"),
        (EVENT, "amount", "-0.00", "0.00"),
        (EVENT, "amount", "007.5", "7.50"),
        (EVENT, "amount", "0" * 60 + "7.5", "7.50"),
        (EVENT, "amount", "", ""),
        (ESTIMATE, "amount", "0.00", "0.00"),
        (ENVELOPE, "amount_eur", "0.01", "0.01"),
        (RATE, "per_euro", "0.000001", "0.000001"),
        (RATE, "per_euro", "004.200000", "4.2"),
        (RATE, "per_euro", "10", "10"),
        (DEPLOYMENT, "chips", "0", "0"),
        (DEPLOYMENT, "chips", "0040", "40"),
        (DEPLOYMENT, "chips", "999999999999", "999999999999"),
        (PROJECT, "latitude", "-90", "-90"),
        (PROJECT, "latitude", "90.000", "90"),
        (PROJECT, "latitude", "52.406400000000", "52.4064"),
        (PROJECT, "longitude", "-180.0", "-180"),
        (PROJECT, "longitude", "179.999999999", "179.999999999"),
        (PROJECT, "longitude", "-0", "0"),
        (MODEL, "bf16_dense_tflops", "0.000001", "0.000001"),
        (MODEL, "bf16_dense_tflops", "989.4000000", "989.4"),
        (MODEL, "memory_gb", "0", "0"),
        (("published_figures", SMALL_LIMIT), "value", "0005", "5"),
        (("published_figures", "eu_capex_share_max"), "value", "-0.170", "-0.17"),
        (
            ("published_figures", "eu_capex_share_max"),
            "value",
            "0.00000000000000000001",
            "0.00000000000000000001",
        ),
        (("published_figures", "eu_capex_share_max"), "value", "100", "100"),
        (PROJECT, "countries", "EL;UK;PL", "GR;GB;PL"),
        (FINANCIER, "country", "UK", "GB"),
        (PROJECT, "sectors", " spaced ; out ", " spaced ; out "),
        (PROJECT, "city", "=HYPERLINK(1)", "=HYPERLINK(1)"),
        (PROJECT, "host", 'two\r\nlines\nand "quotes", a comma', 'two\r\nlines\nand "quotes", a comma'),
        (PROJECT, "name", "\ttab", "\ttab"),
        (PROJECT, "name", "𝔘nicode \U0001f4b6 e\u0301", "𝔘nicode \U0001f4b6 e\u0301"),
        (("sources", "example"), "note", "x" * 300_000, "x" * 300_000),
        (("milestones", "giga-a"), "due_on", "0001-01-01", "0001-01-01"),
        (("milestones", "giga-a"), "due_on", "9999-12-31", "9999-12-31"),
    ],
)
def test_a_cell_that_is_accepted_and_how_it_is_saved(
    tmp_path: Path, place: tuple, column: str, cell: str, kept: str
) -> None:
    folder = load_with(tmp_path, place, column, cell)
    assert saved_cell(folder, place, column) == kept


@pytest.mark.parametrize("cell", NOT_A_DAY)
@pytest.mark.parametrize(
    ("place", "column"),
    [(("milestones", "giga-a"), "due_on"), (("sources", "example"), "published_on"), (STAGE, "reached_on")],
)
def test_not_a_day(fault_at: Callable[..., str], place: tuple, column: str, cell: str) -> None:
    assert fault_at(place, column, cell) == f"“{cell}” is not a date"


@pytest.mark.parametrize("cell", NOT_A_KEY)
def test_not_a_key(fault_at: Callable[..., str], cell: str) -> None:
    shown = cell.replace("\n", "\\n")
    assert fault_at(("milestones", "giga-a"), "key", cell) == f"“{shown}” is not a key"


@pytest.mark.parametrize("cell", ["eur", "EURO", "EU", "EU1", "ÉUR", "EUR ", "€"])
@pytest.mark.parametrize("place", [ESTIMATE, ("contributions", "C-001"), RATE])
def test_not_a_currency(fault_at: Callable[..., str], place: tuple, cell: str) -> None:
    assert fault_at(place, "currency", cell) == f"“{cell}” is not a currency"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("pl", "pl"),
        ("POL", "POL"),
        ("XX", "XX"),
        ("PL,SE", "PL,SE"),
        ("PL; SE", " SE"),
        ("PL;;SE", ""),
        ("PL;", ""),
    ],
)
def test_not_a_country(fault_at: Callable[..., str], cell: str, shown: str) -> None:
    assert fault_at(PROJECT, "countries", cell) == f"“{shown}” is not a country"


@pytest.mark.parametrize("cell", ["pl", "PL;SE", "EU"])
def test_not_one_country(fault_at: Callable[..., str], cell: str) -> None:
    assert fault_at(FINANCIER, "country", cell) == f"“{cell}” is not a country"


@pytest.mark.parametrize("cell", ["0", "0.00", "-0.00"])
def test_an_envelope_of_zero(fault_at: Callable[..., str], cell: str) -> None:
    assert fault_at(ENVELOPE, "amount_eur", cell) == "an envelope of zero"


@pytest.mark.parametrize("ends_on", ["2025-01-01", "2024-12-31"])
def test_an_envelope_that_ends_before_it_began(fault_at: Callable[..., str], ends_on: str) -> None:
    assert fault_at(ENVELOPE, "ends_on", ends_on) == f"{ends_on} is not after starts_on, 2025-01-01"


@pytest.mark.parametrize("column", ["starts_on", "ends_on"])
def test_a_mobilisation_target_without_a_date(fault_at: Callable[..., str], column: str) -> None:
    assert fault_at(TARGET, column, "") == "empty, but a mobilisation target needs both its dates"


def test_a_budget_may_lack_either_date(tmp_path: Path) -> None:
    for column in ("starts_on", "ends_on"):
        rows: Rows = example()
        row_of(rows, *ENVELOPE)[column] = ""
        load(saved(rows, tmp_path))


def test_the_same_wrong_cell_is_named_in_every_row(tmp_path: Path) -> None:
    rows = example()
    for event in rows["contribution_events"]:
        event.update(source="nobody", amount="much")
    found = faults(saved(rows, tmp_path))
    lines = range(2, len(rows["contribution_events"]) + 2)
    expected = {
        f"contribution_events.csv:{line}: {column}" for line in lines for column in ("amount", "source")
    }
    assert {fault.rsplit(": ", 2)[0].split(": “")[0] for fault in found} == expected
    assert len(found) == len(expected)
