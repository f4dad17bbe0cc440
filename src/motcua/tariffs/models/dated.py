"""Dated rates and fees. National: one truth in `public` for every company."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.config.dated import DateRange, one_at_a_time

__all__ = ["DateRange", "DatedRate", "DatedRow", "FeeFactor", "FeeItem", "ServiceLimit", "one_at_a_time"]


class DatedRow(models.Model):
    """What holds from a day to before another, says why, and remembers who put it in."""

    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=400)
    # True while the row is what our data file says; a row changed by a person is never overwritten by the
    # file.
    is_reference = models.BooleanField(default=False)
    changed_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class DatedRate(DatedRow):
    """A share of something: 0.08 is eight in a hundred."""

    national = True

    kind = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__regex=r"^[A-Z][A-Z0-9_]*$"), name="rate_kind_is_code"),
            models.CheckConstraint(condition=Q(value__gte=0), name="rate_not_negative"),
            *one_at_a_time("rate", "kind", once="rate_kind_period"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value} from {self.valid_from}"


class ServiceLimit(DatedRow):
    """How long a service may take by the rules of a time. `case` is empty, or what makes the time another (WORKS, TEST).

    `is_verified` is false as long as nobody has read the number in the text itself.
    """

    national = True

    service = models.CharField(max_length=20)
    case = models.CharField(max_length=20, blank=True)
    within = models.CharField(max_length=40)  # as a declaration writes it: "5 working days"
    rule_set = models.CharField(max_length=20)
    is_verified = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(service__regex=r"^[A-Z][A-Z0-9]*([_-][A-Z0-9]+)*$"), name="limit_service_is_code"
            ),
            models.CheckConstraint(
                condition=Q(within__regex=r"^[1-9][0-9]* (working )?(day|hour)s?$"),
                name="limit_within_is_span",
            ),
            *one_at_a_time("limit", "service", "case", once="limit_service_case_period"),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.case} {self.within} from {self.valid_from}"


class FeeItem(DatedRow):
    """An amount for one thing, before VAT. `is_configuration`: a default to replace, no legal price."""

    national = True

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160)
    measure = models.CharField(max_length=20, blank=True)
    amount_vnd = models.BigIntegerField()
    vat_kind = models.CharField(max_length=36, default="SERVICE")
    is_configuration = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z][A-Z0-9_]*$"), name="fee_code_is_code"),
            models.CheckConstraint(condition=Q(amount_vnd__gte=0), name="fee_not_negative"),
            *one_at_a_time("fee", "code", once="fee_code_period"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.amount_vnd} from {self.valid_from}"


class FeeFactor(DatedRow):
    """By how much a fee grows: with the distance (KM, from more than `above` kilometres) or in mountains and on islands."""

    national = True

    fee = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)
    above = models.PositiveSmallIntegerField(default=0)
    value = models.DecimalField(max_digits=6, decimal_places=3)
    confidence = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["KM", "MOUNTAIN"]), name="fee_factor_kind_known"),
            models.CheckConstraint(condition=Q(value__gt=0), name="fee_factor_positive"),
            *one_at_a_time("fee_factor", "fee", "kind", "above"),
        ]

    def __str__(self) -> str:
        return f"{self.fee} {self.kind} {self.above} x {self.value}"
