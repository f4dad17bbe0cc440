"""A run bills everybody of a unit and a day once, by the rules, and says who it could not bill and why."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from motcua.billing import operations, registry, run_queries
from motcua.billing.models import Bill, RunException
from motcua.billing.rules import quoting
from motcua.billing.rules.refusals import FieldWrong
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed
from motcua.ledger import queries as ledger_queries
from motcua.supply import operations as supply_ops
from motcua.tariffs import queries as tariff_queries
from tests.billing import accounts
from tests.billing.accounts import UNIT, hang, instant, make, meter_of, point_of, read, take_down

pytestmark = pytest.mark.django_db
OCT, NOV, DEC = date(2025, 10, 5), date(2025, 11, 5), date(2025, 12, 5)
NOW = datetime(2025, 12, 6, 3, tzinfo=UTC)
ACTOR = Actor.system("test")


def run(day=NOV, *, unit=UNIT, at=NOW, size=20_000):
    begun = operations.start_run(unit_code=unit, reading_date=day, actor=ACTOR, at=at)
    return operations.go_on(run_id=begun.id, actor=ACTOR, clock=lambda: at, size=size)


def bill_of(code, month=11):
    return Bill.objects.get(account_code=code, billing_month=date(2025, month, 1))


def codes(run):
    return {row.account_code: row.code for row in RunException.objects.filter(run=run, state="OPEN")}


class TestARun:
    def test_bills_a_home_from_its_first_reading_with_charge_and_booking(self, company):
        code = make(OCT, {NOV: 400}, first=100)

        done = run()

        bill = bill_of(code)
        assert (done.state, done.bills, done.kwh, done.total_vnd) == ("DONE", 1, 300, bill.total_vnd)
        assert (bill.from_day, bill.to_day, bill.kwh, bill.total_vnd) == (OCT, NOV, 300, 798_660)
        assert bill.readings == [
            {"serial": meter_of(code), "register": "KT", "previous": 100, "current": 400, "factor": 1, "kwh": 300}
        ]  # fmt: skip
        assert bill.case == {"group": "HOME", "from": "2025-10-05", "to": "2025-11-05", "kwh": 300}
        charge = ledger_queries.get_charge(bill.charge_id)
        assert (charge.account_code, charge.total_vnd, charge.kind) == (code, 798_660, "TD")
        assert charge.customer_id == bill.customer_id
        assert ledger_queries.check_ledger() == []

    def test_goes_on_from_the_last_bill(self, company):
        code = make(OCT, {NOV: 400, DEC: 650}, first=100)
        run()
        run(DEC)
        bill = bill_of(code, 12)
        assert (bill.from_day, bill.to_day, bill.kwh) == (NOV, DEC, 250)

    def test_run_again_adds_nothing(self, company):
        make(OCT, {NOV: 300})
        first = run()
        again = run()
        assert (again.id, again.bills, Bill.objects.count(), again.passes) == (first.id, 1, 1, 2)

    def test_run_again_takes_what_was_missing(self, company):
        late = make(OCT, {})
        first = run()
        assert codes(first) == {late: "NO_READING"}
        read(meter_of(late), NOV, 120)

        again = run()

        assert (again.bills, bill_of(late).kwh) == (1, 120)
        assert codes(again) == {}

    def test_a_register_that_went_round(self, company):
        code = make(OCT, {NOV: 120}, first=99_850, digits=5)
        run()
        assert bill_of(code).kwh == 270

    def test_a_meter_changed_inside_the_period(self, company):
        code = make(OCT, {NOV: 500}, first=100)
        run()
        take_down(code, date(2025, 11, 20), 620)
        hang(point_of(code), "NEW1", date(2025, 11, 20), 7, hour=11)
        read("NEW1", DEC, 107)

        run(DEC)

        bill = bill_of(code, 12)
        assert [(r["serial"], r["previous"], r["current"], r["kwh"]) for r in bill.readings] == [
            (meter_of(code), 500, 620, 120),
            ("NEW1", 7, 107, 100),
        ]
        assert bill.kwh == 220

    def test_hours_and_reactive_power(self, company):
        code = make(OCT, {NOV: {"BT": 1000, "CD": 300, "TD": 200}}, first={"BT": 0, "CD": 0, "TD": 0}, kind="TIME_OF_USE", purpose="BUSINESS")  # fmt: skip
        hang(point_of(code), "VC1", OCT, 0, kind="REACTIVE")
        read("VC1", NOV, 1500)

        run()

        bill = bill_of(code)
        assert bill.case["registers"] == {"normal": 1000, "peak": 300, "off_peak": 200}
        assert bill.case["cosphi"] == 0.71
        assert bill.reactive_vnd > 0
        assert [line["rule"] for line in bill.lines] == ["NORMAL", "OFF_PEAK", "PEAK"]

    def test_a_contract_that_ended_gets_its_last_bill_and_the_next_holder_the_first(self, company):
        code = make(OCT, {NOV: 300})
        run()
        changed = supply_ops.change_holder(
            account_code=code, customer_id=accounts.uuid4(), contract_number="2", reading="440",
            effective_at=instant(date(2025, 11, 20)), actor=ACTOR, at=NOW, key="x",
        )  # fmt: skip
        read(meter_of(code), DEC, 490)

        run(DEC)

        last, first = bill_of(code, 12), bill_of(changed.account_code, 12)
        assert (last.from_day, last.to_day, last.kwh) == (NOV, date(2025, 11, 20), 140)
        assert (first.from_day, first.to_day, first.kwh) == (date(2025, 11, 20), DEC, 50)

    def test_who_was_hung_on_the_day_itself_waits_for_the_next_month(self, company):
        make(NOV, {})
        done = run()
        assert (done.bills, done.not_due, codes(done)) == (0, 1, {})

    def test_tells_others_when_it_is_done(self, company):
        heard = []

        def hear(**told):
            heard.append(told)

        registry.on_bills_issued(hear)
        try:
            make(OCT, {NOV: 300})
            done = run(size=1)
        finally:
            registry.forget(hear)
        assert heard == [{"run_id": done.id, "bill_ids": (), "at": NOW, "actor": ACTOR}]

    def test_units_below_belong_to_a_run_and_others_do_not(self, company):
        make(OCT, {NOV: 300}, unit="PD0100")
        make(OCT, {NOV: 300}, unit="PD0200")
        assert run(unit="PD0200").bills == 1
        assert run(unit="PD0000").bills == 1
        assert Bill.objects.count() == 2


class TestExceptions:
    @pytest.mark.parametrize(
        ("shown", "code"),
        [
            (None, "NO_READING"),
            (50, "NEGATIVE"),
            (240, "ABOVE"),
            (190, ""),
            (110, "BELOW"),
            (100, "ZERO_HOME"),
        ],
    )
    def test_what_a_person_must_see(self, company, shown, code):
        account = make(OCT, {NOV: 100, **({DEC: shown} if shown is not None else {})})
        run()

        done = run(DEC)

        assert codes(done) == ({account: code} if code else {})
        assert done.bills == (0 if code else 1)

    def test_a_purpose_without_a_price(self, company):
        account = make(OCT, {NOV: 100}, purpose="RAILWAY")
        assert codes(run()) == {account: "NO_TERMS"}

    def test_a_dry_run_says_what_a_run_would_come_to_and_writes_nothing(self, company):
        make(OCT, {NOV: 300}, first=0)
        make(OCT, {})
        came = operations.dry_run(unit_code=UNIT, reading_date=NOV, at=NOW, size=1)
        assert (came.accounts, came.bills, came.kwh, came.total_vnd, dict(came.codes)) == (2, 1, 300, 798_660, {"NO_READING": 1})  # fmt: skip
        assert not Bill.objects.exists()
        assert run_queries.list_runs([UNIT], limit=5) == []

    def test_a_day_that_has_not_come_is_refused(self, company):
        with pytest.raises(operations.DayAhead):
            run(date(2026, 1, 5))


class TestWhatABillKeeps:
    def test_rates_to_the_same_again(self, company):
        make(OCT, {NOV: 333}, quota=2)
        make(OCT, {NOV: {"BT": 70, "CD": 0, "TD": 3}}, first={"BT": 0, "CD": 0, "TD": 0}, kind="TIME_OF_USE")
        make(OCT, {NOV: 77}, purpose="PUBLIC")
        run()
        book = tariff_queries.price_book()
        for bill in Bill.objects.all():
            quoted = quoting.quote(bill.case, book, NOV)
            assert (quoted["total_vnd"], quoted["active_vnd"]) == (bill.total_vnd, bill.active_vnd)
            stripped = [
                {k: line[k] for k in ("kwh", "price_vnd", "amount_vnd", "rule", "source")}
                for line in bill.lines
            ]
            assert stripped == quoted["lines"]


class TestDeciding:
    def waiting(self, **more):
        account = make(OCT, {NOV: 100, DEC: 240}, **more)
        run()
        done = run(DEC)
        return account, done, RunException.objects.get(run=done, account_code=account)

    def take_up(self, done):
        operations.take_up_decided(run_id=done.id, actor=ACTOR, at=NOW)
        return operations.go_on(run_id=done.id, actor=ACTOR, clock=lambda: NOW)

    def test_what_somebody_confirmed_is_billed_as_read(self, company, business):
        account, done, found = self.waiting()
        operations.decide(
            exception_id=found.id, decision="CONFIRMED", reason="Đã phúc tra", actor=business, at=NOW
        )

        again = self.take_up(done)

        found.refresh_from_db()
        assert (again.bills, bill_of(account, 12).kwh, found.state) == (1, 140, "SETTLED")
        assert ledger_queries.check_ledger() == []

    def test_another_reading_asks_anew(self, company, business):
        account, done, found = self.waiting()
        operations.decide(exception_id=found.id, decision="CONFIRMED", reason="Đúng", actor=business, at=NOW)
        read(meter_of(account), DEC, 300, source="RECHECK", hour=15)

        assert self.take_up(done).bills == 0
        found.refresh_from_db()
        assert (found.state, found.kwh, found.decided_by) == ("OPEN", 200, "")

    def test_read_again_it_is_billed_by_the_second_reading(self, company, business):
        account, done, found = self.waiting()
        operations.decide(
            exception_id=found.id, decision="REREAD", reason="Nghi ghi sai", actor=business, at=NOW
        )
        read(meter_of(account), date(2025, 12, 6), 205, source="RECHECK")

        assert self.take_up(done).bills == 1
        assert (bill_of(account, 12).kwh, bill_of(account, 12).to_day) == (105, date(2025, 12, 6))

    def test_an_estimate_is_the_daily_average_of_the_bills_before(self, company, business):
        account = make(OCT, {NOV: 310})
        run()
        done = run(DEC)
        found = RunException.objects.get(run=done)
        operations.decide(
            exception_id=found.id, decision="ESTIMATE", reason="Công tơ kẹt", actor=business, at=NOW
        )

        self.take_up(done)

        bill = bill_of(account, 12)
        assert (bill.kwh, bill.from_day, bill.to_day) == (300, NOV, DEC)  # 310 in 31 days, 30 days
        assert (bill.readings[0]["current"], bill.readings[0]["estimated"]) == (310, True)

    def test_who_is_left_out_stays_out(self, company, business):
        _, done, found = self.waiting()
        operations.decide(
            exception_id=found.id, decision="LEFT_OUT", reason="Tranh chấp", actor=business, at=NOW
        )
        assert self.take_up(done).bills == 0
        assert run(DEC).bills == 0

    @pytest.mark.parametrize(
        ("decision", "reason", "refusal"),
        [("ESTIMATE", " ", operations.ReasonMissing), ("PAID", "x", operations.DecisionUnfit)],
    )
    def test_refuses(self, company, business, decision, reason, refusal):
        _, _, found = self.waiting()
        with pytest.raises(refusal):
            operations.decide(exception_id=found.id, decision=decision, reason=reason, actor=business, at=NOW)
        found.refresh_from_db()
        assert found.state == "OPEN"

    def test_only_those_of_the_unit_decide(self, company, crew):
        _, _, found = self.waiting()
        elsewhere = Actor.staff("x", "X", ["BUSINESS"], ["PD0200"])
        for actor in (crew, elsewhere):
            with pytest.raises(NotAllowed):
                operations.decide(exception_id=found.id, decision="LEFT_OUT", reason="x", actor=actor, at=NOW)
            assert found.state == "OPEN"

    def test_many_at_once(self, company, business):
        self.waiting()
        make(OCT, {NOV: 100, DEC: 400})
        run()
        done = run(DEC)
        count = operations.decide_all(run_id=done.id, code="ABOVE", decision="CONFIRMED", reason="Nắng nóng", actor=business, at=NOW)  # fmt: skip
        assert (count, self.take_up(done).bills) == (2, 2)


class TestTerms:
    def set(self, account, since, **terms):
        return operations.set_terms(
            account_code=account, terms=operations.NewTerms(**({"price_group": "HOME"} | terms)), valid_from=since,
            actor=ACTOR, at=NOW, reason="test",
        )  # fmt: skip

    def test_are_those_of_the_days(self, company):
        account = make(OCT, {NOV: 300}, purpose="BUSINESS")
        self.set(account, OCT, price_group="BUSINESS", voltage="KV22_110", factor=40)
        run()
        bill = bill_of(account)
        assert (bill.kwh, bill.case["voltage"]) == (12_000, "KV22_110")

    def test_several_purposes_share_a_meter(self, company):
        account = make(OCT, {NOV: 300})
        shares = [{"group": "HOME", "voltage": "", "share": 6000}, {"group": "BUSINESS", "voltage": "LT_6KV", "share": 4000}]  # fmt: skip
        self.set(account, OCT, purposes=shares)

        run()

        bill = bill_of(account)
        assert [(case["group"], case["kwh"]) for case in bill.case] == [("HOME", 180), ("BUSINESS", 120)]
        book = tariff_queries.price_book()
        assert sum(quoting.quote(case, book, NOV)["active_vnd"] for case in bill.case) == bill.active_vnd
        assert bill.total_vnd == bill.subtotal_vnd + round(bill.subtotal_vnd * 0.08)

    def test_that_change_inside_a_period_hold_for_their_days(self, company):
        account = make(OCT, {NOV: 310})
        self.set(account, date(2025, 10, 15), quota_hundredths=400)

        run()

        cases = bill_of(account).case
        assert [(c["from"], c["to"], c["kwh"], c.get("quotas")) for c in cases] == [
            ("2025-10-05", "2025-10-15", 100, None), ("2025-10-15", "2025-11-05", 210, 4),
        ]  # fmt: skip
        assert cases[0]["billing_month"] == "2025-11"  # the norms are those of the bill's month

    def end(self, account, since):
        return operations.end_terms(
            account_code=account, valid_from=since, actor=ACTOR, at=NOW, reason="test"
        )

    def test_that_end_leave_the_next_period_to_the_contract(self, company):
        account = make(OCT, {NOV: 300, DEC: 600})
        self.set(account, OCT, price_group="BUSINESS", voltage="LT_6KV")
        run()
        self.end(account, NOV)
        run(DEC)
        before, after = bill_of(account), bill_of(account, 12)
        assert (before.case["group"], before.kwh, before.total_vnd) == (
            "BUSINESS",
            300,
            1_021_248,
        )  # 300 x 3152, VAT 8 %
        assert after.case == {"group": "HOME", "from": "2025-11-05", "to": "2025-12-05", "kwh": 300}
        assert after.total_vnd == 798_660

    def test_that_end_inside_a_period_hold_for_their_days(self, company):
        account = make(OCT, {NOV: 310})
        self.set(account, OCT, price_group="BUSINESS", voltage="LT_6KV")
        self.end(account, date(2025, 10, 15))

        run()

        bill = bill_of(account)
        assert [(c["group"], c["from"], c["to"], c["kwh"]) for c in bill.case] == [
            ("BUSINESS", "2025-10-05", "2025-10-15", 100), ("HOME", "2025-10-15", "2025-11-05", 210),
        ]  # fmt: skip
        tiers = 34 * 1984 + 34 * 2050 + 68 * 2380 + 68 * 2998 + 6 * 3350  # norms of 21 days of 31
        assert (bill.active_vnd, bill.total_vnd) == (100 * 3152 + tiers, 905_213)

    def test_that_end_on_their_first_day_never_held(self, company):
        account = make(OCT, {NOV: 300})
        self.set(account, OCT, quota_hundredths=200)
        self.set(account, NOV, quota_hundredths=300)
        with pytest.raises(operations.TermsLater):
            self.end(account, date(2025, 10, 20))
        self.end(account, NOV)
        assert [(row.valid_from, row.valid_to) for row in run_queries.list_terms(account)] == [(OCT, NOV)]
        with pytest.raises(operations.NoTerms):
            self.end(account, NOV)
        self.end(account, OCT)
        assert run_queries.list_terms(account) == []
        run()
        assert bill_of(account).total_vnd == 798_660

    def test_of_tenants_are_parts_of_a_household(self, company):
        account = make(OCT, {})
        assert self.set(account, OCT, tenants=5).quota_hundredths == 125
        assert self.set(account, OCT, tenants=0).is_undeclared

    def test_end_where_the_next_begin(self, company):
        account = make(OCT, {})
        self.set(account, OCT)
        self.set(account, NOV, quota_hundredths=200)
        assert [(row.valid_from, row.valid_to) for row in run_queries.list_terms(account)] == [(NOV, None), (OCT, NOV)]  # fmt: skip
        with pytest.raises(operations.TermsLater):
            self.set(account, date(2025, 10, 20))

    @pytest.mark.parametrize(
        "wrong", [{"price_group": "X"}, {"voltage": "X", "price_group": "BUSINESS"}, {"reading_days": [0]}, {"factor": 0},
                  {"purposes": [{"group": "HOME", "voltage": "", "share": 1}]}],
    )  # fmt: skip
    def test_refuse_what_has_no_price(self, company, wrong):
        account = make(OCT, {})
        with pytest.raises(FieldWrong):
            self.set(account, OCT, **wrong)
        assert run_queries.list_terms(account) == []

    def test_say_the_reading_days_up_to_three_a_month(self, company):
        first, second = date(2025, 11, 10), date(2025, 11, 20)
        account = make(OCT, {first: 400, second: 520})
        self.set(account, OCT, reading_days=[10, 20])
        assert run().bills == 0
        assert (run(first).bills, run(second).bills) == (1, 1)
        assert list(Bill.objects.filter(account_code=account).order_by("period").values_list("period", "kwh")) == [(1, 400), (2, 120)]  # fmt: skip
