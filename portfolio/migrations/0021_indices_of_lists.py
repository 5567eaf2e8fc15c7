from typing import Any

from django.db import migrations

# How lists are ordered: by code point whatever the database's locale is, and with unknown amounts last. SQLite
# orders by code point anyway. A later migration that makes these tables anew on SQLite has to repeat its index.
INDICES = {
    "contribution_by_code_point": 'portfolio_contribution (reference COLLATE "C")',
    "event_by_amount": "portfolio_contributionevent (amount_eur DESC NULLS LAST, id)",
}
ON_SQLITE = {"event_by_amount": "portfolio_contributionevent (amount_eur DESC, id)"}


def _indices(editor: Any) -> dict[str, str]:
    return INDICES if editor.connection.vendor == "postgresql" else ON_SQLITE


def make(apps: Any, editor: Any) -> None:
    for name, columns in _indices(editor).items():
        editor.execute(f"CREATE INDEX {name} ON {columns}")


def remove(apps: Any, editor: Any) -> None:
    for name in _indices(editor):
        editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0011_indices_of_pages'),
    ]

    operations = [migrations.RunPython(make, remove)]
