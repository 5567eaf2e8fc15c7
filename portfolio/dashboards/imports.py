"""The pages of imports: a list is uploaded, recognised, mapped, previewed, applied, and undone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portfolio.dashboards.import_forms import columns_of, groups_of, settled_by, taken_as
from portfolio.dashboards.page import page
from portfolio.jobs.spreadsheets import imports as jobs
from portfolio.jobs.spreadsheets.applying import UndoRefused, undo
from portfolio.jobs.spreadsheets.imports import ImportRefused
from portfolio.jobs.spreadsheets.kinds import FileRefused
from portfolio.jobs.spreadsheets.layouts import suggested
from portfolio.jobs.spreadsheets.plans import Plan, plan_from
from portfolio.jobs.spreadsheets.progress import waiting
from portfolio.jobs.spreadsheets.targets import targets
from portfolio.jobs.spreadsheets.uploads import choices, receive, recognise
from portfolio.models import SpreadsheetImport
from portfolio.queries.imports import all_imports, import_of, rows_of, same_file
from portfolio.queries.proposals import needs_second_person
from portfolio.vocabulary import ImportStatus, RowOutcome

IMPORTS_ON_A_PAGE = 50
ROWS_ON_A_PAGE = 50
WARNINGS_SHOWN = 10
SECONDS = 2
Person = User | AnonymousUser
View = Callable[..., HttpResponse]


def may_import(person: Person) -> bool:
    """Whether somebody may import: who may add and change each kind of record that a list can be."""
    models = {model._meta.model_name for target in targets().values() for model in target.models}
    return person.has_perms([f"portfolio.{verb}_{model}" for model in models for verb in ("add", "change")])


def _for_editors(view: View) -> View:
    """Return a view for who may import; others are refused, or sent to sign in."""

    @gzip_page
    @never_cache
    @login_required
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_import(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return shown


def _found(pk: int) -> SpreadsheetImport:
    taken = import_of(pk)
    if taken is None:
        raise Http404(f"There is no import {pk}.")
    return taken


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _to(taken: SpreadsheetImport, fragment: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("import", args=[taken.pk]) + fragment)


def _changing(view: View) -> View:
    """Return a view that changes an import; what is refused is said on the page of the import."""

    @wraps(view)
    def changed(request: HttpRequest, pk: int) -> HttpResponse:
        taken = _found(pk)
        try:
            return view(request, taken)
        except (ImportRefused, UndoRefused, FileRefused) as refused:
            return _page(request, _found(pk), str(refused))

    return _for_editors(require_POST(changed))


@_for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def show_imports(request: HttpRequest) -> HttpResponse:
    """Answer: which lists were imported? And take a new one."""
    fault = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if isinstance(file, UploadedFile):
            try:
                return _to(receive(str(file.name), file.chunks(), _person(request)))
            except FileRefused as refused:
                fault = f"{file.name} was not taken. {refused}"
        else:
            fault = "Choose a file first."
    context = {
        "results": None,
        "shown": Paginator(all_imports(), IMPORTS_ON_A_PAGE).get_page(request.GET.get("page")),
        "fault": fault,
    }
    return page(request, "portfolio/imports.html", context, status=400 if fault else 200)


@_for_editors
@require_safe
def show_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer: what was recognised, how is it read, and what would each row do?"""
    return _page(request, _found(pk))


def _page(request: HttpRequest, taken: SpreadsheetImport, refused: str = "") -> HttpResponse:
    plan = plan_from(taken.plan)
    working = taken.status in (ImportStatus.PREVIEWING, ImportStatus.APPLYING)
    target = targets().get(plan.target)
    context: dict[str, Any] = {
        "results": None,
        "taken": taken,
        "plan": plan,
        "target": target,
        "refused": refused,
        "working": working,
        "interrupted": working and taken.pk in waiting(),
        "same_file": same_file(taken),
        "proposal": taken.proposals.first(),
        "asks_second": needs_second_person(),
        "header_rows": (plan.header_first + 1, plan.header_last + 1),
    }
    if taken.status == ImportStatus.MAPPING:
        context |= {
            "groups": groups_of(plan),
            "columns": columns_of(plan),
            "targets": [(name, one.label) for name, one in targets().items()],
            **choices(),
        }
    elif not working:
        context |= _preview(request, taken, plan)
    response = page(request, "portfolio/import.html", context, status=400 if refused else 200)
    if working and not context["interrupted"]:
        response["Refresh"] = str(SECONDS)
    return response


def _preview(request: HttpRequest, taken: SpreadsheetImport, plan: Plan) -> dict[str, Any]:
    counts = [(outcome, getattr(taken, outcome.value)) for outcome in RowOutcome]
    asked = request.GET.get("rows", "")
    first = RowOutcome.FAULTY.value if taken.faulty else ""
    outcome = asked if asked in (*RowOutcome.values, "all") else first
    shown = Paginator(rows_of(taken, outcome), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    fields = targets()[plan.target].fields
    words = [(fields[name], words) for name, words in taken.found.get("words", {}).items() if name in fields]
    return {
        "counts": counts,
        "chosen": outcome or "all",
        "shown": shown,
        "open": taken.status == ImportStatus.PREVIEWED,
        "words": words,
        "first_warnings": taken.warnings[:WARNINGS_SHOWN],
        "more_warnings": taken.warnings[WARNINGS_SHOWN:],
        "settled": sorted(plan.settled.items()),
    }


@_changing
def recognise_again(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Read the file as a person says: another encoding, separator, sheet, or other header rows."""
    if taken.status != ImportStatus.MAPPING:
        raise ImportRefused("The columns are mapped already. Go back to them first.")
    posted = request.POST
    asked = Plan(
        encoding=posted.get("encoding", ""),
        separator=posted.get("separator", ""),
        sheet=posted.get("sheet", ""),
    )
    rows = [posted.get(name, "").strip() for name in ("header-first", "header-last")]
    if any(row and not (row.isdigit() and 1 <= int(row) <= 60) for row in rows):
        raise ImportRefused("A header row is a number from 1 to 60.")
    before = plan_from(taken.plan)
    first, last = (int(row) - 1 if row else 0 for row in rows)
    moved = rows[0] and (first, max(first, last)) != (before.header_first, before.header_last)
    recognise(taken, asked, header=(first, last) if moved else None)
    return _to(taken)


@_changing
def take_as(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Take the list as another kind of records: its columns are mapped anew by their names."""
    plan = plan_from(taken.plan)
    if taken.status == ImportStatus.MAPPING and request.POST.get("target") in targets():
        plan.target, plan.make = request.POST["target"], []
        suggested(plan)
        jobs.keep_plan(taken, plan)
    return _to(taken, "#mapping")


@_changing
def map_columns(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Take how columns are mapped, and have the preview made."""
    plan = taken_as(plan_from(taken.plan), request.POST.dict())
    jobs.ask_for_preview(taken, plan, _person(request))
    return _to(taken)


@_changing
def settle(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Take what a person settled, and have the preview made again."""
    rows = request.POST.getlist("out"), request.POST.getlist("back")
    plan = settled_by(plan_from(taken.plan), request.POST.dict(), *rows)
    jobs.ask_for_preview(taken, plan, _person(request))
    return _to(taken)


@_changing
def map_again(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Go back to the columns."""
    jobs.back_to_mapping(taken)
    return _to(taken)


@_changing
def apply_import(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Have the previewed rows written, all or nothing."""
    jobs.ask_to_apply(taken, _person(request), request.POST.get("reason", ""))
    return _to(taken)


@_changing
def resume_import(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Have work taken up again that was interrupted."""
    jobs.resume(taken)
    return _to(taken)


@_changing
def undo_import(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Take back what was written."""
    undo(taken, _person(request))
    return _to(taken)


@_changing
def discard_import(request: HttpRequest, taken: SpreadsheetImport) -> HttpResponse:
    """Remove an import that wrote nothing."""
    jobs.discard(taken)
    return HttpResponseRedirect(reverse("imports"))
