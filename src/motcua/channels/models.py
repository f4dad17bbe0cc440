"""A company's accounts with the providers of channels."""

from __future__ import annotations

from django.db import models


class ChannelAccount(models.Model):
    """Where a channel's provider is and what opens it. Secrets are sealed (credentials.seal); newest hook
    secret first.
    """

    edge_may = ("SELECT (channel, is_enabled, sealed_hook_secrets)",)

    channel = models.CharField(max_length=16, primary_key=True)
    is_enabled = models.BooleanField(default=True)
    base_url = models.URLField()
    sender_name = models.CharField(max_length=40, blank=True)
    sealed_keys = models.TextField(blank=True)
    sealed_hook_secrets = models.TextField(blank=True)
    changed_at = models.DateTimeField()
