"""The stand-in wallets' own books: orders their payers see, the calls they owe us, what is planned to go wrong."""

from __future__ import annotations

from django.db import models

from motcua.sandbox.models import OwedCall


class SandboxWalletOrder(models.Model):
    """An order that a wallet took. `told` is what we sent, as it was."""

    wallet = models.CharField(max_length=8)
    ref = models.CharField(max_length=40)
    amount_vnd = models.BigIntegerField()
    host = models.CharField(max_length=120)
    told = models.JSONField(default=dict)
    token = models.CharField(max_length=24, unique=True)
    state = models.CharField(max_length=10, default="NEW")  # NEW PAID FAILED HELD PROCESSING
    becomes = models.CharField(max_length=10, blank=True)  # of a processing one, at result_at
    result_at = models.DateTimeField(null=True)
    is_dropped = models.BooleanField(default=False)
    txn_id = models.CharField(max_length=20)
    refunded_vnd = models.BigIntegerField(default=0)
    faults = models.JSONField(default=list)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wallet", "ref"], name="sandbox_wallet_order_once")]


class SandboxWalletRefund(models.Model):
    """Money a wallet sent back; `ref` is what it writes into its day's file as ours."""

    order = models.ForeignKey(SandboxWalletOrder, on_delete=models.CASCADE, related_name="refunds")
    ref = models.CharField(max_length=64)
    txn_id = models.CharField(max_length=20)
    amount_vnd = models.BigIntegerField()
    done_at = models.DateTimeField()


class SandboxWalletCall(OwedCall):
    """One call to our door for wallets. What is said is signed when it is sent."""

    order = models.ForeignKey(SandboxWalletOrder, on_delete=models.CASCADE, related_name="calls")
    said = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="sandbox_wallet_due", condition=models.Q(state="PENDING")),
        ]


class SandboxWalletPlan(models.Model):
    """What goes wrong with a wallet's next orders: the faults named, or, with a seed, one drawn for each order."""

    wallet = models.CharField(max_length=8, primary_key=True)
    faults = models.JSONField(default=list)
    seed = models.CharField(max_length=40, blank=True)


class SandboxDebitFile(models.Model):
    """A file of debits that the stand-in bank was given; its results are there at the second question."""

    number = models.CharField(max_length=35, primary_key=True)
    content = models.TextField()
    asked = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField()
