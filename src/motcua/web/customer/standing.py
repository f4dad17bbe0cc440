"""Where I stand: what is overdue, what happens next and on which day, and what averts it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from motcua.billing import access
from motcua.billing.access import Reach
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.money import format_vnd
from motcua.kernel.results import NotFound, Refused
from motcua.payments import owing
from motcua.payments import queries as payment_queries
from motcua.payments.dunning import agreements
from motcua.payments.dunning.standing import FEE_KIND, Due, Standing, Where, standing
from motcua.supply import queries as supply_queries
from motcua.web.customer.mine import of_person
from motcua.web.errors import refused_text
from motcua.web.proof_files import papers_of
from motcua.web.visitors import Visitor

MOST_QR = 3  # codes an account shows at once; each further charge has its own page
NAMES = {
    Where.NOTHING: (_("không nợ"), "good"), Where.WAITING: (_("chưa đến hạn"), "info"), Where.OVERDUE: (_("quá hạn"), "wait"),
    Where.NOTIFIED: (_("đã nhắc"), "wait"), Where.ANNOUNCED: (_("sắp ngừng điện"), "bad"),
    Where.STOP_ORDERED: (_("sắp ngừng điện"), "bad"), Where.STOPPED: (_("đang ngừng điện"), "bad"),
    Where.BACK_ORDERED: (_("sắp có điện lại"), "go"), Where.PROMISED: (_("đang trả dần"), "go"),
    Where.SPARED: (_("tạm chưa xử lý"), "info"),
}  # fmt: skip
STEPS = {
    "NOTICE": _("Chúng tôi nhắn tin nhắc trả."),
    "ANNOUNCE": _("Chúng tôi báo lần cuối trước khi ngừng cấp điện."),
    "STOP": _("Sớm nhất lúc này tổ công tác có thể đến ngừng cấp điện."),
}
REASONS = {
    "COMPLAINT": _("đang giải quyết khiếu nại của anh/chị"), "HOSPITAL": _("nơi khám chữa bệnh"),
    "LIFE_SUPPORT": _("trong nhà có người cần máy chạy điện để sống"), "STORM": _("vùng bị thiên tai"),
    "COURT": _("theo quyết định của tòa án, cơ quan nhà nước"), "PAID_SAID": _("anh/chị báo đã trả, chúng tôi đang kiểm tra"),
}  # fmt: skip


@require_safe
@of_person
def page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Every account whose money this person may see, what is worst first."""
    return _page(request, visitor)


@require_POST
@of_person
def promise(request: HttpRequest, visitor: Visitor, account: str) -> HttpResponse:
    """Pay in parts, in one of the ways that are offered."""
    _mine(visitor, account)
    count = request.POST.get("so_ky", "")
    try:
        agreements.ask_promise(
            account_code=account, count=int(count) if count.isascii() and count.isdigit() else 0,
            actor=visitor.actor, at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        text = refused_text(refusal) if count else gettext("Hãy chọn số kỳ trả.")
        return _page(request, visitor, wrong=(account, "so_ky", text))
    messages.success(request, gettext("Đã ghi. Anh/chị trả đúng từng kỳ thì không bị ngừng điện."))
    return redirect("customer:standing")


@require_POST
@of_person
def said(request: HttpRequest, visitor: Visitor, account: str) -> HttpResponse:
    """The customer has paid already: staff look into it, meanwhile nothing is done."""
    _mine(visitor, account)
    note = request.POST.get("da_tra", "").strip()
    try:
        agreements.say_paid(
            account_code=account, note=note, papers=papers_of(request), actor=visitor.actor, at=clock.now()
        )
    except Refused as refusal:
        empty = gettext("Hãy ghi trả ngày nào, bằng cách nào.")
        field = "tep" if refusal.field == "papers" else "da_tra"
        return _page(request, visitor, wrong=(account, field, refused_text(refusal) if note else empty))
    messages.success(
        request, gettext("Đã ghi. Chúng tôi kiểm tra; trong lúc đó không ai ngừng điện của anh/chị.")
    )
    return redirect("customer:standing")


def _reach(visitor: Visitor) -> Reach | None:
    return access.reach_of_actor(visitor.actor, on=local_date(clock.now()))


def _accounts(reach: Reach) -> list[str]:
    """Those they hold, and those they pay for; not those they only use."""
    parts = [part.account_code for part in reach.parts if part.role in access.WITH_MONEY]
    return list(dict.fromkeys([*reach.held, *parts]))


def _mine(visitor: Visitor, account: str) -> None:
    reach = _reach(visitor)
    if reach is None or account not in _accounts(reach):
        raise NotFound(field="account")


def _page(
    request: HttpRequest, visitor: Visitor, *, wrong: tuple[str, str, str] | None = None
) -> HttpResponse:
    now, reach = clock.now(), _reach(visitor)
    codes = _accounts(reach) if reach is not None else []
    places = supply_queries.find_contracts(codes)
    order = list(NAMES)[::-1]
    found = sorted((standing(code, now) for code in codes), key=lambda one: order.index(one.where))
    accounts = [
        _shown(one, places[one.account_code].place_text if one.account_code in places else "", number, wrong)
        for number, one in enumerate(found, start=1)
    ]
    problems = [line["problem"] for line in accounts if line["problem"]]
    typed = request.POST.get("da_tra", "")[:200] if wrong else ""
    context = {
        "accounts": accounts, "hotline": company_queries.get_company().hotline, "typed": typed,
        "problems": problems, "has_errors": bool(problems), "is_calm": all(not one["standing"].owed_vnd for one in accounts),
    }  # fmt: skip
    return render(request, "customer/standing.html", context, status=422 if wrong else 200)


def _shown(one: Standing, place: str, number: int, wrong: tuple[str, str, str] | None) -> dict[str, Any]:
    label, tone = NAMES[one.where]
    is_here = wrong is not None and wrong[0] == one.account_code
    return {
        "standing": one, "place": place, "number": number, "label": label, "tone": tone, "text": _sentence(one),
        "dues": [_due(due, has_qr=place < MOST_QR) for place, due in enumerate(one.dues)],
        "charges": [
            {"charge": charge, "kind": owing.kind_name(charge.kind)}
            for charge in one.charges
            if charge.id not in {due.charge.id for due in one.dues}
        ],
        "coming": [{"at": step.at, "text": STEPS[step.kind]} for step in one.coming],
        "ways": [_way(parts) for parts in one.ways], "error_at": wrong[1] if is_here and wrong else "",
        "error": wrong[2] if is_here and wrong else "", "problem": (f"{wrong[1]}-{number}", wrong[2]) if is_here and wrong else None,
    }  # fmt: skip


def _due(due: Due, *, has_qr: bool) -> dict[str, Any]:
    """What to pay of one charge now; its page is told which part is meant, and what had come before."""
    charge = due.charge
    asked = f"?{urlencode({'so_tien': due.amount_vnd, 'tu': charge.paid_vnd})}" if due.is_part else ""
    qr_text = payment_queries.qr_of(charge, due.amount_vnd) if has_qr else ""
    return {
        "charge": charge, "amount_vnd": due.amount_vnd, "is_part": due.is_part, "kind": owing.kind_name(charge.kind),
        "href": reverse("customer:owed-charge", args=[charge.payment_code]) + asked,
        "qr_text": qr_text, "qr_svg": payment_queries.qr_svg(qr_text) if qr_text else "",
    }  # fmt: skip


def _way(parts: tuple[tuple[date, int], ...]) -> dict[str, Any]:
    said = "; ".join(
        gettext("%(amount)s trước hết ngày %(day)s")
        % {"amount": format_vnd(amount), "day": f"{day:%d/%m/%Y}"}
        for day, amount in parts
    )
    return {"count": len(parts), "text": said}


def _back(one: Standing) -> Any:
    """What the reconnection waits for: its fee, where that comes first; else nothing."""
    if one.fee_first and any(charge.kind == FEE_KIND for charge in one.charges):
        return _("Anh/chị đã trả hết nợ. Trả phí đóng điện lại bên dưới nữa là tổ công tác đến trong 24 giờ.")
    if one.owed_vnd:
        return _("Tổ công tác đang đến đóng điện lại. Còn %(owed)s quá hạn từ ngày %(since)s.")
    return _("Anh/chị đã trả đủ. Tổ công tác đến đóng điện lại trong 24 giờ.")


def _sentence(one: Standing) -> str:
    """One calm sentence: where it stands, and what that means for the reader."""
    told = {
        "owed": format_vnd(one.owed_vnd),
        "since": f"{local_date(one.overdue_since):%d/%m/%Y}" if one.overdue_since else "",
        "until": f"{one.spared_until - timedelta(days=1):%d/%m/%Y}" if one.spared_until else "",
        "why": REASONS.get(one.spared_reason, ""),
    }
    words = {
        Where.NOTHING: _("Không có khoản nào phải trả."),
        Where.WAITING: _("Chưa có khoản nào quá hạn."),
        Where.OVERDUE: _("Còn %(owed)s quá hạn từ ngày %(since)s. Trả bây giờ là xong."),
        Where.NOTIFIED: _("Còn %(owed)s quá hạn từ ngày %(since)s; chúng tôi đã nhắc. Trả bây giờ là xong."),
        Where.ANNOUNCED: _("Còn %(owed)s quá hạn từ ngày %(since)s. Nếu chưa trả, điện sẽ bị ngừng; trả lúc nào thì thôi lúc ấy."),
        Where.STOP_ORDERED: _("Còn %(owed)s quá hạn từ ngày %(since)s. Đã có lệnh ngừng cấp điện; trả ngay thì lệnh được hủy."),
        Where.STOPPED: _("Điện đang ngừng vì còn nợ %(owed)s. Trả đủ thì chúng tôi đến đóng điện lại ngay."),
        Where.BACK_ORDERED: _back(one),
        Where.PROMISED: _("Anh/chị đang trả dần. Trả đúng từng kỳ thì không bị ngừng điện."),
        Where.SPARED: _("Còn %(owed)s quá hạn từ ngày %(since)s. Chúng tôi tạm chưa làm gì tiếp: %(why)s."),
    }  # fmt: skip
    if one.where is Where.SPARED and not told["why"]:
        words[Where.SPARED] = _("Còn %(owed)s quá hạn từ ngày %(since)s. Chúng tôi tạm chưa làm gì tiếp.")
    said = str(words[one.where]) % told
    return (
        f"{said} {gettext('Đến hết ngày %(until)s.') % told}"
        if one.where is Where.SPARED and told["until"]
        else said
    )
