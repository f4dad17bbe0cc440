"""Stops and reconnections as requests with visits: opened, carried out, called off; whatever comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.billing.billed_house import house
from tests.documents import samples
from tests.payments.debt_house import CLERK, CREW, STOPPED, Debt, make
from tests.payments.debtors import DUE, POLICY, hold_to, pay, run_until

from motcua.documents import operations as document_ops
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as visit_queries
from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry as ledger_registry
from motcua.messaging.models import OutboxMessage
from motcua.payments import personal
from motcua.payments.dunning import agreements, operations, orders
from motcua.payments.dunning.standing import standing
from motcua.payments.models import DunningCase, DunningStep
from motcua.payments.operations import clearing
from motcua.payments.operations.statement_refusals import NotAtThisHour, StepOver
from motcua.reports import rules as report_rules
from motcua.requests import operations as request_ops
from motcua.requests.models import Request
from motcua.requests.operations import advancing
from motcua.requests.queries import RequestView
from motcua.services import catalogue
from motcua.supply.models import Contract, Reading, SupplyStop


def opened(view: RequestView) -> tuple[str, str, str]:
    return view.service_code, view.step, view.state.state


class TestTheStop:
    def test_is_a_request_whose_visit_lies_in_the_hours_and_days_of_the_policy(self, debt: Debt) -> None:
        debt.ordered()
        view = debt.request()
        visit = visit_queries.find_open_visit(view.id)

        assert opened(view) == ("DEBT-STOP", "STOP", "OPEN")
        assert (view.unit_code, view.customer_id, view.answers["owed_vnd"]) == ("PD0100", None, 270_000)
        assert visit is not None
        # ordered on Thursday the 19th: Friday is before a day off, and so is Monday: the 24th is a holiday
        assert (visit.date, visit.half) == (date(2026, 11, 25), "AM")
        assert orders.send_due(at=debt.at, limit=10) == 0

    def test_its_visit_is_not_moved_to_a_day_on_which_nobody_is_stopped(self, debt: Debt) -> None:
        debt.ordered()
        visit = visit_queries.find_open_visit(debt.request().id)
        assert visit is not None
        for window in ("2026-11-20:AM", "2026-11-23:PM", "2026-11-27:PM"):
            with pytest.raises(fieldwork_ops.WindowUnknown):
                fieldwork_ops.move_visit(visit_id=visit.id, window=window, actor=CREW, at=debt.at, key=window)
        # a day that the policy allows: only that this unit has no crew with room there
        with pytest.raises(fieldwork_ops.WindowFull):
            fieldwork_ops.move_visit(
                visit_id=visit.id, window="2026-11-26:AM", actor=CREW, at=debt.at, key="fine"
            )

    def test_is_done_with_photos_and_a_reading_and_the_customer_is_told(self, debt: Debt) -> None:
        debt.ordered()
        debt.photograph("PHOTO_BEFORE")
        with pytest.raises(request_ops.RequirementMissing):
            debt.act("stopped", **STOPPED)
        debt.photograph("PHOTO_AFTER")
        debt.act("stopped", **STOPPED)

        view, stop = debt.request(), SupplyStop.objects.get()
        assert (view.step, view.state.state, debt.step().state) == ("DONE", "SETTLED", "DONE")
        assert (stop.reason, stop.stopped_at, stop.restored_at) == ("DEBT", debt.at, None)
        assert Reading.objects.get(source="STOP").value_kwh == Decimal("1234.5")
        assert visit_queries.find_open_visit(view.id) is None
        told = [row for row in OutboxMessage.objects.all() if "debt.stopped" in str(row.__dict__)]
        assert len(told) == 1
        assert standing(debt.account, debt.at).where == "STOPPED"

    @pytest.mark.parametrize("hour", [7.9, 15, 20])
    def test_never_outside_the_hours(self, debt: Debt, hour: float) -> None:
        debt.ordered().photograph()
        late = datetime(2026, 11, 24, 17, tzinfo=UTC) + timedelta(hours=hour)
        with pytest.raises(NotAtThisHour):
            debt.act("stopped", at=late, **STOPPED)
        assert (debt.step().state, SupplyStop.objects.count()) == ("ORDERED", 0)

    def test_nor_on_a_friday_nor_before_it_was_ordered(self, debt: Debt) -> None:
        debt.ordered().photograph()
        friday = datetime(2026, 11, 20, 3, tzinfo=UTC)
        with pytest.raises(NotAtThisHour):
            debt.act("stopped", at=friday, **STOPPED)
        monday = datetime(2026, 11, 23, 3, tzinfo=UTC)
        with pytest.raises(NotAtThisHour):
            debt.act("stopped", at=monday, stopped_at="2026-11-18T09:00", **STOPPED)
        assert SupplyStop.objects.count() == 0

    def test_written_down_later_it_counts_from_when_it_was_done(self, debt: Debt) -> None:
        debt.ordered().photograph()
        debt.act(
            "stopped", at=datetime(2026, 11, 19, 12, tzinfo=UTC), stopped_at="2026-11-19T14:30", **STOPPED
        )

        assert SupplyStop.objects.get().stopped_at == datetime(2026, 11, 19, 7, 30, tzinfo=UTC)

    def test_what_the_crew_found_instead_is_looked_at_and_done_again_or_withdrawn(self, debt: Debt) -> None:
        debt.ordered()
        debt.act("not_stopped", not_stopped_why="ILL", not_stopped_note="Bà cụ thở oxy")
        view = debt.request()
        assert (view.step, view.inputs["not_stopped_why"]) == ("DECIDE", "ILL")
        assert visit_queries.find_open_visit(view.id) is None
        assert debt.step().state == "ORDERED"

        debt.act("go_again", by=CLERK)
        assert visit_queries.find_open_visit(view.id) is not None
        debt.at += timedelta(hours=1)
        debt.act("not_stopped", not_stopped_why="ILL", not_stopped_note="Vẫn thở oxy")
        agreements.exempt(
            account_code=debt.account, reason="LIFE_SUPPORT", note="máy thở", proof="Giấy 12/BV", valid_from=debt.at.date(),
            valid_to=date(2027, 6, 1), actor=CLERK, at=debt.at,
        )  # fmt: skip
        assert debt.step().state == "CANCELLED"
        debt.act("withdraw", by=CLERK)
        assert (debt.request().state.state, SupplyStop.objects.count()) == ("SETTLED", 0)

    def test_withdrawn_by_staff_it_is_announced_anew_before_it_is_ordered_again(self, debt: Debt) -> None:
        debt.ordered()
        debt.act("not_stopped", not_stopped_why="NOBODY", not_stopped_note="Cửa khóa")
        debt.act("withdraw", by=CLERK)

        assert debt.step().state == "CANCELLED"
        operations.run(at=debt.at + timedelta(minutes=15))
        assert DunningStep.objects.latest("id").kind == "ANNOUNCE"
        assert orders.send_due(at=debt.at, limit=10) == 0

    def test_called_off_at_the_desk_is_off_in_the_case_too(self, debt: Debt) -> None:
        debt.ordered()
        request_ops.cancel(request_id=debt.request().id, actor=CLERK, at=debt.at, key="c", reason="nhầm")

        assert debt.step().state == "CANCELLED"
        assert orders.send_due(at=debt.at, limit=10) == 0


class TestPaidMeanwhile:
    def test_the_crew_may_not_stop_it_and_nobody_comes(self, debt: Debt) -> None:
        debt.ordered().photograph()
        debt.paid(0)
        with pytest.raises(StepOver):
            debt.act("stopped", **STOPPED)
        assert SupplyStop.objects.count() == 0

        assert orders.send_due(at=debt.at, limit=10) == 1
        view = debt.request()
        assert view.state.state == "CANCELLED"
        assert visit_queries.find_open_visit(view.id) is None
        assert orders.send_due(at=debt.at, limit=10) == 0
        assert not DunningStep.objects.filter(kind="RECONNECT").exists()

    def test_paid_before_its_request_was_open_none_is_opened(self, debt: Debt) -> None:
        debt.at = run_until("STOP")
        debt.paid(0)

        assert orders.send_due(at=debt.at, limit=10) == 0
        assert debt.step().request_id is None

    def test_what_ended_before_the_job_came_is_left_as_it_is(self, debt: Debt) -> None:
        debt.ordered()
        debt.act("not_stopped", not_stopped_why="PAID", not_stopped_note="Trả tại cửa")
        debt.paid()
        assert orders.send_due(at=debt.at, limit=10) == 1
        assert debt.request().state.state == "CANCELLED"


class TestTheReconnection:
    def test_is_opened_by_the_payment_with_its_fee_first(self, debt: Debt) -> None:
        debt.stopped().paid()
        assert standing(debt.account, debt.at).where == "BACK_ORDERED"
        assert orders.send_due(at=debt.at, limit=10) == 1

        view = debt.request("RECONNECT")
        assert (opened(view), view.customer_id) == (("DEBT-BACK", "PAY", "OPEN"), debt.home.hoa)
        assert view.state.due_at == debt.at + timedelta(hours=24)
        [fee] = ledger_queries.list_charges(view.id)
        assert (fee.kind, fee.total_vnd, fee.account_code) == ("NG", 105_840, debt.account)
        assert visit_queries.find_open_visit(view.id) is None

        pay(fee, at=debt.at + timedelta(minutes=5))
        view = debt.request("RECONNECT")
        visit = visit_queries.find_open_visit(view.id)
        assert view.step == "BACK"
        assert visit is not None
        assert visit.window_start == debt.at + timedelta(minutes=5)  # at once, not tomorrow

        debt.act("reconnected", kind="RECONNECT", at=debt.at + timedelta(hours=2))
        assert SupplyStop.objects.get().restored_at == debt.at + timedelta(hours=2)
        view = debt.request("RECONNECT")
        assert (view.step, view.state.on_time, debt.step("RECONNECT").state) == ("RATE", True, "DONE")
        assert standing(debt.account, debt.at + timedelta(hours=2)).where == "NOTHING"

    def test_the_electricity_comes_first_where_the_policy_says_so(self, debt: Debt) -> None:
        hold_to(replace(POLICY, fee_first=False, fee_days=10), date(2026, 6, 1))
        debt.stopped().paid()
        orders.send_due(at=debt.at, limit=10)

        view = debt.request("RECONNECT")
        [fee] = ledger_queries.list_charges(view.id)
        assert view.step == "BACK"
        assert visit_queries.find_open_visit(view.id) is not None
        assert fee.due_at == datetime(2026, 11, 29, 17, tzinfo=UTC)  # until the end of the 29th
        debt.act("reconnected", kind="RECONNECT", at=debt.at + timedelta(hours=1))
        assert debt.request("RECONNECT").state.state == "SETTLED"
        assert ledger_queries.get_charge(fee.id).is_open

    @pytest.mark.parametrize(
        ("inputs", "net"),
        [({"voltage": "LE_038KV", "distance": "KM5", "is_mountain": False}, 98_000),
         ({"voltage": "LE_35KV", "distance": "KM20", "is_mountain": True}, 340_032)],
    )  # fmt: skip
    def test_who_is_no_home_pays_by_voltage_distance_and_region(
        self, debt: Debt, inputs: dict[str, Any], net: int
    ) -> None:
        Contract.objects.filter(account_code=debt.account).update(purpose="BUSINESS")
        debt.stopped().paid()
        orders.send_due(at=debt.at, limit=10)
        assert debt.request("RECONNECT").step == "PRICE"
        debt.act("priced", kind="RECONNECT", by=CLERK, **inputs)

        [fee] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        assert fee.total_vnd - fee.vat_vnd == net

    def test_nobody_home_the_crew_comes_again(self, debt: Debt) -> None:
        debt.stopped().paid()
        orders.send_due(at=debt.at, limit=10)
        [fee] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        pay(fee, at=debt.at)
        debt.act("nobody_home", kind="RECONNECT", at=debt.at + timedelta(hours=1))

        visit = visit_queries.find_open_visit(debt.request("RECONNECT").id)
        assert visit is not None
        assert visit.attempt == 2


class TestPersonalData:
    def test_is_in_the_copy_and_goes_with_the_customer(self, debt: Debt) -> None:
        hold_to(replace(POLICY, claim_days=3), date(2026, 6, 1))
        debt.ordered()
        agreements.say_paid(
            account_code=debt.account,
            note="nằm viện Bạch Mai",
            actor=Actor.customer(debt.home.hoa),
            at=debt.at,
        )
        orders.send_due(at=debt.at, limit=10)
        copy = personal.export([debt.home.hoa])
        assert [row["note"] for row in copy["spared_from_stops"]] == ["nằm viện Bạch Mai"]
        assert debt.request().answers["holder"] == "Nguyễn Thị Hoa"

        personal.erase(debt.home.hoa, debt.at)
        assert debt.request().answers == {}
        assert personal.export([debt.home.hoa])["spared_from_stops"][0]["note"] == ""


class TestNobodyAsksForThem:
    def test_they_are_offered_to_nobody(self) -> None:
        day = DUE.date()
        codes = {"DEBT-STOP", "DEBT-BACK"}

        assert not codes & {service.code for service in catalogue.list_services(day)}
        assert [catalogue.find(code, day) for code in codes] == [None, None]
        assert {catalogue.get(code, 1).is_internal for code in codes} == {True}

    @pytest.mark.parametrize("actor", [Actor.anonymous("v"), CLERK, Actor.customer(UUID(int=1))])
    def test_nor_sent_by_anybody(self, company: Any, actor: Actor) -> None:
        with pytest.raises(catalogue.UnknownService):
            request_ops.submit(
                service_code="DEBT-BACK", answers={"account_code": "PD01000000001", "is_home": True, "fee_first": False},
                channel="API", actor=actor, at=DUE, key="x",
            )  # fmt: skip

    def test_and_they_are_no_requests_of_the_figures(self, debt: Debt) -> None:
        debt.ordered()

        assert report_rules.contribution(debt.request().state) == {}


def test_a_request_that_no_order_opened_stops_nobody(company: Any, folder: None) -> None:
    home = house(DUE - timedelta(days=90))
    made = request_ops.submit(
        service_code="DEBT-STOP", answers={"account_code": home.account, "owed_vnd": 5, "overdue_since": "2026-11-01"},
        channel="API", actor=Actor.system("x"), at=DUE, key="x",
    )  # fmt: skip
    for kind in ("PHOTO_BEFORE", "PHOTO_AFTER"):
        document_ops.store(
            content=samples.jpeg(), name="a.jpg", kind=kind, subject_type="request", subject_id=made.request_id,
            sensitive=False, actor=CREW, at=DUE,
        )  # fmt: skip
    with pytest.raises(StepOver):
        request_ops.advance(
            request_id=made.request_id,
            action="stopped",
            inputs=STOPPED,
            actor=CREW,
            at=DUE + timedelta(hours=1),
            key="y",
        )
    assert SupplyStop.objects.count() == 0


class TestRaces:
    """Real transactions."""

    @pytest.fixture
    def real(self, committed_company: Any, _nobody_else_listens: None, folder: None) -> Debt:
        ledger_registry.on_charge_paid(operations.charge_paid)
        ledger_registry.on_charge_paid(advancing.charge_paid)
        hold_to(POLICY)
        debt = make().ordered()
        debt.photograph()
        return debt

    @pytest.mark.parametrize("turn", range(6))
    def test_paid_in_the_moment_of_the_stop_nobody_stays_in_the_dark(
        self, real: Debt, race: Callable[..., list[Any]], turn: int
    ) -> None:
        clearing.open_clearing("NHTHU", "N")
        calls = [lambda: real.act("stopped", **STOPPED), lambda: pay(real.charge, at=real.at)]
        results = race(*(calls if turn % 2 else calls[::-1]))
        stopped = results[0 if turn % 2 else 1]

        orders.send_due(at=real.at, limit=10)
        assert DunningCase.objects.get().closed_at is not None
        if isinstance(stopped, StepOver):  # the money was first
            assert (SupplyStop.objects.count(), DunningStep.objects.filter(kind="RECONNECT").count()) == (
                0,
                0,
            )
            assert real.request().state.state == "CANCELLED"
        else:  # the crew was first: the way back is ordered in the payment's own transaction
            assert not isinstance(stopped, Exception), stopped
            assert SupplyStop.objects.get().restored_at is None
            assert real.request("RECONNECT").service_code == "DEBT-BACK"
        assert [row for row in results if isinstance(row, Exception) and not isinstance(row, StepOver)] == []

    def test_two_jobs_open_one_request(self, real: Debt, race: Callable[..., list[Any]]) -> None:
        DunningStep.objects.filter(kind="STOP").update(request_id=None)
        results = race(*[lambda: orders.send_due(at=real.at, limit=10)] * 3)

        assert [row for row in results if isinstance(row, Exception)] == []
        assert real.request().state.service_code == "DEBT-STOP"
        assert _count("DEBT-STOP") == 1

    def test_a_kill_between_the_request_and_its_note_opens_no_second_one(
        self, real: Debt, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real.act("stopped", **STOPPED)
        pay(real.charge, at=real.at)
        killed = RuntimeError("killed")

        def die(*_args: Any, **_more: Any) -> Any:
            raise killed

        with monkeypatch.context() as broken:
            broken.setattr(
                orders.DunningStep.objects, "filter", _dying(orders.DunningStep.objects.filter, die)
            )
            with pytest.raises(RuntimeError):
                orders.send_due(at=real.at, limit=10)
        assert _count("DEBT-BACK") == 0

        assert orders.send_due(at=real.at, limit=10) == 1
        assert _count("DEBT-BACK") == 1
        assert len(ledger_queries.list_charges(real.request("RECONNECT").id)) == 1


def _dying(real: Any, die: Any) -> Any:
    """The first look is let through, the writing of the request's id is not."""

    def look(*args: Any, **more: Any) -> Any:
        return die() if "id" in more else real(*args, **more)

    return look


def _count(code: str) -> int:
    return Request.objects.filter(service_code=code).count()
