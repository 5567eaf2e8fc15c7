"""Every setting of the project. Whatever differs between machines comes from the environment: README.md has
the table of the variables, with what is accepted and the defaults; environment.py reads and checks them.
"""

from investai.downloads import BUNDLE_MEGABYTES, DOWNLOADS
from investai.environment import (
    BASE_DIR,
    VAR,
    read,
    read_broker,
    read_choice,
    read_database,
    read_email,
    read_hosts,
    read_number,
    read_origins,
    read_secret_key,
    read_site,
    read_switch,
    read_token,
)
from investai.languages import LANGUAGES, SOURCE
from investai.second_factor import SECOND_FACTOR_ROLES
from investai.security import (
    AXES_CLIENT_IP_CALLABLE,
    AXES_COOLOFF_TIME,
    AXES_ENABLE_ACCESS_FAILURE_LOG,
    AXES_ENABLE_ADMIN,
    AXES_FAILURE_LIMIT,
    AXES_LOCKOUT_CALLABLE,
    AXES_LOCKOUT_PARAMETERS,
    AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT,
    AXES_RESET_ON_SUCCESS,
    AXES_SENSITIVE_PARAMETERS,
    AXES_VERBOSE,
    CONTENT_SECURITY_POLICY,
    CORS_ALLOW_CREDENTIALS,
    CORS_ALLOW_HEADERS,
    CORS_ALLOW_METHODS,
    CORS_EXPOSE_HEADERS,
    CORS_URLS_REGEX,
    CSRF_COOKIE_HTTPONLY,
    CSRF_COOKIE_SAMESITE,
    SECURE_CONTENT_TYPE_NOSNIFF,
    SECURE_REFERRER_POLICY,
    SESSION_COOKIE_HTTPONLY,
    SESSION_COOKIE_SAMESITE,
    SILENCED_SYSTEM_CHECKS,
    X_FRAME_OPTIONS,
)
from investai.single_sign_on import OIDC
from operations.logs import FORMATS, logging_as

# --- What this installation is ------------------------------------------------------------------------------

DEBUG = read_switch("DEBUG", default=False)
HTTPS = read_switch("HTTPS", default=False)
DATABASES = {"default": read_database("DATABASE_URL")}
EMBEDDED = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if EMBEDDED:
    VAR.mkdir(exist_ok=True)
SECRET_KEY = read_secret_key("SECRET_KEY", may_generate=EMBEDDED or DEBUG)
PUBLIC_READ = read_switch("PUBLIC_READ", default=EMBEDDED)
CELERY_BROKER_URL = read_broker("CELERY_BROKER_URL")
ALLOWED_HOSTS = read_hosts("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
TRUSTED_PROXIES = read_number("TRUSTED_PROXIES", default=0, most=10)
API_RATES = {  # requests a minute, by who asks; 0: no limit
    "anonymous": read_number("API_RATE_ANONYMOUS", default=3000),
    "signed-in": read_number("API_RATE_SIGNED_IN", default=3000),
    "token": read_number("API_RATE_TOKEN", default=3000),
    "exports": read_number("API_RATE_EXPORTS", default=1200),
}
LARGE_EXPORTS = read_number("LARGE_EXPORTS", default=2, least=1, most=100)
EXPORTS_GIVE_WAY_MS = read_number("EXPORTS_GIVE_WAY_MS", default=50, most=1_000)
KEPT_PAGES_MB = read_number("KEPT_PAGES_MB", default=16, most=1_000)
DATA_LICENCE = read("DATA_LICENCE") or (
    "None is stated: ask who runs this installation. Each row names its source, which has terms of its own."
)
OPERATOR_TOKEN = read_token("OPERATOR_TOKEN")
OPERATOR_LOOPBACK = read_switch("OPERATOR_LOOPBACK", default=False)
RELEASE = read("RELEASE") or "not stated"
CORS_ALLOWED_ORIGINS = read_origins("CORS_ALLOWED_ORIGINS")
EMBED_ANCESTORS = read_origins("EMBED_ANCESTORS")

IMPORT_MEGABYTES = read_number("IMPORT_MEGABYTES", default=50, least=1, most=2_000)

# How many days are kept, of what docs/data-protection.md says; facts and their history stay.
RETENTION_ACCESS_DAYS = read_number("RETENTION_ACCESS_DAYS", default=180, least=1, most=3_650)
RETENTION_AUDIT_DAYS = read_number("RETENTION_AUDIT_DAYS", default=1_825, least=1, most=36_500)
RETENTION_RUNS_DAYS = read_number("RETENTION_RUNS_DAYS", default=90, least=1, most=3_650)

MAIL = read_email("EMAIL_URL")
EMAIL_BACKEND = MAIL["EMAIL_BACKEND"]
EMAIL_FILE_PATH = MAIL.get("EMAIL_FILE_PATH") or None
EMAIL_HOST, EMAIL_PORT = MAIL.get("EMAIL_HOST") or "localhost", MAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = MAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.get("EMAIL_USE_TLS", False), MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = read("EMAIL_FROM") or "tracker@localhost"
SITE_URL = read_site("SITE_URL")

# --- Django -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portfolio.apps.PortfolioConfig",
    "advisory.apps.AdvisoryConfig",
    "operations.apps.OperationsConfig",
    "investai.apps.Records",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "csp",
    "drf_spectacular_sidecar",
    "investai.apps.SignIns",
    *(["corsheaders"] if CORS_ALLOWED_ORIGINS else []),
]
MIDDLEWARE = [
    "operations.requests.EveryRequest",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "investai.preferences.Preferences",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portfolio.dashboards.sign_in.SignedIn",
    "portfolio.api.gate.Gate",
    "investai.addresses.NoNul",
    *([] if PUBLIC_READ else ["django.contrib.auth.middleware.LoginRequiredMiddleware"]),
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "investai.urls"
WSGI_APPLICATION = "investai.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "investai.drawing.loader.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["investai.wording.tags"],
            "libraries": {
                "figures": "portfolio.dashboards.templatetags.figures",
                "published": "portfolio.dashboards.templatetags.published",
                "explained": "portfolio.dashboards.templatetags.explained",
                "changes": "portfolio.dashboards.templatetags.changes",
                "columns": "portfolio.dashboards.templatetags.columns",
                "advice": "advisory.dashboards.templatetags.advice",
                "moments": "portfolio.dashboards.templatetags.moments",
                "preferences": "portfolio.dashboards.templatetags.preferences",
                "sharing": "portfolio.dashboards.templatetags.sharing",
            },
        },
    }
]

LANGUAGE_CODE = SOURCE
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = "Europe/Brussels"
USE_TZ = True

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "portfolio.queries.second_factors.Accounts",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Counts that processes share for a minute. With a broker they stand in its Redis; without one each process
# keeps its own, so that with several of them a limit is that many times as high. A table of the database
# would be written at every request.
if CELERY_BROKER_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CELERY_BROKER_URL,
            "KEY_PREFIX": "investai",
            "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

# --- Static files: collected into var/static, served by WhiteNoise under names that contain a hash ----------

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", BASE_DIR / "node_modules" / "bootstrap" / "dist"),
    ("echarts", BASE_DIR / "node_modules" / "echarts" / "dist"),
    ("map", VAR / "map"),  # drawn by scripts/draw_europe.py
]
STATICFILES_FINDERS = [
    "investai.finders.UsedFiles",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
PLAIN_STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
HASHED_STATIC_STORAGE = "investai.storage.HashedFiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": PLAIN_STATIC_STORAGE if DEBUG else HASHED_STATIC_STORAGE},
}

# --- API ----------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portfolio.api.gate.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portfolio.api.gate.PassedGate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portfolio.api.negotiation.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "portfolio.api.schema.Operation",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "portfolio.api.problems.as_problem",
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "InvestAI portfolio tracker",
    "VERSION": "1",
    "DESCRIPTION": (
        "Where Europe's AI-gigafactory money and chips really stand: every fact, every result, and why."
        " Money is decimal text, exact to the cent; null is unknown, never zero."
    ),
    "POSTPROCESSING_HOOKS": [],
    "SORT_OPERATIONS": False,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A personal token, made on the page of API tokens.",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "__Host-sessionid" if HTTPS else "sessionid",
                "description": "A sign-in on the pages.",
            },
        }
    },
    "TAGS": [
        {"name": "facts", "description": "What people recorded, each with its source."},
        {"name": "results", "description": "What the rules make of the facts as of a day."},
        {"name": "changes", "description": "What differs between two days, and since a publication."},
        {"name": "records", "description": "Alerts, recomputations, publications and scenarios."},
        {"name": "scenarios", "description": "The result tables of a scenario beside those of the facts."},
        {"name": "downloads", "description": "Files prepared in the background; everything, zipped."},
        {"name": "more", "description": "What there is, and why a figure is what it is."},
        {"name": "advice", "description": "Requests, engagements and readiness, for those who may see them."},
    ],
}

# --- Security: what depends on HTTPS; the rest stands in security.py ----------------------------------------

SESSION_COOKIE_AGE = 3600 * read_number("SESSION_HOURS", default=12, least=1, most=24 * 365)
# Which requests came over HTTPS is gunicorn's to say: it believes X-Forwarded-Proto from the addresses in
# FORWARDED_ALLOW_IPS (its own setting; by default only this machine).
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Over HTTPS, browsers take a cookie of such a name from this host alone.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"

# --- Logging ------------------------------------------------------------------------------------------------

LOGGING = logging_as(
    read_choice("LOG_FORMAT", tuple(FORMATS), default="text"),
    requests=read_switch("LOG_REQUESTS", default=False),
)
