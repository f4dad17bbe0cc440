"""Where each conversation stands with the assistant."""

from __future__ import annotations

from django.db import models


class DialogueState(models.Model):
    """The assistant's memory of one conversation; forgotten when it closes. Answers stand in the draft, not
    here.
    """

    conversation_id = models.UUIDField(primary_key=True)
    handled_seq = models.PositiveIntegerField(default=0)
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField()
