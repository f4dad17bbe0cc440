"""Acts on many requests of a list at once, their undoing, and what people keep of the lists."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from pypdf import PdfWriter

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.fieldwork import contracts
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.ids import new_id, parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests import worklists
from motcua.requests.models import BulkKind
from motcua.requests.operations.bulk import UNDO_WITHIN
from motcua.requests.queries import RequestView
from motcua.web import request_lines, slips
from motcua.web.desk.acting import ACTORS
from motcua.web.desk.filters import Filters
from motcua.web.errors import refused_text
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest, staff_page

LIST = "/ban-viec/"
MOST = 60
REFUSED = {
    "FORBIDDEN": _("thuộc bộ phận khác"),
    "CANNOT_HOLD": _("người được giao không làm cho đơn vị này"),
    "ALREADY_CLOSED": _("đã kết thúc"),
    "NOT_THEIR_TURN": _("không chờ khách hàng"),
    "REMINDED_LATELY": _("vừa nhắc trong ngày"),
}


def new_key() -> str:
    return f"many:{new_id(clock.now())}"


def banner(request: StaffRequest) -> dict[str, Any] | None:
    """What the act on many did that led here, with its undoing while that is possible."""
    bulk_id = parse_id(request.GET.get("viec", ""))
    bulk = worklists.find_bulk(bulk_id=bulk_id, actor_ref=request.actor.ref) if bulk_id else None
    if bulk is None:
        return None
    count = len(bulk.done)
    if bulk.kind == BulkKind.REMIND:
        title = gettext("Sẽ nhắc %(n)s khách hàng sau 2 phút.")
    elif bulk.assignee:
        title = gettext("Đã giao %(n)s yêu cầu cho %(who)s.")
    else:
        title = gettext("Đã để trống người làm của %(n)s yêu cầu.")
    who = company_queries.staff_names([bulk.assignee.removeprefix("staff:")]) if bulk.assignee else {}
    told = title % {"n": count, "who": next(iter(who.values()), "")}
    if bulk.undone_at:
        told = gettext("Đã hoàn tác.")
    return {
        "id": bulk.id,
        "title": told if count or bulk.undone_at else gettext("Không có yêu cầu nào được làm."),
        "refused": [(number, gettext(REFUSED.get(code, _("chưa làm được")))) for number, code in bulk.refused]
        if not bulk.undone_at
        else [],
        "kept": bulk.kept,
        "may_undo": bool(count) and bulk.undone_at is None and clock.now() - bulk.at <= UNDO_WITHIN,
    }


@require_POST
@staff_page(*ACTORS)
def act(request: StaffRequest) -> HttpResponse:
    """Do the pressed act with the ticked requests."""
    ids = [id for text in request.POST.getlist("yeu-cau")[:MOST] if (id := parse_id(text))]
    doing = DOINGS.get(request.POST.get("viec", ""))
    if doing is None or not ids:
        messages.warning(request, gettext("Hãy đánh dấu ít nhất một yêu cầu trong danh sách."))
        return back(request)
    try:
        return doing(request, ids)
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
        return back(request)


def back(request: StaffRequest, **more: object) -> HttpResponseRedirect:
    """To the list that was looked at."""
    here = request.POST.get("o-day", "")
    query = here if here.startswith("?") else "?"
    for name, value in more.items():
        query += f"{'&' if len(query) > 1 else ''}{name}={value}"
    return HttpResponseRedirect(LIST + (query if len(query) > 1 else ""))


def _assign(request: StaffRequest, ids: list[UUID]) -> HttpResponse:
    done = request_ops.assign_many(
        request_ids=ids, assignee=request.POST.get("giao-cho", ""), actor=request.actor, at=clock.now(), key=_key(request)
    )  # fmt: skip
    return back(request, viec=done.id)


def _remind(request: StaffRequest, ids: list[UUID]) -> HttpResponse:
    done = request_ops.remind_many(request_ids=ids, actor=request.actor, at=clock.now(), key=_key(request))
    return back(request, viec=done.id)


def _key(request: StaffRequest) -> str:
    return request.POST.get("key", "")[:60] or new_key()


def _seen(request: StaffRequest, ids: list[UUID]) -> list[RequestView]:
    """Those of the requests that this person may see."""
    return [view for view in request_queries.list_requests(ids) if view.unit_code in request.actor.unit_codes]


def _print_slips(request: StaffRequest, ids: list[UUID]) -> HttpResponse:
    """The slips one behind the other, as one PDF."""
    views = _seen(request, ids)
    writer = PdfWriter()
    for view in views:
        writer.append(BytesIO(slips.slip_pdf(view)))
    return _pdf(request, writer, views, "slips.printed", "phieu")


def _pdf(
    request: StaffRequest, writer: PdfWriter, views: list[RequestView], verb: str, name: str
) -> HttpResponse:
    if not views:
        messages.warning(request, gettext("Không có gì để in."))
        return back(request)
    out = BytesIO()
    writer.write(out)
    _audit(request, verb, views)
    return inline(out.getvalue(), "application/pdf", f"{name}-{local_date(clock.now()).isoformat()}")


def _print_packs(request: StaffRequest, ids: list[UUID]) -> HttpResponse:
    """Contract and checklist for each request with a visit ahead, as one PDF."""
    views = _seen(request, ids)
    visits = fieldwork_queries.list_open_visits([view.id for view in views])
    pairs = [(view, visits[view.id]) for view in views if view.id in visits]
    if not pairs:
        messages.warning(
            request, gettext("Các yêu cầu đã chọn chưa có lịch hẹn nên chưa có bộ hợp đồng để in.")
        )
        return back(request)
    printed = contracts.print_job(
        pairs, day=min(visit.date for _view, visit in pairs), unit_name=company_queries.get_company().name
    )
    _audit(request, "packs.printed", [view for view, _visit in pairs])
    return inline(printed, "application/pdf", f"hop-dong-{local_date(clock.now()).isoformat()}")


def _audit(request: StaffRequest, verb: str, views: list[RequestView]) -> None:
    company_ops.record_audit(
        actor=request.actor, verb=verb, subject_type="day", subject_id=local_date(clock.now()).isoformat(), at=clock.now(),
        facts={"requests": [view.number for view in views]},
    )  # fmt: skip


DOINGS: dict[str, Callable[[StaffRequest, list[UUID]], HttpResponse]] = {
    "giao": _assign, "nhac": _remind, "in-phieu": _print_slips, "in-bo": _print_packs,
}  # fmt: skip


@require_POST
@staff_page(*ACTORS)
def undo(request: StaffRequest, bulk_id: UUID) -> HttpResponse:
    """Take one's own act on many back."""
    try:
        request_ops.undo_bulk(bulk_id=bulk_id, actor=request.actor, at=clock.now())
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
        return back(request)
    return back(request, viec=bulk_id)


# what people keep


@require_POST
@staff_page(*ACTORS, Role.ADMIN, Role.DIRECTOR)
def keep(request: StaffRequest) -> HttpResponse:
    """Keep the list that is shown, under a name; with its unit when asked."""
    query = Filters.of(_query(request), request.actor).query().removeprefix("?")
    try:
        saved = request_ops.save_list(
            name=request.POST.get("ten", ""), query=query, columns=_columns(request), actor=request.actor,
            unit_code=_own_unit(request) if request.POST.get("chung") == "1" else "", at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Đã lưu danh sách “%(name)s”.") % {"name": saved.name})
    return back(request)


@require_POST
@staff_page(*ACTORS, Role.ADMIN, Role.DIRECTOR)
def forget(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """Remove a list of one's own."""
    request_ops.forget_list(list_id=list_id, actor=request.actor)
    messages.success(request, gettext("Đã bỏ danh sách đã lưu."))
    return redirect(LIST)


@require_POST
@staff_page(*ACTORS, Role.ADMIN, Role.DIRECTOR)
def choose_columns(request: StaffRequest) -> HttpResponse:
    """Which columns this person sees."""
    request_ops.choose_columns(columns=_columns(request), actor=request.actor, at=clock.now())
    return back(request)


def _columns(request: StaffRequest) -> list[str]:
    wanted = request.POST.getlist("cot")
    return list(request_lines.columns_of(wanted)) if wanted else []


def _query(request: StaffRequest) -> QueryDict:
    return QueryDict(request.POST.get("o-day", "").removeprefix("?"))


def _own_unit(request: StaffRequest) -> str:
    return str(request.user.unit_id)  # type: ignore[union-attr]
