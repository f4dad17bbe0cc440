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
    RUN = "RUN"  # many charges raised together; each says in which one
    SETTLE = "SETTLE"
    CANCEL = "CANCEL"
    RECEIVE = "RECEIVE"
    CREDIT = "CREDIT"  # a corrected bill gives back
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
    """A stripe of an account's sums of a day. Kept by a trigger on postings; no code of ours writes it."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="balances", db_index=False)
    day = models.DateField()
    stripe = models.PositiveSmallIntegerField()
    debit_vnd = models.BigIntegerField(default=0)
    credit_vnd = models.BigIntegerField(default=0)
    postings = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "stripe"], name="ledger_balance_stripe"),
            models.CheckConstraint(
                condition=Q(debit_vnd__gte=0, credit_vnd__gte=0), name="ledger_balance_sign"
            ),
        ]


class Charge(models.Model):
    """What a customer owes for one thing. Amounts never change; only what was paid and the status do."""

    finder_may = ("SELECT (id, payment_code, account_code)",)

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=2, choices=[(kind, kind) for kind in codes.CHARGE_KINDS])
    payment_code = models.CharField(max_length=25)
    customer_id = models.UUIDField(null=True, db_index=True)
    request_id = models.UUIDField(null=True)
    account_code = models.CharField(max_length=13, blank=True)
    raised_in = models.ForeignKey(
        "LedgerTransaction", null=True, on_delete=models.PROTECT, related_name="raised_charges"
    )
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
        indexes = [
            models.Index(
                F("kind"),
                F("total_vnd") - F("paid_vnd"),
                name="ledger_charge_open",
                condition=Q(status="OPEN"),
            ),
            models.Index(fields=["created_at"], name="ledger_charge_issued", condition=Q(kind="TD")),
            models.Index(
                fields=["paid_at"], name="ledger_charge_paid", condition=Q(kind="TD", status="PAID")
            ),
            # most charges are of bills and have no request
            models.Index(
                fields=["request_id"], name="ledger_charge_request", condition=Q(request_id__isnull=False)
            ),
            models.Index(
                fields=["account_code", "created_at"],
                name="ledger_charge_account",
                condition=~Q(account_code=""),
            ),
        ]
        constraints = [
            # not `unique=True`: that makes a second index, for patterns that nobody asks by
            models.UniqueConstraint(fields=["payment_code"], name="ledger_charge_payment_code"),
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


def _next_number() -> models.Func:
    return models.Func(
        function="nextval('ledger_transaction_number')",
        template="%(function)s",
        output_field=models.BigIntegerField(),
    )


class LedgerTransaction(models.Model):
    """One booking. `content` is what the caller asked, by which a second call with the same key is
    compared; `number` counts what was booked, with gaps, in about its order: seals go by it.
    """

    append_only = True

    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField(unique=True, editable=False, db_default=_next_number())
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
    """One leg. `party_id` says whose money it is: a customer on 131 and 3387, a case on 3388; `day` is the booking's."""

    append_only = True

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings", db_index=False)
    day = models.DateField()
    side = models.CharField(max_length=1, choices=[(side.value, side.name) for side in Side])
    amount_vnd = models.BigIntegerField()
    party_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "party_id"],
                name="ledger_posting_party",
                condition=Q(party_id__isnull=False),
            ),
            models.Index(fields=["account", "day", "id"], name="ledger_posting_day"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="ledger_posting_positive"),
            models.CheckConstraint(condition=Q(side__in=["D", "C"]), name="ledger_posting_side"),
        ]
