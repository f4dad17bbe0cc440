"""What the addresses of readings and of series of bills name: a home that is read today, what its customer sent, a series that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from motcua.billing import operations as billing_ops
from motcua.billing.models import AccountTerms, OwnReading
from motcua.billing.rules.righting import Change, Wrong
from motcua.documents import operations as document_ops
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from tests.billing.accounts import make, meter_of
from tests.billing.price_books import enter_two_part
from tests.documents import samples
from tests.permissions.names import NOW, SEED, UNIT

BEGUN, TODAY = date(2026, 10, 1), NOW.date()
SINCE, REBILLED, IN_SERIES, TRIED = date(2026, 9, 1), "PD04000000881", "PD04000000882", "PD04000000883"
POLICY = {
    "valid_from": "2027-01-01", "reading_day": 5, "days_around": 1, "above_percent": 30, "below_percent": 50, "due_days": 7,
    "estimate_cycles": 3, "norm_rounding": "CIRCULAR", "own_days_before": 1, "own_days_after": 1, "source": "x",
}  # fmt: skip
TERMS = {
    "valid_from": "2026-12-01", "price_group": "HOME", "quotas": "2", "factor": "1", "pays_reactive": "on", "reason": "x",
}  # fmt: skip
KEEPER = Actor.staff("00000000-0000-4000-8000-00000000beef", "K", ["ACCOUNTANT"], [UNIT])


def of_address(things: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Makes them; and what is meant at which address."""
    account = make(BEGUN, {}, unit=UNIT, customer=things["owner_id"])
    AccountTerms.objects.create(
        account_code=account, valid_from=BEGUN, price_group="HOME", reading_days=[TODAY.day], set_at=NOW, set_by="seed"
    )  # fmt: skip
    asked, waiting = (_own_reading(account, state, things) for state in ("ASKED", "WAITING"))
    for code in (REBILLED, IN_SERIES):
        _bill(code, things)
    series = billing_ops.propose_rebilling(
        account_code=IN_SERIES, change=Change(Wrong.QUOTA, quotas=2), wrong_since=SINCE, kind="ADJUST", reason="x", actor=KEEPER,
        at=NOW,
    )  # fmt: skip
    proposal = billing_ops.propose_policy(
        unit_code=UNIT, valid_from=date(2027, 1, 1), source="x", actor=KEEPER, at=NOW,
        policy=billing_ops.NewPolicy(5, 1, 30, 50, 7, 3, "CIRCULAR", True, 1, 1),
    )  # fmt: skip
    terms = billing_ops.propose_terms(
        account_code=make(BEGUN, {}, unit=UNIT), terms=billing_ops.NewTerms("HOME", quota_hundredths=200), reason="x", actor=KEEPER,
        valid_from=TODAY, at=NOW,
    )  # fmt: skip
    return {
        "money:policy-act": {"proposal_id": proposal.id},
        "money:terms-act": {"proposal_id": terms.id},
        "money:terms-account": {"account": account},
        "customer:own-reading-send": {"account": account},
        "customer:own-reading": {"reading_id": asked.id},
        **dict.fromkeys(("money:own-reading-photo", "money:own-reading-act"), {"reading_id": waiting.id}),
        **dict.fromkeys(("money:rebilling", "money:rebilling-act"), {"rebilling_id": series.id}),
    }


def _own_reading(account: str, state: str, things: Mapping[str, Any]) -> OwnReading:
    id = new_id(NOW)
    photo = document_ops.store(
        content=samples.jpeg(), name="anh.jpg", kind="METER_PHOTO", subject_type="own_reading", subject_id=id, sensitive=False,
        actor=SEED, at=NOW,
    )  # fmt: skip
    return OwnReading.objects.create(
        id=id, key=f"seed:{state}", account_code=account, unit_code=UNIT, customer_id=things["owner_id"], serial=meter_of(account),
        shown={"KT": "5.000"}, document_id=photo.id, reading_day=TODAY, read_at=NOW, kwh=5, doubt="ABOVE", state=state,
    )  # fmt: skip


def a_bill_on_trial() -> dict[str, Any]:
    """A plant's bill beside which prices on trial may be worked out."""
    enter_two_part()
    case = {
        "group": "PRODUCTION", "voltage": "KV22_110", "from": "2026-09-15", "to": "2026-10-15",
        "registers": {"normal": 200_000, "off_peak": 80_000, "peak": 40_000},
    }  # fmt: skip
    return {"tried_bill_id": str(_issue(TRIED, uuid4(), case))}


def _bill(account: str, things: Mapping[str, Any]) -> None:
    _issue(
        account, things["owner_id"], {"group": "HOME", "from": "2026-09-05", "to": "2026-10-05", "kwh": 300}
    )


def _issue(account: str, customer_id: UUID, case: Mapping[str, Any]) -> UUID:
    return billing_ops.issue_bill(
        account_code=account, customer_id=customer_id, unit_code=UNIT, billing_month=date(2026, 10, 1), readings=[],
        case=case, actor=SEED, at=NOW,
    ).id  # fmt: skip
