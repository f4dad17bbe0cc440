"""Cashiers' shifts: receipts belong to one, a drawer that differs is explained and booked, money is handed in once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from tests.web import people

from motcua.companies import access as company_access
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound
from motcua.ledger import closing
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import cash, cash_shifts, shift_queries
from motcua.payments.models import CashReceipt, CashShift, Difference, DifferenceKind

UNIT = "PD0100"
TOTAL = 105_840


@pytest.fixture
def staff(company):
    return people.add_staff("quay-1", Role.INTAKE, unit=UNIT)


@pytest.fixture
def cashier(staff):
    return company_access.actor_of(staff)


def owed(key):
    return ledger_ops.raise_charge(
        kind="CM", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code=UNIT,
        actor=Actor.system("test"), at=clock.now(), key=key,
    )  # fmt: skip


def take(cashier, key="c1"):
    return cash.take(
        charge_id=owed(key).id, amount_vnd=TOTAL, payer_name="Nguyễn Thị Hoa", unit_code=UNIT, actor=cashier,
        at=clock.now(), key=key,
    )  # fmt: skip


def opened(cashier, float_vnd=200_000):
    return cash_shifts.open_shift(float_vnd=float_vnd, unit_code=UNIT, actor=cashier, at=clock.now())


def count(cashier, shift_id, counted_vnd, explanation=""):
    return cash_shifts.count(
        shift_id=shift_id, counted_vnd=counted_vnd, explanation=explanation, actor=cashier, at=clock.now()
    )


def hand_in(cashier, shift_id, **more):
    return cash_shifts.hand_in(shift_id=shift_id, reference="GNT 12", actor=cashier, at=clock.now(), **more)


def held(account):
    return ledger_queries.get_balance(account).balance_vnd


class TestShift:
    def test_from_float_to_the_money_handed_in(self, cashier):
        shift = opened(cashier)
        take(cashier)
        take(cashier, "c2")

        counted = count(cashier, shift.id, 200_000 + 2 * TOTAL)
        assert (counted.expected_vnd, counted.difference_vnd) == (200_000 + 2 * TOTAL, 0)
        done = hand_in(cashier, shift.id)
        assert (done.handed_vnd, done.handed_to) == (2 * TOTAL, "113")
        assert (held("111"), held("113")) == (0, 2 * TOTAL)
        assert ledger_queries.check_ledger() == []

    def test_the_first_receipt_opens_one_by_itself(self, cashier):
        receipt = take(cashier)

        assert CashReceipt.objects.get(number=receipt.number).shift.cashier == cashier.ref
        assert shift_queries.find_open(cashier.ref).float_vnd == 0

    def test_a_cashier_has_one_open(self, cashier):
        opened(cashier)
        with pytest.raises(cash_shifts.ShiftOpen):
            opened(cashier)
        with pytest.raises(IntegrityError), transaction.atomic():
            CashShift.objects.create(
                id=uuid.uuid4(), unit_code=UNIT, cashier=cashier.ref, opened_at=clock.now(),
                business_date=local_date(clock.now()),
            )  # fmt: skip

    @pytest.mark.parametrize(("off", "short", "over"), [(-5_000, 5_000, 0), (3_000, 0, 3_000)])
    def test_a_difference_is_explained_and_booked(self, cashier, off, short, over):
        shift = opened(cashier, 0)
        take(cashier)
        with pytest.raises(cash_shifts.DifferenceUnexplained) as refused:
            count(cashier, shift.id, TOTAL + off, "  ")
        assert refused.value.facts == {"difference": f"{off // 1000:+d}.000"}

        count(cashier, shift.id, TOTAL + off, "trả nhầm tiền lẻ")
        assert (held("1381"), held("3381")) == (short, over)
        hand_in(cashier, shift.id, is_at_bank=True)
        assert (held("111"), held("112")) == (0, TOTAL + off)
        assert ledger_queries.check_ledger() == []

    def test_a_receipt_that_was_counted_is_struck_no_more(self, cashier):
        receipt = take(cashier)
        count(cashier, shift_queries.find_open(cashier.ref).id, TOTAL)

        with pytest.raises(cash.ShiftIsOver):
            cash.void(number=receipt.number, reason="nhầm", actor=cashier, at=clock.now())
        take(cashier, "c2")
        assert CashShift.objects.count() == 2

    def test_is_counted_and_handed_in_once(self, cashier):
        shift = opened(cashier, 0)
        with pytest.raises(cash_shifts.ShiftNotCounted):
            hand_in(cashier, shift.id)
        count(cashier, shift.id, 0)
        with pytest.raises(cash_shifts.ShiftNotOpen):
            count(cashier, shift.id, 0)
        hand_in(cashier, shift.id)
        with pytest.raises(cash_shifts.ShiftNotCounted):
            hand_in(cashier, shift.id)

    def test_is_its_cashiers_and_their_supervisors(self, cashier):
        shift = opened(cashier, 0)
        other = company_access.actor_of(people.add_staff("quay-2", Role.INTAKE, unit=UNIT))
        elsewhere = company_access.actor_of(people.add_staff("gs-2", Role.SUPERVISOR, unit="PD0200"))
        for actor in (other, elsewhere):
            with pytest.raises(NotFound):
                count(actor, shift.id, 0)
        supervisor = company_access.actor_of(people.add_staff("gs-1", Role.SUPERVISOR, unit=UNIT))
        assert count(supervisor, shift.id, 0).is_counted

    @pytest.mark.parametrize("amount", [-1, 1.5, True, 10**12])
    def test_refuses_what_is_no_count(self, cashier, amount):
        shift = opened(cashier, 0)
        with pytest.raises(cash_shifts.CountInvalid):
            count(cashier, shift.id, amount, "x")

    def test_an_open_drawer_keeps_the_day_from_being_closed(self, cashier):
        take(cashier)
        day = local_date(clock.now())

        def drawers():
            return {check.code: check for check in closing.check_day(day, clock.now() + timedelta(days=1))}[
                "CASH"
            ]

        assert (drawers().is_ok, drawers().blocks) == (False, True)
        shift = shift_queries.find_open(cashier.ref)
        count(cashier, shift.id, TOTAL)
        assert (drawers().is_ok, drawers().blocks) == (False, False)
        hand_in(cashier, shift.id)
        assert drawers().is_ok


class TestDayCheck:
    def test_an_open_difference_needs_a_word_from_its_day_on(self, company):
        day = local_date(clock.now())
        Difference.objects.create(
            kind=DifferenceKind.values[0],
            day=day,
            subject="x",
            here_vnd=5_000,
            opened_at=clock.now(),
            channel="VCB",
        )

        def told(on):
            return {check.code: check for check in closing.check_day(on, clock.now())}["STATEMENTS"]

        assert (told(day).is_ok, told(day).blocks, told(day).detail) == (False, False, "1")
        assert told(day - timedelta(days=1)).is_ok


class TestPages:
    def test_open_count_and_hand_in(self, staff, cashier):
        page = people.browser(staff)
        address = page.post("/quay/ca/", {"float": "200.000"}).headers["Location"]
        take(cashier)
        assert "305.840" in page.get(address).content.decode()

        wrong = page.post(address, {"counted": "300000"})
        assert wrong.status_code == 409
        assert 'id="explanation-error"' in wrong.content.decode()
        assert 'value="300000"' in wrong.content.decode()
        assert page.post(address, {"counted": "305840"}).status_code == 302
        assert page.post(address, {"viec": "nop", "reference": "GNT 1", "to": "bank"}).status_code == 302
        assert held("112") == TOTAL
        assert "Đã nộp tiền" in page.get("/quay/ca/").content.decode()
