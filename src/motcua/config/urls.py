"""Every door of the house. Vietnamese paths for people, English for machines."""

from django.urls import include, path

from motcua.config.env import ENV
from motcua.web import shell

urlpatterns = [
    path("", include("motcua.web.customer.urls")),
    path("", include("motcua.web.pwa")),
    path("chat/", include("motcua.web.chat.urls")),
    path("look", shell.look, name="look"),
    path("company.css", shell.company_css, name="company_css"),
    path("", include("motcua.web.staff.urls")),
    path("", include("motcua.web.desk.urls")),
    path("", include("motcua.web.field.urls")),
    path("", include("motcua.web.counter.urls")),
    path("nhan-vien/", include("motcua.web.staff.account_urls")),
    path("tien/", include("motcua.web.money.urls")),
    path("bang/", include("motcua.web.board.urls")),
    path("api/public/", include("motcua.api.public.urls")),
    path("api/banks/", include("motcua.api.banks.urls")),
    path("api/wallets/", include("motcua.api.wallets.urls")),
    path("api/portals/", include("motcua.api.portals.urls")),
    path("api/meters/", include("motcua.api.meters.urls")),
    path("sandbox/", include("motcua.sandbox.urls")),
]

if ENV.demo:
    urlpatterns.append(path("components/", include("motcua.web.components")))

handler400 = "motcua.web.errors.bad_request"
handler403 = "motcua.web.errors.forbidden"
handler404 = "motcua.web.errors.not_found"
handler500 = "motcua.web.errors.server_error"
