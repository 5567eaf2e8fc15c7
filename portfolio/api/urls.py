"""Addresses of the API: one for each list, made of its declaration."""

from typing import Any

from django.urls import path, re_path

from portfolio.api.dictionary import METADATA, DictionaryView
from portfolio.api.downloads import DownloadFileView, DownloadsView, DownloadView, EverythingView
from portfolio.api.explanations import ExplanationMetadataView, ExplanationView
from portfolio.api.links import has_items
from portfolio.api.lists import ListView
from portfolio.api.root import RootView, nothing_here
from portfolio.exports.lists import LISTS, ListRows, ListTable


def view_of(table: ListTable | ListRows) -> type[ListView]:
    """Return the view of a list: a class of its own, so that the description of the API tells them apart."""
    name = f"{table.title.title().replace(' ', '').replace(':', '')}View"
    return type(name, (ListView,), {"table": table, "permission_needed": table.permission})


def addresses(table: ListTable | ListRows) -> list[Any]:
    """Return the addresses of a list and of its rows."""
    view = view_of(table)
    place = table.path
    for parameter in table.parameters:
        place = place.replace(f"{{{parameter.name}}}", f"<str:{parameter.name}>")
    found = [
        path(f"{place}/", view.as_view({"get": "list"}), name=table.name),
        path(f"{place}/manifest/", view.as_view({"get": "manifest"}), name=f"{table.name}-manifest"),
    ]
    found.append(
        path(f"{place}/{METADATA}", view.as_view({"get": "csv_metadata"}), name=f"{table.name}-csvw")
    )
    if has_items(table):
        found.append(re_path(rf"^{table.path}/(?P<key>.+)/$", view.as_view({"get": "retrieve"})))
    return found


EXPLANATION = "explanations/<str:table>/<str:key>/<str:column>"

app_name = "api"
urlpatterns = [
    path("", RootView.as_view(), name="root"),
    path(f"{EXPLANATION}/", ExplanationView.as_view(), name="explanation"),
    path(f"{EXPLANATION}/{METADATA}", ExplanationMetadataView.as_view(), name="explanation-csvw"),
    path("dictionary/", DictionaryView.as_view(), name="dictionary"),
    path("everything.zip", EverythingView.as_view(), name="everything"),
    path("downloads/", DownloadsView.as_view(), name="downloads"),
    path("downloads/<uuid:key>/", DownloadView.as_view(), name="download"),
    path("downloads/<uuid:key>/file/", DownloadFileView.as_view(), name="download-file"),
    # What belongs to something stands before the rows of that something.
    *(address for table in LISTS.values() if table.address for address in addresses(table)),
    path("scenarios/<str:scenario>/<str:name>/", nothing_here, name="scenario-table"),
    *(address for table in LISTS.values() if not table.address for address in addresses(table)),
    # For links of pages, which name the list; and whatever else is asked for here.
    path("<str:name>/", nothing_here, name="table"),
    re_path("", nothing_here),
]
