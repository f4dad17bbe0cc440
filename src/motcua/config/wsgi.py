"""The pages as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

from motcua.config import logging as motcua_logging
from motcua.services import catalogue

motcua_logging.configure()
application = get_wsgi_application()
# Every page and every service is read now, not while the first visitor waits.
_ = get_resolver().url_patterns, catalogue.current()
