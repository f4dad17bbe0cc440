"""The stand-in authority's interface (signed calls) and its page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from motcua.billing.einvoice import parsing
from motcua.companies import context
from motcua.companies.models import Company, CompanyKind
from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.connectors.signed_calls import SignatureRefused, SignedCall
from motcua.sandbox import tax, tax_setup
from motcua.sandbox.gate import demo_only
from motcua.sandbox.views import is_json, json_or_form, read_json


def _company() -> Company:
    company = context.current_company()
    if company.kind != CompanyKind.POWER:
        raise Http404
    return company


def _check(request: HttpRequest, company: Company) -> JsonResponse | None:
    """The refusal of a call that this company did not sign."""
    call = SignedCall(
        method=request.method or "",
        path=request.get_full_path(),
        partner_code=request.headers.get(signed_calls.PARTNER_HEADER, ""),
        request_id=request.headers.get(signed_calls.REQUEST_HEADER, ""),
        timestamp=request.headers.get(signed_calls.TIME_HEADER, ""),
        signature=request.headers.get(signed_calls.SIGNATURE_HEADER, ""),
        body=request.body,
    )
    try:
        signed_calls.check_form(call, at=clock.now())
        signed_calls.check_signature(call, secret=tax.secret_of(company.code))
    except SignatureRefused as refused:
        return JsonResponse({"code": "NOT_SIGNED", "reason": refused.reason}, status=401)
    if call.partner_code != tax_setup.partner_code(company.code):
        return JsonResponse({"code": "NOT_SIGNED", "reason": "partner"}, status=401)
    return None


@demo_only
@csrf_exempt
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """A message: 200 with its receipt, 202 without one."""
    company = _company()
    if int(request.META.get("CONTENT_LENGTH") or 0) > parsing.LARGEST_MESSAGE:
        return JsonResponse({"code": "TOO_LARGE"}, status=413)
    refusal = _check(request, company)
    if refusal is not None:
        return refusal
    answered = tax.take(request.body, at=clock.now())
    return HttpResponse(answered.body, status=answered.status, content_type="application/xml")


@demo_only
@csrf_exempt
@require_POST
def tests(request: HttpRequest) -> HttpResponse:
    """A message to try the way with: its receipt."""
    company = _company()
    refusal = _check(request, company)
    if refusal is not None:
        return refusal
    return HttpResponse(tax.try_out(request.body, at=clock.now()), content_type="application/xml")


@demo_only
@require_GET
def answers(request: HttpRequest) -> HttpResponse:
    """What was answered behind a number: [{"n", "message" in base64}]."""
    company = _company()
    refusal = _check(request, company)
    if refusal is not None:
        return refusal
    after = request.GET.get("after", "0")
    found = tax.list_answers(company.tax_code, int(after) if after.isdigit() else 0)
    return JsonResponse(found, safe=False)


@demo_only
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What it was sent, what it knows, what goes wrong next."""
    company = _company()
    context = {
        "seen": tax.list_messages(company.tax_code),
        "counted": sorted(tax.count_invoices(company.tax_code).items()),
        "planned": [tax.FAULT_LABELS[fault] for fault in tax.list_planned()],
        "faults": [(fault.value, label) for fault, label in tax.FAULT_LABELS.items()],
    }
    return render(request, "sandbox/tax.html", context)


@demo_only
@json_or_form
@require_POST
def faults(request: HttpRequest) -> HttpResponse:
    """What goes wrong next, in order: {"faults": [...]}; none: all goes well again."""
    _company()
    told = read_json(request).get("faults", []) if is_json(request) else request.POST.getlist("faults")
    names = [str(name) for name in told] if isinstance(told, list) else []
    if not names:
        tax.forget_faults()
    planned = tax.plan_faults(names)
    return JsonResponse({"planned": planned}) if is_json(request) else redirect("sandbox:tax")
