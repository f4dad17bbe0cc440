"""The rules money goes by: how a channel settles, who may approve how large a refund. A change waits for a second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.money import format_number
from motcua.kernel.results import NotFound, Refused
from motcua.kernel.results import gettext_noop as _
from motcua.payments import matching_queries, rule_queries
from motcua.payments.operations import money_rules
from motcua.payments.rule_queries import ProposalView
from motcua.web import words
from motcua.web.errors import refused_text
from motcua.web.money.sections import MONEY
from motcua.web.staff_pages import StaffRequest, staff_page

KEEPERS = (Role.ACCOUNTANT, Role.SUPERVISOR)
MODES = {"EACH": _("Từng khoản một dòng"), "LUMP": _("Cả ngày một dòng")}
ROLES = {"ACCOUNTANT": _("Kế toán"), "SUPERVISOR": _("Giám sát")}
KINDS = {
    "SETTLEMENT": _("Quyết toán của kênh"),
    "REFUND_LIMIT": _("Mức duyệt hoàn tiền"),
    "SHEET": _("Cách đọc bảng"),
}
STATES = {"AGREED": (_("đã duyệt"), "good"), "REFUSED": (_("không duyệt"), "bad")}
PARTS = {
    "SETTLEMENT": ("channel", "account", "mode", "text_pattern", "lag_days", "most_fee_vnd", "valid_from"),
    "REFUND_LIMIT": ("role", "most_vnd", "valid_from"),
}


@require_safe
@staff_page(*MONEY)
def rules(request: StaffRequest) -> HttpResponse:
    """What is in force, what waits, and forms to propose a change."""
    return show(request)


def show(
    request: StaffRequest,
    *,
    error: str = "",
    wrong: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = rule_queries.list_proposals(waiting=True)
    decided = rule_queries.list_proposals(waiting=False, limit=10)
    names = words.actor_names({one.proposed_by for one in waiting} | {one.decided_by for one in decided})
    limits = rule_queries.list_refund_limits()
    context = {
        "waiting": [
            {**_line(one), "by": names.get(one.proposed_by, one.proposed_by),
             "may_decide": request.actor.has_role(*KEEPERS) and one.proposed_by != request.actor.ref}
            for one in waiting
        ],
        "decided": [
            {**_line(one), "state": gettext(STATES[one.state][0]), "tone": STATES[one.state][1],
             "by": names.get(one.decided_by, one.decided_by)}
            for one in decided
        ],
        "settlements": [
            (channel, account, gettext(MODES[mode]), pattern, lag, fee, since)
            for channel, account, mode, pattern, lag, fee, since in matching_queries.list_settlement_rules()
        ],
        "limits": [(gettext(ROLES.get(role, role)), most, since) for role, most, since, _by in limits],
        "accounts": matching_queries.list_own_accounts(),
        "modes": [(code, gettext(name)) for code, name in MODES.items()],
        "roles": [(code, gettext(name)) for code, name in ROLES.items()],
        "may_propose": request.actor.has_role(*KEEPERS), "today": local_date(clock.now()).isoformat(),
        "typed": typed or {}, "error": error, "wrong": wrong, "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/rules.html", context, status=status)


@require_POST
@staff_page(*KEEPERS)
def propose(request: StaffRequest) -> HttpResponse:
    """Write a change down for a second person."""
    kind = request.POST.get("loai", "")
    if kind not in PARTS:
        raise Http404
    typed = {name: request.POST.get(name, "")[:120] for name in PARTS[kind]}
    try:
        money_rules.propose_rule(kind=kind, data=typed, actor=request.actor, at=clock.now())
    except Refused as refusal:
        wrong = f"{kind}.{refusal.field}"
        return show(
            request, error=refused_text(refusal), wrong=wrong, typed={**typed, "loai": kind}, status=422
        )
    messages.success(request, gettext("Đã gửi, chờ người khác duyệt."))
    return redirect("money:rules")


@require_POST
@staff_page(*KEEPERS)
def decide(request: StaffRequest, rule_id: int) -> HttpResponse:
    """Agree, or not and say why."""
    told: dict[str, Any] = {
        "proposal_id": rule_id, "note": request.POST.get("ly_do", ""), "actor": request.actor, "at": clock.now(),
    }  # fmt: skip
    acts: dict[str, Any] = {"duyet": money_rules.agree_rule, "khong": money_rules.refuse_rule}
    wanted = request.POST.get("viec", "")
    if wanted not in acts:
        raise Http404
    try:
        acts[wanted](**told)
    except NotFound:
        raise Http404 from None
    except Refused as refusal:
        return show(request, error=refused_text(refusal), status=409)
    messages.success(request, gettext("Đã lưu."))
    return redirect("money:rules")


def _line(one: ProposalView) -> dict[str, Any]:
    return {"one": one, "kind": gettext(KINDS[one.kind]), "said": said_of(one)}


def said_of(one: ProposalView) -> str:
    """The change in a line of words."""
    told = one.data
    if one.kind == "SETTLEMENT":
        mode = MODES[told["mode"]]
        said = {
            "mode": gettext(mode).lower(),
            "lag": told["lag_days"],
            "fee": format_number(told["most_fee_vnd"]),
        }
        return gettext(
            "%(channel)s → %(account)s, %(mode)s %(text_pattern)s, sau %(lag)s ngày, phí tối đa %(fee)s đ, từ %(since)s"
        ) % {**told, **said, "since": told["valid_from"]}
    if one.kind == "REFUND_LIMIT":
        return gettext("%(role)s duyệt đến %(most)s đ, từ %(since)s") % {
            "role": gettext(ROLES.get(told["role"], told["role"])), "most": format_number(told["most_vnd"]),
            "since": told["valid_from"],
        }  # fmt: skip
    return f"{told['code']} · {told['bank']}"
