"""Template tags of how somebody reads the pages: the language and the theme."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.translation import get_language

from investai.languages import LANGUAGES
from investai.preferences import THEMES, theme_of

register = template.Library()

THEME_NAMES = (("system", "As the browser"), ("light", "Light"), ("dark", "Dark"))


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """Return code and own name of every language of the pages."""
    return LANGUAGES


@register.simple_tag
def language_name() -> str:
    """Return what the language of who reads calls itself."""
    return dict(LANGUAGES).get(get_language() or "", LANGUAGES[0][1])


@register.simple_tag
def themes() -> tuple[tuple[str, str], ...]:
    """Return name and label of every theme."""
    return THEME_NAMES


@register.simple_tag(takes_context=True)
def chosen_theme(context: dict[str, Any]) -> str:
    """Return the theme that somebody chose; that of the browser where the page knows nothing of who asks."""
    request = context.get("request")
    return theme_of(request) if request else THEMES[0]


@register.simple_tag(takes_context=True)
def preference(context: dict[str, Any], **chosen: str) -> str:
    """Return the address of this page that keeps a choice."""
    request = context.get("request")
    kept = [(name, value) for name, values in request.GET.lists() for value in values] if request else []
    return f"?{urlencode([*kept, *chosen.items()])}"
