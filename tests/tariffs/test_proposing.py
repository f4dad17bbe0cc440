"""The next price decision: entered by one, let hold by another, begun from what is known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from motcua.companies.context import in_public
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.tariffs import operations, proposing, queries, structures
from motcua.tariffs.book import Part
from motcua.tariffs.models import PriceProposal
from motcua.tariffs.new_prices import NewPrice, check_structure

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
AN, BINH = Actor.staff("a", "An", ["ADMIN"]), Actor.staff("b", "Bình", ["DIRECTOR"])
FROM = date(2027, 1, 1)
AVERAGE = Decimal("2204.0655")


@pytest.fixture
def national(db):
    with in_public():
        operations.load_reference_data(at=AT)
        yield


def begin(**more):
    told = {
        "number": "1/QĐ-BCT", "issued_on": date(2026, 12, 20), "average_vnd": AVERAGE, "valid_from": FROM,
        "source": "QĐ 1/QĐ-BCT", "confidence": "high", "new_structure": False, "actor": AN, "at": AT,
    }  # fmt: skip
    return proposing.begin(**told | more)


class TestWhatItBeginsAs:
    def test_todays_prices_where_the_average_stays(self, national):
        book = queries.price_book()
        assert structures.begun_from(book, AT.date(), AVERAGE, new_structure=False) == structures.present(
            book, AT.date()
        )

    def test_all_prices_move_with_the_average(self, national):
        book = queries.price_book()
        moved = structures.begun_from(book, AT.date(), AVERAGE * 2, new_structure=False)
        assert [price.price_vnd for price in moved] == [
            price.price_vnd * 2 for price in structures.present(book, AT.date())
        ]

    def test_five_tiers_by_the_decided_percentages(self, national):
        prices = structures.begun_from(queries.price_book(), AT.date(), AVERAGE, new_structure=True)
        homes = [price for price in prices if price.customer_group == "HOME" and price.part is Part.TIER]
        assert [(one.width_kwh, one.price_vnd) for one in homes] == [
            (100, 1984), (100, 2380), (200, 2998), (300, 3571), (None, 3967),
        ]  # fmt: skip
        by_key = {price.key: price.price_vnd for price in prices}
        assert by_key["HOME", "", "UNDECLARED", 0] == 2380
        assert by_key["PRODUCTION", "LE_1KV", "PEAK", 0] == 3703
        assert by_key["EV_CHARGING", "GT_1KV", "NORMAL", 0] == 2601
        assert by_key["HOSPITAL_SCHOOL", "LE_1KV", "ONE", 0] == 2116
        assert ("HOME_PREPAID", "", "ONE", 0) in by_key
        assert ("BUSINESS", "LT_6KV", "PEAK", 0) not in by_key
        check_structure(prices)


class TestTheWay:
    def test_entered_mended_sent_and_let_hold_by_somebody_else(self, national):
        made = begin(new_structure=True)
        proposing.set_prices(proposal_id=made, prices=[(("HOME", "", "TIER", 1), 1999)])
        proposing.submit(proposal_id=made, actor=AN, at=AT)
        with pytest.raises(operations.SameEyes):
            proposing.approve(proposal_id=made, actor=AN, at=AT)
        count = proposing.approve(proposal_id=made, actor=BINH, at=AT)

        book = queries.price_book()
        assert count == len(PriceProposal.objects.get().prices)
        assert [tier.price_vnd for tier in book.spans("HOME", "")[-1].tiers] == [1999, 2380, 2998, 3571, 3967]
        assert book.find_decision(FROM).number == "1/QĐ-BCT"
        assert queries.find_proposal(made).state == "APPROVED"

    def test_what_was_sent_is_not_changed_until_it_is_taken_back(self, national):
        made = begin()
        proposing.submit(proposal_id=made, actor=AN, at=AT)
        with pytest.raises(proposing.NotOpen):
            proposing.set_prices(proposal_id=made, prices=[(("HOME", "", "TIER", 1), 1999)])
        proposing.take_back(proposal_id=made)
        proposing.set_prices(proposal_id=made, prices=[(("HOME", "", "TIER", 1), 1999)])

    def test_a_rejected_one_says_why_and_frees_its_number(self, national):
        made = begin()
        with pytest.raises(proposing.ReasonMissing):
            proposing.reject(proposal_id=made, reason=" ", actor=BINH, at=AT)
        proposing.reject(proposal_id=made, reason="sai số", actor=BINH, at=AT)
        with pytest.raises(proposing.NotOpen):
            proposing.submit(proposal_id=made, actor=AN, at=AT)
        assert begin() != made

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"number": "1279/QĐ-BCT"}, proposing.KnownNumber),
            ({"valid_from": date(2026, 11, 1)}, operations.InThePast),
            ({"source": " "}, operations.SourceMissing),
            ({"average_vnd": Decimal(0)}, operations.BadAmount),
        ],
    )
    def test_is_refused(self, national, changed, refusal):
        with pytest.raises(refusal):
            begin(**changed)
        assert not PriceProposal.objects.exists()

    def test_one_number_is_entered_once(self, national):
        begin()
        with pytest.raises(proposing.KnownNumber):
            begin()

    def test_prices_that_are_none(self, national):
        made = begin()
        with pytest.raises(operations.BadAmount):
            proposing.set_prices(proposal_id=made, prices=[(("HOME", "", "TIER", 1), 0)])
        with pytest.raises(proposing.PriceUnknown):
            proposing.set_prices(proposal_id=made, prices=[(("HOME", "", "TIER", 9), 5)])
        with pytest.raises(NotFound):
            proposing.set_prices(proposal_id=uuid4(), prices=[])

    def test_the_database_wants_four_eyes_too(self, national):
        begin()
        with pytest.raises(IntegrityError), transaction.atomic():
            PriceProposal.objects.update(state="APPROVED", decided_by=AN.ref, decided_at=AT)

    def test_a_price_reads_as_it_was_told(self):
        price = NewPrice("HOME", Part.TIER, 1984, tier=1, width_kwh=50)
        assert NewPrice.read(price.told()) == price
