"""Admin of people: an Administrator manages accounts and roles, and cannot make anybody more than that.

Every change of what somebody may do is noted: who made it, when, and from where.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from portfolio.jobs.access_changes import note_account, note_change, note_role
from portfolio.jobs.second_factors import take_away
from portfolio.queries.accounts import kept_password, permissions_of, standing_of
from portfolio.queries.callers import address_of
from portfolio.queries.second_factors import factor_of
from portfolio.vocabulary import AccessChangeKind

admin.site.unregister(User)
admin.site.unregister(Group)

BEYOND_ADMINISTRATORS = ("is_superuser", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Only a superuser makes superusers, changes them, or grants single permissions beside roles."""

    list_display = [
        "username",
        "first_name",
        "last_name",
        "email",
        "is_active",
        "is_staff",
        "has_second_factor",
        "last_login",
    ]
    list_select_related = ["second_factor"]
    actions = ["reset_second_factor"]

    @admin.display(description="second factor", boolean=True)
    def has_second_factor(self, person: User) -> bool:
        return factor_of(person) is not None

    @admin.action(description="Reset the second factor of these accounts", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Take away the second factor of who lost it: the password alone lets them in again."""
        count = sum(take_away(person, _who(request), address_of(request)) for person in people)
        self.message_user(request, f"{count} reset, {len(people) - count} had none.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else [*fields, *BEYOND_ADMINISTRATORS]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._within_reach(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._within_reach(request, obj) and super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        people = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        before = standing_of(User.objects.get(pk=obj.pk)) if change else None
        request.standing_before = before  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        note_account(form.instance, request.standing_before, _who(request), address_of(request))  # type: ignore[attr-defined]

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self._note_removed(request, [obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            self._note_removed(request, queryset)
            super().delete_queryset(request, queryset)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        person = self.get_object(request, id)
        change = super().user_change_password
        return _noting_password(request, person, lambda: change(request, id, form_url))

    @staticmethod
    def _note_removed(request: HttpRequest, people: Iterable[User]) -> None:
        for person in people:
            note_change(AccessChangeKind.ACCOUNT_REMOVED, person.username, _who(request), address_of(request))

    @staticmethod
    def _within_reach(request: HttpRequest, person: Any) -> bool:
        return request.user.is_superuser or not (person and person.is_superuser)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Roles, and what each may do."""

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        request.permissions_before = permissions_of(obj) if change else None  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        before = request.permissions_before  # type: ignore[attr-defined]
        note_role(form.instance, before, _who(request), address_of(request))

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        self._note_removed(request, [obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            self._note_removed(request, queryset)
            super().delete_queryset(request, queryset)

    @staticmethod
    def _note_removed(request: HttpRequest, roles: Iterable[Group]) -> None:
        for role in roles:
            note_change(AccessChangeKind.ROLE_REMOVED, role.name, _who(request), address_of(request))


def change_own_password(request: HttpRequest) -> HttpResponse:
    """Answer the admin's form in which people change their own password."""
    change = admin.site.admin_view(admin.site.password_change, cacheable=True)
    person = request.user if request.user.is_authenticated else None
    return _noting_password(request, person, lambda: change(request))


def _noting_password(
    request: HttpRequest, person: User | None, change: Callable[[], HttpResponse]
) -> HttpResponse:
    """Return what a form of a password answers, and note when the password is another one then."""
    if person is None or request.method != "POST":
        return change()
    with transaction.atomic():
        before = kept_password(person.pk)
        response = change()
        if kept_password(person.pk) != before:
            kind = AccessChangeKind.PASSWORD_CHANGED
            note_change(kind, person.username, _who(request), address_of(request))
    return response


def _who(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value] # the admin lets nobody else in
