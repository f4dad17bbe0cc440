"""A payment that is taken back: the debt is there again, and each thing it had undone is done again, or begun anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.payments.debt_house import STOPPED, Debt, make
from tests.payments.debtors import (
    ACCOUNT,
    DUE,
    POLICY,
    WORKER,
    hold_to,
    pay,
    run_until,
    take_back,
)

from motcua.fieldwork import queries as visit_queries
from motcua.fieldwork.models import Visit
from motcua.kernel.local_time import day_bounds, local_date
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry as ledger_registry
from motcua.messaging.models import OutboxMessage
from motcua.payments.dunning import agreements, operations, orders, queries, reversals
from motcua.payments.dunning.standing import standing
from motcua.payments.models import DunningCase, DunningStep, InstalmentPromise
from motcua.payments.operations import clearing
from motcua.payments.operations.statement_refusals import StepOver
from motcua.requests import queries as request_queries
from motcua.requests.operations import advancing
from motcua.supply.models import SupplyStop

HOUR = timedelta(hours=1)


def steps() -> list[tuple[str, int, str]]:
    return list(DunningStep.objects.order_by("id").values_list("kind", "turn", "state"))


def told(template: str) -> int:
    return sum(template in str(row.__dict__) for row in OutboxMessage.objects.all())


class TestBeforeTheStop:
    def test_the_case_goes_on_with_a_new_announcement(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("STOP")
        pay(charge, at=at)
        take_back(charge, at + HOUR)

        case = DunningCase.objects.get()
        assert (case.closed_at, case.next_kind, case.next_at) == (None, "ANNOUNCE", DUE + timedelta(days=16))
        operations.run(at=at + 2 * HOUR)
        assert steps()[2:] == [("ANNOUNCE", 1, "TOLD"), ("STOP", 1, "CANCELLED"), ("ANNOUNCE", 2, "TOLD")]

    def test_notices_that_were_told_are_not_told_again(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("NOTICE")
        pay(charge, at=at)
        take_back(charge, at + HOUR)
        operations.run(at=at + 2 * HOUR)

        assert steps() == [("NOTICE", 1, "TOLD")]
        assert DunningCase.objects.get().next_at == at + timedelta(days=7)

    def test_money_from_before_the_case_begins_one_of_its_own(self, owe: Callable[..., Any]) -> None:
        early = owe(due_at=DUE - timedelta(days=1))
        pay(early, at=DUE - timedelta(hours=30))
        late = owe()
        at = run_until("NOTICE")
        pay(late, at=at)
        take_back(early, at + HOUR)

        assert DunningCase.objects.get().closed_at == at
        operations.run(at=at + 2 * HOUR)
        assert DunningCase.objects.count() == 2
        assert steps() == [("NOTICE", 1, "TOLD"), ("NOTICE", 1, "TOLD")]

    def test_what_is_not_yet_due_is_no_debt(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        pay(charge, at=DUE - 2 * HOUR)
        take_back(charge, DUE - HOUR)

        assert DunningCase.objects.count() == 0

    def test_a_kept_promise_holds_again_and_is_judged_by_its_days(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("NOTICE")
        half = charge.total_vnd // 2
        parts = [(date(2026, 11, 10), half), (date(2026, 12, 10), charge.total_vnd - half)]
        agreements.promise(account_code=ACCOUNT, parts=parts, actor=WORKER, at=at)
        pay(charge, half, at=at + HOUR)
        pay(charge, half, at=at + 2 * HOUR)
        assert InstalmentPromise.objects.get().state == "KEPT"
        take_back(charge, at + 3 * HOUR)

        assert InstalmentPromise.objects.get().state == "OPEN"
        assert standing(ACCOUNT, at + 3 * HOUR).where == "PROMISED"
        operations.run(at=at + timedelta(days=20))
        assert InstalmentPromise.objects.get().state == "OPEN"

    def test_another_debt_that_is_pursued_is_pursued_on(self, owe: Callable[..., Any]) -> None:
        first = owe()
        at = run_until("NOTICE")
        pay(first, at=at)
        owe(due_at=at)
        operations.run(at=at + timedelta(days=2))
        take_back(first, at + timedelta(days=3))

        assert DunningCase.objects.filter(closed_at__isnull=True).count() == 1
        assert DunningCase.objects.order_by("opened_at").first().closed_at == at  # type: ignore[union-attr]
        assert standing(ACCOUNT, at + timedelta(days=3)).owed_vnd == 2 * first.total_vnd


class TestBeforeTheReconnection:
    def test_it_is_called_off_and_the_customer_told(self, debt: Debt) -> None:
        debt.stopped().paid()
        orders.send_due(at=debt.at, limit=10)
        [fee] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        take_back(debt.charge, debt.at + HOUR)

        assert (debt.step("RECONNECT").state, standing(debt.account, debt.at + HOUR).where) == (
            "CANCELLED",
            "STOPPED",
        )
        assert told("debt.back-off") == 1
        assert orders.send_due(at=debt.at + HOUR, limit=10) == 1
        assert debt.request("RECONNECT").state.state == "CANCELLED"
        assert ledger_queries.get_charge(fee.id).status == "CANCELLED"
        assert orders.send_due(at=debt.at + HOUR, limit=10) == 0
        operations.run(at=debt.at + timedelta(days=30))
        assert DunningStep.objects.filter(kind="STOP").count() == 1

    def test_before_its_request_was_open_none_is_opened(self, debt: Debt) -> None:
        debt.stopped().paid()
        take_back(debt.charge, debt.at + HOUR)

        assert orders.send_due(at=debt.at + HOUR, limit=10) == 0
        assert debt.step("RECONNECT").request_id is None

    def test_paid_anew_it_is_ordered_anew_and_a_fee_is_paid_once(self, debt: Debt) -> None:
        debt.stopped().paid()
        orders.send_due(at=debt.at, limit=10)
        [fee] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        pay(fee, at=debt.at)
        take_back(debt.charge, debt.at + HOUR)
        orders.send_due(at=debt.at + HOUR, limit=10)
        assert ledger_queries.get_charge(fee.id).is_paid
        debt.paid(2)
        orders.send_due(at=debt.at, limit=10)

        assert (debt.step("RECONNECT").turn, debt.step("RECONNECT").state) == (2, "ORDERED")
        view = debt.request("RECONNECT")
        assert (view.step, ledger_queries.list_charges(view.id)) == ("BACK", [])
        assert visit_queries.find_open_visit(view.id) is not None
        debt.act("reconnected", kind="RECONNECT", at=debt.at + HOUR)
        assert SupplyStop.objects.get().restored_at == debt.at + HOUR

    def test_a_crew_that_is_on_its_way_goes_on_and_a_new_case_begins(self, debt: Debt) -> None:
        debt.stopped().paid()
        orders.send_due(at=debt.at, limit=10)
        [fee] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        pay(fee, at=debt.at)
        visit = visit_queries.find_open_visit(debt.request("RECONNECT").id)
        assert visit is not None
        Visit.objects.filter(id=visit.id).update(status="ON_THE_WAY", crew_code="HN-T1")
        take_back(debt.charge, debt.at + HOUR)

        assert debt.step("RECONNECT").state == "ORDERED"
        debt.act("reconnected", kind="RECONNECT", at=debt.at + 2 * HOUR)
        operations.run(at=debt.at + 3 * HOUR)
        assert [kind for kind, _turn, _state in steps()][-2:] == ["RECONNECT", "NOTICE"]

    def test_a_newer_case_is_folded_into_the_one_that_is_dark(
        self, debt: Debt, owe: Callable[..., Any]
    ) -> None:
        debt.stopped().paid()
        owe(account_code=debt.account, due_at=debt.at + HOUR)
        operations.run(at=debt.at + timedelta(days=3))
        assert DunningCase.objects.count() == 2
        take_back(debt.charge, debt.at + timedelta(days=4))

        [open_one] = DunningCase.objects.filter(closed_at__isnull=True)
        assert open_one.id == debt.step().case_id
        assert queries.is_stopped(open_one)


class TestTheFee:
    """Of a reconnection, taken back: on its own charge, with a last day, and nobody stays in the dark for it."""

    @pytest.fixture
    def fee(self, debt: Debt) -> Any:
        """Paid, and the crew has its visit."""
        ledger_registry.on_charge_reopened(advancing.charge_reopened)
        debt.stopped().paid()
        orders.send_due(at=debt.at, limit=10)
        [fee] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        pay(fee, at=debt.at)
        return ledger_queries.get_charge(fee.id)

    def last_day(self, at: datetime) -> datetime:
        return day_bounds(local_date(at) + timedelta(days=POLICY.fee_days))[1]

    @pytest.mark.parametrize("is_back", [False, True], ids=["before the crew came", "after the reconnection"])
    def test_is_owed_again_on_its_own_charge_and_told_and_stands_in_the_list_of_people(
        self, debt: Debt, fee: Any, is_back: bool
    ) -> None:
        at = debt.at + 2 * HOUR
        if is_back:
            debt.act("reconnected", kind="RECONNECT", at=debt.at + HOUR)
        visit = visit_queries.find_open_visit(debt.request("RECONNECT").id)
        take_back(fee, at)

        view, again = debt.request("RECONNECT"), ledger_queries.get_charge(fee.id)
        assert (again.payment_code, again.is_open, again.remaining_vnd) == (
            fee.payment_code,
            True,
            fee.total_vnd,
        )
        assert again.due_at == self.last_day(at)
        assert [one.id for one in ledger_queries.list_charges(view.id)] == [fee.id]
        assert told("payment.taken-back") == 1
        assert [row.id for row in request_queries.list_taken_back(unit_codes=frozenset({"PD0100"}))] == [
            view.id
        ]
        assert DunningCase.objects.get().closed_at is not None
        assert debt.step("RECONNECT").state == ("DONE" if is_back else "ORDERED")
        assert visit_queries.find_open_visit(view.id) == visit
        assert (visit is None) == is_back

    def test_the_crew_switches_on_and_the_fee_is_pursued_after_its_day(self, debt: Debt, fee: Any) -> None:
        take_back(fee, debt.at + HOUR)
        debt.act("reconnected", kind="RECONNECT", at=debt.at + 2 * HOUR)
        last = self.last_day(debt.at + HOUR)
        operations.run(at=last)
        assert DunningCase.objects.count() == 1
        operations.run(at=last + timedelta(days=1, hours=8))

        [case] = DunningCase.objects.filter(closed_at__isnull=True)
        assert (case.overdue_since, steps()[-1]) == (last, ("NOTICE", 1, "TOLD"))
        assert queries.owed_overdue(debt.account, last + timedelta(days=1)) == fee.total_vnd
        assert SupplyStop.objects.get().restored_at == debt.at + 2 * HOUR

    def test_paid_again_it_leaves_the_list_and_the_visit_is_the_same(self, debt: Debt, fee: Any) -> None:
        visit = visit_queries.find_open_visit(debt.request("RECONNECT").id)
        take_back(fee, debt.at + HOUR)
        pay(fee, at=debt.at + 2 * HOUR)

        view = debt.request("RECONNECT")
        assert (view.step, view.state.taken_back_at) == ("BACK", None)
        assert visit_queries.find_open_visit(view.id) == visit
        assert ledger_queries.get_charge(fee.id).is_paid

    def test_of_an_order_that_is_off_nobody_owes_it(self, debt: Debt, fee: Any) -> None:
        take_back(debt.charge, debt.at + HOUR)
        orders.send_due(at=debt.at + HOUR, limit=10)
        take_back(fee, debt.at + 2 * HOUR)
        again = ledger_queries.get_charge(fee.id)
        assert (again.status, again.due_at) == ("CANCELLED", None)
        debt.paid(3)
        orders.send_due(at=debt.at, limit=10)

        [asked] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        assert (debt.request("RECONNECT").step, asked.is_open, asked.total_vnd) == (
            "PAY",
            True,
            fee.total_vnd,
        )

    @pytest.fixture
    def carried(self, debt: Debt, fee: Any) -> Any:
        """Its order was called off, and a later one was opened as one whose fee is paid."""
        take_back(debt.charge, debt.at + HOUR)
        orders.send_due(at=debt.at + HOUR, limit=10)
        debt.paid(2)
        orders.send_due(at=debt.at, limit=10)
        assert (debt.request("RECONNECT").step, ledger_queries.list_charges(debt.request("RECONNECT").id)) == ("BACK", [])  # fmt: skip
        return fee

    @pytest.mark.parametrize("is_back", [False, True], ids=["before the crew came", "after the reconnection"])
    def test_that_a_later_order_took_for_paid_is_asked_on_its_request(
        self, debt: Debt, carried: Any, is_back: bool
    ) -> None:
        at = debt.at + 2 * HOUR
        if is_back:
            debt.act("reconnected", kind="RECONNECT", at=debt.at + HOUR)
        take_back(carried, at)

        assert ledger_queries.get_charge(carried.id).status == "CANCELLED"
        [asked] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        assert (asked.is_open, asked.net_vnd, asked.vat_vnd, asked.remaining_vnd, asked.due_at, asked.account_code) == (
            True, carried.net_vnd, carried.vat_vnd, carried.total_vnd, self.last_day(at), debt.account,
        )  # fmt: skip
        assert told("debt.taken-back") == 1
        assert debt.step("RECONNECT").state == ("DONE" if is_back else "ORDERED")
        assert standing(debt.account, at).later_vnd == carried.total_vnd
        assert ledger_queries.check_ledger() == []

    def test_asked_so_is_pursued_after_its_day_and_paid_it_is_done(self, debt: Debt, carried: Any) -> None:
        take_back(carried, debt.at + HOUR)
        debt.act("reconnected", kind="RECONNECT", at=debt.at + 2 * HOUR)
        last = self.last_day(debt.at + HOUR)
        operations.run(at=last + timedelta(days=1, hours=8))
        [case] = DunningCase.objects.filter(closed_at__isnull=True)
        assert (case.overdue_since, queries.owed_overdue(debt.account, last + timedelta(days=1))) == (last, carried.total_vnd)  # fmt: skip
        [asked] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        pay(asked, at=last + timedelta(days=2))

        assert standing(debt.account, last + timedelta(days=2)).where == "NOTHING"

    def test_asked_so_nobody_owes_it_when_that_order_is_off_too(self, debt: Debt, carried: Any) -> None:
        take_back(carried, debt.at + HOUR)
        [asked] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        take_back(debt.charge, debt.at + 2 * HOUR)
        orders.send_due(at=debt.at + 2 * HOUR, limit=10)
        assert ledger_queries.get_charge(asked.id).status == "CANCELLED"
        debt.paid(4)
        orders.send_due(at=debt.at, limit=10)

        [third] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        assert (debt.step("RECONNECT").turn, debt.request("RECONNECT").step) == (3, "PAY")
        assert (third.is_open, third.total_vnd) == (True, carried.total_vnd)

    def test_taken_back_before_the_later_order_is_opened_is_its_own_fee(self, debt: Debt, fee: Any) -> None:
        take_back(debt.charge, debt.at + HOUR)
        orders.send_due(at=debt.at + HOUR, limit=10)
        debt.paid(2)
        take_back(fee, debt.at)
        orders.send_due(at=debt.at, limit=10)

        assert ledger_queries.get_charge(fee.id).status == "CANCELLED"
        [asked] = ledger_queries.list_charges(debt.request("RECONNECT").id)
        assert (debt.request("RECONNECT").step, asked.total_vnd) == ("PAY", fee.total_vnd)


def test_after_the_reconnection_a_new_case_begins_with_its_notices(debt: Debt) -> None:
    debt.stopped().paid()
    operations.reconnect_done(step_id=debt.step("RECONNECT").id, actor=WORKER, at=debt.at + HOUR)
    take_back(debt.charge, debt.at + 2 * HOUR)
    assert DunningCase.objects.get().closed_at is not None
    operations.run(at=debt.at + 3 * HOUR)

    assert [(case.closed_at is None) for case in DunningCase.objects.order_by("opened_at")] == [False, True]
    assert steps()[-1] == ("NOTICE", 1, "TOLD")
    assert standing(debt.account, debt.at + 3 * HOUR).where == "NOTIFIED"


def off_and_paid() -> tuple[Any, Any]:
    """A debtor who was switched off and has paid the debt and the fee of the reconnection that is ordered; and that fee."""
    hold_to(POLICY)
    real = make().ordered()
    real.photograph()
    real.act("stopped", **STOPPED)
    clearing.open_clearing("NHTHU", "N")
    real.paid()
    orders.send_due(at=real.at, limit=10)
    [fee] = ledger_queries.list_charges(real.request("RECONNECT").id)
    pay(fee, at=real.at)
    return real, fee


class TestRaces:
    """Real transactions: the bank takes the money back in the moment in which the crew switches on."""

    @pytest.mark.parametrize("turn", range(4))
    def test_one_of_them_is_first(
        self, committed_company: Any, folder: None, race: Callable[..., list[Any]], turn: int
    ) -> None:
        ledger_registry.on_charge_paid(operations.charge_paid)
        ledger_registry.on_charge_paid(advancing.charge_paid)
        ledger_registry.on_charge_reopened(reversals.charge_reopened)
        real, _fee = off_and_paid()
        calls = [
            lambda: real.act("reconnected", kind="RECONNECT"),
            lambda: take_back(real.charge, real.at),
        ]
        results = race(*(calls if turn % 2 else calls[::-1]))
        on = results[0 if turn % 2 else 1]

        step, is_dark = real.step("RECONNECT"), SupplyStop.objects.get().restored_at is None
        if isinstance(on, StepOver):  # the bank was first
            assert (step.state, is_dark, DunningCase.objects.get().closed_at) == ("CANCELLED", True, None)
            orders.send_due(at=real.at, limit=10)
            assert real.request("RECONNECT").state.state == "CANCELLED"
        else:
            assert not isinstance(on, Exception), on
            assert (step.state, is_dark) == ("DONE", False)
            assert DunningCase.objects.get().closed_at is not None
        assert [one for one in results if isinstance(one, Exception) and not isinstance(one, StepOver)] == []
        assert not ledger_queries.get_charge(real.charge.id).is_paid

    @pytest.mark.parametrize("turn", range(4))
    def test_a_fee_taken_back_while_the_later_order_is_opened_is_asked_once(
        self, committed_company: Any, folder: None, race: Callable[..., list[Any]], turn: int
    ) -> None:
        ledger_registry.on_charge_paid(operations.charge_paid)
        ledger_registry.on_charge_paid(advancing.charge_paid)
        ledger_registry.on_charge_reopened(advancing.charge_reopened)
        ledger_registry.on_charge_reopened(reversals.charge_reopened)
        real, fee = off_and_paid()
        take_back(real.charge, real.at + HOUR)
        orders.send_due(at=real.at + HOUR, limit=10)
        real.paid(2)
        calls = [lambda: orders.send_due(at=real.at, limit=10), lambda: take_back(fee, real.at)]
        results = race(*(calls if turn % 2 else calls[::-1]))
        orders.send_due(at=real.at, limit=10)  # the next run

        assert [one for one in results if isinstance(one, Exception)] == []
        assert ledger_queries.get_charge(fee.id).status == "CANCELLED"
        [asked] = ledger_queries.list_charges(real.request("RECONNECT").id)
        assert (asked.is_open, asked.total_vnd) == (True, fee.total_vnd)
        assert ledger_queries.check_ledger() == []
