"""Decisions about messages: pure, no database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from motcua.kernel import local_time

MAX_SEND_ATTEMPTS = 8
MAX_HANDLE_ATTEMPTS = 5
CLAIM_FOR = timedelta(seconds=60)
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)

# A receipt may only lift a message; a late "delivered" beats a "failed", never the other way round.
RANK = {
    "QUEUED": 0,
    "HELD": 0,
    "SENDING": 1,
    "SENT": 2,
    "EXPIRED": 3,
    "FAILED": 3,
    "DELIVERED": 4,
    "READ": 5,
}


class Kind(StrEnum):
    """What a message is for: it decides which rules of the channel apply."""

    TRANSACTIONAL = "TRANSACTIONAL"
    CODE = "CODE"
    REPLY = "REPLY"
    ADVERTISING = "ADVERTISING"


@dataclass(frozen=True)
class Button:
    """A choice under a message. `value` is a payload for the assistant; `url` opens a page instead."""

    label: str
    value: str = ""
    url: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: text for name, text in vars(self).items() if text}


@dataclass(frozen=True)
class Capabilities:
    """What a channel can carry; one message is degraded to it."""

    pushes: bool
    text_limit: int = 2000
    buttons: int = 0
    marks: bool = True
    receipts: bool = False


@dataclass(frozen=True)
class Rule:
    """A dated rule of a channel for a kind of message."""

    is_allowed: bool
    needs_consent: bool
    window_hours: int | None = None
    day_from: time | None = None
    day_to: time | None = None
    max_per_day: int | None = None
    label: str = ""


@dataclass(frozen=True)
class Permission:
    """May it go now? When not: why, and from when on (None: not at all)."""

    is_given: bool
    reason: str = ""
    from_at: datetime | None = None


def may_send(
    rule: Rule | None,
    *,
    at: datetime,
    has_consent: bool,
    last_in_at: datetime | None = None,
    sent_today: int = 0,
) -> Permission:
    """Apply a channel's rule. No rule means no permission: an unknown channel never sends by accident."""
    if rule is None:
        return Permission(False, "NO_RULE")
    if not rule.is_allowed:
        return Permission(False, "NOT_ALLOWED")
    if rule.needs_consent and not has_consent:
        return Permission(False, "NO_CONSENT")
    if rule.window_hours is not None and (
        last_in_at is None or at - last_in_at > timedelta(hours=rule.window_hours)
    ):
        return Permission(False, "WINDOW_CLOSED")
    if rule.max_per_day is not None and sent_today >= rule.max_per_day:
        return Permission(False, "TOO_MANY", at + timedelta(hours=24))
    if rule.day_from is not None and rule.day_to is not None:
        local = local_time.to_local(at)
        if local.time() < rule.day_from:
            return Permission(False, "NIGHT", local_time.instant(local.date(), rule.day_from))
        if local.time() >= rule.day_to:
            return Permission(
                False, "NIGHT", local_time.instant(local.date() + timedelta(days=1), rule.day_from)
            )
    return Permission(True)


def retry_delay(attempts: int, seed: str) -> timedelta:
    """How long to wait after so many failed tries: doubling, with jitter of up to half that the seed
    decides.
    """
    base: timedelta = min(FIRST_DELAY * 2 ** min(max(attempts - 1, 0), 20), LONGEST_DELAY)
    share = hashlib.sha256(f"{seed}:{attempts}".encode()).digest()[0] / 255
    return base * (1 + share / 2)


def outranks(new: str, old: str) -> bool:
    """True when a message in state `old` may become `new` because of a receipt."""
    return RANK[new] > RANK[old]


class _Gaps(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return ""


def render(template: str, params: Mapping[str, object]) -> str:
    """Fill `{name}` placeholders; a missing one leaves a gap. Attribute and index look-ups are not
    followed.
    """
    out: list[str] = []
    rest = template
    while True:
        before, opened, after = rest.partition("{")
        out.append(before)
        if not opened:
            return "".join(out)
        name, closed, rest = after.partition("}")
        if not closed or not name.isidentifier():
            out.append("{" + (name + closed if closed else name))
            continue
        out.append(str(_Gaps(params)[name]))


def placeholders(template: str) -> frozenset[str]:
    """The names a template expects."""
    found = set()
    rest = template
    while "{" in rest:
        name, closed, rest = rest.partition("{")[2].partition("}")
        if closed and name.isidentifier():
            found.add(name)
    return frozenset(found)


def degrade(
    text: str, buttons: Sequence[Mapping[str, str]], can: Capabilities, strip: object = None
) -> list[str]:
    """The plain texts a channel can carry: buttons it cannot show become numbered lines, long text is
    split.
    """
    lines = [text] if text else []
    if buttons and len(buttons) > can.buttons:
        number = 0
        for button in buttons:
            if button.get("url"):
                lines.append(f"{button['label']}: {button['url']}")
            else:
                number += 1
                lines.append(f"{number}. {button['label']}")
    whole = "\n".join(lines)
    if callable(strip):
        whole = "\n".join(strip(line) for line in whole.split("\n"))
    return split_text(whole, can.text_limit)


def split_text(text: str, limit: int) -> list[str]:
    """Cut a long text at line or sentence ends, else at spaces, into parts of at most `limit` characters."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        head = rest[:limit]
        cut = max(head.rfind("\n"), *(head.rfind(mark) + 1 for mark in (". ", "! ", "? ")))
        if cut < limit // 2:
            cut = head.rfind(" ") if head.rfind(" ") > 0 else limit
        parts.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*parts, rest] if rest or not parts else parts


class Notice(StrEnum):
    """What happened to a conversation itself, told as an EVENT message."""

    QUEUED = "conversation.queued"
    TAKEN = "conversation.taken"
    RELEASED = "conversation.released"
    CLOSED = "conversation.closed"


@dataclass(frozen=True)
class Delivery:
    """What a channel is asked to send. `id` is the idempotency key for the provider, the same at every try."""

    id: str
    channel: str
    address: str
    text: str
    kind: Kind
    attempt: int
    buttons: tuple[Mapping[str, str], ...] = ()
    conversation_id: str = ""


@dataclass(frozen=True)
class Sent:
    """The provider took it."""

    provider_ref: str = ""
    provider_code: str = ""


class SendFailed(Exception):
    """The provider did not take it. `is_final`: trying again cannot help."""

    def __init__(self, code: str, *, is_final: bool = False, retry_after: timedelta | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final
        self.retry_after = retry_after


@dataclass(frozen=True)
class Incoming:
    """A message a channel found in an inbox event."""

    address: str
    text: str = ""
    client_msg_id: str = ""
    at: datetime | None = None
    kind: str = "TEXT"
    payload: Mapping[str, object] = field(default_factory=dict)
    visitor_id: str | None = None
    customer_id: str | None = None
    language: str = "vi"


@dataclass(frozen=True)
class Receipt:
    """What a provider says about a message of ours: `ref` is our id or the provider's own."""

    ref: str
    state: str
    at: datetime | None = None
    provider_code: str = ""
