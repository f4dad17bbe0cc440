"""Which apps, and in which schemas their tables live. A room's models say it one by one (see
companies.router).
"""

from pathlib import Path

ROOMS = [
    "motcua.companies",
    "motcua.tariffs",
    "motcua.customers",
    "motcua.supply",
    "motcua.services",
    "motcua.messaging",
    "motcua.documents",
    "motcua.ledger",
    "motcua.requests",
    "motcua.fieldwork",
    "motcua.billing",
    "motcua.payments",
    "motcua.outages",
    "motcua.reports",
    "motcua.assistant",
    "motcua.channels",
    "motcua.connectors",
    "motcua.web",
    "motcua.api",
    "motcua.sandbox",
]

ROOMS = [
    room for room in ROOMS if (Path(__file__).resolve().parents[2] / room.split(".")[1] / "apps.py").exists()
]

NATIONAL_LIBRARIES = ["django_tenants", "procrastinate.contrib.django"]

COMPANY_LIBRARIES = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
]

PLAIN_LIBRARIES = [
    "django.contrib.postgres",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
]

SHARED_APPS = [*NATIONAL_LIBRARIES, *ROOMS, *PLAIN_LIBRARIES]
TENANT_APPS = [*COMPANY_LIBRARIES, *ROOMS]
# forms: templates of widgets come from our folder first
INSTALLED_APPS = ["django.forms", *NATIONAL_LIBRARIES, *ROOMS, *COMPANY_LIBRARIES, *PLAIN_LIBRARIES]

TENANT_MODEL = "companies.Company"
TENANT_DOMAIN_MODEL = "companies.Domain"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "companies.Staff"
