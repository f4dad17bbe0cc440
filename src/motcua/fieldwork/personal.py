"""What this room holds of a customer: visits to them. They are erased with the request they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from motcua.customers import registry
from motcua.fieldwork.models import Visit
from motcua.requests.models import Request

ROOM = "fieldwork"
_TOLD = (
    "kind",
    "status",
    "date",
    "window_start",
    "window_end",
    "outcome",
    "place_text",
    "contact_name",
    "phone",
    "note",
)


def export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """Every visit for a request of the customer."""
    requests = Request.objects.filter(customer_id__in=customer_ids).values_list("id", flat=True)
    rows = Visit.objects.filter(request_id__in=list(requests)).order_by("date", "id")
    return {"visits": list(rows.values(*_TOLD))}


registry.on_export(ROOM, export)
