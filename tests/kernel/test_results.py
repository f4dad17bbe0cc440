"""Refusals, actors, hashes, periods, local time."""

import pickle
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import hashing, local_time, periods
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.periods import Period
from motcua.kernel.results import Invalid, NotFound, Problem, Refused


class MeterElsewhere(Refused):
    code = "METER_ELSEWHERE"
    message = "Công tơ %(serial)s đang treo ở nơi khác."


class TestRefused:
    def test_says_its_sentence_with_its_facts(self):
        refusal = MeterElsewhere(field="meter_serial", serial="19012345")

        assert str(refusal) == "Công tơ 19012345 đang treo ở nơi khác."
        assert refusal.problems() == {
            "meter_serial": [Problem("METER_ELSEWHERE", MeterElsewhere.message, {"serial": "19012345"})]
        }
        assert str(refusal.problems()["meter_serial"][0]) == str(refusal)

    def test_a_missing_fact_is_a_gap_and_a_percent_sign_harmless(self):
        assert str(MeterElsewhere()) == "Công tơ  đang treo ở nơi khác."
        assert str(Problem("X", "Giảm 10% thuế", {"a": 1})) == "Giảm 10% thuế"

    def test_shows_no_values_in_its_representation(self):
        assert "19012345" not in repr(MeterElsewhere(serial="19012345"))

    def test_travels_between_processes(self):
        again = pickle.loads(pickle.dumps(MeterElsewhere(field="f", serial="1")))
        many = pickle.loads(pickle.dumps(Invalid({"a": [Problem("X", "x")]}, n=1)))

        assert (type(again), again.field, again.facts) == (MeterElsewhere, "f", {"serial": "1"})
        assert (many.errors, many.facts) == ({"a": [Problem("X", "x")]}, {"n": 1})

    def test_many_at_once(self):
        refusal = Invalid({"a": [Problem("X", "x")], "b": []})

        assert refusal.problems() == {"a": [Problem("X", "x")]}
        assert refusal.code == "INVALID"
        assert NotFound().code == "NOT_FOUND"


class TestActor:
    def test_each_kind_has_a_ref_that_can_be_read_back(self):
        for actor, ref in (
            (Actor.staff(UUID(int=5), "Lan", ["CREW"], ["PD01"]), f"staff:{UUID(int=5)}"),
            (Actor.customer("c1"), "customer:c1"),
            (Actor.system("sweeper"), "system:sweeper"),
            (Actor.partner("VCB"), "partner:VCB"),
            (Actor.anonymous("v:1"), "anonymous:v:1"),
        ):
            assert actor.ref == ref
            assert Actor.from_ref(ref).ref == ref
            assert Actor.from_ref(ref).kind is actor.kind

    def test_roles(self):
        lan = Actor.staff("1", "Lan", ["CREW", "INTAKE"], ["PD01"])

        assert lan.has_role("BUSINESS", "CREW")
        assert not lan.has_role("ADMIN")
        assert lan.is_staff()
        assert lan.unit_codes == {"PD01"}
        assert not Actor.anonymous().is_staff()

    @pytest.mark.parametrize("ref", ["", "staff", "king:1"])
    def test_refuses_a_ref_that_is_none(self, ref):
        with pytest.raises(ValueError, match=r"actor|ActorKind"):
            Actor.from_ref(ref)
        assert ActorKind.STAFF == "STAFF"


class Colour(StrEnum):
    RED = "RED"


@dataclass
class Pair:
    b: int
    a: str


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


class TestHashing:
    def test_writes_one_form(self):
        value = {
            "b": [1, 2.0, 2.5, Decimal("1.50"), Colour.RED],
            "a": datetime(2026, 1, 1, 7, tzinfo=local_time.ZONE),
        }

        assert hashing.canonical_json(value) == (
            b'{"a":"2026-01-01T00:00:00.000000Z","b":[1,2,2.5,"1.5","RED"]}'
        )
        assert hashing.canonical_json({"s": {"b", "a"}, "p": Pair(1, "đ"), "d": date(2026, 1, 1)}) == (
            '{"d":"2026-01-01","p":{"a":"đ","b":1},"s":["a","b"]}'.encode()
        )
        assert hashing.canonical_json([UUID(int=1), Decimal(100), Decimal("0.0")]) == (
            b'["00000000-0000-0000-0000-000000000001","100","0"]'
        )

    @given(st.dictionaries(st.text(), JSON))
    def test_order_of_keys_does_not_matter(self, value):
        backwards = dict(reversed(value.items()))

        assert hashing.fingerprint(value) == hashing.fingerprint(backwards)

    @pytest.mark.parametrize(
        "value", [{1: 2}, float("nan"), object(), datetime(2026, 1, 1), Decimal("NaN"), Colour]
    )
    def test_refuses_what_has_no_single_form(self, value):
        with pytest.raises((TypeError, ValueError)):
            hashing.canonical_json(value)

    def test_sha256(self):
        assert hashing.sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        assert hashing.sha256_hex(b"abc") == hashing.sha256_hex("abc")


DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 20))


@st.composite
def day_periods(draw):
    start, end = draw(DAYS), draw(DAYS)
    if start and end and start >= end:
        start, end = end, start + timedelta(days=1)
    return Period(start, end)


class TestPeriods:
    @given(day_periods(), day_periods(), st.dates(date(2025, 12, 25), date(2026, 1, 30)))
    def test_a_day_is_in_the_common_part_when_it_is_in_both(self, a, b, day):
        common = a.intersection(b)

        assert (day in a and day in b) is (common is not None and day in common)
        assert a.overlaps(b) is b.overlaps(a) is (common is not None)

    def test_the_end_does_not_belong(self):
        january = periods.month(2026, 1)

        assert date(2026, 1, 1) in january
        assert date(2026, 2, 1) not in january
        assert january.is_followed_by(periods.month_of(date(2026, 2, 14)))
        assert periods.month(2026, 12).end == periods.year_of(date(2026, 5, 5)).end == date(2027, 1, 1)

    def test_refuses_an_empty_one(self):
        with pytest.raises(ValueError, match="ends after"):
            Period(date(2026, 1, 1), date(2026, 1, 1))

    def test_instants_begin_at_local_midnight(self):
        days = periods.instants(Period(date(2026, 1, 2), date(2026, 1, 3)))

        assert days == Period(datetime(2026, 1, 1, 17, tzinfo=UTC), datetime(2026, 1, 2, 17, tzinfo=UTC))
        assert periods.instants(Period(date(2026, 1, 2))).end is None
        assert local_time.day_bounds(date(2026, 1, 2)) == (days.start, days.end)

    @given(st.lists(day_periods(), max_size=6))
    def test_finds_overlaps_when_there_are_any(self, several):
        found = list(periods.overlaps_within(several))
        truth = any(a.overlaps(b) for i, a in enumerate(several) for b in several[i + 1 :])

        assert bool(found) is truth
        assert all(a.overlaps(b) for a, b in found)

    def test_picks_the_rows_of_a_day(self):
        @dataclass
        class Row:
            name: str
            valid_from: date | None
            valid_to: date | None

        rows = [Row("old", None, date(2025, 7, 1)), Row("new", date(2025, 7, 1), None)]

        assert [row.name for row in periods.valid_on(rows, date(2025, 6, 30))] == ["old"]
        assert [row.name for row in periods.valid_on(rows, date(2025, 7, 1))] == ["new"]


class TestLocalTime:
    def test_a_day_begins_seven_hours_before_utc(self):
        assert local_time.local_date(datetime(2026, 1, 1, 16, 59, tzinfo=UTC)) == date(2026, 1, 1)
        assert local_time.local_date(datetime(2026, 1, 1, 17, 0, tzinfo=UTC)) == date(2026, 1, 2)
        with pytest.raises(ValueError, match="zone"):
            local_time.local_date(datetime(2026, 1, 1))
