"""Whatever happens to requests, the figures say what their journals say: counted bit by bit, or rebuilt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from motcua.companies.context import using_company
from motcua.reports import operations as report_ops
from motcua.reports import queries, rules
from motcua.reports.models import Contribution, DayRollUp, RollUp
from motcua.reports.rules import Window
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Changed, Request
from tests.reports.conftest import STAFF, answer, ask

pytestmark = pytest.mark.usefixtures("company")
YEAR = Window(date(2026, 1, 1), date(2028, 1, 1))
HERE = {"company_code": "HANOI"}
LATE = ("LATE_COMPANY", "LATE_CUSTOMER", "LATE_THIRD_PARTY", "LATE_UNEXPLAINED")


def count_all(at: datetime) -> None:
    while report_ops.roll_up(at=at, limit=7):
        pass


def kept(model: Any) -> list[dict[str, Any]]:
    """The rows that hold anything, without their ids."""
    rows = [{k: v for k, v in row.items() if k != "id"} for row in model.objects.values()]
    return sorted((row for row in rows if any(row[m] for m in rules.MEASURES)), key=str)


def counted_by_hand() -> dict[str, int]:
    """The sums of everything by reading each request's row anew."""
    sums: dict[str, int] = {}
    for row in Request.objects.all():
        for measures in rules.contribution(request_queries.state_of(row)).values():
            for name, value in measures.items():
                sums[name] = sums.get(name, 0) + value
    return sums


class TestRandomHistories:
    @pytest.mark.parametrize("seed", range(4))
    def test_counted_bit_by_bit_equals_rebuilt_equals_counted_by_hand(self, histories, seed):
        story = histories(seed)
        for _ in range(100):
            story.step()
            if story.rng.random() < 0.3:
                report_ops.roll_up(at=story.at, limit=story.rng.randrange(1, 6))
        count_all(story.at)

        bit_by_bit = (
            kept(RollUp),
            kept(DayRollUp),
            sorted(Contribution.objects.values_list("request_id", "parts")),
        )
        assert queries.check().is_right
        sums = queries.total(window=YEAR, filters=HERE).sums
        assert min(sums["received"], sums["settled"]) > 0
        assert {name: sums[name] for name in rules.MEASURES if sums[name]} == {
            k: v for k, v in counted_by_hand().items() if v
        }

        for model in (RollUp, DayRollUp):
            model.objects.filter(company_code="HANOI").delete()
        Contribution.objects.all().delete()
        rebuilt = report_ops.rebuild(at=story.at)

        assert (
            kept(RollUp),
            kept(DayRollUp),
            sorted(Contribution.objects.values_list("request_id", "parts")),
        ) == bit_by_bit
        assert rebuilt.requests == rebuilt.corrected == Request.objects.count()
        assert report_ops.rebuild(at=story.at) == report_ops.Rebuilt(rebuilt.requests, 0, 0)

    def test_replaying_what_moves_figures_equals_replaying_all(self, histories):
        story = histories(11)
        for _ in range(60):
            story.step()

        short = {found.request_id: found.fresh for found in queries.compare_journals()}
        whole = {id: rules.contribution(request_queries.replay_request(id)) for id in story.ids}
        assert short == whole

    def test_any_window_is_the_sum_of_its_days(self, histories):
        story = histories(5)
        for _ in range(60):
            story.step()
        count_all(story.at)
        first = date(2026, 11, 1)

        for start, length in [
            (0, 30),
            (3, 9),
            (15, 1),
            (20, 15),
            (4, 70),
            (28, 40),
            (16, 44),
            (0, 31),
            (9, 200),
        ]:
            window = Window(first + timedelta(start), first + timedelta(start + length))
            days = queries.by_day(window=window, filters=HERE)
            for name in rules.MEASURES:
                assert queries.total(window=window, filters=HERE).sums[name] == sum(
                    d.sums[name] for d in days
                ), (window, name)
            for by in ("unit_code", "channel", "month", "service_code"):
                lines = queries.board(by=by, window=window, filters=HERE)
                assert queries.total_of(lines).figures == queries.total_of(days).figures

    def test_the_cases_behind_a_count_are_as_many_as_it_says(self, histories):
        story = histories(8)
        for _ in range(60):
            story.step()
        count_all(story.at)
        window = Window(date(2026, 11, 10), date(2026, 12, 23))

        sums = queries.total(window=window, filters=HERE).sums
        for figure, measure in (
            ("RECEIVED", "received"),
            ("SETTLED", "settled"),
            ("RATING", "rated"),
            ("TRIPS", "settled"),
            *((figure, figure.lower()) for figure in LATE),
        ):
            assert queries.cases(figure=figure, window=window, filters=HERE).count() == sums[measure], figure


class TestLate:
    """A broken promise counts for the party it is charged to, on the day it was settled."""

    def settled_late(self, at: datetime, key: str) -> request_ops.Receipt:
        receipt = ask(at, key=key)
        answer(receipt, at + timedelta(days=20), key=f"{key}:answer")
        return receipt

    def explain(self, receipt: request_ops.Receipt, party: str, at: datetime, key: str) -> None:
        request_ops.explain_late(
            request_id=receipt.request_id, party=party, reason="Mưa bão", actor=STAFF, at=at, key=key
        )

    def shares(self, at: datetime) -> dict[str, float | None]:
        count_all(at)
        figures = queries.total(window=YEAR, filters=HERE).figures
        return {code: figures[code] for code in LATE}

    def test_nobody_is_late_where_nothing_is(self, at):
        answer(ask(at, key="a"), at, key="b")

        assert set(self.shares(at).values()) == {None}

    def test_is_unexplained_until_somebody_says_why_and_the_last_word_counts(self, at):
        one, two = self.settled_late(at, "a"), self.settled_late(at, "b")
        later = at + timedelta(days=21)
        assert self.shares(later) == {
            "LATE_COMPANY": 0,
            "LATE_CUSTOMER": 0,
            "LATE_THIRD_PARTY": 0,
            "LATE_UNEXPLAINED": 100,
        }

        self.explain(one, "COMPANY", later, "c")
        self.explain(two, "COMPANY", later, "d")
        self.explain(two, "THIRD_PARTY", later + timedelta(days=40), "e")

        assert self.shares(later) == {
            "LATE_COMPANY": 50,
            "LATE_CUSTOMER": 0,
            "LATE_THIRD_PARTY": 50,
            "LATE_UNEXPLAINED": 0,
        }
        [month] = [line for line in queries.board(by="month", window=YEAR, filters=HERE) if line.sums["late"]]
        assert month.key == date(2026, 12, 1)  # of the settling, whenever the reason was given
        assert [row.id for row in queries.cases(figure="LATE_THIRD_PARTY", window=YEAR, filters=HERE)] == [
            two.request_id
        ]
        assert queries.check().is_right

    def test_the_journals_alone_give_the_same(self, at):
        for n, party in enumerate(["COMPANY", "CUSTOMER", "CUSTOMER", ""]):
            receipt = self.settled_late(at, f"k{n}")
            if party:
                self.explain(receipt, party, at + timedelta(days=30), f"e{n}")
        before = self.shares(at)
        for model in (RollUp, DayRollUp):
            model.objects.filter(company_code="HANOI").delete()
        Contribution.objects.all().delete()

        report_ops.rebuild(at=at)

        assert (
            self.shares(at)
            == before
            == {"LATE_COMPANY": 25, "LATE_CUSTOMER": 50, "LATE_THIRD_PARTY": 0, "LATE_UNEXPLAINED": 25}
        )

    def test_what_was_counted_before_there_was_the_measure_is_counted_by_the_feed(self, at):
        """Migration 0005 puts what was late into the feed; nothing else about it changes."""
        receipt = self.settled_late(at, "a")
        count_all(at)
        right = (kept(RollUp), kept(DayRollUp))
        row = Contribution.objects.get()
        row.parts = [
            [*part[:6], {k: v for k, v in part[6].items() if not k.startswith("late")}] for part in row.parts
        ]
        row.save()
        for model in (RollUp, DayRollUp):
            model.objects.filter(company_code="HANOI").update(late=0, late_unexplained=0)

        Changed.objects.create(request_id=receipt.request_id)
        count_all(at)

        assert (kept(RollUp), kept(DayRollUp)) == right


class TestCheck:
    def test_finds_a_figure_that_was_changed_by_hand_and_rebuild_puts_it_right(self, at):
        answer(ask(at, key="a"), at, key="b")
        count_all(at)
        assert queries.check() == queries.Checked(1, 0, (), 0)

        RollUp.objects.filter(company_code="HANOI").update(settled=7)
        assert queries.check().wrong_rows == 2  # one that is, one that should be
        assert report_ops.rebuild(at=at).wrong_rows == 2
        assert queries.check().is_right

    def test_finds_a_request_that_was_never_counted_and_one_that_is_no_more(self, at):
        receipt = ask(at, key="a")
        Changed.objects.all().delete()
        Contribution.objects.create(request_id="00000000-0000-7000-8000-000000000009", parts=[], seq=3)

        found = queries.check()

        assert {str(id) for id in found.differing} == {
            str(receipt.request_id),
            "00000000-0000-7000-8000-000000000009",
        }
        report_ops.rebuild(at=at)
        assert queries.check() == queries.Checked(1, 0, (), 0)

    def test_what_waits_to_be_counted_is_no_mistake(self, at):
        ask(at, key="a")

        assert queries.check() == queries.Checked(1, 1, (), 0)

    def test_what_was_counted_by_month_alone_is_counted_by_day_too(self, at):
        """Migration 0004 puts such requests into the feed; their months do not change."""
        receipt = ask(at, key="a")
        count_all(at)
        before = kept(RollUp)
        row = Contribution.objects.get()
        row.seq, row.parts = 0, [[row.parts[0][0][:8] + "01", *row.parts[0][1:]]]
        row.save()
        DayRollUp.objects.filter(company_code="HANOI").delete()
        Changed.objects.create(request_id=receipt.request_id)
        count_all(at)

        assert kept(RollUp) == before
        assert [row["day"] for row in kept(DayRollUp)] == [date(2026, 11, 16)]
        assert queries.check().is_right


class TestCompanies:
    def test_a_company_writes_no_days_and_rebuilds_no_figures_of_another(self, at):
        with using_company("NPC"):
            ask(at, key="n", unit="PA0000")
            count_all(at)
        ask(at, key="h")
        count_all(at)

        DayRollUp.objects.all().delete()  # row security lets it touch its own alone
        report_ops.rebuild(at=at)

        for code in ("HANOI", "NPC"):
            assert queries.total(window=YEAR, filters={"company_code": code}).sums["received"] == 1
            assert (
                sum(d.sums["received"] for d in queries.by_day(window=YEAR, filters={"company_code": code}))
                == 1
            )

    def test_days_are_vietnamese_days(self):
        late = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # 01:00 on 1 December in Hanoi
        ask(late, key="late")
        count_all(late)

        assert [d.key for d in queries.by_day(window=YEAR, filters=HERE)] == [date(2026, 12, 1)]
        assert [line.key for line in queries.board(by="month", window=YEAR, filters=HERE)] == [
            date(2026, 12, 1)
        ]
