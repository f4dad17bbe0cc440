"""Every declared service in every version, along every way through its steps, to its end: deadlines, money, effects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from motcua.companies import queries as company_queries
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.documents import packs
from motcua.fieldwork import contracts
from motcua.fieldwork import queries as visit_queries
from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries
from motcua.messaging.models import OutboxMessage
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView
from motcua.services import catalogue
from motcua.services.declaration import CUSTOMER, Service
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import Balance, MeterCheck, SupplyStop
from tests.documents import samples
from tests.fieldwork.conftest import SEED, UNIT
from tests.requests.conftest import pay
from tests.services import scenarios

# What the company orders of itself goes its way in tests/payments/test_debt_orders.py.
SERVICES = [service for service in catalogue.current().list_all() if not service.is_internal]
TODAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # Monday 09:00 in Vietnam
# Days on which each version was, is or will be in force.
DAYS = [
    datetime(2018, 6, 5, 2, 0, tzinfo=UTC), datetime(2021, 6, 1, 2, 0, tzinfo=UTC), TODAY, datetime(2026, 12, 8, 2, 0, tzinfo=UTC),
]  # fmt: skip
HUNG, SPARE, THREE = "26000100001", "26000100002", "26000300001"
ACCOUNT = scenarios.ACCOUNT
CHOSEN: dict[str, dict[str, Any]] = {
    "NEW-LV-SPLIT": {"households": 1},
    "CHG-PURPOSE": {"purpose": "BUSINESS"},
}


def day_of(service: Service) -> datetime:
    return next(at for at in (TODAY, *DAYS) if service.is_valid_on(at.date()))


class _Undo(Exception):
    """Takes everything back."""


@contextmanager
def tried() -> Iterator[None]:
    """What happens inside is taken back at the end."""
    try:
        with transaction.atomic():
            yield
            raise _Undo
    except _Undo:
        pass


@pytest.fixture
def holder(team: Any) -> Any:
    """Mrs Hoa has had a contract at Tây Sơn for ten years; two meters lie in stock."""
    long_ago = datetime(2016, 1, 5, 2, 0, tzinfo=UTC)
    supply_ops.add_stock_meters(serials=[HUNG, SPARE], unit_code=UNIT, actor=SEED, at=long_ago)
    supply_ops.add_stock_meters(serials=[THREE], unit_code=UNIT, phases=3, actor=SEED, at=long_ago)
    hoa = customer_ops.create_customer(
        full_name="Nguyễn Thị Hoa", phone="0901234567", id_number="001185012345", actor=SEED, at=long_ago
    )
    place = supply_ops.create_place(
        text="Số 12 ngõ 34 phố Tây Sơn",
        house="12",
        street="Tây Sơn",
        province_code="01",
        actor=SEED,
        at=long_ago,
    )
    supply_ops.connect_supply(
        request_id=None, customer_id=hoa.id, place_id=place.id, unit_code=UNIT, meter_serial=HUNG, first_reading="0",
        seals=["S-1"], phases=1, quota=3, contract_number="16/1", energised_at=long_ago, actor=SEED, at=long_ago,
        key="begin", capacity_kw=Decimal(5),
    )  # fmt: skip
    return hoa


@pytest.fixture(autouse=True)
def _one_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same printed pages for every contract: what they say is tried elsewhere, and printing takes long."""
    printed: dict[str, bytes] = {}
    real = packs.contract_pack

    def once(*args: Any, **more: Any) -> bytes:
        kind = ",".join(sorted(more))
        return printed.setdefault(kind, printed.get(kind) or real(*args, **more))

    monkeypatch.setattr(packs, "contract_pack", once)


class Walk:
    """One request on its way; each act an hour after the one before."""

    def __init__(self, service: Service, answers: dict[str, Any], at: datetime, worker: Actor) -> None:
        self.service, self.at, self.worker = service, at, worker
        self.id = request_ops.submit(
            service_code=service.code,
            answers=answers,
            channel="WEB",
            actor=Actor.anonymous("v"),
            at=at,
            key="s",
        ).request_id
        self.acts = 0

    @property
    def view(self) -> RequestView:
        return request_queries.get_request(self.id)

    def actor(self, role: str) -> Actor:
        if role == CUSTOMER:
            return Actor.customer(self.view.customer_id)
        return (
            self.worker
            if role == "CREW"
            else Actor.staff(f"{role}-1", role.title(), [role], [UNIT, "PD0000"])
        )

    def go(self, action_code: str, inputs: dict[str, Any]) -> None:
        """The next act, by whom it belongs to."""
        view = self.view
        step = view.current_step
        self.at += timedelta(hours=1)
        self.acts += 1
        if step.waits_for:
            pay(self.id, self.at)
            return
        action = step.action(action_code)
        actor = self.actor(step.role_of(action))
        if "LETTER_TIME_OVER" in action.requires:
            with pytest.raises(request_ops.RequirementMissing):
                self.advance(action_code, inputs, actor)
            assert view.state.step_due_at is not None
            self.at = view.state.step_due_at
        if "PACK_SIGNED" in action.requires:
            for kind, name in (("CUSTOMER", "Trần Văn An"), ("STAFF", "Hung"), ("STAFF", "Vinh")):
                contracts.sign_contract(
                    request_id=self.id, signer_kind=kind, signer_name=name, strokes=samples.strokes(shift=len(name)),
                    typed_name="", actor=self.worker, at=self.at,
                )  # fmt: skip
        self.advance(action_code, inputs, actor)

    def advance(self, action_code: str, inputs: dict[str, Any], actor: Actor) -> None:
        told = {name: SPARE if name == "meter_serial" else value for name, value in inputs.items()}
        request_ops.advance(
            request_id=self.id,
            action=action_code,
            inputs=told,
            actor=actor,
            at=self.at,
            key=f"{self.acts}:{action_code}",
            reason="Dây rơi xuống đường." if self.view.current_step.action(action_code).needs_reason else "",
        )

    def check(self) -> None:
        """What must hold at every step: the row is its journal's, the deadline is the declared span in working time."""
        view = self.view
        assert request_queries.replay_request(self.id) == view.state
        step = view.current_step
        if not step.final:
            calendar = company_queries.get_calendar()
            wanted = calendar.add(view.state.step_since, step.within).at if step.within else None
            assert view.state.step_due_at == wanted
        if step.on_enter and "book_visit" in step.on_enter:
            assert visit_queries.find_open_visit(self.id) is not None


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: f"{s.code}-{s.version}")
def test_every_way_leads_to_its_end(service: Service, holder: Any, worker: Actor) -> None:
    at = day_of(service)
    answers = scenarios.answers_of(service, **CHOSEN.get(service.code, {}))
    ended: set[str] = set()
    for path in scenarios.list_paths(service, answers):
        with tried():
            walk = Walk(service, answers, at, worker)
            first_due = company_queries.get_calendar().add(at, service.promise.within).at
            assert walk.view.state.due_at == first_due
            assert walk.view.state.service_version == service.version
            for action, inputs, target in path:
                view = walk.view
                if view.current_step.code == target and action not in {
                    a.code for a in view.current_step.actions
                }:
                    continue  # the system was here by itself
                if view.step not in ended:
                    ended.add(view.step)
                    end_early(walk)
                walk.go(action, inputs)
                walk.check()
            view = walk.view
            assert (view.state.state, view.current_step.final) == ("SETTLED", True)
            assert all(charge.status == "PAID" for charge in ledger_queries.list_charges(walk.id))
            assert visit_queries.find_open_visit(walk.id) is None
            if view.state.extension:
                assert view.state.due_at >= first_due
            assert OutboxMessage.objects.exists() == ("phone" in answers)
            OUTCOMES.get(service.code, lambda walk, holder: None)(walk, holder)


def end_early(walk: Walk) -> None:
    """At each step: refused and called off, where the declaration allows it; nothing is owed and nobody comes after."""
    step = walk.view.current_step
    for name, allowed in (("reject", step.allows_reject), ("cancel", step.allows_cancel)):
        with tried():
            act: Callable[..., None] = getattr(request_ops, name)
            actor = walk.actor("BUSINESS") if name == "reject" else walk.actor(CUSTOMER)
            told = {
                "request_id": walk.id,
                "actor": actor,
                "at": walk.at,
                "key": name,
                "reason": "Không thực hiện được.",
            }
            if not allowed:
                with pytest.raises(request_ops.NotNow):
                    act(**told)
                continue
            if name == "cancel" and walk.view.customer_id is None:
                continue
            act(**told)
            view = walk.view
            assert view.state.state == {"reject": "REJECTED", "cancel": "CANCELLED"}[name]
            assert visit_queries.find_open_visit(walk.id) is None
            assert not [c for c in ledger_queries.list_charges(walk.id) if c.status == "OPEN"]
            assert request_queries.replay_request(walk.id) == view.state


# what each service leaves behind, to the last figure


def _new_contract(walk: Walk, holder: Any) -> None:
    view = walk.view
    contract = supply_queries.get_contract(view.state.account_code)
    assert (contract.account_code, contract.status, contract.meter_serial) == (
        "PD04000000002",
        "ACTIVE",
        SPARE,
    )
    assert contract.customer_id == view.customer_id != holder.id
    values = view.values
    assert contract.purpose == values.get("purpose", "RESIDENTIAL")
    assert contract.quota == values.get("households", 1)
    if values.get("months"):  # eleven of them
        assert contract.expires_on == date(walk.at.year + 1, walk.at.month - 1, walk.at.day)


def _split(walk: Walk, holder: Any) -> None:
    _new_contract(walk, holder)
    shared = supply_queries.get_contract(ACCOUNT)
    assert (shared.status, shared.quota, shared.meter_serial) == ("ACTIVE", 2, HUNG)
    assert shared.place_id == supply_queries.get_contract(walk.view.state.account_code).place_id


def _holder(walk: Walk, holder: Any) -> None:
    old, new = supply_queries.get_contract(ACCOUNT), supply_queries.get_contract(walk.view.state.account_code)
    assert (old.status, new.status, new.account_code) == ("ENDED", "ACTIVE", "PD04000000002")
    assert (old.customer_id, new.customer_id) == (holder.id, walk.view.customer_id)
    assert (new.meter_serial, new.quota, new.number) == (HUNG, 3, f"{walk.view.number}/HĐMBĐ")
    assert customer_queries.find_customer(new.customer_id).full_name == "Trần Văn An"
    if any(entry.payload.get("step") == "LETTER" for entry in request_queries.list_entries(walk.id)):
        letters = [m for m in OutboxMessage.objects.all() if "xin gọi" in str(m.texts)]
        assert [(letter.address, letter.params["account_code"]) for letter in letters] == [
            ("+84901234567", ACCOUNT)
        ]


def _info(walk: Walk, holder: Any) -> None:
    now = customer_queries.find_customer(holder.id)
    assert (now.full_name, now.phone, now.email, now.contact_address) == (
        "Trần Văn An", "+84907654321", "an@example.org", "Ghi chú",
    )  # fmt: skip


def _ended(walk: Walk, holder: Any) -> None:
    assert supply_queries.get_contract(ACCOUNT).status == "ENDED"
    assert HUNG in [meter.serial for meter in supply_queries.list_stock_meters(UNIT)]
    charges = ledger_queries.list_charges(walk.id)
    assert [(c.kind, c.net_vnd) for c in charges] in ([], [("TD", 500)])


def _restored(walk: Walk, holder: Any) -> None:
    stop = SupplyStop.objects.get()
    assert (stop.restored_at, stop.reason) == (walk.at, "UNKNOWN")
    charges = [(charge.kind, charge.net_vnd) for charge in ledger_queries.list_charges(walk.id)]
    assert charges in ([], [("NG", 98_000)])


def _moved(walk: Walk, holder: Any) -> None:
    assert supply_queries.get_contract(ACCOUNT).meter_serial == HUNG
    assert [change.kind for change in supply_queries.list_changes(ACCOUNT)] == ["MOVED"]


def _checked(walk: Walk, holder: Any) -> None:
    checks = list(MeterCheck.objects.order_by("id"))
    assert {check.meter.serial for check in checks} == {HUNG}
    assert [check.is_independent for check in checks] == [False, True][: len(checks)]


OUTCOMES: dict[str, Callable[[Walk, Any], None]] = {
    "NEW-LV-RES": _new_contract,
    "NEW-LV-SHARED": _new_contract,
    "NEW-LV-NRES": _new_contract,
    "NEW-LV-NRES40": _new_contract,
    "NEW-LV-SHORT": _new_contract,
    "NEW-MV": _new_contract,
    "NEW-LV-SPLIT": _split,
    "CHG-HOLDER": _holder,
    "CHG-INFO": _info,
    "CHG-PURPOSE": lambda walk, holder: _same(
        supply_queries.get_contract(ACCOUNT).purpose, walk.view.values["purpose"]
    ),
    "CHG-QUOTA": lambda walk, holder: _same(supply_queries.get_contract(ACCOUNT).quota, 500),
    "EXTEND": lambda walk, holder: _same(supply_queries.get_contract(ACCOUNT).expires_on, date(2027, 12, 31)),
    "TERMINATE": _ended,
    "RECONNECT": _restored,
    "MOVE-METER": _moved,
    "METER-CHECK": _checked,
}


def _same(found: object, wanted: object) -> None:
    assert found == wanted


class TestDebt:
    @pytest.mark.parametrize(
        ("code", "action"), [("TERMINATE", "accept"), ("EXTEND", "accept"), ("RECONNECT", "accept")]
    )
    def test_stands_in_the_way(self, code: str, action: str, holder: Any, worker: Actor) -> None:
        Balance.objects.create(account_code=ACCOUNT, amount_vnd=180_000, as_of=date(2026, 10, 31))
        service = catalogue.get(code, TODAY.date())
        walk = Walk(service, scenarios.answers_of(service), TODAY, worker)
        inputs = {"fee_due": False} if code == "RECONNECT" else {}

        with pytest.raises(request_ops.RequirementMissing) as refusal:
            walk.go(action, inputs)
        assert "còn nợ" in str(refusal.value.facts)
        Balance.objects.update(amount_vnd=0)
        walk.go(action, inputs)

    def test_may_be_taken_over_with_the_contract(self, holder: Any, worker: Actor) -> None:
        Balance.objects.create(account_code=ACCOUNT, amount_vnd=180_000, as_of=date(2026, 10, 31))
        service = catalogue.get("CHG-HOLDER", TODAY.date())
        walk = Walk(service, scenarios.answers_of(service, takes_over_debt=True), TODAY, worker)

        walk.go("accept", {"consent_seen": "YES"})
        walk.go("signed", {"handover_reading": 120})

        assert supply_queries.find_balance("PD04000000002").amount_vnd == 180_000


@pytest.mark.parametrize(
    ("inputs", "amount"),
    [
        ({"voltage": "LE_038KV", "is_home": True}, 98_000),
        ({"voltage": "LE_35KV", "is_home": False, "distance": "KM5", "is_mountain": False}, 231_000),
        ({"voltage": "LE_038KV", "is_home": False, "distance": "KM_MORE", "is_mountain": True}, 191_590),
        ({"voltage": "LE_35KV", "is_home": False, "distance": "KM_MORE", "is_mountain": True}, 451_605),
        ({"voltage": "GT_35KV", "is_home": False, "distance": "KM_MORE", "is_mountain": False}, 576_300),
        ({"voltage": "GT_35KV", "is_home": False, "distance": "KM5", "is_mountain": True}, 389_850),
    ],
)
def test_the_fee_of_a_reconnection(inputs: dict[str, Any], amount: int, holder: Any, worker: Actor) -> None:
    service = catalogue.get("RECONNECT", TODAY.date())
    walk = Walk(service, scenarios.answers_of(service), TODAY, worker)

    walk.go("accept", {"fee_due": True, **inputs})

    (charge,) = ledger_queries.list_charges(walk.id)
    assert (charge.net_vnd, charge.vat_rate) == (amount, Decimal("0.08"))
