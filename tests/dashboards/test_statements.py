"""How many statements the first look at a page takes, after which it is kept."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.queries.memories import forget_everything
from portfolio.rules.dates import today

PAST = f"?as_of={today() - timedelta(60)}"
# Of a process that keeps nothing yet; results of past dates are there.
MOST = {
    "/projects/giga-a/": 14,
    f"/projects/giga-a/{PAST}": 16,
    "/changes/project_coverage/giga-a/secured_eur/": 16,
    "/changes/envelope_utilisation/techeu-mobilisation/mobilised_eur/": 18,
    "/changes/portfolio_summary/secured_eur/value/": 17,
    "/changes/portfolio_summary/gigafactory_chips_total/value/": 16,
    "/changes/chip_comparison/giga-a/ratio_to_existing_mean/": 17,
}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("address", MOST)
def test_the_first_look_takes_few_statements(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portfolio.tasks.is_large", lambda: True)  # results of month ends are left to others
    assert client.get(address).status_code == 200
    forget_everything()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    taken = [query["sql"] for query in captured]
    assert len(taken) <= MOST[address], "\n".join(sql[:200] for sql in taken)
