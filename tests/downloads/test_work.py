"""How downloads are worked on: by one worker at a time, to the end, whatever happens to it or the disk."""

import errno
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from portfolio.exports import downloads
from portfolio.jobs import download_attempts
from portfolio.jobs.download_attempts import MOST_DEATHS, Superseded, begun
from portfolio.models import Download
from portfolio.tasks import background, keep_downloads, work_on_download
from tests.access.people import asked, made_token, person
from tests.downloads.asking import DOWNLOADS, ask, fetched, made, refusal, state

pytestmark = pytest.mark.usefixtures("portfolio")

LONG_AGO = timedelta(minutes=5)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_message_that_comes_twice_does_no_harm(ana: Client) -> None:
    download = ask(ana).json()
    assert (download["state"], download["rows_written"]) == ("queued", 0)
    pk = Download.objects.get().pk
    work_on_download(pk)
    first = state(ana, download)
    work_on_download(pk)
    keep_downloads()
    assert state(ana, download) == first
    assert first["state"] == "ready"
    assert Download.objects.get().attempt == 1


def test_what_a_dead_worker_left_is_taken_up_and_the_dead_one_writes_no_more(
    ana: Client, folder: Path
) -> None:
    download = ask(ana).json()
    dead = begun(Download.objects.get().pk)
    assert dead is not None
    with dead.file() as out:
        out.write(b"half of")
    other = ask(ana, "projects").json()
    keep_downloads()
    assert state(ana, download)["state"] == "running", "its worker may be alive"
    assert state(ana, other)["state"] == "queued", "one is made after the other"

    Download.objects.update(worked_on_at=timezone.now() - LONG_AGO)
    keep_downloads()
    assert state(ana, download)["state"] == "ready"
    content = fetched(ana, download := state(ana, download))
    assert content == ana.get(download["address"]).getvalue()
    with pytest.raises(Superseded):
        dead.ready()
    dead.fails("too late")
    assert fetched(ana, state(ana, download)) == content
    assert state(ana, other)["state"] == "ready"
    assert len(files(folder)) == 2, "what the dead one left is gone"


def test_what_kills_each_worker_is_given_up_with_a_sentence(ana: Client) -> None:
    download = ask(ana).json()
    for _ in range(MOST_DEATHS):
        assert begun(Download.objects.get().pk) is not None
        Download.objects.update(worked_on_at=timezone.now() - LONG_AGO)
    keep_downloads()
    failed = state(ana, download)
    assert failed["state"] == "failed"
    assert failed["message"].startswith(f"Its worker went away {MOST_DEATHS} times")


def test_a_full_disk_is_a_failure_in_words(
    ana: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    failed = made(ana)
    assert failed["state"] == "failed"
    assert failed["message"].startswith("There is no room left on the disk")
    assert files(folder) == []


def test_a_large_file_waits_for_its_place(
    ana: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def taken(*_: object) -> None:
        raise downloads.TooManyExports("All places are taken.")

    with monkeypatch.context() as busy:
        busy.setattr(downloads, "take_place", taken)
        waiting = made(ana)
    assert waiting["state"] == "queued"
    keep_downloads()
    assert state(ana, waiting)["state"] == "ready"


def test_a_file_expires_and_goes_and_is_forgotten_after_a_week(ana: Client, folder: Path) -> None:
    download = made(ana)
    assert download["expires_at"] > download["finished_at"]
    Download.objects.update(expires_at=timezone.now())
    gone = refusal(ana.get(download["links"]["file"]), 410)
    assert gone["title"] == "Expired"
    expired = state(ana, download)
    assert (expired["state"], "file" in expired["links"]) == ("expired", False)
    assert files(folder) == []
    Download.objects.update(finished_at=timezone.now() - timedelta(days=7))
    keep_downloads()
    refusal(ana.get(download["links"]["self"]), 404)


def test_files_that_belong_to_nothing_are_removed(ana: Client, folder: Path) -> None:
    made(ana)
    [file] = files(folder)
    User.objects.get(username="ana").delete()
    keep_downloads()
    assert not file.exists()


def test_limits_of_a_person(ana: Client, settings: Settings, folder: Path) -> None:
    for _ in range(3):
        assert ask(ana).status_code == 201
    waiting = ask(ana)
    assert "3 downloads that are not finished" in refusal(waiting, 429)["detail"]
    assert waiting["Retry-After"] == "10"
    keep_downloads()
    settings.DOWNLOADS = {**settings.DOWNLOADS, "kept": 3}
    assert "You have 3 downloads" in refusal(ask(ana), 409)["detail"]
    settings.DOWNLOADS = {**settings.DOWNLOADS, "kept": 20, "megabytes": 0}
    assert "take the 0 MB" in refusal(ask(ana), 409)["detail"]
    for download in ana.get(DOWNLOADS).json()["results"]:
        assert ana.delete(download["links"]["self"]).status_code == 204
    assert files(folder) == []
    settings.DOWNLOADS = {**settings.DOWNLOADS, "megabytes": 0.0001}
    failed = made(ana)
    assert failed["state"] == "failed"
    assert failed["message"].startswith("The file gets larger than the 0 MB that you have left")
    assert files(folder) == []


def test_a_download_is_its_owners_and_the_administrators(ana: Client) -> None:
    download = made(ana)
    ben = Client()
    ben.force_login(person("Editor", "ben"))
    for answer in (ben.get, ben.delete):
        refusal(answer(download["links"]["self"]), 404)
    refusal(ben.get(download["links"]["file"]), 404)
    assert ben.get(DOWNLOADS).json() == {"count": 0, "results": []}
    ben.post(f"/downloads/{download['key']}/remove/")
    administrator = Client()
    administrator.force_login(person("Administrator"))
    assert fetched(administrator, download) == fetched(ana, download)
    assert "Downloads of others" in administrator.get("/downloads/").content.decode()
    assert administrator.delete(download["links"]["self"]).status_code == 204
    refusal(ana.get(download["links"]["self"]), 404)


def test_who_may_have_downloads_made(client: Client) -> None:
    assert refusal(ask(client), 401)["title"] == "Sign-in needed"
    client.force_login(person("Viewer"))
    refusal(ask(client), 403)
    assert client.get("/downloads/").status_code == 403
    owner = person("Officer")
    for scope, status in (("read", 403), ("download", 201)):
        token = made_token(owner, name=scope, scope=scope)
        headers = {"Authorization": f"Bearer {token}"}
        body = {"list": "contributions"}
        response = Client().post(DOWNLOADS, body, content_type="application/json", headers=headers)
        assert response.status_code == status
        assert asked(token, DOWNLOADS).status_code == 200


def test_what_takes_a_right_is_kept_from_who_has_lost_it(ana: Client) -> None:
    owner = User.objects.get(username="ana")
    owner.groups.set([Group.objects.get(name="Officer")])
    download = made(ana, "everything", "zip")
    assert Download.objects.get().permissions
    owner.groups.set([Group.objects.get(name="Editor")])
    again = made(ana, "everything", "zip")
    Download.objects.filter(key=download["key"]).update(permissions=["portfolio.nobody_has_this"])
    refusal(ana.get(download["links"]["file"]), 403)
    assert fetched(ana, again)


def test_the_page_has_a_download_made_and_removed(ana: Client) -> None:
    form = {
        "list": "contributions",
        "format": "csv-excel",
        "parameters": "project=a&ordering=-reference",
        "as_of": "",
    }
    assert ana.post("/downloads/", form).status_code == 302
    body = ana.get("/downloads/").content.decode()
    assert "waiting" in body
    assert "dialect=excel&amp;ordering=-reference&amp;project=a" in body
    keep_downloads()
    body = ana.get("/downloads/").content.decode()
    key = Download.objects.get().key
    assert f'href="/api/v1/downloads/{key}/file/"' in body
    assert ana.post(f"/downloads/{key}/remove/").status_code == 302
    refused = ana.post("/downloads/", {**form, "parameters": "projct=a"})
    assert refused.status_code == 400
    assert "Did you mean project?" in refused.content.decode()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Let files be written as far as half of their content, until the event is set."""
    go_on = Event()
    write = downloads.write

    def half(*arguments: Any) -> Any:
        written = write(*arguments)
        content = b"".join(written.content)

        def pieces() -> Iterator[bytes]:
            yield content[: len(content) // 2]
            while not go_on.wait(0.01):
                yield b""
            yield content[len(content) // 2 :]

        return type(written)(written.headers, pieces())

    monkeypatch.setattr(downloads, "write", half)
    monkeypatch.setattr(download_attempts, "RENEWED_EVERY", 0.02)
    yield go_on
    go_on.set()
    background.wait(20)


def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        Event().wait(0.02)
    raise AssertionError("not within ten seconds")


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_work_goes_on_in_the_background_and_can_be_cancelled(
    client: Client, held: Event, folder: Path
) -> None:
    owner = User.objects.create_superuser("root", password="a-long-password")
    client.force_login(owner)
    first, second = ask(client).json(), ask(client, "projects").json()
    until(lambda: state(client, first)["rows_written"] > 0)
    running = state(client, first)
    assert running["state"] == "running"
    assert 0 < running["rows_written"] < running["rows_expected"] == 7
    refusal(client.get(f"{first['links']['self']}file/"), 409)
    assert '<progress max="7"' in client.get("/downloads/").content.decode()

    assert client.delete(first["links"]["self"]).status_code == 204
    held.set()
    until(lambda: state(client, second)["state"] == "ready")
    background.wait(20)
    assert [path.name.split("-", 1)[0] for path in files(folder)] == [second["key"].split("-", 1)[0]]


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_who_looks_has_the_work_taken_up(client: Client) -> None:
    """As after a restart of the process that worked on it: its thread is gone, and there is no beat."""
    client.force_login(User.objects.create_superuser("root", password="a-long-password"))
    with pytest.MonkeyPatch.context() as gone:
        gone.setattr(background, "add", lambda pk: None)
        download = ask(client).json()
        assert begun(Download.objects.get().pk) is not None
        Download.objects.update(worked_on_at=timezone.now() - LONG_AGO)
    until(lambda: state(client, download)["state"] == "ready")
    assert Download.objects.get().attempt == 2
    background.wait(20)
