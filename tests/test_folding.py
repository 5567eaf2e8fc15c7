"""Texts that the database folds are what Python makes of them."""

import sys

import pytest
from django.db.models import TextField, Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.models import DataVersion, Folded
from portfolio.names import folded

pytestmark = pytest.mark.django_db

# Alphabets where case, marks and other forms abound, the letters of Cherokee among them.
LETTERS = "".join(
    map(chr, [*range(1, 0x600), *range(0x13A0, 0x1400), *range(0x1C80, 0x2100), 0xAB70, 0xFB01])
)
BLANKS = "".join(chr(code) for code in range(1, sys.maxunicode) if chr(code).isspace())


def folded_there(texts: list[str]) -> list[str]:
    """Return what the database makes of texts."""
    columns = {f"c{place}": Folded(Value(text, TextField())) for place, text in enumerate(texts)}
    return list(DataVersion.objects.annotate(**columns).values_list(*columns)[0])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs", "Cn"]))
        | st.text(LETTERS)
        | st.text("aZ łŚ´" + BLANKS),
        min_size=1,
        max_size=20,
    )
)
def test_a_database_folds_as_python_does(texts: list[str]) -> None:
    DataVersion.objects.get_or_create()
    assert folded_there(texts) == [folded(text) for text in texts]
