"""What a bill would have been by prices that are tried on paper. Nobody owes it: no charge, no invoice."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motcua.billing.models.bills import Bill


class ShadowBill(models.Model):
    """A bill rated again by a trial's prices and the highest demand measured; the newest of a bill and a trial counts.

    `case` and `lines` have the shapes of the bill's; a line of capacity has `kw`.
    """

    append_only = True

    id = models.UUIDField(primary_key=True)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="shadows")
    trial = models.CharField(max_length=40)
    kw_hundredths = models.PositiveBigIntegerField()
    case = models.JSONField()
    lines = models.JSONField()
    active_vnd = models.BigIntegerField()
    capacity_vnd = models.BigIntegerField()
    reactive_vnd = models.BigIntegerField()
    subtotal_vnd = models.BigIntegerField()
    vat_rate = models.DecimalField(max_digits=5, decimal_places=4)
    vat_vnd = models.BigIntegerField()
    total_vnd = models.BigIntegerField()
    source = models.CharField(max_length=200)  # where the demand was read
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(subtotal_vnd=F("active_vnd") + F("capacity_vnd") + F("reactive_vnd"))
                & Q(total_vnd=F("subtotal_vnd") + F("vat_vnd")),
                name="shadow_total",
            ),
            models.CheckConstraint(
                condition=Q(active_vnd__gte=0, capacity_vnd__gte=0, reactive_vnd__gte=0, vat_vnd__gte=0),
                name="shadow_not_negative",
            ),
        ]
