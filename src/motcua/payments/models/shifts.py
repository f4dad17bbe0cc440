"""A cashier's shift: from the float in the drawer to the money handed in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class ShiftState(models.TextChoices):
    OPEN = "OPEN"
    COUNTED = "COUNTED"
    HANDED_IN = "HANDED_IN"


class CashShift(models.Model):
    """Receipts of one cashier between opening and count. One open shift a cashier."""

    id = models.UUIDField(primary_key=True)
    unit_code = models.CharField(max_length=20)
    cashier = models.CharField(max_length=80)
    opened_at = models.DateTimeField()
    business_date = models.DateField(db_index=True)
    float_vnd = models.BigIntegerField(default=0)
    state = models.CharField(max_length=9, choices=ShiftState.choices, default=ShiftState.OPEN)
    counted_at = models.DateTimeField(null=True)
    counted_by = models.CharField(max_length=80, blank=True)
    expected_vnd = models.BigIntegerField(null=True)
    counted_vnd = models.BigIntegerField(null=True)
    explanation = models.CharField(max_length=300, blank=True)
    handed_at = models.DateTimeField(null=True)
    handed_by = models.CharField(max_length=80, blank=True)
    handed_to = models.CharField(max_length=24, blank=True)
    handed_vnd = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cashier"], name="payments_shift_one_open", condition=Q(state="OPEN")
            ),
            models.CheckConstraint(condition=Q(float_vnd__gte=0), name="payments_shift_float"),
            models.CheckConstraint(
                condition=Q(state="OPEN", counted_at__isnull=True, handed_at__isnull=True)
                | Q(
                    state="COUNTED",
                    counted_at__isnull=False,
                    counted_vnd__gte=0,
                    expected_vnd__isnull=False,
                    handed_at__isnull=True,
                )
                | Q(
                    state="HANDED_IN",
                    counted_at__isnull=False,
                    handed_at__isnull=False,
                    handed_vnd__isnull=False,
                ),
                name="payments_shift_state_true",
            ),
            models.CheckConstraint(
                condition=Q(counted_vnd__isnull=True) | Q(counted_vnd=F("expected_vnd")) | ~Q(explanation=""),
                name="payments_shift_difference_explained",
            ),
        ]
