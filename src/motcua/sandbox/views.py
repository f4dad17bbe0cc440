"""Pages and calls of the stand-ins. JSON calls need no CSRF token: a page of another site cannot send JSON
unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from motcua.companies import queries as company_queries
from motcua.companies.models import Company, CompanyKind
from motcua.config import clock
from motcua.kernel.results import Refused, fill
from motcua.sandbox import bank, bank_statement_files, clock_control, installation, registry, to_enter
from motcua.sandbox.forms import AdvanceForm, BankForm
from motcua.sandbox.gate import demo_only
from motcua.sandbox.models import SandboxBankTransfer

SHOWN_TRANSFERS = 10
LARGEST_JSON = 16 * 1024


def json_or_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Forms carry their CSRF token; JSON needs none."""
    protected = csrf_protect(view)

    @csrf_exempt
    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (view if is_json(request) else protected)(request, *args, **kwargs)

    return chosen


def is_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a call; an empty one when it is none."""
    try:
        told = orjson.loads(request.body[:LARGEST_JSON])
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def refusal(refused: Refused, status: int = 422) -> JsonResponse:
    content = {"code": refused.code, "field": refused.field, "message": sentence(refused)}
    return JsonResponse(content, status=status)


def sentence(refused: Refused) -> str:
    return fill(gettext(refused.message), refused.facts)


@demo_only
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    stand_ins = [(stand_in, _url(stand_in)) for stand_in in registry.list_stand_ins()]
    return render(
        request,
        "sandbox/index.html",
        {
            "stand_ins": [(stand_in, url) for stand_in, url in stand_ins if url],
            "now": clock.now(),
            "is_settable": clock_control.is_settable(),
            "form": AdvanceForm(),
            "apart": installation.find(),
            "to_enter": to_enter.list_channels(),
        },
    )


def _url(stand_in: registry.StandIn) -> str:
    try:
        return reverse(stand_in.url_name)
    except NoReverseMatch:
        return ""


@demo_only
@json_or_form
@require_http_methods(["GET", "POST"])
def clock_page(request: HttpRequest) -> HttpResponse:
    """GET tells the time; POST {"at"} or {"advance"} or {"real": true} sets it."""
    if request.method == "GET":
        return _time_json()
    told = read_json(request) if is_json(request) else request.POST.dict()
    try:
        clock_control.set_clock(told)
    except clock_control.ClockFixed as refused:
        return refusal(refused, status=409)
    except Refused as refused:
        return refusal(refused)
    return _time_json() if is_json(request) else redirect("sandbox:index")


def _time_json() -> JsonResponse:
    return JsonResponse({"now": clock.now().isoformat(), "settable": clock_control.is_settable()})


@demo_only
@require_http_methods(["GET", "POST"])
def bank_page(request: HttpRequest) -> HttpResponse:
    """The phone of somebody who pays. On the group's site it only says where the companies are."""
    if company_of(request).kind != CompanyKind.POWER:
        companies = company_queries.list_companies().prefetch_related("domains")
        found = [(company, _bank_url(request, company)) for company in companies]
        return render(request, "sandbox/bank_companies.html", {"companies": found})
    form = BankForm(request.POST or None, initial={"told": request.GET.get("qr", "")})
    if request.method == "POST" and form.is_valid():
        try:
            txn_id = _pay(request, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, sentence(refused))
        else:
            return redirect(f"{reverse('sandbox:bank')}?{urlencode({'paid': txn_id})}")
    transfers = SandboxBankTransfer.objects.prefetch_related("deliveries").order_by("-created_at")
    context = {
        "form": form,
        "has_errors": bool(form.errors),
        "paid": SandboxBankTransfer.objects.filter(txn_id=request.GET.get("paid", "")).first(),
        "transfers": transfers[:SHOWN_TRANSFERS],
    }
    return render(request, "sandbox/bank.html", context, status=422 if form.errors else 200)


@demo_only
@csrf_exempt
@require_http_methods(["POST"])
def bank_pay(request: HttpRequest) -> HttpResponse:
    """JSON: {"qr" or "text", "amount_vnd" (or "amount"), "faults": [...]}. 202 with the bank's transaction
    id.
    """
    if not is_json(request) or company_of(request).kind != CompanyKind.POWER:
        return JsonResponse({"code": "JSON_WANTED"}, status=415)
    told = read_json(request)
    amount = told.get("amount_vnd", told.get("amount"))
    faults = told.get("faults") or []
    try:
        txn_id = _pay(
            request,
            told=str(told.get("qr") or told.get("text") or ""),
            amount_vnd=amount if isinstance(amount, int) else None,
            faults=[str(name) for name in faults] if isinstance(faults, list) else [str(faults)],
            way=str(told.get("way") or ""),
        )
    except Refused as refused:
        return refusal(refused)
    return JsonResponse(_transfer_json(SandboxBankTransfer.objects.get(txn_id=txn_id)), status=202)


def _bank_url(request: HttpRequest, company: Company) -> str:
    """The stand-in bank on the company's own host, at the port this page was asked at."""
    domain = next((domain.domain for domain in company.domains.all() if domain.is_primary), "")
    _, colon, port = request.get_host().partition(":")
    return f"{request.scheme}://{domain}{colon}{port}{reverse('sandbox:bank')}"


def _pay(request: HttpRequest, *, told: str, amount_vnd: int | None, faults: list[str], way: str = "") -> str:
    txn_id = bank.pay(
        way=bank.read_way(way or bank.Way.NOTICE),
        order=bank.read_order(told=told, amount_vnd=amount_vnd),
        faults=bank.read_faults(faults),
        host=request.get_host(),
        at=clock.now(),
    )
    bank.start_delivery()
    return txn_id


@demo_only
@json_or_form
@require_http_methods(["POST"])
def bank_take_back(request: HttpRequest, txn_id: str) -> HttpResponse:
    told = read_json(request) if is_json(request) else {}
    faults = told.get("faults") or []
    try:
        reversal = bank.take_back(
            txn_id=txn_id,
            faults=bank.read_faults([str(name) for name in faults] if isinstance(faults, list) else []),
            host=request.get_host(),
            at=clock.now(),
            asks=told.get("way") == "reverse",
        )
    except Refused as refused:
        return refusal(refused, status=404 if refused.code == "NOT_FOUND" else 422)
    bank.start_delivery()
    if is_json(request):
        return JsonResponse({"txn_id": reversal, "original_txn_id": txn_id}, status=202)
    return redirect("sandbox:bank")


@demo_only
@require_GET
def bank_transfer(request: HttpRequest, txn_id: str) -> HttpResponse:
    """How far the bank's calls for a transfer are."""
    transfer = SandboxBankTransfer.objects.filter(txn_id=txn_id).first()
    if transfer is None:
        return JsonResponse({"code": "NOT_FOUND"}, status=404)
    return JsonResponse(_transfer_json(transfer))


@demo_only
@require_GET
def bank_statement(request: HttpRequest, day: str, form: str) -> HttpResponse:
    """The company's account at the stand-in bank on that day: camt.053 or CSV, for the matching of the day."""
    makers = {"xml": bank_statement_files.as_camt, "csv": bank_statement_files.as_csv}
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if form not in makers or company_of(request).kind != CompanyKind.POWER:
        raise Http404
    content = makers[form](bank_statement_files.read(chosen), at=clock.now())
    response = HttpResponse(
        content, content_type="application/xml" if form == "xml" else "text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="sao-ke-{chosen:%Y%m%d}.{form}"'
    return response


def _transfer_json(transfer: SandboxBankTransfer) -> dict[str, Any]:
    return {
        "txn_id": transfer.txn_id,
        "amount_vnd": transfer.amount_vnd,
        "text": transfer.text,
        "faults": transfer.faults,
        "way": transfer.way,
        "deliveries": [
            {
                "request_id": delivery.request_id,
                "call": delivery.call_name,
                "state": delivery.state,
                "attempts": delivery.attempts,
                "answer_status": delivery.answer_status,
            }
            for delivery in transfer.deliveries.order_by("id")
        ],
    }


def company_of(request: HttpRequest) -> Company:
    company: Company = request.company  # type: ignore[attr-defined]  # set by the company middleware
    return company
