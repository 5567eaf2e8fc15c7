"""Read a list row by row as JSON, page after page: for rows with links, or for a few of very many."""

import json
import sys
from urllib.request import Request, urlopen

from pandas_read import TOKEN, URL


def rows(name, query="page_size=1000"):
    """Yield the rows of a list. Amounts are texts: Decimal(row["amount_eur"]) is exact."""
    address = f"{URL}/api/v1/{name}/?{query}"
    while address:
        request = Request(address, headers={"Authorization": f"Bearer {TOKEN}"} if TOKEN else {})
        with urlopen(request) as response:
            page = json.load(response)
        yield from page["results"]
        address = page["next"]  # null on the last page


if __name__ == "__main__":
    found = list(rows("contribution-events", "page_size=10"))
    print(len(found), "events,", len({row["id"] for row in found}), "different")
    json.dump(found[:1], sys.stdout, ensure_ascii=False)
