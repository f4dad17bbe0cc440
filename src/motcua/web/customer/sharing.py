"""A photo shared from the phone to a request: from the gallery's share sheet (Web Share Target), or by a plain upload."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from motcua.companies.context import current_company_code
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.documents.queries import DocumentView
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView
from motcua.web import visitors
from motcua.web.customer.forms import fresh_key
from motcua.web.customer.guard import ProofNeeded, followed
from motcua.web.errors import refused_text
from motcua.web.visitors import Visitor

COOKIE, KIND, FILES = "mc_share", "PHOTO", "anh"
HELD_FOR, MOST_FILES = timedelta(hours=2), 6
TRIES, WINDOW = 30, timedelta(hours=1)


@csrf_exempt  # the phone's share sheet knows no token; what it brings is only held until its person says for which request
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest) -> HttpResponse:
    """Hold what was shared, then ask for which request."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    held, error = _held(request), ""
    if request.method == "POST":
        try:
            customer_ops.count_attempt(
                subject=f"share:{request.META.get('REMOTE_ADDR', '')}", limit=TRIES, window=WINDOW, at=at
            )
            held = [_hold(upload, visitor) for upload in request.FILES.getlist(FILES)[:MOST_FILES]]
        except Refused as refusal:
            error = refused_text(refusal)
        else:
            response = redirect("customer:share")
            response.set_cookie(
                COOKIE, signing.dumps([str(d.id) for d in held], salt=_salt()), httponly=True, samesite="Lax",
                max_age=int(HELD_FOR.total_seconds()), secure=request.is_secure(),
            )  # fmt: skip
            return visitors.remember(request, response, visitor)
    return visitors.remember(request, _page(request, visitor, held, error), visitor)


@never_cache
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """What is held, and what comes along, goes to the request that was chosen."""
    at = clock.now()
    visitor = visitors.get_visitor(request, at)
    held = _held(request)
    uploads = request.FILES.getlist(FILES)[:MOST_FILES]
    number = request.POST.get("so", "")
    try:
        here = followed(request, number)
    except ProofNeeded:
        return _page(request, visitor, held, gettext("Hãy chọn yêu cầu."))
    if here.view.is_closed or not here.may_act:
        return _page(request, visitor, held, gettext("Yêu cầu này đã xong. Hãy chọn yêu cầu khác."))
    if not (held or uploads):
        return _page(request, visitor, held, gettext("Hãy chọn ít nhất một ảnh hoặc tệp."))
    try:
        contents = [(d.name, document_ops.read_for_machine(d.id)) for d in held]
        contents += [(upload.name or "", upload.read()) for upload in uploads]
        stored = [
            document_ops.store(
                content=content, name=name, kind=KIND, subject_type="request", subject_id=here.view.id, sensitive=False,
                actor=here.actor, at=at,
            ).id
            for name, content in contents
        ]  # fmt: skip
        request_ops.add_papers(
            request_id=here.view.id, papers=[KIND] * len(stored), documents=stored, actor=here.actor, at=at,
            key=request.POST.get("key") or fresh_key("share"),
        )  # fmt: skip
    except Refused as refusal:
        return _page(request, visitor, held, refused_text(refusal))
    messages.success(request, gettext("Đã gửi ảnh cho yêu cầu này."))
    response = redirect("customer:request", number=here.view.number)
    response.delete_cookie(COOKIE)
    return response


def _page(request: HttpRequest, visitor: Visitor, held: list[DocumentView], error: str) -> HttpResponse:
    context: dict[str, Any] = {
        "held": held, "error": error, "has_errors": bool(error), "requests": _open_requests(request, visitor),
        "is_known": bool(visitor.customer_id), "key": fresh_key("share"),
    }  # fmt: skip
    return render(request, "customer/share.html", context, status=422 if error else 200)


def _open_requests(request: HttpRequest, visitor: Visitor) -> list[RequestView]:
    """The requests this browser's person may add to: their own, and those followed here by number and code word."""
    rows = []
    if visitor.customer_id is not None:
        family = customer_queries.list_ids(visitor.customer_id)
        rows = [
            request_queries.view_of(row)
            for row in request_queries.list_for_search(customer_ids=family, limit=20)
        ]
    known = {view.id for view in rows}
    others = [UUID(id) for id in visitors.list_followed(request)]
    rows += [view for view in request_queries.list_requests(others) if view.id not in known]
    return [view for view in rows if not view.is_closed]


def _hold(upload: UploadedFile[bytes], visitor: Visitor) -> DocumentView:
    at = clock.now()
    return document_ops.store(
        content=upload.read(), name=upload.name or "", kind=KIND, subject_type="share", subject_id=visitor.id,
        sensitive=False, actor=visitor.actor, at=at, delete_after=local_date(at),
    )  # fmt: skip


def _held(request: HttpRequest) -> list[DocumentView]:
    try:
        ids = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_salt(), max_age=HELD_FOR)
    except signing.BadSignature:
        return []
    found = [document_queries.find_document(UUID(str(id))) for id in ids[:MOST_FILES]]
    return [document for document in found if document is not None and not document.is_purged]


def _salt() -> str:
    return f"motcua.share.{current_company_code()}"
