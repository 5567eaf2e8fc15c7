"""A language's book of phrases: finds what an English sentence says, and says it in that language.

A phrase is a text of the catalogue. Its places, {1} and {2}, stand for what differs between sentences:
figures, names, and phrases again. So a sentence that was made long ago, and stored, is understood as well.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import local
from typing import NamedTuple

from babel.messages.mofile import read_mo
from django.utils.safestring import SafeData, mark_safe

from investai.languages import SOURCE, compiled, translations
from investai.wording.figures import Figures, joined
from investai.wording.reading import reader_s_language

MADE = "made"  # the context, in compiled files, of texts that Python fills in: these have to be recognised
PLACE = re.compile(r"\{(\d+)\}")
# What stands in quotes is what somebody entered, and stays as it is. After these words it is a label of ours.
QUOTED = re.compile(r"“\{(\d+)\}”")
LABELLED = re.compile(r"\b(?:stage|kind|been in|step to|days to) “\{(\d+)\}”")
VALUE = re.compile(r"“([^“”]*)”")  # what somebody gave, in the quotes of English
WORD = re.compile(r"\w+")
# Parts of a longer text that are phrases each: sentences, then what a mark sets apart.
JOINTS = (
    re.compile(r"(?<=[.!?:]) (?=[^a-z])"),
    re.compile(r"(; )"),
    re.compile(r"( · )"),
    re.compile(r"(, )"),
    re.compile(r"( “)"),
)
SEVERAL = re.compile(r"[.!?] [^a-z]")  # where a sentence ends and another begins
# A phrase of these words alone, or of a single one, may as well be a name: “Ministry of Research”, “Old {1}”.
JOINING = frozenset("a and as at by for from in of on or over the to".split())  # noqa: SIM905
# Where nouns have a capital within a sentence too, and words that stand within one.
CAPITAL_NOUNS = frozenset({"de"})
WITHIN = re.compile(r"(?<=[a-zäöüß,] )[^\W\d_]+")
REMEMBERED = 20_000  # sentences a process keeps, each of some hundred bytes
# What is longer, or of more parts, was not made here: it came with an address, and a page says it back.
LONGEST = 1_000  # letters
MOST_LOOKS = 200  # for one text; a sentence takes some ten


class Looks(local):
    """How often the parts of a text may still be looked at: parts have parts, and these have others."""

    left = 0


_looks = Looks()


class Phrase(NamedTuple):
    """A text with places: how it is recognised, and what it is in the other language."""

    pattern: re.Pattern[str]
    places: tuple[str, ...]
    meaning: str
    literal: int  # letters that are the same each time: the more, the surer
    weak: bool  # it may as well be a name, and is a phrase only where its places are understood
    entered: frozenset[str]  # places of what somebody entered
    labels: frozenset[str]  # places between quotes of a label, never of a sentence to take apart


@dataclass(frozen=True, eq=False)
class Book:
    """The phrases of one language; a book equals itself alone, so that what it says can be kept by it."""

    code: str
    exact: Mapping[str, str]
    phrases: Mapping[str, list[Phrase]]  # by a word that each sentence of theirs has
    figures: Figures
    small: Collection[str] = ()  # of a language whose nouns have a capital: its words that have none

    def say(self, text: str) -> str:
        """Return a text in this language, as far as it is understood."""
        _looks.left = MOST_LOOKS
        return self._within(text)

    def _within(self, text: str) -> str:
        found = self._find(text)
        return text if found is None else found

    def _find(self, text: str) -> str | None:
        """Return a text in this language; None where it says nothing that this book knows."""
        spare = text.strip()
        if not spare:
            return text
        found = self._known(spare) or self._phrase(spare, across=True) or self._parts(spare)
        return None if found is None else text.replace(spare, found, 1)

    def _known(self, text: str) -> str | None:
        """Return a text that is understood to its end, sentence after sentence."""
        if found := self._one(text):
            return found
        for end in JOINTS[0].finditer(text) if _looks.left > 0 else ():
            first, following = text[: end.start()], text[end.end() :]
            said = self._one(first) or self._parts(first, whole=True)
            if said and (rest := self._known(following)):
                return f"{said} {rest}"
        return None

    def _one(self, text: str) -> str | None:
        """Return a text that is one phrase, or a label that ends as a sentence."""
        _looks.left -= 1
        if _looks.left < 0:
            return None
        found = self._exact(text) or self._phrase(text, across=False)
        if not found and text.endswith(".") and (label := self._exact(text[:-1])):
            return f"{label}."
        return found

    def _exact(self, text: str) -> str | None:
        if value := VALUE.fullmatch(text):
            return value[1].join(self.figures.quotes)
        return self.exact.get(text) or self.figures.written(text) or self._in_lower_case(text)

    def _phrase(self, text: str, *, across: bool) -> str | None:
        """Return what a phrase makes of a text; `across`: its places may hold where a sentence ends."""
        for phrase in self._candidates(text):
            found = phrase.pattern.fullmatch(text)
            if found and (across or not any(SEVERAL.search(value) for value in found.groups())):
                if phrase.weak and any(self._known(value) is None for value in found.groups()):
                    continue
                values = {
                    place: self._placed(phrase, place, value)
                    for place, value in zip(phrase.places, found.groups(), strict=True)
                }
                return filled(phrase.meaning, values)
        return None

    def _placed(self, phrase: Phrase, place: str, value: str) -> str:
        """Return what stands in a place of a phrase."""
        if place in phrase.entered:
            return value
        return self._exact(value) or value if place in phrase.labels else self._within(value)

    def _in_lower_case(self, text: str) -> str | None:
        """Return the meaning of a label that stands within a sentence."""
        if not text[:1].islower():
            return None
        meaning = self.exact.get(text[0].upper() + text[1:])
        if meaning is None or meaning[:2].isupper():
            return meaning
        lowered = meaning[0].lower() + meaning[1:]
        first = WORD.match(lowered)
        noun = self.code in CAPITAL_NOUNS and not (first and first[0] in self.small)
        return meaning if noun else lowered

    def _candidates(self, text: str) -> list[Phrase]:
        words = set(WORD.findall(text))
        found = [phrase for word in words for phrase in self.phrases.get(word, ())]
        return sorted(found, key=lambda phrase: -phrase.literal)

    def _parts(self, text: str, *, whole: bool = False) -> str | None:
        """Return a text part by part; `whole`: only where every part is known."""
        for joint in JOINTS:
            parts = joint.split(text)
            if len(parts) > 1 and _looks.left > 0:
                said = [part if joint.fullmatch(part) else self._find(part) for part in parts]
                known = [
                    said_ is not None
                    for part, said_ in zip(parts, said, strict=True)
                    if not joint.fullmatch(part)
                ]
                if all(known) if whole else any(known):
                    kept = [part if said_ is None else said_ for part, said_ in zip(parts, said, strict=True)]
                    return ("" if joint.groups else " ").join(map(self.figures.mark, kept))
        return None


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its places filled in."""
    return PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def phrases_of(messages: Mapping[str, str]) -> dict[str, list[Phrase]]:
    """Return the texts that have places, by the longest word that is the same each time."""
    found: dict[str, list[Phrase]] = {}
    for text, meaning in messages.items():
        pieces = PLACE.split(text)
        literals, places = pieces[::2], pieces[1::2]
        words = [word for piece in literals for word in WORD.findall(piece)]
        if not places or not words or len(set(places)) < len(places):
            continue
        quoted, labels = frozenset(QUOTED.findall(text)), frozenset(LABELLED.findall(text))
        held = [re.escape(f"{{{place}}}") for place in places]
        pattern = re.escape(text)
        for place, spot in zip(places, held, strict=True):
            pattern = pattern.replace(spot, "(.*?)" if place in quoted else "(.+?)")
        # A word at the edge of a place may be a part of a longer one there, and then never stands alone.
        whole = [word for word in words if _stands_alone(word, literals)]
        if whole:
            literal = sum(map(len, literals))
            lone = len(words) == 1 and not any(": " in piece for piece in literals)
            weak = lone or {word.lower() for word in words} <= JOINING
            compiled_ = re.compile(pattern, re.DOTALL)
            phrase = Phrase(compiled_, tuple(places), meaning, literal, weak, quoted - labels, labels)
            found.setdefault(max(whole, key=len), []).append(phrase)
    return found


def _stands_alone(word: str, literals: list[str]) -> bool:
    last = len(literals) - 1
    for number, piece in enumerate(literals):
        for found in WORD.finditer(piece):
            at_edge = (found.start() == 0 and number > 0) or (found.end() == len(piece) and number < last)
            if found[0] == word and not at_edge:
                return True
    return False


def small_words(meanings: Iterable[str]) -> frozenset[str]:
    """Return the words that sentences write small rather than with a capital, so that they are no nouns."""
    counts = Counter(word for meaning in meanings for word in WITHIN.findall(meaning))
    return frozenset(
        word for word, seen in counts.items() if word[0].islower() and seen > counts[word.title()]
    )


@cache
def book_of(code: str) -> Book | None:
    """Return the book of a language; None for English, and where no catalogue is compiled."""
    if code == SOURCE or code not in translations() or not compiled(code).exists():
        return None
    with compiled(code).open("rb") as file:
        found = [message for message in read_mo(file) if message.id]
    messages = {str(message.id): str(message.string) for message in found}
    contexts = (MADE, MADE.encode())  # Babel reads a context as bytes
    return made_book(code, messages, {str(message.id) for message in found if message.context in contexts})


def made_book(code: str, messages: Mapping[str, str], made: Collection[str] | None = None) -> Book:
    """Return a book of these texts and their meanings; `made` are those that Python makes, else all are."""
    recognised = {text: messages[text] for text in (messages if made is None else made)}
    figures = Figures(code, lambda text: messages.get(text, text))
    small = small_words(messages.values()) if code in CAPITAL_NOUNS else frozenset()
    return Book(code, messages, phrases_of(recognised), figures, small)


def current_book() -> Book | None:
    """Return the book of the language of who reads; None for English."""
    return book_of(reader_s_language())


def mark(text: str) -> str:
    """Return what sets two parts of a text apart in the language of who reads: `: ` or `; `."""
    book = current_book()
    return text if book is None else book.figures.mark(text)


@lru_cache(maxsize=REMEMBERED)
def _said(code: str, text: str) -> str:
    book = book_of(code)
    return text if book is None else book.say(text)


class Entered(str):
    """What somebody entered: it stays as it is, also where it reads like a label of ours."""


def translated(text: str) -> str:
    """Return an English text in the language of who reads: a phrase, or a figure; else the text itself.

    A text that is safe for a page stays so: meanings come from the catalogue, as trusted as a template.
    """
    code = reader_s_language()
    if not text or isinstance(text, Entered):
        return text
    if code == SOURCE:
        said = joined(text)
    else:
        said = _said(code, str(text)) if len(text) <= LONGEST else text
    return mark_safe(said) if isinstance(text, SafeData) else said  # noqa: S308
