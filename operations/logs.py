"""Lines of the log: as text or as JSON, with the id of the request, and without what is personal or secret.

Names of people are never given to a logger; what could bring them along (addresses, e-mail, what PostgreSQL
quotes of a row, queries of URLs) is taken out of every line, tracebacks included.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from operations.tracing import current_ids

SCRUBBED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://)[^/@\s]*@"), r"\1[secret]@"),
    (re.compile(r"\binv_[0-9a-z]{10}_\w+"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [token]"),
    (re.compile(r"\?[\w%.~\[\]-]+=[^\s\"'>]*"), "?[query]"),
    (re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![\d.])(?!127\.|0\.0\.0\.0)\d{1,3}(\.\d{1,3}){3}(?![\d.]*\d)"), "[address]"),
    (re.compile(r"(?i)(?<![\w:])(?!::1\b)(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])"), "[address]"),
    (re.compile(r"(\bKey \([^)]*\))=\(.*?\) "), r"\1=(…) "),
    (re.compile(r"(\bFailing row contains) \(.*\)"), r"\1 (…)"),
)
REQUESTS = "operations.requests"


def scrub(text: str) -> str:
    """Return a text without secrets, queries of URLs, e-mail, and network addresses of other machines."""
    for pattern, instead in SCRUBBED:
        text = pattern.sub(instead, text)
    return text


class TextLines(logging.Formatter):
    """A line for people: moment, level, logger, ids, message."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = " ".join(current_ids().values())
        about = f"{record.levelname} {record.name}{f' [{ids}]' if ids else ''}"
        return f"{self.formatTime(record)} {about}: {record.message}"


class JsonLines(logging.Formatter):
    """One JSON object a line: at (UTC), level, logger, message, ids, and what a line says by fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
            **current_ids(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = scrub(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


FORMATS = {"text": TextLines, "json": JsonLines}


def logging_as(form: str, *, requests: bool) -> dict[str, Any]:
    """Return the configuration of logging in one of FORMATS, with or without a line for each request."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{FORMATS[form].__name__}"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            # Its lines name accounts and addresses; the database keeps them, for administrators to see.
            "axes": {"level": "CRITICAL"},
            "celery": {"level": "INFO"},
            "investai": {"level": "INFO"},
            "portfolio": {"level": "INFO"},
            "advisory": {"level": "INFO"},
            "operations": {"level": "INFO"},
            REQUESTS: {"level": "INFO" if requests else "WARNING"},
        },
    }
