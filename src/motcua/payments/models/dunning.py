"""Debt: the company's dated policy, who is spared, what was promised, each account's case and the steps taken."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class PolicyState(models.TextChoices):
    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    REFUSED = "REFUSED"


class DunningPolicy(models.Model):
    """When a notice goes and when electricity may be stopped, from a day on; proposed by one person, agreed by another.

    Without an agreed row nothing is done.
    """

    valid_from = models.DateField()
    notices = models.PositiveSmallIntegerField()
    first_days = models.PositiveSmallIntegerField()  # from the due day to the first notice
    gap_days = models.PositiveSmallIntegerField()  # between notices
    after_first_days = (
        models.PositiveSmallIntegerField()
    )  # from the first notice to the announcement, at least
    after_last_days = models.PositiveSmallIntegerField()  # from the last one
    announce_hours = models.PositiveSmallIntegerField()  # from the announcement to the stop, at least
    stop_from = models.TimeField()
    stop_to = models.TimeField()
    needs_working_day_after = models.BooleanField(default=True)
    least_owed_vnd = models.BigIntegerField(default=1)
    # what a customer may ask for alone: into how many parts at most, over how many days; 0: nothing
    promise_parts = models.PositiveSmallIntegerField(default=0)
    promise_days = models.PositiveSmallIntegerField(default=0)
    claim_days = models.PositiveSmallIntegerField(
        default=0
    )  # spared so long who says they have paid, once a case
    fee_first = models.BooleanField(default=True)  # the fee is paid before the reconnection
    fee_days = models.PositiveSmallIntegerField(default=15)  # else within so many days after it
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=12)
    changed_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=PolicyState.choices, default=PolicyState.PROPOSED)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["valid_from"], condition=Q(state="AGREED"), name="payments_dunning_one_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("changed_by")), name="payments_dunning_four_eyes"
            ),
            models.CheckConstraint(condition=Q(notices__gte=1), name="payments_dunning_notices"),
            models.CheckConstraint(condition=Q(stop_from__lt=F("stop_to")), name="payments_dunning_hours"),
            models.CheckConstraint(condition=Q(least_owed_vnd__gt=0), name="payments_dunning_least"),
            models.CheckConstraint(
                condition=Q(promise_parts=0) | Q(promise_parts__gte=2, promise_days__gte=F("promise_parts")),
                name="payments_dunning_promise",
            ),
        ]


class ExemptionReason(models.TextChoices):
    COMPLAINT = "COMPLAINT"
    HOSPITAL = "HOSPITAL"
    LIFE_SUPPORT = "LIFE_SUPPORT"
    STORM = "STORM"
    COURT = "COURT"
    PAID_SAID = "PAID_SAID"  # the customer says that they have paid: looked into
    OTHER = "OTHER"


class DunningExemption(models.Model):
    """An account that is spared for a while, why, and what shows it."""

    account_code = models.CharField(max_length=13, db_index=True)
    reason = models.CharField(max_length=12, choices=ExemptionReason.choices)
    note = models.CharField(max_length=200, blank=True)
    proof = models.CharField(max_length=200, blank=True)
    case = models.ForeignKey("DunningCase", on_delete=models.PROTECT, null=True, related_name="exemptions")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # the first day it no longer holds
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_by = models.CharField(max_length=80, blank=True)  # taken back before its last day
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(reason="PAID_SAID"), name="payments_exemption_said_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="payments_exemption_period",
            ),
        ]


class InstalmentPromise(models.Model):
    """To pay in parts: each part's last day and amount. While it is kept, nothing is done against the account."""

    id = models.UUIDField(primary_key=True)
    account_code = models.CharField(max_length=13)
    owed_vnd = models.BigIntegerField()
    parts = models.JSONField()
    state = models.CharField(max_length=6, default="OPEN")  # OPEN KEPT BROKEN
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_code"], condition=Q(state="OPEN"), name="payments_promise_one"
            ),
            models.CheckConstraint(condition=Q(owed_vnd__gt=0), name="payments_promise_owed"),
        ]


class DunningCase(models.Model):
    """An account that owes beyond its day: from its opening until nothing is overdue."""

    id = models.UUIDField(primary_key=True)
    account_code = models.CharField(max_length=13)
    unit_code = models.CharField(max_length=8)
    customer_id = models.UUIDField(null=True)
    overdue_since = models.DateTimeField()
    opened_at = models.DateTimeField()
    spared_at = models.DateTimeField(null=True)  # what was announced before is announced anew
    next_kind = models.CharField(max_length=8, blank=True)
    next_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], name="payments_dunning_due", condition=Q(closed_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account_code"], condition=Q(closed_at__isnull=True), name="payments_dunning_one"
            ),
        ]


class StepKind(models.TextChoices):
    NOTICE = "NOTICE"
    ANNOUNCE = "ANNOUNCE"
    STOP = "STOP"
    RECONNECT = "RECONNECT"


class StepState(models.TextChoices):
    TOLD = "TOLD"
    ORDERED = "ORDERED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class DunningStep(models.Model):
    """A step taken in a case. A notice is told; a stop and a reconnection are ordered, then done or cancelled."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(DunningCase, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=9, choices=StepKind.choices)
    turn = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=StepState.choices)
    batch = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    request_id = models.UUIDField(
        null=True
    )  # of the declared service that carries a stop or reconnection out
    request_ended_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["at"],
                name="payments_step_unsent",
                condition=Q(request_ended_at__isnull=True, kind__in=["STOP", "RECONNECT"]),
            ),
            models.Index(
                fields=["request_id"], name="payments_step_request", condition=Q(request_id__isnull=False)
            ),
            models.Index(fields=["kind", "at"], name="payments_step_ordered", condition=Q(state="ORDERED")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "turn"], name="payments_step_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["NOTICE", "ANNOUNCE"], state="TOLD")
                | (Q(kind__in=["STOP", "RECONNECT"]) & ~Q(state="TOLD")),
                name="payments_step_state",
            ),
        ]
