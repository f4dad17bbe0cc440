"""This browser lets us wake it, or no longer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from motcua.channels import webpush
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.messaging import operations as messaging_ops
from motcua.web import visitors
from motcua.web.errors import refused_text


@never_cache
@require_POST
def this_browser(request: HttpRequest) -> HttpResponse:
    """With an endpoint: wake this browser for its signed-in person. Without one: no more."""
    at = clock.now()
    visitor = visitors.find_visitor(request, at)
    own = visitor.session.customer_id if visitor else None
    if visitor is None or own is None:
        return _answer(request, gettext("Hãy vào bằng số điện thoại trước."), status=403)
    endpoint = request.POST.get("endpoint", "")
    if not endpoint:
        messaging_ops.unsubscribe(visitor_id=visitor.id, at=at)
        return _answer(request, gettext("Máy này không nhận thông báo nữa."))
    try:
        if not (webpush.is_known_service(endpoint) or webpush.is_stand_in(endpoint)):
            raise messaging_ops.SubscriptionInvalid
        messaging_ops.subscribe(
            customer_id=own, visitor_id=visitor.id, endpoint=endpoint, p256dh=request.POST.get("p256dh", ""),
            auth=request.POST.get("auth", ""), language=(get_language() or "vi")[:2], at=at,
        )  # fmt: skip
    except Refused as refusal:
        return _answer(request, refused_text(refusal), status=422)
    return _answer(request, gettext("Máy này sẽ nhận thông báo."))


def _answer(request: HttpRequest, text: str, status: int = 200) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"text": text}, status=status)
    if status == 200:
        messages.success(request, text)
    else:
        messages.error(request, text)
    return redirect("customer:mine")
