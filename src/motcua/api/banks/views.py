"""The three calls of the bank interface. Each checks, calls one operation or query, and answers."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from motcua.api.banks import answers, bills, schemas, signed
from motcua.companies import context
from motcua.config import clock
from motcua.connectors.banks import vietqr_bank
from motcua.connectors.banks.vietqr_bank import Notice, SignatureRefused
from motcua.ledger.operations import AmountInvalid
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.queries import PartnerView

log = structlog.get_logger(__name__)

api = NinjaAPI(
    title="Motcua for banks",
    version="1",
    description=(
        "Signed JSON calls of partner banks to one power company. Every call carries X-Partner-Id, "
        "X-Request-Id, X-Timestamp (ISO 8601 with zone, at most five minutes off) and X-Signature: "
        "HMAC-SHA256 in hexadecimal of method, path, timestamp, request id and the SHA-256 of the body in "
        "hexadecimal, joined by line feeds."
    ),
    urls_namespace="api-banks",
    docs_url=None,
    docs_decorator=require_safe,
    auth=signed.partner_of,
)

_PROBLEMS = dict.fromkeys((400, 401, 403, 409, 422, 500), schemas.Problem)
_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    for name in (
        vietqr_bank.PARTNER_HEADER,
        vietqr_bank.REQUEST_HEADER,
        vietqr_bank.TIME_HEADER,
        vietqr_bank.SIGNATURE_HEADER,
    )
]
_SIGNED: dict[str, Any] = {"parameters": _HEADERS}


@api.post(
    "/{bank}/notifications",
    response={200: schemas.NotificationOut, **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="Money came in, or was taken back",
)
def notify(request: HttpRequest, bank: str, notice: schemas.NotificationIn) -> HttpResponse:
    partner = _partner(request)
    wrong = _fields_wrong(notice)
    if wrong:
        return answers.answer(answers.MALFORMED, {"fields": wrong})
    at = clock.now()
    try:
        accepted = vietqr_bank.accept(
            bank=partner.bank,
            partner_code=partner.code,
            request_id=request.headers[vietqr_bank.REQUEST_HEADER],
            body=request.body,
            notice=Notice(
                txn_id=notice.txn_id,
                amount_vnd=notice.amount_vnd,
                text=notice.text,
                paid_at=notice.paid_at,
                original_txn_id=notice.original_txn_id or "",
            ),
            at=at,
        )
    except AmountInvalid:
        return answers.answer(answers.AMOUNT_WRONG, {"fields": ["amount_vnd"]})
    except (payment_ops.RequestReused, payment_ops.NotificationDiffers) as refused:
        return answers.answer(answers.OTHER_BODY, {"fields": [refused.field]})
    payment_ops.process_or_leave(accepted.notification_id, at=at)
    return answers.respond(accepted.body, accepted.status)


def _fields_wrong(notice: schemas.NotificationIn) -> list[str]:
    wrong = []
    if (notice.kind == "reversal") != bool(notice.original_txn_id):
        wrong.append("original_txn_id")
    if notice.account and notice.account != context.current_company().bank_account:
        wrong.append("account")
    return wrong


@api.post(
    "/{bank}/inquiry",
    response={200: schemas.InquiryOut, 404: schemas.Problem, **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="What is owed under a payment code or a customer code",
)
def inquire(request: HttpRequest, bank: str, asked: schemas.InquiryIn) -> HttpResponse:
    if bool(asked.payment_code) == bool(asked.customer_code):
        return answers.answer(answers.MALFORMED, {"fields": ["payment_code", "customer_code"]})
    found = (
        bills.by_payment_code(asked.payment_code)
        if asked.payment_code
        else bills.by_customer_code(asked.customer_code, list(asked.kinds))
    )
    if not found.is_known:
        return answers.answer(answers.CUSTOMER_NOT_FOUND)
    if not found.owed and any(charge.is_paid for charge in found.charges):
        return answers.answer(answers.ALREADY_PAID)
    return answers.answer(
        answers.OK if found.owed else answers.NO_DEBT,
        {
            **bills.masked_customer(found.customer_id),
            "bills": [bills.bill(charge) for charge in found.owed],
        },
    )


@api.post(
    "/{bank}/pay-status",
    response={200: schemas.PayStatusOut, **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="What became of a transaction; unknown is an answer, never an error",
)
def pay_status(request: HttpRequest, bank: str, asked: schemas.PayStatusIn) -> HttpResponse:
    status = payment_queries.bank_payment_status(_partner(request).bank, asked.txn_id)
    facts = {
        "txn_id": asked.txn_id,
        "state": status.state,
        "receipt_no": status.receipt_no,
        "ledger_txn_id": status.ledger_transaction_id,
    }
    return answers.answer(answers.OK, facts)


def _partner(request: HttpRequest) -> PartnerView:
    partner: PartnerView = request.auth  # type: ignore[attr-defined]  # set by ninja
    return partner


@api.exception_handler(SignatureRefused)
def not_signed(request: HttpRequest, refused: SignatureRefused) -> HttpResponse:
    return answers.answer(answers.NOT_SIGNED)


@api.exception_handler(signed.PartnerSuspended)
def suspended(request: HttpRequest, refused: signed.PartnerSuspended) -> HttpResponse:
    return answers.answer(answers.SUSPENDED)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = sorted({".".join(str(part) for part in line["loc"][2:]) or "body" for line in error.errors})
    code = answers.AMOUNT_WRONG if fields == ["amount_vnd"] else answers.MALFORMED
    return answers.answer(code, {"fields": fields})


@api.exception_handler(HttpError)
def not_json(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answers.answer(answers.MALFORMED, {"fields": ["body"]})


@api.exception_handler(Exception)
def unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("bank-call.failed", error=type(error).__name__, exc_info=error)
    return answers.answer(answers.UNKNOWN)
