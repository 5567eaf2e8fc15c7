"""The pages for people's own tools: pandas, R, Excel and curl. Tests run what they show, as it stands."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portfolio.dashboards.page import page

SNIPPETS = Path(__file__).parent / "snippets"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with its page: what it is called, and the files that the page shows."""

    name: str
    title: str
    files: tuple[str, ...]


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("pandas", "pandas", ("pandas_read.py", "pandas_overview.py", "pandas_pages.py")),
        Tool("r", "R", ("r_read.R",)),
        Tool("excel", "Excel and Power BI", ("excel_read.pq",)),
        Tool("curl", "curl", ("curl_read.sh", "curl_pages.sh")),
    )
}


@cache
def snippet(file: str) -> str:
    """Return the text of a file that a page shows."""
    return (SNIPPETS / file).read_text(encoding="utf-8")


@require_safe
@gzip_page
def show_tool(request: HttpRequest, name: str) -> HttpResponse:
    """Answer: how do I get exactly these figures into my own tool?"""
    tool = TOOLS.get(name)
    if tool is None:
        raise Http404(f"There is no page about “{name}”.")
    context = {
        "tool": tool,
        "tools": TOOLS.values(),
        "server": request.build_absolute_uri("/").rstrip("/"),
        "snippets": {file.replace(".", "_"): (file, snippet(file)) for file in tool.files},
    }
    return page(request, f"portfolio/tools/{tool.name}.html", context)


@require_safe
def show_snippet(request: HttpRequest, name: str) -> HttpResponse:
    """Give a file that a page shows, to be saved."""
    if not any(name in tool.files for tool in TOOLS.values()):
        raise Http404(f"There is no file “{name}”.")
    response = HttpResponse(snippet(name), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
