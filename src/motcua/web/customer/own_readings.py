"""The customer reads their meter: a figure and a photo, in the days in which a reading is wanted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.billing import access, own_reading_queries, reading_days
from motcua.billing import operations as billing_ops
from motcua.billing.models import OwnReading, OwnReadingState
from motcua.config import clock
from motcua.kernel import codes
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Invalid, NotFound, Refused, fill
from motcua.supply import hanging
from motcua.supply import queries as supply_queries
from motcua.supply.hanging import Hanging
from motcua.web.customer.forms import fresh_key
from motcua.web.customer.mine import of_person
from motcua.web.errors import refused_text
from motcua.web.visitors import Visitor

SHOWN = 12
STATES = {
    OwnReadingState.ASKED: (_("chờ anh/chị xem lại"), "warn"),
    OwnReadingState.TAKEN: (_("đã nhận"), "good"),
    OwnReadingState.WAITING: (_("điện lực đang xem ảnh"), "wait"),
    OwnReadingState.ACCEPTED: (_("đã nhận"), "good"),
    OwnReadingState.REFUSED: (_("chưa dùng được"), "bad"),
}
REGISTERS = {
    "KT": _("Chỉ số trên mặt công tơ"),
    "BT": _("Chỉ số giờ bình thường (BT)"),
    "CD": _("Chỉ số giờ cao điểm (CĐ)"),
    "TD": _("Chỉ số giờ thấp điểm (TĐ)"),
}
QUESTIONS = {
    "ABOVE": _("Nhiều hơn hẳn kỳ trước."),
    "BELOW": _("Ít hơn hẳn kỳ trước."),
    "NEGATIVE": _("Nhỏ hơn chỉ số kỳ trước."),
    "ZERO_HOME": _("Bằng chỉ số kỳ trước: cả kỳ không dùng điện."),
}


@require_safe
@of_person
def own_readings(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """My meters, which of them may be read today, and what became of what I sent."""
    at = clock.now()
    on, accounts = local_date(at), _accounts(visitor, local_date(at))
    contracts = supply_queries.find_contracts(accounts)
    context = {
        "homes": [
            {"account": code, "place": contracts[code].place_text, **_days(code, on)}
            for code in accounts
            if code in contracts
        ],
        "sent": [_line(row) for row in own_reading_queries.list_of_accounts(accounts, limit=SHOWN)],
    }
    return render(request, "customer/own_readings.html", context)


@of_person
def send(request: HttpRequest, visitor: Visitor, account: str) -> HttpResponse:
    """The figure and the photo of one meter."""
    at = clock.now()
    code = _mine(visitor, account, at)
    meter = _meter(code, at)
    wanted = reading_days.find_wanted(code, local_date(at))
    if meter is None or wanted is None:
        return redirect("customer:own-readings")
    typed = {register: request.POST.get(f"so_{register}", "").strip()[:20] for register in meter.registers}
    errors: dict[str, str] = {}
    photo = request.FILES.get("anh")
    if request.method == "POST":
        if photo is None:
            errors["anh"] = gettext("Hãy chụp hoặc chọn ảnh mặt công tơ.")
        else:
            try:
                row = billing_ops.send_own_reading(
                    account_code=code, shown=typed, photo=photo.read(), photo_name=photo.name or "", actor=visitor.actor,
                    at=at, key=f"own:{code}:{request.POST.get('key') or fresh_key('reading')}"[:80],
                )  # fmt: skip
            except Refused as refusal:
                errors = _errors(refusal)
            else:
                return _after(request, row)
    context = {
        "account": code, "meter": meter, "wanted": wanted, "errors": errors, "has_errors": bool(errors),
        "fields": _fields(meter, typed, errors), "photo_error": errors.get("anh", ""),
        "key": request.POST.get("key") or fresh_key("reading"),
    }  # fmt: skip
    return render(request, "customer/own_reading_send.html", context, status=422 if errors else 200)


@of_person
def asked(request: HttpRequest, visitor: Visitor, reading_id: UUID) -> HttpResponse:
    """It is far off: is it so, or was it typed wrong? The photo is here already."""
    at = clock.now()
    row = own_reading_queries.find_own_reading(reading_id)
    if row is None:
        raise NotFound(field="reading_id")
    code = _mine(visitor, row.account_code, at)
    meter = _meter(code, at)
    if row.state != OwnReadingState.ASKED or meter is None:
        return redirect("customer:own-readings")
    typed = {register: row.shown.get(register, "") for register in meter.registers}
    errors: dict[str, str] = {}
    if request.method == "POST":
        told: dict[str, Any] = {"reading_id": row.id, "actor": visitor.actor, "at": at}
        try:
            if request.POST.get("viec") == "dung":
                done = billing_ops.confirm_own_reading(**told)
            else:
                typed = {name: request.POST.get(f"so_{name}", "").strip()[:20] for name in meter.registers}
                done = billing_ops.correct_own_reading(shown=typed, **told)
        except Refused as refusal:
            errors = _errors(refusal)
        else:
            return _after(request, done)
    context = {
        "row": row, "question": QUESTIONS[row.doubt], "figures": own_reading_queries.figures_of(row), "meter": meter,
        "fields": _fields(meter, typed, errors), "errors": errors, "has_errors": bool(errors),
    }  # fmt: skip
    return render(request, "customer/own_reading.html", context, status=422 if errors else 200)


def _after(request: HttpRequest, row: OwnReading) -> HttpResponse:
    if row.state == OwnReadingState.ASKED:
        return redirect("customer:own-reading", reading_id=row.id)
    waits = row.state == OwnReadingState.WAITING
    messages.success(
        request,
        gettext("Cảm ơn anh/chị. Nhân viên sẽ xem ảnh rồi báo lại.")
        if waits
        else gettext("Đã nhận chỉ số. Cảm ơn anh/chị."),
    )
    return redirect("customer:own-readings")


def _accounts(visitor: Visitor, on: date) -> list[str]:
    reach = access.reach_of_actor(visitor.actor, on=on)
    return own_reading_queries.accounts_of(reach) if reach else []


def _mine(visitor: Visitor, account: str, at: datetime) -> str:
    """The account's code when it is this person's. Raises NotFound."""
    code = codes.clean_account_code(account[:40])
    if code not in _accounts(visitor, local_date(at)):
        raise NotFound(field="account")
    return code


def _meter(code: str, at: datetime) -> Hanging | None:
    found = hanging.list_hanging([code], at).get(code, [])
    return next((one for one in found if one.kind != "REACTIVE"), None)


def _days(code: str, on: date) -> dict[str, Any]:
    wanted = reading_days.find_next(code, on)
    return {"wanted": wanted, "is_today": wanted is not None and wanted.first <= on}


def _fields(meter: Hanging, typed: dict[str, str], errors: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": f"so_{register}", "label": REGISTERS[register], "value": typed[register], "error": errors.get(f"so_{register}", "")}
        for register in meter.registers
    ]  # fmt: skip


def _errors(refusal: Refused) -> dict[str, str]:
    """By field of the form."""
    if isinstance(refusal, Invalid):
        return {
            f"so_{name}": fill(gettext(problems[0].message), problems[0].facts)
            for name, problems in refusal.errors.items()
        }
    return {"anh" if refusal.field == "file" else "": refused_text(refusal)}


def _line(row: OwnReading) -> dict[str, Any]:
    label, tone = STATES[OwnReadingState(row.state)]
    return {"row": row, "figures": own_reading_queries.figures_of(row), "label": label, "tone": tone}
