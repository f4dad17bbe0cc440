"""Paying online: the company's accounts with wallets and credit webhooks, attempts to pay, and every word said of them.

A state changes along the legal graph alone and events are never changed; see the migration `online_walls`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motcua.payments.online_rules import State

_STATES = [(state.value, state.value) for state in State]


class Gateway(models.Model):
    """The company's account with a wallet, a gateway or a service that tells of credits. Secrets are sealed, see `seals`."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=200, blank=True)
    settings = models.JSONField(default=dict)
    secrets_sealed = models.BinaryField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9]{2,12}$"), name="payments_gateway_code"
            ),
        ]


class OnlinePayment(models.Model):
    """One attempt to pay one charge through one provider."""

    id = models.UUIDField(primary_key=True)
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="payments")
    ref = models.CharField(max_length=40)
    charge_id = models.UUIDField(db_index=True)
    payment_code = models.CharField(max_length=25)
    amount_vnd = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=_STATES, default=State.CREATED.value)
    code = models.CharField(max_length=40, blank=True)
    pay_url = models.TextField(blank=True)
    provider_txn_id = models.CharField(max_length=64, blank=True)
    paid_vnd = models.BigIntegerField(null=True)
    paid_at = models.DateTimeField(null=True)
    refunded_vnd = models.BigIntegerField(default=0)
    started_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    polls = models.PositiveIntegerField(default=0)
    next_poll_at = models.DateTimeField(null=True)
    events_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_poll_at"], name="payments_online_due", condition=Q(next_poll_at__isnull=False)
            ),
            models.Index(fields=["-created_at", "-id"], name="payments_online_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "ref"], name="payments_online_ref"),
            models.UniqueConstraint(
                fields=["gateway", "provider_txn_id"],
                name="payments_online_txn",
                condition=~Q(provider_txn_id=""),
            ),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_online_amount"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["PAID", "REFUNDING", "REFUNDED"],
                    paid_vnd__gt=0,
                    paid_at__isnull=False,
                    provider_txn_id__gt="",
                )
                | Q(~Q(state__in=["PAID", "REFUNDING", "REFUNDED"]), paid_vnd__isnull=True),
                name="payments_online_paid",
            ),
            models.CheckConstraint(
                condition=Q(refunded_vnd=0) | Q(refunded_vnd__gt=0, refunded_vnd__lte=F("paid_vnd")),
                name="payments_online_refunded",
            ),
        ]


class OnlineEvent(models.Model):
    """One word on an attempt, ours or the provider's, and what it made of it."""

    append_only = True

    payment = models.ForeignKey(OnlinePayment, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    came_from = models.CharField(max_length=10)  # START CREATE CALLBACK QUERY RETURN REFUND
    was = models.CharField(max_length=9)
    became = models.CharField(max_length=9)
    said = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=40, blank=True)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "seq"], name="payments_online_event_once"),
        ]


class GatewayCall(models.Model):
    """A genuine call of a provider as it came, stored before anything is read out of it."""

    id = models.UUIDField(primary_key=True)
    source = models.CharField(max_length=12)
    external_id = models.CharField(max_length=100)
    body_sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="RECEIVED")  # RECEIVED DONE IGNORED FAILED
    verdict = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="payments_call_due", condition=Q(state="RECEIVED")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id", "body_sha256"], name="payments_call_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["RECEIVED", "DONE", "IGNORED", "FAILED"]), name="payments_call_state"
            ),
        ]


class OnlineRefund(models.Model):
    """Money to be sent back through the provider it came by. Its reference is new; a repeat is the same refund."""

    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(OnlinePayment, on_delete=models.PROTECT, related_name="refunds")
    refund = models.OneToOneField(
        "payments.Refund", null=True, on_delete=models.PROTECT, related_name="online"
    )
    ref = models.CharField(max_length=50, unique=True)
    amount_vnd = models.BigIntegerField()
    state = models.CharField(max_length=8, default="ASKED")  # ASKED UNKNOWN DONE REFUSED
    code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_refund_amount"),
            models.CheckConstraint(
                condition=Q(state__in=["ASKED", "UNKNOWN", "DONE", "REFUSED"]), name="payments_refund_state"
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=["ASKED", "UNKNOWN"]),
                name="payments_refund_one_open",
            ),
        ]


class VirtualAccount(models.Model):
    """An account number of a bank that stands for one customer's account code, or for one charge."""

    number = models.CharField(max_length=24, primary_key=True)
    bank_bin = models.CharField(max_length=6)
    account_code = models.CharField(max_length=13, blank=True)
    charge_id = models.UUIDField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(account_code__gt="", charge_id__isnull=True)
                | Q(account_code="", charge_id__isnull=False),
                name="payments_virtual_owner",
            ),
            models.UniqueConstraint(
                fields=["bank_bin", "account_code"],
                condition=Q(is_active=True, account_code__gt=""),
                name="payments_virtual_customer",
            ),
            models.UniqueConstraint(
                fields=["bank_bin", "charge_id"],
                condition=Q(is_active=True, charge_id__isnull=False),
                name="payments_virtual_charge",
            ),
        ]
