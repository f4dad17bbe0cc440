"""What customers say that their meters show, each with a photo."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class OwnReadingState(models.TextChoices):
    ASKED = "ASKED"  # far off: the customer is asked whether it is so
    TAKEN = "TAKEN"  # it is a reading
    WAITING = "WAITING"  # the customer says it is so: a person looks at the photo
    ACCEPTED = "ACCEPTED"  # somebody looked: it is a reading
    REFUSED = "REFUSED"  # somebody looked: it is none, and the customer is told why


class OwnReading(models.Model):
    """`shown` is what was typed, by register; the photo is the document of subject `own_reading` with this id."""

    id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=80, unique=True)
    account_code = models.CharField(max_length=13)
    unit_code = models.CharField(max_length=8)
    customer_id = models.UUIDField(db_index=True)
    serial = models.CharField(max_length=24)
    shown = models.JSONField()
    document_id = models.UUIDField()
    reading_day = models.DateField()  # the day of the bill run that it is for
    read_at = models.DateTimeField()
    kwh = models.BigIntegerField(null=True)  # what it would come to since the last bill
    last_kwh = models.BigIntegerField(null=True)
    doubt = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=8, choices=OwnReadingState.choices)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_code", "-read_at"], name="own_reading_account"),
            models.Index(fields=["unit_code", "state", "read_at"], name="own_reading_list"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state__in=("ACCEPTED", "REFUSED")) & Q(decided_at__isnull=False))
                | (~Q(state__in=("ACCEPTED", "REFUSED")) & Q(decided_at__isnull=True)),
                name="own_reading_decided",
            ),
            models.CheckConstraint(condition=~Q(state="REFUSED", reason=""), name="own_reading_refusal"),
        ]
