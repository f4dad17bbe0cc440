"""What a request needs to begin, and the shortest way through a new supply."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.requests import operations as request_ops

HOME_ANSWERS: dict[str, Any] = {
    "has_meter": False,
    "place": {"text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"},
    "right_to_place": "OWN",
    "full_name": "Nguyễn Thị Hoa",
    "id_number": "001185012345",
    "phone": "0901234567",
    "phases": "ONE",
    "visit_time": "ANY",
}


@pytest.fixture
def home_answers() -> dict[str, Any]:
    return {**HOME_ANSWERS, "place": dict(HOME_ANSWERS["place"])}


@pytest.fixture
def visitor() -> Actor:
    return Actor.anonymous("visitor-1")


@pytest.fixture
def submit_home(home_answers, visitor, at):
    """Send a home supply request; keyword arguments replace `submit`'s."""

    def send(**changes: Any) -> request_ops.Receipt:
        arguments = {
            "service_code": "NEW-LV-RES", "answers": home_answers, "channel": "WEB", "actor": visitor, "at": at,
            "key": "submit-1", **changes,
        }  # fmt: skip
        return request_ops.submit(**arguments)

    return send


def pay(request_id: Any, at: datetime) -> None:
    """Settle every open charge of the request, as the bank does."""
    for charge in ledger_queries.list_charges(request_id):
        if charge.status == "OPEN":
            ledger_ops.settle_charge(
                charge_id=charge.id, amount_vnd=charge.total_vnd, clearing_account="112", reference="FT1",
                actor=Actor.partner("VCB"), at=at, key=f"pay:{charge.id}",
            )  # fmt: skip


def later(at: datetime, hours: float) -> datetime:
    return at + timedelta(hours=hours)
