"""The pages of the data dictionary: every list and every file of the bundle, and what each column is."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portfolio.dashboards.page import page
from portfolio.exports.dictionary import file_entries, group_title, list_entries
from portfolio.exports.lists import LIST_GROUPS


@require_safe
@gzip_page
def show_dictionary(request: HttpRequest) -> HttpResponse:
    """Answer: which lists and files are there, with which columns?"""
    groups: dict[str, list[dict[str, Any]]] = {group_title(group): [] for group in LIST_GROUPS}
    for entry in list_entries().values():
        groups.setdefault(group_title(entry["group"]), []).append(entry)
    context = {"groups": list(groups.items()), "files": list(file_entries().values())}
    return page(request, "portfolio/dictionary.html", context)


@require_safe
@gzip_page
def show_list_entry(request: HttpRequest, name: str) -> HttpResponse:
    """Answer: what is each column of this list, in which unit, by which rule, and what does empty mean?"""
    entry = list_entries().get(name)
    if entry is None:
        raise Http404(f"There is no list “{name}”.")
    context = {"entry": entry, "file": file_entries().get(name.replace("-", "_"))}
    return page(request, "portfolio/dictionary_entry.html", context)


@require_safe
@gzip_page
def show_file_entry(request: HttpRequest, name: str) -> HttpResponse:
    """Answer: what does each column of this file of the bundle accept, and mean?"""
    entry = file_entries().get(name)
    if entry is None:
        raise Http404(f"There is no file “{name}” in a bundle.")
    return page(request, "portfolio/dictionary_entry.html", {"entry": entry})
