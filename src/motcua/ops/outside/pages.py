"""The stand-ins' pages as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.ops.outside.settings")

from motcua.config import logging as motcua_logging

motcua_logging.configure()
application = get_wsgi_application()
_ = get_resolver().url_patterns  # read now, not while the first visitor waits
