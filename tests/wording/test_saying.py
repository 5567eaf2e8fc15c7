"""How sentences are said in another language: places, endings, figures, and sentences that were stored."""

from collections.abc import Iterator

import pytest
from django.template import engines
from django.utils import translation
from django.utils.safestring import SafeData, mark_safe

from investai.wording import Entered, book, translated

GERMAN = {
    "{1} project of <b>{2}</b>": "{1} Vorhaben von <b>{2}</b>",
    "{1} projects of <b>{2}</b>": "<b>{2}</b> hat {1} Vorhaben",
    "{1} is approved or signed of a budget of {2}: {3} more than it holds.": (
        "Vom Budget {2} sind {1} vergeben: {3} zu viel."
    ),
    "Only {1} places": "Nur {1} Plätze",
    "Only {1} places.": "Nur {1} Plätze.",
    "Its rule": "Ihre Regel",
    "{1} of the limit.": "Von der Grenze: {1}.",
    "{1} for a gigafactory is left of the limit.": "{1} für Gigafactories bleiben.",
    "Under appraisal": "In Prüfung",
    "an amount was not disclosed": "ein Betrag ist nicht bekannt",
    "€{1}": "{1} €",
    "€{1}bn": "{1} Mrd. €",
    "Cost": "Kosten",
    "Costs of {1} are taken under appraisal.": "Die Kosten von {1} gehen in Prüfung.",
    "“{1}” was due on {2}.": "„{1}“ war am {2} fällig.",
    "at least": "mindestens",
    "Median days to “{1}”": "Median der Tage bis „{1}“",
}


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made = book.made_book("de", GERMAN)
    monkeypatch.setattr(book, "book_of", lambda code: made if code == "de" else None)
    book._said.cache_clear()
    with translation.override("de"):
        yield
    book._said.cache_clear()


def test_what_somebody_entered_stays_as_it_is_where_it_reads_like_a_label() -> None:
    assert translated("“Cost” was due on 4 December 2025.") == "„Cost“ war am 4. Dezember 2025 fällig."
    assert translated("Median days to “Cost”") == "Median der Tage bis „Kosten“", "a label of ours"
    assert shown("{{ said|t }}, {{ entered|t }}", said="Cost", entered=Entered("Cost")) == "Kosten, Cost"


def shown(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


SENTENCE = "{% say %}{{ number }}\n project{{ number|pluralize }} of <b>{{ name }}</b>{% endsay %}"


def test_a_sentence_keeps_its_places_in_the_order_of_the_language() -> None:
    assert shown(SENTENCE, number=1, name="A & B") == "1 Vorhaben von <b>A &amp; B</b>"
    assert shown(SENTENCE, number=3, name="Łódź") == "<b>Łódź</b> hat 3 Vorhaben"


def test_english_is_as_it_was_written() -> None:
    with translation.override("en"):
        assert shown(SENTENCE, number=3, name="Łódź") == "3\n projects of <b>Łódź</b>"


def test_a_stored_sentence_is_understood() -> None:
    """Its amounts are written as the language does, and parts that are phrases are said too."""
    stored = "€1,250,000 is approved or signed of a budget of €2.5bn: €1,000.50 more than it holds."
    assert translated(stored) == "Vom Budget 2,5 Mrd. € sind 1.250.000 € vergeben: 1.000,50 € zu viel."
    assert (
        translated("Only 2 places for a gigafactory is left of the limit.")
        == "Nur 2 Plätze für Gigafactories bleiben."
    )


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("4 December 2025", "4. Dezember 2025"),
        ("4 December 2025, 14:05", "4. Dezember 2025, 14:05"),
        ("48.7\u202f%", "48,7\xa0%"),
        ("−€1,234.50", "−1.234,50 €"),
        ("PLN 99.50", "99,50\xa0PLN"),
        ("4.2×", "4,2×"),
        ("100,000", "100.000"),
        ("2027", "2027"),
        ("under appraisal", "in Prüfung"),
        ("an amount was not disclosed; Under appraisal", "ein Betrag ist nicht bekannt; In Prüfung"),
        ("Tramuntana AI", "Tramuntana AI"),
    ],
)
def test_figures_labels_and_names(english: str, said: str) -> None:
    assert translated(english) == said


def test_what_is_safe_stays_so_and_nothing_else_becomes_so() -> None:
    assert isinstance(translated(mark_safe("Under appraisal")), SafeData)
    assert not isinstance(translated("Under appraisal"), SafeData)
    assert shown("{{ text|t }}", text="Only <i> places") == "Nur &lt;i&gt; Plätze"


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("Under appraisal. Only 2 places.", "In Prüfung. Nur 2 Plätze."),
        (
            "Under appraisal. Its rule. €5 for a gigafactory is left of the limit.",
            "In Prüfung. Ihre Regel. 5 € für Gigafactories bleiben.",
        ),
    ],
)
def test_no_place_swallows_the_end_of_a_sentence(english: str, said: str) -> None:
    assert translated(english) == said


def test_german_writes_nouns_alone_with_a_capital() -> None:
    assert [translated("under appraisal"), translated("cost")] == ["in Prüfung", "Kosten"]


def test_what_stands_between_quotes_is_not_taken_apart() -> None:
    said = translated("“Wind, at least” was due on 4 December 2025.")
    assert said == "„Wind, at least“ war am 4. Dezember 2025 fällig."


def test_french_sets_spaces_before_marks_and_counts_nought_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"{1} project": "{1} projet", "{1} projects": "{1} projets", "Late": "En retard", "Done": "Achevé"}
    said |= {"{1} is no number": "{1} n’est pas un nombre", "It is “{1}”.": "C’est «\u202f{1}\u202f»."}
    made = book.made_book("fr", said)
    monkeypatch.setattr(book, "book_of", lambda code: made if code == "fr" else None)
    with translation.override("fr"):
        assert translated("Late; Done") == "En retard\u202f; Achevé"
        assert translated("“x” is no number") == "«\u202fx\u202f» n’est pas un nombre"
        assert translated("It is “”.") == "C’est «\u202f\u202f»."
        assert translated("1 December 2025") == "1er décembre 2025"
        assert translated("11 December 2025") == "11 décembre 2025"
        counted = "{% say %}{{ n }} project{{ n|pluralize }}{% endsay %}{% mark ':' %}{{ 'Late'|t }}"
        assert shown(counted, n=0) == "0 projet\xa0: En retard"
        assert shown(counted, n=2) == "2 projets\xa0: En retard"
    with translation.override("en"):
        assert shown(counted, n=0) == "0 projects: Late"


def test_what_is_longer_than_any_sentence_is_left_and_not_kept() -> None:
    """An address can hold thousands of letters that look like the parts of sentences."""
    kept = book._said.cache_info().currsize
    long = "€1 is approved or signed of a budget of " * 100 + "€2: €3 more than it holds."
    assert translated(long) == long
    assert book._said.cache_info().currsize == kept


def test_a_text_of_countless_parts_takes_a_bounded_number_of_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    known = book.Book._exact

    def counted(self: book.Book, text: str) -> str | None:
        looks.append(text)
        return known(self, text)

    monkeypatch.setattr(book.Book, "_exact", counted)
    hostile = ("as_of is “" + "; Accepted: a. B is after today, " * 40)[: book.LONGEST]
    translated(hostile)
    assert len(looks) <= 2 * book.MOST_LOOKS
