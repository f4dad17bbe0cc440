"""Django's settings for the stand-ins' pages alone: ours, without staff, sessions and companies of a database."""

from motcua.config import settings as ours
from motcua.config.settings import *  # noqa: F403 - all of them, but for what is said again here

INSTALLED_APPS = [app for app in ours.INSTALLED_APPS if not app.startswith(("allauth", "axes"))]
ROOT_URLCONF = "motcua.ops.outside.urls"
WSGI_APPLICATION = "motcua.ops.outside.pages.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "motcua.ops.outside.company.CompanyMiddleware",
    "motcua.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "motcua.web.middleware.RefusedMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
_pages = ours.TEMPLATES[0]
TEMPLATES = [
    {
        **_pages,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "motcua.web.context.page",
            ],
        },
    }
]
