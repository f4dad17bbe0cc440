"""Targets say who set them; a closed month keeps what was published, and what moves it afterwards is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from motcua.companies.access import Forbidden
from motcua.companies.context import using_company
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid
from motcua.reports import operations as report_ops
from motcua.reports import queries
from motcua.reports.definitions import BY_CODE
from motcua.reports.models import MonthClose, Restatement, Target
from motcua.reports.rules import Window
from motcua.requests import operations as request_ops
from tests.reports.conftest import STAFF, answer, ask

pytestmark = pytest.mark.usefixtures("company")
NOVEMBER = date(2026, 11, 1)
MONTH = Window.month(NOVEMBER)
THAO = Actor.staff("supervisor-1", "Phạm Thu Thảo", ["SUPERVISOR"], ["PD0000"])
DIRECTOR = Actor.staff("director-1", "Hoàng Minh Quân", ["DIRECTOR"], ["EV0000"])
LONG = Actor.staff("director-2", "Lê Văn Long", ["DIRECTOR"], ["PD0000", "PD0400"])
OF_UNIT = Actor.staff("supervisor-2", "Vũ Văn Tú", ["SUPERVISOR"], ["PD0400"])
BUSINESS = Actor.staff("b", "Minh", ["BUSINESS"], ["PD0000"])
DECEMBER = datetime.fromisoformat("2026-12-03T02:00:00+00:00")


def target(actor: Actor = THAO, *, at: datetime, **changes: Any):
    told = {
        "figure": "ON_TIME", "company_code": "HANOI", "unit_code": "", "starts": date(2026, 1, 1), "ends": date(2027, 1, 1),
        "value": Decimal(95), "reach_by": None, **changes,
    }  # fmt: skip
    return report_ops.set_target(actor=actor, at=at, **told)


def count_all(at: datetime) -> None:
    while report_ops.roll_up(at=at):
        pass


class TestTarget:
    def test_says_what_for_whom_and_who_set_it(self, at):
        target(at=at)

        [found] = queries.list_targets(company_code="HANOI")
        assert (found.figure.code, found.value, found.set_by_name, found.owner_code) == (
            "ON_TIME",
            95.0,
            "Phạm Thu Thảo",
            "HANOI",
        )

    def test_a_later_one_replaces_it_and_the_earlier_stays_as_history(self, at):
        target(at=at)
        target(at=at + timedelta(days=1), value=Decimal("97.5"))

        [found] = queries.list_targets(company_code="HANOI")
        assert found.value == 97.5
        assert [float(row.value) for row in queries.list_target_history(found)] == [97.5, 95.0]

    def test_a_withdrawn_one_counts_no_more(self, at):
        id = target(at=at)
        report_ops.withdraw_target(target_id=id, actor=THAO, at=at + timedelta(days=1))

        assert queries.list_targets(company_code="HANOI") == []
        assert Target.objects.count() == 2

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"figure": "NONE"}, "figure"), ({"value": Decimal(101)}, "value"), ({"company_code": "NPC"}, "company"),
            ({"company_code": ""}, "company"), ({"unit_code": "XX"}, "unit"), ({"ends": date(2026, 1, 1)}, "ends"),
            ({"reach_by": date(2027, 5, 1)}, "reach_by"),
        ],
    )  # fmt: skip
    def test_refuses_what_makes_no_sense_and_says_where(self, at, changes, field):
        with pytest.raises(Invalid) as refusal:
            target(at=at, **changes)

        assert set(refusal.value.errors) == {field}
        assert Target.objects.count() == 0

    def test_only_supervisors_and_directors_set_it(self, at):
        with pytest.raises(Forbidden):
            target(BUSINESS, at=at)

    def test_people_of_a_unit_set_and_withdraw_that_of_their_unit_alone(self, at):
        own = target(OF_UNIT, at=at, unit_code="PD0400")
        others = [target(at=at), target(at=at, unit_code="PD0100")]

        for unit_code in ("", "PD0100"):
            with pytest.raises(Forbidden):
                target(OF_UNIT, at=at, unit_code=unit_code)
        for id in others:
            with pytest.raises(Forbidden):
                report_ops.withdraw_target(target_id=id, actor=OF_UNIT, at=at)
        report_ops.withdraw_target(target_id=own, actor=OF_UNIT, at=at + timedelta(days=1))
        assert len(queries.list_targets(company_code="HANOI")) == 2

    def test_the_group_sets_it_for_a_company_and_the_company_cannot_withdraw_it(self, at):
        with using_company("GROUP"):
            id = target(DIRECTOR, at=at, value=Decimal(98))
            target(DIRECTOR, at=at, company_code="", value=Decimal(90))

        with pytest.raises(report_ops.TargetUnknown):
            report_ops.withdraw_target(target_id=id, actor=THAO, at=at)
        assert {t.value for t in queries.list_targets(company_code="HANOI")} == {98.0, 90.0}
        assert {t.value for t in queries.list_targets(company_code="NPC")} == {90.0}

    def test_row_security_lets_no_company_write_in_anothers_name(self, at):
        with pytest.raises(DatabaseError), transaction.atomic():
            Target.objects.create(
                id="00000000-0000-7000-8000-000000000001", owner_code="NPC", figure="ON_TIME", company_code="NPC", starts=NOVEMBER,
                ends=date(2027, 1, 1), value=1, set_by="x", set_by_name="x", at=at,
            )  # fmt: skip

    def test_the_nearest_one_is_shown(self, at):
        with using_company("GROUP"):
            target(DIRECTOR, at=at, company_code="", value=Decimal(90))
            target(DIRECTOR, at=at, value=Decimal(92))
        target(at=at, value=Decimal(93))
        target(at=at, value=Decimal(94), starts=NOVEMBER, ends=date(2026, 12, 1))
        target(at=at, value=Decimal(96), unit_code="PD0100")

        def shown(**about: Any) -> float:
            return queries.targets_for(**{"window": MONTH, "company_code": "HANOI", **about})["ON_TIME"].value

        assert shown(company_code="NPC") == 90
        assert shown(window=Window.month(date(2026, 3, 1))) == 92  # the group's before the company's own
        assert shown() == 94  # the month's before the year's
        assert shown(unit_code="PD0100") == 96

    def test_a_counts_target_is_for_its_own_window_alone(self, at):
        target(at=at, figure="RECEIVED", value=Decimal(9_600_000))

        assert queries.targets_for(window=MONTH, company_code="HANOI") == {}
        assert set(
            queries.targets_for(window=Window(date(2026, 1, 1), date(2027, 1, 1)), company_code="HANOI")
        ) == {"RECEIVED"}

    def test_stands_where_the_days_say(self, at):
        answer(ask(at, key="a"), at, key="b")
        count_all(at)
        target(at=at, reach_by=date(2026, 11, 20))

        found = queries.standing_of(queries.list_targets(company_code="HANOI")[0], today=date(2026, 11, 30))

        assert (found.is_met, found.reached_on, found.days) == (True, date(2026, 11, 16), 4)


def close(at: datetime = DECEMBER, actor: Actor = THAO, reason: str = "") -> MonthClose:
    return report_ops.close_month(month=NOVEMBER, reason=reason, actor=actor, at=at)


class TestCloseMonth:
    @pytest.fixture
    def settled(self, at):
        receipt = ask(at, key="a")
        answer(receipt, at, key="b")
        count_all(at)
        return receipt

    def test_freezes_what_the_board_says(self, settled):
        made = close()

        assert (made.edition, made.closed_by_name) == (1, "Phạm Thu Thảo")
        found = queries.published(company_code="HANOI", month=NOVEMBER)
        assert found.then.figures == found.now.figures
        assert found.then.figures["FULLY_ONLINE"] == 100
        assert not found.is_restated
        assert made.by_unit["PD0100"]["received"] == 1

    def test_what_comes_later_is_a_restatement_with_its_why(self, settled):
        close()
        later = DECEMBER + timedelta(days=1)
        request_ops.reopen(
            request_id=settled.request_id, reason="Chưa trả lời đúng", actor=STAFF, at=later, key="r"
        )
        count_all(later)

        found = queries.published(company_code="HANOI", month=NOVEMBER)
        assert found.is_restated
        assert (found.then.sums["settled"], found.now.sums["settled"]) == (1, 0)
        [line] = queries.list_restatements(month=NOVEMBER)
        assert (line.number, line.events, line.edition) == (settled.number, ["request.reopened"], 1)
        assert line.changes == {"PD0100": {"settled": -1, "fully_online": -1, "on_time": -1}}

    def test_a_move_between_units_is_told_by_unit(self, settled):
        close()
        later = DECEMBER + timedelta(days=1)
        open_one = ask(
            DECEMBER - timedelta(days=5), key="n"
        )  # sent in November, told to us after the closing
        count_all(later)
        request_ops.reroute(
            request_id=open_one.request_id,
            unit_code="PD0400",
            reason="Đúng địa bàn",
            actor=STAFF,
            at=later,
            key="m",
        )
        count_all(later)

        moved, came = queries.list_restatements(month=NOVEMBER)
        assert came.changes == {"PD0100": {"received": 1, "received_indirect": 1}}
        assert moved.changes == {
            "PD0100": {"received": -1, "received_indirect": -1},
            "PD0400": {"received": 1, "received_indirect": 1},
        }

    def test_months_that_are_open_are_not_restated(self, settled, at):
        ask(at + timedelta(days=20), key="d")
        close()
        ask(DECEMBER, key="e")
        count_all(DECEMBER)

        assert Restatement.objects.count() == 0

    def test_is_published_again_with_a_reason_alone(self, settled):
        close()
        with pytest.raises(report_ops.NothingToPublish):
            close(reason="Nhầm")
        later = DECEMBER + timedelta(days=1)
        request_ops.reopen(request_id=settled.request_id, reason="Xem lại", actor=STAFF, at=later, key="r")
        count_all(later)
        with pytest.raises(report_ops.ReasonNeeded):
            close(later)

        again = close(later, LONG, "Mở lại một yêu cầu")

        assert (again.edition, again.reason) == (2, "Mở lại một yêu cầu")
        assert not queries.published(company_code="HANOI", month=NOVEMBER).is_restated
        assert [row.edition for row in queries.list_editions(company_code="HANOI", month=NOVEMBER)] == [2, 1]

    def test_a_measure_that_came_after_the_closing_restates_nothing(self, at):
        """What was not published is told of neither as published nor as moved, until the month is published again."""
        receipt = ask(at, key="a")
        answer(receipt, at + timedelta(days=12), key="b")  # late
        made = close()
        early = MonthClose(
            company_code="HANOI", month=NOVEMBER, edition=2, reason="Bản trước khi có chỉ tiêu mới", closed_by="x", closed_by_name="x",
            closed_at=DECEMBER, by_unit={}, sums={k: v for k, v in made.sums.items() if not k.startswith("late")},
            measures=[name for name in made.measures if not name.startswith("late")],
        )  # fmt: skip
        early.save(force_insert=True)
        later = DECEMBER + timedelta(days=1)
        request_ops.explain_late(
            request_id=receipt.request_id,
            party="COMPANY",
            reason="Thiếu người",
            actor=STAFF,
            at=later,
            key="l",
        )
        count_all(later)

        found = queries.published(company_code="HANOI", month=NOVEMBER)
        assert found.now.figures["LATE_COMPANY"] == 100
        assert not found.is_restated
        assert not found.tells(BY_CODE["LATE_COMPANY"])
        assert found.tells(BY_CODE["ON_TIME"])
        assert Restatement.objects.count() == 0

        close(later, LONG, "Thêm chỉ tiêu chậm hạn")
        assert queries.published(company_code="HANOI", month=NOVEMBER).tells(BY_CODE["LATE_COMPANY"])

    def test_refuses_a_month_that_goes_on(self, at):
        with pytest.raises(report_ops.MonthNotOver):
            close(at)

    def test_counts_what_waits_first(self, at):
        ask(at, key="a")

        assert close().sums == {"received": 1, "received_indirect": 1}

    def test_refuses_who_may_not(self, settled):
        with pytest.raises(Forbidden):
            close(actor=BUSINESS)

    def test_people_of_a_unit_do_not_close_the_companys_month(self):
        with pytest.raises(Forbidden):
            close(actor=OF_UNIT)
        assert MonthClose.objects.count() == 0

    def test_a_published_row_is_never_changed(self, settled):
        made = close()

        with pytest.raises(DatabaseError), transaction.atomic():
            MonthClose.objects.filter(id=made.id).update(sums={})

    def test_tells_the_group_which_companies_have_closed(self, settled):
        close()

        with using_company("GROUP"):
            assert queries.companies_closed(months=[NOVEMBER]) == {NOVEMBER: {"HANOI"}}
