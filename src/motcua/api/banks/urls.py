"""Under /api/banks/, at each company's host and at the group's."""

from django.urls import path

from motcua.api.banks import signed
from motcua.api.banks.views import api

_patterns, _app, _space = api.urls
for _pattern in _patterns:
    if _pattern.callback is not None:
        _pattern.callback = signed.finished(_pattern.callback)

urlpatterns = [path("", (_patterns, _app, _space))]
