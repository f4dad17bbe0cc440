"""Money that goes back: asked by one, approved by another, ordered at a bank, done when the statement says so."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class RefundWay(models.TextChoices):
    BANK = "BANK"  # a transfer of ours to an account the payer named
    BACK = "BACK"  # through the channel it came by
    CREDIT = "CREDIT"  # kept as the customer's credit


class RefundState(models.TextChoices):
    ASKED = "ASKED"
    APPROVED = "APPROVED"  # out of the customer's or the case's money; the bank has no order yet
    ORDERED = "ORDERED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"  # the bank did not do it: the money is back where it was


class RefundLimit(models.Model):
    """How much somebody of a role may approve, from a day on. A role without a row approves nothing; no row at all, no limit."""

    role = models.CharField(max_length=16)
    most_vnd = models.BigIntegerField()
    valid_from = models.DateField()
    changed_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "valid_from"], name="payments_refund_limit_once"),
            models.CheckConstraint(condition=Q(most_vnd__gte=0), name="payments_refund_limit_amount"),
        ]


class RefundOrder(models.Model):
    """A file of transfers for our bank (pain.001), made once; each refund stands in one at a time."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=35, unique=True)
    account = models.ForeignKey("payments.OwnAccount", on_delete=models.PROTECT, related_name="orders")
    count = models.PositiveIntegerField()
    total_vnd = models.BigIntegerField()
    document_id = models.UUIDField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)


class Refund(models.Model):
    """A part of a payment that goes back. Together never more than the payment brought: see migration `matching`."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=35, unique=True)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="refunds")
    case = models.ForeignKey(
        "payments.SuspenseCase", null=True, on_delete=models.PROTECT, related_name="refunds"
    )
    customer_id = models.UUIDField(null=True)
    amount_vnd = models.BigIntegerField()
    way = models.CharField(max_length=6, choices=RefundWay.choices)
    payee_name = models.CharField(max_length=140, blank=True)
    payee_account = models.CharField(max_length=34, blank=True)
    payee_bin = models.CharField(max_length=6, blank=True)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=RefundState.choices, default=RefundState.ASKED)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=200, blank=True)
    order = models.ForeignKey(RefundOrder, null=True, on_delete=models.PROTECT, related_name="refunds")
    line = models.OneToOneField(
        "payments.StatementLine", null=True, on_delete=models.PROTECT, related_name="refund"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-asked_at", "-id"], name="payments_refund_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_refund_positive"),
            models.CheckConstraint(condition=~Q(asked_by=F("decided_by")), name="payments_refund_four_eyes"),
            models.CheckConstraint(
                condition=Q(state="ASKED", decided_at__isnull=True, decided_by="")
                | (~Q(state="ASKED") & Q(decided_at__isnull=False, decided_by__gt="")),
                name="payments_refund_decided",
            ),
            models.CheckConstraint(
                condition=(Q(case__isnull=False) & ~Q(way="CREDIT")) | Q(customer_id__isnull=False),
                name="payments_refund_from",
            ),
            models.CheckConstraint(
                condition=~Q(way="BANK") | Q(payee_account__gt="", payee_bin__regex=r"^[0-9]{6}$"),
                name="payments_refund_payee",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(case__isnull=False) & ~Q(state__in=["REFUSED", "FAILED"]),
                name="payments_refund_case_once",
            ),
        ]
