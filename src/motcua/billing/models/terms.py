"""What an account is billed by, as dated rows; and how a company, or a unit of it, runs its bills."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from motcua.billing.models.proposed import Proposed, decided_by_another
from motcua.config.dated import DateRange, one_at_a_time

__all__ = ["AccountTerms", "BillingPolicy", "DateRange"]


class AccountTerms(models.Model):
    """What holds for an account from a day to before another; accounts without a row are billed by their contract.

    `reading_days` are days of the month, up to three (31: the last one); none: the policy's. `factor` is that of the meter's
    transformers; `transformer_kva` is the size of a transformer that feeds this account alone (0: none). `purposes`
    share one meter: [{group, voltage, share}], share in hundredths of a per cent, together 10000;
    none: `price_group` and `voltage` alone.
    """

    account_code = models.CharField(max_length=13)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    price_group = models.CharField(max_length=40)
    voltage = models.CharField(max_length=24, blank=True)
    area = models.CharField(max_length=40, blank=True)
    quota_hundredths = models.PositiveIntegerField(default=100)
    is_undeclared = models.BooleanField(default=False)
    reading_days = ArrayField(models.PositiveSmallIntegerField(), size=3, default=list)
    factor = models.PositiveIntegerField(default=1)
    transformer_kva = models.PositiveIntegerField(default=0, db_default=0)
    pays_reactive = models.BooleanField(default=True)
    purposes = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["account_code", "valid_from"], name="terms_account")]
        constraints = [
            *one_at_a_time("terms", "account_code"),
            models.CheckConstraint(condition=Q(quota_hundredths__gte=1), name="terms_quota"),
            models.CheckConstraint(condition=Q(factor__gte=1), name="terms_factor"),
        ]


class BillingPolicy(models.Model):
    """How bills are run, from a day on; `unit_code` empty: the whole company where no unit has a row of its own.

    A use of more than `above_percent` over the last bill's daily average, or less than it by more than `below_percent`, is
    checked by a person. `days_around`: how far from the reading day a reading may lie. `asks_customers`: from so many days
    before the reading day (`own_days_before`) to so many after it customers may read their meters themselves.
    """

    unit_code = models.CharField(max_length=8, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reading_day = models.PositiveSmallIntegerField()
    days_around = models.PositiveSmallIntegerField()
    above_percent = models.PositiveSmallIntegerField()
    below_percent = models.PositiveSmallIntegerField()
    due_days = models.PositiveSmallIntegerField()
    estimate_cycles = models.PositiveSmallIntegerField()
    norm_rounding = models.CharField(max_length=8)
    asks_customers = models.BooleanField(default=True)
    own_days_before = models.PositiveSmallIntegerField(default=1)
    own_days_after = models.PositiveSmallIntegerField(default=1)
    source = models.CharField(max_length=400)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            *one_at_a_time("billing_policy", "unit_code"),
            models.CheckConstraint(
                condition=Q(reading_day__gte=1, reading_day__lte=31, days_around__lte=10, below_percent__lte=100),
                name="billing_policy_bounds",
            ),
            models.CheckConstraint(
                condition=Q(norm_rounding__in=("CIRCULAR", "NONE")), name="billing_policy_rounding"
            ),
        ]  # fmt: skip


class ProposalState(models.TextChoices):
    WAITING = "WAITING"
    HOLDS = "HOLDS"
    REFUSED = "REFUSED"


class PolicyProposal(Proposed):
    """How bills shall be run from a day on, until a second person agrees. `policy` has the fields of `BillingPolicy`."""

    id = models.UUIDField(primary_key=True)
    unit_code = models.CharField(max_length=8, blank=True)
    valid_from = models.DateField()
    policy = models.JSONField()
    source = models.CharField(max_length=400)
    state = models.CharField(max_length=7, choices=ProposalState.choices, default=ProposalState.WAITING)

    class Meta:
        constraints = decided_by_another(
            "policy_proposal", "unit_code", waiting="WAITING", agreed=Q(state="HOLDS")
        )


class TermsProposal(Proposed):
    """What an account shall be billed by from a day on, until a second person agrees. `terms` has the fields of
    `operations.NewTerms`, or nothing where its terms shall end (`ends`) and the contract alone shall be billed by; `reason` is
    the paper or the request it rests on.
    """

    id = models.UUIDField(primary_key=True)
    account_code = models.CharField(max_length=13)
    unit_code = models.CharField(max_length=8)
    valid_from = models.DateField()
    terms = models.JSONField()
    ends = models.BooleanField(default=False, db_default=False)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=7, choices=ProposalState.choices, default=ProposalState.WAITING)

    class Meta:
        indexes = [
            models.Index(
                fields=["unit_code", "proposed_at", "id"],
                condition=Q(state="WAITING"),
                name="terms_proposal_waiting",
            ),
            models.Index(fields=["account_code", "-proposed_at"], name="terms_proposal_account"),
        ]
        constraints = [
            *decided_by_another("terms_proposal", "account_code", waiting="WAITING", agreed=Q(state="HOLDS")),
            models.CheckConstraint(
                condition=Q(ends=False) | Q(ends=True, terms={}), name="terms_proposal_ends"
            ),
        ]
