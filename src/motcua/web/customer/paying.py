"""Paying by a code, without proving who one is: a child pays for its parents. Amounts and where to pay them, no names."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from motcua.config import clock
from motcua.connectors.wallets import paying as wallets
from motcua.customers import operations as customer_ops
from motcua.kernel import codes
from motcua.kernel.results import Refused
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import online_queries, owing
from motcua.payments import queries as payment_queries
from motcua.web.errors import refused_text

LONGEST_AMOUNT = 12  # digits
LONGEST_CODE = 600  # the whole text of a QR code
TRIES, WINDOW = 40, timedelta(hours=1)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def owed(request: HttpRequest) -> HttpResponse:
    """What is owed under an account code or a payment code; the text of a QR code will do."""
    typed = request.POST.get("ma", "").strip()[:LONGEST_CODE]
    found, error = None, ""
    if request.method == "POST":
        try:
            count_tries(request, clock.now())
            charge_codes = codes.find_payment_codes(typed)
            charges = ledger_queries.find_charges_by_code(charge_codes[:1])
            if charges:
                return redirect("customer:owed-charge", charges[0].payment_code)
            found, error = owing.owed_at(typed), ""
            if found is None:
                error = _what_is_wrong(typed, bool(charge_codes))
        except Refused as refusal:
            error = refused_text(refusal)
    context = {
        "typed": typed, "error": error, "has_errors": bool(error),
        "problems": {"ma": error} if error else {},
        "account": found.account if found else "", "charges": [(owing.kind_name(charge.kind), charge) for charge in found.charges] if found else [],
        "balance": found.balance if found else None,
    }  # fmt: skip
    return render(request, "customer/owed.html", context, status=422 if error else 200)


def _what_is_wrong(typed: str, is_payment_code: bool) -> str:
    if not typed:
        return gettext("Hãy nhập mã khách hàng hoặc mã thanh toán.")
    if is_payment_code:
        return gettext("Không có khoản nào với mã thanh toán này ở đây. Hãy xem lại tin nhắn.")
    if codes.is_account_code(codes.clean_account_code(typed)):
        return gettext("Chưa thấy mã khách hàng này ở đây. Hãy so lại với hóa đơn.")
    return gettext("Mã chưa đúng. Mã khách hàng có 13 ký tự, ví dụ PD01000123456.")


@never_cache
@require_safe
def owed_charge(request: HttpRequest, code: str) -> HttpResponse:
    """One charge by its payment code: the amount, the code to scan, the account to pay into."""
    count_tries(request, clock.now())
    charges = ledger_queries.find_charges_by_code([code.upper()])
    if not charges:
        raise Http404
    return render(request, "customer/owed_charge.html", page_of(charges[0], request.GET))


def page_of(charge: ChargeView, asked: QueryDict) -> dict[str, Any]:
    """What the pay page shows of a charge. `asked` may name a part by `so_tien`, and by `tu` what had been paid when it was
    asked for: of a part that has come since nothing more is asked.
    """
    part, since = _amount(asked.get("so_tien", "")), _amount(asked.get("tu", ""))
    came = charge.paid_vnd - since if since is not None else 0
    ask = max(0, part - max(0, came)) if part else charge.remaining_vnd
    return {
        "payment": payment_queries.payment_of(charge, part_vnd=ask), "kind": owing.kind_name(charge.kind),
        "wallets": wallets.list_offers(ask or charge.remaining_vnd),
        "attempt": online_queries.find_open_attempt(charge.id),
        "part_came": part if part and not ask and charge.is_open else 0,
    }  # fmt: skip


def _amount(text: str) -> int | None:
    """Whole dong as an address carries them; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_AMOUNT else None


def count_tries(request: HttpRequest, at: datetime) -> None:
    """Codes are numbers: nobody goes through them one by one. Raises TooManyAttempts."""
    if request.headers.get("X-Requested-With") == "fetch":  # the open page asking whether the money has come
        return
    customer_ops.count_attempt(
        subject=f"owed:{request.META.get('REMOTE_ADDR', '')}", limit=TRIES, window=WINDOW, at=at
    )
