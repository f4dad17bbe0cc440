"""Who is supplied for what: contracts, those who pay or use beside the holder, stops, what was owed elsewhere."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from motcua.supply.models.periods import DayRange
from motcua.supply.models.places import ServicePoint


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
