"""A backup restored: every table, row for row, on both databases."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from operations.backups import table_sums
from portfolio.models import ContributionEvent, Project, Recomputation
from tests.loaded import load_small

pytestmark = pytest.mark.django_db(transaction=True)


def command(*words: str) -> str:
    output = StringIO()
    call_command(*words, stdout=output)
    return output.getvalue()


@pytest.fixture
def filled(transactional_db: None) -> Iterator[None]:
    load_small()
    User.objects.create_user("ada", password="a-long-password")
    yield
    connection.close()


def spoil() -> None:
    """Change, remove and add: rows, and a table that no backup knows."""
    Project.objects.filter(slug="giga-a").update(name="Another")
    ContributionEvent.objects.all()[:1].get().delete()
    User.objects.create_user("eve")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_over (id integer)")


@pytest.mark.usefixtures("filled")
def test_a_restored_database_is_the_same_row_for_row(tmp_path: Path) -> None:
    file, before = tmp_path / "backup", table_sums()
    assert sum(rows for rows, _ in before.values()) > 200
    assert "Wrote" in command("backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    spoil()
    after = table_sums()
    assert {table for table in before if before[table] != after[table]} == {
        "auth_user",
        "portfolio_contributionevent",
        "portfolio_historicalcontributionevent",
        "portfolio_project",
    }
    with pytest.raises(CommandError, match=r"is not empty\. --replace puts the backup in its place"):
        command("restore", str(file))
    assert table_sums() == after
    assert f"Restored {len(before)} tables" in command("restore", str(file), "--replace")
    assert table_sums() == before
    assert User.objects.create_user("eve").pk, "numbers go on where they were"
    assert command("recompute")
    assert Recomputation.objects.order_by("-id").first().outcome == "succeeded"  # type: ignore[union-attr]


@pytest.mark.usefixtures("filled")
def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    file, before = tmp_path / "backup", table_sums()
    command("backup", str(file))
    with pytest.raises(CommandError, match="is there already"):
        command("backup", str(file))
    with pytest.raises(CommandError, match="There is no folder"):
        command("backup", str(tmp_path / "nowhere" / "backup"))
    cut, other, text = tmp_path / "cut", tmp_path / "other", tmp_path / "text"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    text.write_text("name,value\n")
    with closing(sqlite3.connect(other)) as opened:
        opened.execute("CREATE TABLE somebody (id integer)")
    for wrong in (cut, other, text, tmp_path / "missing"):
        with pytest.raises(CommandError):
            command("restore", str(wrong), "--replace")
        assert table_sums() == before, wrong.name


@pytest.mark.usefixtures("filled")
def test_sums_name_every_table() -> None:
    lines = command("table_sums").splitlines()
    assert [line.split()[2] for line in lines] == list(table_sums())
