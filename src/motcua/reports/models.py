"""Roll-ups. They stand in `public`, so that the group reads them without opening a company's schema."""

from __future__ import annotations

from django.db import models


class RollUp(models.Model):
    """Sums of one month for one combination of dimensions. A company writes its own rows only (row security)."""

    national = True
    company_writes = True

    company_code = models.CharField(max_length=12)
    month = models.DateField()
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
    trips = models.BigIntegerField(default=0)
    energised = models.BigIntegerField(default=0)
    energise_minutes = models.BigIntegerField(default=0)
    rated = models.BigIntegerField(default=0)
    rating_sum = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "company_code",
                    "month",
                    "unit_code",
                    "province_code",
                    "service_code",
                    "channel",
                    "reception",
                ],
                name="roll_up_once",
            )
        ]


class Contribution(models.Model):
    """What a request has added to the roll-ups so far, so that a change takes back exactly that."""

    request_id = models.UUIDField(primary_key=True)
    parts = models.JSONField()
