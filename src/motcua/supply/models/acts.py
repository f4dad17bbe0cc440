"""What was done, under a key that makes it happen once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.supply.models.places import ServicePoint


class ConnectionRecord(models.Model):
    """That a key connected something: the same key gets the same answer, and nothing is connected twice."""

    key = models.CharField(max_length=80, primary_key=True)
    request_id = models.UUIDField(null=True)
    asked_sha256 = models.CharField(max_length=64)
    result = models.JSONField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request_id"], condition=Q(request_id__isnull=False), name="connection_request_once"
            ),
        ]


class CapacityChange(models.Model):
    """Capacity, phases or meter of a point became others."""

    key = models.CharField(max_length=80, primary_key=True)
    service_point = models.ForeignKey(ServicePoint, on_delete=models.PROTECT, related_name="capacity_changes")
    request_id = models.UUIDField(null=True)
    asked_sha256 = models.CharField(max_length=64)
    old_capacity_kw = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    new_capacity_kw = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    old_phases = models.PositiveSmallIntegerField()
    new_phases = models.PositiveSmallIntegerField()
    old_meter_serial = models.CharField(max_length=24, blank=True)
    new_meter_serial = models.CharField(max_length=24, blank=True)
    effective_at = models.DateTimeField()
    actor = models.CharField(max_length=80)


class ContractChangeKind(models.TextChoices):
    HOLDER = "HOLDER"
    TERMS = "TERMS"
    ENDED = "ENDED"
    STOPPED = "STOPPED"
    RESTORED = "RESTORED"
    MOVED = "MOVED"
    CHECKED = "CHECKED"


class ContractChange(models.Model):
    """What an act made of a contract, with what was before; its key makes the act happen once."""

    key = models.CharField(max_length=80, primary_key=True)
    account_code = models.CharField(max_length=13)
    kind = models.CharField(max_length=8, choices=ContractChangeKind.choices)
    request_id = models.UUIDField(null=True)
    asked_sha256 = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    effective_at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account_code", "effective_at"], name="contract_change_account")]


class ImportedLine(models.Model):
    """A line of an import by its key (hash of account, point, register) and the hash of what it said.

    A line that says the same again is left alone, so that what was changed here since is not undone.
    """

    key = models.BinaryField(primary_key=True, max_length=16)
    fingerprint = models.BinaryField(max_length=16)
    imported_at = models.DateTimeField()
