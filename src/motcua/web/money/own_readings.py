"""What customers read of their meters: the photo beside the figure, accepted or refused with a reason they are told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from motcua.billing import operations as billing_ops
from motcua.billing import own_reading_queries
from motcua.billing.models import OwnReading, OwnReadingState
from motcua.config import clock
from motcua.documents import access as document_access
from motcua.documents import operations as document_ops
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.money import sections
from motcua.web.money.runs import CODES
from motcua.web.slips import inline
from motcua.web.staff_pages import StaffRequest, staff_page

SHOWN = 60
STATES = {
    OwnReadingState.ASKED: (_("khách đang xem lại"), "neutral"),
    OwnReadingState.TAKEN: (_("đã nhận"), "good"),
    OwnReadingState.WAITING: (_("chờ xem ảnh"), "wait"),
    OwnReadingState.ACCEPTED: (_("đã nhận"), "good"),
    OwnReadingState.REFUSED: (_("không nhận"), "bad"),
}
TABS = {
    "cho": (_("Chờ xem ảnh"), (OwnReadingState.WAITING,)),
    "xong": (
        _("Đã nhận, không nhận"),
        (OwnReadingState.TAKEN, OwnReadingState.ACCEPTED, OwnReadingState.REFUSED),
    ),
}


@require_safe
@staff_page(*sections.MONEY)
def own_readings(request: StaffRequest) -> HttpResponse:
    """Those that wait for somebody's eyes, the oldest first; and what came of the others."""
    return _page(request)


@require_POST
@staff_page(*sections.MONEY)
def act(request: StaffRequest, reading_id: UUID) -> HttpResponse:
    """Accept, or refuse with the reason."""
    wanted = request.POST.get("viec", "")
    if wanted not in {"nhan", "khong"}:
        raise Http404
    reason = request.POST.get("ly_do", "")
    try:
        billing_ops.decide_own_reading(
            reading_id=_own(request, reading_id).id, accept=wanted == "nhan", reason=reason, actor=request.actor, at=clock.now()
        )  # fmt: skip
    except Refused as refusal:
        return _page(request, error=refused_text(refusal), typed={str(reading_id): reason})
    messages.success(request, gettext("Đã lưu, khách hàng được báo."))
    return redirect("money:own-readings")


@require_safe
@staff_page(*sections.MONEY)
def photo(request: StaffRequest, reading_id: UUID) -> HttpResponse:
    """The photo itself; that it was opened is logged."""
    row = _own(request, reading_id)
    found = document_access.access_document(
        document_id=row.document_id, subject_type="own_reading", subject_id=row.id
    )
    content = document_ops.open_document(
        document_id=found.id, actor=request.actor, at=clock.now(), purpose="own-reading"
    )
    return inline(content, found.mime, f"cong-to-{row.account_code}")


def _page(request: StaffRequest, *, error: str = "", typed: dict[str, str] | None = None) -> HttpResponse:
    tab = request.GET.get("xem", "cho")
    tab = tab if tab in TABS else "cho"
    rows = own_reading_queries.list_for_staff(
        request.actor.unit_codes, TABS[tab][1], limit=SHOWN, oldest_first=tab == "cho"
    )
    context = {
        "tabs": [
            {"label": label, "href": f"?xem={name}", "here": name == tab}
            for name, (label, _states) in TABS.items()
        ],
        "lines": [_line(row, (typed or {}).get(str(row.id), "")) for row in rows],
        "error": error,
    }
    return render(request, "money/own_readings.html", context, status=422 if error else 200)


def _line(row: OwnReading, typed: str) -> dict[str, Any]:
    label, tone = STATES[OwnReadingState(row.state)]
    return {
        "row": row, "figures": own_reading_queries.figures_of(row), "label": label, "tone": tone, "typed": typed,
        "doubt": CODES.get(row.doubt, ""), "may_decide": row.state == OwnReadingState.WAITING,
    }  # fmt: skip


def _own(request: StaffRequest, reading_id: UUID) -> OwnReading:
    """One within reach. Raises Http404."""
    row = own_reading_queries.find_own_reading(reading_id)
    if row is None or row.unit_code not in request.actor.unit_codes:
        raise Http404
    return row
