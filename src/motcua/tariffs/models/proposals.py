"""A price decision that somebody enters and somebody else lets hold, and what it would change."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class ProposalState(models.TextChoices):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ProposalKind(models.TextChoices):
    DECISION = "DECISION"  # what everybody owes by
    TRIAL = "TRIAL"  # prices of groups on trial, beside the decision that holds


class PriceProposal(models.Model):
    """The next decision as it is being entered. `prices`: rows of `new_prices.NewPrice`. Approved, it is the tables' rows.

    The average of a trial is that of the decision beside which it is tried.
    """

    national = True

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=40)
    issued_on = models.DateField()
    average_vnd = models.DecimalField(max_digits=12, decimal_places=4)
    valid_from = models.DateField()
    source = models.CharField(max_length=400)
    confidence = models.CharField(max_length=200)
    prices = models.JSONField()
    kind = models.CharField(max_length=8, choices=ProposalKind.choices, default=ProposalKind.DECISION)
    state = models.CharField(max_length=9, choices=ProposalState.choices, default=ProposalState.DRAFT)
    entered_by = models.CharField(max_length=80)
    entered_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=~Q(state="REJECTED"), name="proposal_number_once"
            ),
            models.CheckConstraint(condition=Q(average_vnd__gt=0), name="proposal_average_positive"),
            models.CheckConstraint(condition=Q(kind__in=["DECISION", "TRIAL"]), name="proposal_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["DRAFT", "SUBMITTED"], decided_at__isnull=True)
                | Q(state__in=["APPROVED", "REJECTED"], decided_at__isnull=False),
                name="proposal_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="APPROVED") | ~Q(decided_by=F("entered_by")), name="proposal_four_eyes"
            ),
        ]


class PriceTrial(models.Model):
    """How far a company has rated a month's bills again with a proposal's prices; `reached` is the last bill done."""

    national = True
    company_writes = True

    proposal = models.ForeignKey(PriceProposal, on_delete=models.CASCADE, related_name="trials")
    company_code = models.CharField(max_length=12)
    month = models.DateField(null=True)
    bills = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    reached = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "company_code"], name="price_trial_once")]


class PriceEffect(models.Model):
    """What a proposal would have made of a company's bills of one month, by customer group; dong before VAT."""

    national = True
    company_writes = True

    trial = models.ForeignKey(PriceTrial, on_delete=models.CASCADE, related_name="effects")
    customer_group = models.CharField(max_length=40)
    bills = models.BigIntegerField(default=0)
    kwh = models.BigIntegerField(default=0)
    before_vnd = models.BigIntegerField(default=0)
    after_vnd = models.BigIntegerField(default=0)
    cheaper = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    dearer_to_5 = models.BigIntegerField(default=0)
    dearer_to_10 = models.BigIntegerField(default=0)
    dearer_above_10 = models.BigIntegerField(default=0)
    without_price = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial", "customer_group"], name="price_effect_once")]
