"""Addresses of the pages."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic.base import RedirectView

from portfolio.dashboards import imports, scenarios, views
from portfolio.dashboards.alerts import acknowledge_alert, show_alerts
from portfolio.dashboards.changes import show_changes, show_split, with_period
from portfolio.dashboards.dictionary import show_dictionary, show_file_entry, show_list_entry
from portfolio.dashboards.downloads import remove_download, show_downloads
from portfolio.dashboards.embeds import embed_patterns
from portfolio.dashboards.explanations import show_explanation
from portfolio.dashboards.flows import show_contributions, show_flows
from portfolio.dashboards.history import show_history, show_history_metadata
from portfolio.dashboards.map import show_map
from portfolio.dashboards.page import with_results
from portfolio.dashboards.projects import show_projects
from portfolio.dashboards.proposals import decide_proposal, show_proposal, show_proposals
from portfolio.dashboards.publications import show_publication, show_publications
from portfolio.dashboards.published_figures import show_published_figures
from portfolio.dashboards.recomputations import show_recomputations
from portfolio.dashboards.reports import fetch_report, remove_report, show_report, show_reports
from portfolio.dashboards.saved_views import delete_saved_view, rename_saved_view, show_saved_views
from portfolio.dashboards.second_factor import show_picture, show_second_factor
from portfolio.dashboards.statements import show_accessibility
from portfolio.dashboards.timeline import looking_ahead, show_timeline
from portfolio.dashboards.tokens import revoke, show_tokens
from portfolio.dashboards.tools import show_snippet, show_tool


class KeyConverter(StringConverter):
    """A natural key in an address; anything else is no page."""

    regex = "[A-Za-z0-9][A-Za-z0-9._-]*"


register_converter(KeyConverter, "key")


urlpatterns = [
    path("", with_results(views.show_overview, series=True), name="overview"),
    path("projects/", with_results(show_projects), name="projects"),
    path("projects/<key:slug>/", with_results(views.show_project, series=True), name="project"),
    path("envelopes/", with_results(views.show_envelopes), name="envelopes"),
    path("envelopes/<key:slug>/", with_results(views.show_envelope, series=True), name="envelope"),
    path("flows/", with_results(show_flows), name="flows"),
    path("contributions/", with_results(show_contributions), name="contributions"),
    path("chips/", with_results(views.show_chips), name="chips"),
    path("explain/<str:table>/<str:key>/<str:column>/", with_results(show_explanation), name="explanation"),
    path("published-figures/", with_results(show_published_figures), name="published-figures"),
    path("publications/", with_results(show_publications), name="publications"),
    path("publications/<key:slug>/", show_publication, name="publication"),
    path("scenarios/", with_results(scenarios.show_scenarios), name="scenarios"),
    path("scenarios/<key:slug>/", with_results(scenarios.show_scenario), name="scenario"),
    path(
        "scenarios/<key:slug>/changes/",
        with_results(scenarios.add_change),
        name="scenario-add-change",
    ),
    path(
        "scenarios/<key:slug>/changes/<int:position>/remove/",
        with_results(scenarios.remove_change),
        name="scenario-remove-change",
    ),
    path(
        "scenarios/<key:slug>/describe/",
        with_results(scenarios.describe_scenario),
        name="scenario-describe",
    ),
    path("scenarios/<key:slug>/copy/", with_results(scenarios.copy_scenario), name="scenario-copy"),
    path("scenarios/<key:slug>/delete/", with_results(scenarios.delete_scenario), name="scenario-delete"),
    path("imports/", imports.show_imports, name="imports"),
    path("imports/<int:pk>/", imports.show_import, name="import"),
    path("imports/<int:pk>/recognise/", imports.recognise_again, name="import-recognise"),
    path("imports/<int:pk>/target/", imports.take_as, name="import-target"),
    path("imports/<int:pk>/columns/", imports.map_columns, name="import-columns"),
    path("imports/<int:pk>/settle/", imports.settle, name="import-settle"),
    path("imports/<int:pk>/map-again/", imports.map_again, name="import-map-again"),
    path("imports/<int:pk>/apply/", imports.apply_import, name="import-apply"),
    path("imports/<int:pk>/resume/", imports.resume_import, name="import-resume"),
    path("imports/<int:pk>/undo/", imports.undo_import, name="import-undo"),
    path("imports/<int:pk>/discard/", imports.discard_import, name="import-discard"),
    path("history/", show_history, name="history"),
    path("history/csv-metadata.json", show_history_metadata, name="history-csvw"),
    path("proposals/", show_proposals, name="proposals"),
    path("proposals/<int:pk>/", show_proposal, name="proposal"),
    path("proposals/<int:pk>/decide/", decide_proposal, name="decide-proposal"),
    path("changes/", with_period(show_changes), name="changes"),
    path("changes/<str:table>/<str:key>/<str:column>/", with_period(show_split), name="split"),
    path("alerts/", with_results(show_alerts), name="alerts"),
    path("alerts/<int:pk>/acknowledge/", acknowledge_alert, name="acknowledge-alert"),
    path("recomputations/", with_results(show_recomputations), name="recomputations"),
    path("map/", with_results(show_map), name="map"),
    path("timeline/", looking_ahead(with_results(show_timeline)), name="timeline"),
    path("memorandum/", with_results(views.show_memorandum), name="memorandum"),
    path("account/views/", show_saved_views, name="saved-views"),
    path("account/views/<uuid:key>/rename/", rename_saved_view, name="rename-saved-view"),
    path("account/views/<uuid:key>/delete/", delete_saved_view, name="delete-saved-view"),
    path("account/tokens/", show_tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", revoke, name="revoke-token"),
    path("account/second-factor/", show_second_factor, name="second-factor"),
    path("account/second-factor/picture.svg", show_picture, name="second-factor-picture"),
    *embed_patterns(),
    path("downloads/", show_downloads, name="downloads"),
    path("downloads/<uuid:key>/remove/", remove_download, name="download-remove"),
    path("reports/", show_reports, name="reports"),
    path("reports/<uuid:key>/", show_report, name="report"),
    path("reports/<uuid:key>/file/", fetch_report, name="report-file"),
    path("reports/<uuid:key>/remove/", remove_report, name="report-remove"),
    path("accessibility/", show_accessibility, name="accessibility"),
    path("data/", with_results(views.show_data), name="data"),
    path("data/dictionary/", show_dictionary, name="dictionary"),
    path("data/dictionary/<key:name>/", show_list_entry, name="dictionary-list"),
    path("data/dictionary/bundle/<key:name>/", show_file_entry, name="dictionary-file"),
    path("data/tools/<key:name>/", show_tool, name="tool"),
    path("data/tools/files/<key:name>", show_snippet, name="snippet"),
    path("favicon.ico", RedirectView.as_view(url="/static/img/favicon.svg")),
]
