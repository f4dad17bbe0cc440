"""Who should be billed by three prices and hangs on a meter of one register: found again and again by a job."""

from __future__ import annotations

from django.db import models


class ThreePriceWhy(models.TextChoices):
    GROUP = "GROUP"  # all of its group must
    TRANSFORMER = "TRANSFORMER"  # a transformer of its own
    USE = "USE"  # so much a month


class ThreePriceCase(models.Model):
    """An account that needs a meter of three registers. `average_kwh`: a month, over the months of the rule, rounded down."""

    account_code = models.CharField(max_length=13)
    unit_code = models.CharField(max_length=8)
    price_group = models.CharField(max_length=40)
    why = models.CharField(max_length=11, choices=ThreePriceWhy.choices)
    transformer_kva = models.PositiveIntegerField()
    average_kwh = models.BigIntegerField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_code"], name="three_price_case_once")]
        indexes = [models.Index(fields=["unit_code", "account_code"], name="three_price_case_list")]
