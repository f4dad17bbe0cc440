"""Accounts, transactions, postings, charges. What has been posted is never changed; see migration 0002."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motcua.kernel import codes
from motcua.ledger.chart import AccountKind, Side


class ChargeStatus(models.TextChoices):
    OPEN = "OPEN"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


class TransactionKind(models.TextChoices):
    RAISE = "RAISE"
    SETTLE = "SETTLE"
    CANCEL = "CANCEL"
    RECEIVE = "RECEIVE"
    TRANSFER = "TRANSFER"
    REVERSE = "REVERSE"


class Account(models.Model):
    """An account of the chart. `stripes` is over how many rows its balance is spread, so that no row is
    hot.
    """

    code = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in AccountKind])
    normal_side = models.CharField(max_length=1, choices=[(side.value, side.name) for side in Side])
    name = models.CharField(max_length=120)
    charge_kind = models.CharField(max_length=2, blank=True)
    stripes = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stripes__gte=1), name="ledger_account_stripes"),
            models.CheckConstraint(condition=Q(normal_side__in=["D", "C"]), name="ledger_account_side"),
        ]


class AccountBalance(models.Model):
    """A stripe of an account's running sums. Kept by a trigger on postings; no code of ours writes it."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="balances")
    stripe = models.PositiveSmallIntegerField()
    debit_vnd = models.BigIntegerField(default=0)
    credit_vnd = models.BigIntegerField(default=0)
    postings = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "stripe"], name="ledger_balance_stripe"),
            models.CheckConstraint(
                condition=Q(debit_vnd__gte=0, credit_vnd__gte=0), name="ledger_balance_sign"
            ),
        ]


class Charge(models.Model):
    """What a customer owes for one thing. Amounts never change; only what was paid and the status do."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=2, choices=[(kind, kind) for kind in codes.CHARGE_KINDS])
    payment_code = models.CharField(max_length=25, unique=True)
    customer_id = models.UUIDField(null=True, db_index=True)
    request_id = models.UUIDField(null=True, db_index=True)
    unit_code = models.CharField(max_length=8)
    description = models.CharField(max_length=200, blank=True)
    net_vnd = models.BigIntegerField()
    vat_rate = models.DecimalField(max_digits=5, decimal_places=4)
    vat_vnd = models.BigIntegerField()
    total_vnd = models.BigIntegerField()
    paid_vnd = models.BigIntegerField(default=0)
    status = models.CharField(max_length=9, choices=ChargeStatus.choices, default=ChargeStatus.OPEN)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind"], name="ledger_charge_open", condition=Q(status="OPEN"))]
        constraints = [
            models.CheckConstraint(condition=Q(net_vnd__gt=0, vat_vnd__gte=0), name="ledger_charge_amounts"),
            models.CheckConstraint(
                condition=Q(total_vnd=F("net_vnd") + F("vat_vnd")), name="ledger_charge_total"
            ),
            models.CheckConstraint(
                condition=Q(vat_rate__gte=0, vat_rate__lt=1), name="ledger_charge_vat_rate"
            ),
            models.CheckConstraint(
                condition=Q(paid_vnd__gte=0, paid_vnd__lte=F("total_vnd")), name="ledger_charge_paid_once"
            ),
            models.CheckConstraint(
                condition=Q(status="PAID", paid_vnd=F("total_vnd"), paid_at__isnull=False)
                | Q(status="OPEN", paid_vnd__lt=F("total_vnd"), paid_at__isnull=True)
                | Q(status="CANCELLED", paid_vnd=0, paid_at__isnull=True, cancelled_at__isnull=False),
                name="ledger_charge_status_true",
            ),
        ]


class LedgerTransaction(models.Model):
    """One booking. `content` is what the caller asked, by which a second call with the same key is
    compared.
    """

    append_only = True

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=8, choices=TransactionKind.choices)
    key = models.CharField(max_length=160)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    outcome = models.JSONField()
    charge = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="transactions")
    at = models.DateTimeField()
    business_date = models.DateField(db_index=True)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    total_vnd = models.BigIntegerField()
    posting_count = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_transaction_key"),
            models.CheckConstraint(
                condition=Q(total_vnd__gt=0, posting_count__gte=2), name="ledger_transaction_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(kind="REVERSE", reverses__isnull=False)
                | (~Q(kind="REVERSE") & Q(reverses__isnull=True)),
                name="ledger_transaction_reverses",
            ),
        ]


class Posting(models.Model):
    """One leg. `party_id` says whose money it is: a customer on 131 and 3387, a case on 3388."""

    append_only = True

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    side = models.CharField(max_length=1, choices=[(side.value, side.name) for side in Side])
    amount_vnd = models.BigIntegerField()
    party_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "party_id"],
                name="ledger_posting_party",
                condition=Q(party_id__isnull=False),
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="ledger_posting_positive"),
            models.CheckConstraint(condition=Q(side__in=["D", "C"]), name="ledger_posting_side"),
        ]
