"""Conversations, messages, inbox, outbox (a company's), and the dated rules of the channels (national)."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from motcua.config.dated import DateRange as DateRange  # older migrations find it here
from motcua.messaging.desk.models import (  # noqa: F401 - they belong to this app
    DeskAgent,
    DeskAsked,
    DeskEpisode,
    DeskLabel,
    DeskMark,
    DeskQueue,
    DeskRating,
    DeskSettings,
    DeskSkill,
    DeskTarget,
)
from motcua.messaging.mass.models import (  # noqa: F401 - they belong to this app
    MassCode,
    MassNotice,
    MassPolicy,
    MassRecipient,
    TemplateVersion,
)
from motcua.messaging.talk.models import (  # noqa: F401 - they belong to this app
    CannedAnswer,
    TalkFinding,
    TalkMention,
    TalkToFind,
)


class Owner(models.TextChoices):
    BOT = "BOT"
    QUEUE = "QUEUE"
    STAFF = "STAFF"


class ConversationStatus(models.TextChoices):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Conversation(models.Model):
    """One thread with one customer, over as many channels as they write on. Who may answer is decided here, in the
    sending transaction.

    `leg_id`, `channel`, `address`, `visitor_id` are those of the leg the customer spoke on last: there the answer goes.
    A conversation that became part of another is closed and names it in `continued_in_id`.
    """

    id = models.UUIDField(primary_key=True)
    leg_id = models.UUIDField(null=True)
    continued_in_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=120)
    visitor_id = models.UUIDField(null=True, db_index=True)
    customer_id = models.UUIDField(null=True, db_index=True)
    request_id = models.UUIDField(null=True, db_index=True)
    unit_code = models.CharField(max_length=8, blank=True)
    owner = models.CharField(max_length=5, choices=Owner.choices, default=Owner.BOT)
    staff_id = models.CharField(max_length=60, blank=True)
    owned_at = models.DateTimeField()
    is_urgent = models.BooleanField(default=False)
    status = models.CharField(
        max_length=6, choices=ConversationStatus.choices, default=ConversationStatus.OPEN
    )
    language = models.CharField(max_length=2, default="vi")
    last_seq = models.PositiveIntegerField(default=0)
    customer_read_seq = models.PositiveIntegerField(default=0)
    staff_read_seq = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    last_in_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address"], condition=Q(status="OPEN"), name="conversation_open_once"
            ),
            models.CheckConstraint(
                condition=Q(owner="STAFF") & ~Q(staff_id="") | ~Q(owner="STAFF") & Q(staff_id=""),
                name="conversation_staff_owns",
            ),
            models.CheckConstraint(
                condition=Q(status="CLOSED", closed_at__isnull=False)
                | Q(status="OPEN", closed_at__isnull=True),
                name="conversation_closed_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit_code", "owned_at"],
                condition=Q(status="OPEN", owner="QUEUE"),
                name="conversation_queue",
            ),
            models.Index(
                fields=["staff_id"], condition=Q(status="OPEN", owner="STAFF"), name="conversation_staff"
            ),
            models.Index(
                fields=["continued_in_id"],
                condition=Q(continued_in_id__isnull=False),
                name="conversation_continued",
            ),
        ]


class Leg(models.Model):
    """An address on a channel that speaks in a conversation: a customer known by proof may have several in one.

    `ended_at`: the conversation was closed; the next word from the address opens another. `last_in_at` opens the reply
    window of this address alone.
    """

    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="legs")
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=120)
    visitor_id = models.UUIDField(null=True)
    began_at = models.DateTimeField()
    last_in_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address"], condition=Q(ended_at__isnull=True), name="leg_open_once"
            )
        ]
        indexes = [models.Index(fields=["channel", "address", "-last_in_at"], name="leg_address")]


class Direction(models.TextChoices):
    IN = "IN"
    OUT = "OUT"


class MessageKind(models.TextChoices):
    TEXT = "TEXT"
    FILE = "FILE"
    FORM = "FORM"
    EVENT = "EVENT"


class Message(models.Model):
    """A numbered line of a conversation. `client_msg_id` is the sender's own key: a repeat is the same
    message.

    `leg` is the address it came from or went to; none for what every address of the conversation is told, and for notes
    between staff.
    """

    edge_may = (
        "SELECT (conversation_id, leg_id, channel, seq, direction, kind, author, author_name, text, payload,"
        " is_internal, at)",
    )

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    leg = models.ForeignKey(Leg, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+")
    channel = models.CharField(max_length=16, blank=True, default="", db_default="")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    kind = models.CharField(max_length=5, choices=MessageKind.choices, default=MessageKind.TEXT)
    author = models.CharField(max_length=80)
    author_name = models.CharField(max_length=120, blank=True)
    text = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    client_msg_id = models.CharField(max_length=120, null=True)  # noqa: DJ001 - unique when given
    is_internal = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(
                fields=["conversation", "direction", "client_msg_id"],
                condition=Q(client_msg_id__isnull=False),
                name="message_client_id_once",
            ),
        ]


class InboxState(models.TextChoices):
    NEW = "NEW"
    DONE = "DONE"
    PARKED = "PARKED"
    DROPPED = "DROPPED"


class InboxEvent(models.Model):
    """What a channel handed us, as it came. Stored and committed before the sender is answered.

    `sent_at` is the instant the sender's side puts on it, where it does; a sender's events are taken in its order.
    """

    edge_may = (
        "SELECT (channel, event_id)",
        "INSERT (channel, event_id, sender, payload, received_at, sent_at)",
    )

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=16)
    event_id = models.CharField(max_length=200)
    sender = models.CharField(max_length=120)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=7, choices=InboxState.choices, default=InboxState.NEW, db_default="NEW"
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "event_id"], name="inbox_event_once")]
        indexes = [
            models.Index(fields=["channel", "sender", "id"], condition=Q(state="NEW"), name="inbox_new"),
            models.Index(fields=["id"], condition=Q(state="PARKED"), name="inbox_parked"),
            models.Index(fields=["done_at"], condition=Q(state="DONE"), name="inbox_done"),
        ]


class OutboxState(models.TextChoices):
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    HELD = "HELD"
    SENT = "SENT"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    DELIVERED = "DELIVERED"
    READ = "READ"


class OutboxMessage(models.Model):
    """What must reach an address. Its id is the key under which the provider sees every try of it.

    A text too long for the channel goes in parts, one after another: `parts_done` have gone, `refs` are the provider's
    names of them. `is_doubtful`: an earlier try ended without a word, so this one first asks whether that arrived.
    `lane` 1 is a mass notice's, whose messages never stand before a single one; `purpose`: what the customer must have agreed
    to where the channel's rule asks for it; `template_version`: which version of the template's words these are.
    """

    id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=120)
    kind = models.CharField(max_length=13)
    template = models.CharField(max_length=60, blank=True)
    texts = models.JSONField(default=dict)
    params = models.JSONField(default=dict)
    language = models.CharField(max_length=2, default="vi")
    text = models.TextField(blank=True)
    buttons = models.JSONField(default=list)
    conversation_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True, db_index=True)
    has_consent = models.BooleanField(default=False)
    is_by_person = models.BooleanField(default=False, db_default=False)
    lane = models.PositiveSmallIntegerField(default=0, db_default=0)
    mass_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=40, blank=True, default="", db_default="")
    template_version = models.PositiveIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=9, choices=OutboxState.choices, default=OutboxState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    provider_ref = models.CharField(max_length=120, blank=True)
    refs = models.JSONField(default=list, db_default=[])
    parts_done = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_doubtful = models.BooleanField(default=False, db_default=False)
    fell_back_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["lane", "next_at", "id"],
                condition=Q(state__in=["QUEUED", "SENDING"]),
                name="outbox_due_by_lane",
            ),
            models.Index(fields=["mass_id", "state"], condition=Q(mass_id__isnull=False), name="outbox_mass"),
            models.Index(
                fields=["channel", "address", "id"],
                condition=Q(state__in=["QUEUED", "SENDING"]),
                name="outbox_order",
            ),
            models.Index(
                fields=["created_at"], condition=Q(state__in=["FAILED", "HELD"]), name="outbox_dead"
            ),
            models.Index(fields=["channel", "address", "created_at"], name="outbox_address"),
        ]


class OutboxAttempt(models.Model):
    """One try at the provider: when, how it ended, in the provider's code. No personal values."""

    append_only = True

    outbox_id = models.UUIDField(db_index=True)
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    result = models.CharField(max_length=12)
    provider_code = models.CharField(max_length=40, blank=True)


class Pace(models.Model):
    """When the next message may go by a channel whose provider limits how fast it is called."""

    channel = models.CharField(max_length=16, primary_key=True)
    next_at = models.DateTimeField()


class PushSubscription(models.Model):
    """A browser that lets us wake it: where its push service is, and the keys that only it can open messages with.

    Whoever knows the endpoint can reach the browser, so it goes with the customer when they are erased.
    """

    id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField(db_index=True)
    visitor_id = models.UUIDField(db_index=True)
    endpoint = models.URLField(max_length=500, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    language = models.CharField(max_length=2, default="vi")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=20, blank=True)


class ChannelRule(models.Model):
    """What a kind of message may do on a channel in a period, with the source of the rule.

    The window opens with each sign of the customer: free for `free_hours` (all of it, when empty), paid for until
    `window_hours`; then only what `after_window` names may go, and until `person_hours` what a person wrote.
    """

    national = True

    channel = models.CharField(max_length=16)
    kind = models.CharField(max_length=13)
    is_allowed = models.BooleanField()
    needs_consent = models.BooleanField()
    window_hours = models.PositiveSmallIntegerField(null=True)
    free_hours = models.PositiveSmallIntegerField(null=True)
    after_window = models.CharField(max_length=8, blank=True, default="", db_default="")
    person_hours = models.PositiveSmallIntegerField(null=True)
    day_from = models.TimeField(null=True)
    day_to = models.TimeField(null=True)
    max_per_day = models.PositiveSmallIntegerField(null=True)
    label = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="channel_rule_period",
                expressions=[
                    (F("channel"), RangeOperators.EQUAL),
                    (F("kind"), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            )
        ]
