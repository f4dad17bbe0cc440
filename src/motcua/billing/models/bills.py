"""Bills and what happened to them. What a bill says is never changed: it is cancelled, replaced or adjusted by another."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class BillKind(models.TextChoices):
    USE = "USE"  # what was used between two readings
    REPLACEMENT = "REPLACEMENT"  # stands instead of a wrong one
    ADJUSTMENT = "ADJUSTMENT"  # the difference to a wrong one, above or below zero


class BillState(models.TextChoices):
    ISSUED = "ISSUED"
    REPLACED = "REPLACED"
    CANCELLED = "CANCELLED"


class Bill(models.Model):
    """What an account owes for a period. `case` is what was rated, `lines` what came out, `readings` what it was read from:

    readings [{serial, register, previous, current, factor, kwh}], case as `motcua quote` takes it (several purposes: a list),
    lines [{kwh, price_vnd, amount_vnd, rule, source, from, to}]. A bill above zero has a charge in the ledger.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=11, choices=BillKind.choices, default=BillKind.USE)
    state = models.CharField(max_length=9, choices=BillState.choices, default=BillState.ISSUED)
    account_code = models.CharField(max_length=13)
    customer_id = models.UUIDField(null=True, db_index=True)
    payer_id = models.UUIDField(null=True)
    unit_code = models.CharField(max_length=8)
    billing_month = models.DateField()
    period = models.PositiveSmallIntegerField(default=1)  # large customers are read up to three times a month
    from_day = models.DateField()
    to_day = models.DateField()
    readings = models.JSONField(default=list)
    case = models.JSONField()
    lines = models.JSONField()
    kwh = models.BigIntegerField()
    active_vnd = models.BigIntegerField()
    reactive_vnd = models.BigIntegerField(default=0)
    subtotal_vnd = models.BigIntegerField()
    vat_rate = models.DecimalField(max_digits=5, decimal_places=4)
    vat_vnd = models.BigIntegerField()
    total_vnd = models.BigIntegerField()
    charge_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="corrections", db_index=False
    )
    reason = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)

    class Meta:
        indexes = [
            models.Index(fields=["account_code", "-billing_month"], name="bill_account"),
            models.Index(fields=["unit_code", "billing_month"], name="bill_unit"),
            # few bills correct another
            models.Index(fields=["corrects"], name="bill_corrects_bill", condition=Q(corrects__isnull=False)),
            models.Index(
                fields=["run_id", "issued_at"], name="bill_of_run", condition=Q(run_id__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account_code", "billing_month", "period"],
                condition=Q(state="ISSUED", kind__in=("USE", "REPLACEMENT")),
                name="bill_once_a_period",
            ),
            models.UniqueConstraint(
                fields=["charge_id"], condition=Q(charge_id__isnull=False), name="bill_charge_once"
            ),
            models.CheckConstraint(condition=Q(to_day__gt=F("from_day")), name="bill_period"),
            models.CheckConstraint(
                condition=Q(subtotal_vnd=F("active_vnd") + F("reactive_vnd"))
                & Q(total_vnd=F("subtotal_vnd") + F("vat_vnd")),
                name="bill_total",
            ),
            models.CheckConstraint(
                condition=Q(kind="ADJUSTMENT") | Q(active_vnd__gte=0, reactive_vnd__gte=0, vat_vnd__gte=0, kwh__gte=0),
                name="bill_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind="USE", corrects__isnull=True) | (~Q(kind="USE") & Q(corrects__isnull=False)),
                name="bill_corrects",
            ),
            models.CheckConstraint(
                condition=Q(total_vnd__lte=0, charge_id__isnull=True) | Q(total_vnd__gt=0, charge_id__isnull=False),
                name="bill_has_charge",
            ),
            models.CheckConstraint(condition=Q(vat_rate__gte=0, vat_rate__lt=1), name="bill_vat_rate"),
        ]  # fmt: skip


class BillEvent(models.Model):
    """Something that happened to a bill after it was issued: CANCELLED, REPLACED, ADJUSTED, SENT, INVOICED, CHECKED ..."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    key = models.CharField(max_length=120, unique=True)
