"""A language that does not exist, in wide letters, so that whatever was not translated stands out."""

import re
from collections.abc import Iterator
from html import unescape
from string import ascii_letters

from babel import Locale
from django.apps import apps
from django.db.models import CharField, TextField

from investai.wording import catalogues
from investai.wording.book import Book, made_book
from portfolio.models import ChipModel
from portfolio.models.fields import ExactDecimalField

KEPT = re.compile(r"\{\d+\}|<[^>]*>|&\w+;")
WIDE = {ord(letter): ord(letter) + 0xFEE0 for letter in ascii_letters}
HIDDEN = re.compile(r"(?s)<(script|style|code|pre|textarea)\b.*?</\1>|<!--.*?-->")
OTHER_LANGUAGES = re.compile(r"(?s)<(\w+)\b[^>]* lang=\"[^\"]*\"[^>]*>.*?</\1>")
SPOKEN = re.compile(r'\b(?:aria-label|aria-description|data-label|title|alt|placeholder)="([^"]*)"')
WORD = re.compile(r"[^\W\d_]*[a-z][^\W\d_]+")
ADDRESS = re.compile(r"https?://\S+")
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+){2,}")  # of a record
SAID = re.compile(r"[\uff21-\uff5a](?:[\uff21-\uff5a’'-]|\W)*")
APART = " \t.,;:·()“”–—→×%€+−±0123456789/"
JOINTS = re.compile(r"[,;:·()]|\. ")
MACHINE = re.compile(r"(?i:true|false)|[a-z]+(_[a-z]+)+")  # as the files have it, on hover
LONG = 40  # letters of a name, at most
# Tables whose texts the tracker writes itself, so that these have to be translated.
WRITTEN_BY_US = {"alert", "recomputation", "download", "boardreport", "verification", "resultset"}
TABLES = {"project-coverage", "envelope-utilisation", "chip-comparison", "portfolio-summary"}
# What has one name everywhere, and the months of German, which the pages borrow.
SAME = set(
    re.findall(
        r"\w+",
        """InvestAI Invest investai EuroHPC TechEU CSV XLSX JSON API Excel Power Query pandas curl PNG SVG
        Januar Februar März April Mai Juni Juli August September Oktober November Dezember
        Jan Feb Aug Sept Okt Nov Dez Deutsch English Unknown""",
    )
) | set(re.findall(r"\w+", " ".join(Locale("de").territories.values())))


def wide(text: str) -> str:
    """Return a text in wide letters; its places, tags and entities stay."""
    kept = KEPT.findall(text)
    parts = [part.translate(WIDE) for part in KEPT.split(text)]
    return "".join(part + keep for part, keep in zip(parts, [*kept, ""], strict=True))


def pseudo_book() -> Book:
    """Return a book that knows every text of the catalogues, with the numbers and dates of German."""
    texts = [message for message in catalogues.gathered() if message.id]
    made = {
        str(text.id)
        for text in texts
        if any(not str(place).startswith("templates/") for place, _ in text.locations)
    }
    return made_book("de", {str(text.id): wide(str(text.id)) for text in texts}, made)


class Records:
    """What people have entered: it stands on pages as it is."""

    def __init__(self) -> None:
        cells = {" ".join(cell.split()) for cell in _cells() if cell} | TABLES
        self.cells = cells | {word for cell in cells if len(cell) < LONG for word in cell.split()}
        listed = [cell for cell in cells if len(cell) < 2 * LONG]
        self.cells |= {part.strip(APART) for cell in listed for part in JOINTS.split(cell)}
        self.all = "\n".join(sorted(cells))
        self.sentences = sorted((cell for cell in cells if len(cell) > 2 * LONG), key=len, reverse=True)

    def have(self, text: str) -> bool:
        """Whether a text is a record's, or several words of one."""
        begun = text.removesuffix("…")  # of a name that is too long for a picture
        long = len(begun.split()) > 2 or begun != text
        return text in self.cells or (long and begun in self.all)

    def left_of(self, text: str) -> str:
        """Return what a text says beside sentences of records."""
        for sentence in self.sentences:
            text = text.replace(sentence, " ")
        return text


def _cells() -> Iterator[str]:
    for model in apps.get_models():
        if model._meta.app_label not in ("portfolio", "advisory", "auth"):
            continue
        if model._meta.model_name in WRITTEN_BY_US:
            continue
        texts = [field for field in model._meta.fields if isinstance(field, CharField | TextField)]
        entered = [field for field in texts if not field.choices and not isinstance(field, ExactDecimalField)]
        names = [field.name for field in entered]
        for row in model._base_manager.values_list(*names) if names else ():
            yield from (str(cell) for cell in row if cell)
    yield from (str(chip) for chip in ChipModel.objects.all())  # with its vendor


def untranslated(page: str, records: Records) -> list[str]:
    """Return the texts of a page that have words of English, but for what the records say."""
    body = page[page.index("<title") :]
    shown = OTHER_LANGUAGES.sub(" ", HIDDEN.sub(" ", body))
    pieces = SPOKEN.findall(shown) + re.split(r"<[^>]*>", shown)
    told = [" ".join(unescape(ADDRESS.sub(" ", piece)).split()) for piece in pieces]
    return list(dict.fromkeys(piece for piece in told if not _is_said(piece, records)))


def _is_said(piece: str, records: Records) -> bool:
    if records.have(piece) or MACHINE.fullmatch(piece):
        return True
    rests = [rest.strip(APART) for rest in SAID.split(piece)]
    left = [rest for rest in rests if not records.have(rest)]
    parts = [part.strip(APART) for rest in left for part in JOINTS.split(rest)]
    others = [part for part in parts if not records.have(part) and not KEY.fullmatch(part)]
    if not {word for part in others for word in WORD.findall(part)} - SAME:
        return True
    rest = records.left_of(piece)
    return rest != piece and _is_said(rest, records)
