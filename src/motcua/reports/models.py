"""Roll-ups, targets, closed months stand in `public`, so that the group reads them without opening a company's schema."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from motcua.reports.money.models import MoneyDay, MoneyDebt, MoneyPayers, MoneyReach

__all__ = ["MoneyDay", "MoneyDebt", "MoneyPayers", "MoneyReach"]


class Sums(models.Model):
    """Sums for one combination of dimensions. A company writes its own rows only (row security)."""

    company_code = models.CharField(max_length=12)
    unit_code = models.CharField(max_length=8)
    province_code = models.CharField(max_length=2, blank=True)
    service_code = models.CharField(max_length=20)
    channel = models.CharField(max_length=12)
    reception = models.CharField(max_length=10)
    received = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)
    fully_online = models.BigIntegerField(default=0)
    on_time = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    late_company = models.BigIntegerField(default=0)
    late_customer = models.BigIntegerField(default=0)
    late_third_party = models.BigIntegerField(default=0)
    late_unexplained = models.BigIntegerField(default=0)
    trips = models.BigIntegerField(default=0)
    energised = models.BigIntegerField(default=0)
    energise_minutes = models.BigIntegerField(default=0)
    rated = models.BigIntegerField(default=0)
    rating_sum = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


KEY = ["unit_code", "province_code", "service_code", "channel", "reception"]


class RollUp(Sums):
    """Sums of one month."""

    national = True
    company_writes = True

    month = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company_code", "month", *KEY], name="roll_up_once")]


class DayRollUp(Sums):
    """Sums of one day, for windows that are no whole months and for lines over days."""

    national = True
    company_writes = True

    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company_code", "day", *KEY], name="day_roll_up_once")]


class Contribution(models.Model):
    """What a request has added to the roll-ups so far, so that a change takes back exactly that.

    `seq`: up to which entry of its journal; 0 means counted before there were roll-ups by day (parts by month alone).
    """

    request_id = models.UUIDField(primary_key=True)
    parts = models.JSONField()
    seq = models.PositiveIntegerField(default=0)


class Target(models.Model):
    """What a figure should come to, who says so and for what. A row is never changed: a later one of the same key counts."""

    national = True
    company_writes = True
    append_only = True

    id = models.UUIDField(primary_key=True)
    owner_code = models.CharField(max_length=12)  # who sets it: a company, or the group
    figure = models.CharField(max_length=20)
    company_code = models.CharField(max_length=12, blank=True)  # for whom; empty: the country
    unit_code = models.CharField(max_length=8, blank=True)
    starts = models.DateField()
    ends = models.DateField()  # the first day after
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)  # nothing: withdrawn
    reach_by = models.DateField(null=True)
    set_by = models.CharField(max_length=80)
    set_by_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="target_window"),
            models.CheckConstraint(
                condition=Q(reach_by__isnull=True) | Q(reach_by__gte=F("starts")), name="target_reach_by"
            ),
            models.CheckConstraint(
                condition=Q(unit_code="") | ~Q(company_code=""), name="target_unit_of_company"
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner_code", "figure", "company_code", "unit_code", "starts", "ends", "-at"],
                name="target_key",
            )
        ]


class MonthClose(models.Model):
    """The figures of a month as published: sums of the company and of each unit, frozen. A new edition says why."""

    national = True
    company_writes = True
    append_only = True

    company_code = models.CharField(max_length=12)
    month = models.DateField()
    edition = models.PositiveSmallIntegerField()
    sums = models.JSONField()
    by_unit = models.JSONField()
    measures = models.JSONField()  # those that were published: a measure that came later was not restated
    reason = models.TextField(blank=True)
    closed_by = models.CharField(max_length=80)
    closed_by_name = models.CharField(max_length=120)
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_code", "month", "edition"], name="month_close_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="month_close_first_day"),
            models.CheckConstraint(condition=Q(edition=1) | ~Q(reason=""), name="month_close_reason"),
        ]


class Restatement(models.Model):
    """A closed month's sums moved: by which request, by what happened to it, and by how much in each unit."""

    append_only = True

    month = models.DateField()
    edition = models.PositiveSmallIntegerField()  # of the published figures that it moves away from
    request_id = models.UUIDField()
    number = models.CharField(max_length=20)
    events = models.JSONField()
    changes = models.JSONField(encoder=DjangoJSONEncoder)  # unit: {measure: by how much}
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["month", "-at", "-id"], name="restatement_month")]
