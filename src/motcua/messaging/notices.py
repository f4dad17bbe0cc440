"""Notices: what happened, told once to a customer on the channel that is theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
    outbox,
    push,
    queries,
    registry,
    template_versions,
    templates,
)
from motcua.messaging.fallbacks import MAIL
from motcua.messaging.models import Conversation, ConversationStatus, MessageKind, OutboxMessage
from motcua.messaging.outbox import PhoneText
from motcua.messaging.queries import MessageView, SubscriptionView
from motcua.messaging.rules import Button, Kind, Phase
from motcua.messaging.templates import Words

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
    template = words.template
    declared = templates.find(template) if template else None
    kind = kind or (declared.kind if declared else Kind.TRANSACTIONAL)
    is_secret = bool(declared and declared.is_secret)
    facts = dict(params or {})
    with transaction.atomic():
        conversation = _conversation_for(conversation_id, request_id, customer_id)
        chosen = language or (conversation.language if conversation else "vi")
        said: MessageView | None = None
        if conversation is not None and not is_secret and _may_be_said(conversation, kind, purpose, at):
            said = conversations.append_out(
                conversation_id=conversation.id,
                text=templates.render(words.texts(conversation.channel), facts, chosen),
                author=Actor.system("notices"),
                key=f"notice:{key}",
                at=at,
                kind=MessageKind.EVENT,
                buttons=buttons,
                is_notice=True,
                template=template,
                params=facts,
            )
            _note_version(said, words.version(conversation.channel))
        keys: list[str] = []
        told_by_sms = conversation is not None and not is_secret and _reaches(conversation, at)
        reach = customer_queries.find_reach(customer_id, topic) if customer_id else Reach((), None)
        for browser in [] if is_secret else _browsers(reach):
            push_key = f"notice:{key}:push:{browser.id}"
            outbox.queue_message(
                key=push_key,
                channel=push.CHANNEL,
                address=str(browser.id),
                template=template,
                template_version=words.version(push.CHANNEL),
                texts=words.texts(push.CHANNEL),
                params=facts,
                kind=kind,
                language=browser.language,
                customer_id=customer_id,
                expires_at=expires_at or at + PUSH_LIFE,
                purpose=purpose,
                at=at,
            )
            keys.append(push_key)
        told_by_mail = conversation is not None and conversation.channel == MAIL
        mail = "" if is_secret or told_by_mail else _mail_of(customer_id, reach)
        if mail:
            mail_key = f"notice:{key}:mail"
            outbox.queue_message(
                key=mail_key,
                channel=MAIL,
                address=mail,
                template=template,
                template_version=words.version(MAIL),
                texts=words.texts(MAIL),
                params=facts,
                kind=kind,
                language=chosen,
                buttons=[b.as_json() if isinstance(b, Button) else dict(b) for b in buttons],
                customer_id=customer_id,
                expires_at=expires_at,
                has_consent=has_consent,
                purpose=purpose,
                at=at,
            )
            keys.append(mail_key)
        chosen_channels = reach.channels
        wants_sms = chosen_channels is None or "SMS" in chosen_channels or (chosen_channels and not keys)
        if phone and (important or is_secret) and not told_by_sms and (wants_sms or is_secret):
            by_template = fallbacks.by_template(template)
            sms_key = f"notice:{key}:{'zbs' if by_template else 'sms'}"
            outbox.queue_message(
                key=sms_key,
                channel=by_template or "SMS",
                address=phone,
                template=template,
                template_version=words.version("SMS"),
                texts=words.texts("SMS"),
                params=facts,
                kind=kind,
                language=chosen,
                conversation_id=None,
                customer_id=customer_id,
                expires_at=expires_at,
                has_consent=has_consent,
                purpose=purpose,
                at=at,
            )
            keys.append(sms_key)
    return Notified(conversation.id if conversation else None, said.seq if said else None, tuple(keys))


def notify_phones(texts: Sequence[PhoneText]) -> None:
    """As `notify` for many who are no customers on record and have no conversation: a text message each, once per key."""
    outbox.queue_texts(
        [replace(text, key=f"notice:{text.key}:sms") for text in texts], kind=Kind.TRANSACTIONAL
    )


def _may_be_said(conversation: Conversation, kind: Kind, purpose: str, at: datetime) -> bool:
    """Whether it may stand in the conversation: a service message always, advertising where the channel's rule lets it and
    the customer agreed.
    """
    if kind is not Kind.ADVERTISING:
        return True
    rule = queries.find_rule(conversation.channel, kind, local_time.local_date(at))
    if rule is None or not rule.is_allowed:
        return False
    customer_id = conversation.customer_id
    return not rule.needs_consent or (
        customer_id is not None
        and customer_queries.has_consent(
            customer_id=customer_queries.survivor_id(customer_id),
            purpose=purpose,
            channel=conversation.channel,
        )
    )


def _note_version(said: MessageView, version: int) -> None:
    """The message in the outbox, where the conversation's channel has one, names the version it was made from."""
    if version:
        key = f"message:{said.conversation_id}:{said.seq}"
        OutboxMessage.objects.filter(key=key).update(template_version=version)


def _reaches(conversation: Conversation, at: datetime) -> bool:
    """Whether what was said in the conversation reaches a phone by itself, so that no text message is needed beside it.

    A channel with a window does while it is open, for a customer whom the fall-back finds should the channel fail after all.
    """
    if conversation.channel == "SMS":
        return True
    if conversation.channel not in fallbacks.FALLS_BACK or conversation.customer_id is None:
        return False
    customer = customer_queries.find_customer(conversation.customer_id)
    window = queries.find_window(
        channel=conversation.channel, address=conversation.address, at=at, kind=Kind.TRANSACTIONAL
    )
    return bool(customer and customer.phone) and window.phase is not Phase.CLOSED


def _browsers(reach: Reach) -> list[SubscriptionView]:
    """Which browsers to wake: those of the customer, unless they chose otherwise."""
    if not reach.ids or (reach.channels is not None and push.CHANNEL not in reach.channels):
        return []
    return queries.list_subscriptions(customer_ids=reach.ids)


def _mail_of(customer_id: UUID | None, reach: Reach) -> str:
    """Where an e-mail goes: to who chose it, at the address on record; "" otherwise."""
    if customer_id is None or reach.channels is None or MAIL not in reach.channels:
        return ""
    if registry.get_channel(MAIL) is None:
        return ""
    customer = customer_queries.find_customer(customer_queries.survivor_id(customer_id))
    return customer.email if customer is not None else ""


def _conversation_for(
    conversation_id: UUID | None, request_id: UUID | None, customer_id: UUID | None
) -> Conversation | None:
    """The conversation given; else the newest of the request, an open one first; else the customer's newest open one."""
    if conversation_id is not None:
        return Conversation.objects.filter(id=conversation_id).first()
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
