"""Mrs Hoa owes: her contract, one charge overdue, and what is done about it by requests and crews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.billing.billed_house import House, house
from tests.documents import samples
from tests.payments.debtors import DUE, pay, run_until

from motcua.documents import operations as document_ops
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.payments.dunning import orders
from motcua.payments.models import DunningStep
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView

CREW = Actor.staff("crew-1", "Hùng", ["CREW"], ["PD0100"])
CLERK = Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0100"])
STOPPED = {"stop_reading": "1234.5"}


@dataclass
class Debt:
    """Mrs Hoa's contract with one charge overdue, and what is done about it."""

    home: House
    charge: Any
    at: datetime = DUE

    @property
    def account(self) -> str:
        return self.home.account

    def step(self, kind: str = "STOP") -> DunningStep:
        return DunningStep.objects.filter(kind=kind).latest("id")

    def request(self, kind: str = "STOP") -> RequestView:
        found = self.step(kind).request_id
        assert found is not None
        return request_queries.get_request(found)

    def ordered(self) -> Debt:
        """The stop is ordered and its request open; at that moment."""
        self.at = run_until("STOP")
        assert orders.send_due(at=self.at, limit=10) == 1
        return self

    def photograph(self, *kinds: str) -> None:
        for kind in kinds or ("PHOTO_BEFORE", "PHOTO_AFTER"):
            document_ops.store(
                content=samples.jpeg(), name="a.jpg", kind=kind, subject_type="request", subject_id=self.request().id,
                sensitive=False, actor=CREW, at=self.at,
            )  # fmt: skip

    def act(
        self, action: str, *, kind: str = "STOP", by: Actor = CREW, at: datetime | None = None, **inputs: Any
    ) -> Any:
        when = at or self.at
        return request_ops.advance(
            request_id=self.request(kind).id, action=action, inputs=inputs, actor=by, at=when,
            key=f"{action}:{when.isoformat()}", reason="theo chị Hoa" if action == "withdraw" else "",
        )  # fmt: skip

    def stopped(self) -> Debt:
        self.ordered().photograph()
        self.act("stopped", **STOPPED)
        return self

    def paid(self, hours: float = 1) -> Debt:
        self.at += timedelta(hours=hours)
        pay(self.charge, at=self.at)
        return self


def make(at: datetime = DUE) -> Debt:
    home = house(at - timedelta(days=90))
    charge = ledger_ops.raise_charge(
        kind="TD", amount_vnd=250_000, vat_rate=Decimal("0.08"), customer_id=home.hoa, request_id=None, unit_code="PD0100",
        actor=CLERK, at=at - timedelta(days=9), key="late", account_code=home.account, due_at=at,
    )  # fmt: skip
    return Debt(home, charge)
