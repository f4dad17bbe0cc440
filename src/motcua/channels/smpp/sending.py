"""Handing a text message to the centre: source, coding, segments; and what each way it can end means for the outbox.

The protocol knows no keys, so a message whose answer never came is in doubt. Each segment is written down before it leaves.
A late answer, or a receipt that names our reference or is the only one expected from that number, ends the doubt; only
when neither has come after a while does the message go again, and then those segments alone that nobody has named.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from motcua.channels.accounts import Account
from motcua.channels.smpp import alphabet, errors, holding, parts, pdu, settings
from motcua.channels.smpp.alphabet import Coded, Piece
from motcua.channels.smpp.errors import Policy
from motcua.channels.smpp.holding import Holder, NotBound
from motcua.channels.smpp.parts import Part
from motcua.channels.smpp.pdu import Pdu, Value
from motcua.channels.smpp.session import Ask
from motcua.channels.smpp.settings import PAYLOAD, SAR, Line
from motcua.companies.context import current_company
from motcua.config import clock
from motcua.messaging.rules import ECHO_WITHIN, Delivery, Kind, SendFailed, Sent

INTERNATIONAL, NATIONAL, SHORT_NUMBER, NAME = 1, 2, 3, 5
ISDN = 1
RECEIPT_WANTED = 1
CODE_LIVES = "000000001000000R"  # ten minutes, as the protocol writes a span
BIND_WAIT = 12.0


def send(delivery: Delivery, account: Account) -> Sent:
    """Over the company's line. Raises SendFailed."""
    line = settings.line_of(account)
    source = source_of(line, delivery.kind)
    coded = alphabet.code(delivery.text)
    holder = holding.keep(account.company_code, current_company().schema_name, line)
    assert holder is not None
    _check_pace(holder)
    at = clock.now()
    rows = parts.prepare(
        delivery_id=delivery.id, outbox_id=UUID(delivery.id.partition("#")[0]), address=delivery.address, at=at,
        total=1 if line.long_messages == PAYLOAD else len(coded.segments),
    )  # fmt: skip
    going = [row for row in rows if not row.message_id]
    _check_doubt(delivery, going, at)
    if going:
        _submit(
            delivery, line, holder, [(row, _message(delivery, line, source, coded, row)) for row in going], at
        )
    named = parts.whole(delivery.id, is_new_name=False)
    return Sent(provider_ref=named.first_name if named else "", provider_code="0")


def source_of(line: Line, kind: Kind) -> dict[str, Value]:
    """Who it comes from: a registered name, never one that is not; answers come from the number that people can write to.

    Raises SendFailed when the company has no name for this kind of message.
    """
    if kind is Kind.REPLY and line.number:
        ton = (
            SHORT_NUMBER
            if len(line.number) < 9
            else INTERNATIONAL
            if line.number.startswith("84")
            else NATIONAL
        )
        return {"source_addr": line.number, "source_addr_ton": ton, "source_addr_npi": ISDN}
    name = line.advertising_brand if kind is Kind.ADVERTISING else line.brand
    if not settings.is_brand(name):
        raise SendFailed("NO_ADVERTISING_BRAND" if kind is Kind.ADVERTISING else "NO_BRAND", is_final=True)
    return {"source_addr": name, "source_addr_ton": NAME, "source_addr_npi": 0}


def _check_pace(holder: Holder) -> None:
    left = holder.slow_until - time.monotonic()
    if left > 0:
        raise SendFailed("THROTTLED", retry_after=timedelta(seconds=left), counts=False)


def _check_doubt(delivery: Delivery, going: Sequence[Part], at: datetime) -> None:
    """After a kill as well: what left a moment ago may still be told of."""
    latest = max((row.submitted_at for row in going if row.submitted_at), default=None)
    if latest is not None and delivery.is_doubtful and at - latest < ECHO_WITHIN:
        raise SendFailed("NO_ANSWER", is_unknown=True, counts=False)


def _message(
    delivery: Delivery, line: Line, source: dict[str, Value], coded: Coded, part: Part
) -> tuple[tuple[str, int], Pdu]:
    fields: dict[str, Value] = {
        **source, "dest_addr_ton": INTERNATIONAL, "dest_addr_npi": ISDN, "destination_addr": delivery.address.removeprefix("+"),
        "registered_delivery": RECEIPT_WANTED, "data_coding": coded.coding,
        "validity_period": CODE_LIVES if delivery.kind is Kind.CODE else "",
    }  # fmt: skip
    tlvs = {pdu.USER_MESSAGE_REFERENCE: part.reference.to_bytes(2, "big")}
    total = len(coded.segments)
    reference = hashlib.sha256(delivery.id.encode()).digest()
    if line.long_messages == PAYLOAD and total > 1:
        tlvs[pdu.MESSAGE_PAYLOAD] = coded.whole
        return (delivery.id, part.number), Pdu(
            pdu.SUBMIT_SM, fields={**fields, "short_message": b""}, tlvs=tlvs
        )
    text = coded.segments[part.number - 1]
    if total > 1 and line.long_messages == SAR:
        tlvs[pdu.SAR_REFERENCE] = reference[:2]
        tlvs[pdu.SAR_TOTAL], tlvs[pdu.SAR_NUMBER] = bytes([total]), bytes([part.number])
    elif total > 1:
        text = alphabet.header(Piece(reference[0], total, part.number)) + text
        fields["esm_class"] = pdu.HAS_HEADER
    return (delivery.id, part.number), Pdu(pdu.SUBMIT_SM, fields={**fields, "short_message": text}, tlvs=tlvs)


def _submit(
    delivery: Delivery,
    line: Line,
    holder: Holder,
    going: Sequence[tuple[Part, tuple[Any, Pdu]]],
    at: datetime,
) -> None:
    """Write down, send, write down how it ended. Raises SendFailed unless the centre took every segment."""
    numbers = [part.number for part, _message in going]
    fresh = {part.number for part, _message in going if part.submitted_at is None}
    parts.note_going(delivery.id, numbers, at=at)
    if not connection.in_atomic_block:
        connection.close()
    try:
        asked = holder.submit([message for _part, message in going], wait=BIND_WAIT)
    except NotBound as failed:
        parts.note_not_taken(delivery.id, sorted(fresh))
        raise _not_bound(failed) from None
    taken = [(ask, ask.answer) for ask in asked if ask.answer is not None and not ask.answer.status]
    parts.note_named(
        delivery.id,
        [
            (ask.tag[1], parts.plain_id(answer.text("message_id"), line.receipt_ids, is_receipt=False))
            for ask, answer in taken
        ],
    )
    parts.note_not_taken(
        delivery.id, [ask.tag[1] for ask in asked if ask.tag[1] in fresh and _is_certain(ask)]
    )
    _judge(asked, holder)


def _is_certain(ask: Ask) -> bool:
    """Certainly not taken."""
    return not ask.was_written or (ask.answer is not None and ask.answer.status != 0)


def _not_bound(failed: NotBound) -> SendFailed:
    if failed.state == holding.ELSEWHERE:
        return SendFailed(holding.HELD_ELSEWHERE, retry_after=timedelta(seconds=1), counts=False)
    pause = timedelta(minutes=5) if failed.state == holding.REFUSED else timedelta(seconds=10)
    return SendFailed(f"LINE_{failed.state}", retry_after=pause, counts=False)


def _judge(asked: Sequence[Ask], holder: Holder) -> None:
    refused = [
        errors.find(ask.answer.status) for ask in asked if ask.answer is not None and ask.answer.status
    ]
    for code in refused:
        if code.policy is Policy.NOBODY:
            raise SendFailed("UNREACHABLE", is_final=True)
        if code.policy is Policy.NEVER:
            raise SendFailed(f"SMPP_{code.name}", is_final=True)
    if any(ask.was_written and ask.answer is None for ask in asked):
        holder.slow_down()  # or each of the next messages would wait as long
        raise SendFailed("NO_ANSWER", is_unknown=True)
    for code in refused:
        if code.policy is Policy.SLOWER:
            raise SendFailed("THROTTLED", retry_after=timedelta(seconds=holder.slow_down()), counts=False)
        if code.policy is Policy.LINE:
            holder.rebind()
            raise SendFailed(f"SMPP_{code.name}", retry_after=timedelta(seconds=10), counts=False)
        raise SendFailed(f"SMPP_{code.name}")
    if any(not ask.was_written for ask in asked):
        raise SendFailed("LINE_LOST", retry_after=timedelta(seconds=5), counts=False)
    holder.went_well()
