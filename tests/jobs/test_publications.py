"""Publishing while others publish and edit: one name once, and a boundary between before and after."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Event

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from portfolio.jobs.facts import save_fact
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.publications import PublicationRefused, publish_results
from portfolio.models import ContributionEvent, Publication
from portfolio.queries.corrections import corrections
from portfolio.queries.metric_tables import METRIC_TABLES
from portfolio.queries.publications import frozen
from portfolio.queries.restatements import differences
from tests.bundles import SMALL, load
from tests.publishing import forget_publications

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def portfolio(transactional_db: None) -> Iterator[None]:
    load(SMALL)
    yield
    forget_publications()


def publish(name: str) -> str:
    try:
        return publish_results(name, DAY).slug
    except PublicationRefused as refused:
        return str(refused)
    finally:
        connections.close_all()


def signed() -> ContributionEvent:
    return ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")


def test_a_name_is_published_once_however_many_try_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(publish, ["Board"] * 4))
    assert told.count("board") == 1
    assert sum("is taken by “Board”" in sentence for sentence in told) == 3
    assert len(frozen(Publication.objects.get()).tables) == len(METRIC_TABLES)


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time by itself")
def test_an_edit_under_way_is_waited_for_and_is_no_correction() -> None:
    """Its history is older than the publication, so its figures have to be in it."""
    written, go_on = Event(), Event()

    def edit() -> None:
        try:
            with transaction.atomic():
                event = signed()
                event.amount = Decimal("77.00")
                save_fact(event, "admin")
                written.set()
                go_on.wait(10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        editing = pool.submit(edit)
        assert written.wait(10)
        publishing = pool.submit(publish, "Board")
        with pytest.raises(TimeoutError):
            publishing.result(timeout=1)
        go_on.set()
        editing.result()
        assert publishing.result(timeout=20) == "board"
    publication = Publication.objects.get()
    assert signed().amount == Decimal("77.00")
    assert differences(frozen(publication), results_of(DAY)) == [], "the edit is in what was frozen"
    assert corrections(publication.published_at, None, DAY).count() == 0


def test_a_thread_s_first_read_may_be_of_a_publication() -> None:
    """Nothing else has connected that thread to the database before."""
    publish("Board")

    def read() -> int:
        try:
            return Client().get("/projects/?published=board").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(read).result() == 200
