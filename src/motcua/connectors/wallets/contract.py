"""What every provider's file offers, in words that are nobody's wire format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from motcua.payments.operations.gateways import GatewayAccount
from motcua.payments.operations.online import Heard


class NotGenuine(Exception):
    """A call or answer that the provider did not sign, or not like this. The reason is for our log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreadable(Exception):
    """A genuine call or answer that does not say what it must."""


@dataclass(frozen=True)
class Order:
    """What the payer is sent to the provider with."""

    ref: str
    amount_vnd: int
    payment_code: str
    created_at: datetime
    expires_at: datetime
    return_url: str
    callback_url: str
    payer_ip: str


@dataclass(frozen=True)
class Asked:
    """A call to be made to the provider."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Created:
    """The provider's answer to an order: what it says, and where the payer goes."""

    heard: Heard
    pay_url: str = ""


@dataclass(frozen=True)
class Called:
    """A genuine call: which of our references it speaks of and what it says."""

    ref: str
    heard: Heard


@dataclass(frozen=True)
class Returned:
    """A payer back from the provider's page: which attempt, and the code shown there. Proves nothing."""

    ref: str
    code: str


@dataclass(frozen=True)
class Refunding:
    """A refund to be sent."""

    ref: str
    payment_ref: str
    provider_txn_id: str
    amount_vnd: int
    is_whole: bool
    payment_created_at: datetime
    reason: str
    asked_by: str


@dataclass(frozen=True)
class Answer:
    """What the provider is answered."""

    status: int
    body: bytes = b""


class Wallet(Protocol):
    """A provider. Everything is pure: no call leaves from here."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def least_vnd(self) -> int: ...

    @property
    def most_vnd(self) -> int: ...

    @property
    def public_fields(self) -> tuple[str, ...]: ...

    @property
    def secret_fields(self) -> tuple[str, ...]: ...

    @property
    def test_address(self) -> str: ...

    def ref(self, payment_code: str, number: int, at: datetime) -> str: ...

    def create(self, account: GatewayAccount, order: Order) -> Asked | Created: ...

    def read_created(self, account: GatewayAccount, order: Order, body: bytes) -> Created: ...

    def query(
        self, account: GatewayAccount, ref: str, created_at: datetime, *, request_id: str, at: datetime
    ) -> Asked: ...

    def read_queried(self, account: GatewayAccount, ref: str, body: bytes) -> Heard: ...

    def read_call(self, account: GatewayAccount, query: str, body: bytes) -> Called: ...

    def answer(self, outcome: str) -> Answer: ...

    def read_return(self, account: GatewayAccount, query: str) -> Returned: ...

    def refund(self, account: GatewayAccount, refund: Refunding, *, at: datetime) -> Asked: ...

    def read_refunded(self, account: GatewayAccount, refund: Refunding, body: bytes) -> tuple[str, str]: ...


# What became of a call, for `Wallet.answer`.
TAKEN, REPEATED, NO_ORDER, OTHER_AMOUNT, NOT_SIGNED, TROUBLE = (
    "TAKEN", "REPEATED", "NO_ORDER", "OTHER_AMOUNT", "NOT_SIGNED", "TROUBLE",
)  # fmt: skip
# What a provider says of a refund.
REFUND_DONE, REFUND_WAITS, REFUND_REFUSED = "DONE", "UNKNOWN", "REFUSED"
