"""Changes of the rules that money goes by, each proposed by one person and agreed to by another."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class RuleKind(models.TextChoices):
    SETTLEMENT = "SETTLEMENT"  # how a channel's money reaches an account
    REFUND_LIMIT = "REFUND_LIMIT"  # how much a role may approve
    SHEET = "SHEET"  # how a bank's or wallet's own sheet is read


class ProposalState(models.TextChoices):
    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    REFUSED = "REFUSED"


class RuleProposal(models.Model):
    """One change, as it was checked when it was proposed; in force from its day on once a second person agreed."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=RuleKind.choices)
    data = models.JSONField()
    state = models.CharField(max_length=8, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-proposed_at"], name="payments_rule_proposal_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="PROPOSED", decided_at__isnull=True, decided_by="")
                | Q(
                    ~Q(state="PROPOSED"),
                    ~Q(decided_by=F("proposed_by")),
                    decided_at__isnull=False,
                    decided_by__gt="",
                ),
                name="payments_rule_four_eyes",
            ),
        ]
