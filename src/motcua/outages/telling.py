"""Telling those whom an outage touches: the texts, the audience of a notice to many, and what it may say of the outage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from motcua.kernel.local_time import to_local
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import templates
from motcua.messaging.mass import audiences
from motcua.messaging.mass.audiences import Query
from motcua.messaging.templates import OF_OUTAGE, Template
from motcua.outages.models import Area, Outage

RESTORED = templates.declare(
    Template(
        code="outage.restored",
        vi="Đã có điện lại ở {place} lúc {time}. Nếu nhà anh/chị vẫn chưa có điện, hãy nhắn “vẫn mất điện”.",
        en="The power is back at {place} since {time}. If yours is not, please write “vẫn mất điện” (still out).",
        topic=OF_OUTAGE,
        label=_("Đã có điện lại"),
    )
)
PLANNED = templates.declare(
    Template(
        code="outage.planned",
        vi="{company}: {outage_place} ngừng cấp điện từ {outage_from} đến {outage_until}. Mã khách hàng {account_code}. Hỏi: {hotline}.",
        en="{company}: no power at {outage_place} from {outage_from} to {outage_until}. Customer code {account_code}. Call {hotline}.",
        topic=OF_OUTAGE,
        label=_("Báo trước lịch ngừng cấp điện"),
        known=frozenset({"customer_name", "address", "unit_name"}),
    )
)


def _touched(params: Mapping[str, Any]) -> Query:
    rows = Area.objects.filter(outage_id=UUID(params["outage"])).order_by("id")
    areas = [audiences.Area(row.unit_code, row.commune_key, row.station_code, row.words) for row in rows]
    return audiences.of_areas(areas, params)


def _facts(params: Mapping[str, Any]) -> dict[str, str]:
    """Where, from when, until when, as it is known when the notice is written."""
    row = Outage.objects.filter(id=UUID(params["outage"])).first()
    if row is None:
        return {}
    return {
        "outage_place": row.place,
        "outage_from": _moment(row.begins_at),
        "outage_until": _moment(row.expected_at),
    }


def _moment(at: datetime | None) -> str:
    return to_local(at).strftime("%H:%M %d/%m/%Y") if at else ""


TOUCHED = audiences.Audience("OUTAGE", _("Khách hàng bị một lần mất điện"), _touched, facts=_facts)
