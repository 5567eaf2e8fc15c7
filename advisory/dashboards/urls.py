"""Addresses of the pages of advice."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import path

from advisory.dashboards import assessment_pages, forms_pages, views
from advisory.dashboards.digest_page import show_digest
from advisory.dashboards.doors import for_readers_of_advice
from portfolio.dashboards.page import with_results


def _guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    return for_readers_of_advice(with_results(view))


urlpatterns = [
    path("advice/", _guarded(views.show_board), name="advice-board"),
    path("advice/requests/<str:key>/", _guarded(views.show_request), name="advice-request"),
    path("advice/engagements/<str:key>/", _guarded(views.show_engagement), name="advice-engagement"),
    path("advice/assessments/<str:key>/", _guarded(views.show_assessment), name="advice-assessment"),
    path("advice/funnel/", with_results(views.show_funnel), name="advice-funnel"),
    path("advice/workload/", _guarded(views.show_workload), name="advice-workload"),
    path("advice/deliverables/", _guarded(views.show_deliverables), name="advice-deliverables"),
    path(
        "advice/explain/<str:table>/<str:key>/<str:column>/",
        _guarded(views.show_advice_explanation),
        name="advice-explanation",
    ),
    path("advice/advisers/", _guarded(views.show_advisers), name="advice-advisers"),
    path("advice/digest/", show_digest, name="advice-digest"),
    path("advice/record/<slug:kind>/", forms_pages.add_record, name="advice-add"),
    path("advice/record/<slug:kind>/<str:key>/", forms_pages.change_record, name="advice-change"),
    path("advice/record/<slug:kind>/<str:key>/delete/", forms_pages.delete_record, name="advice-delete"),
    path("advice/requests/<str:key>/assess/", assessment_pages.assess, name="advice-assess"),
    path("advice/assessments/<str:key>/change/", assessment_pages.reassess, name="advice-reassess"),
    path(
        "advice/assessments/<str:key>/delete/",
        assessment_pages.delete_assessment,
        name="advice-assessment-delete",
    ),
]
