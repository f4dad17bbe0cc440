"""Notices: what happened, told once to a customer on the channel that is theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from motcua.customers import queries as customer_queries
from motcua.customers.queries import Reach
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.messaging import (
    conversations,
    fallbacks,
    legs,
    push,
    queries,
    queuing,
    registry,
    template_versions,
    templates,
)
from motcua.messaging.fallbacks import MAIL
from motcua.messaging.models import Conversation, ConversationStatus, MessageKind, OutboxMessage
from motcua.messaging.queries import MessageView, SubscriptionView
from motcua.messaging.queuing import PhoneText
from motcua.messaging.rules import Button, Kind, Phase
from motcua.messaging.templates import Words

NOTICES = Actor.system("notices")
CHATS = frozenset(
    {"ZALO", "MESSENGER"}
)  # where a customer may choose to be told, beside text messages, browsers and mail
PUSH_LIFE = timedelta(days=1)  # a phone that sleeps longer reads it in the conversation


@dataclass(frozen=True)
class Notified:
    """Where a notice went: the conversation's number for it, and the keys in the outbox."""

    conversation_id: UUID | None
    seq: int | None
    outbox_keys: tuple[str, ...]


def notify(
    *,
    key: str,
    at: datetime,
    customer_id: UUID | None = None,
    phone: str | None = None,
    request_id: UUID | None = None,
    conversation_id: UUID | None = None,
    template: str | None = None,
    texts: Mapping[str, str] | None = None,
    params: Mapping[str, object] | None = None,
    language: str | None = None,
    important: bool = False,
    kind: Kind | None = None,
    buttons: Sequence[Button | Mapping[str, str]] = (),
    expires_at: datetime | None = None,
    has_consent: bool = False,
    topic: str = "REQUEST",
    purpose: str = "",
    words: Words | None = None,
) -> Notified:
    """Tell a customer something on their own channel, once per key.

    In their conversation (the one given, of the request, or the customer's open one) always; on the browsers they
    let us wake; by e-mail where they chose it; by SMS when a phone is known and the notice is important, or when it is a
    code. What they chose for the topic decides between them; where the choice reaches nobody, the SMS goes. Texts come from a declared
    template, in the version in force, or are passed (`texts={"vi": ..., "en": ...}`, or `words` that somebody looked up
    already), with `{name}` placeholders filled at sending. `purpose`: what the customer must have agreed to, looked up for
    each channel whose rule asks for consent. Raises templates.UnknownTemplate, ValueError when neither is given.
    """
    if words is None and not template and not texts:
        raise ValueError("a notice needs a template or texts")
    words = words or template_versions.words_for(template or "", at, declared=texts)
    declared = templates.find(words.template) if words.template else None
    is_secret = bool(declared and declared.is_secret)
    with transaction.atomic():
        reach = customer_queries.find_reach(customer_id, topic) if customer_id else Reach((), None)
        place = _place(conversation_id, request_id, customer_id, reach, at)
        notice = _Notice(
            key=f"notice:{key}",
            at=at,
            kind=kind or (declared.kind if declared else Kind.TRANSACTIONAL),
            words=words,
            facts=dict(params or {}),
            language=language or (place.language if place else "vi"),
            buttons=[b.as_json() if isinstance(b, Button) else dict(b) for b in buttons],
            customer_id=customer_id,
            expires_at=expires_at,
            has_consent=has_consent,
            purpose=purpose,
        )
        said = notice.say(place) if place and not is_secret else None
        keys = (
            []
            if is_secret
            else [*notice.wake(_browsers(reach)), *notice.mail(_mail_of(place, customer_id, reach))]
        )
        if phone and (is_secret or (important and _wants_text(place, reach, keys, at))):
            keys.append(notice.text(phone))
    return Notified(place.conversation.id if place else None, said.seq if said else None, tuple(keys))


@dataclass(frozen=True)
class _Place:
    """Where a notice is said: a conversation, and which of its addresses it goes to."""

    conversation: Conversation
    channel: str
    address: str
    leg_id: UUID | None

    @property
    def language(self) -> str:
        return self.conversation.language


@dataclass(frozen=True)
class _Notice:
    """What is told, and the ways it goes."""

    key: str
    at: datetime
    kind: Kind
    words: Words
    facts: Mapping[str, object]
    language: str
    buttons: list[dict[str, str]]
    customer_id: UUID | None
    expires_at: datetime | None
    has_consent: bool
    purpose: str

    def say(self, place: _Place) -> MessageView | None:
        """In the conversation, where it may be said."""
        if not _may_be_said(place, self.kind, self.purpose, self.at):
            return None
        said = conversations.append_out(
            conversation_id=place.conversation.id,
            text=templates.render(self.words.texts(place.channel), self.facts, self.language),
            author=NOTICES,
            key=self.key,
            at=self.at,
            kind=MessageKind.EVENT,
            buttons=self.buttons,
            is_notice=True,
            template=self.words.template,
            params=self.facts,
            leg_id=place.leg_id,
        )
        _note_version(said, self.words.version(place.channel))
        return said

    def wake(self, browsers: Sequence[SubscriptionView]) -> list[str]:
        """On the browsers that let us; read later, it is read in the conversation."""
        until = self.expires_at or self.at + PUSH_LIFE
        return [
            self._queue(
                f"push:{browser.id}", push.CHANNEL, str(browser.id), language=browser.language, buttons=[], expires_at=until
            )
            for browser in browsers
        ]  # fmt: skip

    def mail(self, address: str) -> list[str]:
        return [self._queue("mail", MAIL, address)] if address else []

    def text(self, phone: str) -> str:
        """As a text message, or as the text that its provider approved for a phone number."""
        by_template = fallbacks.by_template(self.words.template)
        return self._queue(
            "zbs" if by_template else "sms", by_template or "SMS", phone, wording="SMS", buttons=[]
        )

    def _queue(self, way: str, channel: str, address: str, *, wording: str = "", **other: Any) -> str:
        key = f"{self.key}:{way}"
        told: dict[str, Any] = {
            "language": self.language, "buttons": self.buttons, "expires_at": self.expires_at, **other,
        }  # fmt: skip
        queuing.queue_message(
            key=key,
            channel=channel,
            address=address,
            template=self.words.template,
            template_version=self.words.version(wording or channel),
            texts=self.words.texts(wording or channel),
            params=self.facts,
            kind=self.kind,
            customer_id=self.customer_id,
            has_consent=self.has_consent,
            purpose=self.purpose,
            at=self.at,
            **told,
        )
        return key


def notify_phones(texts: Sequence[PhoneText]) -> None:
    """As `notify` for many who are no customers on record and have no conversation: a text message each, once per key."""
    queuing.queue_texts(
        [replace(text, key=f"notice:{text.key}:sms") for text in texts], kind=Kind.TRANSACTIONAL
    )


def _may_be_said(place: _Place, kind: Kind, purpose: str, at: datetime) -> bool:
    """Whether it may stand in the conversation: a service message always, advertising where the channel's rule lets it and
    the customer agreed.
    """
    if kind is not Kind.ADVERTISING:
        return True
    rule = queries.find_rule(place.channel, kind, local_time.local_date(at))
    if rule is None or not rule.is_allowed:
        return False
    customer_id = place.conversation.customer_id
    return not rule.needs_consent or (
        customer_id is not None
        and customer_queries.has_consent(
            customer_id=customer_queries.survivor_id(customer_id),
            purpose=purpose,
            channel=place.channel,
        )
    )


def _note_version(said: MessageView, version: int) -> None:
    """The message in the outbox, where the conversation's channel has one, names the version it was made from."""
    if version:
        key = f"message:{said.conversation_id}:{said.seq}"
        OutboxMessage.objects.filter(key=key).update(template_version=version)


def _wants_text(place: _Place | None, reach: Reach, keys: Sequence[str], at: datetime) -> bool:
    """Whether a text message goes beside: where nothing else reaches a phone, and who chose other ways has none of them."""
    if place is not None and _reaches(place, at):
        return False
    return reach.channels is None or "SMS" in reach.channels or bool(reach.channels and not keys)


def _reaches(place: _Place, at: datetime) -> bool:
    """Whether what was said in the conversation reaches a phone by itself, so that no text message is needed beside it.

    A channel with a window does while it is open, for a customer whom the fall-back finds should the channel fail after all.
    """
    if place.channel == "SMS":
        return True
    if place.channel not in fallbacks.FALLS_BACK or place.conversation.customer_id is None:
        return False
    customer = customer_queries.find_customer(place.conversation.customer_id)
    window = queries.find_window(channel=place.channel, address=place.address, at=at, kind=Kind.TRANSACTIONAL)
    return bool(customer and customer.phone) and window.phase is not Phase.CLOSED


def _browsers(reach: Reach) -> list[SubscriptionView]:
    """Which browsers to wake: those of the customer, unless they chose otherwise."""
    if not reach.ids or (reach.channels is not None and push.CHANNEL not in reach.channels):
        return []
    return queries.list_subscriptions(customer_ids=reach.ids)


def _mail_of(place: _Place | None, customer_id: UUID | None, reach: Reach) -> str:
    """Where an e-mail goes: to who chose it, at the address on record; "" otherwise, or where it is said by mail already."""
    if place is not None and place.channel == MAIL:
        return ""
    if customer_id is None or reach.channels is None or MAIL not in reach.channels:
        return ""
    if registry.get_channel(MAIL) is None:
        return ""
    customer = customer_queries.find_customer(customer_queries.survivor_id(customer_id))
    return customer.email if customer is not None else ""


def _place(
    conversation_id: UUID | None,
    request_id: UUID | None,
    customer_id: UUID | None,
    reach: Reach,
    at: datetime,
) -> _Place | None:
    """The conversation a notice belongs to and, of its addresses, one on a channel that the customer chose for the topic;
    else where they spoke last. Who chose a channel and has no open conversation is written to at their address there.
    """
    row = _conversation_for(conversation_id, request_id, customer_id)
    open_row = row if row is not None and row.status == ConversationStatus.OPEN else None
    wanted = [code for code in reach.channels or () if code in CHATS]
    if not wanted:
        return None if row is None else _Place(row, row.channel, row.address, None)
    for leg in queries.list_legs(open_row.id) if open_row else ():
        if leg.channel in wanted and leg.ended_at is None:
            return _Place(open_row, leg.channel, leg.address, leg.id)  # type: ignore[arg-type]
    if (
        customer_id is not None
        and conversation_id is None
        and (place := _written_to(customer_id, wanted, at))
    ):
        return place
    return None if row is None else _Place(row, row.channel, row.address, None)


def _written_to(customer_id: UUID, wanted: Sequence[str], at: datetime) -> _Place | None:
    """An address that is proven to be the customer's on one of these channels, in their conversation."""
    for handle in customer_queries.list_handles(customer_queries.survivor_id(customer_id)):
        if handle.channel in wanted and registry.get_channel(handle.channel) is not None:
            opened = legs.open_conversation(
                channel=handle.channel,
                address=handle.address,
                at=at,
                customer_id=customer_id,
                is_spoken=False,
            )
            row = Conversation.objects.get(id=opened.id)
            leg = next(leg for leg in queries.list_legs(row.id) if leg.address == handle.address)
            return _Place(row, leg.channel, leg.address, leg.id)
    return None


def _conversation_for(
    conversation_id: UUID | None, request_id: UUID | None, customer_id: UUID | None
) -> Conversation | None:
    """The conversation given, or the one it goes on in; else the newest of the request, an open one first; else the customer's
    newest open one.
    """
    if conversation_id is not None:
        row = Conversation.objects.filter(id=conversation_id).first()
        goes_on = row.continued_in_id if row is not None else None
        return Conversation.objects.filter(id=goes_on).first() if goes_on else row
    of_request = Q(request_id=request_id) if request_id else Q(pk__in=[])
    of_customer = Q(customer_id=customer_id, status=ConversationStatus.OPEN) if customer_id else Q(pk__in=[])
    found = Conversation.objects.filter(of_request | of_customer)
    return max(
        found,
        key=lambda row: (
            row.request_id == request_id and request_id is not None,
            row.status == ConversationStatus.OPEN,
            row.opened_at,
            row.id,
        ),
        default=None,
    )
