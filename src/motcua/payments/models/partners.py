"""Banks that may call: their keys, what they asked and were answered, limits, cut-offs, reservations, days compared."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Partner(models.Model):
    """A bank that may call this company; at the group's host, one that may call for every company."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=120)
    bank = models.CharField(max_length=16)
    is_active = models.BooleanField(default=True)
    calls_per_minute = models.PositiveIntegerField(default=6000)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(bank__regex=r"^[A-Z0-9]{2,16}$"), name="payments_partner_bank"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9-]{2,20}$"), name="payments_partner_code"
            ),
            models.CheckConstraint(condition=Q(calls_per_minute__gt=0), name="payments_partner_limit"),
        ]


class KeyKind(models.TextChoices):
    HMAC = "HMAC"  # one secret on both sides, stored sealed
    ED25519 = "ED25519"  # the bank's public key; ours is derived from the installation's


class PartnerKey(models.Model):
    """What a bank signs with, for the period [valid_from, valid_to). Two may be valid at once, so that keys can change."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=8, choices=KeyKind.choices)
    secret_sealed = models.BinaryField(default=b"")
    public_key = models.CharField(max_length=64, blank=True)
    is_sandbox = models.BooleanField(default=False)
    needs_nonce = models.BooleanField(default=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="HMAC", public_key="") & ~Q(secret_sealed=b""))
                | Q(kind="ED25519", secret_sealed=b"", public_key__regex=r"^[0-9a-f]{64}$"),
                name="payments_key_material",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="payments_key_period",
            ),
        ]


class PartnerAnswer(models.Model):
    """The first answer to a partner's request, given again, byte for byte, when the request is repeated.

    `asked` holds a hash of each field, so that a repetition with other content can name the field that differs.
    """

    append_only = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="answers")
    request_id = models.CharField(max_length=64)
    body_sha256 = models.CharField(max_length=64)
    asked = models.JSONField(null=True)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "request_id"], name="payments_answer_once"),
        ]


class PartnerNonce(models.Model):
    """A nonce that was used; forgotten when the clock's window has passed twice."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="payments_nonce_at")]
        constraints = [models.UniqueConstraint(fields=["partner", "nonce"], name="payments_nonce_once")]


class PartnerMinute(models.Model):
    """How many calls a bank made in a minute: what its limit is held against."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "minute"], name="payments_minute_once")]


class PartnerCall(models.Model):
    """A bank's call and the code it was answered: for whoever looks after the connection. Kept for some weeks."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    call = models.CharField(max_length=20)
    request_id = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=2)
    reason = models.CharField(max_length=40, blank=True)
    took_ms = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["partner", "-id"], name="payments_call_newest"),
            models.Index(fields=["partner", "-id"], name="payments_call_failed", condition=~Q(code="00")),
            models.Index(fields=["at"], name="payments_call_at"),
        ]


class PartnerCutOff(models.Model):
    """From this day on, the bank's day ends at this time; what is paid later belongs to the next day."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="cut_offs")
    valid_from = models.DateField()
    ends_at = models.TimeField(null=True)  # none: at midnight
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "valid_from"], name="payments_cut_off_once"),
        ]


class CollectionOrder(models.TextChoices):
    OLDEST_DUE = "OLDEST_DUE"
    OLDEST_RAISED = "OLDEST_RAISED"


class CollectionPolicy(models.Model):
    """From this day on: which charge comes first, may a part of one be paid, must the order be kept."""

    valid_from = models.DateField(unique=True)
    order = models.CharField(max_length=16, choices=CollectionOrder.choices)
    part_payment = models.BooleanField()
    must_follow_order = models.BooleanField()
    hold_seconds = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    created_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hold_seconds__gte=10, hold_seconds__lte=86_400), name="payments_policy_hold"
            ),
        ]


class HoldState(models.TextChoices):
    HELD = "HELD"  # until `expires_at`; after that it holds nothing back
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"


class BankHold(models.Model):
    """A bank is about to pay this much of a charge: nobody else is let in until it confirms or the time is over.

    No money has come and nothing is booked. What it reserves never changes; see migration 0007.
    """

    finder_may = ("SELECT (bank, txn_id)",)

    id = models.UUIDField(primary_key=True)
    bank = models.CharField(max_length=16)
    txn_id = models.CharField(max_length=64)
    charge_id = models.UUIDField()
    amount_vnd = models.BigIntegerField()
    channel = models.CharField(max_length=12, blank=True)
    request_id = models.CharField(max_length=64)
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=HoldState.choices, default=HoldState.HELD)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["charge_id"], name="payments_hold_open", condition=Q(state="HELD")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["bank", "txn_id"], name="payments_hold_once"),
            models.CheckConstraint(
                condition=Q(amount_vnd__gt=0, expires_at__gt=F("held_at")), name="payments_hold_amount"
            ),
            models.CheckConstraint(
                condition=Q(state="HELD", closed_at__isnull=True)
                | (~Q(state="HELD") & Q(closed_at__isnull=False)),
                name="payments_hold_closed",
            ),
        ]


class BankRoute(models.Model):
    """At the group's host: which company the first call with a bank's id went to. An id stays with its company."""

    append_only = True

    bank = models.CharField(max_length=16)
    kind = models.CharField(max_length=8)  # REQUEST or TXN
    ref = models.CharField(max_length=64)
    company_code = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "kind", "ref"], name="payments_route_once"),
        ]


class BankDay(models.Model):
    """A bank's own count of a day, laid beside ours. Compared again whenever it is told again."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    told_count = models.PositiveIntegerField()
    told_vnd = models.BigIntegerField()
    matched = models.PositiveIntegerField()
    differing = models.PositiveIntegerField()
    compared_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "day"], name="payments_bank_day_once")]


class BankDayLine(models.Model):
    """A transaction of a day as the bank counts it."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    txn_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    amount_vnd = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "day", "txn_id"], name="payments_day_line_once"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_day_line_amount"),
        ]
