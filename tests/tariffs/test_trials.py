"""Prices on trial: entered beside the decision that holds, whole or not at all, approved by another, owed by nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from motcua.companies.context import in_public
from motcua.kernel.actors import Actor
from motcua.tariffs import operations, proposing, queries, structures
from motcua.tariffs.book import Part
from motcua.tariffs.models import PricesOnTrial, Relief
from motcua.tariffs.new_prices import BadStructure, NewPrice, check_structure, check_trial, entered

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
AN, BINH = Actor.staff("a", "An", ["ADMIN"]), Actor.staff("b", "Bình", ["DIRECTOR"])
FROM = date(2027, 1, 1)
GROUP = "PRODUCTION_TWO_PART"
HOURS = [
    ((GROUP, "KV22_110", "NORMAL", 0), 1253),
    ((GROUP, "KV22_110", "OFF_PEAK", 0), 843),
    ((GROUP, "KV22_110", "PEAK", 0), 2162),
]


@pytest.fixture
def national(db):
    with in_public():
        operations.load_reference_data(at=AT)
        yield


def begin(**more):
    told = {
        "number": "9/QĐ-BCT", "issued_on": date(2026, 12, 20), "valid_from": FROM, "source": "QĐ 9/QĐ-BCT", "confidence": "high",
        "actor": AN, "at": AT,
    }  # fmt: skip
    return proposing.begin_trial(**told | more)


class TestWhatItBeginsAs:
    def test_the_capacity_prices_that_were_made_public_and_no_price_of_energy(self, national):
        row = queries.find_proposal(begin())
        prices = [NewPrice.read(told) for told in row.prices]

        assert {price.voltage: price.price_vnd for price in prices if price.part is Part.CAPACITY} == {
            "GE_110KV": 209_459, "KV22_110": 235_414, "KV6_22": 240_050, "LT_6KV": 286_153,
        }  # fmt: skip
        assert {price.price_vnd for price in prices if price.part is not Part.CAPACITY} == {0}
        assert (len(prices), {price.customer_group for price in prices}) == (20, {GROUP})
        assert (row.kind, row.average_vnd) == ("TRIAL", Decimal("2204.0655"))

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"number": "1279/QĐ-BCT"}, proposing.KnownNumber),
            ({"valid_from": date(2026, 11, 1)}, operations.InThePast),
            ({"source": " "}, operations.SourceMissing),
        ],
    )
    def test_is_refused(self, national, changed, refusal):
        with pytest.raises(refusal):
            begin(**changed)

    def test_nothing_where_nothing_is_tried(self, national):
        PricesOnTrial.objects.update(valid_to=date(2026, 12, 31))
        with pytest.raises(proposing.NothingOnTrial) as found:
            begin()
        assert found.value.field == "valid_from"


class TestTheWay:
    def approved(self):
        made = begin()
        proposing.set_prices(proposal_id=made, prices=HOURS)
        proposing.submit(proposal_id=made, actor=AN, at=AT)
        return made, proposing.approve(proposal_id=made, actor=BINH, at=AT)

    def test_leaves_the_decision_and_its_prices_alone(self, national):
        before = queries.price_book()
        _, count = self.approved()
        after = queries.price_book()

        (span,) = after.spans(GROUP, "KV22_110")
        assert {part: price.price_vnd for part, price in span.by_part.items()} == {
            Part.CAPACITY: 235_414, Part.NORMAL: 1253, Part.OFF_PEAK: 843, Part.PEAK: 2162,
        }  # fmt: skip
        assert (count, span.valid_from, span.valid_to) == (4, FROM, None)
        assert {price.decision for price in span.by_part.values()} == {"9/QĐ-BCT"}
        assert after.decisions == before.decisions
        assert [p for p in after.prices if p.customer_group != GROUP] == list(before.prices)
        assert not after.spans(GROUP, "KV6_22")

    def test_wants_somebody_else_to_approve(self, national):
        made = begin()
        proposing.set_prices(proposal_id=made, prices=HOURS)
        proposing.submit(proposal_id=made, actor=AN, at=AT)
        with pytest.raises(operations.SameEyes):
            proposing.approve(proposal_id=made, actor=AN, at=AT)

    @pytest.mark.parametrize("prices", [[], HOURS[:2], [*HOURS, ((GROUP, "KV22_110", "ONE", 0), 1300)]])
    def test_of_a_voltage_is_whole_or_not_at_all(self, national, prices):
        made = begin()
        proposing.set_prices(proposal_id=made, prices=prices)
        with pytest.raises(BadStructure):
            proposing.submit(proposal_id=made, actor=AN, at=AT)

    def test_without_capacity_is_no_two_part_price(self, national):
        made = begin()
        proposing.set_prices(proposal_id=made, prices=[*HOURS, ((GROUP, "KV22_110", "CAPACITY", 0), 0)])
        with pytest.raises(BadStructure):
            proposing.submit(proposal_id=made, actor=AN, at=AT)

    def test_a_number_is_known_from_its_prices_too(self, national):
        self.approved()
        with pytest.raises(proposing.KnownNumber):
            begin()

    def test_the_next_one_begins_with_what_is_tried(self, national):
        self.approved()
        begun = structures.trial_begun_from(queries.price_book(), date(2027, 6, 1))
        assert {price.key: price.price_vnd for price in begun}[GROUP, "KV22_110", "PEAK", 0] == 2162

    def test_an_ordinary_decision_does_not_move_what_is_tried(self, national):
        self.approved()
        begun = structures.begun_from(queries.price_book(), FROM, Decimal(3000), new_structure=False)
        assert GROUP not in {price.customer_group for price in begun}


class TestWhatPricesMustBe:
    CAPACITY = NewPrice("A", Part.CAPACITY, 200_000, "X")
    ONE = NewPrice("A", Part.ONE, 1300, "X")

    def test_capacity_stands_beside_energy_and_once(self):
        check_trial([self.CAPACITY, self.ONE])
        check_structure([self.CAPACITY, self.ONE])
        for bad in (
            [self.CAPACITY], [self.CAPACITY, self.CAPACITY, self.ONE], [self.CAPACITY, NewPrice("A", Part.TIER, 1, "X", tier=1)],
        ):  # fmt: skip
            with pytest.raises(BadStructure):
                check_structure(bad)
        for bad in ([], [self.ONE], [self.CAPACITY, self.ONE, NewPrice("A", Part.ONE, 1, "Y")]):
            with pytest.raises(BadStructure):
                check_trial(bad)

    def test_a_voltage_without_energy_prices_is_left_out(self):
        other = NewPrice("A", Part.CAPACITY, 1, "Y")
        assert entered([self.CAPACITY, self.ONE, other, NewPrice("A", Part.ONE, 0, "Y")]) == [
            self.CAPACITY,
            self.ONE,
        ]


class TestTheDatabase:
    def test_a_trial_is_of_another_group(self, national):
        with pytest.raises(IntegrityError), transaction.atomic():
            PricesOnTrial.objects.update(trial_group="PRODUCTION")

    def test_a_relief_takes_something_off_or_lends_a_price(self, national):
        lent = Relief.objects.filter(price_group="PRODUCTION")
        assert set(lent.values_list("code", "area", "percent")) == {
            ("COVID_1_LODGING", "TOURIST_LODGING", 0), ("COVID_3_LODGING", "TOURIST_LODGING", 0),
        }  # fmt: skip
        for wrong in ({"price_group": ""}, {"tiers_to": 2}, {"to_kwh": 100}):
            with pytest.raises(IntegrityError), transaction.atomic():
                lent.update(**wrong)
