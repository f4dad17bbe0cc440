"""The phones, their index, and what every page of ours asks for."""

from django.urls import include, path
from django.views.generic import RedirectView

from motcua.sandbox import views
from motcua.sandbox.urls import PHONES
from motcua.web import shell

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="sandbox:index")),
    path("sandbox/", include(([*PHONES, path("", views.index, name="index")], "sandbox"))),
    path("look", shell.look, name="look"),
    path("company.css", shell.company_css, name="company_css"),
]

handler404 = "motcua.web.errors.not_found"
handler500 = "motcua.web.errors.server_error"
