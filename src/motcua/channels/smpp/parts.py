"""What became of each segment of a text message: named by the centre, delivered, failed. Nothing falls back in rank."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from motcua.channels.models import SmppPart
from motcua.channels.smpp.settings import HEX_THEN_DECIMAL

KEEP = timedelta(days=7)  # no centre tries longer
TAKEN, FAILED, DELIVERED = "TAKEN", "FAILED", "DELIVERED"
RANK = {"": 0, TAKEN: 1, FAILED: 2, DELIVERED: 3}


@dataclass(frozen=True)
class Part:
    """A segment: whether the centre has named it, and since when nobody has said how its sending ended."""

    number: int
    reference: int
    message_id: str
    submitted_at: datetime | None


@dataclass(frozen=True)
class Whole:
    """What the receipts of all segments come to. `is_named`: it is known only now that the centre took every one."""

    delivery_id: str
    address: str
    is_named: bool
    state: str
    first_name: str


def plain_id(message_id: str, way: str, *, is_receipt: bool) -> str:
    """The centre's name of a message, in one form: some say it in hexadecimal when they take it, in digits in the receipt."""
    if way != HEX_THEN_DECIMAL:
        return message_id.strip()
    try:
        return str(int(message_id, 10 if is_receipt else 16))
    except ValueError:
        return message_id.strip()


def reference_of(delivery_id: str, number: int) -> int:
    """A number of ours that goes with a segment and that many centres say again in the receipt."""
    return int.from_bytes(hashlib.sha256(f"{delivery_id}:{number}".encode()).digest()[:2], "big")


def prepare(*, delivery_id: str, outbox_id: UUID, address: str, total: int, at: datetime) -> list[Part]:
    """The segments of a message, in order; made at its first try."""
    SmppPart.objects.bulk_create(
        [
            SmppPart(
                outbox_id=outbox_id, delivery_id=delivery_id, number=number, address=address, created_at=at,
                reference=reference_of(delivery_id, number),
            )
            for number in range(1, total + 1)
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    rows = SmppPart.objects.filter(delivery_id=delivery_id, number__lte=total).order_by("number")
    return [Part(row.number, row.reference, row.message_id, row.submitted_at) for row in rows]


def note_going(delivery_id: str, numbers: Sequence[int], *, at: datetime) -> None:
    """These are about to be written to the line: from now on the centre may have them."""
    SmppPart.objects.filter(delivery_id=delivery_id, number__in=numbers, message_id="").update(
        submitted_at=at
    )


def note_not_taken(delivery_id: str, numbers: Sequence[int]) -> None:
    """The centre said no to these, or they never left: there is no doubt about them."""
    SmppPart.objects.filter(delivery_id=delivery_id, number__in=numbers, message_id="").update(
        submitted_at=None
    )


def note_named(delivery_id: str, names: Iterable[tuple[int, str]]) -> int:
    """The centre took these segments under these names; for how many that is news. The first name stands."""
    return sum(
        SmppPart.objects.filter(delivery_id=delivery_id, number=number, message_id="").update(
            message_id=name[:65]
        )
        for number, name in names
    )


def note_receipt(
    *, message_id: str, state: str, reference: int | None, address: str, at: datetime
) -> Whole | None:
    """Keep what a receipt says; what the whole message has come to, None when no segment of ours is meant.

    A receipt may come before we know the name it is about: then a segment without a name is found by our own reference, or
    is the only one under way to the number.
    """
    with transaction.atomic():
        row = SmppPart.objects.select_for_update().filter(message_id=message_id).order_by("-id").first()
        if row is None:
            row = _unnamed(reference, address, at)
        if row is None:
            return None
        is_new_name = not row.message_id
        row.message_id = message_id[:65]
        if RANK[state] > RANK[row.state]:
            row.state = state
        row.save(update_fields=["message_id", "state"])
        return whole(row.delivery_id, is_new_name=is_new_name)


def _unnamed(reference: int | None, address: str, at: datetime) -> SmppPart | None:
    rows = list(
        SmppPart.objects.select_for_update()
        .filter(address=address, message_id="", submitted_at__isnull=False, submitted_at__gt=at - KEEP)
        .order_by("id")
    )
    if reference is not None:
        return next((row for row in rows if row.reference == reference), None)
    return rows[0] if len(rows) == 1 else None


def whole(delivery_id: str, *, is_new_name: bool) -> Whole | None:
    """What has become of a message by what its segments are."""
    rows = list(SmppPart.objects.filter(delivery_id=delivery_id).order_by("number"))
    if not rows:
        return None
    everything = SmppPart.objects.filter(outbox_id=rows[0].outbox_id)
    states = {row.state for row in everything}
    state = FAILED if FAILED in states else DELIVERED if states == {DELIVERED} else ""
    is_named = is_new_name and all(row.message_id for row in rows)
    return Whole(delivery_id, rows[0].address, is_named, state, rows[0].message_id)


def sweep(*, at: datetime) -> int:
    return int(SmppPart.objects.filter(created_at__lt=at - KEEP).delete()[0])
