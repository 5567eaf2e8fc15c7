"""The one write door, found by reading the code; and what the database itself refuses."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from portfolio.jobs.bundle_format import FILES

PORTFOLIO = Path(__file__).parent.parent.parent / "portfolio"
WRITERS = {
    "save",
    "delete",
    "bulk_create",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "create",
    "update",
}
# Dictionaries and sets have update() too: a module outside the jobs that calls one of these names is on this
# list, with the reason why it writes no fact.
HARMLESS = {
    ("api/lists.py", "update"),  # headers of an answer
    ("exports/lists/__init__.py", "update"),  # the lists that another app joins
    ("exports/everything.py", "update"),  # a checksum
    ("exports/manifest.py", "update"),  # a checksum
    ("exports/record_lists.py", "update"),  # headers of an answer
    ("admin/access.py", "delete"),  # failed attempts to sign in, which are no facts
    ("queries/parts.py", "update"),  # counts by project, in memory
    ("queries/project_list.py", "update"),  # a set of country codes
    ("dashboards/second_factor.py", "save"),  # a QR code, into memory
    ("admin/base.py", "save"),  # formset.save(commit=False) writes nothing
}


def writes() -> set[tuple[str, str]]:
    """Return file and method of every call outside the jobs that may write a row."""
    found = set()
    for path in PORTFOLIO.rglob("*.py"):
        name = path.relative_to(PORTFOLIO).as_posix()
        if name.startswith(("jobs/", "migrations/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in WRITERS
            ):
                found.add((name, node.func.attr))
    return found


def test_only_jobs_write_facts() -> None:
    people = {("management/commands/make_administrator.py", method) for method in WRITERS}
    assert writes() - people == HARMLESS


def test_every_fact_has_a_history() -> None:
    for file in FILES:
        assert hasattr(file.model, "history"), file.name


REFUSED = [
    "UPDATE portfolio_project SET kind = 'ai_terafactory' WHERE slug = 'giga-a'",
    "UPDATE portfolio_project SET latitude = 91 WHERE slug = 'giga-a'",
    "UPDATE portfolio_project SET longitude = -181 WHERE slug = 'giga-a'",
    "UPDATE portfolio_project SET slug = 'giga-b' WHERE slug = 'giga-a'",
    "UPDATE portfolio_projectstage SET stage = 'dreaming'",
    "UPDATE portfolio_projectstage SET confidence = 'rumoured'",
    "UPDATE portfolio_costestimate SET amount = -1",
    "UPDATE portfolio_envelope SET amount_eur = 0",
    "UPDATE portfolio_envelope SET kind = 'purse'",
    "UPDATE portfolio_envelope SET ends_on = starts_on WHERE slug = 'tiny-envelope'",
    "UPDATE portfolio_envelope SET ends_on = NULL WHERE kind = 'mobilisation_target'",
    "UPDATE portfolio_envelope SET parent_id = id",
    "UPDATE portfolio_financier SET kind = 'uncle'",
    "UPDATE portfolio_contribution SET instrument = 'lottery'",
    "UPDATE portfolio_contributionevent SET kind = 'promised'",
    "UPDATE portfolio_contributionevent SET amount = -1",
    "UPDATE portfolio_contributionevent SET occurred_on = '2026-01-01', kind = 'signed'",
    "UPDATE portfolio_exchangerate SET per_euro = 0",
    "UPDATE portfolio_exchangerate SET currency = 'PLN', date = '2026-01-01'",
    "UPDATE portfolio_chipmodel SET bf16_dense_tflops = 0",
    "UPDATE portfolio_chipdeployment SET chips = -1",
    "UPDATE portfolio_chipdeployment SET bound = 'perhaps'",
    "UPDATE portfolio_chipdeployment SET planned_on = NULL",
    "UPDATE portfolio_publishedfigure SET confidence = 'rumoured'",
    "UPDATE portfolio_contribution SET source_id = 999999",
    "DELETE FROM portfolio_source",
    "DELETE FROM portfolio_project",
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_what_the_models_refuse(statement: str) -> None:
    call_command("load_portfolio", Path(__file__).parent.parent / "data" / "small", verbosity=0)
    with pytest.raises(IntegrityError):
        execute(statement)


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        connection.check_constraints()
