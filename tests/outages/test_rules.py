"""What an area covers, and what a journal makes of an outage."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.outages import rules
from motcua.outages.rules import Covered, Fact, OutageState, Where

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOME = Where(
    "PD0400", frozenset({"dong da", "trung liet"}), "TBA-12", "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa"
)


class TestCovers:
    @pytest.mark.parametrize(
        ("area", "covered"),
        [
            (Covered("PD0400"), True),
            (Covered("PD0500"), False),
            (Covered("PD0400", "dong da"), True),
            (Covered("PD0400", "trung liet"), True),
            (Covered("PD0400", "lang ha"), False),
            (Covered("PD0400", station_code="TBA-12"), True),
            (Covered("PD0400", station_code="TBA-13"), False),
            (Covered("PD0400", words="tay son"), True),
            (Covered("PD0400", "dong da", words="tay son"), True),
            (Covered("PD0400", "lang ha", words="tay son"), False),
            (Covered("PD0400", words="tay"), True),
            (Covered("PD0400", words="ay son"), False),
        ],
    )
    def test_only_what_it_asks_for(self, area, covered):
        assert rules.covers(area, HOME) is covered

    @pytest.mark.parametrize(
        "area",
        [Covered("PD0400", "dong da"), Covered("PD0400", station_code="T"), Covered("PD0400", words="a")],
    )
    def test_what_a_place_does_not_say_is_a_no(self, area):
        assert not rules.covers(area, Where("PD0400"))

    @pytest.mark.parametrize(
        ("area", "covered"),
        [
            (Covered("PD0400", "dong da", words="tay son"), True), (Covered("PD0400", "dong da"), True),
            (Covered("PD0400"), False), (Covered("PD0400", words="tay son"), False), (Covered("PD0400", "lang ha"), False),
        ],
    )  # fmt: skip
    def test_of_no_known_unit_lies_where_its_text_names_the_commune(self, area, covered):
        assert rules.covers(area, Where(text="mất điện phố Tây Sơn phường Đống Đa")) is covered

    parts = st.sampled_from(["", "dong da", "lang ha"])

    @given(parts, parts, parts)
    def test_narrowing_never_covers_more(self, commune, station, words):
        wide, narrow = Covered("PD0400", commune), Covered("PD0400", commune, station, words)

        assert rules.covers(wide, HOME) or not rules.covers(narrow, HOME)


class TestApply:
    ENTERED = {
        "kind": "INCIDENT", "unit_code": "PD0400", "place": "Phố Tây Sơn", "cause": "LINE",
        "begins_at": AT.isoformat(), "expected_at": None,
    }  # fmt: skip

    def test_follows_an_incident_to_its_end(self):
        state = rules.replay(
            [
                Fact("outage.entered", AT, self.ENTERED),
                Fact("outage.expected", AT, {"expected_at": "2026-11-23T05:00:00+00:00", "cause": "STORM"}),
                Fact("outage.restored", AT, {"restored_at": "2026-11-23T04:30:00+00:00"}),
            ]
        )

        assert state == OutageState(
            seq=3, kind="INCIDENT", state="RESTORED", unit_code="PD0400", place="Phố Tây Sơn", cause="STORM", begins_at=AT,
            expected_at=datetime(2026, 11, 23, 5, 0, tzinfo=UTC), restored_at=datetime(2026, 11, 23, 4, 30, tzinfo=UTC),
        )  # fmt: skip

    def test_a_plan_is_announced_until_it_is_cancelled(self):
        plan = {
            **self.ENTERED,
            "kind": "PLANNED",
            "external_code": "L1",
            "expected_at": "2026-11-23T05:00:00+00:00",
        }
        announced = rules.replay([Fact("outage.entered", AT, plan)])

        assert (announced.state, announced.external_code) == ("ANNOUNCED", "L1")
        assert rules.apply(announced, Fact("outage.cancelled", AT, {})).state == "CANCELLED"

    def test_knows_no_other_name(self):
        with pytest.raises(KeyError):
            rules.apply(OutageState(), Fact("outage.forgotten", AT, {}))
