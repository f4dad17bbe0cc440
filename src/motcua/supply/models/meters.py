"""Meters: where each hung when, what it showed, and whether it counts right."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from motcua.supply.models.periods import InstantRange
from motcua.supply.models.places import ServicePoint


class MeterKind(models.TextChoices):
    ACTIVE = "ACTIVE"  # counts kWh, one register
    TIME_OF_USE = "TIME_OF_USE"  # counts kWh at normal, peak and off-peak hours
    REACTIVE = "REACTIVE"  # counts kvarh


class MeterStatus(models.TextChoices):
    STOCK = "STOCK"
    INSTALLED = "INSTALLED"
    REMOVED = "REMOVED"


class Meter(models.Model):
    """A meter by its serial; `unit_code` holds it in stock or serves the point where it hangs."""

    id = models.BigAutoField(primary_key=True)
    serial = models.CharField(max_length=24)
    kind = models.CharField(max_length=12, choices=MeterKind.choices, default=MeterKind.ACTIVE)
    phases = models.PositiveSmallIntegerField(default=1)
    digits = models.PositiveSmallIntegerField(default=6)
    unit_code = models.CharField(max_length=8)
    status = models.CharField(max_length=9, choices=MeterStatus.choices, default=MeterStatus.STOCK)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["serial"], name="meter_serial"),
            models.CheckConstraint(condition=Q(phases__in=(1, 3)), name="meter_phases"),
            models.CheckConstraint(condition=Q(digits__gte=4, digits__lte=9), name="meter_digits"),
        ]
        indexes = [models.Index(fields=["unit_code"], condition=Q(status="STOCK"), name="meter_stock")]


class Installation(models.Model):
    """A meter at a point for a period: nowhere else then, and no second one of its kind there."""

    id = models.BigAutoField(primary_key=True)
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="installations", db_index=False)
    service_point = models.ForeignKey(ServicePoint, on_delete=models.PROTECT, related_name="installations")
    is_reactive = models.BooleanField(default=False)
    installed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    first_reading = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    last_reading = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    seals = models.JSONField(default=list)
    installed_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="meter_in_one_place",
                expressions=[
                    (F("meter"), RangeOperators.EQUAL),
                    (InstantRange("installed_at", "removed_at"), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="point_has_one_meter",
                expressions=[
                    (F("service_point"), RangeOperators.EQUAL),
                    (InstantRange("installed_at", "removed_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_reactive=False),
            ),
            ExclusionConstraint(
                name="point_has_one_reactive_meter",
                expressions=[
                    (F("service_point"), RangeOperators.EQUAL),
                    (InstantRange("installed_at", "removed_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_reactive=True),
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__gt=F("installed_at")),
                name="installation_period",
            ),
        ]


class Register(models.TextChoices):
    KT = "KT"  # single rate
    BT = "BT"  # normal hours
    CD = "CD"  # peak
    TD = "TD"  # off-peak
    VC = "VC"  # reactive


class Reading(models.Model):
    """What a register showed at an instant, according to a source."""

    id = models.BigAutoField(primary_key=True)
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="readings", db_index=False)
    register = models.CharField(max_length=2, choices=Register.choices)
    at = models.DateTimeField()
    source = models.CharField(max_length=12)
    value_kwh = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meter", "register", "at", "source"], name="reading_once"),
            models.CheckConstraint(condition=Q(value_kwh__gte=0), name="reading_not_negative"),
        ]


class MeterVerdict(models.TextChoices):
    RIGHT = "RIGHT"
    WRONG = "WRONG"  # counts outside what is allowed
    BROKEN = "BROKEN"


class MeterCheck(models.Model):
    """What a check on the spot, or an independent test, found about a meter."""

    id = models.BigAutoField(primary_key=True)
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="checks")
    account_code = models.CharField(max_length=13)
    request_id = models.UUIDField(null=True)
    verdict = models.CharField(max_length=6, choices=MeterVerdict.choices)
    is_independent = models.BooleanField(default=False)
    error_percent = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    checked_at = models.DateTimeField()
    actor = models.CharField(max_length=80)
