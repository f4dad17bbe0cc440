"""What is held of a customer here and in the rooms below that do not know of customers: requests, forms begun, contracts,
roles at account codes, papers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from motcua.customers import registry
from motcua.documents import queries as document_queries
from motcua.documents.queries import DocumentView
from motcua.kernel.actors import Actor
from motcua.messaging import queries as messaging_queries
from motcua.requests import queries
from motcua.requests.models import Draft, Note, Request
from motcua.requests.operations.erasing import erase_request_data
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import ContractStatus

ROOM = "requests"
ERASURE = Actor.system("erasure")
_CONTRACT = (
    "account_code", "number", "purpose", "quota", "status", "signed_at", "started_at", "place_text", "meter_serial",
    "expires_on",
)  # fmt: skip


def export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """Requests with what was answered and written, forms begun, contracts with their readings, roles, papers."""
    views = queries.list_requests(_request_ids(customer_ids))
    contracts = supply_queries.list_contracts(customer_ids)
    drafts = Draft.objects.filter(customer_id__in=customer_ids).order_by("created_at", "id")
    return {
        "requests": [_request(view) for view in views],
        "forms": list(drafts.values("service_code", "answers", "status", "created_at", "updated_at")),
        "contracts": [
            {name: getattr(contract, name) for name in _CONTRACT}
            | {"readings": [asdict(row) for row in supply_queries.list_readings(contract.account_code, limit=1000)]}
            for contract in contracts
        ],
        "account_roles": [
            {
                "account_code": part.account_code, "role": part.role, "reason": part.reason, "valid_from": part.valid_from,
                "valid_to": part.valid_to,
            }
            for part in supply_queries.list_parts(customer_ids)
        ],
        "documents": _documents(customer_ids, [view.id for view in views]),
    }  # fmt: skip


def _request_ids(customer_ids: Sequence[UUID]) -> list[UUID]:
    rows = Request.objects.filter(customer_id__in=customer_ids).order_by("submitted_at", "id")
    return list(rows.values_list("id", flat=True))


def _request(view: queries.RequestView) -> dict[str, Any]:
    notes = Note.objects.filter(request_id=view.id, for_customer=True).order_by("at", "id")
    return {
        "number": view.number, "service": view.service_code, "service_name": view.service.name.vi,
        "state": view.state.state, "submitted_at": view.state.submitted_at, "closed_at": view.state.closed_at,
        "answers": dict(view.answers), "decided": dict(view.inputs), "representative": dict(view.representative),
        "rating": view.state.rating, "notes": list(notes.values("text", "at")),
    }  # fmt: skip


def _documents(customer_ids: Sequence[UUID], request_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    found = [d for id in request_ids for d in document_queries.list_documents("request", id)]
    for customer_id in customer_ids:
        for talk in messaging_queries.list_conversations(customer_id=customer_id, limit=10_000):
            found += document_queries.list_documents("conversation", talk.id)
    return [_document(document) for document in found]


def _document(document: DocumentView) -> dict[str, Any]:
    return {
        "id": document.id, "kind": document.kind, "of": document.subject_type, "of_id": document.subject_id,
        "name": document.name, "mime": document.mime, "size": document.size, "uploaded_at": document.uploaded_at,
        "delete_after": document.delete_after,
    }  # fmt: skip


def reason_to_keep(customer_id: UUID, at: datetime) -> str | None:
    """Who is being served, or has a running contract, is not forgotten."""
    if Request.objects.filter(customer_id=customer_id, closed_at__isnull=True).exists():
        return gettext("còn yêu cầu đang làm")
    running = [c for c in supply_queries.list_contracts([customer_id]) if c.status == ContractStatus.ACTIVE]
    return gettext("còn hợp đồng mua bán điện") if running else None


def erase(customer_id: UUID, at: datetime) -> None:
    """The customer is erased: answers of their requests and forms go, roles at accounts end."""
    for request_id in _request_ids([customer_id]):
        erase_request_data(request_id=request_id, actor=ERASURE, at=at, key=f"erasure:{request_id}")
    Draft.objects.filter(customer_id=customer_id).update(answers={})
    supply_ops.end_parts(customer_id=customer_id, actor_ref=ERASURE.ref, at=at)
    supply_ops.forget_reasons(customer_id=customer_id)


registry.on_export(ROOM, export)
registry.before_erasure(ROOM, reason_to_keep)
registry.on_erasure(ROOM, erase)
