"""Outages as staff enter, promise, restore and plan them; reports that wait for the power."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from motcua.companies.context import using_company
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.outages import operations, queries
from motcua.outages.models import OutageEntry, Report
from motcua.outages.operations import Place, Plan
from motcua.outages.rules import Where

UNIT = "PD0100"
HOUR = timedelta(hours=1)


@pytest.fixture
def enter(at: Any, supervisor: Actor) -> Any:
    """Enter an incident with ordinary values."""

    def call(**told: Any) -> Any:
        given = {
            "place": "Phố Tây Sơn", "areas": [Place(UNIT, street="Tây Sơn")], "cause": "LINE", "began_at": at - HOUR,
            "expected_at": at + HOUR, "actor": supervisor, "at": at, "key": "enter-1",
        } | told  # fmt: skip
        return operations.enter_incident(**given)

    return call


def plan(at: Any, code: str = "L1", **told: Any) -> Plan:
    given = {
        "external_code": code, "unit_code": UNIT, "place": "Phường Trần Phú", "areas": (Place(UNIT, "Trần Phú"),),
        "cause": "WORKS", "begins_at": at + timedelta(days=2), "ends_at": at + timedelta(days=2, hours=4),
    } | told  # fmt: skip
    return Plan(**given)


@pytest.mark.usefixtures("company")
class TestIncident:
    def test_is_entered_once_under_a_key(self, at, enter):
        first, again = enter(), enter(place="Khác")

        found = queries.find_outage(first, at)
        assert again == first
        assert (found.state.place, found.state.state, found.is_on) == ("Phố Tây Sơn", "OPEN", True)
        assert found.state == queries.replay_outage(first)
        assert OutageEntry.objects.count() == 1

    @pytest.mark.parametrize(
        ("told", "refusal"),
        [
            ({"areas": []}, operations.AreaMissing), ({"place": "  "}, operations.AreaMissing),
            ({"areas": [Place("PD0900")]}, operations.OutageNotYours),
        ],
    )  # fmt: skip
    def test_needs_a_place_within_reach(self, enter, told, refusal):
        with pytest.raises(refusal):
            enter(**told)

        assert OutageEntry.objects.count() == 0

    def test_is_promised_anew_then_restored(self, at, enter, supervisor):
        id = enter()

        operations.expect(
            outage_id=id, expected_at=at + 3 * HOUR, cause="STORM", actor=supervisor, at=at, key="e"
        )
        operations.expect(
            outage_id=id, expected_at=at + 9 * HOUR, cause="LINE", actor=supervisor, at=at, key="e"
        )
        operations.restore(outage_id=id, restored_at=at, actor=supervisor, at=at, key="r")

        state = queries.find_outage(id, at).state
        assert (state.seq, state.cause, state.expected_at, state.state) == (
            3,
            "STORM",
            at + 3 * HOUR,
            "RESTORED",
        )
        assert state == queries.replay_outage(id)
        with pytest.raises(operations.OutageOver):
            operations.cancel(outage_id=id, actor=supervisor, at=at, key="c")

    def test_hours_must_agree(self, at, enter, supervisor):
        with pytest.raises(operations.ExpectedBeforeBegin):
            enter(expected_at=at - 2 * HOUR)
        id = enter(key="other")
        for restored_at in (at - 2 * HOUR, at + HOUR):
            with pytest.raises(operations.RestoredBeforeBegin):
                operations.restore(outage_id=id, restored_at=restored_at, actor=supervisor, at=at, key="r")

        assert queries.find_outage(id, at).state.state == "OPEN"

    def test_of_another_unit_is_not_theirs(self, at, enter):
        id = enter()
        stranger = Actor.staff("s-2", "Xa", ["SUPERVISOR"], ["PD0900"])

        with pytest.raises(operations.OutageNotYours):
            operations.restore(outage_id=id, restored_at=at, actor=stranger, at=at, key="r")
        with pytest.raises(operations.OutageUnknown):
            operations.cancel(outage_id=new_id(at), actor=stranger, at=at, key="c")


@pytest.mark.usefixtures("company")
class TestPlans:
    def test_new_changed_same_and_over(self, at, supervisor):
        def load(*plans: Plan, **more: Any) -> Any:
            return operations.load_plans(plans=plans, actor=supervisor, at=at, **more)

        assert load(plan(at), plan(at, "L2"), dry_run=True).new == ("L1", "L2")
        assert queries.list_ahead(at) == []
        assert load(plan(at), plan(at, "L2"), plan(at, "L3")).new == ("L1", "L2", "L3")
        gone = next(view for view in queries.list_ahead(at) if view.state.external_code == "L3")
        operations.cancel(outage_id=gone.id, actor=supervisor, at=at, key="c")

        done = load(plan(at), plan(at, "L2", areas=(Place(UNIT, "Láng Hạ"),)), plan(at, "L3", place="Khác"))

        assert (done.new, done.changed, done.same, done.over) == ((), ("L2",), ("L1",), ("L3",))
        ahead = {view.state.external_code: view for view in queries.list_ahead(at)}
        assert set(ahead) == {"L1", "L2"}
        assert [area.commune_key for area in ahead["L2"].areas] == ["lang ha"]
        assert all(view.state == queries.replay_outage(view.id) for view in ahead.values())

    def test_many_take_few_statements(self, at, supervisor, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            operations.load_plans(plans=[plan(at, f"L{n}") for n in range(500)], actor=supervisor, at=at)

    def test_the_code_of_another_units_plan_does_not_reach_it(self, at, supervisor):
        operations.load_plans(plans=[plan(at)], actor=supervisor, at=at)
        other = Actor.staff("o", "Oanh", ["SUPERVISOR"], ["PD0900"])

        with pytest.raises(operations.OutageNotYours):
            operations.load_plans(
                plans=[plan(at, unit_code="PD0900", areas=(Place("PD0900"),))], actor=other, at=at
            )

        assert [view.state.unit_code for view in queries.list_ahead(at)] == [UNIT]

    def test_one_out_of_reach_refuses_all(self, at, supervisor):
        with pytest.raises(operations.OutageNotYours):
            operations.load_plans(
                plans=[plan(at), plan(at, "L2", areas=(Place("PD0900"),))], actor=supervisor, at=at
            )

        assert queries.list_ahead(at) == []


@pytest.mark.usefixtures("company")
class TestWhere:
    def test_finds_what_covers_a_place(self, at, enter, supervisor):
        now, elsewhere = enter(), enter(key="2", areas=[Place(UNIT, street="Láng")])
        operations.load_plans(plans=[plan(at, areas=(Place(UNIT),))], actor=supervisor, at=at)
        past = enter(key="3", areas=[Place(UNIT)])
        operations.restore(outage_id=past, restored_at=at, actor=supervisor, at=at, key="r")

        found = queries.find_at(Where(UNIT, text="12 phố tây sơn"), at)

        assert [view.id for view in found.now] == [now] != [elsewhere]
        assert [view.id for view in found.restored] == [past]
        assert [view.state.external_code for view in found.ahead] == ["L1"]

    def test_a_plan_is_on_in_its_hours_alone(self, at, supervisor):
        operations.load_plans(plans=[plan(at)], actor=supervisor, at=at)
        begins = at + timedelta(days=2)

        on = [
            len(queries.list_now(moment))
            for moment in (at, begins, begins + 4 * HOUR - HOUR / 60, begins + 4 * HOUR)
        ]

        assert on == [0, 1, 1, 0]

    def test_an_unknown_place_is_covered_by_nothing(self, at, enter):
        enter(areas=[Place(UNIT)])

        assert queries.find_at(Where(), at).now == ()


@pytest.mark.usefixtures("company")
class TestReports:
    def test_who_reported_is_told_once_when_the_power_is_back(self, at, enter, supervisor):
        id = enter()
        talk = messaging_ops.open_conversation(channel="WEBCHAT", address="v-1", at=at)
        assert operations.attach_report(
            outage_id=id, key=f"conversation:{talk.id}", conversation_id=talk.id, at=at
        )
        assert not operations.attach_report(
            outage_id=id, key=f"conversation:{talk.id}", conversation_id=talk.id, at=at
        )
        assert operations.tell_restored(at=at) == 0

        operations.restore(outage_id=id, restored_at=at, actor=supervisor, at=at, key="r")
        assert operations.tell_restored(at=at) == 1
        assert operations.tell_restored(at=at) == 0

        said = messaging_queries.list_messages(talk.id)
        assert [message.text for message in said] == [
            "Đã có điện lại ở Phố Tây Sơn lúc 09:00. Nếu nhà anh/chị vẫn chưa có điện, hãy nhắn “vẫn mất điện”."
        ]
        assert queries.find_outage(id, at).reports == 1


class TestRaces:
    def test_the_same_key_at_once_makes_one(self, committed_company, at, supervisor, race):
        def one() -> Any:
            return operations.enter_incident(
                place="Phố Huế",
                areas=[Place(UNIT)],
                cause="LINE",
                began_at=at,
                expected_at=None,
                actor=supervisor,
                at=at,
                key="k",
            )

        done = race(one, one, one)

        assert len(set(done)) == 1
        assert OutageEntry.objects.count() == 1

    def test_ten_thousand_messages_are_as_many_reports_and_one_each(
        self, committed_company, at, supervisor, race
    ):
        id = operations.enter_incident(
            place="Phố Huế",
            areas=[Place(UNIT)],
            cause="LINE",
            began_at=at,
            expected_at=None,
            actor=supervisor,
            at=at,
            key="k",
        )

        race(
            *[lambda: operations.attach_report(outage_id=id, key="account:PD1", conversation_id=None, at=at)]
            * 4
        )

        with using_company("HANOI"):
            assert Report.objects.count() == 1
