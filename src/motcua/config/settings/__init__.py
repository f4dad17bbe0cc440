"""Django's settings, split by concern."""

from motcua.config.settings.apps import *
from motcua.config.settings.database import *
from motcua.config.settings.language import *
from motcua.config.settings.security import *
from motcua.config.settings.sign_in import *
from motcua.config.settings.web import *
