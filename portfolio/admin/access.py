"""Admin of access: tokens, sign-ins, and changes of who may do what. Looked at; tokens are revoked."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from portfolio.admin.base import ReadOnlyAdmin
from portfolio.jobs.access_changes import note_change
from portfolio.jobs.api_tokens import revoke_token
from portfolio.models import AccessChange, ApiToken, ApiTokenUse
from portfolio.queries.callers import address_of
from portfolio.vocabulary import AccessChangeKind

TOKEN_COLUMNS: Any = [
    "name",
    "owner",
    "prefix",
    "scope",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "revoked_by",
]
USE_COLUMNS: Any = ["used_on", "address", "first_used_at", "last_used_at"]
SIGN_IN_COLUMNS: Any = ["attempt_time", "username", "ip_address", "path_info", "logout_time", "user_agent"]
FAILED_COLUMNS: Any = ["attempt_time", "username", "ip_address", "locked_out", "path_info", "user_agent"]
ATTEMPT_COLUMNS: Any = ["attempt_time", "username", "ip_address", "failures_since_start"]


class UseInline(admin.TabularInline):
    """Where and when a token was used."""

    model = ApiTokenUse
    fields = readonly_fields = USE_COLUMNS
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("portfolio.view_apitoken")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """The tokens of everybody, without what is kept of their secrets."""

    list_display = TOKEN_COLUMNS
    list_filter = ["scope", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["owner", "revoked_by"]
    search_fields = ["name", "prefix", "owner__username"]
    date_hierarchy = "created_at"
    fields = TOKEN_COLUMNS
    inlines = [UseInline]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("portfolio.revoke_apitoken")

    @admin.action(description="Revoke the tokens that are marked, for good", permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        by, address = request.user, address_of(request)
        revoked = sum(revoke_token(token, by, address) for token in tokens.select_related("owner"))  # type: ignore[arg-type]
        self.message_user(request, f"{revoked} revoked, {len(tokens) - revoked} had been already.")


@admin.register(AccessChange)
class AccessChangeAdmin(ReadOnlyAdmin):
    """Who let whom do what."""

    list_display = ["changed_at", "kind", "subject", "detail", "changed_by", "address"]
    list_filter = ["kind", "changed_at"]
    search_fields = ["subject", "changed_by", "detail", "address"]
    date_hierarchy = "changed_at"


@admin.register(AccessLog)
class SignInAdmin(ReadOnlyAdmin):
    """Who signed in and out."""

    list_display = SIGN_IN_COLUMNS
    list_filter = ["attempt_time"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"
    fields = [*SIGN_IN_COLUMNS, "http_accept"]


@admin.register(AccessFailureLog)
class FailedSignInAdmin(ReadOnlyAdmin):
    """Who tried to sign in and could not."""

    list_display = FAILED_COLUMNS
    list_filter = ["locked_out", "attempt_time"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"
    fields = [*FAILED_COLUMNS, "http_accept"]


@admin.register(AccessAttempt)
class AttemptAdmin(ReadOnlyAdmin):
    """Wrong passwords that count at present: five, and the account waits when asked for from there."""

    list_display = ATTEMPT_COLUMNS
    search_fields = ["username", "ip_address"]
    fields = [*ATTEMPT_COLUMNS, "user_agent", "path_info"]
    actions = ["let_in"]

    def has_let_in_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("axes.delete_accessattempt")

    @admin.action(description="Let these accounts sign in again at once", permissions=["let_in"])
    def let_in(self, request: HttpRequest, attempts: QuerySet[AccessAttempt]) -> None:
        """Forget the wrong passwords for an account from an address, from whichever of its browsers."""
        pairs = set(attempts.values_list("username", "ip_address"))
        for username, address in pairs:
            AccessAttempt.objects.filter(username=username, ip_address=address).delete()
            note_change(
                AccessChangeKind.ACCOUNT_CHANGED,
                username or "",
                request.user,  # type: ignore[arg-type]
                address_of(request),
                f"failed sign-ins from {address} forgotten",
            )
        self.message_user(request, f"{len(pairs)} may try again.", messages.SUCCESS)
