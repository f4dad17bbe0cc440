"""What a stored receipt of the centre means for our message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from motcua.channels import accounts
from motcua.channels.smpp import parts, storing
from motcua.channels.smpp.parts import Whole
from motcua.channels.smpp.settings import DEFAULTS
from motcua.kernel import local_time
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Echo, Found, Receipt

RECEIPT, TAKEN = "smpp_receipt", "smpp_taken"
# What receipts say, and what that is to us; "" lifts nothing.
STATES = {
    "DELIVRD": parts.DELIVERED, "UNDELIV": parts.FAILED, "EXPIRED": parts.FAILED, "REJECTD": parts.FAILED,
    "DELETED": parts.FAILED, "ACCEPTD": parts.TAKEN, "ENROUTE": parts.TAKEN, "UNKNOWN": "", "SCHEDULED": parts.TAKEN,
    "SKIPPED": parts.FAILED,
}  # fmt: skip


def parse(event: InboxView) -> Sequence[Found]:
    """Raises ValueError for what is no receipt."""
    told: Any = event.payload
    account = accounts.find_account(storing.CHANNEL)
    way = str((account.settings if account else {}).get("receipt_ids", DEFAULTS["receipt_ids"]))
    if told.get("type") == TAKEN:
        return _taken(told, way)
    status, name = str(told.get("status", "")), str(told.get("message_id", ""))
    if status not in STATES or not name:
        raise ValueError("unknown receipt status")
    message_id = parts.plain_id(name, way, is_receipt=True)
    address = storing.number_of(str(told.get("from", ""))) or ""
    whole = parts.note_receipt(
        message_id=message_id, state=STATES[status], reference=told.get("reference"), address=address, at=event.received_at
    )  # fmt: skip
    if whole is None:  # a moment later the name may be known
        return [Receipt(message_id, "SENT", address=address)]
    found: list[Found] = _heard(whole)
    if whole.state:
        code = (
            ""
            if whole.state == parts.DELIVERED
            else "_".join(filter(None, (status, str(told.get("error", "")))))
        )
        at = done_at(str(told.get("done", "")), event.received_at)
        found.append(Receipt(delivery_of(whole), whole.state, at, code))
    return found


def _taken(told: Any, way: str) -> Sequence[Found]:
    delivery_id = str(told["delivery"])
    name = parts.plain_id(str(told["message_id"]), way, is_receipt=False)
    is_news = parts.note_named(delivery_id, [(int(told["number"]), name)]) > 0
    whole = parts.whole(delivery_id, is_new_name=is_news)
    return _heard(whole) if whole is not None else []


def delivery_of(whole: Whole) -> str:
    return whole.delivery_id.partition("#")[0]


def _heard(whole: Whole) -> list[Found]:
    """The centre has every segment: whoever is in doubt about the message need not send it again."""
    return [Echo(whole.address, whole.first_name, key=whole.delivery_id)] if whole.is_named else []


def done_at(text: str, received_at: datetime) -> datetime:
    """YYMMDDhhmm in Vietnam's time, as centres there write it; when that cannot be, the instant of its arrival."""
    try:
        said = datetime.strptime(text[:10], "%y%m%d%H%M").replace(tzinfo=local_time.ZONE).astimezone(UTC)
    except ValueError:
        return received_at
    return said if received_at - timedelta(days=8) < said <= received_at else received_at
