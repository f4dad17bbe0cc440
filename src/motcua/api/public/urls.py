"""Under /api/public/."""

from django.urls import path

from motcua.api.public.views import api

urlpatterns = [path("", api.urls)]
