"""Debt: nothing earlier than the policy allows, nobody cut off who has paid, everything undone by a payment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.payments.debtors import (
    ACCOUNT,
    DUE,
    POLICY,
    WORKER,
    by_day,
    days,
    drawn_policies,
    hold_to,
    pay,
    run_until,
    weekdays,
)

from motcua.kernel import local_time
from motcua.ledger import queries as ledger_queries
from motcua.messaging.mass.models import MassNotice
from motcua.payments.dunning import agreements, operations, queries, rules, standing
from motcua.payments.models import DunningCase, DunningStep, InstalmentPromise
from motcua.payments.operations.statement_refusals import PartsWrong, PromiseExists, ReasonMissing, StepOver


def walk(policy: rules.Policy, overdue_since: datetime, delays: list[int]) -> list[rules.Taken]:
    """All steps, each taken so many hours after it might have been, stops only in their hours."""
    taken: list[rules.Taken] = []
    for delay in delays:
        step = rules.next_step(policy, overdue_since, taken, weekdays, by_day)
        if step is None:
            break
        at = step.at + timedelta(hours=delay)
        if step.kind == rules.STOP:
            allowed = rules.first_allowed(policy, at, weekdays)
            assert allowed is not None
            at = allowed
        taken.append(rules.Taken(step.kind, at))
    return taken


class TestRules:
    def test_the_law_of_2004_step_by_step(self) -> None:
        taken = walk(POLICY, DUE, [0] * 9)

        assert [(step.kind, local_time.to_local(step.at).strftime("%d/%m %H:%M")) for step in taken] == [
            ("NOTICE", "03/11 08:00"), ("NOTICE", "10/11 08:00"), ("ANNOUNCE", "18/11 08:00"), ("STOP", "19/11 08:00"),
        ]  # fmt: skip

    def test_nobody_is_cut_off_on_a_friday_or_in_the_evening(self) -> None:
        friday = datetime(2026, 11, 20, 2, tzinfo=UTC)

        assert rules.first_allowed(POLICY, friday, weekdays) == datetime(2026, 11, 23, 1, tzinfo=UTC)
        assert not rules.may_stop_at(POLICY, datetime(2026, 11, 18, 9, tzinfo=UTC), weekdays)
        assert rules.first_allowed(POLICY, datetime(2026, 11, 18, 9, tzinfo=UTC), weekdays) == datetime(
            2026, 11, 19, 1, tzinfo=UTC
        )

    def test_no_day_to_work_is_no_stop(self) -> None:
        assert rules.first_allowed(POLICY, DUE, lambda _day: False) is None

    @settings(deadline=None)
    @given(drawn_policies, st.lists(st.integers(0, 200), min_size=8, max_size=8), st.integers(0, 365 * 24))
    def test_no_step_comes_earlier_than_the_policy_allows(
        self, policy: rules.Policy, delays: list[int], start: int
    ) -> None:
        overdue = DUE + timedelta(hours=start)
        taken = walk(policy, overdue, delays)
        notices = [step.at for step in taken if step.kind == rules.NOTICE]
        announce = next(step.at for step in taken if step.kind == rules.ANNOUNCE)
        stop = next(step.at for step in taken if step.kind == rules.STOP)

        assert len(notices) == policy.notices
        assert notices[0] >= overdue + timedelta(days=policy.first_days)
        assert all(
            late - early >= timedelta(days=policy.gap_days)
            for early, late in zip(notices, notices[1:], strict=False)
        )
        assert announce - notices[0] >= timedelta(days=policy.after_first_days)
        assert announce - notices[-1] >= timedelta(days=policy.after_last_days)
        assert stop - announce >= timedelta(hours=policy.announce_hours)
        assert rules.may_stop_at(policy, stop, weekdays)
        assert [step.kind for step in taken].count(rules.STOP) == 1

    def test_what_would_be_told_at_night_is_told_in_the_morning_and_the_wait_counts_from_there(self) -> None:
        midnight = datetime(2026, 11, 1, 17, tzinfo=UTC)
        late = replace(POLICY, gap_days=7, announce_hours=24, stop_from=time(6), stop_to=time(9))
        taken = walk(late, midnight, [0] * 9)
        foretold = rules.outlook(late, midnight, [], weekdays, by_day, midnight + timedelta(hours=23))

        assert [(step.kind, local_time.to_local(step.at).strftime("%d/%m %H:%M")) for step in taken] == [
            ("NOTICE", "03/11 07:00"), ("NOTICE", "10/11 07:00"), ("ANNOUNCE", "18/11 07:00"), ("STOP", "19/11 07:00"),
        ]  # fmt: skip
        assert [(step.kind, step.at) for step in foretold] == [(step.kind, step.at) for step in taken]
        at_night = rules.outlook(late, midnight, [], weekdays, by_day, midnight + timedelta(days=1, hours=22))
        assert local_time.to_local(at_night[0].at).strftime("%d/%m %H:%M") == "04/11 07:00"

    def test_parts_are_judged_the_day_after(self) -> None:
        parts = [(date(2026, 11, 20), 50), (date(2026, 12, 20), 50)]

        assert rules.parts_kept(parts, 0, date(2026, 11, 20))
        assert not rules.parts_kept(parts, 49, date(2026, 11, 21))
        assert rules.parts_kept(parts, 50, date(2026, 11, 21))

    def test_every_policy_that_is_shipped_has_a_source_and_can_be_used(self) -> None:
        for told in queries.shipped_policies():
            assert told["source"]
            assert told["confidence"] in {"SECONDARY", "UNVERIFIED", "PRIMARY"}
            names = rules.Policy.__dataclass_fields__
            made = rules.Policy(**{name: told[name] for name in names if not name.startswith("stop_")},
                                stop_from=time.fromisoformat(told["stop_from"]), stop_to=time.fromisoformat(told["stop_to"]))  # fmt: skip
            assert walk(made, DUE, [0] * 9)[-1].kind == rules.STOP


class TestCases:
    def test_goes_through_all_steps_at_their_time(self, owe: Callable[..., Any]) -> None:
        owe()
        for at in days(20):
            operations.run(at=at)

        told = [
            (step.kind, step.state, local_time.to_local(step.at).strftime("%d/%m %H"))
            for step in DunningStep.objects.order_by("id")
        ]
        assert told == [
            ("NOTICE", "TOLD", "03/11 08"), ("NOTICE", "TOLD", "10/11 08"), ("ANNOUNCE", "TOLD", "18/11 08"),
            ("STOP", "ORDERED", "19/11 08"),
        ]  # fmt: skip
        assert [notice.template for notice in MassNotice.objects.order_by("created_at")] == [
            "debt.notice", "debt.notice", "debt.announce",
        ]  # fmt: skip

    def test_due_at_midnight_a_notice_is_foretold_for_the_morning_and_taken_then(
        self, owe: Callable[..., Any]
    ) -> None:
        midnight = datetime(2026, 11, 1, 17, tzinfo=UTC)
        morning = datetime(2026, 11, 3, 0, tzinfo=UTC)
        owe(due_at=midnight)
        for hours in (1, 24, 26, 30.75):
            operations.run(at=midnight + timedelta(hours=hours))
            assert DunningStep.objects.count() == 0
            coming = standing.standing(ACCOUNT, midnight + timedelta(hours=hours)).coming
            assert (coming[0].kind, coming[0].at) == ("NOTICE", morning)
        assert DunningCase.objects.get().next_at == morning
        operations.run(at=morning)

        assert list(DunningStep.objects.values_list("kind", "at")) == [("NOTICE", morning)]
        assert MassNotice.objects.get().created_at == morning

    def test_a_job_that_slept_into_the_night_waits_for_the_morning(self, owe: Callable[..., Any]) -> None:
        owe()
        night = datetime(2026, 11, 3, 15, tzinfo=UTC)
        operations.run(at=night)
        assert DunningStep.objects.count() == 0
        operations.run(at=night + timedelta(hours=9))

        assert list(DunningStep.objects.values_list("kind", "at")) == [
            ("NOTICE", datetime(2026, 11, 4, tzinfo=UTC))
        ]

    def test_without_a_policy_nothing_is_done(self, company: Any, raise_one: Callable[..., Any]) -> None:
        raise_one(kind="TD", account_code=ACCOUNT, due_at=DUE)

        assert operations.run(at=DUE + timedelta(days=90)) == 0
        assert DunningCase.objects.count() == 0

    def test_nothing_overdue_is_no_case(self, owe: Callable[..., Any]) -> None:
        owe(due_at=DUE + timedelta(days=9))
        operations.run(at=DUE + timedelta(days=8))

        assert DunningCase.objects.count() == 0

    def test_a_job_that_slept_takes_one_step_at_a_time(self, owe: Callable[..., Any]) -> None:
        owe()
        operations.run(at=DUE + timedelta(days=60))

        assert list(DunningStep.objects.values_list("kind", flat=True)) == ["NOTICE"]

    def test_paid_before_the_stop_cancels_it_at_once(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("STOP")
        pay(charge, at=at)

        step = DunningStep.objects.get(kind="STOP")
        assert (step.state, DunningCase.objects.get().closed_at) == ("CANCELLED", at)
        with pytest.raises(StepOver):
            operations.stop_done(step_id=step.id, actor=WORKER, at=at)
        assert not DunningStep.objects.filter(kind="RECONNECT").exists()

    def test_a_part_paid_does_not(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("STOP")
        pay(charge, 1_000, at=at)

        assert DunningStep.objects.get(kind="STOP").state == "ORDERED"

    def test_nor_one_of_two(self, owe: Callable[..., Any]) -> None:
        first, _second = owe(), owe()
        at = run_until("STOP")
        pay(first, at=at)

        assert DunningCase.objects.get().closed_at is None

    def test_paid_after_the_stop_orders_the_reconnection_at_once(
        self, owe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flows: list[str] = []
        monkeypatch.setattr(
            operations.supply_ops, "stop_supply", lambda **told: flows.append(f"stop {told['reason']}")
        )
        monkeypatch.setattr(operations.supply_ops, "restore_supply", lambda **told: flows.append("restore"))
        charge = owe()
        at = run_until("STOP")
        operations.stop_done(step_id=DunningStep.objects.get(kind="STOP").id, actor=WORKER, at=at)
        pay(charge, at=at + timedelta(hours=1))

        [order] = queries.list_orders(frozenset({"PD0100"}))
        assert (order.kind, order.ordered_at) == ("RECONNECT", at + timedelta(hours=1))
        operations.reconnect_done(step_id=order.step_id, actor=WORKER, at=at + timedelta(hours=3))
        assert flows == ["stop DEBT", "restore"]
        with pytest.raises(StepOver):
            operations.reconnect_done(step_id=order.step_id, actor=WORKER, at=at)

    def test_another_debt_begins_anew(self, owe: Callable[..., Any]) -> None:
        pay(owe(), at=run_until("NOTICE"))
        owe(due_at=DUE + timedelta(days=30))
        operations.run(at=DUE + timedelta(days=32))

        assert DunningCase.objects.filter(closed_at__isnull=True).count() == 1
        assert DunningStep.objects.filter(kind="NOTICE").count() == 2


class TestSpared:
    def test_no_step_while_a_complaint_is_open(self, owe: Callable[..., Any]) -> None:
        owe()
        operations.run(at=DUE + timedelta(hours=1))
        agreements.exempt(
            account_code=ACCOUNT, reason="COMPLAINT", note="khiếu nại chỉ số", valid_from=DUE.date(),
            valid_to=date(2026, 12, 1), actor=WORKER, at=DUE,
        )  # fmt: skip
        for at in days(25):
            operations.run(at=at)
        assert DunningStep.objects.count() == 0

        operations.run(at=datetime(2026, 12, 1, 2, tzinfo=UTC))
        assert DunningStep.objects.count() == 1

    def test_an_ordered_stop_is_withdrawn(self, owe: Callable[..., Any]) -> None:
        owe()
        at = run_until("STOP")
        agreements.exempt(
            account_code=ACCOUNT,
            reason="LIFE_SUPPORT",
            note="máy thở",
            valid_from=at.date(),
            valid_to=None,
            actor=WORKER,
            at=at,
        )

        assert DunningStep.objects.get(kind="STOP").state == "CANCELLED"
        with pytest.raises(ReasonMissing):
            agreements.exempt(
                account_code=ACCOUNT,
                reason="OTHER",
                note="",
                valid_from=at.date(),
                valid_to=None,
                actor=WORKER,
                at=at,
            )

    def test_a_promise_that_is_kept_protects_and_a_broken_one_does_not(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("NOTICE")
        half = charge.total_vnd // 2
        parts = [(date(2026, 11, 10), half), (date(2026, 12, 10), charge.total_vnd - half)]
        agreements.promise(account_code=ACCOUNT, parts=parts, actor=WORKER, at=at)
        with pytest.raises(PromiseExists):
            agreements.promise(account_code=ACCOUNT, parts=parts, actor=WORKER, at=at)
        pay(charge, half, at=at + timedelta(days=1))
        for later in days(30, first=at):
            operations.run(at=later)
        assert (InstalmentPromise.objects.get().state, DunningStep.objects.count()) == ("OPEN", 1)

        operations.run(at=datetime(2026, 12, 11, 2, tzinfo=UTC))
        assert InstalmentPromise.objects.get().state == "BROKEN"
        assert DunningStep.objects.count() == 2

    def test_parts_must_be_the_debt(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("NOTICE")
        for parts in ([], [(date(2026, 11, 10), 1)], [(date(2026, 10, 1), charge.total_vnd)]):
            with pytest.raises(PartsWrong):
                agreements.promise(account_code=ACCOUNT, parts=parts, actor=WORKER, at=at)


class TestStanding:
    def test_says_where_one_stands_and_what_comes_next(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        at = run_until("NOTICE")
        here = standing.standing(ACCOUNT, at)

        assert (here.where, here.owed_vnd, here.later_vnd, here.overdue_since) == (
            "NOTIFIED",
            charge.total_vnd,
            0,
            DUE,
        )
        assert [(step.kind, local_time.to_local(step.at).strftime("%d/%m %H:%M")) for step in here.coming] == [
            ("NOTICE", "10/11 08:00"), ("ANNOUNCE", "18/11 08:00"), ("STOP", "19/11 08:00"),
        ]  # fmt: skip
        assert here.fee_vnd == 105_840
        pay(charge, at=at)
        assert standing.standing(ACCOUNT, at).where == "NOTHING"

    def test_debt_by_age(self, owe: Callable[..., Any]) -> None:
        charge = owe()
        run_until("NOTICE")

        told = queries.by_age(DUE + timedelta(days=20), frozenset({"PD0100"}))
        assert [row for row in told if row[2]] == [(15, 30, 1, charge.total_vnd)]
        assert not any(row[2] for row in queries.by_age(DUE + timedelta(days=20), frozenset({"PD0200"})))
        assert ledger_queries.get_charge(charge.id).is_open


def test_a_stricter_policy_holds_from_the_next_step_on(owe: Callable[..., Any]) -> None:
    owe()
    first = run_until("NOTICE")
    hold_to(replace(POLICY, notices=3), date(2026, 11, 4))
    for at in days(25, first=first):
        operations.run(at=at)
    assert list(DunningStep.objects.order_by("id").values_list("kind", flat=True))[:4] == [
        "NOTICE",
        "NOTICE",
        "NOTICE",
        "ANNOUNCE",
    ]


def test_a_band_opens_to_its_accounts(owe: Callable[..., Any]) -> None:
    charge = owe()
    run_until("NOTICE")
    at, units = DUE + timedelta(days=20), frozenset({"PD0100"})

    assert [(one.account_code, one.owed_vnd) for one in queries.list_accounts(at, units, 15, 30)] == [
        (ACCOUNT, charge.total_vnd)
    ]
    assert queries.list_accounts(at, units, 30, 60) == []
    assert len(queries.list_accounts(at, units, 0, None)) == 1
