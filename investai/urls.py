"""Which package answers which address."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from portfolio.admin.people import change_own_password
from portfolio.dashboards.sign_in import SignIn, ask_code
from portfolio.dashboards.sign_on import begin_sign_on, end_sign_on, is_offered

OFFERED = {"sign_on": is_offered}  # whether the page of passwords leads to single sign-on

urlpatterns = [
    path("admin/password_change/", change_own_password),
    path("admin/", admin.site.urls),
    path("accounts/login/", SignIn.as_view(extra_context=OFFERED), name="login"),
    path("accounts/second-factor/", ask_code, name="second-factor-code"),
    path("accounts/sign-on/", begin_sign_on, name="sign-on"),
    path("accounts/sign-on/back/", end_sign_on, name="sign-on-back"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("api/v1/", include("portfolio.api.urls")),
    path("api/", include("portfolio.api.description_urls")),
    path("", include("operations.urls")),
    path("", include("advisory.dashboards.urls")),
    path("", include("portfolio.dashboards.urls")),
]
