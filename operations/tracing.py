"""Which request is being answered: an id that its answer, its lines in the log and its tasks carry."""

import re
import secrets
from contextvars import ContextVar
from typing import Any

HEADER = "X-Request-ID"
TASK_HEADER = "request_id"
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(given: str) -> str:
    """Take the id that a request brings if it is well formed, else make one; return it.

    It holds for this thread until the next request begins, so that a streamed answer has it to its end.
    """
    request_id = given if WELL_FORMED.fullmatch(given) else secrets.token_hex(16)
    _current.set(request_id)
    return request_id


def current_ids() -> dict[str, str]:
    """Return the ids of the request and, in a worker, of the task and its name; those that there are."""
    from celery import current_task

    proxy: Any = current_task
    task = proxy._get_current_object() if proxy else None
    if task is None or not task.request.id:
        return {"request_id": _current.get()} if _current.get() else {}
    given = str(getattr(task.request, TASK_HEADER, "") or "")
    ids = {"task_id": str(task.request.id), "task": str(task.name)}
    return {"request_id": given, **ids} if WELL_FORMED.fullmatch(given) else ids
