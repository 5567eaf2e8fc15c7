"""How somebody reads the pages: the language and the theme, as the address, a cookie or the browser says.

What machines read is English whoever asks: the API and its files. So is where records are kept.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import escape_leading_slashes

from investai.languages import LANGUAGES, SOURCE
from investai.wording.reading import reading_in

THEMES = ("system", "light", "dark")  # the first is that of the browser
# Machines and the administration: in English, with parameters that are their own.
UNTOUCHED = ("/api/", "/admin/", "/healthz", "/readyz", "/metrics")
# Pages where records are kept; a theme is chosen there too, and a language for the others.
IN_ENGLISH = ("/imports/", "/proposals/", "/operations/")
IN_FRAMES = ("/embed/",)  # where a browser may keep no cookie of ours
YEAR_SECONDS = 365 * 24 * 3600
CHOICES = {"language": [code for code, _ in LANGUAGES], "theme": list(THEMES)}


def theme_of(request: HttpRequest) -> str:
    """Return the theme that somebody chose; that of the browser where nothing valid was chosen."""
    chosen = getattr(request, "chosen", {}).get("theme") or request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else THEMES[0]


class Preferences:
    """Middleware: takes `?language=` and `?theme=` off an address, keeps them, and chooses the language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(UNTOUCHED):
            with reading_in(SOURCE):
                return self.get_response(request)
        chosen = {
            name: value
            for name, accepted in CHOICES.items()
            if (value := request.GET.get(name)) is not None and value in accepted
        }
        in_frame = request.path_info.startswith(IN_FRAMES)
        if chosen and request.method == "GET" and not in_frame:
            return _kept(request, chosen)
        if chosen:
            _take_off(request, chosen)
        code = chosen.get("language") or translation.get_language_from_request(request)
        with reading_in(SOURCE if request.path_info.startswith(IN_ENGLISH) else code):
            request.LANGUAGE_CODE = translation.get_language()
            return self._answered(request, in_frame=in_frame)

    def _answered(self, request: HttpRequest, *, in_frame: bool) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.setdefault("Content-Language", translation.get_language() or SOURCE)
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def _without(request: HttpRequest, chosen: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() if name not in chosen for value in values]


def _take_off(request: HttpRequest, chosen: dict[str, str]) -> None:
    """Let a page see its own parameters only."""
    request.chosen = chosen  # type: ignore[attr-defined]
    rest = request.GET.copy()
    for name in chosen:
        del rest[name]
    rest._mutable = False  # as the address of a request is  # type: ignore[attr-defined]
    request.GET = rest  # type: ignore[assignment]


def _kept(request: HttpRequest, chosen: dict[str, str]) -> HttpResponse:
    """Keep what was chosen, and lead back to the same page."""
    query = urlencode(_without(request, chosen))
    path = escape_leading_slashes(request.path)  # //example.org would lead to another site
    response = HttpResponseRedirect(f"{path}?{query}" if query else path)
    for name, value in chosen.items():
        response.set_cookie(
            name,
            value,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    response["Cache-Control"] = "no-store"
    return response
