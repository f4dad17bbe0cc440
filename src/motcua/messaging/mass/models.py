"""Mass notices, who they are for, and the company's policy about them; the versions of texts. All a company's own."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import Q

DAY_FROM, DAY_TO = time(7), time(21)  # the hours in which a notice goes, unless its writer chose others


class MassState(models.TextChoices):
    GATHERING = "GATHERING"  # its recipients are being written down
    READY = "READY"  # they can be looked at; nothing was sent
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    DONE = "DONE"


class MassNotice(models.Model):
    """One notice for many. `texts` by form and language; `params`: what its writer filled in for everybody.

    `gathered_up_to` is the last subject written down, `released_up_to` the last recipient handed to the outbox: a worker
    that died is followed by one that goes on behind them. `counts` is what `running.count` last found.
    """

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=120)
    topic = models.CharField(max_length=12)
    kind = models.CharField(max_length=13)
    purpose = models.CharField(max_length=40, blank=True)
    template = models.CharField(max_length=60, blank=True)
    texts = models.JSONField()
    params = models.JSONField(default=dict)
    audience = models.CharField(max_length=24)
    audience_params = models.JSONField(default=dict)
    is_per_account = models.BooleanField(default=False)
    channels = models.JSONField()
    day_from = models.TimeField(default=DAY_FROM)
    day_to = models.TimeField(default=DAY_TO)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=MassState.choices, default=MassState.GATHERING)
    gathered_up_to = models.CharField(max_length=40, blank=True)
    released_up_to = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    started_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["GATHERING", "READY"], started_at__isnull=True)
                | Q(state__in=["RUNNING", "PAUSED", "DONE"], started_at__isnull=False)
                | Q(state="STOPPED"),
                name="mass_started_at",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["STOPPED", "DONE"], ended_at__isnull=False)
                | (~Q(state__in=["STOPPED", "DONE"]) & Q(ended_at__isnull=True)),
                name="mass_ended_at",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="mass_recent"),
            models.Index(
                fields=["state"], condition=Q(state__in=["GATHERING", "RUNNING"]), name="mass_at_work"
            ),
        ]


class RecipientState(models.TextChoices):
    TO_SEND = "TO_SEND"
    NO_ADDRESS = "NO_ADDRESS"
    NO_CONSENT = "NO_CONSENT"
    DECLINED = "DECLINED"  # they chose not to hear of the topic
    UNKNOWN = "UNKNOWN"  # no such account, or its holder is gone
    OVER = "OVER"  # what they were to be told is over: paid in the meantime


class MassRecipient(models.Model):
    """One recipient of one notice, once: by account or by customer (`subject`). Ids alone; where it goes is looked up when
    it goes. `channel` is the way it will take as far as was known when it was written down.
    """

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(
        MassNotice, on_delete=models.CASCADE, related_name="recipients", db_index=False, db_constraint=False
    )
    subject = models.CharField(max_length=40)
    customer_id = models.UUIDField(null=True)
    account_code = models.CharField(max_length=13, blank=True)
    channel = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=10, choices=RecipientState.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "subject"], name="mass_recipient_once")]
        indexes = [
            models.Index(fields=["notice", "id"], condition=Q(state="TO_SEND"), name="mass_recipient_to_send")
        ]


class MassCode(models.Model):
    """An account code of a list that somebody brought as the audience of a notice."""

    notice = models.ForeignKey(
        MassNotice, on_delete=models.CASCADE, related_name="codes", db_index=False, db_constraint=False
    )
    account_code = models.CharField(max_length=13)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "account_code"], name="mass_code_once")]


class MassPolicy(models.Model):
    """What the company holds to from an instant on: above how many recipients somebody else must start a notice, what a
    message of a channel costs (dong), and where that stands. The last row counts; old ones stay.
    """

    append_only = True

    four_eyes_above = models.PositiveIntegerField()
    prices = models.JSONField(default=dict)
    source = models.CharField(max_length=300, blank=True)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)


class TemplateVersion(models.Model):
    """A text as an administrator wrote it, for one form of channels (SHORT, RICH, MAIL), from an instant on.

    The declared text is version 0. Nothing is changed here: to go back is to write the old words as a new version.
    """

    append_only = True

    code = models.CharField(max_length=60)
    form = models.CharField(max_length=5)
    number = models.PositiveIntegerField()
    vi = models.TextField()
    en = models.TextField()
    author = models.CharField(max_length=80)
    reason = models.CharField(max_length=300)
    valid_from = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "form", "number"], name="template_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="template_version_number"),
            models.CheckConstraint(
                condition=~Q(vi="") & ~Q(en="") & ~Q(reason=""), name="template_version_whole"
            ),
        ]
