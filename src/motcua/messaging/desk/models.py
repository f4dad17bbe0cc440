"""Queues, agents, episodes, targets, labels and ratings of the desk: all of one company."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from motcua.config.dated import DateRange


class Tone(models.TextChoices):
    """The colours a label may have: those of the design, readable by day and by night."""

    NEUTRAL = "neutral"
    GO = "go"
    WAIT = "wait"
    GOOD = "good"
    BAD = "bad"
    NIGHT = "night"


class DeskQueue(models.Model):
    """Where conversations wait for a person. `topics` are intents and services of the assistant; `unit_code` empty: the
    whole company's. What no topic leads anywhere waits in the general one.
    """

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    unit_code = models.CharField(max_length=8, blank=True)
    topics = models.JSONField(default=list)
    is_general = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_general"], condition=Q(is_general=True), name="queue_one_general"
            ),
            models.CheckConstraint(
                condition=Q(is_general=False) | Q(is_active=True, unit_code=""), name="queue_general_for_all"
            ),
        ]


class DeskTarget(models.Model):
    """How many working minutes a queue may take to the first answer and to the end, in a period, and who said so."""

    queue = models.ForeignKey(DeskQueue, on_delete=models.CASCADE, related_name="targets")
    first_minutes = models.PositiveIntegerField()
    resolve_minutes = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="desk_target_period",
                expressions=[
                    (F("queue"), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(first_minutes__gt=0) & Q(resolve_minutes__gte=F("first_minutes")),
                name="desk_target_order",
            ),
        ]


class DeskAgent(models.Model):
    """A member of staff who answers: on duty or away, how many conversations at once, which units they reach.

    Duty ends by itself at `duty_until`, and when nothing was seen of them for a while.
    """

    staff_id = models.CharField(max_length=60, primary_key=True)
    capacity = models.PositiveSmallIntegerField(default=4)
    is_on_duty = models.BooleanField(default=False)
    duty_since = models.DateTimeField(null=True)
    duty_until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    last_given_at = models.DateTimeField(null=True)
    unit_codes = models.JSONField(default=list)
    queues: models.ManyToManyField[DeskQueue, DeskSkill] = models.ManyToManyField(
        DeskQueue, through="DeskSkill"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(capacity__gte=1, capacity__lte=50), name="agent_capacity"),
            models.CheckConstraint(
                condition=Q(is_on_duty=False) | Q(duty_since__isnull=False, duty_until__isnull=False),
                name="agent_duty_ends",
            ),
        ]
        indexes = [models.Index(fields=["staff_id"], condition=Q(is_on_duty=True), name="agent_on_duty")]


class DeskSkill(models.Model):
    """An agent answers a queue."""

    agent = models.ForeignKey(DeskAgent, on_delete=models.CASCADE, related_name="skills")
    queue = models.ForeignKey(DeskQueue, on_delete=models.CASCADE, related_name="skills")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "queue"], name="desk_skill_once")]


class EpisodeState(models.TextChoices):
    WAITING = "WAITING"
    HELD = "HELD"
    ENDED = "ENDED"


class EndReason(models.TextChoices):
    CLOSED = "CLOSED"
    IDLE = "IDLE"
    BOT = "BOT"
    MERGED = "MERGED"


OPEN = ~Q(state="ENDED")


class DeskEpisode(models.Model):
    """One stretch of a conversation in which a person is wanted: from the hand-over (or the taking) to its end.

    `first_due_at`, `resolve_due_at` are what the queue's targets made of `begun_at` in working time; `first_minutes` and
    `resolve_minutes` are the working minutes it took. `held_answered_at`: the present holder has said something.
    `customer_since`: the last word is ours since then. `not_to`: who gave it back is not given it again by itself.
    """

    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(
        "messaging.Conversation", on_delete=models.CASCADE, related_name="episodes"
    )
    queue = models.ForeignKey(DeskQueue, on_delete=models.PROTECT, related_name="+")
    unit_code = models.CharField(max_length=8, blank=True)
    topic = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=7, choices=EpisodeState.choices)
    is_urgent = models.BooleanField(default=False)
    staff_id = models.CharField(max_length=60, blank=True)
    not_to = models.CharField(max_length=60, blank=True)
    begun_at = models.DateTimeField()
    waiting_since = models.DateTimeField()
    assigned_at = models.DateTimeField(null=True)
    held_answered_at = models.DateTimeField(null=True)
    customer_since = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    first_due_at = models.DateTimeField(null=True)
    first_answered_at = models.DateTimeField(null=True)
    first_answered_by = models.CharField(max_length=60, blank=True)
    first_minutes = models.PositiveIntegerField(null=True)
    resolve_due_at = models.DateTimeField(null=True)
    resolve_minutes = models.PositiveIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=6, choices=EndReason.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=OPEN, name="episode_open_once"),
            models.CheckConstraint(
                condition=Q(state="ENDED", ended_at__isnull=False) & ~Q(end_reason="")
                | ~Q(state="ENDED") & Q(ended_at__isnull=True, end_reason=""),
                name="episode_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state="HELD") | ~Q(staff_id="") & Q(assigned_at__isnull=False),
                name="episode_held_by",
            ),
            models.CheckConstraint(
                condition=~Q(state="WAITING") | Q(staff_id="", snoozed_until__isnull=True),
                name="episode_waiting_free",
            ),
        ]
        indexes = [
            models.Index(
                F("queue"), F("is_urgent").desc(), F("waiting_since"), F("id"),
                condition=Q(state="WAITING"), name="episode_waiting",
            ),
            models.Index(
                F("is_urgent").desc(), F("waiting_since"), F("id"), condition=OPEN, name="episode_open",
            ),
            models.Index(fields=["staff_id", "waiting_since"], condition=Q(state="HELD"), name="episode_mine"),
            models.Index(
                fields=["first_due_at"], condition=OPEN & Q(first_answered_at__isnull=True), name="episode_first_due"
            ),
            models.Index(fields=["resolve_due_at"], condition=OPEN, name="episode_resolve_due"),
            models.Index(
                fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="episode_snoozed"
            ),
            models.Index(
                fields=["customer_since"], condition=Q(state="HELD", customer_since__isnull=False), name="episode_idle"
            ),
            models.Index(fields=["-ended_at", "-id"], condition=Q(state="ENDED"), name="episode_ended_at"),
            models.Index(fields=["begun_at"], name="episode_begun"),
        ]  # fmt: skip


class DeskLabel(models.Model):
    """A word to find conversations by, in one of the colours of the design."""

    name = models.CharField(max_length=30, unique=True)
    tone = models.CharField(max_length=8, choices=Tone.choices, default=Tone.NEUTRAL)
    is_active = models.BooleanField(default=True)


class DeskMark(models.Model):
    """A label on a conversation."""

    conversation = models.ForeignKey("messaging.Conversation", on_delete=models.CASCADE, related_name="marks")
    label = models.ForeignKey(DeskLabel, on_delete=models.CASCADE, related_name="marks")
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "conversation"], name="desk_mark_once")]


class DeskSettings(models.Model):
    """One row: what the company decided about its desk. 0 days: conversations are not closed by themselves."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    idle_days = models.PositiveSmallIntegerField(default=3)
    away_minutes = models.PositiveSmallIntegerField(default=30)
    asks_rating = models.BooleanField(default=True)
    rating_days = models.PositiveSmallIntegerField(default=30)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="desk_settings_single")]


class DeskRating(models.Model):
    """The question how the customer liked it, after an episode, and what they answered. Answered once."""

    id = models.UUIDField(primary_key=True)
    episode = models.OneToOneField(DeskEpisode, on_delete=models.CASCADE, related_name="rating")
    conversation = models.ForeignKey("messaging.Conversation", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=120)
    staff_id = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    score = models.PositiveSmallIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True, answered_at__isnull=True)
                | Q(score__gte=1, score__lte=5, answered_at__isnull=False),
                name="desk_rating_score",
            )
        ]
        indexes = [
            models.Index(fields=["channel", "address", "-asked_at"], name="desk_rating_address"),
            models.Index(
                fields=["answered_at"], condition=Q(score__isnull=False), name="desk_rating_answered"
            ),
        ]


class DeskAsked(models.Model):
    """When somebody was last asked how they liked it: under their customer id, and under each of their addresses."""

    person = models.CharField(max_length=160, primary_key=True)
    asked_at = models.DateTimeField()
