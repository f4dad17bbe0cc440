"""Text messages: through a Vietnamese aggregator's HTTP interface (fields named as the common ones name them), or over the
carrier's own line (channels/smpp). A company's settings choose; what comes in reads the same either way.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.utils.translation import gettext

from motcua.channels import accounts, sms_keywords
from motcua.channels.smpp import alphabet, settings
from motcua.channels.smpp import events as smpp_events
from motcua.channels.smpp import sending as smpp_sending
from motcua.kernel import phones
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import (
    Capabilities,
    Delivery,
    Found,
    Happened,
    Incoming,
    Kind,
    Receipt,
    SendFailed,
    Sent,
)

CODE = "SMS"
PATH = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
ACCEPTED = "100"
REPEATED = "124"  # the provider knows this RequestId: an earlier try of ours had arrived
CUSTOMER_CARE, ADVERTISING = "2", "1"
# What another try cannot mend: keys, brand name, template, carrier, number.
FINAL = frozenset({"101", "104", "118", "119", "131", "146", "177"})
NO_BALANCE = "103"
TIMEOUT = httpx.Timeout(10.0, connect=4.0)
BOT_HAS_IT = "BOT"
LONGEST, LONGEST_MARKED = 6 * 153, 6 * 67

_RECEIPTS = {
    "DELIVRD": "DELIVERED",
    "DELIVERED": "DELIVERED",
    "UNDELIV": "FAILED",
    "EXPIRED": "FAILED",
    "REJECTD": "FAILED",
    "DELETED": "FAILED",
    "ACCEPTD": "SENT",
    "ENROUTE": "SENT",
    "UNKNOWN": "SENT",
    "READ": "READ",
}

_lock = threading.Lock()
_clients: dict[bool, httpx.Client] = {}


def http(account: accounts.Account) -> httpx.Client:
    """One client a process; it keeps connections to the provider open.

    Our own stand-in on this machine may have a certificate that names another host; only there it is not checked.
    """
    is_strict = not account.host
    with _lock:
        if is_strict not in _clients:
            _clients[is_strict] = httpx.Client(timeout=TIMEOUT, trust_env=False, verify=is_strict)
        return _clients[is_strict]


class Sms:
    code = CODE

    @property
    def capabilities(self) -> Capabilities:
        """Six segments at most. Marks cost more than twice as much: a setting of the account allows them."""
        account = accounts.find_account(CODE)
        marks = bool(account is not None and account.settings.get("marks"))
        return Capabilities(
            pushes=True,
            text_limit=LONGEST_MARKED if marks else LONGEST,
            buttons=0,
            marks=marks,
            receipts=True,
        )

    def parse(self, event: InboxView) -> Sequence[Found]:
        payload: Any = event.payload
        if payload.get("type") in {smpp_events.RECEIPT, smpp_events.TAKEN}:
            return smpp_events.parse(event)
        if payload.get("type") == "receipt":
            state = _RECEIPTS.get(str(payload.get("status", "")).upper())
            if state is None:
                raise ValueError("unknown receipt status")
            return [
                Receipt(
                    str(payload.get("request_id") or payload.get("sms_id") or ""),
                    state,
                    _instant(payload.get("at")),
                    str(payload["status"]),
                    address=phones.normalise(str(payload.get("to", ""))) or "",
                )
            ]
        if payload.get("type") == "inbound":
            number = phones.normalise(str(payload.get("from", "")))
            text = str(payload.get("text", "")).strip()
            if number is None or not text:
                raise ValueError("a message without number or text")
            return _said(event, number, text)
        raise ValueError("unknown kind of event")

    def send(self, delivery: Delivery) -> Sent:
        account = accounts.find_account(CODE)
        if account is None:
            raise SendFailed("NOT_SET_UP", retry_after=timedelta(minutes=30))
        if settings.is_smpp(account):
            return smpp_sending.send(delivery, account)
        body = {
            "ApiKey": account.keys.get("api_key", ""),
            "SecretKey": account.keys.get("secret_key", ""),
            "Phone": delivery.address.removeprefix("+"),
            "Content": delivery.text,
            "Brandname": _brand(account, delivery.kind),
            "SmsType": ADVERTISING if delivery.kind is Kind.ADVERTISING else CUSTOMER_CARE,
            "IsUnicode": "0" if alphabet.is_gsm(delivery.text) else "1",
            "RequestId": delivery.id,
            "CallbackUrl": account.callback_url,
        }
        headers = {"Host": account.host} if account.host else {}
        try:
            answer = http(account).post(account.base_url + PATH, json=body, headers=headers)
        except httpx.TimeoutException:
            raise SendFailed("TIMEOUT") from None  # it may have arrived: the same RequestId next time
        except httpx.HTTPError as error:
            raise SendFailed(type(error).__name__) from None
        return _judge(answer)


def _said(event: InboxView, number: str, text: str) -> list[Found]:
    """Words for the conversation; a keyword is answered at once, whoever has the conversation."""
    said = Incoming(address=number, text=text, client_msg_id=event.event_id, payload={"channel": CODE})
    account = accounts.find_account(CODE)
    chosen: dict[str, Any] = {**sms_keywords.DEFAULTS, **(account.settings if account is not None else {})}
    asked = sms_keywords.read(text) if chosen["keywords"] else None
    if asked is None and chosen["other_words"] != sms_keywords.HOW:
        return [said]
    told = sms_keywords.answer(asked, phone=number, settings=chosen, at=event.received_at)
    said = replace(
        said,
        is_asking=False,
        told=told,
        payload={**said.payload, "answered": True, "keyword": asked.word.value if asked else ""},
    )
    here = messaging_queries.find_open_conversation(CODE, number)
    if not told or here is None or here.owner == BOT_HAS_IT:
        return [said]
    messaging_ops.queue_message(
        key=f"keyword:{event.event_id}", channel=CODE, address=number, texts={"vi": "{said}"}, params={"said": told},
        kind=Kind.REPLY, at=event.received_at, conversation_id=here.id, customer_id=here.customer_id,
    )  # fmt: skip
    note = gettext("Đã tự trả lời tin nhắn theo cú pháp: %(text)s") % {"text": told}
    return [said, Happened(number, note, payload={"keyword": True})]


def _brand(account: accounts.Account, kind: Kind) -> str:
    """Carriers register a name for advertising apart from the one for customer care; without one no advertising goes."""
    if kind is not Kind.ADVERTISING:
        return account.sender_name
    name = str(account.settings.get("advertising_name", "")) or (
        account.sender_name if account.is_stand_in else ""
    )
    if not name:
        raise SendFailed("NO_ADVERTISING_BRAND", is_final=True)
    return name


def _judge(answer: httpx.Response) -> Sent:
    if answer.status_code != httpx.codes.OK:
        raise SendFailed(f"HTTP_{answer.status_code}")
    try:
        told = answer.json()
        code = str(told["CodeResult"])
    except (ValueError, KeyError, TypeError):
        raise SendFailed("UNREADABLE") from None
    if code in (ACCEPTED, REPEATED):
        return Sent(provider_ref=str(told.get("SMSID", "")), provider_code=code)
    if code == NO_BALANCE:
        raise SendFailed(code, retry_after=timedelta(minutes=10))
    raise SendFailed(code, is_final=code in FINAL)


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
