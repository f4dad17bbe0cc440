"""Another way for a message that cannot go on its channel: the browsers that let us wake them, else a text message, else
an e-mail.

Only to a customer the conversation was linked to by proof: an address that nobody has proven has no other way to be
reached. Either way the conversation says, to staff, what became of the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext

from motcua.customers import queries as customer_queries
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import conversations, queries, queuing, registry, rules, template_versions, templates
from motcua.messaging.mass.models import MassNotice
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Kind, Notice

BY_TEMPLATE = "ZBS"  # approved texts to a phone number
MAIL = "EMAIL"
FALLS_BACK = frozenset({"ZALO", "MESSENGER", BY_TEMPLATE, MAIL})
REASONS = {
    "WINDOW_CLOSED": _("khách đã lâu không nhắn, kênh không còn cho trả lời"),
    "UNREACHABLE": _("khách đã chặn hoặc không còn dùng kênh này"),
}
WENT = {
    "WEBPUSH": _("Tin trên không gửi được (%(why)s); đã báo trên máy của khách."),
    "SMS": _("Tin trên không gửi được (%(why)s); đã gửi tin nhắn SMS."),
    MAIL: _("Tin trên không gửi được (%(why)s); đã gửi e-mail."),
    "": _("Tin trên không gửi được (%(why)s), và khách chưa chứng minh số điện thoại nào để gửi cách khác."),
}


def by_template(template: str) -> str:
    """The channel that sends this text to a phone as one its provider approved; "" when there is none."""
    return BY_TEMPLATE if registry.carries_template(registry.get_channel(BY_TEMPLATE), template) else ""


def fall_back(row: OutboxMessage, reason: str, at: datetime) -> str:
    """Send a stopped message by the next channel of the chain; the channel it took, "" for none."""
    if row.channel not in FALLS_BACK:
        return ""
    taken = _by_phone(row, at) if row.channel == BY_TEMPLATE else _by_customer(row, at)
    conversation = queries.find_conversation(row.conversation_id) if row.conversation_id is not None else None
    if conversation is not None:
        why = gettext(REASONS[reason]) if reason in REASONS else reason
        conversations.note(
            conversation_id=conversation.id,
            text=gettext(WENT[taken]) % {"why": why},
            key=f"fell-back:{row.id}",
            at=at,
            payload={"taken": taken, "reason": reason},
            notice=Notice.FELL_BACK,
        )
    return taken


def _open_ways(row: OutboxMessage) -> frozenset[str]:
    """Which channels of the chain it may take: of a notice to many only those it was planned for, since they cost."""
    if row.mass_id is None:
        return frozenset({"WEBPUSH", "SMS", MAIL})
    planned = MassNotice.objects.filter(id=row.mass_id).values_list("channels", flat=True).first()
    return frozenset(planned or ())


def _by_phone(row: OutboxMessage, at: datetime) -> str:
    """The number it was for gets it as a text message: the same words, the same key's sister."""
    if "SMS" not in _open_ways(row):
        return ""
    _queue(row, "SMS", row.address, at, key=f"{row.key.removesuffix(':zbs')}:sms")
    return "SMS"


def _by_customer(row: OutboxMessage, at: datetime) -> str:
    customer = customer_queries.find_customer(row.customer_id) if row.customer_id else None
    if customer is None:
        return ""
    if told := _told_already(row):
        return told
    open_ways = _open_ways(row)
    browsers = queries.list_subscriptions(customer_ids=customer_queries.list_ids(customer.id))
    if row.mass_id is not None:
        browsers = browsers[-1:]  # one message each
    if "WEBPUSH" not in open_ways:
        browsers = []
    for browser in browsers:
        _queue(row, "WEBPUSH", str(browser.id), at, key=f"{row.key}:push:{browser.id}")
    if browsers:
        return "WEBPUSH"
    if customer.phone and "SMS" in open_ways:
        _queue(row, "SMS", customer.phone, at, key=f"{row.key}:sms")
        return "SMS"
    if (
        customer.email
        and MAIL in open_ways
        and row.channel != MAIL
        and registry.get_channel(MAIL) is not None
    ):
        _queue(row, MAIL, customer.email, at, key=f"{row.key}:mail")
        return MAIL
    return ""


def _told_already(row: OutboxMessage) -> str:
    """The channel by which the same notice went beside this one."""
    beside = OutboxMessage.objects.filter(
        customer_id=row.customer_id, template=row.template, created_at=row.created_at, channel__in=["SMS", "WEBPUSH", MAIL]
    )  # fmt: skip
    found = beside.exclude(id=row.id).values_list("channel", flat=True).first() if row.template else None
    return str(found or "")


def _queue(row: OutboxMessage, channel: str, address: str, at: datetime, *, key: str) -> None:
    texts, version = _texts(row, channel, at)
    queuing.queue_message(
        key=key,
        channel=channel,
        address=address,
        texts=texts,
        params=row.params,
        kind=Kind.TRANSACTIONAL if row.kind == Kind.REPLY else Kind(row.kind),
        at=at,
        template=row.template,
        language=row.language,
        customer_id=row.customer_id,
        expires_at=row.expires_at,
        has_consent=row.has_consent,
        purpose=row.purpose,
        template_version=version,
        mass_id=row.mass_id,
    )


def _texts(row: OutboxMessage, channel: str, at: datetime) -> tuple[Mapping[str, str], int]:
    """The template's texts for the other channel, in every language; what was said, where there is no template or it names
    what this message does not know.
    """
    if row.template and row.mass_id is None and templates.find(row.template) is not None:
        words = template_versions.words_for(row.template, at)
        texts = words.texts(channel)
        if all(rules.placeholders(text) <= row.params.keys() for text in texts.values()):
            return texts, words.version(channel)
    return dict(row.texts), row.template_version
