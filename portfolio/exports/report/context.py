"""What every section of a report reads from, and the numbers of the sources that it names."""

from dataclasses import dataclass, field

from portfolio.models import BoardReport, Publication, ResultSet, Source
from portfolio.queries.project_page import Sources
from portfolio.vocabulary import ReportSection

# The kinds of records that need a right and stand in reports all the same: none.
NOTHING_RESERVED: frozenset[str] = frozenset()


@dataclass(slots=True)
class Context:
    """The results of the day of a report, and of the day since which changes are told.

    `more` says that its owner sees alerts about records that need a right, which a report leaves out: it is
    handed on.
    """

    report: BoardReport
    results: ResultSet
    before: ResultSet | None
    publication: Publication | None
    more: bool
    sources: Sources = field(default_factory=Sources)

    def cite(self, *sources: Source | None) -> tuple[int, ...]:
        """Return the numbers of sources, each once; none where the report has no list of them."""
        if ReportSection.SOURCES not in self.report.sections:
            return ()
        return tuple(dict.fromkeys(self.sources.number(source) for source in sources if source is not None))
