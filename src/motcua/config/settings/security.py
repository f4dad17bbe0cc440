"""Keys, cookies, headers. No inline code, no third-party hosts."""

from csp.constants import NONE, SELF

from motcua.config.env import ENV

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
# Hosts are companies' domains; the middleware answers 404 for any other.
ALLOWED_HOSTS = ["*"]

SESSION_COOKIE_NAME = "mc_staff"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.scheme == "https"
CSRF_COOKIE_NAME = "mc_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "motcua.web.errors.csrf_failure"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31536000 if ENV.production else 0
SECURE_SSL_REDIRECT = False  # the proxy's task
if ENV.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Live streams come from the edge, wherever each company's is; behind a proxy that is the page's own address.
_schemes = () if ENV.trusted_proxies and not ENV.edge_url else ("http", "https")
_edge = sorted({ENV.edge_address(scheme, "*") for scheme in _schemes})

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF, *_edge],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "media-src": [SELF, "blob:"],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
