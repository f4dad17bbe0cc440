"""What the centre delivers, put into the inbox and committed before it is answered: receipts, and what customers write.

A kill before the commit leaves the centre without an answer, so it comes again; a kill after it too, and then the same
thing is known: receipts by what they say, words by coming again over another bind within minutes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.channels.models import SmppHeard, SmppPiece
from motcua.channels.smpp import alphabet, pdu
from motcua.channels.smpp.alphabet import Piece
from motcua.channels.smpp.pdu import Pdu
from motcua.companies import context
from motcua.config import clock
from motcua.kernel import phones
from motcua.messaging import operations as messaging_ops

CHANNEL = "SMS"
REPEATED_WITHIN = timedelta(minutes=5)
HEARD_KEPT = timedelta(days=1)
PIECES_WAIT = timedelta(minutes=10)
MISSING = "[…]"
OK = 0
_FIELD = re.compile(r"\b(id|sub|dlvrd|submit date|done date|stat|err):\s*([^\s]*)", re.IGNORECASE)
_STATES = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip


def take(company_code: str, bind: UUID, messages: Sequence[Pdu]) -> list[int]:
    """Store a batch in one commit; what to answer each with. Raises when the database cannot."""
    try:
        with context.using_company(company_code), transaction.atomic():
            for message in messages:
                store(message, bind=bind, at=clock.now())
    finally:
        connection.close()
    return [OK] * len(messages)


def take_late(company_code: str, tag: Any, answer: Pdu) -> None:
    """The centre took a message after we had given up waiting for its word."""
    if answer.status:
        return
    delivery_id, number = tag
    name = answer.text("message_id")
    try:
        with context.using_company(company_code), transaction.atomic():
            messaging_ops.receive(
                channel=CHANNEL, event_id=f"taken:{delivery_id}:{number}:{name}", sender=f"receipt:{name}", at=clock.now(),
                payload={"type": "smpp_taken", "delivery": delivery_id, "number": number, "message_id": name},
            )  # fmt: skip
    finally:
        connection.close()


def store(message: Pdu, *, bind: UUID, at: datetime) -> bool:
    """One message of the centre's into the inbox, in the caller's transaction; False for one that is there."""
    if message.number("esm_class") & pdu.REPORTS or pdu.RECEIPTED_MESSAGE_ID in message.tlvs:
        return _store_receipt(read_receipt(message), at)
    return _store_words(message, bind, at)


def read_receipt(message: Pdu) -> dict[str, Any]:
    """What a report says, from the optional parameters or from its text."""
    text = message.content().decode("latin-1")
    told = {name.lower(): value for name, value in _FIELD.findall(text.partition("text:")[0])}
    state = message.tlvs.get(pdu.MESSAGE_STATE)
    name = message.tlvs.get(pdu.RECEIPTED_MESSAGE_ID, b"").rstrip(b"\0").decode("latin-1")
    reference = message.tlvs.get(pdu.USER_MESSAGE_REFERENCE)
    return {
        "type": "smpp_receipt",
        "message_id": _clean(name or told.get("id", "")),
        "status": _clean(told.get("stat", "") or _STATES.get(state[0] if state else 0, "")).upper(),
        "error": _clean(told.get("err", "")),
        "done": _clean(told.get("done date", "")),
        "from": _clean(message.text("source_addr")),
        "reference": int.from_bytes(reference, "big") if reference else None,
    }


def _store_receipt(told: dict[str, Any], at: datetime) -> bool:
    key = "|".join(str(told[name]) for name in ("message_id", "status", "error", "done", "from"))
    return messaging_ops.receive(
        channel=CHANNEL, event_id=f"receipt:{hashlib.sha256(key.encode()).hexdigest()[:48]}",
        sender=f"receipt:{told['message_id']}", payload=told, at=at,
    )  # fmt: skip


def number_of(address: str) -> str | None:
    """A phone as centres write it: international digits without a plus, or as people dial."""
    return phones.normalise(f"+{address}" if re.match(r"^84\d{8,}$", address) else address)


def _store_words(message: Pdu, bind: UUID, at: datetime) -> bool:
    if not _is_new(message, bind, at):
        return False
    body, piece = message.content(), None
    if message.number("esm_class") & pdu.HAS_HEADER:
        piece, body = alphabet.split_header(body)
    elif pdu.SAR_REFERENCE in message.tlvs:
        piece = _sar(message)
    text = _clean(alphabet.read(body, message.number("data_coding")))
    sender, to = message.text("source_addr"), message.text("destination_addr")
    if piece is not None:
        joined = _join(sender, to, piece, text, at)
        if joined is None:
            return True
        text = joined
    return _receive(sender, to, text, f"smpp:{bind.hex}:{message.sequence}", at)


def _receive(sender: str, to: str, text: str, event_id: str, at: datetime) -> bool:
    payload = {"type": "inbound", "from": _clean(sender), "to": _clean(to), "text": text}
    return messaging_ops.receive(
        channel=CHANNEL, event_id=event_id, sender=number_of(sender) or sender or "?", payload=payload, at=at
    )


def _is_new(message: Pdu, bind: UUID, at: datetime) -> bool:
    """Whether it is no repetition: the protocol gives words no name, but repeats them only over a new bind, and soon."""
    told = (
        message.text("source_addr"),
        message.text("destination_addr"),
        str(message.number("esm_class")),
        str(message.number("data_coding")),
        message.content().hex(),
        *(message.tlvs.get(tag, b"").hex() for tag in (pdu.SAR_REFERENCE, pdu.SAR_TOTAL, pdu.SAR_NUMBER)),
    )
    fingerprint = hashlib.sha256("|".join(told).encode()).hexdigest()
    SmppHeard.objects.bulk_create(
        [SmppHeard(fingerprint=fingerprint, bind=UUID(int=0), sequence=-1, at=at)], ignore_conflicts=True
    )
    row = SmppHeard.objects.select_for_update().get(fingerprint=fingerprint)
    if row.sequence >= 0:
        is_same_bind = row.bind == bind
        if is_same_bind and row.sequence == message.sequence:
            return False
        if not is_same_bind and at - row.at < REPEATED_WITHIN:
            return False
    row.bind, row.sequence, row.at = bind, message.sequence, at
    row.save()
    return True


def _sar(message: Pdu) -> Piece | None:
    tags = (pdu.SAR_REFERENCE, pdu.SAR_TOTAL, pdu.SAR_NUMBER)
    reference, total, number = (int.from_bytes(message.tlvs.get(tag, b""), "big") for tag in tags)
    return Piece(reference, total, number) if 1 < total <= 255 and 1 <= number <= total else None


def _join(sender: str, to: str, piece: Piece, text: str, at: datetime) -> str | None:
    """Keep a segment; the whole text when this was the last of them."""
    where = {"address": sender[:120], "reference": piece.reference, "total": piece.total}
    SmppPiece.objects.bulk_create(
        [SmppPiece(**where, to=to, number=piece.number, text=text[:300], at=at)], ignore_conflicts=True
    )
    rows = list(SmppPiece.objects.select_for_update().filter(**where).order_by("number"))
    if len(rows) < piece.total:
        return None
    SmppPiece.objects.filter(id__in=[row.id for row in rows]).delete()
    return "".join(row.text for row in rows)


def give_up_pieces(*, at: datetime) -> int:
    """Segments whose others never came are a message as they are, with a mark where something is missing."""
    done = 0
    with transaction.atomic():
        late = SmppPiece.objects.select_for_update(skip_locked=True).filter(at__lt=at - PIECES_WAIT)
        groups: dict[tuple[str, int, int], list[SmppPiece]] = {}
        for row in late.order_by("id")[:500]:
            groups.setdefault((row.address, row.reference, row.total), []).append(row)
        for (address, _reference, total), rows in groups.items():
            by_number = {row.number: row.text for row in rows}
            text = "".join(by_number.get(number, MISSING) for number in range(1, total + 1))
            done += _receive(address, rows[0].to, text, f"smpp:pieces:{rows[0].id}", at)
            SmppPiece.objects.filter(id__in=[row.id for row in rows]).delete()
        SmppHeard.objects.filter(at__lt=at - HEARD_KEPT).delete()
    return done


def _clean(text: str) -> str:
    """No zero bytes: the database takes none."""
    return text.replace("\0", "")
