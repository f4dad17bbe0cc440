"""The company's policy on debt: proposed by one, agreed by another; what law and practice say to begin from."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused
from motcua.payments.dunning import policies, queries, rules
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.money.sections import MONEY
from motcua.web.staff_pages import StaffRequest, staff_page

DECIDERS = (Role.BUSINESS, Role.SUPERVISOR)
MOST = 9_999_999
NUMBERS = {
    "notices": _("Số lần nhắc"), "first_days": _("Từ ngày hết hạn đến lần nhắc đầu (ngày)"), "gap_days": _("Giữa hai lần nhắc (ngày)"),
    "after_first_days": _("Từ lần nhắc đầu đến báo lần cuối, ít nhất (ngày)"),
    "after_last_days": _("Từ lần nhắc cuối đến báo lần cuối, ít nhất (ngày)"),
    "announce_hours": _("Từ báo lần cuối đến khi ngừng, ít nhất (giờ)"), "least_owed_vnd": _("Nợ ít hơn số này thì không làm gì (đồng)"),
    "promise_parts": _("Khách hàng tự xin trả dần nhiều nhất (kỳ; 0 là không)"), "promise_days": _("Trả dần lâu nhất (ngày)"),
    "claim_days": _("Khách hàng báo đã trả thì tạm dừng (ngày; 0 là không)"),
    "fee_days": _("Phí cấp điện trở lại trả sau: trong bao nhiêu ngày"),
}  # fmt: skip
TIMES = {"stop_from": _("Chỉ ngừng điện từ"), "stop_to": _("đến trước")}
TICKS = {
    "needs_working_day_after": _("Không ngừng điện trước ngày nghỉ"),
    "fee_first": _("Phí cấp điện trở lại trả trước khi đóng điện"),
}
STATES = {
    "PROPOSED": (_("chờ duyệt"), "wait"),
    "AGREED": (_("đã duyệt"), "good"),
    "REFUSED": (_("không duyệt"), "bad"),
}


@require_safe
@staff_page(*MONEY)
def page(request: StaffRequest) -> HttpResponse:
    """Every policy with its day, and a form for one more."""
    return _page(request, _begin(request.GET.get("theo", "")))


@require_POST
@staff_page(*DECIDERS)
def propose(request: StaffRequest) -> HttpResponse:
    """One more, for somebody else to agree to; what is wrong stands beside its field."""
    typed = {
        name: request.POST.get(name, "").strip()[:200]
        for name in (*NUMBERS, *TIMES, *TICKS, "valid_from", "source")
    }
    policy, day, errors = _read(typed)
    if policy is not None and day is not None and not errors:
        try:
            policies.propose_policy(
                valid_from=day,
                policy=policy,
                source=typed["source"],
                confidence="PRIMARY",
                actor=request.actor,
                at=clock.now(),
            )
        except Refused as refusal:
            errors = {refusal.field or "": refused_text(refusal)}
        else:
            messages.success(request, gettext("Đã ghi đề nghị. Một người khác duyệt thì có hiệu lực."))
            return redirect("money:debt-policies")
    return _page(request, typed, errors, 422)


def _begin(code: str) -> dict[str, Any]:
    """What the form begins with: one of the shipped policies, else the one in force."""
    shipped = next((told for told in queries.shipped_policies() if told["code"] == code), None)
    if shipped is not None:
        return {
            **shipped,
            "valid_from": "",
            "needs_working_day_after": "1",
            "fee_first": "1" if shipped["fee_first"] else "",
        }
    policy = queries.policy_on(local_date(clock.now()))
    if policy is None:
        return {}
    told = {field.name: getattr(policy, field.name) for field in fields(policy)}
    told |= {name: f"{told[name]:%H:%M}" for name in TIMES} | {
        name: "1" if told[name] else "" for name in TICKS
    }
    return told


def _read(typed: dict[str, str]) -> tuple[rules.Policy | None, date | None, dict[str, str]]:
    errors: dict[str, str] = {}
    told: dict[str, Any] = {name: typed[name] == "1" for name in TICKS}
    for name in NUMBERS:
        text = typed[name].replace(".", "")
        if text.isascii() and text.isdigit() and int(text) <= (MOST if name.endswith("vnd") else 999):
            told[name] = int(text)
        else:
            errors[name] = gettext("Hãy nhập một số từ 0 trở lên.")
    for name in TIMES:
        try:
            told[name] = time.fromisoformat(typed[name])
        except ValueError:
            errors[name] = gettext("Hãy nhập giờ, ví dụ 08:00.")
    try:
        day = date.fromisoformat(typed["valid_from"])
    except ValueError:
        return None, None, {**errors, "valid_from": gettext("Hãy nhập ngày có hiệu lực.")}
    if day <= local_date(clock.now()):
        errors["valid_from"] = gettext("Chính sách có hiệu lực sớm nhất từ ngày mai.")
    return (None if errors else rules.Policy(**told)), day, errors


def _page(
    request: StaffRequest, typed: dict[str, Any], errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    found = queries.list_policies()
    names = words.actor_names({one.proposed_by for one in found} | {one.decided_by for one in found} - {""})
    today, errors = local_date(clock.now()), errors or {}
    now = next((one.id for one in found if one.state == "AGREED" and one.valid_from <= today), None)
    may = request.actor.has_role(*DECIDERS)
    context = {
        "lines": [
            {
                "row": one, "label": STATES[one.state][0], "tone": STATES[one.state][1], "is_now": one.id == now,
                "by": names.get(one.proposed_by, one.proposed_by), "decided_by": names.get(one.decided_by, one.decided_by),
                "facts": [(label, getattr(one.policy, name)) for name, label in NUMBERS.items()],
                "may_decide": may and one.state == "PROPOSED" and one.proposed_by != request.actor.ref,
            }
            for one in found
        ],
        "numbers": [_field(name, label, typed, errors) for name, label in NUMBERS.items()],
        "times": [_field(name, label, typed, errors) for name, label in TIMES.items()],
        "ticks": [_field(name, label, typed, errors) for name, label in TICKS.items()],
        "valid_from": _field("valid_from", _("Có hiệu lực từ ngày"), typed, errors),
        "source": _field("source", _("Căn cứ: văn bản, số, ngày"), typed, errors),
        "shipped": queries.shipped_policies(), "may_propose": may, "errors": errors, "has_errors": bool(errors),
        "general": errors.get("", ""),
    }  # fmt: skip
    return render(request, "money/debt_policies.html", context, status=status)


def _field(name: str, label: Any, typed: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "label": label, "value": typed.get(name, ""), "error": errors.get(name, "")}


@require_POST
@staff_page(*DECIDERS)
def decide(request: StaffRequest, policy_id: int) -> HttpResponse:
    """Agree to a proposed policy, or not."""
    if request.POST.get("viec") not in {"duyet", "tu-choi"}:
        raise Http404
    agrees = request.POST["viec"] == "duyet"
    try:
        policies.decide_policy(policy_id=policy_id, agrees=agrees, actor=request.actor, at=clock.now())
    except NotFound:
        raise Http404 from None
    except Refused as refusal:
        return _page(request, _begin(""), {"": refused_text(refusal)}, 409)
    return redirect("money:debt-policies")
