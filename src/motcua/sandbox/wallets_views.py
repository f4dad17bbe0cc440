"""The wallets' doors, as each of them speaks, the page on which a payer decides, and the page that plans what goes wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.config import clock
from motcua.connectors.wallets import momo, signing, vnpay, zalopay
from motcua.connectors.wallets.contract import NotGenuine, Unreadable
from motcua.connectors.wallets.paying import WALLETS
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.sandbox import wallets, wallets_calls
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import is_json, json_or_form, read_json, refusal
from motcua.sandbox.wallets import NUMBERS, Decision, Fault
from motcua.sandbox.wallets_models import SandboxWalletOrder, SandboxWalletPlan

SHOWN = 15
# An answer that got lost on its way, as the caller's side sees it.
LOST_ANSWER = 504
FAULT_LABELS = {
    Fault.LATE: _("Báo muộn 20 giây"),
    Fault.LOST: _("Lần báo đầu bị mất"),
    Fault.DOUBLED: _("Báo ba lần"),
    Fault.TEN: _("Báo mười lần cùng lúc"),
    Fault.REORDERED: _("Báo thất bại trước, thành công sau"),
    Fault.NEVER: _("Không báo lần nào"),
    Fault.EARLY: _("Báo trước khi trả lời lệnh tạo"),
    Fault.WRONG_SIGNATURE: _("Lần báo đầu sai chữ ký"),
    Fault.OTHER_AMOUNT: _("Báo số tiền khác"),
    Fault.TIMEOUT: _("Đã trừ tiền mà mất câu trả lời"),
    Fault.PROCESSING: _("Đang xử lý một lúc rồi mới có kết quả"),
    Fault.UNKNOWN_ORDER: _("Báo về một đơn không có"),
    Fault.DROPPED: _("Ví mất dữ liệu của đơn"),
    Fault.SETTLEMENT: _("Tệp đối soát lệch một dòng"),
}


def _guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A machine's door: JSON or a form without a token of a page of ours."""
    return demo_only(csrf_exempt(require_POST(view)))


# ---- VNPAY


@demo_only
@require_GET
def vnpay_pay(request: HttpRequest) -> HttpResponse:
    """The payer arrives with everything in the address."""
    try:
        told = vnpay.verify(request.META.get("QUERY_STRING", ""), wallets.secret_of("VNPAY"))
    except NotGenuine:
        return HttpResponse("97 Invalid signature", status=400, content_type="text/plain")
    amount = vnpay.read_amount(told.get("vnp_Amount"))
    if (
        not amount
        or told.get("vnp_Version") != vnpay.VERSION
        or told.get("vnp_TmnCode") != _public("VNPAY", "tmn_code")
    ):
        return HttpResponse("03 Invalid data", status=400, content_type="text/plain")
    order, _is_new = wallets.take_order(
        wallet="VNPAY", ref=told["vnp_TxnRef"], amount_vnd=amount, host=request.get_host(), told=told
    )
    return redirect("sandbox:wallet-pay", token=order.token)


@_guarded
def vnpay_api(request: HttpRequest) -> HttpResponse:
    told, secret = _json(request), wallets.secret_of("VNPAY")
    is_query = told.get("vnp_Command") == "querydr"
    signed = vnpay.CREATE_OF_QUERY if is_query else vnpay.OF_REFUND
    if told.get(vnpay.HASH) != vnpay.sign_row(signed, told, secret):
        return JsonResponse({"vnp_ResponseCode": "97", "vnp_Message": "Checksum failed"})
    answer: dict[str, Any] = {
        "vnp_ResponseId": told.get("vnp_RequestId"), "vnp_Command": told.get("vnp_Command"), "vnp_ResponseCode": "91",
        "vnp_Message": "Order not found", "vnp_TmnCode": _public("VNPAY", "tmn_code"), "vnp_TxnRef": told.get("vnp_TxnRef"),
    }  # fmt: skip
    order = wallets.find_order("VNPAY", str(told.get("vnp_TxnRef")))
    if order is not None and is_query:
        answer |= _vnpay_state(order)
    elif order is not None:
        amount = vnpay.read_amount(told.get("vnp_Amount")) or 0
        done = wallets.refund(wallet="VNPAY", txn_id=order.txn_id, amount_vnd=amount, ref=order.ref)
        code = {"DONE": "00", "REFUSED": "95"}.get(done, "91")
        answer |= {"vnp_ResponseCode": code, "vnp_Message": done, "vnp_Amount": told.get("vnp_Amount")}
    names = vnpay.ANSWER_OF_QUERY if is_query else vnpay.ANSWER_OF_REFUND
    return JsonResponse({**answer, vnpay.HASH: vnpay.sign_row(names, answer, secret)})


def _vnpay_state(order: SandboxWalletOrder) -> dict[str, Any]:
    told = {
        "vnp_ResponseCode": "00",
        "vnp_Message": "OK",
        "vnp_Amount": str(order.amount_vnd * 100),
        "vnp_TransactionType": "01",
    }
    if order.state in ("NEW", "PROCESSING"):
        return {**told, "vnp_TransactionStatus": "01", "vnp_TransactionNo": "0"}
    said = wallets.outcome(order)
    names = ("vnp_TransactionNo", "vnp_TransactionStatus", "vnp_PayDate", "vnp_BankCode", "vnp_OrderInfo")
    return {**told, **{name: said[name] for name in names}}


# ---- MoMo


@_guarded
def momo_create(request: HttpRequest) -> HttpResponse:
    told = _json(request)
    if not _is_momos(told, "create"):
        return JsonResponse({"resultCode": 13, "message": "Merchant authentication failed."})
    amount = signing.whole(told.get("amount")) or 0
    if not 1_000 <= amount <= 50_000_000:
        return JsonResponse({"resultCode": 22, "message": "Amount out of range."})
    order, is_new = wallets.take_order(
        wallet="MOMO", ref=str(told["orderId"]), amount_vnd=amount, host=request.get_host(), told=told
    )
    if not is_new:
        return JsonResponse({"resultCode": 41, "message": "Duplicate orderId."})
    if lost := _begin(order):
        return lost
    return JsonResponse({
        "partnerCode": told["partnerCode"], "orderId": order.ref, "requestId": told["requestId"], "amount": amount,
        "responseTime": int(clock.now().timestamp() * 1000), "resultCode": 0, "message": "Thành công.",
        "payUrl": _page(request, order),
    })  # fmt: skip


@_guarded
def momo_query(request: HttpRequest) -> HttpResponse:
    told = _json(request)
    if not _is_momos(told, "query"):
        return JsonResponse({"resultCode": 13, "message": "Merchant authentication failed."})
    order = wallets.find_order("MOMO", str(told.get("orderId")))
    if order is None:
        return JsonResponse(
            {"resultCode": 42, "message": "OrderId not found.", "orderId": told.get("orderId")}
        )
    if order.state in ("NEW", "PROCESSING"):
        return JsonResponse(
            {
                "orderId": order.ref,
                "amount": order.amount_vnd,
                "resultCode": NUMBERS["MOMO"][order.state],
                "transId": 0,
            }
        )
    return JsonResponse(wallets.outcome(order))


@_guarded
def momo_refund(request: HttpRequest) -> HttpResponse:
    told = _json(request)
    if not _is_momos(told, "refund"):
        return JsonResponse({"resultCode": 13, "message": "Merchant authentication failed."})
    done = wallets.refund(
        wallet="MOMO", txn_id=str(told.get("transId")), amount_vnd=signing.whole(told.get("amount")) or 0,
        ref=str(told.get("orderId", ""))[:64],
    )  # fmt: skip
    return JsonResponse(
        {"orderId": told.get("orderId"), "resultCode": {"DONE": 0, "REFUSED": 1081}.get(done, 42)}
    )


def _is_momos(told: dict[str, Any], what: str) -> bool:
    right = momo.sign(what, told, access_key=_public("MOMO", "access_key"), secret=wallets.secret_of("MOMO"))
    return told.get("signature") == right and told.get("partnerCode") == _public("MOMO", "partner_code")


# ---- ZaloPay


@_guarded
def zalopay_create(request: HttpRequest) -> HttpResponse:
    told, key1 = _fields(request), wallets.secret_of("ZALOPAY")[:32]
    if told.get("mac") != zalopay.sign_create(told, key1):
        return JsonResponse({"return_code": 2, "return_message": "invalid mac", "sub_return_code": -402})
    told["return_url"] = json.loads(told.get("embed_data") or "{}").get("redirecturl", "")
    order, is_new = wallets.take_order(
        wallet="ZALOPAY", ref=told["app_trans_id"], amount_vnd=signing.whole(told.get("amount")) or 0,
        host=request.get_host(), told=told,
    )  # fmt: skip
    if not is_new:
        return JsonResponse({"return_code": 2, "return_message": "duplicate", "sub_return_code": -68})
    if lost := _begin(order):
        return lost
    return JsonResponse(
        {
            "return_code": 1,
            "return_message": "ok",
            "order_url": _page(request, order),
            "zp_trans_token": order.token,
        }
    )


@_guarded
def zalopay_query(request: HttpRequest) -> HttpResponse:
    told, key1 = _fields(request), wallets.secret_of("ZALOPAY")[:32]
    if told.get("mac") != zalopay.sign_query(told.get("app_id", ""), told.get("app_trans_id", ""), key1):
        return JsonResponse({"return_code": 2, "return_message": "invalid mac", "sub_return_code": -402})
    order = wallets.find_order("ZALOPAY", told["app_trans_id"])
    if order is None:
        return JsonResponse({"return_code": 2, "return_message": "not found", "sub_return_code": -101})
    code = NUMBERS["ZALOPAY"][order.state]
    said = wallets.outcome(order) if order.state == "PAID" else {}
    return JsonResponse(
        {
            "return_code": code,
            "amount": order.amount_vnd,
            "zp_trans_id": said.get("zp_trans_id", 0),
            "server_time": said.get("server_time", 0),
        }
    )


@_guarded
def zalopay_refund(request: HttpRequest) -> HttpResponse:
    told, key1 = _fields(request), wallets.secret_of("ZALOPAY")[:32]
    if told.get("mac") != zalopay.sign_refund(told, key1):
        return JsonResponse({"return_code": 2, "return_message": "invalid mac"})
    done = wallets.refund(
        wallet="ZALOPAY",
        txn_id=told.get("zp_trans_id", ""),
        amount_vnd=signing.whole(told.get("amount")) or 0,
        ref=told.get("m_refund_id", "")[:64],
    )
    return JsonResponse({"return_code": 1 if done == "DONE" else 2, "return_message": done})


# ---- what they share


def _begin(order: SandboxWalletOrder) -> HttpResponse | None:
    """What goes wrong before an order is answered; the answer that replaces the right one."""
    if Fault.EARLY in order.faults or Fault.TIMEOUT in order.faults:
        wallets.decide(token=order.token, decision=Decision.PAY)
    if Fault.EARLY in order.faults:
        wallets_calls.deliver_due()
    return HttpResponse(status=LOST_ANSWER) if Fault.TIMEOUT in order.faults else None


def _page(request: HttpRequest, order: SandboxWalletOrder) -> str:
    return request.build_absolute_uri(reverse("sandbox:wallet-pay", args=[order.token]))


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        return signing.read_object(request.body)
    except Unreadable:
        return {}


def _fields(request: HttpRequest) -> dict[str, Any]:
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))


def _public(wallet: str, name: str) -> str:
    return wallets.account_settings(wallet)[0][name]


@demo_only
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """The wallet on the payer's phone: pay, refuse, close."""
    order = SandboxWalletOrder.objects.filter(token=token).first()
    if order is None:
        raise Http404
    if request.method == "POST":
        wanted = request.POST.get("decision", "")
        if wanted not in Decision._value2member_map_:
            raise Http404
        order = wallets.decide(token=token, decision=Decision(wanted))
        if Fault.TEN in order.faults and order.state == "PAID":
            wallets_calls.tell_at_once(order)
        wallets_calls.start()
        return redirect(wallets.return_address(order))
    name = WALLETS[order.wallet].name
    context = {"order": order, "name": name, "faults": [FAULT_LABELS[Fault(f)] for f in order.faults]}
    return render(request, "sandbox/wallet_pay.html", context)


@demo_only
@json_or_form
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The orders so far; POST plans what goes wrong with the next ones: wallet, faults, seed."""
    if request.method == "POST":
        told = read_json(request) if is_json(request) else request.POST
        given = told.getlist("faults") if hasattr(told, "getlist") else told.get("faults", [])
        wallet, seed = str(told.get("wallet", "")), str(told.get("seed", ""))
        if wallet not in WALLETS:
            raise Http404
        try:
            wallets.plan(wallet=wallet, faults=map(str, given), seed=seed)
        except Refused as refused:
            return refusal(refused)
        return (
            JsonResponse({"wallet": wallet, "faults": sorted(map(str, given)), "seed": seed})
            if is_json(request)
            else redirect("sandbox:wallets")
        )
    plans = {row.wallet: row for row in SandboxWalletPlan.objects.all()}
    context = {
        "wallets": [
            {"code": w.code, "name": w.name, "planned": [FAULT_LABELS[Fault(f)] for f in plans[w.code].faults] if w.code in plans else [],
             "seed": plans[w.code].seed if w.code in plans else ""}
            for w in WALLETS.values()
        ],
        "faults": [(fault.value, label) for fault, label in FAULT_LABELS.items()],
        "orders": SandboxWalletOrder.objects.prefetch_related("calls").order_by("-id")[:SHOWN],
        "today": local_date(clock.now()).isoformat(),
    }  # fmt: skip
    return render(request, "sandbox/wallets.html", context)


@demo_only
@require_GET
def order_state(request: HttpRequest, wallet: str, ref: str) -> HttpResponse:
    """An order as the wallet knows it, for who plays against it by program."""
    order = SandboxWalletOrder.objects.filter(wallet=wallet.upper(), ref=ref).first()
    if order is None:
        raise Http404
    return JsonResponse(
        {
            "state": order.state,
            "amount_vnd": order.amount_vnd,
            "txn_id": order.txn_id,
            "token": order.token,
            "refunded_vnd": order.refunded_vnd,
        }
    )


@demo_only
@require_GET
def settlement(request: HttpRequest, wallet: str, day: str) -> HttpResponse:
    """The wallet's file of a day: what it took for us, line by line."""
    if wallet.upper() not in WALLETS:
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{wallet.lower()}-{day}.csv"'
    writer = csv.writer(answer)
    ours = f"Mã giao dịch {wallet.upper()}"
    writer.writerow(["Thời gian thanh toán", ours, "Mã đơn hàng", "Số tiền", "Phí", "Thực nhận"])
    for ref, txn_id, amount, fee in wallets.settlement(wallet.upper(), day):
        writer.writerow([day, txn_id, ref, amount, fee, amount - fee])
    return answer
