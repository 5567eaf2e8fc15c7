"""The languages of the pages: English, and each language that locale/ has a catalogue of."""

from pathlib import Path

from babel import Locale

from investai.environment import BASE_DIR

SOURCE = "en"  # the language of the code: of templates, rules, records and files
CATALOGUES = BASE_DIR / "locale"
DOMAIN = "pages"


def catalogue(code: str) -> Path:
    """Return where the texts of a language stand, to be edited."""
    return CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def compiled(code: str) -> Path:
    """Return where they stand as they are read: written by scripts/compile_catalogues.py."""
    return catalogue(code).with_suffix(".mo")


def own_name(code: str) -> str:
    """Return what a language calls itself: Deutsch."""
    name = Locale.parse(code, sep="-").get_language_name(code) or code
    return name[:1].upper() + name[1:]


def translations() -> list[str]:
    """Return the codes of the languages beside English, in alphabetical order."""
    return sorted(path.parent.parent.name for path in CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


LANGUAGES = [(code, own_name(code)) for code in [SOURCE, *translations()]]
