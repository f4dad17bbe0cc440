"""A company's accounts with the providers of channels, the tokens that open them, and the calls we did not believe."""

from __future__ import annotations

from django.db import models


class ChannelAccount(models.Model):
    """Where a channel's provider is and what opens it. Secrets are sealed (credentials.seal); newest hook
    secret first. `settings` holds what is no secret and only this channel has.
    """

    edge_may = ("SELECT (channel, is_enabled, sealed_hook_secrets, settings)",)

    channel = models.CharField(max_length=16, primary_key=True)
    is_enabled = models.BooleanField(default=True)
    base_url = models.URLField()
    sender_name = models.CharField(max_length=40, blank=True)
    sealed_keys = models.TextField(blank=True)
    sealed_hook_secrets = models.TextField(blank=True)
    settings = models.JSONField(default=dict, db_default={})
    changed_at = models.DateTimeField()


class TokenState(models.TextChoices):
    LIVE = "LIVE"
    NEEDS_CONSENT = "NEEDS_CONSENT"


class ChannelToken(models.Model):
    """The pair of tokens a provider gave us for an account, sealed: the one that opens its doors and the one that, once,
    is changed for the next pair. `lease` is held by whoever changes it just now. `generation` counts the pairs.
    """

    channel = models.CharField(max_length=16, primary_key=True)
    state = models.CharField(max_length=13, choices=TokenState.choices, default=TokenState.NEEDS_CONSENT)
    sealed_pair = models.TextField(blank=True)
    sealed_before = models.TextField(blank=True)
    sealed_answer = models.TextField(blank=True)
    generation = models.PositiveIntegerField(default=0)
    access_until = models.DateTimeField(null=True)
    refresh_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    refused_code = models.CharField(max_length=60, blank=True)
    refused_at = models.DateTimeField(null=True)
    sealed_asked = models.TextField(blank=True)
    asked_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()


class RejectedCall(models.Model):
    """How many calls of a webhook were not believed on a day, and why. What they said is not kept."""

    edge_may = (
        "SELECT (channel, reason, day, count, last_at)",
        "INSERT (channel, reason, day, count, first_at, last_at)",
        "UPDATE (count, last_at)",
    )

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=16)
    reason = models.CharField(max_length=20)
    day = models.DateField()
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "reason", "day"], name="rejected_call_once")
        ]


class MediaFetch(models.Model):
    """A file of a message that lies at the channel's own host and is to be brought in."""

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=16)
    conversation_id = models.UUIDField()
    seq = models.PositiveIntegerField()
    url = models.CharField(max_length=1000)
    name = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation_id", "seq"], name="media_fetch_once")]


class Mailbox(models.Model):
    """How far a mailbox has been read: the server's own numbering of it, and the last number stored here."""

    channel = models.CharField(max_length=16, primary_key=True)
    mailbox = models.CharField(max_length=254)
    validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    refused_code = models.CharField(max_length=60, blank=True)
    refused_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)


class MailDirection(models.TextChoices):
    IN = "IN"
    OUT = "OUT"


class Mail(models.Model):
    """The name of a mail that came or that we sent (written before it goes), and the thread it belongs to.

    `thread` is the conversation's address: the person's own, or that and a mark where one person has several threads.
    """

    id = models.BigAutoField(primary_key=True)
    message_id = models.CharField(max_length=250, unique=True)
    direction = models.CharField(max_length=3, choices=MailDirection.choices)
    person = models.CharField(max_length=120)
    thread = models.CharField(max_length=120)
    outbox_id = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    is_automatic = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["thread", "-at", "-id"], name="mail_thread"),
            models.Index(fields=["at"], name="mail_at"),
        ]


class SmppLine(models.Model):
    """How the company's SMPP line stands: told by the process that holds it, for the page of the settings."""

    channel = models.CharField(max_length=16, primary_key=True)
    state = models.CharField(max_length=9)
    code = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()


class SmppPart(models.Model):
    """A segment of a text message of ours: under which name the centre took it, and what became of it.

    `submitted_at` without a `message_id`: it went, and nobody said how that ended. Kept for a week, as long as receipts come.
    """

    id = models.BigAutoField(primary_key=True)
    outbox_id = models.UUIDField(db_index=True)
    delivery_id = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField()
    address = models.CharField(max_length=20)
    reference = models.PositiveIntegerField()
    message_id = models.CharField(max_length=65, blank=True)
    state = models.CharField(max_length=9, blank=True)
    submitted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery_id", "number"], name="smpp_part_once")]
        indexes = [
            models.Index(fields=["message_id"], condition=~models.Q(message_id=""), name="smpp_part_name"),
            models.Index(fields=["address"], condition=models.Q(message_id=""), name="smpp_part_unnamed"),
        ]


class SmppHeard(models.Model):
    """The last arrival of a message of the same words from the same phone: what the centre repeats after a cut is known by it."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    bind = models.UUIDField()
    sequence = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)


class SmppPiece(models.Model):
    """A segment of a customer's longer text message, until the others are there."""

    id = models.BigAutoField(primary_key=True)
    address = models.CharField(max_length=120)
    to = models.CharField(max_length=21, blank=True)
    reference = models.PositiveIntegerField()
    total = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "reference", "total", "number"], name="smpp_piece_once"
            )
        ]


class KeywordCount(models.Model):
    """How many answers to keywords a phone was given on a day: each costs money."""

    id = models.BigAutoField(primary_key=True)
    phone = models.CharField(max_length=20)
    day = models.DateField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["phone", "day"], name="keyword_count_once")]
