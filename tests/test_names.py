"""Names as people look for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.names import folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Śląska", "slaska"),
        ("ŁÓDŹ", "lodz"),
        ("Łukasiewicz – ośrodek", "lukasiewicz - osrodek"),
        ("Tromsø, Ærø", "tromso, aero"),
        ("Đại học Bách khoa", "dai hoc bach khoa"),
        ("Trường Nguyễn", "truong nguyen"),
        ("Seyðisfjörður", "seydisfjordur"),
        ("Þingvellir", "thingvellir"),
        ("Gießen", "giessen"),
        ("GIESSEN", "giessen"),
        ("Œuvre", "oeuvre"),
        ("Diyarbakır", "diyarbakir"),
        ("İzmir", "izmir"),
        ("Ħamrun", "hamrun"),
        ("Αθήνα", "αθηνα"),
        ("ΑΘΉΝΑΣ", "αθηνασ"),
        ("Αθήνας", "αθηνασ"),
        ("Ολοκλήρωση ΐ", "ολοκληρωση ι"),
        ("София", "софия"),
        ("Ķekava, Țara, Şırnak, Čačak", "kekava, tara, sirnak, cacak"),
        ("Jean’s “AI” factory", 'jean\'s "ai" factory'),
        ("  two\n\tlines\u00a0here ", "two lines here"),
        ("Ｆｕｌｌ ﬁt", "full fit"),
        ("", ""),
        ("´", ""),
    ],
)
def test_a_name_is_folded_as_people_type_it(text: str, expected: str) -> None:
    assert folded(text) == expected


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert folded("Z\u0301ro\u0301dło") == folded("\u0179r\u00f3dło") == "zrodlo"


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
