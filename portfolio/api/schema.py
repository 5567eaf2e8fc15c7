"""The operations of the API in its description (OpenAPI 3.1): what each accepts, and may answer."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from portfolio.api.links import JOINT, link_names
from portfolio.api.negotiation import MEDIA_TYPES
from portfolio.api.schema_dictionary import DICTIONARY, METADATA
from portfolio.api.schema_downloads import operation_of
from portfolio.api.schema_explanations import EXPLANATION
from portfolio.api.schema_manifest import MANIFEST
from portfolio.api.schema_values import (
    AS_OF,
    Schema,
    chosen_columns,
    format_parameter,
    list_parameters,
    parameter,
    value_schema,
)
from portfolio.exports.csvw import MEDIA_TYPE as CSVW
from portfolio.exports.lists import ListRows, ListTable
from portfolio.exports.lists.asking import MOST_ROWS
from portfolio.exports.manifest import FORMATS as MANIFEST_FORMATS

DAY: Schema = {"type": "string", "format": "date"}
ADDRESS: Schema = {"type": "string"}
PROBLEM: Schema = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "about:blank: the title says what it is."},
        "title": {"type": "string", "examples": ["Unknown parameter"]},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "examples": [400]},
        "detail": {
            "type": "string",
            "description": "What is wrong, and what is accepted.",
            "examples": ["“projct” is not a parameter here. Did you mean project? Accepted: …"],
        },
        "parameter": {"type": "string", "description": "The parameter that is refused."},
        "value": {"type": "string", "description": "What it says."},
        "publication": {"type": "string", "description": "The publication that is not as published."},
    },
}
HEADERS: dict[str, tuple[Schema, str]] = {
    "As-Of": (DAY, "The day that the answer is of."),
    "Data-Version": ({"type": "integer"}, "The version of the facts that it is made of."),
    "Row-Count": ({"type": "integer"}, "How many rows the whole list has."),
    "ETag": ({"type": "string"}, "For If-None-Match: what has not changed is answered with 304."),
}
REFUSALS = {
    400: "A parameter is unknown, misspelt, repeated, empty or malformed: which, and what is accepted.",
    401: "A sign-in or a token is needed, or the token does not count.",
    403: "Not for this role, or beyond the token's scope.",
    404: "There is no such thing.",
    406: "The Accept header takes none of the formats.",
    429: "Too many requests: ask again after Retry-After seconds.",
    500: "A publication is not as it was published: nothing of it is served.",
    503: "Results are being computed, or there are none yet: ask again after Retry-After seconds.",
}
SECURITY: list[Schema] = [{}, {"token": []}, {"session": []}]
LINES = {"type": "string", "description": "One JSON object a line."}
FILES: dict[str, Schema] = {
    "csv": {"type": "string", "description": "CSV in UTF-8 (RFC 4180), the names of the columns first."},
    "xlsx": {"type": "string", "contentMediaType": "application/octet-stream"},
    "jsonl": LINES,
}


class Operation(AutoSchema):
    """One operation: a list, a row of it, an explanation, or the root."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> Schema | None:
        self.registry = registry
        table: ListTable | ListRows | None = getattr(self.view, "table", None)
        if table is not None:
            actions = {
                "list": self._list,
                "manifest": self._manifest,
                "csv_metadata": self._csv_metadata,
            }
            return actions.get(getattr(self.view, "action", ""), self._row)(table)
        describes = getattr(self.view, "describes", "")
        own = {
            "root": self._root,
            "explanation": self._explanation,
            "explanation-metadata": self._explanation_metadata,
            "dictionary": self._dictionary,
        }
        if describes in own:
            return own[describes]()
        if describes:
            self._component("Problem", PROBLEM)
            return operation_of(describes, method, self._component)
        return super().get_operation(path, path_regex, path_prefix, method, registry)

    def _component(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name)
        self.registry.register_on_missing(component)
        return {"$ref": f"#/components/schemas/{name}"}

    def _list(self, table: ListTable | ListRows) -> Schema:
        page = self._component(f"{_camel(table)}Page", self._page_of(table))
        content = {
            media_type: {"schema": page if format_ == "json" else FILES[format_]}
            for media_type, format_ in MEDIA_TYPES.items()
        }
        return self._operation(
            f"list_{table.file_name}",
            table,
            table.title,
            f"{table.meaning} A page of JSON, or the whole list as a file.",
            list_parameters(table),
            content,
            list(HEADERS),
        )

    def _manifest(self, table: ListTable | ListRows) -> Schema:
        left_out = ("page_size", "cursor", "format")
        parameters = [own for own in list_parameters(table) if own["name"] not in left_out]
        return self._operation(
            f"manifest_of_{table.file_name}",
            table,
            f"{table.title}: manifest of the file",
            "What proves that a download with the same parameters is complete and unaltered.",
            [*parameters, format_parameter(MANIFEST_FORMATS)],
            {"application/json": {"schema": self._component("Manifest", MANIFEST)}},
            list(HEADERS),
        )

    def _csv_metadata(self, table: ListTable | ListRows) -> Schema:
        left_out = ("page_size", "cursor", "format")
        return self._operation(
            f"csv_metadata_of_{table.file_name}",
            table,
            f"{table.title}: metadata of the CSV file",
            "Types, units, meanings and keys of the CSV file that the same parameters give (CSVW).",
            [own for own in list_parameters(table) if own["name"] not in left_out],
            {CSVW: {"schema": self._component("CsvMetadata", METADATA)}},
            ["ETag"],
        )

    def _dictionary(self) -> Schema:
        return self._operation(
            "get_dictionary",
            None,
            "What every column is",
            "The data dictionary: every list and every file of the bundle, with each of its columns.",
            [format_parameter(("json",))],
            {"application/json": {"schema": self._component("Dictionary", DICTIONARY)}},
            ["ETag"],
        )

    def _page_of(self, table: ListTable | ListRows) -> Schema:
        properties: dict[str, Schema] = {
            "count": {"type": "integer", "description": "How many rows the whole list has."},
            "as_of": DAY | {"description": "The day that the rows are of."},
            "data_version": {"type": "integer", "description": "The version of the facts."},
            "next": _or_null(ADDRESS, "The address of the next page; null on the last."),
            "previous": _or_null(ADDRESS, "The address of the page before; null on the first."),
            "results": {"type": "array", "items": self._row_of(table), "maxItems": MOST_ROWS},
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def _row_of(self, table: ListTable | ListRows) -> Schema:
        properties = {column.name: value_schema(column) for column in table.columns}
        names = link_names(table)
        if names:
            properties["links"] = {
                "type": "object",
                "description": "Addresses that the row leads to.",
                "properties": dict.fromkeys(names, ADDRESS),
                "additionalProperties": False,
            }
        return self._component(
            _camel(table),
            {
                "type": "object",
                "description": f"{table.meaning} With `fields`, only the columns asked for.",
                "properties": properties,
                "additionalProperties": False,
            },
        )

    def _row(self, table: ListTable | ListRows) -> Schema:
        key = parameter(
            "key",
            {"type": "string", "pattern": r"^[^\u0000]+$"},
            f"The key of the row: {JOINT.join(table.key)}.",
        )
        parameters = [
            key | {"in": "path", "required": True},
            chosen_columns(table),
            format_parameter(("json",)),
        ]
        if table.dated:
            parameters.append(AS_OF)
        return self._operation(
            f"get_{table.file_name}",
            table,
            f"{table.title}: one row",
            f"{table.meaning} One row by its key.",
            parameters,
            {"application/json": {"schema": self._row_of(table)}},
            [name for name in HEADERS if name != "Row-Count"],
        )

    def _explanation(self) -> Schema:
        pages = parameter("page", {"type": "integer", "minimum": 1}, "Which page of the terms.", 1)
        content = {
            "application/json": {"schema": self._component("Explanation", EXPLANATION)},
            "text/csv": {"schema": FILES["csv"]},
        }
        return self._operation(
            "get_explanation",
            None,
            "Why a figure is what it is",
            "How a cell of a result table is made, as of a day, down to facts and sources.",
            [*_cell(), pages, AS_OF, format_parameter(("json", "csv"))],
            content,
            ["As-Of", "Data-Version"],
        )

    def _explanation_metadata(self) -> Schema:
        return self._operation(
            "csv_metadata_of_explanation",
            None,
            "Why a figure is what it is: metadata of the CSV file",
            "Types, units and meanings of the CSV file of an explanation (CSVW).",
            [*_cell(), AS_OF],
            {CSVW: {"schema": self._component("CsvMetadata", METADATA)}},
            ["As-Of", "Data-Version"],
        )

    def _root(self) -> Schema:
        text: Schema = {"type": "string"}
        entry = dict.fromkeys(("name", "title", "meaning", "group", "address"), text)
        entry["key"] = {"type": "array", "items": text}
        properties: dict[str, Schema] = dict.fromkeys(
            (
                "rules_version",
                "description",
                "documentation",
                "dictionary",
                "everything",
                "downloads",
                "explanations",
            ),
            text,
        )
        listed = {"type": "object", "required": list(entry), "properties": entry}
        properties["lists"] = {"type": "array", "items": self._component("Listed", listed)}
        root = {"type": "object", "required": list(properties), "properties": properties}
        return self._operation(
            "list_lists",
            None,
            "What there is to read",
            "Every list with its address.",
            [format_parameter(("json",))],
            {"application/json": {"schema": self._component("Root", root)}},
            [],
        )

    def _operation(
        self,
        name: str,
        table: ListTable | ListRows | None,
        summary: str,
        description: str,
        parameters: list[Schema],
        content: Schema,
        headers: list[str],
    ) -> Schema:
        problem = self._component("Problem", PROBLEM)
        responses: dict[str, Schema] = {
            "200": {
                "description": summary,
                "content": content,
                "headers": {
                    header: {"schema": HEADERS[header][0], "description": HEADERS[header][1]}
                    for header in headers
                },
            }
        }
        if "ETag" in headers:
            responses["304"] = {"description": "It has not changed since the answer with this ETag."}
        for status, meaning in REFUSALS.items():
            responses[str(status)] = {
                "description": meaning,
                "content": {"application/problem+json": {"schema": problem}},
            }
        return {
            "operationId": name,
            "summary": summary,
            "description": description,
            "tags": [table.group if table else "more"],
            "parameters": parameters,
            "security": SECURITY[1:] if table and table.permission else SECURITY,
            "responses": responses,
        }


def _cell() -> list[Schema]:
    """Return the parameters that say which figure is explained."""
    return [
        parameter(name, {"type": "string", "pattern": r"^[^\u0000/]+$"}, meaning, example)
        | {"in": "path", "required": True}
        for name, meaning, example in (
            ("table", "The table of the figure.", "project_coverage"),
            ("key", "The key of its row.", "giga-a"),
            ("column", "Its column.", "coverage"),
        )
    ]


def _or_null(schema: Schema, description: str) -> Schema:
    return schema | {"type": [schema["type"], "null"], "description": description}


def _camel(table: ListTable | ListRows) -> str:
    return "".join(part.capitalize() for part in table.name.split("-"))
