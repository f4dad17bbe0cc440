"""Under /api/banks/."""

from django.urls import path

from motcua.api.banks.views import api

urlpatterns = [path("", api.urls)]
