"""A series of bills put right together: to the dong, by two people, all or none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from motcua.billing import operations
from motcua.billing.models import Bill, BillCorrection, Rebilling
from motcua.billing.rules import righting
from motcua.billing.rules.refusals import Contradiction
from motcua.billing.rules.righting import Change, Told, Wrong
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed, NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries

NOW = datetime(2025, 10, 6, 3, tzinfo=UTC)
ACTOR = Actor.system("test")
ACCOUNT = "PD01000000001"
DAYS = [date(2025, 6, 5), date(2025, 7, 5), date(2025, 8, 5), date(2025, 9, 5), date(2025, 10, 5)]
QUOTA_TWO = Change(Wrong.QUOTA, quotas=2)
KEEPER = Actor.staff("k", "K", ["ACCOUNTANT"], ["PD0100"])
CHIEF = Actor.staff("c", "C", ["SUPERVISOR"], ["PD0100"])


def told(start, end, kwh, factor=1):
    case = {"group": "HOME", "from": start.isoformat(), "to": end.isoformat(), "kwh": kwh}
    reading = {
        "serial": "CT1",
        "register": "KT",
        "previous": 0,
        "current": kwh // factor,
        "factor": factor,
        "kwh": kwh,
    }
    return Told(start, end, case, [reading])


class TestWhatIsRight:
    def test_another_group_drops_what_it_has_not(self):
        one = Told(DAYS[0], DAYS[1], {"group": "HOME", "quotas": 2, "kwh": 100}, [])
        [(case, _)] = righting.put_right([one], Change(Wrong.PRICE, "BUSINESS", "LT_6KV"))
        assert case == {"group": "BUSINESS", "voltage": "LT_6KV", "kwh": 100}

    def test_at_home_the_hours_are_one(self):
        one = Told(
            DAYS[0], DAYS[1],
            {"group": "BUSINESS", "voltage": "LT_6KV", "registers": {"normal": 5, "peak": 6, "off_peak": 7}}, [],
        )  # fmt: skip
        [(case, _)] = righting.put_right([one], Change(Wrong.PRICE, "HOME"))
        assert case == {"group": "HOME", "kwh": 18}

    def test_another_factor_multiplies_what_was_used(self):
        [(case, readings)] = righting.put_right(
            [told(DAYS[0], DAYS[1], 120, factor=20)], Change(Wrong.FACTOR, factor=30)
        )
        assert (case["kwh"], readings[0]["kwh"], readings[0]["factor"], readings[0]["current"]) == (180, 180, 30, 6)  # fmt: skip

    def test_unfair_readings_are_spread_by_days_and_none_is_lost(self):
        bills = [told(a, b, kwh) for a, b, kwh in zip(DAYS, DAYS[1:], (0, 0, 0, 1001), strict=False)]
        right = righting.put_right(bills, Change(Wrong.READINGS))
        assert [case["kwh"] for case, _ in right] == [246, 254, 254, 247]  # 30, 31, 31 and 30 days of 122
        assert sum(case["kwh"] for case, _ in right) == 1001
        assert right[0][1] == [{**bills[0].readings[0], "kwh": 246, "estimated": True}]

    def test_several_purposes_are_for_a_person(self):
        with pytest.raises(Contradiction):
            righting.put_right([Told(DAYS[0], DAYS[1], [{}, {}], [])], QUOTA_TWO)


@pytest.fixture
def bills(company):
    customer = uuid4()
    return [
        operations.issue_bill(
            account_code=ACCOUNT, customer_id=customer, unit_code="PD0100", case=told(a, b, 300).case, readings=[],
            billing_month=b, actor=ACTOR, at=NOW,
        )
        for a, b in zip(DAYS, DAYS[1:], strict=False)
    ]  # fmt: skip


def pay(bill):
    ledger_ops.settle_charge(
        charge_id=bill.charge_id, amount_vnd=bill.total_vnd, clearing_account="112", reference="R", actor=ACTOR, at=NOW,
        key=f"pay:{bill.id}",
    )  # fmt: skip


def propose(kind="ADJUST", change=QUOTA_TWO, since=None, actor=KEEPER, reason="Định mức hai hộ"):
    return operations.propose_rebilling(
        account_code=ACCOUNT, change=change, wrong_since=since, kind=kind, reason=reason, actor=actor, at=NOW
    )


def preview(change=QUOTA_TWO, since=None, actor=KEEPER):
    return operations.preview_rebilling(
        account_code=ACCOUNT, change=change, wrong_since=since, actor=actor, at=NOW
    )


@pytest.mark.django_db
class TestSeries:
    def test_looked_at_before_and_nothing_is_written(self, bills):
        plan = preview()
        right = [operations_total(bill, 2) for bill in bills]
        assert plan.since == date(2024, 10, 6)
        assert [line.bill.id for line in plan.lines] == [bill.id for bill in bills]
        assert [(line.bill.total_vnd, line.total_vnd) for line in plan.lines] == [
            (bill.total_vnd, total) for bill, total in zip(bills, right, strict=True)
        ]
        assert plan.lines[3].bill.total_vnd == 798_660
        assert plan.difference_vnd == sum(right) - sum(bill.total_vnd for bill in bills) < 0
        assert not Rebilling.objects.exists()
        assert len(preview(since=date(2025, 8, 20)).lines) == 2

    def test_only_bills_read_after_the_day_it_began(self, bills):
        assert [line.bill.id for line in preview(since=DAYS[2]).lines] == [bills[2].id, bills[3].id]
        with pytest.raises(operations.NothingToRebill):
            preview(since=DAYS[4])

    @pytest.mark.parametrize("kind", ["ADJUST", "REPLACE"])
    def test_another_person_carries_all_of_it_out(self, bills, kind):
        pay(bills[0])
        before = ledger_queries.get_party_balance("3387", bills[0].customer_id)
        row = propose(kind)
        assert (row.state, row.bills, BillCorrection.objects.filter(state="PROPOSED").count()) == ("PROPOSED", 4, 4)  # fmt: skip
        with pytest.raises(operations.SamePerson):
            operations.approve_rebilling(
                rebilling_id=row.id, actor=Actor.staff("k", "K", ["SUPERVISOR"], ["PD0100"]), at=NOW
            )

        done = operations.approve_rebilling(rebilling_id=row.id, actor=CHIEF, at=NOW)

        assert done.state == "DONE"
        new = list(Bill.objects.filter(corrects_id__isnull=False).order_by("to_day"))
        right = [operations_total(bill, 2) for bill in bills]
        if kind == "REPLACE":
            assert [bill.total_vnd for bill in new] == right
            assert {Bill.objects.get(id=bill.id).state for bill in bills} == {"REPLACED"}
        else:
            assert [bill.total_vnd for bill in new] == [
                total - bill.total_vnd for bill, total in zip(bills, right, strict=True)
            ]
        assert sum(row.difference_vnd for row in BillCorrection.objects.all()) == row.difference_vnd
        credit = ledger_queries.get_party_balance("3387", bills[0].customer_id)
        assert credit != before
        assert ledger_queries.check_ledger() == []

    def test_refused_as_a_whole_the_bills_stand(self, bills):
        row = propose()
        with pytest.raises(operations.ReasonMissing):
            operations.refuse_rebilling(rebilling_id=row.id, reason=" ", actor=CHIEF, at=NOW)
        operations.refuse_rebilling(rebilling_id=row.id, reason="Chưa đủ giấy tờ", actor=CHIEF, at=NOW)
        assert set(BillCorrection.objects.values_list("state", flat=True)) == {"REFUSED"}
        assert Bill.objects.filter(state="ISSUED").count() == 4
        assert propose().state == "PROPOSED"

    def test_one_of_it_is_not_approved_by_itself_nor_corrected_beside_it(self, bills):
        propose()
        one = BillCorrection.objects.first()
        with pytest.raises(NotFound):
            operations.approve_correction(correction_id=one.id, actor=CHIEF, at=NOW)
        with pytest.raises(operations.CorrectionWaits):
            operations.propose_correction(
                bill_id=bills[0].id, kind="CANCEL", reason="x", actor=KEEPER, at=NOW
            )

    def test_of_another_unit_it_is_not_theirs(self, bills):
        with pytest.raises(NotAllowed):
            preview(actor=Actor.staff("x", "X", ["ACCOUNTANT"], ["PD0200"]))

    def test_what_comes_out_the_same_is_nothing(self, bills):
        with pytest.raises(operations.NothingToRebill):
            propose(change=Change(Wrong.QUOTA, quotas=1))

    def test_spread_readings_keep_the_sum(self, company):
        customer = uuid4()
        for a, b, kwh in zip(DAYS, DAYS[1:], (50, 50, 50, 1050), strict=False):
            operations.issue_bill(
                account_code=ACCOUNT, customer_id=customer, unit_code="PD0100", case=told(a, b, kwh).case, readings=[],
                billing_month=b, actor=ACTOR, at=NOW,
            )  # fmt: skip
        plan = preview(change=Change(Wrong.READINGS))
        assert sum(line.kwh for line in plan.lines) == 1200
        assert plan.difference_vnd < 0  # tiers are no longer run through in one month


def operations_total(bill, quotas):
    from motcua.billing.rules import rating, reading
    from motcua.tariffs import queries as tariff_queries

    book = tariff_queries.price_book()
    return rating.rate(reading.read_case(bill.case | {"quotas": quotas}, book), book).total_vnd
