"""Sending and fetching over HTTP. The contract is in docs/how-to/connect-the-tax-authority.md:

    POST {address}/messages              a message, XML; 200 with its technical receipt (999), or 202 without one yet
    POST {address}/tests                 a message to try the way with: looked at, answered by its 999, not kept
    GET  {address}/answers?after=N       200 with JSON: [{"n": 7, "message": base64}, ...], oldest first

Calls are signed as those of all partners are. No transaction is open and no connection held while calling.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import httpx
import orjson
import structlog
from django.db import transaction

from motcua.billing.einvoice import answering, messages, parsing, reporting, trying
from motcua.connectors import outside, signed_calls
from motcua.connectors.einvoice import gateway
from motcua.connectors.einvoice.gateway import GatewayView

log = structlog.get_logger(__name__)

MESSAGES, ANSWERS, TESTS = "/messages", "/answers", "/tests"


def send_due(*, at: datetime, limit: int = 50) -> int:
    """Send the messages that are due; how many calls were made. Stops at the first that finds nobody there."""
    way = gateway.find()
    if way is None or not way.is_active:
        return 0
    sent = 0
    while sent < limit and (outgoing := reporting.claim_next(at)):
        answer = _call(way, "POST", MESSAGES, outgoing.content, at)
        is_taken = isinstance(answer, httpx.Response) and answer.is_success
        reporting.record_sent(outgoing, is_taken=is_taken, reason="" if is_taken else _reason(answer), at=at)
        sent += 1
        if isinstance(answer, httpx.Response) and answer.is_success and answer.content:
            answering.store([answer.content], at=at)
        if isinstance(answer, str) or answer.is_server_error:
            break
    return sent


@dataclass(frozen=True)
class _Came:
    number: int
    content: bytes


def fetch(*, at: datetime, pages: int = 20) -> int:
    """Ask for what was answered since last time and store it; how much was new. What cannot be read is stored as it came."""
    fresh = 0
    for _page in range(pages):
        way = gateway.find()
        if way is None or not way.is_active:
            return fresh
        answer = _call(way, "GET", f"{ANSWERS}?after={way.cursor}", b"", at)
        if isinstance(answer, str) or not answer.is_success:
            gateway.note_problem(_reason(answer))
            return fresh
        came = _read(answer.content)
        if came is None:
            gateway.note_problem("ANSWERS_UNREADABLE")
            return fresh
        with transaction.atomic():
            fresh += answering.store([one.content for one in came], at=at)
            gateway.move_cursor(to=max((one.number for one in came), default=way.cursor), at=at)
        if not came:
            return fresh
    return fresh


@dataclass(frozen=True)
class Tried:
    """What came of trying: `code` is empty when all is well, else TRIAL.code, a kind of failure of the wire, HTTP_nnn, NO_RECEIPT
    or REFUSED; `faults` are what the other side said.
    """

    code: str = ""
    faults: tuple[str, ...] = ()


def try_out(*, at: datetime) -> Tried:
    """Sign an invoice of nothing and send it where messages are only looked at. Nothing is stored on either side."""
    way = gateway.find()
    if way is None:
        return Tried("NO_GATEWAY")
    try:
        content = trying.make(at=at)
    except trying.CannotSign as error:
        return Tried(error.code, error.details)
    answer = _call(way, "POST", TESTS, content, at)
    if isinstance(answer, str) or not answer.is_success:
        return Tried(_reason(answer))
    try:
        found = messages.read(answer.content)
        receipt = messages.read_receipt(found) if found.kind == messages.RECEIPT else None
    except parsing.Unreadable:
        receipt = None
    if receipt is None:
        return Tried("NO_RECEIPT")
    return Tried() if receipt.is_good else Tried("REFUSED", tuple(str(fault) for fault in receipt.faults))


def _read(content: bytes) -> list[_Came] | None:
    try:
        told = orjson.loads(content)
        return [_Came(int(one["n"]), base64.b64decode(one["message"], validate=True)) for one in told]
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None


def _call(way: GatewayView, method: str, path: str, body: bytes, at: datetime) -> httpx.Response | str:
    url = way.address.rstrip("/") + path
    headers = signed_calls.signed_headers(
        partner_code=way.partner_code, secret=gateway.get_secret(), method=method, path=httpx.URL(url).raw_path.decode(),
        request_id=uuid4().hex, body=body, at=at,
    )  # fmt: skip
    kind = {"Content-Type": "application/xml"} if body else {}
    try:
        return outside.call(method, url, content=body or None, headers={**headers, **kind})
    except httpx.HTTPError as error:
        return type(error).__name__
    except Exception as error:  # a misshapen address, say: the row must not stay claimed
        log.error("tax-gateway.crashed", error=type(error).__name__)
        return type(error).__name__


def _reason(answer: httpx.Response | str) -> str:
    return answer if isinstance(answer, str) else f"HTTP_{answer.status_code}"
