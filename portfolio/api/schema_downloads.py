"""Downloads that are prepared, and everything at once, in the description of the API."""

from collections.abc import Callable

from portfolio.api.negotiation import BYTES
from portfolio.api.schema_values import AS_OF, Schema, format_parameter, parameter
from portfolio.exports.download_requests import EVERYTHING, FORMATS, ZIP
from portfolio.exports.everything import CONTENT_TYPE as ZIP_TYPE
from portfolio.exports.lists import LISTS
from portfolio.exports.writing import CONTENT_TYPES
from portfolio.vocabulary import DownloadState

TAG = "downloads"
OPEN: list[Schema] = [{}, {"token": []}, {"session": []}]
TEXT: Schema = {"type": "string"}
ADDRESS: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}
BINARY: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
PARAMETERS: Schema = {
    "type": "object",
    "additionalProperties": TEXT,
    "description": "The parameters of the list, as its address has them: filters, ordering, fields, as_of,"
    " dialect. Of everything: as_of, confidential.",
}
REFUSALS = {
    400: "The body, or a parameter, is refused: which, and what is accepted.",
    401: "A sign-in or a token is needed, or the token does not count.",
    403: "Not for this role, or beyond the token's scope.",
    404: "There is no such download, or it is somebody else's; or no such publication.",
    406: "The Accept header takes none of the formats.",
    409: "Not now: the file is not ready or was not made, or as many downloads are kept as may be.",
    410: "The download expired, or its file is gone: have it made again.",
    429: "Too many requests, or too many downloads that are not finished: wait Retry-After seconds.",
    500: "A publication is not as it was published: nothing of it is served.",
}
DAY_HEADERS: dict[str, tuple[Schema, str]] = {
    "Data-Version": ({"type": "integer"}, "The version of the facts that it is made of."),
    "Row-Count": ({"type": "integer"}, "How many rows it has."),
}
Component = Callable[[str, Schema], Schema]


def operation_of(describes: str, method: str, component: Component) -> Schema:
    """Return the operation of a view, by what it describes; `component` makes a schema a shared one."""
    return _OPERATIONS[describes, method](component)


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def _download(component: Component) -> Schema:
    properties: dict[str, Schema] = {
        "key": {"type": "string", "format": "uuid"},
        "list": TEXT,
        "title": TEXT,
        "format": {"type": "string", "enum": [*FORMATS, ZIP]},
        "parameters": PARAMETERS,
        "address": TEXT | {"description": "Where the same file is to be had at once."},
        "state": {"type": "string", "enum": list(DownloadState.values)},
        "message": _or_null(TEXT) | {"description": "Why it failed."},
        "rows_expected": _or_null(WHOLE)
        | {"description": "How many rows the file will have; null: not known yet."},
        "rows_written": WHOLE,
        "as_of": {"type": ["string", "null"], "format": "date", "description": "The day its rows are of."},
        "data_version": _or_null(WHOLE),
        "bytes": _or_null(WHOLE) | {"description": "The length of the file, once it is ready."},
        "sha256": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
        "created_at": MOMENT,
        "started_at": _or_null(MOMENT),
        "finished_at": _or_null(MOMENT),
        "expires_at": _or_null(MOMENT) | {"description": "Until when the file is kept."},
        "links": {
            "type": "object",
            "description": "Its own address; and that of its file, once it is ready.",
            "required": ["self"],
            "properties": {"self": ADDRESS, "file": ADDRESS},
            "additionalProperties": False,
        },
    }
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return component("Download", schema | {"additionalProperties": False})


def _request(component: Component) -> Schema:
    schema = {
        "type": "object",
        "description": "What is to be prepared as a file.",
        "required": ["list"],
        "properties": {
            "list": {"type": "string", "enum": [*LISTS, EVERYTHING]},
            "format": {
                "type": "string",
                "enum": [*FORMATS, ZIP],
                "description": f"{FORMATS[0]}, unless it is said; everything is {ZIP} alone.",
            },
            "parameters": PARAMETERS,
        },
        "additionalProperties": False,
        "examples": [
            {"list": "contribution-events", "format": "csv", "parameters": {"kind": "signed"}},
            {"list": EVERYTHING},
        ],
    }
    return component("DownloadRequest", schema)


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _answer(meaning: str, content: Schema | None = None, **headers: tuple[Schema, str]) -> Schema:
    found: Schema = {"description": meaning}
    if content is not None:
        found["content"] = content
    if headers:
        found["headers"] = {
            name.replace("_", "-"): {"schema": schema, "description": told}
            for name, (schema, told) in headers.items()
        }
    return found


def _operation(
    component: Component,
    name: str,
    summary: str,
    description: str,
    answers: dict[str, Schema],
    refusals: tuple[int, ...],
    parameters: list[Schema],
) -> Schema:
    problem = component("Problem", {})
    return {
        "operationId": name,
        "summary": summary,
        "description": description,
        "tags": [TAG],
        "parameters": parameters,
        "security": OPEN[1:],
        "responses": answers
        | {
            str(status): {
                "description": REFUSALS[status],
                "content": {"application/problem+json": {"schema": problem}},
            }
            for status in refusals
        },
    }


_KEY = parameter("key", {"type": "string", "format": "uuid"}, "The key of the download.") | {
    "in": "path",
    "required": True,
}


def _list(component: Component) -> Schema:
    properties: dict[str, Schema] = {
        "count": WHOLE,
        "results": {"type": "array", "items": _download(component)},
    }
    page = component("Downloads", {"type": "object", "required": list(properties), "properties": properties})
    return _operation(
        component,
        "list_downloads",
        "Own downloads",
        "The downloads of who asks, the newest first. Those that ended a week ago are forgotten.",
        {"200": _answer("Own downloads", _json(page))},
        (400, 401, 403, 406, 429),
        [format_parameter(("json",))],
    )


def _make(component: Component) -> Schema:
    location: tuple[Schema, str] = ({"type": "string"}, "The address of the download.")
    found = _operation(
        component,
        "make_download",
        "Have a file prepared",
        "A list with its parameters, or everything. The file is made in the background and is the same as the"
        " direct one, byte for byte; a workbook says when it was made.",
        {"201": _answer("The download that is made", _json(_download(component)), Location=location)},
        (400, 401, 403, 404, 409, 429, 500),
        [],
    )
    return found | {"requestBody": {"required": True, "content": _json(_request(component))}}


def _get(component: Component) -> Schema:
    return _operation(
        component,
        "get_download",
        "How far a download is",
        "One's own; Administrators see those of others.",
        {"200": _answer("The download", _json(_download(component)))},
        (400, 401, 403, 404, 406, 429),
        [_KEY, format_parameter(("json",))],
    )


def _remove(component: Component) -> Schema:
    return _operation(
        component,
        "remove_download",
        "Cancel or remove a download",
        "One that is not finished is cancelled; the file of one that is ready is removed.",
        {"204": _answer("It is removed.")},
        (400, 401, 403, 404, 429),
        [_KEY],
    )


def _file(component: Component) -> Schema:
    content = {
        BYTES: {"schema": BINARY},  # first, so that generated clients take the file as it is
        CONTENT_TYPES["csv"].split(";")[0]: {"schema": TEXT},
        CONTENT_TYPES["jsonl"]: {"schema": TEXT},
        CONTENT_TYPES["xlsx"]: {"schema": BINARY},
        ZIP_TYPE: {"schema": BINARY},
    }
    return _operation(
        component,
        "get_download_file",
        "The file of a download",
        "Once it is ready, until it expires.",
        {"200": _answer("The file", content, **DAY_HEADERS)},
        (400, 401, 403, 404, 409, 410, 429),
        [_KEY],
    )


def _everything(component: Component) -> Schema:
    confidential = parameter(
        "confidential",
        {"type": "string", "enum": ["true", "false"], "default": "true"},
        "Whether confidential files are in it, for readers who have the right to them. What is left out, the"
        " description in it says.",
        "false",
    )
    etag: tuple[Schema, str] = ({"type": "string"}, "For If-None-Match.")
    found = _operation(
        component,
        "get_everything",
        "Everything",
        "The whole portfolio as a zipped bundle of CSV files that load_portfolio reads, with a Frictionless"
        " datapackage.json. Large portfolios are to be had by a download that is prepared alone.",
        {
            "200": _answer(
                "The bundle",
                {BYTES: {"schema": BINARY}, ZIP_TYPE: {"schema": BINARY}},
                **DAY_HEADERS,
                ETag=etag,
            ),
            "304": _answer("It has not changed since the answer with this ETag."),
        },
        (400, 401, 409, 429),
        [AS_OF, confidential],
    )
    return found | {"security": OPEN}


_OPERATIONS: dict[tuple[str, str], Callable[[Component], Schema]] = {
    ("downloads", "GET"): _list,
    ("downloads", "POST"): _make,
    ("download", "GET"): _get,
    ("download", "DELETE"): _remove,
    ("download_file", "GET"): _file,
    ("everything", "GET"): _everything,
}
