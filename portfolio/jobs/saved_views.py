"""Saved views are written here and nowhere else. They are no facts: no version moves."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from portfolio.models import SavedView

LONGEST_NAME = 100
MOST_VIEWS = 50


class ViewRefused(Exception):
    """Why a view cannot be kept as it was entered; its text is a sentence."""


def save_view(owner: User, name: str, query: str) -> SavedView:
    """Return a new view of the list of projects; raise ViewRefused with a sentence.

    `query` are its parameters as an address states them, read and written again by whoever asks.
    """
    name = _read_name(name)
    if SavedView.objects.filter(owner=owner).count() >= MOST_VIEWS:
        raise ViewRefused(f"You have {MOST_VIEWS} saved views, and may have no more. Delete one first.")
    view = SavedView(owner=owner, name=name, query=query)
    _keep(view)
    return view


def rename_view(view: SavedView, name: str) -> None:
    """Give a view another name; its address stays. Raise ViewRefused with a sentence."""
    view.name = _read_name(name)
    _keep(view)


def delete_view(view: SavedView) -> None:
    """Remove a view; a page at its address goes on showing what the address says."""
    view.delete()


def _keep(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ViewRefused(
            f"You have a view called “{view.name}” already. Accepted: a name that differs in more than"
            " capitals and accents."
        ) from error


def _read_name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise ViewRefused("Name is empty. Accepted: the name under which you will find the view again.")
    if "\0" in name:
        raise ViewRefused("Name has a NUL character. Accepted: text without it.")
    if len(name) > LONGEST_NAME:
        raise ViewRefused(f"Name has {len(name)} characters. Accepted: at most {LONGEST_NAME}.")
    return name
