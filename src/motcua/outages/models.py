"""Outages with their areas and journal; who reported or asked about one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motcua.outages.states import Cause, Kind, State

IS_RUNNING = Q(state__in=["OPEN", "ANNOUNCED"])


class Outage(models.Model):
    """One incident or planned interruption: exactly what `rules.apply` makes of its journal."""

    id = models.UUIDField(primary_key=True)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in Kind])
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in State])
    external_code = models.CharField(max_length=40, blank=True)  # of the plan it came from
    unit_code = models.CharField(max_length=8)
    place = models.CharField(max_length=400)  # in words, for customers
    cause = models.CharField(max_length=11, choices=[(c.value, c.value) for c in Cause])
    begins_at = models.DateTimeField()
    expected_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_code"], condition=~Q(external_code=""), name="outage_external_once"
            ),
            models.CheckConstraint(condition=~Q(place=""), name="outage_place"),
            models.CheckConstraint(
                condition=Q(expected_at__isnull=True) | Q(expected_at__gt=F("begins_at")),
                name="outage_expected_after",
            ),
            models.CheckConstraint(
                condition=Q(restored_at__isnull=True) | Q(restored_at__gte=F("begins_at")),
                name="outage_restored_after",
            ),
            models.CheckConstraint(
                condition=Q(state="RESTORED", restored_at__isnull=False)
                | (~Q(state="RESTORED") & Q(restored_at__isnull=True)),
                name="outage_restored_state",
            ),
            models.CheckConstraint(
                condition=Q(kind="PLANNED", expected_at__isnull=False)
                | Q(kind="INCIDENT", state__in=["OPEN", "RESTORED", "CANCELLED"]),
                name="outage_planned_has_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit_code", "begins_at", "id"], condition=IS_RUNNING, name="outage_running"
            ),
            models.Index(fields=["unit_code", "-begins_at", "id"], name="outage_recent"),
            models.Index(
                fields=["restored_at"], condition=Q(state="RESTORED"), name="outage_restored_recently"
            ),
        ]


class Area(models.Model):
    """A part of a unit that an outage covers: a commune, a station's customers, streets by their words, or all of it."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="areas")
    unit_code = models.CharField(max_length=8)
    commune = models.CharField(max_length=80, blank=True)
    commune_key = models.CharField(max_length=80, blank=True)
    station_code = models.CharField(max_length=40, blank=True)
    street = models.CharField(max_length=160, blank=True)
    words = models.CharField(max_length=160, blank=True)  # the street's, folded

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outage", "unit_code", "commune_key", "station_code", "words"],
                name="outage_area_once",
            )
        ]


class OutageEntry(models.Model):
    """The journal of an outage. Rows are never changed."""

    append_only = True

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=30)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outage", "seq"], name="outage_entry_once"),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="outage_entry_key_once"),
        ]


class Report(models.Model):
    """Somebody asked or reported from within an outage's area: told of it, and told again when the power is back."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="reports")
    key = models.CharField(max_length=100)  # who: a conversation, an account code
    conversation_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outage", "key"], name="outage_report_once")]
        indexes = [
            models.Index(
                fields=["outage", "id"],
                condition=Q(told_at__isnull=True, conversation_id__isnull=False),
                name="outage_report_untold",
            )
        ]
