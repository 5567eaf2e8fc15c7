"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest

from portfolio.rules.addresses import client_address


def address_of(request: HttpRequest) -> str | None:
    """Return the address of whoever asks, as far as TRUSTED_PROXIES lets X-Forwarded-For be believed."""
    return client_address(
        request.META.get("REMOTE_ADDR") or "",
        request.META.get("HTTP_X_FORWARDED_FOR") or "",
        settings.TRUSTED_PROXIES,
    )
