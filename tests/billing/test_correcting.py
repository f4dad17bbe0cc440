"""Bills are put right by other bills; the books follow to the dong; money goes back by four eyes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from motcua.billing import operations
from motcua.billing.models import Bill, BillCorrection, BillEvent
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 6, 3, tzinfo=UTC)
ACTOR = Actor.system("test")
CASE = {"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300}
LESS, MORE = CASE | {"kwh": 200}, CASE | {"kwh": 400}


@pytest.fixture
def keeper():
    return Actor.staff("k", "K", ["ACCOUNTANT"], ["PD0100"])


@pytest.fixture
def chief():
    return Actor.staff("c", "C", ["SUPERVISOR"], ["PD0100"])


@pytest.fixture
def bill(company):
    return operations.issue_bill(
        account_code="PD01000000001", customer_id=uuid4(), unit_code="PD0100", case=CASE, readings=[],
        billing_month=date(2025, 10, 5), actor=ACTOR, at=NOW,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _books(company):
    yield
    assert ledger_queries.check_ledger() == []


def pay(bill, amount=None):
    ledger_ops.settle_charge(
        charge_id=bill.charge_id, amount_vnd=amount or bill.total_vnd, clearing_account="112", reference="R", actor=ACTOR,
        at=NOW, key=f"pay:{bill.id}",
    )  # fmt: skip


def propose(bill, kind, actor, case=None, reason="Ghi sai chỉ số"):
    return operations.propose_correction(
        bill_id=bill.id, kind=kind, case=case, reason=reason, actor=actor, at=NOW
    )


def charge_of(bill):
    return ledger_queries.get_charge(bill.charge_id)


def credit_of(bill):
    return ledger_queries.get_party_balance("3387", bill.customer_id)


def new_of(row):
    return Bill.objects.get(id=row.new_bill_id)


class TestUnpaid:
    def test_cancelled_nothing_is_owed(self, bill, keeper):
        row = propose(bill, "CANCEL", keeper)
        assert (row.state, Bill.objects.get(id=bill.id).state, charge_of(bill).status) == (
            "DONE",
            "CANCELLED",
            "CANCELLED",
        )
        assert BillEvent.objects.get(bill_id=bill.id).kind == "CANCELLED"
        assert credit_of(bill) == 0

    def test_replaced_the_new_one_is_owed(self, bill, keeper):
        new = new_of(propose(bill, "REPLACE", keeper, LESS))
        assert (Bill.objects.get(id=bill.id).state, charge_of(bill).status) == ("REPLACED", "CANCELLED")
        assert (new.kind, new.corrects_id, new.kwh, new.total_vnd) == ("REPLACEMENT", bill.id, 200, 474_876)
        assert charge_of(new).total_vnd == 474_876
        assert charge_of(new).is_open

    def test_adjusted_upward_the_difference_is_owed_beside_it(self, bill, keeper):
        new = new_of(propose(bill, "ADJUST", keeper, MORE))
        assert Bill.objects.get(id=bill.id).state == "ISSUED"
        assert (new.kind, new.kwh, new.total_vnd) == ("ADJUSTMENT", 100, 361_800)
        assert sum(line["amount_vnd"] for line in new.lines) == new.active_vnd == 335_000
        assert charge_of(new).total_vnd == 361_800
        assert charge_of(bill).is_open


class TestPaid:
    def test_cancelled_by_four_eyes_it_is_the_customers_credit(self, bill, keeper, chief):
        pay(bill)
        row = propose(bill, "CANCEL", keeper)
        assert (row.state, Bill.objects.get(id=bill.id).state, credit_of(bill)) == ("PROPOSED", "ISSUED", 0)
        with pytest.raises(operations.SamePerson):
            operations.approve_correction(correction_id=row.id, actor=keeper, at=NOW)

        done = operations.approve_correction(correction_id=row.id, actor=chief, at=NOW)

        assert (done.state, Bill.objects.get(id=bill.id).state) == ("DONE", "CANCELLED")
        assert credit_of(bill) == bill.total_vnd == 798_660

    def test_replaced_what_was_paid_pays_the_new_one(self, bill, keeper, chief):
        pay(bill)
        row = propose(bill, "REPLACE", keeper, LESS)
        done = operations.approve_correction(correction_id=row.id, actor=chief, at=NOW)
        assert charge_of(new_of(done)).is_paid
        assert credit_of(bill) == 798_660 - 474_876

    def test_replaced_by_more_the_rest_is_owed_at_once(self, bill, keeper):
        pay(bill)
        new = new_of(propose(bill, "REPLACE", keeper, MORE))
        assert (charge_of(new).paid_vnd, charge_of(new).remaining_vnd) == (798_660, 361_800)

    def test_adjusted_downward_the_difference_is_credit(self, bill, keeper, chief):
        pay(bill)
        row = propose(bill, "ADJUST", keeper, LESS)
        done = operations.approve_correction(correction_id=row.id, actor=chief, at=NOW)
        new = new_of(done)
        assert (new.total_vnd, new.charge_id, new.kwh) == (474_876 - 798_660, None, -100)
        assert credit_of(bill) == 798_660 - 474_876

    def test_refused_it_stands(self, bill, keeper, chief):
        pay(bill)
        row = propose(bill, "CANCEL", keeper)
        operations.refuse_correction(correction_id=row.id, reason="Chỉ số đúng", actor=chief, at=NOW)
        assert BillCorrection.objects.get().state == "REFUSED"
        assert (Bill.objects.get(id=bill.id).state, credit_of(bill)) == ("ISSUED", 0)


class TestRefusals:
    def test_the_same_again_changes_nothing(self, bill, keeper):
        with pytest.raises(operations.NothingToCorrect):
            propose(bill, "REPLACE", keeper, CASE)
        assert not BillCorrection.objects.exists()

    def test_one_proposal_at_a_time(self, bill, keeper):
        pay(bill)
        propose(bill, "CANCEL", keeper)
        with pytest.raises(operations.CorrectionWaits):
            propose(bill, "REPLACE", keeper, LESS)

    def test_what_does_not_stand_is_not_corrected_again(self, bill, keeper):
        propose(bill, "CANCEL", keeper)
        with pytest.raises(operations.BillNotStanding):
            propose(bill, "CANCEL", keeper)

    def test_not_without_a_reason_nor_by_others(self, bill, keeper, intake):
        with pytest.raises(operations.ReasonMissing):
            propose(bill, "CANCEL", keeper, reason=" ")
        for actor in (intake, Actor.staff("x", "X", ["ACCOUNTANT"], ["PD0200"])):
            with pytest.raises(NotAllowed):
                propose(bill, "CANCEL", actor)
        assert charge_of(bill).is_open
