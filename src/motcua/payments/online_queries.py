"""Reads of paying online: an attempt as its payer sees it, what is offered, what needs a person; consents to auto-debit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from motcua.kernel import local_time
from motcua.payments.models import Debit, DebitFile, Gateway, GatewayCall, Mandate, OnlinePayment
from motcua.payments.online_rules import LIVE, SETTLED, State


@dataclass(frozen=True)
class AttemptView:
    """One attempt. `is_open`: nobody knows yet how it ends."""

    id: UUID
    ref: str
    gateway: str
    gateway_name: str
    charge_id: UUID
    payment_code: str
    amount_vnd: int
    state: State
    code: str
    pay_url: str
    provider_txn_id: str
    paid_vnd: int
    paid_at: datetime | None
    refunded_vnd: int
    created_at: datetime
    expires_at: datetime
    polls: int
    next_poll_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in LIVE

    @property
    def is_paid(self) -> bool:
        return self.state in SETTLED

    def may_go_on(self, at: datetime) -> bool:
        """Whether the payer can still go to the provider's page."""
        return self.state is State.WAITING and bool(self.pay_url) and at < self.expires_at


@dataclass(frozen=True)
class GatewayView:
    """An account with a provider, without its secrets."""

    code: str
    name: str
    address: str
    settings: dict[str, str]
    is_active: bool


def find_attempt(payment_code: str, ref: str) -> AttemptView | None:
    row = OnlinePayment.objects.select_related("gateway").filter(payment_code=payment_code, ref=ref).first()
    return _view(row) if row else None


def find_open_attempt(charge_id: UUID) -> AttemptView | None:
    """The newest attempt on a charge whose end nobody knows yet."""
    rows = OnlinePayment.objects.select_related("gateway").filter(charge_id=charge_id, state__in=LIVE)
    row = rows.order_by("-created_at", "-id").first()
    return _view(row) if row else None


def list_unsettled(limit: int = 100) -> list[AttemptView]:
    """What needs an eye: money that is held, and outcomes that nobody could tell, the oldest first."""
    rows = OnlinePayment.objects.select_related("gateway").filter(state__in=[State.HELD, State.UNKNOWN])
    return [_view(row) for row in rows.order_by("created_at", "id")[:limit]]


def list_attempts(limit: int = 50, *, gateway: str = "") -> list[AttemptView]:
    rows = OnlinePayment.objects.select_related("gateway").order_by("-created_at", "-id")
    return [_view(row) for row in (rows.filter(gateway_id=gateway) if gateway else rows)[:limit]]


def list_gateways() -> list[GatewayView]:
    return [_gateway(row) for row in Gateway.objects.order_by("code")]


def find_gateway(code: str) -> GatewayView | None:
    row = Gateway.objects.filter(code=code).first()
    return _gateway(row) if row else None


def count_stuck_calls() -> int:
    """Calls that were stored and could not be worked on: a person must look."""
    return GatewayCall.objects.filter(state__in=["FAILED", "RECEIVED"], attempts__gt=0).count()


def _gateway(row: Gateway) -> GatewayView:
    return GatewayView(row.code, row.name, row.address, dict(row.settings), row.is_active)


def _view(row: OnlinePayment) -> AttemptView:
    return AttemptView(
        row.id, row.ref, row.gateway_id, row.gateway.name, row.charge_id, row.payment_code, row.amount_vnd,
        State(row.state), row.code, row.pay_url, row.provider_txn_id, row.paid_vnd or 0, row.paid_at, row.refunded_vnd,
        row.created_at, row.expires_at, row.polls, row.next_poll_at,
    )  # fmt: skip


@dataclass(frozen=True)
class MandateView:
    """A consent to auto-debit, with its account number masked but for the last four."""

    id: UUID
    number: str
    account_code: str
    partner: str
    debtor_bin: str
    debtor_account: str
    debtor_name: str
    most_vnd: int
    state: str
    consent_text: str
    consent_channel: str
    consent_at: datetime
    ended_at: datetime | None
    end_reason: str

    @property
    def is_active(self) -> bool:
        return self.state == "ACTIVE"


@dataclass(frozen=True)
class DebitView:
    """One collection as its customer sees it."""

    payment_code: str
    amount_vnd: int
    state: str
    reason: str
    planned_at: datetime
    again_at: datetime | None


def list_mandates(customer_ids: Collection[UUID]) -> list[MandateView]:
    """A customer's consents, those in force first."""
    rows = Mandate.objects.filter(customer_id__in=list(customer_ids)).order_by("state", "-consent_at", "id")
    return [_mandate(row) for row in rows]


def list_debits(mandate_id: UUID, limit: int = 12) -> list[DebitView]:
    rows = Debit.objects.filter(mandate_id=mandate_id).order_by("-planned_at", "-id")[:limit]
    return [
        DebitView(d.payment_code, d.amount_vnd, d.state, d.reason, d.planned_at, d.again_at) for d in rows
    ]


def is_of(mandate_id: UUID, customer_ids: Collection[UUID]) -> bool:
    return Mandate.objects.filter(id=mandate_id, customer_id__in=list(customer_ids)).exists()


def has_debit_file(partner: str, day: date) -> bool:
    """Whether the partner's file of that day is made."""
    start, end = local_time.day_bounds(day)
    return DebitFile.objects.filter(partner=partner, made_at__gte=start, made_at__lt=end).exists()


def _mandate(row: Mandate) -> MandateView:
    return MandateView(
        row.id, row.number, row.account_code, row.partner, row.debtor_bin, f"•••{row.debtor_account[-4:]}",
        row.debtor_name, row.most_vnd, row.state, row.consent_text, row.consent_channel, row.consent_at, row.ended_at,
        row.end_reason,
    )  # fmt: skip
