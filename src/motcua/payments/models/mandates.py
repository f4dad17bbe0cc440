"""Auto-debit: what a customer agreed to, the files sent to the bank that collects, and what became of each debit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Mandate(models.Model):
    """A customer's consent that their bank pays this account code's bills by itself: its words, time and channel are kept."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, unique=True)
    customer_id = models.UUIDField(db_index=True)
    account_code = models.CharField(max_length=13)
    partner = models.CharField(max_length=12)
    debtor_bin = models.CharField(max_length=6)
    debtor_account = models.CharField(max_length=24)
    debtor_name = models.CharField(max_length=70)
    most_vnd = models.BigIntegerField()
    state = models.CharField(
        max_length=9, default="ACTIVE"
    )  # ACTIVE CANCELLED (by the customer) ENDED (by the bank)
    consent_text = models.CharField(max_length=500)
    consent_channel = models.CharField(max_length=16)
    consent_by = models.CharField(max_length=80)
    consent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)
    end_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_code"], condition=Q(state="ACTIVE"), name="payments_mandate_one_active"
            ),
            models.CheckConstraint(condition=Q(most_vnd__gt=0), name="payments_mandate_most"),
            models.CheckConstraint(
                condition=Q(state="ACTIVE", ended_at__isnull=True)
                | Q(state__in=["CANCELLED", "ENDED"], ended_at__isnull=False, ended_by__gt=""),
                name="payments_mandate_ended",
            ),
        ]


class DebitFile(models.Model):
    """A file of debits in the shape of pain.008, made once and sent as it is."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=35, unique=True)
    partner = models.CharField(max_length=12)
    collect_on = models.DateField()
    count = models.PositiveIntegerField()
    total_vnd = models.BigIntegerField()
    content = models.TextField()
    state = models.CharField(max_length=8, default="MADE")  # MADE SENT ANSWERED
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], name="payments_debit_file_due", condition=Q(state__in=["MADE", "SENT"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(count__gt=0, total_vnd__gt=0), name="payments_debit_file_full"
            ),
        ]


class Debit(models.Model):
    """One collection for one charge. While one is open no other is made; a refused one may be tried again."""

    id = models.UUIDField(primary_key=True)
    end_to_end_id = models.CharField(max_length=35, unique=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="debits")
    file = models.ForeignKey(DebitFile, null=True, on_delete=models.PROTECT, related_name="debits")
    charge_id = models.UUIDField(db_index=True)
    payment_code = models.CharField(max_length=25)
    amount_vnd = models.BigIntegerField()
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, default="PLANNED")  # PLANNED SENT PAID REFUSED CANCELLED
    reason = models.CharField(max_length=10, blank=True)
    planned_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charge_id"],
                condition=Q(state__in=["PLANNED", "SENT"]),
                name="payments_debit_one_open",
            ),
            models.UniqueConstraint(
                fields=["charge_id", "mandate", "attempt"], name="payments_debit_attempt"
            ),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_debit_amount"),
        ]
