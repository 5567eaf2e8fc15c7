"""How board reports are asked for, made and kept: by whom, to the end, and for how long."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from portfolio.exports.report import making
from portfolio.jobs import reports
from portfolio.jobs.report_attempts import MOST_DEATHS, Superseded, begun
from portfolio.models import BoardReport, BoardReportFile
from portfolio.rules.dates import today
from portfolio.tasks import keep_reports, report_background, work_on_report
from tests.access.people import person
from tests.bundles import load, saved
from tests.making import Made
from tests.reports.asking import REPORTS, form, made

LONG_AGO = timedelta(minutes=5)
ONE = ["overview"]


@pytest.fixture
def portfolio(db: None, tmp_path: Any) -> None:
    """A portfolio of one project, computed."""
    load(saved(Made().project("p", need="1000").rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)


def queued(client: Client) -> BoardReport:
    assert client.post(REPORTS, form(sections=ONE)).status_code == 302
    return BoardReport.objects.latest("id")


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    ("role", "status"), [("Viewer", 403), ("Analyst", 403), ("Editor", 200), ("Administrator", 200)]
)
def test_who_makes_reports(client: Client, role: str, status: int) -> None:
    assert client.get(REPORTS).status_code == 302
    client.force_login(person(role))
    assert client.get(REPORTS).status_code == status
    assert client.post(REPORTS, form(sections=ONE)).status_code == (302 if status == 200 else status)


@pytest.mark.usefixtures("portfolio")
def test_a_report_is_for_who_made_it(officer: Client) -> None:
    report = made(officer, sections=ONE)
    other = Client()
    other.force_login(person("Administrator", "otto"))
    for address in ("", "file/"):
        assert other.get(f"{REPORTS}{report.key}/{address}").status_code == 404
    assert other.post(f"{REPORTS}{report.key}/remove/").status_code == 404
    assert officer.post(f"{REPORTS}{report.key}/remove/").status_code == 302
    assert officer.get(f"{REPORTS}{report.key}/").status_code == 404
    assert not BoardReportFile.objects.exists()


@pytest.mark.usefixtures("portfolio")
def test_the_page_says_how_far_it_is_and_what_the_file_is(officer: Client) -> None:
    report = queued(officer)
    attempt = begun(report.pk)
    assert attempt is not None
    attempt.at("Overview", 0)
    BoardReport.objects.update(section="Overview")
    page = officer.get(f"{REPORTS}{report.key}/").content.decode()
    assert "1 of 2: Overview" in page
    assert officer.get(f"{REPORTS}{report.key}/file/").status_code == 404
    BoardReport.objects.update(worked_on_at=timezone.now() - LONG_AGO)
    keep_reports()
    report.refresh_from_db()
    page = officer.get(f"{REPORTS}{report.key}/").content.decode()
    assert report.sha256 in page
    assert "Download the PDF" in page
    assert (report.attempt, report.deaths) == (2, 1)
    with pytest.raises(Superseded):
        attempt.ready(b"what the dead worker made", 1, 1)


@pytest.mark.usefixtures("portfolio")
def test_a_message_that_comes_twice_does_no_harm(officer: Client) -> None:
    report = queued(officer)
    work_on_report(report.pk)
    work_on_report(report.pk)
    report.refresh_from_db()
    assert (report.state, report.attempt) == ("ready", 1)


@pytest.mark.usefixtures("portfolio")
def test_what_kills_its_workers_is_given_up(officer: Client) -> None:
    report = queued(officer)
    for _ in range(MOST_DEATHS):
        assert begun(report.pk) is not None
        BoardReport.objects.update(worked_on_at=timezone.now() - LONG_AGO)
    keep_reports()
    report.refresh_from_db()
    assert report.state == "failed"
    assert f"went away {MOST_DEATHS} times" in officer.get(f"{REPORTS}{report.key}/").content.decode()


@pytest.mark.usefixtures("portfolio")
def test_an_error_is_said_in_a_sentence(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(document: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(making, "pdf", refuse)
    report = made(officer, sections=ONE)
    assert (report.state, report.message) == (
        "failed",
        "The work stopped with an error, and there is no report. RuntimeError.",
    )


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"title": " "}, "A report needs a title."),
        ({"title": "x" * 201}, "Accepted: 200 at most."),
        ({"sections": ["overvue"]}, "“overvue” is no section. Accepted: overview, envelopes"),
        ({"sections": ["sources"]}, "at least one section beside the sources"),
        ({"as_of": "2999-01-01"}, "2999-01-01 is after today"),
        ({"as_of": "yesterday"}, "“yesterday” is not a date."),
        ({"as_of": "2026-06-30", "since": "2026-06-30"}, "use a day before 2026-06-30"),
        ({"publication": "june"}, "There is no publication “june”."),
        ({"publication": "ju\0ne"}, "There is no publication “june”."),
    ],
)
def test_what_is_refused_is_said(officer: Client, given: dict[str, Any], sentence: str) -> None:
    response = officer.post(REPORTS, form(**given))
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not BoardReport.objects.exists()


@pytest.mark.usefixtures("portfolio")
def test_not_more_than_so_many(officer: Client, settings: Settings) -> None:
    settings.DOWNLOADS = {**settings.DOWNLOADS, "unfinished": 1}
    queued(officer)
    response = officer.post(REPORTS, form(sections=ONE))
    assert response.status_code == 400
    assert "1 reports that are not finished" in response.content.decode()


@pytest.mark.usefixtures("portfolio")
def test_a_report_expires_and_is_forgotten(officer: Client) -> None:
    report = made(officer, sections=ONE)
    BoardReport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    reports.tidy()
    assert not BoardReportFile.objects.exists()
    assert officer.get(f"{REPORTS}{report.key}/file/").status_code == 404
    assert "Make it again" in officer.get(f"{REPORTS}{report.key}/").content.decode()
    BoardReport.objects.update(finished_at=timezone.now() - timedelta(days=8))
    reports.tidy()
    assert not BoardReport.objects.exists()


@pytest.mark.usefixtures("portfolio")
def test_a_day_before_anything_is_reported_as_nothing(officer: Client) -> None:
    report = made(officer, as_of="2019-12-31")
    assert (report.state, report.message) == ("ready", "")
    assert report.as_of < today()


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_is_made_in_the_background(tmp_path: Any) -> None:
    load(saved(Made().project("p", need="1000").rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)
    client = Client()
    client.force_login(holder())
    queued(client)
    report_background.wait(60)
    report = BoardReport.objects.get()
    assert (report.state, report.message) == ("ready", "")
    assert client.get(f"{REPORTS}{report.key}/file/").content.startswith(b"%PDF-")


def holder() -> Any:
    """Return an account that may make reports, where an emptied database has no roles any more."""
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("olga", password="a-long-password")
    user.user_permissions.add(Permission.objects.get(codename="add_boardreport"))
    return user
