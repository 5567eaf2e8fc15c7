"""Filters of contributions in addresses: read from them, written into them, and offered in forms."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from portfolio.models import ResultSet
from portfolio.queries.contribution_filters import (
    ANY_SELECTED,
    CANCELLED,
    ENDED,
    NO_STAGE,
    RUNNING,
    Filters,
)
from portfolio.queries.pages import envelope_names
from portfolio.rules.dates import today
from portfolio.vocabulary import EventKind, FinancierKind, Instrument, ProjectKind, Stage

EVERY_STAGE = "all"
MONEY_LABELS = {
    "secured": "Secured",
    "pipeline": "Pipeline",
    **{
        str(state): str(state.label)
        for state in (EventKind.APPROVED, EventKind.UNDER_APPRAISAL, EventKind.ANNOUNCED)
    },
    "disbursed": "Disbursed",
}
STATE_LABELS = {**MONEY_LABELS, CANCELLED: str(EventKind.CANCELLED.label)}
STAGES = {
    RUNNING: "Not ended",
    ANY_SELECTED: "Selected, any later stage too",
    **dict(Stage.choices),
    NO_STAGE: "No stage yet",
    ENDED: "Ended",
}
MOST_BEYOND = 200
STATES_OF: dict[str, tuple[str, ...]] = {
    "secured": (EventKind.SIGNED,),
    "pipeline": (EventKind.APPROVED, EventKind.UNDER_APPRAISAL, EventKind.ANNOUNCED),
    **{str(state): (state,) for state in EventKind if state not in (EventKind.SIGNED, EventKind.DISBURSED)},
}


def read_filters(request: HttpRequest, *, state: str = "", stage: str = "") -> Filters:
    """Return the filters of an address; an unknown word narrows nothing, an unknown key keeps nothing.

    `state` and `stage` are meant where the address names none.
    """
    asked = request.GET

    def word(name: str, accepted: Any, default: str = "") -> str:
        return asked.get(name, "") if asked.get(name) in accepted else default

    def number(name: str) -> int:
        text = asked.get(name, "")
        return min(int(text), MOST_BEYOND) if text.isascii() and text.isdecimal() and len(text) < 5 else 0

    def key(name: str) -> str:
        return asked.get(name, "").replace("\0", "").strip()[:255]

    chosen = word("stage", {*STAGES, EVERY_STAGE}, stage)
    return Filters(
        state=word("state", STATE_LABELS if not state else MONEY_LABELS, state),
        stage="" if chosen == EVERY_STAGE else chosen,
        kind=word("kind", ProjectKind.values),
        financier_kind=word("financier_kind", FinancierKind.values),
        envelope=key("envelope"),
        instrument=word("instrument", Instrument.values),
        financier=key("financier"),
        project=key("project"),
        guarantee={"true": True, "false": False}.get(asked.get("guarantee", "")),
        beyond=number("beyond"),
        beyond_financiers=number("beyond_financiers"),
    )


def written(filters: Filters) -> dict[str, str]:
    """Return filters as the parameters of an address that names them all."""
    guarantee = {None: "", True: "true", False: "false"}[filters.guarantee]
    texts = {
        "state": filters.state,
        "stage": filters.stage,
        "kind": filters.kind,
        "financier_kind": filters.financier_kind,
        "envelope": filters.envelope,
        "instrument": filters.instrument,
        "financier": filters.financier,
        "project": filters.project,
        "guarantee": guarantee,
        "beyond": str(filters.beyond or ""),
        "beyond_financiers": str(filters.beyond_financiers or ""),
    }
    return {name: text for name, text in texts.items() if text}


def address(results: ResultSet, name: str, parameters: Mapping[str, str]) -> str:
    """Return the address of a page as of the day of the results, which it names unless that is today."""
    day = {"as_of": results.as_of.isoformat()} if results.as_of < today() else {}
    asked = urlencode({**day, **parameters})
    return f"{reverse(name)}?{asked}" if asked else reverse(name)


def choices() -> dict[str, Any]:
    """Return what the forms of both pages offer."""
    return {
        "kinds": ProjectKind.choices,
        "stages": list(STAGES.items()),
        "financier_kinds": FinancierKind.choices,
        "instruments": Instrument.choices,
        "envelopes": envelope_names(),
        "every_stage": EVERY_STAGE,
    }


def csv_address(results: ResultSet, filters: Filters) -> tuple[str, bool]:
    """Return the address of the states that the filters keep as CSV, and whether it has exactly these.

    The API knows neither the stage of a project nor who comes first: such filters make its list longer.
    """
    instruments = [filters.instrument] if filters.instrument else list(Instrument.values)
    if filters.guarantee is not None:
        is_guarantee = (
            (Instrument.GUARANTEE,) if filters.guarantee else set(instruments) - {Instrument.GUARANTEE}
        )
        instruments = [word for word in instruments if word in is_guarantee]
    asked = {
        "project": filters.project,
        "project_kind": filters.kind,
        "envelope": filters.envelope,
        "financier": filters.financier,
        "financier_kind": filters.financier_kind,
        "instrument__in": ",".join(instruments) if len(instruments) < len(Instrument.values) else "",
        "state__in": ",".join(STATES_OF.get(filters.state, ())),
    }
    parameters = {name: text for name, text in asked.items() if text} | {"format": "csv"}
    beyond = filters.beyond or filters.beyond_financiers or filters.stage or filters.state == "disbursed"
    return address(results, "api:contribution-states", parameters), not beyond and bool(instruments)
