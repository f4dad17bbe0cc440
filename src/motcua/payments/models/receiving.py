"""Notices of banks, payments, allocations, suspense. What a bank told us is never changed; see migration
0002.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class NotificationKind(models.TextChoices):
    RECEIPT = "RECEIPT"
    REVERSAL = "REVERSAL"


class NotificationState(models.TextChoices):
    RECEIVED = "RECEIVED"  # stored, not yet booked
    WAITING = "WAITING"  # a reversal that came before what it reverses
    PROCESSED = "PROCESSED"
    FAILED = "FAILED"  # only a person can go on


class Outcome(models.TextChoices):
    MATCHED = "MATCHED"
    PARTIAL = "PARTIAL"
    OVERPAID = "OVERPAID"
    CREDITED = "CREDITED"  # the charge was paid already: the customer's credit
    SUSPENSE = "SUSPENSE"
    REVERSED = "REVERSED"
    REVERSAL_DIFFERS = "REVERSAL_DIFFERS"


class PaymentStatus(models.TextChoices):
    BOOKED = "BOOKED"
    REVERSED = "REVERSED"


class SuspenseReason(models.TextChoices):
    NO_CODE = "NO_CODE"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    MANY_CODES = "MANY_CODES"
    CHARGE_CANCELLED = "CHARGE_CANCELLED"
    OWNER_UNKNOWN = "OWNER_UNKNOWN"


class CaseState(models.TextChoices):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Resolution(models.TextChoices):
    CHARGE = "CHARGE"
    CREDIT = "CREDIT"
    RETURNED = "RETURNED"  # sent back to whoever paid, through the bank it came from
    REVERSED = "REVERSED"


class AllocationTarget(models.TextChoices):
    CHARGE = "CHARGE"
    CREDIT = "CREDIT"
    SUSPENSE = "SUSPENSE"
    RETURN = "RETURN"


class AllocationSource(models.TextChoices):
    CLEARING = "CLEARING"
    SUSPENSE = "SUSPENSE"


class BankNotification(models.Model):
    """What a bank told us: the inbox row. Its content never changes; state and outcome do."""

    finder_may = ("SELECT (bank, txn_id)",)

    id = models.UUIDField(primary_key=True)
    bank = models.CharField(max_length=16)
    txn_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=NotificationKind.choices, default=NotificationKind.RECEIPT)
    original_txn_id = models.CharField(max_length=64, blank=True)
    amount_vnd = models.BigIntegerField()
    text = models.CharField(max_length=500, blank=True)
    paid_at = models.DateTimeField()
    raw_sha256 = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True)
    # how the payer came to the bank, where the bank says it: see `rules.CHANNELS`
    channel = models.CharField(max_length=12, blank=True, db_default="")
    received_at = models.DateTimeField()

    state = models.CharField(
        max_length=9, choices=NotificationState.choices, default=NotificationState.RECEIVED
    )
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    charge_id = models.UUIDField(
        null=True
    )  # told before the booking when the bank named it, else found by it
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    last_error = models.CharField(max_length=80, blank=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"],
                name="payments_notification_due",
                condition=Q(state__in=["RECEIVED", "WAITING"]),
            ),
            models.Index(
                fields=["bank", "original_txn_id"],
                name="payments_notification_reverses",
                condition=Q(kind="REVERSAL"),
            ),
            models.Index(
                fields=["charge_id"],
                name="payments_notification_coming",
                condition=Q(state="RECEIVED", charge_id__isnull=False),
            ),
            models.Index(fields=["bank", "received_at"], name="payments_notification_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["bank", "txn_id"], name="payments_notification_once"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_notification_amount"),
            models.CheckConstraint(
                condition=Q(kind="REVERSAL", original_txn_id__gt="") | Q(kind="RECEIPT", original_txn_id=""),
                name="payments_notification_original",
            ),
            models.CheckConstraint(
                condition=(Q(state="PROCESSED") & ~Q(outcome="") & Q(processed_at__isnull=False))
                | (~Q(state="PROCESSED") & Q(processed_at__isnull=True)),
                name="payments_notification_processed",
            ),
        ]


class Payment(models.Model):
    """Money a bank told us of, booked. One for each receipt."""

    id = models.UUIDField(primary_key=True)
    notification = models.OneToOneField(BankNotification, on_delete=models.PROTECT, related_name="payment")
    bank = models.CharField(max_length=16)
    txn_id = models.CharField(max_length=64)
    amount_vnd = models.BigIntegerField()
    paid_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=PaymentStatus.choices, default=PaymentStatus.BOOKED)
    reversed_at = models.DateTimeField(null=True)
    ledger_transaction_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "txn_id"], name="payments_payment_once"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_payment_amount"),
        ]


class Allocation(models.Model):
    """Where a part of a payment's money went. From clearing first; from suspense when a case was settled."""

    append_only = True

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    source = models.CharField(max_length=8, choices=AllocationSource.choices)
    target = models.CharField(max_length=8, choices=AllocationTarget.choices)
    target_id = models.UUIDField()
    amount_vnd = models.BigIntegerField()
    ledger_transaction_id = models.UUIDField(db_index=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["target_id"], name="payments_allocation_target")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_allocation_amount"),
            models.UniqueConstraint(
                fields=["ledger_transaction_id", "target"], name="payments_allocation_once"
            ),
        ]


class SuspenseCase(models.Model):
    """Money on account 3388 under this id, until a person says whose it is."""

    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="cases")
    amount_vnd = models.BigIntegerField()
    reason = models.CharField(max_length=16, choices=SuspenseReason.choices)
    charge_id = models.UUIDField(null=True)
    state = models.CharField(max_length=6, choices=CaseState.choices, default=CaseState.OPEN)
    resolution = models.CharField(max_length=8, choices=Resolution.choices, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["opened_at"], name="payments_case_open", condition=Q(state="OPEN")),
            models.Index(
                fields=["-closed_at", "-id"], name="payments_case_closed_at", condition=Q(state="CLOSED")
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_case_amount"),
            models.CheckConstraint(
                condition=Q(state="OPEN", resolution="", closed_at__isnull=True)
                | (Q(state="CLOSED", closed_at__gte=F("opened_at")) & ~Q(resolution="")),
                name="payments_case_closed",
            ),
        ]


class CashSeries(models.Model):
    """The last receipt number of a unit in a year. Its row is locked while a receipt is written: no gaps."""

    unit_code = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit_code", "year"], name="payments_cash_series_once"),
        ]


class CashReceipt(models.Model):
    """Cash taken at a counter for one charge. Never changed but to void it, once; see migration 0005."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=100, unique=True)
    unit_code = models.CharField(max_length=20)
    charge_id = models.UUIDField(db_index=True)
    amount_vnd = models.BigIntegerField()
    payer_name = models.CharField(max_length=120)
    taken_by = models.CharField(max_length=80)
    taken_at = models.DateTimeField()
    business_date = models.DateField()
    ledger_transaction_id = models.UUIDField(unique=True)
    shift = models.ForeignKey("CashShift", null=True, on_delete=models.PROTECT, related_name="receipts")
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=80, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit_code", "business_date", "number"], name="payments_cash_day"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_cash_amount"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by="", void_reason="")
                | Q(voided_at__isnull=False, voided_by__gt="", void_reason__gt=""),
                name="payments_cash_void",
            ),
        ]
