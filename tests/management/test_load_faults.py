"""Every fault of a bundle: named by its place, with what is wrong and what is accepted; nothing is loaded."""

# ruff: noqa: E501 - a table of cases reads best with a case on a line

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portfolio.models import ContributionEvent, Project, RecomputeRequest, Source

pytestmark = pytest.mark.django_db

Edit = Callable[[str, str, str], None]


def faults(bundle: Path, *, replace: bool = False) -> list[str]:
    """Return the faults for which a bundle is refused."""
    with pytest.raises(CommandError) as refused:
        call_command("load_portfolio", bundle, replace=replace, verbosity=0)
    lines = str(refused.value).splitlines()
    assert lines[-1].startswith("Nothing was loaded: ")
    return lines[:-1]


SPOILT = [
    # file, old text, new text, where the fault is, and words in it
    ("projects", "slug,name", "slug,nam", "projects.csv:1: nam:", ["unknown column", "latitude"]),
    ("projects", "slug,name", "slug,nam", "projects.csv:1: name:", ["missing column"]),
    ("projects", "slug,name", "slug,slug", "projects.csv:1: slug:", ["stands twice"]),
    ("sources", "example,", "mou-2025,", "sources.csv:3: key:", ["mou-2025", "line 2"]),
    ("project_stages", "giga-c,withdrawn,2026-02-01", "giga-c,expression_of_interest,2025-06-20",
     "project_stages.csv:9: project, stage, reached_on:", ["giga-c, expression_of_interest, 2025-06-20", "line 8"]),
    ("contribution_events", "C-001,approved,2026-05-15", "C-001,announced,2025-12-04",
     "contribution_events.csv:3: contribution, kind, occurred_on:", ["already stands in line 2"]),
    ("contributions", "C-001,giga-a", "C-001,giga-x", "contributions.csv:2: project:", ["giga-x", "projects.csv"]),
    ("contributions", "eu,grant", "eux,grant", "contributions.csv:2: financier:", ["eux", "financiers.csv"]),
    ("contributions", "investai-gigafactories", "nope", "contributions.csv:2: envelope:", ["nope"]),
    ("envelopes", "tiny-envelope,investai", "tiny-envelope,nope", "envelopes.csv:4: programme:", ["nope"]),
    ("projects", "ai_gigafactory", "ai_terafactory", "projects.csv:2: kind:", ["ai_terafactory", "ai_factory, ai_gigafactory"]),
    ("contributions", "grant", "Grant", "contributions.csv:2: instrument:", ["Grant", "venture_debt"]),
    ("contribution_events", "announced,2025-12-04", "announced,2025-02-30",
     "contribution_events.csv:2: occurred_on:", ["2025-02-30", "YYYY-MM-DD"]),
    ("contribution_events", "announced,2025-12-04", "announced,04/12/2025",
     "contribution_events.csv:2: occurred_on:", ["04/12/2025"]),
    ("contribution_events", "400000000.00", "400 000 000.00", "contribution_events.csv:2: amount:", ["not a number"]),
    ("contribution_events", "400000000.00", " 4", "contribution_events.csv:2: amount:", ["not a number"]),
    ("contribution_events", "400000000.00", "4e8", "contribution_events.csv:2: amount:", ["not a number"]),
    ("contribution_events", "400000000.00", "٤", "contribution_events.csv:2: amount:", ["not a number"]),
    ("contribution_events", "400000000.00", "1.001", "contribution_events.csv:2: amount:", ["2 decimals"]),
    ("contribution_events", "400000000.00", "-1.00", "contribution_events.csv:2: amount:", ["negative"]),
    ("contribution_events", "400000000.00", "1000000000000.00",
     "contribution_events.csv:2: amount:", ["too large", "999999999999.99"]),
    ("cost_estimates", "3000000000.00", "", "cost_estimates.csv:2: amount:", ["empty", "required"]),
    ("chip_deployments", "40000,", "40000.5,", "chip_deployments.csv:2: chips:", ["40000.5", "whole number"]),
    ("chip_deployments", "40000,", "-1,", "chip_deployments.csv:2: chips:", ["whole number"]),
    ("chip_deployments", "2026-03-01,2026-06-10", ",2026-06-10", "chip_deployments.csv:2: planned_on:", ["required"]),
    ("chip_deployments", "Phase 2", "Phase 1", "chip_deployments.csv:3: project, system:", ["Phase 1"]),
    ("chip_models", ",989,80,", ",0,80,", "chip_models.csv:2: bf16_dense_tflops:", ["above 0"]),
    ("envelopes", "2025-01-01,2027-12-31,,confirmed,mou", "2025-01-01,2025-01-01,,confirmed,mou",
     "envelopes.csv:3: ends_on:", ["not after"]),
    ("envelopes", "2025-01-01,2027-12-31,,confirmed,mou", "2025-01-01,,,confirmed,mou",
     "envelopes.csv:3: ends_on:", ["both its dates"]),
    ("envelopes", "20000000000.00", "0.00", "envelopes.csv:2: amount_eur:", ["zero"]),
    ("envelopes", "2034-12-31,,", "2034-12-31,investai-gigafactories,", "envelopes.csv:2: parent:", ["circle"]),
    ("exchange_rates", "4.2150", "0", "exchange_rates.csv:2: per_euro:", ["zero or below"]),
    ("exchange_rates", "4.2150", "4.2150001", "exchange_rates.csv:2: per_euro:", ["6 decimals"]),
    ("exchange_rates", "PLN,2026-01-09", "pln,2026-01-09", "exchange_rates.csv:2: currency:", ["three capital letters"]),
    ("projects", "52.4064", "90.5", "projects.csv:2: latitude:", ["out of range", "-90 to 90"]),
    ("projects", "16.9252", "-180.01", "projects.csv:2: longitude:", ["out of range"]),
    ("projects", ",PL,", ",XX,", "projects.csv:2: countries:", ["XX", "ISO 3166-1"]),
    ("published_figures", "at most\",5,", "at most\",5.5,", "published_figures.csv:2: value:", ["whole number"]),
    ("published_figures", "at most\",5,", "at most\",1,", "project_stages.csv:7: stage:",
     ["giga-b", "2 selected", "2026-09-01", "is 1", "giga-a", "source of the limit: mou-2025"]),
    ("projects", "giga-a,", "giga a,", "projects.csv:2: slug:", ["not a key"]),
    ("sources", "Memorandum of understanding on AI gigafactories", "", "sources.csv:2: title:", ["required"]),
    ("projects", "Consortium A,", "Consortium A,extra,", "projects.csv:2: row:", ["12 cells", "11 cells"]),
    ("projects", "giga-b,Gigafactory", "giga-b\ngiga-b,Gigafactory", "projects.csv:3: row:", ["1 cells", "11"]),
    ("projects", "Consortium A", "Consortium\0A", "projects.csv:2: host:", ["NUL"]),
    ("contributions", '"=SUM', '"=SU"M', "contributions.csv:5: row:", ["RFC 4180"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "place", "words"), SPOILT)
def test_a_fault_is_named_by_its_place(
    bundle: Path, edit: Edit, name: str, old: str, new: str, place: str, words: list[str]
) -> None:
    edit(name, old, new)
    found = [fault for fault in faults(bundle) if fault.startswith(place)]
    assert len(found) == 1, faults(bundle)
    assert ", accepted: " in found[0]
    for word in words:
        assert word in found[0], found[0]
    assert not Source.objects.exists()


def test_all_faults_are_found_in_one_pass(bundle: Path, edit: Edit) -> None:
    edit("projects", "ai_gigafactory", "terafactory")
    edit("projects", "16.9252", "400")
    edit("contribution_events", "400000000.00", "lots")
    edit("contributions", "C-002,giga-a", "C-002,giga-z")
    edit("envelopes", "2034-12-31,,", "2034-12-31,tiny-envelope,")
    edit("envelopes", "2027-12-31,,confirmed,example", "2027-12-31,investai-gigafactories,confirmed,example")
    (bundle / "projetcs.csv").write_text("slug\n")
    places = [fault.split(": ")[0] + ": " + fault.split(": ")[1] for fault in faults(bundle)]
    assert places == [
        "contribution_events.csv:2: amount",
        "contributions.csv:3: project",
        "envelopes.csv:2: parent",
        "projects.csv:2: kind",
        "projects.csv:2: longitude",
        "projetcs.csv:1: file name",
    ]


def test_bytes_that_are_not_utf8_are_named_by_line_and_column(bundle: Path) -> None:
    path = bundle / "projects.csv"
    path.write_bytes(path.read_bytes().replace("Poznań".encode(), "Poznań".encode("cp1250")))
    assert [fault.split(", accepted")[0] for fault in faults(bundle)] == [
        "projects.csv:2: city: bytes that are not UTF-8"
    ]


def test_a_quoted_line_break_keeps_the_lines_right(bundle: Path, edit: Edit) -> None:
    edit("projects", "Consortium A", '"Consortium\n\nA"')
    edit("projects", "65.5848", "165")
    assert [fault.split(": ")[0] for fault in faults(bundle)] == ["projects.csv:5"]


def test_a_folder_without_a_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    (tmp_path / "sub").mkdir()
    assert "there is no file of a portfolio bundle" in faults(tmp_path)[0]
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("load_portfolio", tmp_path / "absent")


def test_a_file_without_a_header_is_refused(bundle: Path) -> None:
    (bundle / "milestones.csv").write_bytes(b"")
    assert faults(bundle)[0].startswith("milestones.csv:1: header: the file is empty")


def test_an_amount_beyond_what_can_be_kept_is_refused(bundle: Path, edit: Edit) -> None:
    edit("contribution_events", "2000000000.00", "999999999999.99")
    edit("exchange_rates", "4.2150", "0.000001")
    assert "is worth more than" in faults(bundle)[0]


def test_references_and_limits_reach_into_what_is_recorded(bundle: Path, edit: Edit) -> None:
    call_command("load_portfolio", bundle, verbosity=0)
    for path in bundle.iterdir():
        if path.stem not in ("contributions", "published_figures"):
            path.unlink()
    call_command("load_portfolio", bundle, verbosity=0)
    assert any("projects.csv" in fault for fault in faults(bundle, replace=True))
    edit("published_figures", 'at most",5,', 'at most",1,')
    assert faults(bundle)[0].startswith("published_figures.csv:2: value: giga-b would make 2 selected")


def test_a_circle_through_recorded_envelopes_is_refused(bundle: Path, edit: Edit) -> None:
    edit("envelopes", "2034-12-31,,", "2034-12-31,tiny-envelope,")
    call_command("load_portfolio", bundle, verbosity=0)
    (bundle / "envelopes.csv").write_text(
        "slug,programme,name,kind,amount_eur,starts_on,ends_on,parent,confidence,source\n"
        "tiny-envelope,investai,Tiny,budget,1.00,,,investai-gigafactories,confirmed,example\n"
    )
    assert "circle: tiny-envelope in investai-gigafactories in tiny-envelope" in faults(bundle)[0]


def test_a_refused_bundle_changes_nothing(bundle: Path, edit: Edit) -> None:
    call_command("load_portfolio", bundle, verbosity=0)
    RecomputeRequest.objects.all().delete()
    edit("projects", "Gigafactory Example A", "Renamed")
    edit("contribution_events", "400000000.00", "lots")
    assert faults(bundle)
    assert Project.objects.get(slug="giga-a").name == "Gigafactory Example A"
    assert ContributionEvent.objects.count() == 27
    assert not RecomputeRequest.objects.exists()
