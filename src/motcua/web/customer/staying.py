"""How long this browser may follow requests by number and code word: told before it ends, and made longer on request."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from motcua.web import visitors


@never_cache
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Another half day for what this browser follows; back to the page, where what was typed still stands."""
    back = request.POST.get("next", "/")
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = "/"
    if request.headers.get("X-Requested-With") == "fetch":
        return visitors.extend_follow(request, JsonResponse({"ok": bool(visitors.list_followed(request))}))
    if visitors.list_followed(request):
        messages.success(request, gettext("Đã gia hạn phiên."))
    return visitors.extend_follow(request, redirect(back))
