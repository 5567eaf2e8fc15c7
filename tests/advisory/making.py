"""Advice for the worked example, row by row; and reading what comes out."""

import csv
import io
import re
from html import unescape
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from tests.bundles import read_bundle

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "data" / "small"
ILLUSTRATIVE = ROOT / "portfolio" / "illustrative"
SECRET = "Zirkonblau"  # stands in every confidential text, and nowhere else

FILES: dict[str, str] = {
    "advisory_providers": "key,name,kind,country,source\neib,EIB Advisory,eib_advisory,LU,example\n",
    "advisers": "key,name,provider,account\nada,Ada Lead,eib,ada\nbea,Bea Lead,eib,\n",
    "adviser_capacities": "adviser,since,days_per_month\nada,2026-01-01,10\n",
    "advisory_requests": "key,project,requester,country,need,received_on,source\n"
    "R-1,giga-a,Consortium A,PL,A bankable plan,2025-06-01,example\n"
    "R-2,,A town,DE,A first idea,2026-02-01,\n",
    "advisory_triages": "request,decided_on,outcome,reason,estimated_days,source\n"
    "R-1,2025-06-20,accepted,It fits,12.5,\n",
    "advisory_engagements": "key,request,provider,kind,scope,lead,"
    "budget_days,budget_eur,starts_on,ends_on,source\n"
    "E-1,R-1,eib,project_advisory,Plan and model,ada,40,60000.00,2025-07-01,2026-12-31,\n",
    "advisory_work_packages": "key,engagement,title,budget_days,due_on,done_on\n"
    "E-1-W1,E-1,Model,20,2026-03-01,\n",
    "advisory_deliverables": "key,work_package,title,due_on,done_on,document\n"
    "E-1-W1D1,E-1-W1,The model,2026-03-01,,https://documents.example.eu/model\n",
    "advisory_meetings": "key,request,held_on,subject,participants\n"
    f"R-1-M1,R-1,2025-07-02,Kick-off {SECRET},Everybody {SECRET}\n",
    "advisory_notes": "key,request,meeting,written_on,author,text\n"
    f'R-1-N1,R-1,R-1-M1,2025-07-02,ada,"The lender hesitates, {SECRET}"\n',
    "readiness_scales": "key,name,in_use_from,ready_at,source\ns1,Scale one,2025-01-01,3,\n",
    "readiness_criteria": "key,scale,area,name,weight,question\n"
    "s1-fin,s1,fin,Financial,2,Does it hold?\ns1-tech,s1,tech,Technical,1,Is it fixed?\n",
    "readiness_assessments": "key,request,engagement,scale,assessed_on,assessor\n"
    f"A-1,R-1,E-1,s1,2025-07-01,{SECRET} one\nA-2,R-1,E-1,s1,2026-01-15,{SECRET} two\n",
    "readiness_scores": "assessment,criterion,level,evidence,document,source\n"
    f"A-1,s1-fin,1,Draft {SECRET},,\nA-1,s1-tech,2,Outline {SECRET},,\n"
    f"A-2,s1-fin,4,Signed {SECRET},https://documents.example.eu/{SECRET},example\n",
}
CONFIDENTIAL = ("advisory_meetings", "advisory_notes", "readiness_assessments", "readiness_scores")


def advised(folder: Path, **changed: str) -> Path:
    """Write the worked example with advice into a folder; `changed` files differ, or are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in SMALL.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    for name, text in {**FILES, **changed}.items():
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


def with_rows(name: str, *rows: str) -> dict[str, str]:
    """Return a file of advice with further rows."""
    return {name: FILES[name] + "".join(f"{row}\n" for row in rows)}


def load_advised(folder: Path, **changed: str) -> None:
    call_command("load_portfolio", advised(folder, **changed), verbosity=0, stdout=io.StringIO())


def person(role: str, *, staff: bool = False, name: str = "", email: str = "") -> User:
    user = User.objects.create_user(
        name or role.lower(), password="a-long-password", is_staff=staff, email=email
    )
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(role: str, *, staff: bool = False) -> Client:
    client = Client()
    client.force_login(person(role, staff=staff))
    return client


def version_in(response: Any) -> str:
    """Return the version that a form was opened with."""
    found = re.search(r'name="version" value="([^"]*)"', response.content.decode())
    assert found is not None
    return found.group(1)


def table(client: Client, name: str, query: str = "") -> list[dict[str, str]]:
    """Return the rows of a list of the API, as CSV."""
    response = client.get(f"/api/v1/{name}/?format=csv{query}")
    assert response.status_code == 200, response.content
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


__all__ = ["ILLUSTRATIVE", "SMALL", "read_bundle"]


def text_of(response: Any) -> str:
    """Return the words of a page."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
