"""Sums of money by day, distinct payers by month, debt by age. Each company writes its own rows (row security)."""

from __future__ import annotations

from django.db import models


class MoneyDay(models.Model):
    """Bills of one day, unit, way and channel: issued on it (no way), and paid in full on it.

    `days` is the sum of calendar days from issue to payment; `way` is one of `ways.Way`, `channel` the bank or wallet.
    """

    national = True
    company_writes = True

    company_code = models.CharField(max_length=12)
    day = models.DateField()
    unit_code = models.CharField(max_length=8)
    way = models.CharField(max_length=10, blank=True)
    channel = models.CharField(max_length=16, blank=True)
    billed = models.BigIntegerField(default=0)
    billed_vnd = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0)
    paid_vnd = models.BigIntegerField(default=0)
    days = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_code", "day", "unit_code", "way", "channel"], name="money_day_once"
            )
        ]


class MoneyPayers(models.Model):
    """Distinct customers of a window (a month, or a year up to and with a month) and unit; no unit: the company."""

    national = True
    company_writes = True

    company_code = models.CharField(max_length=12)
    month = models.DateField()
    of_year = models.BooleanField()
    unit_code = models.CharField(max_length=8, blank=True)
    with_bill = models.BigIntegerField(default=0)
    online = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_code", "month", "of_year", "unit_code"], name="money_payers_once"
            )
        ]


class MoneyDebt(models.Model):
    """Open bills as of an instant, by unit and how many days past due (`ways.AGES`)."""

    national = True
    company_writes = True

    company_code = models.CharField(max_length=12)
    unit_code = models.CharField(max_length=8)
    age = models.CharField(max_length=10)
    bills = models.BigIntegerField()
    owed_vnd = models.BigIntegerField()
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_code", "unit_code", "age"], name="money_debt_once")
        ]


class MoneyReach(models.Model):
    """How far the ledger was counted: the number of a booking, and when payers and debt were last counted."""

    number = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    payers_at = models.DateTimeField(null=True)
