"""Five calls. Sending and pricing are limited by address; sending repeats safely under an Idempotency-Key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from ninja import HeaderEx, NinjaAPI, P
from ninja.errors import HttpError, ValidationError

from motcua.api.public.schemas import Problem, QuoteIn, QuoteOut, RequestIn, RequestOut, ServiceOut
from motcua.billing.rules import quoting
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused, fill
from motcua.requests import operations as request_ops
from motcua.requests.operations import telling
from motcua.requests.states import Channel
from motcua.services import catalogue, schema
from motcua.tariffs import queries as tariff_queries

SENDS_AN_HOUR = 60
QUOTES_AN_HOUR = 600

api = NinjaAPI(
    title="Motcua for everyone",
    version="1",
    description="The catalogue of electricity services of one company, the JSON Schema of each, sending a request, and what electricity costs.",
    urls_namespace="api-public",
    docs_url=None,
    docs_decorator=require_safe,
)

_WRONG: dict[int, Any] = {404: Problem, 409: Problem, 422: Problem, 429: Problem}
_NOT_PRICED = ("UNKNOWN_FIELD", "FIELD_MISSING", "FIELD_WRONG", "CONTRADICTION", "NO_PRICE")
STATUS = {"UNKNOWN_SERVICE": 404, "INVALID": 422, "TOO_MANY_ATTEMPTS": 429, **dict.fromkeys(_NOT_PRICED, 422)}


@api.get("/services", response=list[ServiceOut], summary="Services offered today")
def list_services(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "code": service.code, "version": service.version, "name": service.name.vi, "name_en": service.name.en,
            "summary": service.summary.vi, "promise": service.promise.text.vi, "valid_from": service.valid_from,
            "questions": len(service.questions),
        }
        for service in catalogue.list_services(local_date(clock.now()))
    ]  # fmt: skip


@api.get(
    "/services/{code}/schema",
    response={200: dict[str, Any], 404: Problem},
    summary="JSON Schema of the answers",
)
def service_schema(request: HttpRequest, code: str) -> dict[str, Any]:
    return dict(schema.json_schema(catalogue.get(code, local_date(clock.now()))))


@api.post("/requests", response={201: RequestOut, 200: RequestOut, **_WRONG}, summary="Send a request")
def send(
    request: HttpRequest, sent: RequestIn, idempotency_key: HeaderEx[UUID, P(alias="Idempotency-Key")]
) -> tuple[int, dict[str, Any]]:
    at = clock.now()
    address = request.META.get("REMOTE_ADDR", "")
    customer_ops.count_attempt(
        subject=f"api:{address}", limit=SENDS_AN_HOUR, window=timedelta(hours=1), at=at
    )
    receipt = request_ops.submit(
        service_code=sent.service,
        answers=sent.answers,
        channel=Channel.API,
        actor=Actor.anonymous(f"api-{sha256_hex(address)[:12]}"),
        at=at,
        key=f"api:{idempotency_key}",
    )
    body = {
        "id": receipt.request_id, "number": receipt.number, "step": receipt.step, "due_at": receipt.due_at,
        "code_word": receipt.code_word, "follow_link": telling.follow_link(receipt.number),
        "was_sent_before": receipt.was_sent_before,
    }  # fmt: skip
    return (200 if receipt.was_sent_before else 201), body


@api.post(
    "/quote",
    response={200: QuoteOut, 422: Problem, 429: Problem},
    exclude_none=True,
    summary="What electricity costs",
    openapi_extra={
        "requestBody": {
            "content": {"application/json": {"schema": QuoteIn.model_json_schema()}},
            "required": True,
        }
    },
)
def quote(request: HttpRequest) -> dict[str, Any]:
    """The body is read as it was sent: a field that is unknown or of another type is named, not bent."""
    at = clock.now()
    customer_ops.count_attempt(
        subject=f"api-quote:{request.META.get('REMOTE_ADDR', '')}",
        limit=QUOTES_AN_HOUR,
        window=timedelta(hours=1),
        at=at,
    )
    try:
        told = json.loads(request.body)
    except ValueError:
        raise HttpError(400, gettext("Nội dung gửi chưa đúng dạng.")) from None
    return quoting.quote(told, tariff_queries.price_book(), local_date(at))


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    fields = {
        name: [fill(gettext(problem.message), problem.facts) for problem in problems]
        for name, problems in refusal.problems().items()
        if name
    }
    message = fill(gettext(refusal.message), refusal.facts)
    return JsonResponse(
        {"code": refusal.code, "message": message, "fields": fields}, status=STATUS.get(refusal.code, 409)
    )


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, list[str]] = {}
    for found in error.errors:
        fields.setdefault(str(found["loc"][-1]), []).append(str(found["msg"]))
    return JsonResponse(
        {"code": "MALFORMED", "message": gettext("Nội dung gửi chưa đúng dạng."), "fields": fields},
        status=422,
    )


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return JsonResponse(
        {"code": "MALFORMED", "message": str(error), "fields": {}},
        status=422 if error.status_code == 400 else error.status_code,
    )
