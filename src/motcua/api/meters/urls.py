"""Under /api/meters/."""

from django.urls import path

from motcua.api.meters.views import api

urlpatterns = [path("", api.urls)]
