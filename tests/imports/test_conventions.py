"""What cells mean is decided column by column, shown, and left to a person where nothing shows it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from portfolio.models import ContributionEvent, CostEstimate, Project
from tests.imports import files
from tests.imports.pages import Editor

COSTS = {
    "column:cost_estimates.project": "0",
    "column:cost_estimates.amount": "1",
    "value:cost_estimates.estimated_on": "2026-10-01",
    "value:cost_estimates.currency": "EUR",
    "value:cost_estimates.confidence": "reported",
    "value:source": "example",
}

NOTHING: Mapping[str, str] = {}


def projects() -> list[str]:
    return list(Project.objects.order_by("slug").values_list("slug", flat=True))


def costs(
    editor: Editor, amounts: list[Any], changes: Mapping[str, str] = NOTHING, *, workbook: bool = False
) -> str:
    """Preview a list of cost estimates of these amounts, one a project; return the page."""
    rows = [["Project", "Cost"], *zip(projects(), amounts, strict=False)]
    content = files.xlsx({"Sheet1": rows}) if workbook else files.text(rows, separator=";")
    editor.upload("costs.csv", content)
    editor.take_as("cost_estimates")
    return editor.sent({**COSTS, **changes})


def applied_amounts(editor: Editor) -> list[str]:
    editor.apply()
    rows = CostEstimate.objects.filter(estimated_on=date(2026, 10, 1)).order_by("project__slug")
    return [str(amount) for amount in rows.values_list("amount", flat=True)]


MIXED = ["492087,75", "191.000 €", "249.950,00 €", "288.11"]


def test_the_cell_that_contradicts_its_column_is_settled_by_a_person(editor: Editor) -> None:
    page = costs(editor, MIXED)
    assert editor.faults() == [
        (
            "B5",
            "“288.11” has a decimal point, but its column has a decimal comma, as 3 cells show"
            " (“492087,75”, “191.000 €”, “249.950,00 €”)",
        )
    ]
    for shown in ("B2: “492087,75” has a decimal comma", "B3: “191.000 €” can only be thousands"):
        assert shown in page
    assert "Apply all" not in page
    assert editor.taken.new == 3
    refused = editor.post(f"{editor.address}apply/", status=400)
    assert "faulty" in refused.content.decode()
    assert "Apply all 4 new" in editor.settle({"cell:B5": "288110"})
    assert "B5 is 288110" in editor.page()
    assert applied_amounts(editor) == ["492087.75", "191000.00", "249950.00", "288110.00"]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
def test_spaces_of_any_kind_separate_thousands(editor: Editor, space: str) -> None:
    costs(editor, [f"1{space}234,50{space}€"])
    assert applied_amounts(editor) == ["1234.50"]


def test_unknown_is_not_zero(editor: Editor) -> None:
    said = ("", "-", "n/a", "n.v.t.", "*****", "0", "0,00")
    rows = [["Contribution", "Amount", "Day"]]
    rows += [["C-001", text, f"2026-04-{day:02d}"] for day, text in enumerate(said, 1)]
    editor.upload("list.csv", files.text(rows, separator=";"))
    editor.take_as("contribution_events")
    editor.sent(
        {
            "column:contribution_events.contribution": "0",
            "column:contribution_events.amount": "1",
            "column:contribution_events.occurred_on": "2",
            "value:contribution_events.kind": "disbursed",
            "value:contribution_events.confidence": "confirmed",
            "value:source": "example",
        }
    )
    assert editor.faults() == []
    editor.apply()
    paid = ContributionEvent.objects.filter(contribution__reference="C-001", kind="disbursed")
    found = paid.filter(occurred_on__range=("2026-04-01", "2026-04-07")).order_by("occurred_on")
    assert [None if one.amount is None else str(one.amount) for one in found] == [None] * 5 + ["0.00"] * 2


def test_a_workbooks_numbers_keep_their_decimals(editor: Editor) -> None:
    costs(editor, [0.1 + 0.2, 1234567890.12, 999999999999.99, 1.1 * 3], workbook=True)
    assert editor.faults() == []
    assert applied_amounts(editor) == ["0.30", "1234567890.12", "999999999999.99", "3.30"]


def test_money_has_cents_and_no_smaller_part(editor: Editor) -> None:
    costs(editor, [1.125, "-5,00", "1.000.000.000.000,00", "12 apples", "45%"], workbook=True)
    assert [(address, wrong.split(",")[0]) for address, wrong in editor.faults()] == [
        ("Sheet1!B2", "“1.125” has more than 2 decimals"),
        ("Sheet1!B3", "“-5.00” is a negative amount"),
        ("Sheet1!B4", "“1000000000000.00” is too large"),
        ("Sheet1!B5", "“12 apples” is not a number"),
        ("Sheet1!B6", "“45%” is not a number"),
    ]


def test_a_column_in_millions(editor: Editor) -> None:
    page = costs(editor, ["1,125", "20,5", "300"], {"scale:cost_estimates.amount": "1000000"})
    assert "could be 1.125 or 1125" not in page
    assert "multiplied by 1,000,000" in page
    assert applied_amounts(editor) == ["1125000.00", "20500000.00", "300000000.00"]


def test_the_name_of_a_column_proposes_its_scale_and_currency(editor: Editor) -> None:
    editor.upload(
        "list.csv", files.text([["Project", "Cost (EUR million)", "Date"], ["giga-a", "2", "2026-10-01"]])
    )
    assert editor.taken.plan["target"] == "cost_estimates"
    assert editor.taken.plan["fields"]["cost_estimates.amount"]["scale"] == 1_000_000
    assert editor.taken.plan["fields"]["cost_estimates.currency"]["constant"] == "EUR"


def test_what_nothing_shows_is_asked(editor: Editor) -> None:
    page = costs(editor, ["191.000", "823.171"])
    assert "Nothing in it shows how it is written." in page
    assert editor.taken.faulty == 2
    assert "could be 191000 or 191.000" in editor.faults()[0][1]
    editor.settle({"way:cost_estimates.amount": ","})
    assert applied_amounts(editor) == ["191000.00", "823171.00"]


def test_a_sign_that_contradicts_the_currency_is_a_fault(editor: Editor) -> None:
    costs(editor, ["12,50 €", "£12,50", "12,50 PLN", "12,50"])
    assert editor.faults() == [
        ("B3", "“£12,50” is written in another currency than EUR, that of its row"),
        ("B4", "“12,50 PLN” is written in another currency than EUR, that of its row"),
    ]


def test_the_currency_that_a_workbook_shows_is_held_against_that_of_the_row(editor: Editor) -> None:
    rows: files.Rows = [["Project", "Cost"], ["giga-a", 1250.5], ["giga-b", 7]]
    editor.upload("list.xlsx", files.xlsx({"S": rows}, formats={"B2": "[$£-809]#,##0.00", "B3": "0.00"}))
    editor.take_as("cost_estimates")
    editor.sent(COSTS)
    assert editor.faults() == [
        ("S!B2", "“GBP 1250.5” is written in another currency than EUR, that of its row")
    ]


def test_the_currency_can_be_what_the_sign_says(editor: Editor) -> None:
    costs(editor, ["12,50 €", "12,50 PLN", "7"], {"value:cost_estimates.currency": "@sign"})
    assert editor.faults() == [("row 4", "Currency is empty")]
    editor.settle({"out": ["4"]})
    editor.apply()
    rows = CostEstimate.objects.filter(estimated_on=date(2026, 10, 1)).order_by("project__slug")
    assert [(str(one.amount), one.currency) for one in rows] == [("12.50", "EUR"), ("12.50", "PLN")]


MILESTONES = {
    "column:milestones.project": "0",
    "column:milestones.key": "1",
    "value:milestones.title": "Opening",
    "column:milestones.due_on": "2",
    "value:source": "example",
}


def milestones(editor: Editor, days: list[Any], **changes: str) -> str:
    rows = [["Project", "Key", "Due"], *[["giga-a", f"m{number}", day] for number, day in enumerate(days)]]
    editor.upload("list.csv", files.text(rows))
    editor.take_as("milestones")
    return editor.sent({**MILESTONES, **changes})


def due(editor: Editor) -> list[str]:
    editor.apply()
    project = Project.objects.get(slug="giga-a")
    rows = project.milestones.filter(title="Opening").order_by("key")
    return [str(day) for day in rows.values_list("due_on", flat=True)]


def test_the_order_of_one_date_holds_for_its_column(editor: Editor) -> None:
    page = milestones(editor, ["03/04/2026", "13/01/2026", "5 March 2026", "2026-02-01"])
    assert "C3: “13/01/2026” can only have the day first" in page
    assert due(editor) == ["2026-04-03", "2026-01-13", "2026-03-05", "2026-02-01"]


def test_dates_that_can_all_be_read_in_two_ways_are_asked(editor: Editor) -> None:
    page = milestones(editor, ["03/04/2026", "05.06.2026", "05/05/2026"])
    assert "Nothing in it shows how it is written." in page
    assert [address for address, _ in editor.faults()] == ["C2", "C3"]
    editor.settle({"way:milestones.due_on": "mdy"})
    assert due(editor) == ["2026-03-04", "2026-05-06", "2026-05-05"]


def test_dates_of_two_orders_leave_what_depends_on_them_to_a_person(editor: Editor) -> None:
    milestones(
        editor, ["13/01/2026", "14/01/2026", "01/25/2026", "03/04/2026", "2026-H2", "31.12.25", "46112"]
    )
    assert [(address, wrong.split("”")[1][:30]) for address, wrong in editor.faults()] == [
        ("C4", " has the month first, but its "),
        ("C5", " could be 2026-04-03 or 2026-0"),
        ("C6", " is not a day, only a longer t"),
        ("C7", " has a year of two digits, so "),
        ("C8", " is a number: the cell is not "),
    ]


def test_days_of_a_workbook_are_days(editor: Editor) -> None:
    rows: files.Rows = [
        ["Project", "Key", "Due"],
        ["giga-a", "m1", date(2026, 3, 4)],
        ["giga-a", "m2", 46112],
    ]
    editor.upload("list.xlsx", files.xlsx({"S": rows}))
    editor.take_as("milestones")
    editor.sent(MILESTONES)
    assert [(address, wrong) for address, wrong in editor.faults()] == [
        ("S!C3", "“46112” is a number: the cell is not formatted as a date")
    ]
    editor.settle({"cell:S!C3": "2026-03-31"})
    assert due(editor) == ["2026-03-04", "2026-03-31"]


def test_codes_stay_text(editor: Editor) -> None:
    rows: files.Rows = [["Key", "Title"], ["00123", "One"], [124, "Two"], [125, "Three"]]
    editor.upload("list.xlsx", files.xlsx({"S": rows}, formats={"A3": "00000"}))
    editor.take_as("sources")
    editor.preview()
    assert [row.key for row in editor.taken.rows_of_list.order_by("number")] == ["00123", "00124", "125"]
    editor.upload("list.csv", files.text([["Key", "Title"], ["00456", "One"]]))
    editor.take_as("sources")
    editor.preview()
    assert [row.key for row in editor.taken.rows_of_list.all()] == ["00456"]


def test_errors_and_formulas_without_a_value_are_faults(editor: Editor) -> None:
    cell = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    rows = f'<row r="1">{cell.format("A1", "Project")}{cell.format("B1", "Cost")}</row>'
    rows += f'<row r="2">{cell.format("A2", "giga-a")}<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    rows += f'<row r="3">{cell.format("A3", "giga-b")}<c r="B3"><f>SUM(C1:C9)</f></c></row>'
    rows += f'<row r="4">{cell.format("A4", "factory-1")}<c r="B4"><f>5*5</f><v>25</v></c></row>'
    editor.upload("list.xlsx", files.raw_xlsx(rows.encode()))
    editor.take_as("cost_estimates")
    editor.sent(COSTS)
    assert [(address, wrong[:45]) for address, wrong in editor.faults() if address in ("S!B2", "S!B3")] == [
        ("S!B2", "the formula of the cell gives an error"),
        ("S!B3", "the cell has a formula that no program has co"),
    ]


def test_words_of_another_language_are_told_what_they_mean(editor: Editor) -> None:
    rows = [
        ["Reference", "Status", "Amount"],
        ["C-001", "genehmigt", "1"],
        ["C-001", "Signed", "2"],
        ["C-002", "genehmigt", "3"],
    ]
    editor.upload("list.csv", files.text(rows))
    editor.take_as("contribution_events")
    page = editor.sent(
        {
            "column:contribution_events.contribution": "0",
            "column:contribution_events.kind": "1",
            "column:contribution_events.amount": "2",
            "value:contribution_events.occurred_on": "2026-10-02",
            "value:contribution_events.confidence": "confirmed",
            "value:source": "example",
        }
    )
    assert "“genehmigt”, 2 rows, means" in page
    assert [address for address, _ in editor.faults()] == ["B2", "B4"]
    page = editor.settle({"word:contribution_events.kind:genehmigt": "approved"})
    assert editor.faults() == []
    assert "3 new" in page
