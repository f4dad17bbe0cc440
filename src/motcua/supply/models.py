"""Places, points, meters, contracts, readings. All of it is a company's own; customers are known by id."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q


class InstantRange(Func):
    """[from, to) as a range, for exclusion constraints."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


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


class Purpose(models.TextChoices):
    """What the electricity is for; it decides the price."""

    RESIDENTIAL = "RESIDENTIAL"
    PRODUCTION = "PRODUCTION"
    BUSINESS = "BUSINESS"
    SCHOOL_HOSPITAL = "SCHOOL_HOSPITAL"
    PUBLIC = "PUBLIC"


class ContractStatus(models.TextChoices):
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class Contract(models.Model):
    """Who is supplied, at which (first) point, for what. The account code is what customers know."""

    finder_may = ("SELECT (account_code)",)

    id = models.BigAutoField(primary_key=True)
    account_code = models.CharField(max_length=13)
    customer_id = models.UUIDField(db_index=True)
    service_point = models.ForeignKey(
        ServicePoint, on_delete=models.PROTECT, related_name="contracts", db_index=False
    )
    number = models.CharField(max_length=40, blank=True)
    signed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True)  # the last day of a contract for a time; None: without an end
    purpose = models.CharField(max_length=24)
    quota = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=6, choices=ContractStatus.choices, default=ContractStatus.ACTIVE)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_code"], name="contract_account_code"),
            models.UniqueConstraint(
                fields=["service_point"], condition=Q(status="ACTIVE"), name="point_has_one_contract"
            ),
            models.CheckConstraint(condition=Q(quota__gte=1), name="contract_quota"),
            models.CheckConstraint(
                condition=Q(status="ACTIVE", ended_at__isnull=True)
                | Q(status="ENDED", ended_at__isnull=False),
                name="contract_ended_at",
            ),
        ]


class DayRange(Func):
    """The days from one to before another, for exclusion constraints."""

    function = "daterange"
    output_field = DateRangeField()


class PartRole(models.TextChoices):
    """What somebody is to an account beside its holder, whom the contract names."""

    PAYER = "PAYER"
    USER = "USER"
    AUTHORISED = "AUTHORISED"


class AccountRole(models.Model):
    """What a customer is to an account code, from a day to before another. One pays at a time; many may use."""

    id = models.UUIDField(primary_key=True)
    account_code = models.CharField(max_length=13)
    customer_id = models.UUIDField(db_index=True)
    role = models.CharField(max_length=10, choices=PartRole.choices)
    reason = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="account_role_period",
            ),
            ExclusionConstraint(
                name="account_role_once",
                expressions=[
                    (F("account_code"), RangeOperators.EQUAL),
                    (F("customer_id"), RangeOperators.EQUAL),
                    (F("role"), RangeOperators.EQUAL),
                    (DayRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="account_has_one_payer",
                expressions=[
                    (F("account_code"), RangeOperators.EQUAL),
                    (DayRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(role="PAYER"),
            ),
        ]
        indexes = [models.Index(fields=["account_code"], name="account_role_account")]


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


class Balance(models.Model):
    """What an account owed (or, negative, had to its credit) on a day, as another system told us."""

    finder_may = ("SELECT (account_code)",)

    id = models.BigAutoField(primary_key=True)
    account_code = models.CharField(max_length=13)
    amount_vnd = models.BigIntegerField()
    as_of = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_code"], name="balance_account")]


class AccountCounter(models.Model):
    """The last serial given under a prefix of account codes; its row is the lock for the next one."""

    prefix = models.CharField(max_length=6, primary_key=True)
    last_serial = models.PositiveIntegerField()


class ConnectionRecord(models.Model):
    """That a key connected something: the same key gets the same answer, and nothing is connected twice."""

    key = models.CharField(max_length=80, primary_key=True)
    request_id = models.UUIDField(null=True)
    asked_sha256 = models.CharField(max_length=64)
    result = models.JSONField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request_id"], condition=Q(request_id__isnull=False), name="connection_request_once"
            ),
        ]


class CapacityChange(models.Model):
    """Capacity, phases or meter of a point became others."""

    key = models.CharField(max_length=80, primary_key=True)
    service_point = models.ForeignKey(ServicePoint, on_delete=models.PROTECT, related_name="capacity_changes")
    request_id = models.UUIDField(null=True)
    asked_sha256 = models.CharField(max_length=64)
    old_capacity_kw = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    new_capacity_kw = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    old_phases = models.PositiveSmallIntegerField()
    new_phases = models.PositiveSmallIntegerField()
    old_meter_serial = models.CharField(max_length=24, blank=True)
    new_meter_serial = models.CharField(max_length=24, blank=True)
    effective_at = models.DateTimeField()
    actor = models.CharField(max_length=80)


class ContractChangeKind(models.TextChoices):
    HOLDER = "HOLDER"
    TERMS = "TERMS"
    ENDED = "ENDED"
    STOPPED = "STOPPED"
    RESTORED = "RESTORED"
    MOVED = "MOVED"
    CHECKED = "CHECKED"


class ContractChange(models.Model):
    """What an act made of a contract, with what was before; its key makes the act happen once."""

    key = models.CharField(max_length=80, primary_key=True)
    account_code = models.CharField(max_length=13)
    kind = models.CharField(max_length=8, choices=ContractChangeKind.choices)
    request_id = models.UUIDField(null=True)
    asked_sha256 = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    effective_at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account_code", "effective_at"], name="contract_change_account")]


class SupplyStop(models.Model):
    """A time without electricity at a point. `stopped_at` is missing when another system kept the beginning."""

    id = models.BigAutoField(primary_key=True)
    service_point = models.ForeignKey(
        ServicePoint, on_delete=models.PROTECT, related_name="stops", db_index=False
    )
    account_code = models.CharField(max_length=13)
    reason = models.CharField(max_length=12)
    stopped_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service_point"], condition=Q(restored_at__isnull=True), name="point_stopped_once"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=False) | Q(restored_at__isnull=False),
                name="supply_stop_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True)
                | Q(restored_at__isnull=True)
                | Q(restored_at__gte=F("stopped_at")),
                name="supply_stop_period",
            ),
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


class ImportedLine(models.Model):
    """A line of an import by its key (hash of account, point, register) and the hash of what it said.

    A line that says the same again is left alone, so that what was changed here since is not undone.
    """

    key = models.BinaryField(primary_key=True, max_length=16)
    fingerprint = models.BinaryField(max_length=16)
    imported_at = models.DateTimeField()
