"""A copy of everything the company holds of a person, as every room says it; and as a file to hand over."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from motcua.customers import queries, registry
from motcua.customers.models import (
    Authority,
    Consent,
    Customer,
    CustomerChange,
    DataRequest,
    Handle,
    MergeRecord,
    NoticeChoice,
)

DATA, DOCUMENTS, READ_ME = "du-lieu.json", "giay-to.json", "doc-truoc.txt"
_READ_ME = """Bản sao dữ liệu cá nhân mà {company} đang giữ, lập lúc {at}.

{data}: mọi thông tin, theo từng phần của hệ thống.
{documents}: danh sách giấy tờ (tên, loại, ngày nhận); muốn nhận bản sao của tờ nào, xin hỏi nơi đã đưa tệp này.
Giờ ghi theo ISO 8601. Đây là thông tin riêng: hãy giữ tệp như giữ giấy tờ của anh/chị.
"""


def collect(customer_id: UUID) -> dict[str, Any]:
    """Everything held of the customer, under every id that means them, by room. Erased and unknown ones have nothing."""
    ids = queries.list_ids(customer_id)
    return {"customers": _own(ids), **registry.collect(ids)}


def documents_in(collected: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents that rooms told of, each with its room."""
    return [
        {"room": room, **document}
        for room, told in collected.items()
        for document in told.get("documents", ())
    ]


def as_zip(collected: dict[str, Any], *, company: str, at: datetime) -> bytes:
    """The copy as a file: what is held, the list of documents, and what the file is."""
    listed = documents_in(collected)
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (DATA, _dump(collected)),
            (DOCUMENTS, _dump(listed)),
            (READ_ME, _READ_ME.format(company=company, at=at.isoformat(), data=DATA, documents=DOCUMENTS)),
        ):
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content)
    return stored.getvalue()


def _dump(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


_FIELDS: tuple[tuple[str, Any, str, tuple[str, ...]], ...] = (
    ("records", Customer, "id", (
        "id", "kind", "full_name", "id_number", "phone", "email", "contact_address", "language", "status", "merged_into_id",
        "created_at", "changed_at",
    )),
    ("handles", Handle, "customer_id", ("channel", "address", "proof", "proven_at", "linked_at")),
    ("changes", CustomerChange, "customer_id", ("field", "old_value", "reason", "at")),
    ("consents", Consent, "customer_id", ("purpose", "channel", "wording__text", "at", "withdrawn_at", "withdrawn_why")),
    ("may_act_for_them", Authority, "customer_id", (
        "agent_id", "ground", "scope", "note", "valid_from", "valid_to", "granted_at", "revoked_at",
    )),
    ("they_may_act_for", Authority, "agent_id", ("customer_id", "ground", "scope", "valid_from", "valid_to", "revoked_at")),
    ("notices", NoticeChoice, "customer_id", ("topic", "channels", "changed_at")),
    ("merges", MergeRecord, "loser_id", ("loser_id", "winner_id", "at", "undone_at")),
    ("data_requests", DataRequest, "customer_id", ("wish", "state", "asked_at", "due_at", "closed_at", "answer")),
)  # fmt: skip


def _own(ids: Sequence[UUID]) -> dict[str, Any]:
    return {
        name: list(model._default_manager.filter(**{f"{column}__in": ids}).order_by("pk").values(*fields))
        for name, model, column, fields in _FIELDS
    }
