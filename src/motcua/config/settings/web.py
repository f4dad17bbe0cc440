"""Pages: middleware in order, templates, static files."""

from pathlib import Path

from motcua.config.env import ENV

_root = Path(__file__).resolve().parents[2]

ROOT_URLCONF = "motcua.config.urls"
WSGI_APPLICATION = "motcua.config.wsgi.application"

MIDDLEWARE = [
    "motcua.web.health.HealthMiddleware",  # answers before any company is chosen
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # slow phones pay by the byte; files of ours are packed too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "motcua.web.middleware.CompanyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "motcua.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "motcua.web.middleware.LogContextMiddleware",
    "motcua.web.middleware.RefusedMiddleware",
    "motcua.web.middleware.TextMiddleware",
    "motcua.web.staff_pages.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_root / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "motcua.web.context.page",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# How customers' browsers reach us; behind a proxy there is no port in an address.
PUBLIC_SCHEME = ENV.scheme
PUBLIC_PORT = "" if ENV.trusted_proxies or ENV.port in {80, 443} else f":{ENV.port}"

STATIC_URL = "/static/"
STATIC_ROOT = ENV.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING_CONFIG = None  # motcua.config.logging sets structlog up
SILENCED_SYSTEM_CHECKS = ["axes.W003"]
