"""Lists of EU bodies map themselves."""

import pytest

from portfolio.models import ContributionEvent
from tests.imports import files
from tests.imports.pages import Editor

LAYOUTS = {
    "the EIB's list of financed projects": (
        [
            "Name",
            "Region",
            "Country or Territory",
            "Sector",
            "Signature Date",
            "Signed Amount",
            "Description",
        ],
        [
            ["AI Hub", "European Union", "Finland", "Digital", "03/04/2026", "€ 1,250,000", "x"],
            ["AI Hub", "European Union", "Finland", "Energy", "03/04/2026", "€ 750,000.50", "x"],
        ],
        {"value:contributions.financier": "eib", "value:contributions.instrument": "loan"},
        ["750000.50", "1250000.00"],
    ),
    "Kohesio's list of projects": (
        [
            "Operation_Unique_Identifier",
            "Operation_Local_Identifier",
            "Operation_Name_English",
            "Country",
            "Operation_Start_Date",
            "Operation_End_Date",
            "Total_Eligible_Expenditure_amount",
            "Project_EU_Budget",
            "Fund_Code",
            "Programme_Name",
        ],
        [
            ["https://x/Q1", "7", "AI Hub", "FI", "03/04/2026", "", "9", "1000.25", "ERDF", "P"],
            ["https://x/Q1", "7", "AI Hub", "FI", "03/04/2026", "", "9", "1000.25", "ERDF", "P"],
        ],
        {"value:contributions.financier": "eu"},
        ["1000.25"],
    ),
    "the EU Financial Transparency System": (
        [
            "Year",
            "Budget",
            "Reference of the Legal Commitment (LC)",
            "Name of beneficiary",
            "Beneficiary country",
            "Beneficiary’s contracted amount (EUR)",
            "Commitment  total amount (EUR) (A+B)",
            "Budget line number",
            "Programme name",
            "Funding type",
            "Subject of grant or contract",
        ],
        [
            ["2025", "EC", "LC.1", "Lab A", "Finland", "600.00", "1000.00", "1", "P", "Grants", "AI Hub"],
            ["2025", "EC", "LC.1", "Lab B", "Finland", "400.00", "1000.00", "1", "P", "Grants", "AI Hub"],
            ["2025", "EC", "LC.2", "Lab C", "Finland", "*****", "*****", "1", "P", "Grants", "AI Hub"],
        ],
        {"value:contributions.financier": "eu", "value:contribution_events.occurred_on": "2025-12-31"},
        ["400.00", "600.00", "None"],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_known_lists_map_themselves(editor: Editor, layout: str) -> None:
    header, rows, lacking, amounts = LAYOUTS[layout]
    page = editor.upload("export.csv", files.text([["A title"], [], header, *rows], "utf-8-sig"))
    assert f"recognised as {layout}" in page
    editor.preview(**lacking, **{"value:source": "example", "value:projects.kind": "ai_factory"})
    assert editor.faults() == []
    editor.apply()
    events = ContributionEvent.objects.filter(contribution__project__slug="ai-hub")
    assert sorted(str(one.amount) for one in events) == sorted(amounts)
    assert {one.contribution.project.countries for one in events} == {"FI"}
    assert {one.contribution.currency for one in events} == {"EUR"}
