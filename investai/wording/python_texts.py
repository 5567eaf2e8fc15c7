"""Finds what Python says to people: sentences, labels, and sentences with places for what differs."""

import ast
import re
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path

# Packages and files that make texts for pages. What stays in English, such as errors of the API, is not here.
SPEAKERS = (
    "portfolio/vocabulary.py",
    "portfolio/rules",
    "portfolio/queries",
    "portfolio/dashboards",
    "portfolio/exports",
    "portfolio/jobs/alerts.py",
    "portfolio/jobs/api_tokens.py",
    "portfolio/jobs/bundle_format.py",
    "portfolio/jobs/download_attempts.py",
    "portfolio/jobs/downloads.py",
    "portfolio/jobs/past_dates.py",
    "portfolio/jobs/publications.py",
    "portfolio/jobs/scenario_fields.py",
    "portfolio/jobs/scenarios.py",
    "portfolio/jobs/cells.py",
    "portfolio/jobs/report_attempts.py",
    "portfolio/jobs/reports.py",
    "portfolio/jobs/sign_ons.py",
    "portfolio/jobs/saved_views.py",
    "advisory/vocabulary.py",
    "advisory/rules",
    "advisory/queries",
    "advisory/dashboards",
    "advisory/exports",
    "advisory/jobs/bundle_files.py",
    "advisory/models/requests.py",
    "advisory/models/engagements.py",
    "advisory/models/readiness.py",
    "advisory/jobs/edits.py",
    "advisory/jobs/removing.py",
    "advisory/jobs/fact_rules.py",
    "advisory/jobs/assessing.py",
    "portfolio/models/fields.py",
    "portfolio/models/funding.py",
    "investai/subjects.py",
)
SILENT_FOLDERS = {"migrations", "snippets", "report"}
SILENT_FILES = {
    "portfolio/dashboards/urls.py",
    "portfolio/exports/writing_xlsx.py",
    "portfolio/exports/writing_postgresql.py",
    "portfolio/exports/writing_sqlite.py",
    "portfolio/exports/writing_sqlite_order.py",
    "portfolio/exports/datapackage.py",
    "portfolio/exports/csvw.py",
    "portfolio/exports/explanation_columns.py",
    "portfolio/exports/history_csv.py",
    "portfolio/rules/date_conventions.py",
    "portfolio/rules/number_conventions.py",
    "portfolio/rules/column_evidence.py",
}
SQL = re.compile(
    r"\b(SELECT|FROM|WHERE|JOIN|WHEN|INSERT|UPDATE|CREATE|DELETE|COALESCE|VALUES|DISTINCT|OVER|GROUP BY"
    r"|ORDER BY|NULLS|UNION ALL|LIMIT|WITH|CAST)\b|\bAS \("
)
SENTENCE = re.compile(r"[A-Za-zà-ž]{2,}[ ,:.]|[ (][a-z]{2,}|^[A-Z][a-z]+$|^[A-Z][a-z]+-[a-z]+$")
CODE = re.compile(r"[<>_=\\/$*\[|]|^[a-z]+$|\bpx\b|^\W*$|%s|%\(|^AD AE|sans-serif")
# What looks like code in a sentence is the name of a column or a parameter there.
PROSE = re.compile(r"(?:\b[A-Za-z][a-z'’]*[,:;]? ){2}")
MARKUP = re.compile(r"[<>\\$*|\[]|%s|%\(|sans-serif")
# Words that say something where they stand alone, as a unit or a type does.
LONE_WORDS = frozenset(
    """added cases changed currency days decimal degrees deleted empty entered no nothing number ratio removed
    text weight yes""".split()  # noqa: SIM905
)
# Calls whose arguments are no text for people.
SILENT_CALLS = {"compile", "getLogger", "import_module", "info", "exception", "debug", "cast", "TypeVar"} | {
    "AssertionError",
    "TypeError",
    "RuntimeError",
    "NotImplementedError",
    "ImproperlyConfigured",
}
FIELD = re.compile(r"[a-z]Field$|_field$|^ForeignKey$")  # what makes a field of a record
FILLED_IN = re.compile(r"%\(\w+\)s")
SILENT_NAMES = {"__all__", "description", "verbose_name", "verbose_name_plural"}
MOST_VARIANTS = 16


def files(root: Path) -> Iterator[Path]:
    """Yield the files that make texts for pages."""
    for name in SPEAKERS:
        path = root / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            told = file.relative_to(root).as_posix()
            if told not in SILENT_FILES and not SILENT_FOLDERS & set(file.relative_to(root).parts):
                yield file


def texts_of(source: str) -> list[str]:
    """Return the texts of a module: each constant, and each way that a sentence with places can read."""
    tree = ast.parse(source)
    silent = set(_silent(tree))
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            found |= dict.fromkeys(text for text in variants(node) if is_text(text))
    return list(found)


def is_text(text: str) -> bool:
    """Whether a text is for people, as far as its looks tell."""
    literal = re.sub(r"\{\d+\}|https://…", "", text)
    if text in LONE_WORDS:
        return True
    if SQL.search(text) or not SENTENCE.search(literal):
        return False
    return not CODE.search(literal) or bool(PROSE.search(literal) and not MARKUP.search(literal))


def _silent(tree: ast.AST) -> Iterator[int]:
    """Yield what is no text of its own: docstrings, parts of sentences, arguments of machinery."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield from map(id, ast.walk(node.returns))
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield from map(id, ast.walk(node.annotation))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr):
                yield id(first.value)
        elif isinstance(node, ast.JoinedStr):
            yield from (id(part) for part in ast.walk(node) if part is not node)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in SILENT_NAMES:
            yield from map(id, ast.walk(node.value))
        elif isinstance(node, ast.Call) and FIELD.search(_name(node.func)):  # the record tells its name
            named = [word.value for word in node.keywords if word.arg == "verbose_name"]
            yield from map(id, [*node.args[:1], *named])
        elif isinstance(node, ast.Call) and _name(node.func) in SILENT_CALLS:
            yield from (id(part) for argument in node.args for part in ast.walk(argument))
        elif isinstance(node, ast.Subscript | ast.Compare):
            yield from (id(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.Constant))


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def variants(node: ast.expr) -> list[str]:
    """Return every way that a text can read, with {1}, {2} for what differs otherwise."""
    if isinstance(node, ast.Constant):
        places = count(1)
        return [FILLED_IN.sub(lambda _: f"{{{next(places)}}}", str(node.value).strip())]
    assert isinstance(node, ast.JoinedStr)  # noqa: S101
    parts: list[list[str | None]] = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append([str(value.value)])
        else:
            assert isinstance(value, ast.FormattedValue)  # noqa: S101
            parts.append(_choices(value.value))
    ways = list(product(*parts))
    if len(ways) > MOST_VARIANTS:
        ways = [tuple(part[0] if len(part) == 1 else None for part in parts)]
    return list(dict.fromkeys(_numbered(way) for way in ways))


def _choices(value: ast.expr) -> list[str | None]:
    """Return the constants that an expression chooses between; None stands for anything."""
    if isinstance(value, ast.IfExp):
        return _choices(value.body) + _choices(value.orelse)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    if isinstance(value, ast.JoinedStr) and len(inner := variants(value)) == 1 and "{" not in inner[0]:
        return [inner[0]]
    return [None]


def _numbered(way: tuple[str | None, ...]) -> str:
    written, number = "", 0
    for part in way:
        if part is None:
            number += 1
            written += f"{{{number}}}"
        else:
            written += part
    return " ".join(written.split())
