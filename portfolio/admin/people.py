"""Admin of people: an Administrator manages accounts and roles, and cannot make anybody more than that."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest

admin.site.unregister(User)

BEYOND_ADMINISTRATORS = ("is_superuser", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Only a superuser makes superusers, changes them, or grants single permissions beside roles."""

    list_display = ["username", "first_name", "last_name", "email", "is_active", "is_staff", "last_login"]

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

    @staticmethod
    def _within_reach(request: HttpRequest, person: Any) -> bool:
        return request.user.is_superuser or not (person and person.is_superuser)
