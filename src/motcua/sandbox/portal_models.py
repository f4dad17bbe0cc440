"""The stand-in portal's own books: dossiers of its citizens, calls it owes us, what it heard, who signed in."""

from __future__ import annotations

from django.db import models

from motcua.sandbox.models import OwedCall


class SandboxPortalDossier(models.Model):
    """A dossier as the portal knows it. `seq` is the newest news it has taken; older news changes nothing."""

    number = models.CharField(max_length=60, primary_key=True)
    host = models.CharField(max_length=120)
    procedure = models.CharField(max_length=40)
    form = models.JSONField()
    faults = models.JSONField(default=list)
    status = models.PositiveSmallIntegerField(default=1)
    status_name = models.CharField(max_length=80, blank=True)
    seq = models.PositiveIntegerField(default=0)
    request_number = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()


class SandboxPortalCall(OwedCall):
    """One call to our portal interface."""

    dossier = models.ForeignKey(SandboxPortalDossier, on_delete=models.CASCADE, related_name="calls")
    what = models.CharField(max_length=12)
    method = models.CharField(max_length=4)
    path = models.CharField(max_length=300)
    body = models.BinaryField()
    answer = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="sandbox_portal_due", condition=models.Q(state="PENDING")),
        ]


class SandboxPortalNews(models.Model):
    """What we told the portal of a dossier; the same news again is only counted."""

    dossier = models.ForeignKey(SandboxPortalDossier, on_delete=models.CASCADE, related_name="news")
    seq = models.PositiveIntegerField()
    body = models.JSONField()
    times = models.PositiveIntegerField(default=0)
    is_taken = models.BooleanField(default=False)
    came_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "seq"], name="sandbox_portal_news_once")]


class SandboxPortalGrant(models.Model):
    """A citizen said who they are; the code is redeemed once, the token is good for a while."""

    code_hash = models.CharField(max_length=64, primary_key=True)
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    about = models.JSONField()
    redirect_uri = models.CharField(max_length=300)
    challenge = models.CharField(max_length=64)
    nonce = models.CharField(max_length=200)
    faults = models.JSONField(default=list)
    created_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
