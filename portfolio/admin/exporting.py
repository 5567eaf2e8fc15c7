"""A list of the admin as a file: the very rows that it shows, in its order, on however many pages."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from portfolio.exports.places import TooManyExports
from portfolio.exports.record_lists import FORMATS, list_of, records_file
from portfolio.exports.writing import CannotBeWritten

FORMAT = "_format"
LABELS = {"csv": "CSV", "excel": "CSV for Excel", "xlsx": "XLSX", "jsonl": "JSON lines"}


class ExportedList(admin.ModelAdmin):
    """An admin whose list is given away as it is filtered and ordered."""

    change_list_template = "admin/facts/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name=self._export_name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        links = []
        if list_of(self.model, request.user) is not None:
            address, given = reverse(f"admin:{self._export_name}"), request.GET.dict()
            links = [
                (label, f"{address}?{urlencode({**given, FORMAT: word})}") for word, label in LABELS.items()
            ]
        return super().changelist_view(request, {**(extra_context or {}), "export_links": links})

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Return the file that `_format` names of the list that the rest of the query string shows."""
        table = list_of(self.model, request.user)
        if table is None or not self.has_view_permission(request):
            raise PermissionDenied
        given = request.GET.copy()
        word = given.pop(FORMAT, ["csv"])[-1]
        request.GET = given  # type: ignore[assignment]
        shown = f"../?{given.urlencode()}"
        if word not in LABELS:
            accepted = ", ".join(LABELS)
            self.message_user(request, f"{FORMAT} is “{word}”. Accepted: {accepted}.", messages.ERROR)
            return HttpResponseRedirect(shown)
        format_, dialect = (word, "standard") if word in FORMATS else ("csv", word)
        try:
            chosen = self.get_changelist_instance(request).queryset
            return records_file(request, table, chosen, format_, dialect)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(shown)
        except (TooManyExports, CannotBeWritten) as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(shown)

    @property
    def _export_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"
