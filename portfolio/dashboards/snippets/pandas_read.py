"""Read a list of the portfolio whole, every amount exact, and held against its manifest."""

import hashlib
import io
import json
import os
from decimal import Decimal
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pandas as pd

URL = os.environ.get("INVESTAI_URL", "http://127.0.0.1:8000")
TOKEN = os.environ.get("INVESTAI_TOKEN", "")  # made on the page "API tokens"; empty where reading is open
ATTEMPTS = 3

# How the text of a cell becomes a value. Floats are none of them: they would round.
READ = {
    "money": Decimal,
    "number": Decimal,
    "ratio": Decimal,
    "whole": int,
    "flag": "true".__eq__,
}


def get(path, **parameters):
    """Return the bytes of an answer; `path` is below /api/v1/."""
    request = Request(f"{URL}/api/v1/{path}?{urlencode(parameters)}")
    if TOKEN:
        request.add_header("Authorization", f"Bearer {TOKEN}")
    with urlopen(request) as response:
        return response.read()


def read(name, **filters):
    """Return a list as a frame. Unknown is None, and stays unknown: no cell becomes zero."""
    for _ in range(ATTEMPTS):
        content = get(f"{name}/", format="csv", **filters)
        manifest = json.loads(get(f"{name}/manifest/", **filters))
        if hashlib.sha256(content).hexdigest() == manifest["sha256"]:
            break  # complete and unaltered
    else:
        raise RuntimeError(f"{name} was edited at each of {ATTEMPTS} looks, or did not come whole")
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    for column in manifest["columns"]:
        convert = READ.get(column["kind"], str)
        cells = [convert(cell) if cell else None for cell in frame[column["name"]]]
        frame[column["name"]] = pd.Series(cells, dtype=object)
    return frame


if __name__ == "__main__":
    events = read("contribution-events", kind="signed", ordering="-amount_eur")
    known = events["amount_eur"].dropna()
    print(f"{len(events)} signatures, {sum(known, Decimal('0.00'))} euro, {len(events) - len(known)} unknown")
