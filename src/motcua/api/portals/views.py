"""The calls of the portal interface. Each checks, calls one operation or query, and answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Path
from ninja.errors import HttpError, ValidationError

from motcua.api.portals import procedures, schemas, signed
from motcua.api.portals.schemas import Code, DossierNumber, Id, Problem
from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.connectors.portals import dossiers, intake
from motcua.connectors.portals.partners import PortalView
from motcua.connectors.signed_calls import SignatureRefused
from motcua.documents import operations as document_ops
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused, fill

log = structlog.get_logger(__name__)

api = NinjaAPI(
    title="Motcua for public-service portals",
    version="1",
    description=(
        "Signed calls of provincial and national portals to one power company. Every call carries X-Partner-Id, "
        "X-Request-Id, X-Timestamp (ISO 8601 with zone, at most five minutes off) and X-Signature: "
        "HMAC-SHA256 in hexadecimal of method, path, timestamp, request id and the SHA-256 of the body in "
        "hexadecimal, joined by line feeds. Changes of a dossier come back to the portal's own address, signed the "
        "same way."
    ),
    urls_namespace="api-portals",
    docs_url=None,
    docs_decorator=require_safe,
    auth=signed.portal_of,
)

_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 500), Problem)
_REFUSALS = {**_PROBLEMS, **dict.fromkeys((409, 422), Problem)}
_SIGNED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in signed_calls.HEADERS
    ]
}
_FILE: dict[str, Any] = {
    **_SIGNED,
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
}
# Refusals that name a thing which is not there, or a thing that cannot be as it was sent; all others are conflicts.
WRONG = frozenset(
    {
        "INVALID", "DOSSIER_NUMBER_INVALID", "PROCEDURE_UNKNOWN", "SUBMITTED_AT_INVALID", "FORMAT_NOT_IN_FORCE",
        "PROVINCE_UNKNOWN", "SERVED_ELSEWHERE", "PAPER_UNKNOWN", "FILE_EMPTY", "FILE_TOO_LARGE", "FILE_KIND_UNKNOWN",
        "FILE_DAMAGED", "FILE_INFECTED", "PICTURE_TOO_LARGE", "PDF_ACTIVE", "PDF_LOCKED", "PDF_TOO_LONG",
    }
)  # fmt: skip


@api.get(
    "/{portal}/procedures",
    response={200: schemas.Procedures, **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="Services of today, the form names and papers that each takes",
)
def list_procedures(request: HttpRequest, portal: Path[Code]) -> dict[str, Any]:
    return procedures.describe(_portal(request), local_date(clock.now()))


@api.post(
    "/{portal}/dossiers",
    response={201: schemas.Submitted, 200: schemas.Submitted, **_REFUSALS},
    openapi_extra=_SIGNED,
    summary="A citizen's dossier",
)
def submit(request: HttpRequest, portal: Path[Code], sent: schemas.DossierIn) -> tuple[int, dict[str, Any]]:
    done = intake.submit(
        _portal(request), number=sent.dossier_number, procedure=sent.procedure, province_code=sent.province_code,
        submitted_at=sent.submitted_at, form=sent.form, at=clock.now(),
        representative=sent.representative.model_dump(mode="json") if sent.representative else None,
    )  # fmt: skip
    body = {
        **dossiers.receipt(done.view),
        "was_received_before": done.was_received_before,
        "ignored_fields": list(done.ignored),
    }
    return (200 if done.was_received_before else 201), body


@api.get(
    "/{portal}/dossiers/{number}",
    response={200: schemas.Dossier, **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="Where the dossier stands, and how it came there",
)
def status(request: HttpRequest, portal: Path[Code], number: Path[DossierNumber]) -> dict[str, Any]:
    return dossiers.whole(dossiers.get_dossier(_portal(request), number))


@api.put(
    "/{portal}/dossiers/{number}/papers/{paper}/{file_id}",
    response={200: schemas.FileOut, **_REFUSALS},
    openapi_extra=_FILE,
    auth=signed.portal_with_file,
    summary="A paper of the dossier: the file's own bytes, under the portal's own id",
)
def attach(
    request: HttpRequest, portal: Path[Code], number: Path[DossierNumber], paper: Path[Code], file_id: Path[Id]
) -> dict[str, Any]:  # fmt: skip
    row = intake.attach(
        _portal(request), number=number, paper=paper, file_id=file_id, content=_caller(request).body, at=clock.now()
    )  # fmt: skip
    return {"file_id": row.file_id, "paper": row.paper, "sha256": row.sha256, "received_at": row.received_at}


@api.post(
    "/{portal}/dossiers/{number}/supplement",
    response={200: schemas.Dossier, **_REFUSALS},
    openapi_extra=_SIGNED,
    summary="All of these files were sent; what is missing is said",
)
def supplement(
    request: HttpRequest, portal: Path[Code], number: Path[DossierNumber], sent: schemas.SupplementIn
) -> dict[str, Any]:
    view = intake.supplement(
        _portal(request), number=number, supplement_id=sent.supplement_id, file_ids=sent.file_ids, remark=sent.remark,
        at=clock.now(),
    )  # fmt: skip
    return dossiers.whole(view)


@api.post(
    "/{portal}/dossiers/{number}/withdrawal",
    response={200: schemas.Dossier, **_REFUSALS},
    openapi_extra=_SIGNED,
    summary="The citizen wants it no more",
)
def withdraw(
    request: HttpRequest, portal: Path[Code], number: Path[DossierNumber], sent: schemas.WithdrawalIn
) -> dict[str, Any]:
    return dossiers.whole(
        intake.withdraw(_portal(request), number=number, reason=sent.reason, at=clock.now())
    )


@api.get(
    "/{portal}/dossiers/{number}/fees",
    response={200: list[schemas.Fee], **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="What is to be paid and how, and what was paid",
)
def fees(request: HttpRequest, portal: Path[Code], number: Path[DossierNumber]) -> list[dict[str, Any]]:
    return dossiers.fees(dossiers.get_dossier(_portal(request), number))


@api.get(
    "/{portal}/dossiers/{number}/results",
    response={200: list[schemas.Result], **_PROBLEMS},
    openapi_extra=_SIGNED,
    summary="Documents that the dossier led to",
)
def results(request: HttpRequest, portal: Path[Code], number: Path[DossierNumber]) -> list[dict[str, Any]]:
    return dossiers.results(dossiers.get_dossier(_portal(request), number))


@api.get(
    "/{portal}/dossiers/{number}/results/{document_id}",
    response={200: Any, **_REFUSALS},
    openapi_extra={
        **_SIGNED,
        "responses": {
            200: {
                "description": "The document itself; its SHA-256 stands in the list.",
                "content": {
                    "application/pdf": {"schema": {"type": "string", "format": "binary"}},
                    "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
                },
            }
        },
    },
    summary="One of them",
)
def result(
    request: HttpRequest, portal: Path[Code], number: Path[DossierNumber], document_id: UUID
) -> HttpResponse:
    here = _portal(request)
    found = dossiers.get_result(dossiers.get_dossier(here, number), document_id)
    content = document_ops.open_document(
        document_id=found.id, actor=intake.actor_of(here), at=clock.now(), purpose="portal"
    )
    return HttpResponse(content, content_type=found.mime)


def _caller(request: HttpRequest) -> signed.Caller:
    caller: signed.Caller = request.auth  # type: ignore[attr-defined]  # set by ninja
    return caller


def _portal(request: HttpRequest) -> PortalView:
    return _caller(request).portal


def _problem(
    status: int, code: str, message: str, fields: dict[str, list[str]] | None = None
) -> HttpResponse:
    return JsonResponse({"code": code, "message": message, "fields": fields or {}}, status=status)


@api.exception_handler(SignatureRefused)
def not_signed(request: HttpRequest, refused: SignatureRefused) -> HttpResponse:
    return _problem(401, "NOT_SIGNED", gettext("Không rõ ai gọi, hoặc chữ ký hay giờ gửi chưa đúng."))


@api.exception_handler(signed.PortalSuspended)
def suspended(request: HttpRequest, refused: signed.PortalSuspended) -> HttpResponse:
    return _problem(403, "SUSPENDED", gettext("Kết nối của cổng đang tạm dừng."))


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    fields = {
        name: [fill(gettext(problem.message), problem.facts) for problem in problems]
        for name, problems in refusal.problems().items()
        if name
    }
    wrong = 422 if refusal.code in WRONG else 404 if isinstance(refusal, NotFound) else 409
    return _problem(wrong, refusal.code, fill(gettext(refusal.message), refusal.facts), fields)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What cannot be read as the document says. A number or code in the address that cannot be is not there: 404."""
    fields: dict[str, list[str]] = {}
    for line in error.errors:
        name = ".".join(str(part) for part in line["loc"][1:] if part != "sent") or "body"
        fields.setdefault(name, []).append(str(line["msg"]))
    in_path = all(line["loc"][0] == "path" for line in error.errors)
    return _problem(404 if in_path else 400, "MALFORMED", gettext("Nội dung gửi chưa đúng dạng."), fields)


@api.exception_handler(HttpError)
def not_json(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(400, "MALFORMED", gettext("Nội dung gửi chưa đúng dạng."), {"body": [str(error)]})


@api.exception_handler(Exception)
def unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("portal-call.failed", error=type(error).__name__, exc_info=error)
    return _problem(500, "UNKNOWN", gettext("Có lỗi ở phía điện lực. Vui lòng gọi lại sau."))
