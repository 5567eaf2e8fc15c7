"""What browsers and strangers are held to: the same wherever this runs. settings.py takes all of it over."""

from datetime import timedelta

from csp.constants import NONE, SELF

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
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
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
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]  # masked in what it keeps of a request
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
