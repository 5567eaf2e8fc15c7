"""Having files prepared, as a client does."""

from typing import Any

from django.test import Client

from portfolio.tasks import keep_downloads

DOWNLOADS = "/api/v1/downloads/"


def ask(client: Client, list_name: str = "contributions", format_: str = "csv", **parameters: str) -> Any:
    """Return the answer to somebody who wants a list prepared."""
    body = {"list": list_name, "format": format_, "parameters": parameters}
    return client.post(DOWNLOADS, body, content_type="application/json")


def made(
    client: Client, list_name: str = "contributions", format_: str = "csv", **parameters: str
) -> dict[str, Any]:
    """Have a list prepared to its end, as a worker does; return what is said of it then."""
    response = ask(client, list_name, format_, **parameters)
    assert response.status_code == 201, response.content
    keep_downloads()
    return state(client, response.json())


def state(client: Client, download: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a download now."""
    response = client.get(download["links"]["self"])
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def fetched(client: Client, download: dict[str, Any]) -> bytes:
    """Return the file of a download."""
    response = client.get(download["links"]["file"])
    assert response.status_code == 200, response.content
    return bytes(response.getvalue())


def refusal(response: Any, status: int) -> dict[str, Any]:
    """Return the problem document that an answer is."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    return found
