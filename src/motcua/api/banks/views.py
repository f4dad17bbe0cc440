"""The calls of the bank interface. Each checks, calls one operation or query in its company, and answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from motcua.api.banks import answers, bills, places, schemas, signed, taking
from motcua.api.banks.places import Place
from motcua.api.banks.signed import Caller
from motcua.companies import context
from motcua.companies.models import Company
from motcua.config import clock
from motcua.connectors.banks import vietqr_bank
from motcua.connectors.banks.vietqr_bank import Notice, SignatureRefused
from motcua.kernel import hashing, local_time
from motcua.kernel.results import Refused
from motcua.payments import bank_days, partner_queries, whose
from motcua.payments import operations as payment_ops

log = structlog.get_logger(__name__)
View = TypeVar("View", bound=Callable[..., HttpResponse])

api = NinjaAPI(
    title="Motcua for banks",
    version="2",
    description=(
        "Signed JSON calls of banks. At a company's host they are for that company; at the group's host for all, and "
        "the company is found by its records. Every call carries X-Partner-Id, X-Request-Id, X-Timestamp (ISO 8601 "
        "with zone, at most five minutes off), X-Nonce and X-Signature: HMAC-SHA256 or Ed25519 in hexadecimal of "
        "method, path, timestamp, request id, the SHA-256 of the body in hexadecimal, and the nonce, joined by line "
        "feeds. Answers carry X-Timestamp and X-Signature over ANSWER, path, request id, nonce, timestamp, status and "
        "the SHA-256 of the body. The manual is docs/reference/bank-api.md."
    ),
    urls_namespace="api-banks",
    docs_url=None,
    docs_decorator=require_safe,
    auth=signed.caller_of,
)

_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 500), schemas.Problem)
_HEADERS = [
    {"name": name, "in": "header", "required": name != vietqr_bank.NONCE_HEADER, "schema": {"type": "string"}}
    for name in (
        vietqr_bank.PARTNER_HEADER,
        vietqr_bank.REQUEST_HEADER,
        vietqr_bank.TIME_HEADER,
        vietqr_bank.NONCE_HEADER,
        vietqr_bank.SIGNATURE_HEADER,
    )
]
_SIGNED: dict[str, Any] = {"parameters": _HEADERS}
_MOST_DIFFERENCES = 1000


def _call(name: str, out: Any, summary: str) -> Callable[[View], View]:
    decorate: Callable[[View], View] = api.post(
        f"/{{bank}}/{name}", response={200: out, **_PROBLEMS}, openapi_extra=_SIGNED, summary=summary
    )
    return decorate


@_call("notifications", schemas.NotificationOut, "Money came in, or was taken back")
def notify(request: HttpRequest, bank: str, notice: schemas.NotificationIn) -> HttpResponse:
    caller, at = _caller(request), clock.now()
    if (notice.kind == "reversal") != bool(notice.original_txn_id):
        return answers.answer(answers.MALFORMED, {"fields": ["original_txn_id"]})
    with places.entered(caller, notice.company, lambda: places.the_one_paid_into(notice.account)) as place:
        if notice.account and notice.account != context.current_company().bank_account:
            return answers.answer(answers.MALFORMED, {"fields": ["account"]})
        if field := places.claim(caller, place, txn_id=notice.txn_id, at=at):
            return answers.answer(answers.OTHER_BODY, {"fields": [field]})
        try:
            accepted = vietqr_bank.accept(
                bank=place.partner.bank,
                partner_code=place.partner.code,
                request_id=caller.call.request_id,
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
        except Refused as refused:
            return taking.refusal(refused)
        payment_ops.process_or_leave(accepted.notification_id, at=at)
        return answers.respond(accepted.body, accepted.status)


@_call("inquiry", schemas.InquiryOut, "What is owed under an account code, a charge or a payment code")
def inquire(request: HttpRequest, bank: str, asked: schemas.InquiryIn) -> HttpResponse:
    if sum(map(bool, (asked.payment_code, asked.customer_code, asked.charge_id))) != 1:
        fields = ["payment_code", "customer_code", "charge_id"]
        return answers.answer(answers.MALFORMED, {"fields": fields})
    with places.entered(_caller(request), asked.company, partial(_company_of, asked)) as place:
        return _bills(asked, place)


def _company_of(asked: schemas.InquiryIn) -> Company:
    if asked.customer_code:
        return places.the_first_of(whose.companies_of_account(asked.customer_code))
    if asked.charge_id:
        return places.the_first_of(whose.companies_of_charge(asked.charge_id))
    return places.the_one_of(whose.companies_of_payment_code(asked.payment_code))


def _bills(asked: schemas.InquiryIn, place: Place) -> HttpResponse:
    at = clock.now()
    if asked.customer_code:
        found = bills.by_customer_code(asked.customer_code, list(asked.kinds))
    elif asked.charge_id:
        found = bills.by_charge(asked.charge_id)
    else:
        found = bills.by_payment_code(asked.payment_code)
    if not found.is_known:
        return answers.answer(answers.NOT_FOUND)
    if not found.owed and not asked.customer_code and any(charge.is_paid for charge in found.charges):
        return answers.answer(answers.ALREADY_PAID)
    policy = partner_queries.policy_on(local_time.local_date(at))
    return answers.answer(
        answers.OK if found.owed else answers.NO_DEBT,
        {
            **bills.masked_customer(found.customer_id),
            "company": place.company_code,
            "policy": bills.policy_facts(policy),
            "bills": bills.list_bills(found.owed, policy, at=at),
        },
    )


def _company_with_charge(told: schemas.PayIn | schemas.HoldIn) -> Company:
    return places.the_first_of(whose.companies_of_charge(told.charge_id))


def _company_with_transaction(caller: Caller, txn_id: str) -> Company:
    return places.the_first_of(whose.companies_of_transaction(caller.partner.bank, txn_id))


@_call("pay", schemas.TakenOut, "Pay a charge in one call")
def pay(request: HttpRequest, bank: str, told: schemas.PayIn) -> HttpResponse:
    caller, at = _caller(request), clock.now()
    with places.entered(caller, told.company, partial(_company_with_charge, told)) as place:
        order = _order(caller, place, told)
        return taking.once(
            caller, place, told, txn_id=told.txn_id, at=at,
            take=lambda to: payment_ops.pay_once(payment_ops.PayCall(to.request, order, told.paid_at, at, to.told)),
        )  # fmt: skip


@_call("hold", schemas.TakenOut, "Keep a charge while the customer pays")
def hold(request: HttpRequest, bank: str, told: schemas.HoldIn) -> HttpResponse:
    caller, at = _caller(request), clock.now()
    with places.entered(caller, told.company, partial(_company_with_charge, told)) as place:
        order = _order(caller, place, told)
        return taking.once(
            caller, place, told, txn_id=told.txn_id, at=at,
            take=taking.by(lambda: payment_ops.hold_bill(order=order, at=at, seconds=told.seconds)),
        )  # fmt: skip


def _order(caller: Caller, place: Place, told: schemas.PayIn | schemas.HoldIn) -> payment_ops.Order:
    return payment_ops.Order(
        bank=place.partner.bank, txn_id=told.txn_id, charge_id=told.charge_id, amount_vnd=told.amount_vnd,
        request_id=caller.call.request_id, raw_sha256=hashing.sha256_hex(caller.call.body), version=told.version,
        channel=told.channel,
    )  # fmt: skip


@_call("confirm", schemas.TakenOut, "The customer has paid what was held")
def confirm(request: HttpRequest, bank: str, told: schemas.ConfirmIn) -> HttpResponse:
    caller, at = _caller(request), clock.now()
    find = partial(_company_with_transaction, caller, told.txn_id)
    with places.entered(caller, told.company, find) as place:
        return taking.once(
            caller, place, told, txn_id=told.txn_id, at=at,
            take=taking.by(lambda: payment_ops.confirm_hold(
                bank=place.partner.bank, txn_id=told.txn_id, paid_at=told.paid_at, amount_vnd=told.amount_vnd,
                request_id=caller.call.request_id, raw_sha256=hashing.sha256_hex(caller.call.body), at=at,
            )),
        )  # fmt: skip


@_call("release", schemas.TakenOut, "The customer has not paid: let go")
def release(request: HttpRequest, bank: str, told: schemas.ReleaseIn) -> HttpResponse:
    caller, at = _caller(request), clock.now()
    find = partial(_company_with_transaction, caller, told.txn_id)
    with places.entered(caller, told.company, find) as place:
        return taking.once(
            caller, place, told, txn_id=told.txn_id, at=at,
            take=taking.by(lambda: payment_ops.release_hold(bank=place.partner.bank, txn_id=told.txn_id, at=at)),
        )  # fmt: skip


@_call("reverse", schemas.TakenOut, "Take a payment back on the day it was made")
def reverse(request: HttpRequest, bank: str, told: schemas.ReverseIn) -> HttpResponse:
    caller, at = _caller(request), clock.now()
    find = partial(_company_with_transaction, caller, told.original_txn_id)
    with places.entered(caller, told.company, find) as place:
        return taking.once(
            caller, place, told, txn_id=told.txn_id, at=at,
            take=taking.by(lambda: payment_ops.reverse_payment(
                code=place.partner.code, bank=place.partner.bank, txn_id=told.txn_id,
                original_txn_id=told.original_txn_id, amount_vnd=told.amount_vnd, reason=told.reason,
                request_id=caller.call.request_id, raw_sha256=hashing.sha256_hex(caller.call.body), at=at,
            )),
        )  # fmt: skip


@_call(
    "pay-status", schemas.PayStatusOut, "What became of a transaction; unknown is an answer, never an error"
)
def pay_status(request: HttpRequest, bank: str, asked: schemas.PayStatusIn) -> HttpResponse:
    caller = _caller(request)
    status = partner_queries.TransactionStatus("unknown")
    try:
        find = partial(_company_with_transaction, caller, asked.txn_id)
        with places.entered(caller, asked.company, find) as place:
            status = partner_queries.transaction_status(place.partner.bank, asked.txn_id, at=clock.now())
    except places.CompanyUnknown:
        if asked.company:
            raise
    facts = {
        "txn_id": asked.txn_id,
        "state": status.state,
        "receipt_no": status.receipt_no,
        "ledger_txn_id": status.ledger_transaction_id,
        "charge_id": str(status.charge_id or ""),
        "amount_vnd": status.amount_vnd,
        "until": status.until,
    }
    return answers.answer(answers.OK, facts)


@api.post(
    "/{bank}/daily-file",
    response={200: schemas.Problem, **_PROBLEMS},
    openapi_extra={
        **_SIGNED,
        "responses": {
            200: {"description": "The file", "content": {"text/csv": {"schema": {"type": "string"}}}}
        },
    },
    summary="The bank's day as a CSV file",
)
def daily_file(request: HttpRequest, bank: str, asked: schemas.DayFileIn) -> HttpResponse:
    with places.entered(_caller(request), asked.company, places.must_be_named) as place:
        file = bank_days.make_file(place.partner, asked.date, at=clock.now())
    response = answers.BankAnswer(file.body, 200, "00", "text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["X-Is-Final"] = "true" if file.is_final else "false"
    return response


@_call("reconcile", schemas.ReconcileOut, "What the bank counts of its day, beside what we count")
def reconcile(request: HttpRequest, bank: str, told: schemas.ReconcileIn) -> HttpResponse:
    at = clock.now()
    with places.entered(_caller(request), told.company, places.must_be_named) as place:
        try:
            compared = payment_ops.tell_day(
                code=place.partner.code, day=told.date, at=at, anew=told.anew,
                lines=[payment_ops.ToldLine(line.txn_id, line.kind, line.amount_vnd) for line in told.lines],
                totals=(told.totals.count, told.totals.amount_vnd) if told.totals else None,
            )  # fmt: skip
        except Refused as refused:
            return taking.refusal(refused)
        facts = {
            "state": compared.state,
            "is_final": bank_days.is_over(place.partner, told.date, at=at),
            "told": compared.told,
            "matched": compared.matched,
            "differing": len(compared.differences),
            "differences": compared.differences[:_MOST_DIFFERENCES],
        }
    return answers.answer(answers.OK, facts)


def _caller(request: HttpRequest) -> Caller:
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by ninja
    return caller


@api.exception_handler(SignatureRefused)
def not_signed(request: HttpRequest, refused: SignatureRefused) -> HttpResponse:
    return answers.answer(answers.NOT_SIGNED)


@api.exception_handler(signed.PartnerSuspended)
def suspended(request: HttpRequest, refused: signed.PartnerSuspended) -> HttpResponse:
    return answers.answer(answers.SUSPENDED)


@api.exception_handler(signed.TooManyCalls)
def busy(request: HttpRequest, refused: signed.TooManyCalls) -> HttpResponse:
    response = answers.answer(answers.BUSY)
    response.headers["Retry-After"] = str(60 - clock.now().second)
    return response


@api.exception_handler(places.CompanyUnknown)
def company_unknown(request: HttpRequest, refused: places.CompanyUnknown) -> HttpResponse:
    return answers.answer(answers.NOT_FOUND)


@api.exception_handler(places.CompanyMissing)
def company_missing(request: HttpRequest, refused: places.CompanyMissing) -> HttpResponse:
    return answers.answer(answers.MALFORMED, {"fields": ["company"]})


@api.exception_handler(places.CompaniesMany)
def companies_many(request: HttpRequest, refused: places.CompaniesMany) -> HttpResponse:
    return answers.answer(answers.MANY_COMPANIES, {"fields": ["company"], "companies": refused.company_codes})


@api.exception_handler(places.BankNotLetIn)
def bank_not_let_in(request: HttpRequest, refused: places.BankNotLetIn) -> HttpResponse:
    return answers.answer(answers.SUSPENDED, {"fields": ["company"]})


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = sorted({".".join(str(part) for part in line["loc"][2:]) or "body" for line in error.errors})
    code = answers.AMOUNT_WRONG if fields in (["amount_vnd"], ["told.amount_vnd"]) else answers.MALFORMED
    return answers.answer(code, {"fields": fields})


@api.exception_handler(HttpError)
def not_json(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answers.answer(answers.MALFORMED, {"fields": ["body"]})


@api.exception_handler(Exception)
def unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("bank-call.failed", error=type(error).__name__, exc_info=error)
    return answers.answer(answers.UNKNOWN)
