"""What bench/load.py does with Django, on the database of DATABASE_URL: it makes the people who come.

    python bench/load_child.py OFFICERS ANALYSTS EDITORS

Prints one line of JSON: sessions of each role, the addresses that officers go to, what each editor edits.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore

from portfolio.models import Contribution, Project, ProjectCoverage, ResultSet, Source

PROJECT_PAGES = 20


def signed_in(role: str, number: int) -> list[str]:
    """Return the session keys of so many new people of a role."""
    keys = []
    for person in range(number):
        user, _ = User.objects.get_or_create(username=f"{role.lower()}-{person}", defaults={"is_staff": True})
        user.groups.add(Group.objects.get(name=role))
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "portfolio.queries.second_factors.Accounts"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


def pages() -> list[str]:
    """Return the main pages, and those of some projects."""
    slugs = list(Project.objects.order_by("?").values_list("slug", flat=True)[:PROJECT_PAGES])
    return [
        "/",
        "/projects/",
        "/projects/?stage=any_selected&sort=-gap&page=3",
        "/envelopes/",
        "/flows/",
        "/contributions/",
        "/chips/",
        "/published-figures/",
        "/timeline/",
        "/map/",
        "/alerts/",
        "/changes/",
        "/history/",
        "/data/",
        *(f"/projects/{slug}/" for slug in slugs),
    ]


def edited(number: int) -> list[dict[str, Any]]:
    """Return a contribution for each editor, of a project of its own, with what is paid there so far."""
    newest, source = ResultSet.objects.latest("as_of"), Source.objects.order_by("pk")[0]
    rows = ProjectCoverage.objects.filter(result_set=newest, stage="selected", disbursed_eur__gt=0)
    found = []
    for row in rows.select_related("project").order_by("pk"):
        known = Contribution.objects.filter(project=row.project, currency="EUR", instrument="grant")
        first = known.filter(state_today__state__in=("signed", "disbursed")).order_by("pk").first()
        if first is not None:
            found.append({"contribution": first.pk, "project": row.project.slug, "source": source.pk})
        if len(found) == number:
            break
    return found


if __name__ == "__main__":
    officers, analysts, editors = map(int, sys.argv[1:])
    print(
        json.dumps(
            {
                "officers": signed_in("Officer", officers),
                "analysts": signed_in("Analyst", analysts),
                "editors": signed_in("Editor", editors),
                "pages": pages(),
                "edited": edited(editors),
            }
        )
    )
