"""A stand-in's own books: the calls it owes us; the bank's transfers its customers made."""

from __future__ import annotations

from django.db import models


class DeliveryState(models.TextChoices):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"


class OwedCall(models.Model):
    """One call a stand-in owes us; kept until it was answered."""

    request_id = models.CharField(max_length=64)
    is_lost_at_first = models.BooleanField(default=False)
    is_forged_at_first = models.BooleanField(default=False)
    is_slow = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)  # until a later one was delivered, or its time comes
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


class SandboxBankTransfer(models.Model):
    """Money that a payer sent at the stand-in bank."""

    txn_id = models.CharField(max_length=40, primary_key=True)
    amount_vnd = models.BigIntegerField()
    text = models.CharField(max_length=200)
    faults = models.JSONField(default=list)
    paid_at = models.DateTimeField()
    created_at = models.DateTimeField()
    reversed_txn_id = models.CharField(max_length=40, blank=True)
    reversed_at = models.DateTimeField(null=True)
    way = models.CharField(max_length=8, default="notice")  # how the bank tells us: see `bank.Way`


class SandboxBankDelivery(OwedCall):
    """One call to our bank interface."""

    call_name = models.CharField(max_length=16, default="notifications")

    transfer = models.ForeignKey(SandboxBankTransfer, on_delete=models.CASCADE, related_name="deliveries")
    host = models.CharField(max_length=120)
    body = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="sandbox_bank_due", condition=models.Q(state="PENDING")),
        ]
