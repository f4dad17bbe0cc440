"""The look's own addresses, and stand-ins for the customer's pages that the frame links to."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def _empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


_customer = (
    [
        path("", _empty, name="home"),
        path("dich-vu/", _empty, name="services"),
        path("theo-doi/", _empty, name="follow"),
        path("lien-he/", _empty, name="contact"),
        path("hoi/", _empty, name="chat"),
    ],
    "customer",
)
_desk = (
    [
        path("ban-viec/", _empty, name="worklist"),
        path("hoi-thoai/", _empty, name="conversations"),
        path("tim/", _empty, name="search"),
    ],
    "desk",
)
_field = ([path("hien-truong/cho-gui/", _empty, name="pending")], "field")
urlpatterns = [
    path("", include(_field)),
    path("", include(_customer)),
    path("", include(_desk)),
    path("", include("motcua.web.pwa")),
    path("", include("motcua.web.shell")),
    path("components/", include("motcua.web.components")),
]
