"""What a report says, section by section: read in one snapshot, by the queries of the pages."""

from collections.abc import Callable, Iterator
from datetime import datetime

from portfolio.exports.report import (
    alerts,
    changes,
    chips,
    envelopes,
    figures,
    flows,
    gigafactories,
    overview,
    places,
    sources,
    words,
)
from portfolio.exports.report.blocks import Block, Document, Section
from portfolio.exports.report.context import Context
from portfolio.queries.page_facts import notice
from portfolio.queries.pages import pending_requests
from portfolio.vocabulary import ReportSection

WRITERS: dict[str, Callable[[Context], list[Block]]] = {
    ReportSection.OVERVIEW: overview.write,
    ReportSection.ENVELOPES: envelopes.write,
    ReportSection.PLACES: places.write,
    ReportSection.GIGAFACTORIES: gigafactories.write,
    ReportSection.FLOWS: flows.write,
    ReportSection.CHIPS: chips.write,
    ReportSection.ALERTS: alerts.write,
    ReportSection.CHANGES: changes.write,
    ReportSection.FIGURES: figures.write,
    ReportSection.SOURCES: sources.write,
}
# As titles of a document, where the closed list speaks of what may be chosen.
TITLES = {
    ReportSection.OVERVIEW: "Where the money and the chips stand",
}


NEW_PAGES = (
    ReportSection.ENVELOPES,
    ReportSection.GIGAFACTORIES,
    ReportSection.FLOWS,
    ReportSection.FIGURES,
)


def begin(context: Context, made_at: datetime) -> Document:
    """Return the report without its sections: what its head says."""
    report, results = context.report, context.results
    who = report.owner.get_full_name() or report.owner.get_username()
    day = words.day(results.as_of)
    return Document(
        title=report.title,
        author=who,
        stated=(
            f"As of {day}; data version {results.data_version:,}; computed"
            f" {words.moment(results.computed_at)}; made {words.moment(made_at)} by {who}. Times are those of"
            f" Brussels.{_pending()}"
        ),
        running=f"As of {day} · data version {results.data_version:,}",
        note=report.note,
        banner=notice(),
    )


def _pending() -> str:
    """Return a sentence where changes of facts are not in the results yet."""
    waiting = pending_requests()
    if not waiting:
        return ""
    wait = "waits" if waiting == 1 else "wait"
    return f" {words.number_of(waiting, 'change')} {wait} for a recomputation and may be missing."


def sections(context: Context) -> Iterator[tuple[str, Callable[[], Section]]]:
    """Yield what each section is called, and what writes it: the sources last, which all others name."""
    publication = context.publication
    if publication is not None:
        title = "What was published, and is restated"
        yield title, lambda: Section(title, sources.restated(context, publication))
    for name in context.report.sections:
        yield _title(context, name), _writer(context, name)


def _title(context: Context, name: str) -> str:
    section = ReportSection(name)
    if section is ReportSection.CHANGES and context.before is not None:
        return f"What changed since {words.day(context.before.as_of)}"
    return TITLES.get(section, str(section.label))


def _writer(context: Context, name: str) -> Callable[[], Section]:
    def write() -> Section:
        blocks = WRITERS[name](context)
        return Section(_title(context, name), blocks, name in NEW_PAGES and len(blocks) > 1)

    return write
