"""A bill that is put right: proposed with the reason, carried out by another person where money goes back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.billing.models.bills import Bill
from motcua.billing.models.proposed import Proposed, decided_by_another


class CorrectionKind(models.TextChoices):
    CANCEL = "CANCEL"  # nothing is owed for it
    REPLACE = "REPLACE"  # another bill of the period stands instead
    ADJUST = "ADJUST"  # it stands; another bill says the difference


class CorrectionState(models.TextChoices):
    PROPOSED = "PROPOSED"
    DONE = "DONE"
    REFUSED = "REFUSED"


class Rebilling(Proposed):
    """All bills of an account of a time, put right together: by one reason, by two people. `change` is what was wrong and what is
    right; `kind` REPLACE or ADJUST.
    """

    id = models.UUIDField(primary_key=True)
    account_code = models.CharField(max_length=13)
    unit_code = models.CharField(max_length=8)
    since = models.DateField()
    change = models.JSONField()
    kind = models.CharField(max_length=7, choices=CorrectionKind.choices)
    state = models.CharField(max_length=8, choices=CorrectionState.choices, default=CorrectionState.PROPOSED)
    bills = models.PositiveIntegerField()
    difference_vnd = models.BigIntegerField()
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = decided_by_another(
            "rebilling", "account_code", waiting="PROPOSED", agreed=Q(state="DONE")
        )
        indexes = [models.Index(fields=["unit_code", "state", "-proposed_at"], name="rebilling_list")]


class BillCorrection(Proposed):
    """What shall become of a bill. `case` is what should have been rated, as `motcua quote` takes it (several: a list);
    `difference_vnd` with tax: below zero is given back.
    """

    id = models.UUIDField(primary_key=True)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=7, choices=CorrectionKind.choices)
    state = models.CharField(max_length=8, choices=CorrectionState.choices, default=CorrectionState.PROPOSED)
    unit_code = models.CharField(max_length=8)
    case = models.JSONField(null=True)
    readings = models.JSONField(default=list)
    difference_vnd = models.BigIntegerField()
    gives_back = models.BooleanField()
    reason = models.CharField(max_length=300)
    new_bill_id = models.UUIDField(null=True)
    series = models.ForeignKey(Rebilling, null=True, on_delete=models.PROTECT, related_name="corrections")

    class Meta:
        constraints = [
            # four eyes where money goes back
            *decided_by_another(
                "correction", "bill", waiting="PROPOSED", agreed=Q(state="DONE", gives_back=True)
            ),
            models.CheckConstraint(
                condition=Q(kind="CANCEL", case__isnull=True) | (~Q(kind="CANCEL") & Q(case__isnull=False)),
                name="correction_case",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "state", "-proposed_at"], name="correction_list")]  # fmt: skip
