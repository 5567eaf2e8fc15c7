"""The tables of advice as facts make them, beside what is stored: for verification."""

from collections.abc import Iterable
from dataclasses import fields
from hashlib import sha256
from secrets import token_hex
from typing import Any

from advisory.models import AdvisoryCase, AdvisoryFunnel, AdvisoryOutcome, AdvisoryReadiness, SignedWindow
from advisory.queries.results import compute
from portfolio.models import ResultSet
from portfolio.queries.joined_results import Compared

CONFIDENTIAL = {"ready_on", "assessed"}
OPEN = {"engagement_id", "project_id"}
REFERENCES = {"request": "request_id", "engagement": "engagement_id", "project": "project_id"}


def compare(results: ResultSet) -> Compared:
    """Yield each table of advice as expected and as stored, by key and column."""
    tables, salt = compute(results.as_of), token_hex()

    def hidden(values: dict[str, Any], every: bool) -> dict[str, Any]:
        """Return values of which the confidential ones can be compared, and not be read in a message."""
        secret = values.keys() - OPEN if every else values.keys() & CONFIDENTIAL
        return {name: _digest(salt, value) if name in secret else value for name, value in values.items()}

    found: list[tuple[str, Any, str, list[Any]]] = [
        ("advisory_cases", AdvisoryCase, "request", tables.cases),
        ("advisory_readiness", AdvisoryReadiness, "engagement", tables.readiness),
        ("advisory_windows", SignedWindow, "project", tables.windows),
        ("advisory_funnel", AdvisoryFunnel, "scope", tables.funnel),
        ("advisory_outcomes", AdvisoryOutcome, "group", tables.outcomes),
    ]
    for name, model, key, rows in found:
        stored = model._default_manager.filter(result_set=results).order_by().values()
        expected, recorded = _expected(key, rows), _stored(REFERENCES.get(key, key), stored)
        every = model is AdvisoryReadiness
        yield (
            name,
            {pk: hidden(values, every) for pk, values in expected.items()},
            {pk: hidden(values, every) for pk, values in recorded.items()},
        )


def _digest(salt: str, value: Any) -> str:
    return f"confidential value {sha256(f'{salt}{value}'.encode()).hexdigest()[:8]}"


def _expected(key: str, rows: Iterable[Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for row in rows:
        values = {REFERENCES.get(field.name, field.name): getattr(row, field.name) for field in fields(row)}
        found[str(getattr(row, key))] = values
    return found


def _stored(key: str, rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {str(row[key]): row for row in rows}
