"""What keeps the books: closed periods, seals over what was booked; rates of interest and names of accounts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from motcua.ledger.models.booking import Account, Charge, LedgerTransaction


class PeriodKind(models.TextChoices):
    DAY = "DAY"
    MONTH = "MONTH"


class PeriodState(models.TextChoices):
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


class Period(models.Model):
    """A day or month that was closed: nothing is booked into it while its state says so. Closing again is a new row.

    `checks` is what the list of the close said and what the accountant wrote to it.
    """

    kind = models.CharField(max_length=5, choices=PeriodKind.choices)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=8, choices=PeriodState.choices, default=PeriodState.CLOSED)
    checks = models.JSONField()
    seal = models.ForeignKey("Seal", null=True, on_delete=models.PROTECT)
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=80)
    reopen_reason = models.CharField(max_length=300, blank=True)
    reopen_asked_at = models.DateTimeField(null=True)
    reopen_asked_by = models.CharField(max_length=80, blank=True)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "first_day"], name="ledger_period_once", condition=Q(state="CLOSED")
            ),
            models.CheckConstraint(
                condition=Q(kind="DAY", last_day=F("first_day")) | Q(kind="MONTH", last_day__gt=F("first_day")),
                name="ledger_period_days",
            ),
            models.CheckConstraint(
                condition=Q(state="CLOSED", reopened_at__isnull=True)
                | Q(state="REOPENED", reopened_at__isnull=False, reopen_asked_at__isnull=False)
                & ~Q(reopen_reason="")
                & ~Q(reopened_by=""),
                name="ledger_period_state_true",
            ),
            models.CheckConstraint(
                condition=Q(reopened_by="") | ~Q(reopened_by=F("reopen_asked_by")),
                name="ledger_period_four_eyes",
            ),
        ]  # fmt: skip


class Seal(models.Model):
    """A link of the chain over bookings: those numbered after `after_number` up to `up_to_number`, but for `missing`, and
    `late`, which an earlier seal missed. `digest` is over their content, `hash` over the seal before and this one.
    """

    append_only = True

    number = models.BigIntegerField(primary_key=True)
    after_number = models.BigIntegerField()
    up_to_number = models.BigIntegerField()
    missing = ArrayField(models.BigIntegerField())
    late = ArrayField(models.BigIntegerField())
    bookings = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["after_number"], name="ledger_seal_no_fork"),
            models.CheckConstraint(
                condition=Q(number__gte=1, after_number__lte=F("up_to_number")), name="ledger_seal_forward"
            ),
        ]


class LateRate(models.Model):
    """Interest for paying late: per cent a year from a day on, and where that is written."""

    valid_from = models.DateField(unique=True)
    percent_a_year = models.DecimalField(max_digits=6, decimal_places=3)
    days_of_year = models.PositiveSmallIntegerField(default=365)
    grace_days = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=300)
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(percent_a_year__gte=0, percent_a_year__lte=20, days_of_year__in=[360, 365]),
                name="ledger_late_rate_sound",
            ),
        ]


class AccountMapping(models.Model):
    """What an account of ours is called in the company's accounting software."""

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="mapping", primary_key=True
    )
    own_code = models.CharField(max_length=24)
    own_name = models.CharField(max_length=120, blank=True)
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(own_code__regex=r"^[0-9A-Za-z.\-]{1,24}$"), name="ledger_mapping_code"
            ),
        ]


class ReturnState(models.TextChoices):
    ASKED = "ASKED"
    DONE = "DONE"
    REFUSED = "REFUSED"


class DepositReturn(models.Model):
    """A part of a deposit that somebody proposes to give back; another person decides, and only then it is booked."""

    id = models.UUIDField(primary_key=True)
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="deposit_returns")
    amount_vnd = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=7, choices=ReturnState.choices, default=ReturnState.ASKED)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)
    transaction = models.OneToOneField(
        LedgerTransaction, null=True, on_delete=models.PROTECT, related_name="deposit_return"
    )

    class Meta:
        indexes = [
            models.Index(fields=["asked_at", "id"], name="ledger_return_asked", condition=Q(state="ASKED")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="ledger_return_amount"),
            models.CheckConstraint(
                condition=Q(state="ASKED", decided_by="", decided_at__isnull=True, transaction__isnull=True)
                | Q(state="REFUSED", decided_at__isnull=False, transaction__isnull=True)
                | Q(state="DONE", decided_at__isnull=False, transaction__isnull=False),
                name="ledger_return_state_true",
            ),
            models.CheckConstraint(condition=~Q(decided_by=F("asked_by")), name="ledger_return_four_eyes"),
        ]
