"""A series of bills put right together: to the dong, by two people, all or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.billing import operations, queries, recounting
from motcua.billing.models import Bill, BillCorrection, Rebilling
from motcua.billing.operations.issuing import told_case
from motcua.billing.rules import rating, righting
from motcua.billing.rules.case import Case
from motcua.billing.rules.refusals import HoursUnknown, NoHouseholds, RegistersChanged
from motcua.billing.rules.righting import Change, Told, Wrong
from motcua.billing.rules.terms import Terms, by_terms, cases_of
from motcua.billing.rules.use import Purpose
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed, NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.tariffs import energy
from motcua.tariffs.book import Part
from tests.billing.accounts import make

NOW = datetime(2025, 10, 6, 3, tzinfo=UTC)
ACTOR = Actor.system("test")
ACCOUNT = "PD01000000001"
DAYS = [date(2025, 6, 5), date(2025, 7, 5), date(2025, 8, 5), date(2025, 9, 5), date(2025, 10, 5)]
BOOK = energy.price_book()
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
        [(case, _)] = righting.put_right([one], Change(Wrong.PRICE, "BUSINESS", "LT_6KV"), BOOK)
        assert case == {"group": "BUSINESS", "voltage": "LT_6KV", "kwh": 100}

    def test_at_home_the_hours_are_one(self):
        one = Told(
            DAYS[0], DAYS[1],
            {"group": "BUSINESS", "voltage": "LT_6KV", "registers": {"normal": 5, "peak": 6, "off_peak": 7}}, [],
        )  # fmt: skip
        [(case, _)] = righting.put_right([one], Change(Wrong.PRICE, "HOME"), BOOK)
        assert case == {"group": "HOME", "kwh": 18}

    def test_another_factor_multiplies_what_was_used(self):
        [(case, readings)] = righting.put_right(
            [told(DAYS[0], DAYS[1], 120, factor=20)], Change(Wrong.FACTOR, factor=30), BOOK
        )
        assert (case["kwh"], readings[0]["kwh"], readings[0]["factor"], readings[0]["current"]) == (180, 180, 30, 6)  # fmt: skip

    def test_unfair_readings_are_spread_by_days_and_none_is_lost(self):
        bills = [told(a, b, kwh) for a, b, kwh in zip(DAYS, DAYS[1:], (0, 0, 0, 1001), strict=False)]
        right = righting.put_right(bills, Change(Wrong.READINGS), BOOK)
        assert [case["kwh"] for case, _ in right] == [246, 254, 254, 247]  # 30, 31, 31 and 30 days of 122
        assert sum(case["kwh"] for case, _ in right) == 1001
        assert right[0][1] == [{**bills[0].readings[0], "kwh": 246, "estimated": True}]

    def test_of_several_purposes_homes_alone_have_households(self):
        cases = [
            {"group": "HOME", "kwh": 60, "tenants": 0},
            {"group": "BUSINESS", "voltage": "LT_6KV", "kwh": 40},
        ]
        [(right, _)] = righting.put_right([Told(DAYS[0], DAYS[1], cases, [])], QUOTA_TWO, BOOK)
        assert right == [{"group": "HOME", "kwh": 60, "quotas": 2}, cases[1]]
        with pytest.raises(NoHouseholds):
            righting.put_right([Told(DAYS[0], DAYS[1], [cases[1], cases[1]], [])], QUOTA_TWO, BOOK)

    def test_another_group_makes_one_of_purposes_that_shared_their_days(self):
        days = [{"from": "2025-06-05", "to": "2025-06-20"}, {"from": "2025-06-20", "to": "2025-07-05"}]
        cases = [
            {"group": "HOME", "quotas": 2, "kwh": 60, **days[0]}, {"group": "BUSINESS", "voltage": "LT_6KV", "kwh": 40, **days[0]},
            {"group": "HOME", "kwh": 7, **days[1]},
        ]  # fmt: skip
        one = Told(DAYS[0], DAYS[1], cases, [])
        [(right, _)] = righting.put_right([one], Change(Wrong.PRICE, "BUSINESS", "KV6_22"), BOOK)
        assert right == [
            {"group": "BUSINESS", "voltage": "KV6_22", "kwh": 100, **days[0]},
            {"group": "BUSINESS", "voltage": "KV6_22", "kwh": 7, **days[1]},
        ]
        hours = {
            "group": "BUSINESS",
            "voltage": "LT_6KV",
            "registers": {"normal": 5, "off_peak": 7, "peak": 6},
        }
        mixed = Told(DAYS[0], DAYS[1], [{"group": "HOME", "kwh": 18}, hours], [])
        assert righting.put_right([mixed], Change(Wrong.PRICE, "HOME"), BOOK)[0][0] == {
            "group": "HOME",
            "kwh": 36,
        }
        with pytest.raises(HoursUnknown) as refused:  # no readings that tell the hours of all of it
            righting.put_right([mixed], Change(Wrong.PRICE, "PRODUCTION", "LT_6KV"), BOOK)
        assert (refused.value.field, refused.value.facts) == (
            "group",
            {"start": "05/06/2025", "end": "05/07/2025"},
        )

    def test_where_one_purpose_knew_no_hours_the_readings_tell_them_for_the_right_group(self):
        billed = of_purposes(HOME_AND_SHOP, {Part.NORMAL: 90, Part.OFF_PEAK: 31, Part.PEAK: 40})
        assert [set(case) & {"kwh", "registers"} for case in billed.case] == [{"kwh"}, {"registers"}]

        [(right, readings)] = righting.put_right([billed], Change(Wrong.PRICE, "PRODUCTION", "LT_6KV"), BOOK)

        assert (right["group"], right["registers"], "kwh" in right) == (
            "PRODUCTION", {"normal": 90, "off_peak": 31, "peak": 40}, False,
        )  # fmt: skip
        assert readings == billed.readings

    def test_a_home_on_a_meter_of_three_registers_pays_by_its_hours_as_a_shop(self):
        case = {"group": "HOME", "quotas": 2, "kwh": 161}
        shown = {"BT": 90, "TD": 31, "CD": 40, "VC": 7}
        readings = [{"serial": "C", "register": name, "kwh": kwh} for name, kwh in shown.items()]

        [(right, _)] = righting.put_right([Told(DAYS[0], DAYS[1], case, readings)], Change(Wrong.PRICE, "BUSINESS", "LT_6KV"), BOOK)  # fmt: skip

        assert right == {
            "group": "BUSINESS", "voltage": "LT_6KV", "registers": {"normal": 90, "off_peak": 31, "peak": 40},
        }  # fmt: skip
        with pytest.raises(HoursUnknown):
            righting.put_right([Told(DAYS[0], DAYS[1], {**case, "kwh": 162}, readings)], Change(Wrong.PRICE, "BUSINESS", "LT_6KV"), BOOK)  # fmt: skip

    def test_a_group_whose_prices_know_no_hours_has_them_together(self):
        registers = {"normal": 5, "peak": 6, "off_peak": 7}
        one = Told(DAYS[0], DAYS[1], {"group": "BUSINESS", "voltage": "LT_6KV", "registers": registers}, [])
        [(case, _)] = righting.put_right([one], Change(Wrong.PRICE, "HOSPITAL_SCHOOL", "LT_6KV"), BOOK)
        assert case == {"group": "HOSPITAL_SCHOOL", "voltage": "LT_6KV", "kwh": 18}

    def test_readings_are_not_spread_over_a_change_of_registers(self):
        before, after = told(DAYS[0], DAYS[1], 50), of_purposes((Purpose("BUSINESS", "LT_6KV", 10_000),), {Part.NORMAL: 9, Part.OFF_PEAK: 3, Part.PEAK: 4})  # fmt: skip
        with pytest.raises(RegistersChanged) as refused:
            righting.put_right([before, replace(after, start=DAYS[1], end=DAYS[2])], Change(Wrong.READINGS), BOOK)  # fmt: skip
        assert (refused.value.field, refused.value.facts) == ("wrong_since", {"day": "05/07/2025"})


HOME_AND_SHOP = (Purpose("HOME", "", 2_500), Purpose("BUSINESS", "LT_6KV", 7_500))


def of_purposes(purposes, use, factor=1):
    """A bill of one meter as a run writes it: its cases, and its readings by register."""
    whole = Case("HOME", DAYS[0], DAYS[1], use, DAYS[1].replace(day=1), 30)
    cases = [told_case(one) for one in by_terms(whole, Terms("HOME", "", purposes=tuple(purposes)), BOOK)]
    names = {Part.ONE: "KT", Part.NORMAL: "BT", Part.OFF_PEAK: "TD", Part.PEAK: "CD"}
    readings = [{"serial": "CT1", "register": names[part], "factor": factor, "kwh": kwh} for part, kwh in use.items()]  # fmt: skip
    return Told(DAYS[0], DAYS[1], cases, readings, tuple(one.share for one in purposes))


@given(
    share=st.integers(1, 9_999), factor=st.integers(1, 40), right=st.integers(1, 40), has_hours=st.booleans(),
    shown=st.tuples(*[st.integers(0, 3_000)] * 3),
)  # fmt: skip
def test_a_factor_put_right_is_the_bill_a_run_would_have_made_and_the_same_one_changes_nothing(share, factor, right, has_hours, shown):  # fmt: skip
    purposes = (replace(HOME_AND_SHOP[0], share=share), replace(HOME_AND_SHOP[1], share=10_000 - share))
    parts = dict(zip((Part.NORMAL, Part.OFF_PEAK, Part.PEAK), shown, strict=True)) if has_hours else {Part.ONE: shown[0]}  # fmt: skip
    billed, ought = (
        of_purposes(purposes, {part: kwh * times for part, kwh in parts.items()}, times)
        for times in (factor, right)
    )

    assert righting.put_right([billed], Change(Wrong.FACTOR, factor=right), BOOK) == [(ought.case, list(ought.readings))]  # fmt: skip
    assert righting.put_right([billed], Change(Wrong.FACTOR, factor=factor), BOOK) == [(billed.case, list(billed.readings))]  # fmt: skip
    assert (
        righting.put_right([billed], Change(Wrong.READINGS), BOOK)[0][0] == billed.case
    )  # alone it has all its days
    unknown = replace(billed, shares=())  # no terms tell the shares: as it was shared
    total = sum(sum(righting._kwh_of(case).values()) for case in righting.put_right([unknown], Change(Wrong.FACTOR, factor=right), BOOK)[0][0])  # fmt: skip
    assert total == sum(parts.values()) * right


@given(share=st.integers(1, 9_999), cut=st.integers(1, 29), shown=st.tuples(*[st.integers(0, 3_000)] * 3))
def test_a_price_put_right_is_the_bill_a_run_would_have_made(share, cut, shown):
    """A home and a shop, of other shares from some day on, were production all the time."""
    use = dict(zip((Part.NORMAL, Part.OFF_PEAK, Part.PEAK), shown, strict=True))
    whole = Case("HOME", DAYS[0], DAYS[1], use, DAYS[1].replace(day=1), 30)
    days = (DAYS[0], DAYS[0] + timedelta(days=cut))
    shared = [(replace(HOME_AND_SHOP[0], share=of), replace(HOME_AND_SHOP[1], share=10_000 - of)) for of in (share, 2_500)]  # fmt: skip
    billed = cases_of(whole, [(day, Terms("HOME", "", purposes=both)) for day, both in zip(days, shared, strict=True)], BOOK)  # fmt: skip
    ought = cases_of(whole, [(day, Terms("PRODUCTION", "LT_6KV")) for day in days], BOOK)
    told = Told(
        DAYS[0], DAYS[1], [told_case(one) for one in billed], of_purposes(HOME_AND_SHOP, use).readings
    )

    [(right, _readings)] = righting.put_right([told], Change(Wrong.PRICE, "PRODUCTION", "LT_6KV"), BOOK)

    assert right == [told_case(one) for one in ought]


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


@pytest.fixture
def shared_meter(company):
    """A home with a shop behind one meter of three registers, billed by runs with a factor of 20."""
    shown = {DAYS[3]: {"BT": 11, "CD": 4, "TD": 6}, DAYS[4]: {"BT": 20, "CD": 9, "TD": 11}}
    code = make(DAYS[2], shown, kind="TIME_OF_USE", first={"BT": 0, "CD": 0, "TD": 0})
    shares = [{"group": one.group, "voltage": one.voltage, "share": one.share} for one in HOME_AND_SHOP]
    terms = operations.NewTerms("HOME", factor=20, purposes=shares)
    operations.set_terms(account_code=code, terms=terms, valid_from=DAYS[0], actor=ACTOR, at=NOW)
    for day in DAYS[3:]:
        run = operations.start_run(unit_code="PD0100", reading_date=day, actor=ACTOR, at=NOW)
        operations.go_on(run_id=run.id, actor=ACTOR, clock=lambda: NOW)
    return code


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["ADJUST", "REPLACE"])
def test_several_purposes_are_put_right_to_the_dong_and_unchanged_facts_change_nothing(shared_meter, kind):
    told = {"account_code": shared_meter, "wrong_since": None, "actor": KEEPER, "at": NOW}
    before = list(Bill.objects.filter(account_code=shared_meter).order_by("to_day"))
    for same in (Change(Wrong.FACTOR, factor=20), Change(Wrong.QUOTA, quotas=1)):
        plan = operations.preview_rebilling(**told, change=same)
        assert ([line.total_vnd for line in plan.lines], plan.changed) == ([bill.total_vnd for bill in before], [])  # fmt: skip

    row = operations.propose_rebilling(**told, change=Change(Wrong.FACTOR, factor=30), kind=kind, reason="x")
    operations.approve_rebilling(rebilling_id=row.id, actor=CHIEF, at=NOW)

    new = list(Bill.objects.filter(corrects_id__isnull=False).order_by("to_day"))
    assert [bill.corrects_id for bill in new] == [bill.id for bill in before]
    for old, made, registers in zip(before, new, ((11, 4, 6), (9, 5, 5)), strict=True):
        use = {part: kwh * 30 for part, kwh in zip((Part.NORMAL, Part.PEAK, Part.OFF_PEAK), registers, strict=True)}  # fmt: skip
        whole = Case(
            "HOME", old.from_day, old.to_day, use, old.billing_month, (old.to_day - old.from_day).days
        )
        cases = by_terms(whole, Terms("HOME", "", purposes=HOME_AND_SHOP), BOOK)
        ought = rating.rate_together(cases, BOOK, whole).total_vnd
        assert made.total_vnd == (ought if kind == "REPLACE" else ought - old.total_vnd) > 0
        if kind == "REPLACE":
            assert recounting.recount(queries.view_of(made), BOOK).agrees
    assert ledger_queries.check_ledger() == []


PRODUCTION = Change(Wrong.PRICE, "PRODUCTION", "LT_6KV")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["ADJUST", "REPLACE"])
def test_a_home_with_a_shop_was_a_workshop_and_pays_by_the_hours_of_its_meter(shared_meter, kind):
    row = operations.propose_rebilling(
        account_code=shared_meter, change=PRODUCTION, wrong_since=None, actor=KEEPER, at=NOW, kind=kind, reason="Xưởng"
    )  # fmt: skip
    operations.approve_rebilling(rebilling_id=row.id, actor=CHIEF, at=NOW)

    before = list(Bill.objects.filter(account_code=shared_meter, corrects_id__isnull=True).order_by("to_day"))
    new = list(Bill.objects.filter(corrects_id__isnull=False).order_by("to_day"))
    # decision 1279: 1987, 3640 and 1300 dong; (220, 80, 120) and (180, 100, 100) kWh
    ought = [money_of(220 * 1987 + 80 * 3640 + 120 * 1300), money_of(180 * 1987 + 100 * 3640 + 100 * 1300)]
    assert ought == [955_087, 919_793]
    assert [bill.total_vnd for bill in new] == (
        ought
        if kind == "REPLACE"
        else [right - old.total_vnd for right, old in zip(ought, before, strict=True)]
    )
    assert ledger_queries.check_ledger() == []


def money_of(net_vnd):
    return net_vnd + (net_vnd * 8 + 50) // 100


@pytest.mark.django_db
def test_where_the_readings_do_not_tell_the_hours_it_is_refused_and_nothing_is_written(company):
    case = told(DAYS[0], DAYS[1], 162).case  # one more than the registers
    shown = of_purposes(HOME_AND_SHOP, {Part.NORMAL: 90, Part.OFF_PEAK: 31, Part.PEAK: 40}).readings
    operations.issue_bill(
        account_code=ACCOUNT, customer_id=uuid4(), unit_code="PD0100", case=case, readings=shown, billing_month=DAYS[1],
        actor=ACTOR, at=NOW,
    )  # fmt: skip
    with pytest.raises(HoursUnknown) as refused:
        propose(change=PRODUCTION)

    assert refused.value.facts == {"start": "05/06/2025", "end": "05/07/2025"}
    assert (Rebilling.objects.count(), BillCorrection.objects.count(), Bill.objects.count()) == (0, 0, 1)


@pytest.mark.django_db
def test_what_the_refusal_advises_bills_those_days_again_by_the_right_terms(company):
    """Right terms, the bill and those after it cancelled: the next run has all their days."""
    shown = {DAYS[3]: {"BT": 11, "CD": 4, "TD": 6}, DAYS[4]: {"BT": 20, "CD": 9, "TD": 11}}
    code = make(DAYS[2], shown, kind="TIME_OF_USE", first={"BT": 0, "CD": 0, "TD": 0})
    shares = [{"group": one.group, "voltage": one.voltage, "share": one.share} for one in HOME_AND_SHOP]
    operations.set_terms(account_code=code, terms=operations.NewTerms("HOME", purposes=shares), valid_from=DAYS[0], actor=ACTOR, at=NOW)  # fmt: skip
    wrong = bill_by_run(DAYS[3])

    operations.set_terms(account_code=code, terms=operations.NewTerms("PRODUCTION", "LT_6KV"), valid_from=DAYS[0], actor=ACTOR, at=NOW)  # fmt: skip
    operations.propose_correction(bill_id=wrong.id, kind="CANCEL", reason="x", actor=KEEPER, at=NOW)
    right = bill_by_run(DAYS[4])

    assert Bill.objects.get(id=wrong.id).state == "CANCELLED"
    assert (right.from_day, right.to_day, right.case["registers"]) == (
        DAYS[2], DAYS[4], {"normal": 20, "off_peak": 11, "peak": 9},
    )  # fmt: skip


def bill_by_run(day):
    run = operations.start_run(unit_code="PD0100", reading_date=day, actor=ACTOR, at=NOW)
    operations.go_on(run_id=run.id, actor=ACTOR, clock=lambda: NOW)
    return Bill.objects.get(run_id=run.id)


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
