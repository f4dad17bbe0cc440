"""Under /api/portals/."""

from django.urls import path

from motcua.api.portals.views import api

urlpatterns = [path("", api.urls)]
