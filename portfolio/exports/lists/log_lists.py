"""What was seen, done, published and supposed: alerts, recomputations, publications, scenarios."""

from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, DateTimeField, F, Q, QuerySet, TextField, Value, When

from portfolio import vocabulary
from portfolio.exports.lists.columns import Asked, By, ListTable
from portfolio.exports.lists.shared_columns import (
    NONE,
    day,
    key,
    moment,
    ref,
    text,
    whole,
    word,
)
from portfolio.models import Alert, Publication, Recomputation, Scenario
from portfolio.queries.alert_list import end_of
from portfolio.queries.alert_readers import seen_by, visible

SEVERITIES = tuple(severity.name.lower() for severity in vocabulary.Severity)
STATES = ("open", "acknowledged", "resolved")
NOBODY = "nobody is known"


def _severity(asked: Asked) -> Case:
    names = [
        When(severity=severity, then=Value(name))
        for severity, name in zip(vocabulary.Severity, SEVERITIES, strict=True)
    ]
    return Case(*names, output_field=CharField())


def _then(asked: Asked, path: str, moment_path: str, nothing: Any = None) -> Any:
    """Return a column of an alert as it was at the end of the day: nothing where its moment came later."""
    end = end_of(asked.as_of)
    if end is None:
        return F(path)
    field = DateTimeField() if path == moment_path else TextField()
    return Case(When(**{f"{moment_path}__lt": end}, then=F(path)), default=nothing, output_field=field)


def _last_seen(asked: Asked) -> Any:
    end = end_of(asked.as_of)
    if end is None:
        return F("last_seen_at")
    return Case(
        When(last_seen_at__lt=end, then=F("last_seen_at")),
        default=Value(end),
        output_field=DateTimeField(),
    )


def _state(asked: Asked) -> Case:
    end = end_of(asked.as_of)

    def happened(path: str) -> Q:
        return Q(**{f"{path}__isnull": False}) if end is None else Q(**{f"{path}__lt": end})

    return Case(
        When(happened("resolved_at"), then=Value("resolved")),
        When(happened("acknowledged_at"), then=Value("acknowledged")),
        default=Value("open"),
        output_field=CharField(),
    )


def _alerts(asked: Asked) -> QuerySet[Any]:
    end: datetime | None = end_of(asked.as_of)
    alerts = Alert.objects.filter(visible(asked.seen)).order_by()
    return alerts if end is None else alerts.filter(first_seen_at__lt=end)


ALERTS = ListTable(
    name="alerts",
    title="Alerts",
    meaning="Every occurrence of something that needs attention, open and resolved.",
    columns=(
        word("kind", vocabulary.AlertKind, "What it is about."),
        word("severity", SEVERITIES, "How much it matters.", of=_severity, ranked=True),
        word("subject", vocabulary.AlertSubject, "The kind of record it is about."),
        key("subject_key", "The key of that record.", empty="the portfolio as a whole"),
        ref("project", "projects", "The project it concerns.", of="project__slug", empty=NONE),
        ref("envelope", "envelopes", "The envelope it concerns.", of="envelope__slug", empty=NONE),
        text("sentence", "The alert in words, with its figures.", empty=""),
        text("measured", "What was measured.", empty="nothing is measured"),
        text("threshold", "What it was compared with.", empty=NONE),
        moment("first_seen_at", "When it was first seen."),
        moment("last_seen_at", "When it was last seen.", of=_last_seen),
        moment(
            "resolved_at",
            "When its cause was gone.",
            of=lambda asked: _then(asked, "resolved_at", "resolved_at"),
            empty="it is not resolved",
        ),
        moment(
            "acknowledged_at",
            "When somebody took note of it.",
            of=lambda asked: _then(asked, "acknowledged_at", "acknowledged_at"),
            empty="nobody has",
        ),
        text(
            "acknowledged_by",
            "Who took note of it.",
            of=lambda asked: _then(asked, "acknowledged_by__username", "acknowledged_at"),
            empty="nobody has, or is known",
        ),
        text(
            "acknowledgement_note",
            "What they said of it.",
            of=lambda asked: _then(asked, "acknowledgement_note", "acknowledged_at", Value("")),
        ),
        whole("id", "Identifies the alert in this installation."),
        word("state", STATES, "Whether it is open, acknowledged or resolved.", of=_state, ranked=True),
        text("subject_name", "The name of the record it is about, when it was last seen."),
    ),
    key=("id",),
    order=(By("first_seen_at"), By("id")),
    rows=_alerts,
    sees=seen_by,
    group="records",
)

RECOMPUTATIONS = ListTable(
    name="recomputations",
    title="Recomputations",
    meaning="Every run of the job that publishes results, with what it changed.",
    columns=(
        whole("id", "Identifies the run in this installation."),
        word("trigger", vocabulary.Trigger, "What made it run."),
        day("as_of", "The day that it computed."),
        moment("started_at", "When it started."),
        moment("finished_at", "When it ended."),
        text("rules_version", "The version of the rules.", empty=""),
        word("outcome", vocabulary.Outcome, "Whether it succeeded."),
        whole("requests", "How many changes it answered.", "changes"),
        whole("projects", "How many projects it computed.", "projects"),
        whole("rows_changed", "How many result rows it changed.", "rows"),
        text("message", "What else is to be said of it."),
    ),
    key=("id",),
    order=(By("id", descending=True),),
    rows=lambda asked: Recomputation.objects.order_by(),
    dated=False,
    group="records",
)

PUBLICATIONS = ListTable(
    name="publications",
    title="Publications",
    meaning="The results of a day, frozen under a name.",
    columns=(
        key("slug", "The key of the publication."),
        text("name", "Its name.", empty=""),
        text("note", "What was said of it."),
        day("as_of", "The day whose results it froze."),
        whole("data_version", "The version of the facts it was made of."),
        text("rules_version", "The version of the rules.", empty=""),
        moment("published_at", "When it was published."),
        text("published_by", "Who published it.", empty=NOBODY),
        key("checksum", "The SHA-256 of its four files, one after the other."),
    ),
    key=("slug",),
    order=(By("published_at", descending=True), By("slug")),
    rows=lambda asked: Publication.objects.order_by(),
    dated=False,
    group="records",
)

SCENARIOS = ListTable(
    name="scenarios",
    title="Scenarios",
    meaning="What-ifs over the facts; they change no record.",
    columns=(
        key("slug", "The key of the scenario."),
        text("name", "Its name.", empty=""),
        text("note", "What was said of it."),
        text("created_by", "Who made it.", of="created_by__username", empty=NOBODY),
        moment("created_at", "When it was made."),
        moment("changed_at", "When it was last changed."),
        whole("changes", "How many changes it supposes.", "changes", of=Count("changes")),
    ),
    key=("slug",),
    order=(By("changed_at", descending=True), By("slug")),
    rows=lambda asked: Scenario.objects.order_by(),
    dated=False,
    group="records",
)

LOG_LISTS = (ALERTS, RECOMPUTATIONS, PUBLICATIONS, SCENARIOS)
