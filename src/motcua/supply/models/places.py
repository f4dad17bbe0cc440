"""Where somebody wants or has electricity, and the points at which it is delivered."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Func, Q

# The folded words of texts, as `kernel.vietnamese.tokens` makes them, for an index and for whoever asks by it.
FOLDED_WORDS = """array_to_tsvector(string_to_array(btrim(regexp_replace(lower(translate(regexp_replace(normalize(
    {texts}, NFKD), '[\\u0300-\\u036f]', '', 'g'), 'Đđ', 'Dd')), '[^a-z0-9]+', ' ', 'g')), ' '))"""
PLACE_TEXTS = (
    "text", "house", "street", "hamlet", "commune", "district", "old_commune", "old_district", "new_commune", "pole_number",
)  # fmt: skip


class PlaceWords(Func):
    """What a place is found by: all its names, old and new."""

    template = FOLDED_WORDS.format(texts="%(expressions)s")
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()


class Place(models.Model):
    """Where somebody wants or has electricity. `text` is what was given and is kept for ever.

    `province_code`, `district`, `commune` are as given on `given_on`; the old triple (with a district) and
    the new pair are kept beside them as far as they are known, because codes and names changed their meaning
    in 2025.
    """

    id = models.UUIDField(primary_key=True)
    text = models.CharField(max_length=400)
    given_on = models.DateField()
    province_code = models.CharField(max_length=2, blank=True)
    district = models.CharField(max_length=80, blank=True)
    commune = models.CharField(max_length=80, blank=True)
    old_province_code = models.CharField(max_length=2, blank=True)
    old_district = models.CharField(max_length=80, blank=True)
    old_commune = models.CharField(max_length=80, blank=True)
    new_province_code = models.CharField(max_length=2, blank=True)
    new_commune = models.CharField(max_length=80, blank=True)
    hamlet = models.CharField(max_length=120, blank=True)
    street = models.CharField(max_length=160, blank=True)
    house = models.CharField(max_length=60, blank=True)
    pole_number = models.CharField(max_length=40, blank=True)
    neighbour_account_code = models.CharField(max_length=13, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(house="")
                | ~Q(street="")
                | ~Q(hamlet="")
                | ~Q(pole_number="")
                | ~Q(neighbour_account_code="")
                | Q(lat__isnull=False),
                name="place_can_be_found",
            ),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True)
                | Q(lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
                name="place_pin",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="place_text"),
        ]
        indexes = [
            models.Index(fields=["lat", "lon"], condition=Q(lat__isnull=False), name="place_by_pin"),
            models.Index(
                fields=["neighbour_account_code"],
                condition=~Q(neighbour_account_code=""),
                name="place_by_neighbour",
            ),
            GinIndex(PlaceWords(*PLACE_TEXTS), name="place_words"),
        ]


class ServicePoint(models.Model):
    """A metering point: account code and three digits. Where it hangs, which unit serves it."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=20)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="service_points")
    account_code = models.CharField(max_length=13)
    unit_code = models.CharField(max_length=8)
    pole_number = models.CharField(max_length=40, blank=True)
    station_code = models.CharField(max_length=40, blank=True)
    phases = models.PositiveSmallIntegerField()
    capacity_kw = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="service_point_code"),
            models.CheckConstraint(condition=Q(phases__in=(1, 3)), name="service_point_phases"),
            models.CheckConstraint(
                condition=Q(capacity_kw__isnull=True) | Q(capacity_kw__gt=0), name="service_point_capacity"
            ),
        ]
        indexes = [
            models.Index(fields=["account_code"], name="service_point_account"),
            models.Index(fields=["pole_number"], condition=~Q(pole_number=""), name="service_point_pole"),
        ]
