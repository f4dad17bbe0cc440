"""What wallets and gateways say they hand over: the third side beside our receipts and the bank's line."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class GatewaySettlement(models.Model):
    """A provider's sheet of one hand-over. Only an accepted one is matched; `line` is the bank's line that brought it.

    One that waits apart stays as it came; a person may drop it, once, with a reason.
    """

    id = models.UUIDField(primary_key=True)
    file = models.ForeignKey("payments.StatementFile", on_delete=models.PROTECT, related_name="settlements")
    gateway = models.CharField(max_length=16)
    provider_id = models.CharField(max_length=60)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    rows_count = models.PositiveIntegerField()
    amount_vnd = models.BigIntegerField()  # payments less refunds
    fee_vnd = models.BigIntegerField()
    content_sha256 = models.CharField(max_length=64)
    is_accepted = models.BooleanField()
    faults = models.JSONField(default=list)
    came_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    line = models.OneToOneField(
        "payments.StatementLine", null=True, on_delete=models.PROTECT, related_name="settlement"
    )

    class Meta:
        indexes = [models.Index(fields=["-came_at", "-id"], name="payments_settlement_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "provider_id"],
                condition=Q(is_accepted=True),
                name="payments_settlement_once",
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=True) | Q(is_accepted=False, line__isnull=True),
                name="payments_settlement_line",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True, dropped_by="", reason="")
                | Q(dropped_at__isnull=False, is_accepted=False, dropped_by__gt="", reason__gt=""),
                name="payments_settlement_dropped",
            ),
        ]


class SettledPayment(models.Model):
    """One payment or refund of an accepted settlement; a provider settles each of its transactions once."""

    append_only = True

    settlement = models.ForeignKey(GatewaySettlement, on_delete=models.PROTECT, related_name="rows")
    place = models.PositiveIntegerField()
    gateway = models.CharField(max_length=16)
    txn_id = models.CharField(max_length=64)
    own_ref = models.CharField(max_length=64, blank=True)
    is_refund = models.BooleanField(default=False)
    amount_vnd = models.BigIntegerField()
    fee_vnd = models.BigIntegerField(default=0)
    paid_on = models.DateField()

    class Meta:
        indexes = [
            models.Index(
                fields=["gateway", "own_ref"], condition=Q(is_refund=True), name="payments_settled_refund"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "txn_id", "is_refund"], name="payments_settled_once"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_settled_amount"),
        ]
