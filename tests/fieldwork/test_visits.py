"""Booking, moving, going, ending: capacity kept, journal and row the same, each act once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from motcua.fieldwork import access, operations, queries
from motcua.fieldwork.models import Slot, Visit
from motcua.fieldwork.operations import Contact
from motcua.fieldwork.states import Half, VisitKind
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from tests.fieldwork.conftest import SEED, UNIT, make_crew, make_people

CONTACT = Contact("Số 12 ngõ 34 phố Tây Sơn", 21.01, 105.82, "Nguyễn Thị Hoa", "+84901234567")


@pytest.fixture
def book(company: Any, at: Any) -> Any:
    def make(key: str = "b", **changes: Any) -> Any:
        given = {
            "request_id": new_id(at), "request_number": "HN26-000001-A", "unit_code": UNIT, "kind": VisitKind.SIGN,
            "contact": CONTACT, "actor": SEED, "at": at, "key": key,
        }  # fmt: skip
        return operations.book_visit(**{**given, **changes})

    return make


def check_replay() -> None:
    for visit in Visit.objects.all():
        assert queries.replay_visit(visit.id) == queries.state_of(visit)


def booked() -> dict[str, int]:
    return {f"{slot.date}:{slot.half}": slot.booked for slot in Slot.objects.filter(booked__gt=0)}


class TestBooking:
    def test_takes_the_next_working_day_and_puts_a_crew_down(self, book: Any, team: Any) -> None:
        visit = book()

        assert (visit.window_code, visit.window) == ("2026-11-17:AM", "07:30–11:30")
        assert (visit.status, visit.crew_name, len(visit.members)) == ("ASSIGNED", "Tổ T1", 2)
        assert len(visit.code) == 6
        assert visit.masked_phone == "09•• ••• 567"
        assert visit.map_url == "geo:21.010000,105.820000?q=21.010000,105.820000"
        check_replay()

    def test_follows_the_wish_for_half_a_day(self, book: Any, team: Any) -> None:
        assert book(prefer=Half.PM).window_code == "2026-11-17:PM"

    def test_waits_for_the_earliest_day(self, book: Any, team: Any) -> None:
        assert book(earliest=date(2026, 11, 21)).window_code == "2026-11-23:AM"

    def test_the_same_key_is_the_same_visit(self, book: Any, team: Any) -> None:
        assert book("one") == book("one")
        assert booked() == {"2026-11-17:AM": 1}

    def test_fills_windows_then_goes_on_to_the_next(self, book: Any, company: Any, at: Any) -> None:
        make_crew(at, visits_per_half=1)

        assert [book(str(n)).window_code for n in range(3)] == [
            "2026-11-17:AM",
            "2026-11-17:PM",
            "2026-11-18:AM",
        ]

    def test_never_refuses_a_step_when_all_is_full(self, book: Any, company: Any, at: Any) -> None:
        make_crew(at, visits_per_half=1)
        codes = [book(str(n)).window_code for n in range(25)]

        assert codes[-1] == "2026-11-17:AM"
        assert Slot.objects.get(date="2026-11-17", half="AM").booked > 1

    def test_without_any_crew_a_visit_is_planned_and_has_none(self, book: Any) -> None:
        visit = book()

        assert (visit.status, visit.crew_code, visit.members) == ("PLANNED", "", ())

    def test_refuses_a_named_window_that_is_full_past_or_none(self, book: Any, company: Any, at: Any) -> None:
        make_crew(at, visits_per_half=1)
        book("a", window="2026-11-18:AM")

        with pytest.raises(operations.WindowFull):
            book("b", window="2026-11-18:AM")
        for code in ("2026-11-16:AM", "2026-11-22:AM", "yesterday"):
            with pytest.raises(operations.WindowUnknown):
                book("c", window=code)
        assert Visit.objects.count() == 1

    def test_a_request_has_one_open_visit(self, book: Any, team: Any, at: Any) -> None:
        request_id = new_id(at)
        book("a", request_id=request_id)

        with pytest.raises(operations.VisitAlreadyBooked):
            book("b", request_id=request_id)

    def test_urgent_begins_now(self, book: Any, team: Any, at: Any) -> None:
        assert book(kind=VisitKind.REPAIR, urgent=True).window_start == at

    def test_a_unit_without_crews_is_served_by_the_one_above(self, book: Any, company: Any, at: Any) -> None:
        from motcua.companies.models import Unit

        parent = Unit.objects.get(code=UNIT).parent_id
        assert parent is not None
        people = [person.id for person in make_people(at, "a-nguoi", "b-nguoi")]
        operations.add_crew(code="C", name="C", unit_code=parent, member_ids=people, actor=SEED, at=at)

        assert book().crew_code == "C"
        assert Slot.objects.get().unit_code == parent

    def test_two_crews_share_a_window(self, book: Any, company: Any, at: Any) -> None:
        make_crew(at)
        make_crew(at, "T2", ("Ba", "Bon"))

        assert sorted(book(str(n)).crew_code for n in range(4)) == ["T1", "T1", "T2", "T2"]


class TestLastPlace:
    def test_is_taken_by_one_of_two(self, committed_company: Any, race: Any, at: Any) -> None:
        make_crew(at, visits_per_half=1)

        def take(number: int) -> Any:
            return lambda: operations.book_visit(
                request_id=new_id(at), request_number="N", unit_code=UNIT, kind=VisitKind.SIGN, contact=CONTACT,
                actor=SEED, at=at, key=str(number), window="2026-11-18:AM",
            )  # fmt: skip

        results = race(*[take(number) for number in range(4)])

        assert sum(isinstance(result, queries.VisitView) for result in results) == 1
        assert sum(isinstance(result, operations.WindowFull) for result in results) == 3
        assert booked() == {"2026-11-18:AM": 1}

    def test_one_request_booked_twice_at_once_has_one_visit(
        self, committed_company: Any, race: Any, at: Any
    ) -> None:
        make_crew(at)
        request_id = new_id(at)

        def book(key: str) -> Any:
            return lambda: operations.book_visit(
                request_id=request_id, request_number="N", unit_code=UNIT, kind=VisitKind.SIGN, contact=CONTACT,
                actor=SEED, at=at, key=key,
            )  # fmt: skip

        results = race(book("a"), book("b"))

        assert sum(isinstance(result, queries.VisitView) for result in results) == 1
        assert booked() == {"2026-11-17:AM": 1}


class TestMoving:
    def test_frees_the_old_window_and_takes_the_new(
        self, book: Any, team: Any, worker: Actor, at: Any
    ) -> None:
        visit = book()

        moved = operations.move_visit(visit_id=visit.id, window="2026-11-18:PM", actor=worker, at=at, key="m")
        again = operations.move_visit(visit_id=visit.id, window="2026-11-18:PM", actor=worker, at=at, key="m")

        assert (moved.window_code, moved.moves, moved.status) == ("2026-11-18:PM", 1, "ASSIGNED")
        assert again == moved
        assert moved.code == visit.code
        assert booked() == {"2026-11-18:PM": 1}
        check_replay()

    def test_is_the_customers_own_right_and_no_others(self, to_sign: Any, at: Any) -> None:
        from motcua.requests import queries as request_queries

        request_id = to_sign()
        visit = queries.find_open_visit(request_id)
        owner = Actor.customer(request_queries.get_request(request_id).customer_id)

        for other in (
            Actor.customer(new_id(at)),
            Actor.anonymous("x"),
            Actor.staff("s", "S", ["CREW"], ["PD0500"]),
        ):
            with pytest.raises(operations.VisitNotYours):
                operations.move_visit(
                    visit_id=visit.id, window="2026-11-19:AM", actor=other, at=at, key=other.ref
                )
        moved = operations.move_visit(
            visit_id=visit.id, window="2026-11-19:AM", actor=owner, at=at, key="mine"
        )

        assert moved.window_code == "2026-11-19:AM"

    def test_is_too_late_when_the_crew_is_on_its_way(
        self, book: Any, team: Any, worker: Actor, at: Any
    ) -> None:
        visit = book()
        operations.start_visit(visit_id=visit.id, actor=worker, at=at, key="go")

        with pytest.raises(operations.TooLateToMove):
            operations.move_visit(visit_id=visit.id, window="2026-11-18:PM", actor=worker, at=at, key="m")
        assert booked() == {"2026-11-17:AM": 1}

    def test_refused_changes_nothing(self, book: Any, company: Any, at: Any) -> None:
        make_crew(at, visits_per_half=1)
        mover = Actor.staff("x", "X", ["SUPERVISOR"], [UNIT])
        early, late = book("a"), book("b")

        for visit, window in ((early, late.window_code), (late, early.window_code)):
            with pytest.raises(operations.WindowFull):
                operations.move_visit(visit_id=visit.id, window=window, actor=mover, at=at, key="m")
        assert booked() == {early.window_code: 1, late.window_code: 1}
        check_replay()

    def test_offers_what_is_free_and_marks_what_one_has(self, book: Any, company: Any, at: Any) -> None:
        make_crew(at, visits_per_half=1)
        mine, _ = book("a"), book("b")

        offered = queries.offer_windows(unit_code=UNIT, at=at, visit_id=mine.id)

        codes = [window.code for window in offered]
        assert codes[:3] == ["2026-11-16:PM", "2026-11-17:AM", "2026-11-18:AM"]
        assert [window.code for window in offered if window.is_current] == [mine.window_code]
        assert offered[0].hours == "13:30–17:00" or offered[0].left == 1


class TestGoing:
    def test_from_the_door_to_the_end(self, book: Any, team: Any, worker: Actor, at: Any) -> None:
        visit = book()

        started = operations.start_visit(visit_id=visit.id, actor=worker, at=at, key="go")
        operations.start_visit(visit_id=visit.id, actor=worker, at=at + timedelta(minutes=5), key="again")
        done = operations.finish_visit(visit_id=visit.id, actor=worker, at=at + timedelta(hours=1), key="end")
        operations.finish_visit(visit_id=visit.id, actor=worker, at=at + timedelta(hours=2), key="end2")

        assert (started.status, started.started_at) == ("ON_THE_WAY", at)
        assert (done.status, done.finished_at, done.is_ahead) == ("DONE", at + timedelta(hours=1), False)
        assert queries.list_entries(visit.id).count() == 4
        check_replay()

    def test_is_the_visit_of_whoever_goes(self, book: Any, team: Any, at: Any) -> None:
        visit = book()
        make_crew(at, "T2", ("Ba", "Bon"))
        other = queries.list_crews([UNIT])[1].members[0]

        started = operations.start_visit(
            visit_id=visit.id, actor=Actor.staff(other.staff_id, "Ba", ["CREW"], [UNIT]), at=at, key="go"
        )

        assert (visit.crew_code, started.crew_code) == ("T1", "T2")

    def test_is_not_for_another_unit(self, book: Any, team: Any, at: Any) -> None:
        visit = book()
        stranger = Actor.staff("s", "S", ["CREW"], ["PD0500"])

        with pytest.raises(operations.VisitNotYours):
            operations.start_visit(visit_id=visit.id, actor=stranger, at=at, key="go")
        with pytest.raises(access.VisitUnknown):
            access.access_visit(actor=stranger, visit_id=visit.id)

    def test_cancelled_gives_its_place_back(self, book: Any, team: Any, worker: Actor, at: Any) -> None:
        visit = book()

        for _ in range(2):
            operations.cancel_visit(visit_id=visit.id, actor=worker, at=at, key="c")

        assert booked() == {}
        assert queries.get_visit(visit.id).status == "CANCELLED"
        check_replay()


class TestCrews:
    def test_are_two_or_more_and_nobody_is_in_two(self, team: Any, at: Any) -> None:
        taken = team.members[0].staff_id
        (fresh,) = make_people(at, "Moi")

        with pytest.raises(operations.CrewTooSmall):
            operations.add_crew(code="X", name="X", unit_code=UNIT, member_ids=[fresh.id], actor=SEED, at=at)
        with pytest.raises(operations.CrewMemberTaken):
            operations.add_crew(
                code="X", name="X", unit_code=UNIT, member_ids=[fresh.id, taken], actor=SEED, at=at
            )
        assert [crew.code for crew in queries.list_crews([UNIT])] == ["T1"]
        assert queries.find_crew_of(taken) == team

    def test_stand_in_the_order_they_were_given(self, company: Any, at: Any) -> None:
        people = make_people(at, "Mot", "Hai", "Ba")
        wanted = [people[2].id, people[0].id, people[1].id]

        crew = operations.add_crew(code="X", name="X", unit_code=UNIT, member_ids=wanted, actor=SEED, at=at)
        assert [member.staff_id for member in crew.members] == wanted

        again = operations.set_crew_members(code="X", member_ids=wanted[::-1], actor=SEED, at=at)
        assert [member.staff_id for member in again.members] == wanted[::-1]

    def test_more_hands_open_full_windows(self, book: Any, company: Any, at: Any) -> None:
        make_crew(at, visits_per_half=1)
        book("a", window="2026-11-18:AM")

        make_crew(at, "T2", ("Ba", "Bon"), visits_per_half=1)

        assert book("b", window="2026-11-18:AM").crew_code == "T2"


class TestPlanning:
    def test_orders_the_day_and_keeps_windows_and_who_is_on_the_way(
        self, book: Any, team: Any, worker: Actor, at: Any
    ) -> None:
        visits = [
            book(str(n), contact=Contact("x", 21.0 + lat, 105.8, "N", ""))
            for n, lat in enumerate((0.3, 0.1, 0.2))
        ]
        operations.start_visit(visit_id=visits[0].id, actor=worker, at=at, key="go")

        operations.plan_day(unit_code=UNIT, day=date(2026, 11, 17), actor=worker, at=at)
        again = operations.plan_day(unit_code=UNIT, day=date(2026, 11, 17), actor=worker, at=at)

        after = {visit.id: visit for visit in queries.list_day(date(2026, 11, 17), crew_code="T1")}
        assert after[visits[0].id].status == "ON_THE_WAY"
        assert {after[v.id].position for v in visits[1:]} == {1, 2}
        assert [after[v.id].window_code for v in visits] == [v.window_code for v in visits]
        assert again == 0
        check_replay()

    def test_of_the_evening_plans_the_next_working_day(self, book: Any, company: Any, at: Any) -> None:
        book()
        make_crew(at)

        assert operations.plan_tomorrow(at=at) == 1
        assert Visit.objects.get().crew_code == "T1"
