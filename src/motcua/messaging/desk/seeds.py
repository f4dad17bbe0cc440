"""The queues a company begins with; it names, adds and aims them as it likes."""

from __future__ import annotations

from datetime import date
from typing import Any

START = date(2018, 1, 1)
SOURCE = "Giá trị ban đầu của phần mềm; công ty đặt lại ở trang Quản trị"

# code, name, name_en, topics, first answer and end in working minutes
QUEUES: tuple[tuple[str, str, str, tuple[str, ...], int, int], ...] = (
    ("chung", "Chung", "General", (), 15, 480),
    ("su-co", "Sự cố", "Faults and power cuts", ("FAULT", "RECONNECT", "outage_planned", "outage_when"), 5, 120),
    (
        "hoa-don", "Hóa đơn", "Bills and payment",
        (
            "METER-CHECK", "autopay", "bill_high", "bill_lookup", "invoice", "overpaid", "payment_how", "payment_status",
            "price", "reading_day", "usage",
        ), 15, 480,
    ),
    (
        "cap-dien-moi", "Cấp điện mới", "New supply",
        (
            "CHG-CAPACITY", "MOVE-METER", "NEW-LV-NRES", "NEW-LV-NRES40", "NEW-LV-RES", "NEW-LV-SHARED", "NEW-LV-SHORT",
            "NEW-LV-SPLIT", "NEW-MV", "solar",
        ), 30, 960,
    ),
)  # fmt: skip

# Conversations that waited, or were answered, before there were queues: their episode begins when that did.
CARRIED_OVER = """
INSERT INTO messaging_deskepisode (
    id, conversation_id, queue_id, unit_code, topic, state, is_urgent, staff_id, not_to, begun_at, waiting_since,
    assigned_at, first_answered_by, end_reason
)
SELECT gen_random_uuid(), c.id, q.id, c.unit_code, '', CASE c.owner WHEN 'STAFF' THEN 'HELD' ELSE 'WAITING' END,
    c.is_urgent, c.staff_id, '', c.owned_at, c.owned_at, CASE c.owner WHEN 'STAFF' THEN c.owned_at END, '', ''
FROM messaging_conversation c CROSS JOIN messaging_deskqueue q
WHERE c.status = 'OPEN' AND c.owner IN ('STAFF', 'QUEUE') AND q.is_general
"""


def put_queues(queues: Any, targets: Any) -> None:
    """Add the queues that are missing (by code), each with its first target."""
    for place, (code, name, name_en, topics, first, resolve) in enumerate(QUEUES):
        queue, made = queues.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "name_en": name_en, "topics": list(topics), "place": place, "is_general": code == "chung",
            },
        )  # fmt: skip
        if made:
            targets.objects.create(
                queue=queue, first_minutes=first, resolve_minutes=resolve, valid_from=START, source=SOURCE
            )
