"""Every door of the house. Vietnamese paths for people, English for machines."""

from django.urls import include, path

urlpatterns: list[object] = []

handler400 = "motcua.web.errors.bad_request"
handler403 = "motcua.web.errors.forbidden"
handler404 = "motcua.web.errors.not_found"
handler500 = "motcua.web.errors.server_error"
