"""Reading pages in tests."""

import re
from html import unescape

from django.test import Client


def text_of(client: Client, address: str, status: int = 200) -> str:
    """Return what a person reads on a page: its text without tags, spaces folded."""
    response = client.get(address)
    assert response.status_code == status, address
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).replace("\u202f", " ")
