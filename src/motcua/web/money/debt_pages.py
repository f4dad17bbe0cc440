"""One account that owes, and the lists of who is spared: staff agree to parts, spare with a proof, and end it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from motcua.billing.access import READERS
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel import money
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.payments import owing
from motcua.payments.dunning import agreements, proofs, queries
from motcua.payments.dunning.standing import standing
from motcua.requests import queries as request_queries
from motcua.supply import queries as supply_queries
from motcua.web import slips, words
from motcua.web.errors import refused_text
from motcua.web.money.debts import MOST_EXPORTED, Pages
from motcua.web.money.sections import MONEY
from motcua.web.money.sheets import Column, Sheet, as_csv
from motcua.web.proof_files import papers_of
from motcua.web.staff_pages import StaffRequest, staff_page

WORKERS = (Role.BUSINESS, Role.SUPERVISOR)
MOST_PARTS = 6
REASONS = {
    "COMPLAINT": _("Đang giải quyết khiếu nại"), "HOSPITAL": _("Bệnh viện, nơi khám chữa bệnh"),
    "LIFE_SUPPORT": _("Có người cần máy chạy điện để sống"), "STORM": _("Vùng bị thiên tai"),
    "COURT": _("Quyết định của tòa án, cơ quan nhà nước"), "PAID_SAID": _("Khách hàng báo đã trả"), "OTHER": _("Lý do khác"),
}  # fmt: skip
STEPS = {
    "NOTICE": _("Nhắc nợ"), "ANNOUNCE": _("Báo lần cuối"), "STOP": _("Ngừng cấp điện"), "RECONNECT": _("Cấp điện trở lại"),
}  # fmt: skip
STATES = {
    "TOLD": (_("đã gửi"), "good"), "ORDERED": (_("chờ làm"), "wait"), "DONE": (_("đã làm"), "good"),
    "CANCELLED": (_("đã hủy"), "neutral"), "OPEN": (_("đang trả dần"), "go"), "KEPT": (_("đã giữ lời"), "good"),
    "BROKEN": (_("đã lỡ hẹn"), "bad"),
}  # fmt: skip


@require_safe
@staff_page(*MONEY)
def account(request: StaffRequest, account: str) -> HttpResponse:
    """Where an account stands, what was done about it, who spared it."""
    return _account(request, account)


def unit_of(account: str) -> str:
    """The unit that serves the account, else the one of its last case; empty when nobody knows it."""
    contract = supply_queries.find_contract(account)
    return contract.unit_code if contract is not None else queries.units_of([account]).get(account, "")


def _require(request: StaffRequest, account: str) -> None:
    if unit_of(account) not in request.actor.unit_codes:
        raise Http404


def _account(
    request: StaffRequest, account: str, *, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    _require(request, account)
    now = clock.now()
    today = local_date(now)
    here, steps = standing(account, now), queries.list_steps(account)
    numbers = {
        view.id: view.number
        for view in request_queries.list_requests([s.request_id for s in steps if s.request_id])
    }
    exemptions, promises = (
        queries.list_exemptions(today, account_code=account),
        queries.list_promises(account_code=account),
    )
    names = words.actor_names({one.made_by for one in exemptions} | {one.made_by for one in promises})
    typed = {
        name: request.POST.get(name, "")[:200]
        for name in ("ly_do", "ghi_chu", "bang_chung", "tu_ngay", "den_ngay")
    }
    typed["tu_ngay"] = typed["tu_ngay"] or today.isoformat()
    context: dict[str, Any] = {
        "account": account, "here": here, "errors": errors or {}, "has_errors": bool(errors),
        "typed": typed, "reasons": [(code, name) for code, name in REASONS.items() if code != "PAID_SAID"],
        "steps": [
            {"step": one, "name": STEPS[one.kind], "label": STATES[one.state][0], "tone": STATES[one.state][1],
             "number": numbers.get(one.request_id) if one.request_id else None}
            for one in steps
        ],
        "exemptions": _exemptions(exemptions, names), "promises": [_promise(one, names) for one in promises],
        "parts": [
            {"n": n, "day": request.POST.get(f"ngay_{n}", ""), "amount": request.POST.get(f"tien_{n}", "")}
            for n in range(1, MOST_PARTS + 1)
        ],
        "may_act": request.actor.has_role(*WORKERS),
        "charges": [{"charge": one, "kind": owing.kind_name(one.kind)} for one in here.charges],
        "may_read_bills": request.actor.has_role(*READERS),
    }  # fmt: skip
    return render(request, "money/debt_account.html", context, status=status)


def _exemptions(rows: list[queries.ExemptionView], names: Any) -> list[dict[str, Any]]:
    papers = proofs.of_exemptions([one.id for one in rows])
    return [
        {"row": one, "reason": REASONS[one.reason], "by": names.get(one.made_by, one.made_by), "papers": papers.get(one.id, [])}
        for one in rows
    ]  # fmt: skip


def _promise(one: queries.PromiseView, names: Any) -> dict[str, Any]:
    label, tone = STATES[one.state]
    return {"row": one, "label": label, "tone": tone, "by": names.get(one.made_by, one.made_by)}


@require_safe
@staff_page(*WORKERS)
def proof(request: StaffRequest, account: str, exemption_id: int, document_id: UUID) -> HttpResponse:
    """A paper that shows why an account is spared; that it was opened is written down."""
    _require(request, account)
    _require_exemption(account, exemption_id)
    found, content = proofs.open_one(
        exemption_id=exemption_id, document_id=document_id, actor=request.actor, at=clock.now()
    )
    return slips.inline(content, found.mime, f"mien-{account}")


def _require_exemption(account: str, exemption_id: int) -> None:
    known = queries.list_exemptions(local_date(clock.now()), account_code=account)
    if not any(one.id == exemption_id for one in known):
        raise Http404


@require_POST
@staff_page(*WORKERS)
def exempt(request: StaffRequest, account: str) -> HttpResponse:
    """Spare an account until a day, with what shows why."""
    _require(request, account)
    first, last = _day(request.POST.get("tu_ngay", "")), _day(request.POST.get("den_ngay", ""))
    proof, papers = request.POST.get("bang_chung", "").strip(), papers_of(request)
    errors = {} if first else {"tu_ngay": gettext("Hãy ghi ngày bắt đầu.")}
    errors |= {} if last else {"den_ngay": gettext("Hãy ghi ngày hết miễn.")}
    errors |= {} if proof else {"bang_chung": gettext("Hãy ghi giấy tờ chứng minh: số, ngày, nơi cấp.")}
    if first and last and not errors:
        fields = {"valid_to": "den_ngay", "reason": "ly_do", "note": "ghi_chu", "papers": "tep"}
        return _done(
            request, account, gettext("Đã ghi miễn. Lệnh ngừng đang chờ, nếu có, đã hủy."), fields,
            lambda: agreements.exempt(
                account_code=account, reason=request.POST.get("ly_do", ""), note=request.POST.get("ghi_chu", ""), proof=proof,
                valid_from=first, valid_to=last, papers=papers, actor=request.actor, at=clock.now(),
            ),
        )  # fmt: skip
    return _account(request, account, errors=errors, status=422)


@require_POST
@staff_page(*WORKERS)
def end_exemption(request: StaffRequest, account: str, exemption_id: int) -> HttpResponse:
    """Spare no longer."""
    _require(request, account)
    _require_exemption(account, exemption_id)
    return _done(
        request, account, gettext("Đã thôi miễn."), {},
        lambda: agreements.end_exemption(exemption_id=exemption_id, actor=request.actor, at=clock.now()),
    )  # fmt: skip


@require_POST
@staff_page(*WORKERS)
def promise(request: StaffRequest, account: str) -> HttpResponse:
    """Agree to parts: each line a day and an amount."""
    _require(request, account)
    parts: list[tuple[date, int]] = []
    errors: dict[str, str] = {}
    for n in range(1, MOST_PARTS + 1):
        day_text, amount_text = (
            request.POST.get(f"ngay_{n}", "").strip(),
            request.POST.get(f"tien_{n}", "").strip(),
        )
        if not day_text and not amount_text:
            continue
        day, amount = _day(day_text), money.parse_vnd(amount_text)
        if day is None or not amount:
            errors[f"ngay_{n}"] = gettext("Mỗi kỳ cần một ngày và một số tiền.")
        else:
            parts.append((day, amount))
    if errors:
        return _account(request, account, errors=errors, status=422)
    return _done(
        request, account, gettext("Đã ghi thỏa thuận trả dần."), {"parts": "ngay_1", "account_code": "ngay_1"},
        lambda: agreements.promise(account_code=account, parts=parts, actor=request.actor, at=clock.now()),
    )  # fmt: skip


def _done(
    request: StaffRequest, account: str, said: str, fields: dict[str, str], act: Callable[[], object]
) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        field = fields.get(refusal.field or "", "")
        return _account(request, account, errors={field: refused_text(refusal)}, status=409)
    messages.success(request, said)
    return redirect("money:debt-account", account)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


@require_safe
@staff_page(*MONEY)
def spared(request: StaffRequest) -> HttpResponse:
    """Who is spared and who pays in parts, in the units of whoever looks; as a sheet too."""
    today, units = local_date(clock.now()), request.actor.unit_codes
    if request.GET.get("tep") == "csv":
        spared_ones = queries.list_exemptions(today, units=units, limit=MOST_EXPORTED)
        return as_csv(_sheet(spared_ones, queries.list_promises(units=units, limit=MOST_EXPORTED), today))
    pages = {"mien": Pages(request, "mien"), "tra": Pages(request, "tra")}
    exemptions = pages["mien"].of(queries.list_exemptions(today, units=units, **pages["mien"].asked))
    promises = pages["tra"].of(queries.list_promises(units=units, **pages["tra"].asked))
    names = words.actor_names({one.made_by for one in exemptions} | {one.made_by for one in promises})
    context = {
        "exemptions": _exemptions(exemptions, names),
        "may_act": request.actor.has_role(*WORKERS),
        "promises": [_promise(one, names) for one in promises],
        "pages": pages,
    }
    return render(request, "money/debt_spared.html", context)


def _sheet(
    exemptions: list[queries.ExemptionView], promises: list[queries.PromiseView], today: date
) -> Sheet:
    rows: list[list[str | int]] = [
        [one.account_code, str(REASONS[one.reason]), one.valid_from.isoformat(), one.valid_to.isoformat() if one.valid_to else "",
         "", one.note, one.proof]
        for one in exemptions
    ]  # fmt: skip
    rows += [
        [one.account_code, str(_("Trả dần")), one.made_at.date().isoformat(), one.parts[-1][0].isoformat(), one.owed_vnd,
         "; ".join(f"{day.isoformat()}: {amount}" for day, amount in one.parts), ""]
        for one in promises
    ]  # fmt: skip
    titles = (
        _("Mã khách hàng"),
        _("Lý do"),
        _("Từ ngày"),
        _("Đến trước ngày"),
        _("Số tiền"),
        _("Ghi chú"),
        _("Giấy tờ"),
    )
    columns = tuple(Column(str(title), is_number=title == titles[4]) for title in titles)
    return Sheet("duoc-mien", str(_("Miễn và trả dần")), f"{today:%d/%m/%Y}", columns, rows)
