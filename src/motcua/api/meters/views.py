"""The call of the head-end interface: it checks, calls one operation, and answers row by row."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Path
from ninja.errors import HttpError, ValidationError

from motcua.api.meters import schemas, signed
from motcua.api.meters.schemas import Code, Problem
from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.connectors.meters import batches, demands, intake
from motcua.connectors.meters.batches import Batch, BatchMalformed
from motcua.connectors.meters.intake import BatchTaken
from motcua.connectors.signed_calls import SignatureRefused
from motcua.kernel.results import Refused, fill

log = structlog.get_logger(__name__)

OK = "OK"

api = NinjaAPI(
    title="Motcua for head-ends",
    version="1",
    description=(
        "Signed calls of a metering system to one power company. Every call carries X-Partner-Id, X-Request-Id, "
        "X-Timestamp (ISO 8601 with zone, at most five minutes off) and X-Signature: HMAC-SHA256 in hexadecimal of "
        "method, path, timestamp, request id and the SHA-256 of the body in hexadecimal, joined by line feeds. The "
        "manual is docs/reference/meter-api.md."
    ),
    urls_namespace="api-meters",
    docs_url=None,
    docs_decorator=require_safe,
    auth=signed.head_end_of,
)

_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 429, 500), Problem)
_SIGNED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in signed_calls.HEADERS
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": schemas.BATCH}}},
}


@api.post(
    "/{head_end}/readings",
    response={200: schemas.BatchOut, **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="A batch of readings; each row is taken, or told why not",
)
def take(request: HttpRequest, head_end: Path[Code]) -> HttpResponse:
    caller: signed.Caller = request.auth  # type: ignore[attr-defined]  # set by ninja
    batch = batches.read(caller.body)
    taken = intake.take_batch(caller.head_end, batch, at=clock.now())
    return HttpResponse(orjson.dumps(_answer(batch, taken)), content_type="application/json")


@api.post(
    "/{head_end}/demands",
    response={200: schemas.DemandsOut, **_PROBLEMS},
    openapi_extra=_SIGNED
    | {"requestBody": {"required": True, "content": {"application/json": {"schema": schemas.DEMANDS}}}},
    summary="Highest demands of billed periods, for prices on trial; each row is taken, or told why not",
)
def take_demands(request: HttpRequest, head_end: Path[Code]) -> HttpResponse:
    caller: signed.Caller = request.auth  # type: ignore[attr-defined]  # set by ninja
    told = demands.take(caller.head_end, demands.read(caller.body), at=clock.now())
    answer = {
        "rows": len(told), "taken": sum(one == demands.OK for one in told),
        "answers": [{"n": n, "code": one.code, "field": one.field} for n, one in enumerate(told)],
    }  # fmt: skip
    return HttpResponse(orjson.dumps(answer), content_type="application/json")


def _answer(batch: Batch, taken: BatchTaken) -> dict[str, Any]:
    told = range(len(batch.ids)) if batch.wants_all else sorted(taken.faults)
    return {
        "batch_id": batch.own_id, "rows": len(batch.ids), "new": taken.new, "same": taken.same, "refused": len(taken.faults),
        "answers": [_row(n, batch, taken) for n in told],
    }  # fmt: skip


def _row(n: int, batch: Batch, taken: BatchTaken) -> dict[str, Any]:
    fault = taken.faults.get(n)
    return {
        "n": n,
        "id": batch.ids[n],
        "code": fault.code if fault else OK,
        "field": fault.field if fault else "",
    }


def _problem(
    status: int, code: str, message: str, fields: dict[str, list[str]] | None = None
) -> HttpResponse:
    return JsonResponse({"code": code, "message": message, "fields": fields or {}}, status=status)


@api.exception_handler(SignatureRefused)
def not_signed(request: HttpRequest, refused: SignatureRefused) -> HttpResponse:
    if refused.reason == "body-too-large":
        return _problem(413, "TOO_LARGE", gettext("Nội dung gửi quá lớn; hãy chia làm nhiều lần."))
    return _problem(401, "NOT_SIGNED", gettext("Không rõ ai gọi, hoặc chữ ký hay giờ gửi chưa đúng."))


@api.exception_handler(signed.HeadEndSuspended)
def suspended(request: HttpRequest, refused: signed.HeadEndSuspended) -> HttpResponse:
    return _problem(403, "SUSPENDED", gettext("Kết nối của hệ thống đo đang tạm dừng."))


@api.exception_handler(signed.TooManyCalls)
def too_many(request: HttpRequest, refused: signed.TooManyCalls) -> HttpResponse:
    answer = _problem(429, "BUSY", gettext("Gọi quá nhiều lần trong một phút; hãy gọi lại sau."))
    answer.headers["Retry-After"] = "60"
    return answer


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    message = fill(gettext(refusal.message), refusal.facts)
    fields = {refusal.field: [message]} if refusal.field else {}
    wrong = isinstance(refusal, BatchMalformed | batches.BatchTooLong)
    return _problem(400 if wrong else 409, refusal.code, message, fields)


@api.exception_handler(ValidationError)
def not_there(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Only the address is read by its description; what cannot be a code is not there."""
    return _problem(404, "NOT_FOUND", gettext("Không có địa chỉ này."))


@api.exception_handler(HttpError)
def not_json(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(400, "MALFORMED", gettext("Nội dung gửi chưa đúng dạng."), {"body": [str(error)]})


@api.exception_handler(Exception)
def unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("head-end-call.failed", error=type(error).__name__, exc_info=error)
    return _problem(500, "UNKNOWN", gettext("Có lỗi ở phía điện lực. Vui lòng gọi lại sau."))
