"""The root of the API, which lists everything, and what is answered where there is nothing."""

from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.views import APIView

from portfolio.api.links import root
from portfolio.api.negotiation import chosen_format
from portfolio.api.problems import problem
from portfolio.exports.lists import LISTS
from portfolio.exports.lists.asking import once_each, refused, unknown
from portfolio.rules import RULES_VERSION


class RootView(APIView):
    """What there is to read."""

    describes = "root"

    def get(self, request: Request) -> HttpResponseBase:
        """Return every list with its address, and where the API is described."""
        given = once_each(dict(request._request.GET.lists()), ["format"])
        if given.get("format", "json") != "json":
            raise refused("format", given["format"], "json")
        chosen_format(request, given.get("format", ""), ("json",))
        base = root(request)
        body = {
            "rules_version": RULES_VERSION,
            "description": request.build_absolute_uri(reverse("openapi-json")),
            "documentation": request.build_absolute_uri(reverse("api-docs")),
            "dictionary": f"{base}dictionary/",
            "everything": f"{base}everything.zip",
            "downloads": f"{base}downloads/",
            "explanations": f"{base}explanations/{{table}}/{{key}}/{{column}}/",
            "lists": [
                {
                    "name": table.name,
                    "title": table.title,
                    "meaning": table.meaning,
                    "group": table.group,
                    "address": f"{base}{table.path}/",
                    "key": list(table.key),
                }
                for table in LISTS.values()
            ],
        }
        return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@csrf_exempt
def nothing_here(request: HttpRequest, **path: str) -> HttpResponseBase:
    """Return a problem document; or, where only the slash at the end is missing, the way."""
    address = request.path_info
    if not address.endswith("/") and _is_something(f"{address}/"):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{request.path}/{f'?{query}' if query else ''}")
    name = path.get("name", "")
    if name and not path.get("scenario"):
        detail = unknown(name, [table.name for table in LISTS.values() if not table.address], "is not a list")
        return problem(404, "Unknown list", detail)
    if name:
        prefix = "scenarios/{"
        tables = [table.path.split("/")[-1] for table in LISTS.values() if table.path.startswith(prefix)]
        return problem(404, "Unknown table", unknown(name, tables, "is not a table of a scenario"))
    return problem(
        404, "Not found", f"There is nothing at {address}. {reverse('api:root')} lists what there is."
    )


def _is_something(address: str) -> bool:
    try:
        return resolve(address).func is not nothing_here
    except Resolver404:
        return False
