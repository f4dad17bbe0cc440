"""The site as an app on the phone: manifest, service worker, offline page."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from motcua.web import shell as page_shell

PAPER, NIGHT = "#fdfaf3", "#131c33"
SHELL_FILES = (
    "css/motcua.css",
    "icons/sprite.svg",
    "icons/favicon.svg",
    "js/prefs.js",
    "js/pwa.js",
    "js/autosave.js",
)


def _asset(name: str) -> str:
    return f"{static(f'motcua/{name}')}?v={page_shell.assets_version()}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """The company's name, colours and icons for the home screen."""
    frame = page_shell.shell_of(request)
    places = [{"name": str(link.label), "url": link.url} for link in frame.customer_nav if link.url != "/"]
    response = JsonResponse(
        {
            "id": "/",
            "name": frame.name,
            "short_name": frame.brand,
            "description": _("Dịch vụ điện trực tuyến"),
            "lang": frame.language,
            "dir": "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": NIGHT,
            "icons": [
                {
                    "src": _asset("icons/icon-192.png"),
                    "sizes": "192x192",
                    "type": "image/png",
                    "purpose": "any",
                },
                {
                    "src": _asset("icons/icon-512.png"),
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "any",
                },
                {
                    "src": _asset("icons/maskable-192.png"),
                    "sizes": "192x192",
                    "type": "image/png",
                    "purpose": "maskable",
                },
                {
                    "src": _asset("icons/maskable-512.png"),
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "maskable",
                },
            ],
            "shortcuts": places[:4],
            "share_target": {
                "action": page_shell.first_url("customer:share") or "/chia-se/",
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"files": [{"name": "anh", "accept": ["image/*", "application/pdf"]}]},
            },
        },
        content_type="application/manifest+json",
    )
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that its scope is the whole site; versioned by the static files and the hotline."""
    frame = page_shell.shell_of(request)
    offline_address = reverse("offline")
    files = [offline_address, reverse("company_css"), *map(_asset, SHELL_FILES)]
    context = {
        "code": frame.code or "group",
        "version": f"{frame.version}-{frame.language}-{_short_hash(frame.name + frame.hotline)}",
        "offline": offline_address,
        "name": frame.brand,
        "icon": _asset("icons/icon-192.png"),
        "badge": _asset("icons/favicon-32.png"),
        "language": frame.language,
        "mine": page_shell.first_url("customer:mine") or "/",
        "files": json.dumps(files),
    }
    response = render(request, "pwa/sw.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown without a network. Holds nothing personal: it is kept on the device."""
    response = render(request, "pwa/offline.html", {"messages": None})
    response["Cache-Control"] = "no-cache"
    return response


urlpatterns = [
    path("manifest.webmanifest", manifest, name="manifest"),
    path("sw.js", service_worker, name="service_worker"),
    path("offline", offline, name="offline"),
]
