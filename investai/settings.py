"""Every setting of the project, in one file. Whatever differs between machines comes from the environment:

    DATABASE_URL       sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME  (var/db.sqlite3)
    SECRET_KEY         signs sessions; required with PostgreSQL, else generated once into var/secret_key
    CELERY_BROKER_URL  redis://HOST:PORT/NUMBER; empty: no broker, tasks run in the request  (empty)
    PUBLIC_READ        on: pages, API and exports need no login  (on with SQLite, off with PostgreSQL)
    ALLOWED_HOSTS      host names, separated by commas  (127.0.0.1,localhost,[::1])
    HTTPS              on: redirects to HTTPS, HSTS, secure cookies, behind a proxy that ends TLS  (off)
    TRUSTED_PROXIES    reverse proxies in front; X-Forwarded-For is believed as far as they wrote it  (0)
    API_RATE_ANONYMOUS requests a minute to the API from one address; 0: no limit  (3000)
    API_RATE_SIGNED_IN the same of one person who is signed in  (3000)
    API_RATE_TOKEN     the same with one API token  (3000)
    API_RATE_EXPORTS   whole files (CSV, XLSX, JSON lines) a minute of one of these, counted apart  (1200)
    LARGE_EXPORTS      files of 20,000 rows or more that are written at once, over all processes  (2)
    DATA_LICENCE       under what the data may be used, as files say it  (none stated: ask who runs this)
    CORS_ALLOWED_ORIGINS  origins whose pages may read the API: https://example.org,https://…  (none)
    IMPORT_MEGABYTES   the largest spreadsheet that is imported  (50)
    SESSION_HOURS      how long a sign-in lasts  (12)
    EMAIL_URL          smtp://USER:PASSWORD@HOST:PORT (smtp+tls, smtp+ssl); empty: files in var/mail  (empty)
    EMAIL_FROM         who digests come from  (tracker@localhost)
    SITE_URL           where this is served, for links in e-mail: https://example.org  (http://127.0.0.1:8000)
    DEBUG              on: Django's error pages and unhashed static files; never in production  (off)

Defaults stand in parentheses. An empty variable counts as absent. A malformed one stops the program with a
sentence that says what is accepted.
"""

import contextlib
import os
import re
import secrets
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"  # everything this installation writes: database, secret key, collected static files

# --- Reading the environment --------------------------------------------------------------------------------

env = environ.Env()

ON, OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")
ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


def read(variable: str) -> str:
    """The variable's value without surrounding blanks; empty when it is absent."""
    return str(env.str(variable, default="")).strip()


def refuse(variable: str, value: str, accepted: str) -> ImproperlyConfigured:
    shown = re.sub(r"(://[^:/@]*:).*@", r"\1***@", value)  # never the password of a URL
    return ImproperlyConfigured(f'The setting {variable} is "{shown}". Accepted: {accepted}.')


def read_switch(variable: str, *, default: bool) -> bool:
    value = read(variable)
    if value and value.lower() not in ON + OFF:
        raise refuse(variable, value, f"{', '.join(ON)} and {', '.join(OFF)}")
    return value.lower() in ON if value else default


def read_hosts(variable: str, *, default: list[str]) -> list[str]:
    value = read(variable)
    hosts = [host.strip() for host in value.split(",")] if value else default
    if not all(HOST.fullmatch(host) for host in hosts):
        raise refuse(
            variable, value, "host names separated by commas, without scheme or port, as in example.org,[::1]"
        )
    return hosts


def read_number(variable: str, *, default: int, least: int = 0, most: int = 1_000_000) -> int:
    value = read(variable)
    if value and not (re.fullmatch("[0-9]{1,7}", value) and least <= int(value) <= most):
        raise refuse(variable, value, f"a whole number from {least} to {most}")
    return int(value) if value else default


def read_origins(variable: str) -> list[str]:
    value = read(variable)
    origins = [origin.strip() for origin in value.split(",")] if value else []
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise refuse(
            variable,
            value,
            "origins separated by commas, in small letters, without a path or an asterisk, as in "
            "https://example.org,http://localhost:3000",
        )
    return origins


def read_broker(variable: str) -> str:
    value = read(variable)
    if value and not re.fullmatch(r"rediss?://([^@/\s]*@)?[^@/\s]+(:\d+)?(/\d+)?(\?\S*)?", value):
        raise refuse(variable, value, "redis://HOST:PORT/NUMBER, rediss:// for TLS, or nothing for no broker")
    return value


def read_email(variable: str) -> dict:
    """How mail is sent, as Django's settings say it: by a server, or into files without one."""
    value = read(variable)
    if not value:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": VAR / "mail"}
    accepted = "smtp://USER:PASSWORD@HOST:PORT, smtp+tls:// or smtp+ssl:// for TLS, or nothing for files"
    if not re.match(r"(smtp(\+tls|\+ssl)?://[^@/\s]*@?[^@/\s]+)", value):
        raise refuse(variable, value, accepted)
    return dict(env.email_url_config(value))


def read_site(variable: str) -> str:
    value = read(variable).rstrip("/")
    if value and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", value):
        raise refuse(
            variable, value, "http:// or https:// and a host, without a path, as in https://example.org"
        )
    return value or "http://127.0.0.1:8000"


def read_database(variable: str) -> dict:
    """Django's description of the database that a URL names, with the options that this project relies on."""
    accepted = "sqlite:///FILE (an absolute path: sqlite:////FILE), postgres://USER:PASSWORD@HOST:PORT/NAME"
    value = read(variable) or f"sqlite:///{VAR / 'db.sqlite3'}"
    if not re.match(r"(sqlite:///.|postgres(ql)?://)", value):
        raise refuse(variable, value, accepted)
    try:
        database = dict(env.db_url_config(value))
    except Exception as error:  # django-environ lets whatever its parsing raises through
        raise refuse(variable, value, accepted) from error
    if not database["NAME"]:
        raise refuse(variable, value, accepted)

    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE: a transaction that will write waits for its turn at the start, when waiting still works.
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 20)
        options.setdefault(
            "init_command",
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        )
    else:
        options.setdefault("connect_timeout", 5)
        # Compiling queries over all events takes longer than it saves; their sorts and hashes fit in 32 MB.
        options.setdefault("options", "-c jit=off -c work_mem=32MB")
        database["CONN_MAX_AGE"] = 60
        database["CONN_HEALTH_CHECKS"] = True
    return database


def read_secret_key(variable: str, *, may_generate: bool) -> str:
    """The key from the environment, else the one generated for this installation at its first start."""
    if key := read(variable):
        return key
    if not may_generate:
        raise ImproperlyConfigured(
            f"The setting {variable} is empty. With PostgreSQL it is required: 50 or more random characters, "
            "kept secret, the same for every process. One way to make it: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    file = VAR / "secret_key"
    if not file.exists():
        VAR.mkdir(exist_ok=True)
        own = VAR / f".secret_key.{os.getpid()}"
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(own, file)  # unlike a rename, this keeps the key of a process that was quicker
        own.unlink()
    return file.read_text().strip()


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
DATA_LICENCE = read("DATA_LICENCE") or (
    "None is stated: ask who runs this installation. Each row names its source, which has terms of its own."
)
CORS_ALLOWED_ORIGINS = read_origins("CORS_ALLOWED_ORIGINS")

IMPORT_MEGABYTES = read_number("IMPORT_MEGABYTES", default=50, least=1, most=2_000)

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
    "django.contrib.admin",
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
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portfolio.api.gate.Gate",
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
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {
                "figures": "portfolio.dashboards.templatetags.figures",
                "published": "portfolio.dashboards.templatetags.published",
                "explained": "portfolio.dashboards.templatetags.explained",
                "advice": "advisory.dashboards.templatetags.advice",
                "moments": "portfolio.dashboards.templatetags.moments",
            },
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "Europe/Brussels"
USE_TZ = True

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
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
        {"name": "more", "description": "What there is, and why a figure is what it is."},
    ],
}

# --- Security -----------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the style sheets of Bootstrap carry their icons as data: URLs
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_AGE = 3600 * read_number("SESSION_HOURS", default=12, least=1, most=24 * 365)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

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
# Preloading binds a whole domain in every browser, hard to take back: the owner of the domain decides that.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# Failed logins are counted by account and address together, so that nobody locks an account out for its
# owner, who asks from elsewhere; a lock ends by itself, whatever is tried meanwhile.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False  # portfolio.admin.access shows what it records, to be looked at
AXES_CLIENT_IP_CALLABLE = "portfolio.queries.callers.address_of"
AXES_LOCKOUT_CALLABLE = "portfolio.dashboards.login.show_locked_out"
AXES_VERBOSE = False

# Scripts of other origins read the API, as anybody or with a token; they never act as the person who looks.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ["GET", "HEAD"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "if-modified-since", "if-none-match"]
CORS_EXPOSE_HEADERS = [
    "As-Of",
    "Content-Disposition",
    "Data-Version",
    "ETag",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Row-Count",
]
CORS_ALLOW_CREDENTIALS = False

# --- Logging ------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "investai": {"level": "INFO"},
        "portfolio": {"level": "INFO"},
        "advisory": {"level": "INFO"},
    },
}
