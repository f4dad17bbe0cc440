"""A run: the bills of one unit and one reading day. What waits for it, what came of it, what a person must look at."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RunState(models.TextChoices):
    RUNNING = "RUNNING"
    DONE = "DONE"  # nothing waits; what is left are exceptions


class BillRun(models.Model):
    """All bills of a unit (and the units below it) that are read on a day. Run again, it takes what is missing."""

    id = models.UUIDField(primary_key=True)
    unit_code = models.CharField(max_length=8)
    reading_date = models.DateField()
    billing_month = models.DateField()
    state = models.CharField(max_length=7, choices=RunState.choices, default=RunState.RUNNING)
    passes = models.PositiveIntegerField(default=0)
    chunks = models.PositiveIntegerField(default=0)
    gathered = models.PositiveIntegerField(default=0)  # accounts of this pass
    done = models.PositiveIntegerField(default=0)  # of them, looked at
    not_due = models.PositiveIntegerField(default=0)  # of them, nothing to bill yet (hung on the day itself)
    bills = models.PositiveIntegerField(default=0)  # of all passes, as are the sums
    kwh = models.BigIntegerField(default=0)
    total_vnd = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit_code", "reading_date"], name="bill_run_once"),
            models.CheckConstraint(
                condition=Q(state="RUNNING", finished_at__isnull=True)
                | Q(state="DONE", finished_at__isnull=False),
                name="bill_run_finished",
            ),
        ]
        indexes = [models.Index(fields=["-reading_date", "unit_code"], name="bill_run_newest")]


class RunAccount(models.Model):
    """An account that waits in a run. A chunk takes its rows away in the transaction that writes their bills."""

    pk = models.CompositePrimaryKey("run_id", "account_code")
    run = models.ForeignKey(BillRun, on_delete=models.CASCADE, db_index=False, related_name="waiting")
    account_code = models.CharField(max_length=13)
    contract_id = models.BigIntegerField()
    period = models.PositiveSmallIntegerField()


class ExceptionState(models.TextChoices):
    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"  # somebody looked: it is so; billed by the next pass
    ESTIMATE = "ESTIMATE"  # the meter stood still or could not be read; billed by the average of past cycles
    REREAD = "REREAD"  # somebody is to read it again
    LEFT_OUT = "LEFT_OUT"  # no bill of this run
    SETTLED = "SETTLED"  # it has its bill


class RunException(models.Model):
    """Why an account has no bill in a run. `facts`: readings and kilowatt-hours found, the last bill's, the rule's words."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, on_delete=models.CASCADE, db_index=False, related_name="exceptions")
    account_code = models.CharField(max_length=13)
    unit_code = models.CharField(max_length=8)
    code = models.CharField(max_length=16)
    facts = models.JSONField(default=dict)
    kwh = models.BigIntegerField(null=True)
    state = models.CharField(max_length=9, choices=ExceptionState.choices, default=ExceptionState.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "account_code"], name="run_exception_once"),
            models.CheckConstraint(
                condition=Q(state__in=("OPEN", "SETTLED")) | Q(decided_at__isnull=False),
                name="run_exception_decided",
            ),
        ]
        indexes = [models.Index(fields=["run", "state", "code", "id"], name="run_exception_list")]
