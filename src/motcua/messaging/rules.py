"""Decisions about messages: pure, no database."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from motcua.kernel import local_time

MAX_SEND_ATTEMPTS = 8
MAX_HANDLE_ATTEMPTS = 5
CHANGE_WAITS = timedelta(seconds=20)  # a change may come before what it changes
CLAIM_FOR = timedelta(seconds=60)
ECHO_WITHIN = timedelta(
    seconds=90
)  # how long a message of which nobody told us how it ended waits for its echo
ECHO_NEAR = timedelta(seconds=60)
RECEIPT_WAITS = timedelta(seconds=20)  # a receipt may come before we know the name of what it is about
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
    """What a channel can carry; one message is degraded to it.

    `label_limit` is the longest label of a button (0: any). Where one of the buttons opens a page there may be `most_links`
    of them (None: as many as others) under at most `link_text_limit` characters (0: any). Without `captions` a file
    goes as a part of its own, after the words. `tags_people`: words a person wrote may be marked as such. `per_second`: how
    many messages the provider takes from the account (0: it says nothing). `cards`: choices that cannot stand under the words
    as buttons go after them as so many cards side by side, each with a title of at most `card_limit` characters.
    """

    pushes: bool
    text_limit: int = 2000
    buttons: int = 0
    marks: bool = True
    receipts: bool = False
    label_limit: int = 0
    most_links: int | None = None
    link_text_limit: int = 0
    captions: bool = True
    tags_people: bool = False
    per_second: float = 0
    cards: int = 0
    card_limit: int = 0

    def lays_out(self, text: str, buttons: Sequence[Mapping[str, str]]) -> bool:
        """Whether these choices go after this text as cards: all of them, where they cannot stand under it."""
        longest = max((len(button.get("label", "")) for button in buttons), default=0)
        fits = 0 < len(buttons) <= self.cards and longest <= self.card_limit
        return fits and not self.shows(text, buttons)

    def shows(self, text: str, buttons: Sequence[Mapping[str, str]]) -> bool:
        """Whether these choices can stand under this text as buttons; all of them or none."""
        most = self.buttons
        if any(button.get("url") for button in buttons):
            most = self.buttons if self.most_links is None else self.most_links
            if self.link_text_limit and len(text) > self.link_text_limit:
                return False
        longest = max((len(button.get("label", "")) for button in buttons), default=0)
        return len(buttons) <= most and (not self.label_limit or longest <= self.label_limit)


class Means(StrEnum):
    """What a message may go as, outside the customer's own window."""

    TEMPLATE = "TEMPLATE"
    PERSON = "PERSON"  # words that a person wrote, marked as such


class Phase(StrEnum):
    """Where in the reply window an address stands."""

    ALWAYS = "ALWAYS"
    FREE = "FREE"
    PAID = "PAID"
    PERSON = "PERSON"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class Window:
    """The reply window at an instant: its phase, when that ends, when it closes, and what may still go then."""

    phase: Phase
    until: datetime | None = None
    closes_at: datetime | None = None
    after: str = ""


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
    free_hours: int | None = None
    after_window: str = ""
    person_hours: int | None = None


@dataclass(frozen=True)
class Permission:
    """May it go now? When not: why, and from when on (None: not at all). `means`: only as that."""

    is_given: bool
    reason: str = ""
    from_at: datetime | None = None
    means: str = ""
    is_paid: bool = False


def window_of(
    rule: Rule | None, *, last_in_at: datetime | None, at: datetime, by_person: bool = False
) -> Window:
    """The reply window of an address that last gave a sign at `last_in_at`. Without a rule nothing may go.

    `by_person`: for words that a person wrote, on a channel that can say so.
    """
    if rule is None or not rule.is_allowed:
        return Window(Phase.CLOSED)
    if rule.window_hours is None:
        return Window(Phase.ALWAYS)
    if last_in_at is None:
        return Window(Phase.CLOSED, after=rule.after_window)
    closes = last_in_at + timedelta(hours=rule.window_hours)
    free = last_in_at + timedelta(
        hours=rule.window_hours if rule.free_hours is None else min(rule.free_hours, rule.window_hours)
    )
    if at <= free:
        return Window(Phase.FREE, free, closes, rule.after_window)
    if at <= closes:
        return Window(Phase.PAID, closes, closes, rule.after_window)
    if by_person and rule.person_hours is not None:
        until = last_in_at + timedelta(hours=rule.person_hours)
        if at <= until:
            return Window(Phase.PERSON, until, closes, rule.after_window)
    return Window(Phase.CLOSED, None, closes, rule.after_window)


def first_in_hours(at: datetime, day_from: time, day_to: time) -> datetime:
    """The first instant from `at` on within these hours of a day.

    Example: 07:00 to 21:00; at 22:30 it is 07:00 of the next day, at 21:00 too, at 20:59 it is that instant.
    """
    local = local_time.to_local(at)
    if local.time() < day_from:
        return local_time.instant(local.date(), day_from)
    if local.time() >= day_to:
        return local_time.instant(local.date() + timedelta(days=1), day_from)
    return at


def may_send(
    rule: Rule | None,
    *,
    at: datetime,
    has_consent: bool,
    last_in_at: datetime | None = None,
    sent_today: int = 0,
    by_person: bool = False,
) -> Permission:
    """Apply a channel's rule. No rule means no permission: an unknown channel never sends by accident."""
    if rule is None:
        return Permission(False, "NO_RULE")
    if not rule.is_allowed:
        return Permission(False, "NOT_ALLOWED")
    if rule.needs_consent and not has_consent:
        return Permission(False, "NO_CONSENT")
    window = window_of(rule, last_in_at=last_in_at, at=at, by_person=by_person)
    if window.phase is Phase.CLOSED and not window.after:
        return Permission(False, "WINDOW_CLOSED")
    if rule.max_per_day is not None and sent_today >= rule.max_per_day:
        return Permission(False, "TOO_MANY", at + timedelta(hours=24))
    if rule.day_from is not None and rule.day_to is not None:
        first = first_in_hours(at, rule.day_from, rule.day_to)
        if first != at:
            return Permission(False, "NIGHT", first)
    if window.phase is Phase.CLOSED:
        return Permission(True, means=window.after, is_paid=True)
    if window.phase is Phase.PERSON:
        return Permission(True, means=Means.PERSON)
    return Permission(True, is_paid=window.phase is Phase.PAID)


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
    if buttons and not can.shows(text, buttons) and not can.lays_out(text, buttons):
        number = 0
        for button in buttons:
            if button.get("url"):
                lines.append(f"{button['label']}: {button['url']}")
            else:
                number += 1
                lines.append(f"{number}. {button['label']}")
    whole = unicodedata.normalize("NFC", "\n".join(lines))
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
    JOINED = "conversation.joined"
    MOVED = "conversation.moved"
    ROUTED = "conversation.routed"
    HAPPENED = "channel.happened"
    FELL_BACK = "message.fell-back"


@dataclass(frozen=True)
class Delivery:
    """What a channel is asked to send. `id` is the idempotency key for the provider, the same at every try.

    `means` names what alone may go (rules.Means), `template` and `params` what a template of the provider is made from.
    `is_doubtful`: an earlier try may have arrived; a provider that knows no keys is to be asked first. `has_more`: this is
    a part of a longer text, the next one follows.
    """

    id: str
    channel: str
    address: str
    text: str
    kind: Kind
    attempt: int
    buttons: tuple[Mapping[str, str], ...] = ()
    conversation_id: str = ""
    template: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    means: str = ""
    is_doubtful: bool = False
    payload: Mapping[str, str] = field(default_factory=dict)
    asked_at: datetime | None = None
    has_more: bool = False
    by_person: bool = False


@dataclass(frozen=True)
class Sent:
    """The provider took it."""

    provider_ref: str = ""
    provider_code: str = ""


class SendFailed(Exception):
    """The provider did not take it. `is_final`: trying again cannot help. `is_unknown`: nobody can say whether it was
    taken, so its echo is waited for first. `counts` false: it is held back for a reason of the account's, not its own.
    """

    def __init__(
        self,
        code: str,
        *,
        is_final: bool = False,
        retry_after: timedelta | None = None,
        is_unknown: bool = False,
        counts: bool = True,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final
        self.retry_after = retry_after
        self.is_unknown = is_unknown
        self.counts = counts


@dataclass(frozen=True)
class Incoming:
    """A message a channel found in an inbox event. Not `is_asking`: the assistant has nothing to answer in it (a sticker,
    a voice note); `told` is what is said to it instead, as long as the assistant has the conversation.
    """

    address: str
    text: str = ""
    client_msg_id: str = ""
    at: datetime | None = None
    kind: str = "TEXT"
    payload: Mapping[str, object] = field(default_factory=dict)
    visitor_id: str | None = None
    customer_id: str | None = None
    language: str = "vi"
    is_asking: bool = True
    told: str = ""


@dataclass(frozen=True)
class Receipt:
    """What a provider says about a message of ours: `ref` is our id or the provider's own. With an `address` it may
    come before we know the provider's name of the message, and then waits for a moment. `channel`: when it is about a
    message of another channel than the one it came by. `up_to` instead of a `ref`: all that was sent to the address until then.
    """

    ref: str
    state: str
    at: datetime | None = None
    provider_code: str = ""
    address: str = ""
    channel: str = ""
    up_to: datetime | None = None


@dataclass(frozen=True)
class Changed:
    """The customer wrote a message of theirs anew (`text`), or took it back (None). `ref` is its `client_msg_id`."""

    address: str
    ref: str
    text: str | None
    at: datetime | None = None


@dataclass(frozen=True)
class Echo:
    """Something said to the customer in our name, as the provider plays it back: our own, or written elsewhere.

    `key`: our own id of it (Delivery.id), where the provider plays that back as well.
    """

    address: str
    ref: str
    text: str = ""
    at: datetime | None = None
    author_name: str = ""
    payload: Mapping[str, object] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True)
class Happened:
    """Something that is no message (a follow, a reaction, an event nobody knows): kept as a line for staff.

    `is_sign`: the customer did it, so it opens the reply window. Without an address it belongs to no conversation.
    """

    address: str
    text: str
    at: datetime | None = None
    is_sign: bool = False
    payload: Mapping[str, object] = field(default_factory=dict)


Found = Incoming | Receipt | Echo | Happened | Changed
