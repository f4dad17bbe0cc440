"""Ready answers, colleagues named in notes, and what a conversation is found by."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q


class CannedAnswer(models.Model):
    """A ready answer with places to fill in; `staff_id` empty: everybody's. `search_key`: its folded words."""

    id = models.UUIDField(primary_key=True)
    shortcode = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    text = models.TextField()
    staff_id = models.CharField(max_length=60, blank=True)
    search_key = models.TextField()
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff_id", "shortcode"], condition=Q(ended_at__isnull=True), name="canned_code_once"
            ),
        ]


class TalkMention(models.Model):
    """Somebody was named in a note of a conversation: a notice for them alone, until read."""

    message = models.ForeignKey("messaging.Message", on_delete=models.CASCADE, related_name="mentions")
    conversation = models.ForeignKey("messaging.Conversation", on_delete=models.CASCADE, related_name="+")
    staff_id = models.UUIDField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "staff_id"], name="talk_mention_once"),
        ]
        indexes = [
            models.Index(fields=["staff_id", "-at", "id"], name="talk_mention_of_staff"),
            models.Index(fields=["staff_id"], condition=Q(read_at__isnull=True), name="talk_mention_unread"),
        ]


class TalkFinding(models.Model):
    """What a conversation is found by: folded words of what was said, its unit, who answers; the end of a phone."""

    conversation = models.OneToOneField(
        "messaging.Conversation", primary_key=True, on_delete=models.CASCADE, related_name="finding"
    )
    last_at = models.DateTimeField()
    words = SearchVectorField()
    phone_backwards = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="talk_finding_words"),
            models.Index(fields=["-last_at"], name="talk_finding_recent"),
            models.Index(
                OpClass("phone_backwards", name="text_pattern_ops"),
                condition=~Q(phone_backwards=""),
                name="talk_finding_phone",
            ),
        ]


class TalkToFind(models.Model):
    """Conversations whose words are to be written anew: something was said, changed, or forgotten."""

    conversation_id = models.UUIDField(primary_key=True)
