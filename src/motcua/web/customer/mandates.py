"""Auto-debit: a customer agrees that their bank pays by itself, sees what came of it, and stops it by one press."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from motcua.companies import banks
from motcua.config import clock
from motcua.connectors.banks import debits
from motcua.customers import queries as customer_queries
from motcua.kernel.results import NotFound, Refused
from motcua.payments import online_queries
from motcua.payments.operations import mandates as mandate_ops
from motcua.supply import queries as supply_queries
from motcua.web.customer.mine import of_person
from motcua.web.errors import refused_text
from motcua.web.visitors import Visitor

MOST = {"500000": "500.000 đ", "1000000": "1.000.000 đ", "2000000": "2.000.000 đ", "5000000": "5.000.000 đ"}
WORDING = _(
    "Tôi đồng ý để ngân hàng tự trích tài khoản này trả các khoản đến hạn của mã khách hàng đã chọn, mỗi lần không quá "
    "mức tôi đặt. Tôi có thể thôi bất cứ lúc nào."
)
STATES = {
    "PLANNED": (_("sắp gửi ngân hàng"), "wait"), "SENT": (_("ngân hàng đang trích"), "wait"), "PAID": (_("đã trích"), "good"),
    "REFUSED": (_("không trích được"), "bad"), "CANCELLED": (_("không trích nữa"), "info"),
}  # fmt: skip
REASONS = {
    "AM04": _("tài khoản không đủ tiền"), "AM02": _("quá mức trong ngày"), "AM14": _("quá mức đã đặt ở ngân hàng"),
    "AC01": _("số tài khoản không đúng"), "AC04": _("tài khoản đã đóng"), "AC06": _("tài khoản bị phong tỏa"),
    "MD01": _("ngân hàng không có ủy quyền này"), "MD07": _("ngân hàng đã chấm dứt ủy quyền"),
}  # fmt: skip


@of_person
def mandates(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The consents given and one more to give. One who acts for another gives none for them."""
    own = _own(visitor)
    known_ids = customer_queries.list_ids(own)
    accounts = [
        (c.account_code, f"{c.account_code} · {c.place_text}")
        for c in supply_queries.list_contracts(known_ids)
    ]
    partners = debits.list_partners()
    typed = {
        name: request.POST.get(name, "").strip()[:80] for name in ("account_code", "bank", "account", "name")
    }
    typed["most"] = request.POST.get("most", "2000000")
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _problems(typed, request.POST.get("dong-y") == "1", {code for code, _label in accounts})
        if not errors and partners:
            try:
                _give(own, typed, partners[0], visitor)
            except Refused as refusal:
                errors = {"account": refused_text(refusal)}
            else:
                messages.success(request, gettext("Đã ghi. Từ kỳ sau ngân hàng trích tiền thay anh/chị."))
                return redirect("customer:mandates")
    found = online_queries.list_mandates(known_ids)
    context = {
        "mandates": [
            {"view": one, "bank": banks.name_of(one.debtor_bin), "debits": [_line(d) for d in online_queries.list_debits(one.id)]}
            for one in found
        ],
        "accounts": accounts, "may_give": bool(partners and accounts), "typed": typed, "errors": errors,
        "has_errors": bool(errors), "wording": WORDING, "most": list(MOST.items()),
        "banks": [(bank.bin, bank.name) for bank in banks.list_collecting(clock.now().date())],
    }  # fmt: skip
    return render(request, "customer/mandates.html", context, status=422 if errors else 200)


@require_POST
@of_person
def stop(request: HttpRequest, visitor: Visitor, mandate_id: UUID) -> HttpResponse:
    """One press, no question: it can be given again as easily."""
    if not online_queries.is_of(mandate_id, customer_queries.list_ids(_own(visitor))):
        raise NotFound(field="mandate_id")
    mandate_ops.cancel_mandate(mandate_id=mandate_id, actor=visitor.actor, at=clock.now())
    messages.success(request, gettext("Đã thôi trích tự động. Từ nay anh/chị tự trả."))
    return redirect("customer:mandates")


def _own(visitor: Visitor) -> UUID:
    """What nobody does for another. Raises NotFound."""
    if visitor.session.customer_id is None or visitor.session.acting_for is not None:
        raise NotFound
    return visitor.session.customer_id


def _problems(typed: dict[str, str], agrees: bool, accounts: set[str]) -> dict[str, str]:
    errors = {}
    if typed["account_code"] not in accounts:
        errors["account_code"] = gettext("Hãy chọn mã khách hàng.")
    if not typed["bank"]:
        errors["bank"] = gettext("Hãy chọn ngân hàng.")
    if not typed["account"]:
        errors["account"] = gettext("Hãy nhập số tài khoản.")
    if not typed["name"]:
        errors["name"] = gettext("Hãy nhập tên chủ tài khoản như ở ngân hàng.")
    if typed["most"] not in MOST:
        errors["most"] = gettext("Hãy chọn mức trích cao nhất.")
    if not agrees:
        errors["dong-y"] = gettext("Hãy đánh dấu đồng ý để ngân hàng trích tiền.")
    return errors


def _give(own: UUID, typed: dict[str, str], partner: str, visitor: Visitor) -> None:
    mandate_ops.give_mandate(
        customer_id=own, account_code=typed["account_code"], partner=partner, debtor_bin=typed["bank"],
        debtor_account=typed["account"], debtor_name=typed["name"], most_vnd=int(typed["most"]), consent_text=str(WORDING),
        consent_channel="WEB", actor=visitor.actor, at=clock.now(),
    )  # fmt: skip


def _line(debit: online_queries.DebitView) -> dict[str, Any]:
    label, tone = STATES[debit.state]
    reason = str(REASONS.get(debit.reason, debit.reason))
    return {"debit": debit, "label": label, "tone": tone, "reason": reason}
