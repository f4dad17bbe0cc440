"""The bank interface alone, for a process that calls nothing else."""

from django.urls import include, path

urlpatterns = [path("api/banks/", include("motcua.api.banks.urls"))]
