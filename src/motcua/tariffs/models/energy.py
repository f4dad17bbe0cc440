"""What electricity costs by the state's decisions: whole dong a kilowatt-hour before VAT, each row with its days,
its source and how sure we are of it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motcua.tariffs.book import Basis, Part
from motcua.tariffs.models.dated import DatedRow, one_at_a_time


class PriceDecision(DatedRow):
    """A decision of the ministry: its number, the average price it sets, the days it holds."""

    national = True

    number = models.CharField(max_length=40)
    issued_on = models.DateField()
    average_vnd = models.DecimalField(max_digits=12, decimal_places=4)
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(average_vnd__gt=0), name="decision_average_positive"),
            *one_at_a_time("decision"),
        ]

    def __str__(self) -> str:
        return f"{self.number} from {self.valid_from}"


class VoltageLevel(DatedRow):
    """A class of voltages: from `from_kv`, to before `below_kv` (none: all above). A bus bar of a zone has a name of its own."""

    national = True

    code = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    from_kv = models.DecimalField(max_digits=7, decimal_places=3)
    below_kv = models.DecimalField(max_digits=7, decimal_places=3, null=True)
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(below_kv__isnull=True) | Q(below_kv__gt=F("from_kv")), name="voltage_not_empty"
            ),
            *one_at_a_time("voltage", "code"),
        ]

    def __str__(self) -> str:
        return self.code


class EnergyPrice(DatedRow):
    """One price of one group. `voltage` is empty where all voltages pay the same.

    A tier has its number and how many kilowatt-hours of a month and a household it takes (none: all that are left). The
    price of capacity is that of a kilowatt and a month.
    """

    national = True

    decision = models.CharField(max_length=40)
    customer_group = models.CharField(max_length=40)
    voltage = models.CharField(max_length=24, blank=True)
    part = models.CharField(max_length=12)
    tier = models.PositiveSmallIntegerField(default=0)
    width_kwh = models.PositiveIntegerField(null=True)
    price_vnd = models.PositiveIntegerField()
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(part__in=[part.value for part in Part]), name="price_part_known"
            ),
            models.CheckConstraint(
                condition=Q(part=Part.TIER.value, tier__gt=0)
                | (~Q(part=Part.TIER.value) & Q(tier=0, width_kwh__isnull=True)),
                name="price_tier_is_numbered",
            ),
            models.CheckConstraint(
                condition=Q(width_kwh__isnull=True) | Q(width_kwh__gt=0), name="price_width_positive"
            ),
            models.CheckConstraint(condition=Q(price_vnd__gt=0), name="price_positive"),
            *one_at_a_time("price", "customer_group", "voltage", "part", "tier"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_group} {self.voltage} {self.part} {self.tier or ''} {self.price_vnd}"


class Relief(DatedRow):
    """So much off a group's prices for a time: of bills of these months, or of what was used on these days.

    `tiers_to` n: the first n tiers alone. `from_kwh` and `to_kwh`: bills of so many kilowatt-hours alone, both
    included. `area` is empty where it holds everywhere; else a place, or a kind of place (TOURIST_LODGING). With
    `price_group` another group's prices stand in for the own ones, at the same voltage and hours, less the percentage.
    """

    national = True

    code = models.CharField(max_length=40)
    customer_group = models.CharField(max_length=40)
    area = models.CharField(max_length=40, blank=True)
    price_group = models.CharField(max_length=40, blank=True)
    basis = models.CharField(max_length=12)
    tiers_to = models.PositiveSmallIntegerField(null=True)
    from_kwh = models.PositiveIntegerField(default=0)
    to_kwh = models.PositiveIntegerField(null=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(basis__in=[basis.value for basis in Basis]), name="relief_basis_known"
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100) | ~Q(price_group="") & Q(percent=0),
                name="relief_percent",
            ),
            models.CheckConstraint(
                condition=Q(price_group="") | Q(tiers_to__isnull=True, from_kwh=0, to_kwh__isnull=True),
                name="relief_lends_all",
            ),
            models.CheckConstraint(
                condition=Q(to_kwh__isnull=True) | Q(to_kwh__gte=F("from_kwh")), name="relief_kwh"
            ),
            *one_at_a_time("relief", "customer_group", "area", "from_kwh"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.customer_group} {self.percent} %"


class PricesOnTrial(DatedRow):
    """Prices of `trial_group` that are worked out beside the real ones of `customer_group`, on paper: nobody owes by them.

    For customers who use `from_kwh` a month or more, and are fed at `from_kv` or above.
    """

    national = True

    code = models.CharField(max_length=40)
    customer_group = models.CharField(max_length=40)
    trial_group = models.CharField(max_length=40)
    from_kwh = models.PositiveIntegerField()
    from_kv = models.DecimalField(max_digits=7, decimal_places=3)
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(trial_group=F("customer_group")) & ~Q(trial_group=""),
                name="trial_is_another_group",
            ),
            *one_at_a_time("price_trial", "code", "customer_group"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.customer_group} {self.trial_group}"


class ThreePriceRule(DatedRow):
    """Who of a group must be billed by three prices: everybody (`is_always`), who has a transformer of their own of `from_kva` or
    more, who uses `from_kwh` a month or more on average over `months` consecutive months.
    """

    national = True

    customer_group = models.CharField(max_length=40)
    is_always = models.BooleanField(default=False)
    from_kva = models.PositiveIntegerField(null=True)
    from_kwh = models.PositiveIntegerField(null=True)
    months = models.PositiveSmallIntegerField(null=True)
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_kwh__isnull=True, months__isnull=True)
                | Q(from_kwh__isnull=False, months__gte=1),
                name="three_prices_months",
            ),
            *one_at_a_time("three_prices", "customer_group"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_group} {self.from_kva} {self.from_kwh}"


class ReactiveRate(DatedRow):
    """What is added for a power factor from `cosphi` up to the next row's, in per cent of the active energy's amount."""

    national = True

    cosphi = models.DecimalField(max_digits=3, decimal_places=2)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cosphi__gte=0, cosphi__lte=1), name="reactive_cosphi"),
            models.CheckConstraint(condition=Q(percent__gte=0), name="reactive_not_negative"),
            *one_at_a_time("reactive", "cosphi"),
        ]

    def __str__(self) -> str:
        return f"{self.cosphi}: {self.percent} %"


class UseHours(DatedRow):
    """Hours of a schedule that are peak or off-peak; the rest are normal. `ends` before `starts` goes past midnight."""

    national = True

    schedule = models.CharField(max_length=20)
    part = models.CharField(max_length=12)
    on_sundays = models.BooleanField()
    starts = models.TimeField()
    ends = models.TimeField()
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(part__in=[Part.OFF_PEAK.value, Part.PEAK.value]), name="hours_part_known"
            ),
            *one_at_a_time("hours", "schedule", "part", "starts"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.part} {self.starts}"
