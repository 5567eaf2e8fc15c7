"""Pages of words alone: what this site says of itself."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portfolio.dashboards.page import page


@require_safe
def show_accessibility(request: HttpRequest) -> HttpResponse:
    """Answer: for whom do these pages work, how was that tested, and what does not work yet?"""
    return page(request, "portfolio/accessibility.html", {"results": None})
