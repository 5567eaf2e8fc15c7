"""What needs attention, in a report."""

from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Table, Text
from portfolio.exports.report.context import NOTHING_RESERVED, Context
from portfolio.models import Alert
from portfolio.queries import alert_list
from portfolio.vocabulary import AlertSubject, Severity

MOST_ALERTS = 100


def write(context: Context) -> list[Block]:
    """Return the alerts that stand on the day, the gravest first."""
    end = alert_list.end_of(context.results.as_of)
    counts = alert_list.counts(NOTHING_RESERVED, end)
    number = sum(counts.values())
    if not number:
        return [Text("Nothing needs attention.", "empty"), *_left_out(context)]
    rows = alert_list.alerts_of(alert_list.Filters(), NOTHING_RESERVED, end)[:MOST_ALERTS]
    cells = [_row(alert) for alert in alert_list.as_then(rows, end)]
    told = ", ".join(f"{counts[severity]:,} {str(severity.label).lower()}" for severity in Severity)
    columns = [Column("Severity"), Column("What", part=1), Column("First seen"), Column("Acknowledged")]
    found: list[Block] = [
        Text(f"{words.number_of(number, 'alert')} not resolved: {told}.", "lead"),
        Table(columns, cells, "Alerts"),
    ]
    if number > len(cells):
        found.append(Text(f"The gravest {len(cells):,} of {number:,} are listed.", "note"))
    return [*found, *_left_out(context)]


def _left_out(context: Context) -> list[Block]:
    told = "Alerts about records that not everybody may see, such as requests for advice, are left out."
    return [Text(told, "note")] if context.more else []


def _subject(alert: Alert) -> str:
    if alert.project:
        return alert.project.name
    if alert.envelope:
        return alert.envelope.name
    return "Portfolio" if alert.subject == AlertSubject.PORTFOLIO else alert.subject_name


def _row(alert: Alert) -> list[Cell]:
    about = [_subject(alert)]
    if alert.subject == AlertSubject.CONTRIBUTION:
        about.append(alert.subject_key)
    acknowledged = Cell("no")
    if alert.acknowledged_at:
        who = alert.acknowledged_by.get_username() if alert.acknowledged_by else "somebody who has left"
        acknowledged = Cell(words.day_of(alert.acknowledged_at), small=f"by {who}")
    return [
        Cell(alert.get_severity_display(), look=words.SEVERITY_LOOKS[Severity(alert.severity)]),
        Cell(
            ": ".join(part for part in (", ".join(filter(None, about)), alert.sentence) if part),
            small=alert.get_kind_display(),
        ),
        Cell(words.day_of(alert.first_seen_at)),
        acknowledged,
    ]
