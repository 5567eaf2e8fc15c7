"""The way from a project's need to its gap: where each step stands, as bars beside the rows of a table."""

from collections.abc import Sequence
from decimal import Decimal

from portfolio.exports.bars import PLACES, Segment
from portfolio.models import ProjectCoverage
from portfolio.queries.project_page import Share


def waterfall(row: ProjectCoverage, shares: Sequence[Share]) -> dict[str, list[Segment]]:
    """Return the bar of each step in percent of the need, each beginning where the one before ended.

    What was signed takes from the need, financier by financier, down to the gap; what is approved, under
    appraisal and announced would take from the gap. Without a known need there is nothing to draw.
    """
    if not row.need_eur:
        return {}
    # Where more is signed or promised than needed, everything is drawn smaller, so that it fits.
    whole = max(row.need_eur, row.secured_eur + row.pipeline_eur)

    def width(euro: Decimal) -> Decimal:
        return (euro / whole * 100).quantize(PLACES)

    bars = {"need": [Segment("need", Decimal(0), width(row.need_eur))]}
    bars["secured"] = [Segment("signed", Decimal(0), width(row.secured_eur))]
    done = Decimal(0)
    for share in shares:
        bars[share.kind] = [Segment(share.kind, width(done), width(share.signed_eur))]
        done += share.signed_eur
    if row.gap_eur:
        bars["gap"] = [Segment("gap", width(row.secured_eur), width(row.gap_eur))]
    done = row.secured_eur
    for name in ("approved", "under_appraisal", "announced"):
        euro = getattr(row, f"{name}_eur")
        bars[name] = [Segment(name, width(done), width(euro))]
        done += euro
    bars["disbursed"] = [Segment("disbursed", Decimal(0), width(row.disbursed_eur))]
    return {name: [one for one in drawn if one.width > 0] for name, drawn in bars.items()}
