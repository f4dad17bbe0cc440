"""Crews, slots, visits. What is personal (place, name, phone) stands in the visit's row and can be erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from motcua.fieldwork.states import Half, VisitKind, VisitStatus


class Crew(models.Model):
    """Two or more people who go together. A crew works for its unit and the units below it."""

    code = models.CharField(max_length=16, primary_key=True)
    name = models.CharField(max_length=80)
    unit_code = models.CharField(max_length=8, db_index=True)
    visits_per_half = models.PositiveSmallIntegerField(default=8)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(visits_per_half__gte=1), name="crew_has_time")]


class CrewMember(models.Model):
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, related_name="members")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff"], name="crew_member_of_one")]


class Slot(models.Model):
    """Half a day of the unit whose crews go: how many visits fit and how many are booked."""

    unit_code = models.CharField(max_length=8)
    date = models.DateField()
    half = models.CharField(max_length=2, choices=[(h.value, h.value) for h in Half])
    capacity = models.PositiveIntegerField()
    booked = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit_code", "date", "half"], name="slot_once"),
            models.CheckConstraint(condition=Q(booked__gte=0), name="slot_booked_not_negative"),
        ]


class Visit(models.Model):
    """One appointment at a place: exactly what `rules.apply` makes of its journal, and where and to whom."""

    id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=200, unique=True)
    request_id = models.UUIDField(db_index=True)
    request_number = models.CharField(max_length=20)
    unit_code = models.CharField(max_length=8)
    # of its journal
    seq = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in VisitKind])
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in VisitStatus])
    slot_unit = models.CharField(max_length=8)
    date = models.DateField()
    half = models.CharField(max_length=2, choices=[(h.value, h.value) for h in Half])
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    crew_code = models.CharField(max_length=16, blank=True)
    position = models.PositiveSmallIntegerField(null=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    moves = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=30, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # where and to whom
    code = models.CharField(max_length=8)
    place_text = models.CharField(max_length=400, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    contact_name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request_id"],
                condition=Q(status__in=["PLANNED", "ASSIGNED", "ON_THE_WAY"]),
                name="visit_one_open_a_request",
            ),
            models.CheckConstraint(condition=Q(window_end__gt=F("window_start")), name="visit_window"),
            models.CheckConstraint(
                condition=~Q(status__in=["ASSIGNED", "ON_THE_WAY"]) | ~Q(crew_code=""),
                name="visit_assigned_has_crew",
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="visit_attempt"),
        ]
        indexes = [
            models.Index(fields=["date", "crew_code", "half", "position"], name="visit_crew_day"),
            models.Index(fields=["slot_unit", "date"], name="visit_unit_day"),
        ]


class VisitEntry(models.Model):
    """The journal of a visit: codes and instants. Rows are never changed."""

    append_only = True

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=30)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "seq"], name="visit_entry_once"),
            models.UniqueConstraint(
                fields=["visit", "key"], condition=~Q(key=""), name="visit_entry_key_once"
            ),
        ]
