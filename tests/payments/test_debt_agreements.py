"""Who is spared: promises within the policy, exemptions with their proof, customers who say that they have paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.payments.debtors import (
    ACCOUNT,
    BOSS,
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

from motcua.companies.models import AuditEntry
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments.dunning import agreements, operations, policies, queries, rules
from motcua.payments.dunning.standing import standing
from motcua.payments.models import DunningExemption, DunningPolicy, DunningStep, InstalmentPromise
from motcua.payments.operations.statement_refusals import (
    ExemptionEnded,
    ExemptionPeriod,
    NotOffered,
    PolicyDayTaken,
    PolicyDecided,
    PolicyOwn,
    PolicyWrong,
    PromiseExists,
    ReasonMissing,
    SaidBefore,
)

HOLDER = Actor.customer("01900000-0000-7000-8000-00000000000c")
KIND = replace(POLICY, promise_parts=3, promise_days=60, claim_days=3)


@pytest.fixture
def kind(policy: None) -> None:
    hold_to(KIND, date(2026, 6, 1))


class TestRules:
    @given(st.integers(2, 12), st.integers(0, 10**9), st.integers(12, 400))
    def test_parts_are_the_debt_in_order_and_in_time(self, count: int, more: int, span: int) -> None:
        owed, today = count + more, date(2026, 11, 20)
        parts = rules.parts_of(owed, count, today, span)

        assert sum(amount for _, amount in parts) == owed
        assert max(amount for _, amount in parts) - min(amount for _, amount in parts) <= 1
        assert [day for day, _ in parts] == sorted({day for day, _ in parts})
        assert parts[0][0] > today
        assert parts[-1][0] == today + timedelta(days=span)

    def test_one_hundred_in_three(self) -> None:
        assert rules.parts_of(100, 3, date(2026, 11, 1), 60) == (
            (date(2026, 11, 21), 34), (date(2026, 12, 11), 33), (date(2026, 12, 31), 33),
        )  # fmt: skip

    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=6), st.integers(0, 10**9))
    def test_what_is_due_now_completes_the_part_that_is_begun(self, amounts: list[int], paid: int) -> None:
        parts = [(date(2026, 11, 1) + timedelta(days=n), amount) for n, amount in enumerate(amounts)]
        asked = rules.due_now(parts, paid)

        ends = [sum(amounts[: n + 1]) for n in range(len(amounts))]
        assert (asked == 0) == (paid >= ends[-1])
        assert not asked or (paid + asked in ends and asked <= max(amounts))

    @given(st.integers(0, 10**6), st.lists(st.integers(1, 10**6), max_size=6))
    def test_it_is_spread_over_the_charges_oldest_first(self, amount: int, owed: list[int]) -> None:
        given_out = rules.spread(amount, owed)

        assert sum(given_out) == min(amount, sum(owed))
        assert all(0 <= one <= most for one, most in zip(given_out, owed, strict=True))
        full = [one == most for one, most in zip(given_out, owed, strict=True)]
        assert full == sorted(full, reverse=True)

    def test_a_policy_without_parts_offers_none(self) -> None:
        assert rules.offers(POLICY, 1_000, date(2026, 11, 1)) == []
        assert [len(parts) for parts in rules.offers(KIND, 1_000, date(2026, 11, 1))] == [2, 3]
        assert rules.offers(KIND, 1, date(2026, 11, 1)) == []

    @settings(deadline=None)
    @given(drawn_policies, st.integers(0, 90 * 24))
    def test_what_is_foretold_is_what_comes_to_whoever_does_nothing(
        self, drawn: rules.Policy, hours: int
    ) -> None:
        """Foretold at any moment, and then each step taken the moment it may be: the same steps at the same times."""
        now = DUE + timedelta(hours=hours)
        told = rules.outlook(drawn, DUE, [], weekdays, by_day, now)
        taken: list[rules.Taken] = []
        while step := rules.next_step(drawn, DUE, taken, weekdays, by_day):
            at = by_day(max(step.at, now))
            if step.kind == rules.STOP:
                at = rules.first_allowed(drawn, max(step.at, now), weekdays) or at
            taken.append(rules.Taken(step.kind, at))

        assert [(one.kind, one.at) for one in told] == [(one.kind, one.at) for one in taken]
        assert [one.at for one in told] == sorted(one.at for one in told)
        assert [one.kind for one in told] == ["NOTICE"] * drawn.notices + ["ANNOUNCE", "STOP"]
        assert rules.may_stop_at(drawn, told[-1].at, weekdays)

    def test_no_day_to_stop_on_is_no_stop_foretold(self) -> None:
        told = rules.outlook(POLICY, DUE, [], lambda _day: False, by_day, DUE)

        assert [one.kind for one in told] == ["NOTICE", "NOTICE", "ANNOUNCE"]


class TestPromise:
    def test_a_customer_chooses_what_the_policy_offers(self, kind: None, owe: Callable[..., Any]) -> None:
        owe()
        at = run_until("NOTICE")
        agreements.ask_promise(account_code=ACCOUNT, count=3, actor=HOLDER, at=at)

        made = InstalmentPromise.objects.get()
        assert queries.parts_of(made) == [
            (date(2026, 11, 23), 35_280), (date(2026, 12, 13), 35_280), (date(2027, 1, 2), 35_280),
        ]  # fmt: skip
        here = standing(ACCOUNT, at)
        assert (here.where, here.ways, here.coming, here.next_part.amount_vnd) == ("PROMISED", (), (), 35_280)  # type: ignore[union-attr]
        with pytest.raises(PromiseExists):
            agreements.ask_promise(account_code=ACCOUNT, count=2, actor=HOLDER, at=at)
        assert InstalmentPromise.objects.count() == 1

    @pytest.mark.parametrize("count", [0, 1, 4, 600])
    def test_nothing_beyond_it(self, kind: None, owe: Callable[..., Any], count: int) -> None:
        owe()
        with pytest.raises(NotOffered):
            agreements.ask_promise(account_code=ACCOUNT, count=count, actor=HOLDER, at=run_until("NOTICE"))
        assert InstalmentPromise.objects.count() == 0

    def test_nor_twice_about_one_debt(self, kind: None, owe: Callable[..., Any]) -> None:
        owe()
        at = run_until("NOTICE")
        agreements.ask_promise(account_code=ACCOUNT, count=2, actor=HOLDER, at=at)
        late = at + timedelta(days=31)
        operations.run(at=late)

        assert InstalmentPromise.objects.get().state == "BROKEN"
        assert standing(ACCOUNT, late).ways == ()
        with pytest.raises(NotOffered):
            agreements.ask_promise(account_code=ACCOUNT, count=2, actor=HOLDER, at=late)

    def test_parts_paid_one_by_one_keep_it_and_end_the_case(
        self, kind: None, owe: Callable[..., Any]
    ) -> None:
        charge = owe()
        at = run_until("NOTICE")
        agreements.ask_promise(account_code=ACCOUNT, count=2, actor=HOLDER, at=at)
        pay(charge, 52_920, at=at + timedelta(days=29))
        operations.run(at=at + timedelta(days=31))
        here = standing(ACCOUNT, at + timedelta(days=31))
        assert [part.is_paid for part in here.parts] == [True, False]
        assert here.paid_of_promise_vnd == 52_920

        pay(charge, 52_920, at=at + timedelta(days=58))
        assert InstalmentPromise.objects.get().state == "KEPT"
        assert standing(ACCOUNT, at + timedelta(days=58)).where == "NOTHING"

    @pytest.mark.parametrize("amount", [52_920, 105_840], ids=["a part", "all of it"])
    def test_money_that_comes_while_it_is_told_is_in_all_of_it_or_in_none(
        self, kind: None, owe: Callable[..., Any], amount: int
    ) -> None:
        charge = owe()
        at = run_until("NOTICE")
        agreements.ask_promise(account_code=ACCOUNT, count=2, actor=HOLDER, at=at)
        read: list[str] = []

        def pay_after_the_first_look(execute: Any, sql: str, *rest: Any) -> Any:
            answer = execute(sql, *rest)
            if sql.startswith("SELECT") and 'FROM "ledger_charge"' in sql:
                read.append(sql)
                if len(read) == 1:
                    pay(charge, amount, at=at + timedelta(days=29))
            return answer

        with connection.execute_wrapper(pay_after_the_first_look):
            here = standing(ACCOUNT, at + timedelta(days=29))

        assert read
        assert here.where == "PROMISED"
        paid = sum(part.amount_vnd for part in here.parts if part.is_paid)
        assert paid == here.paid_of_promise_vnd == charge.total_vnd - here.owed_vnd - here.later_vnd

    def test_a_newer_debt_does_not_keep_a_paid_promise_open(
        self, kind: None, owe: Callable[..., Any]
    ) -> None:
        charge = owe()
        at = run_until("NOTICE")
        agreements.ask_promise(account_code=ACCOUNT, count=2, actor=HOLDER, at=at)
        owe(due_at=at + timedelta(days=5))
        pay(charge, at=at + timedelta(days=6))
        operations.run(at=at + timedelta(days=7))

        assert InstalmentPromise.objects.get().state == "KEPT"
        assert not queries.is_spared(ACCOUNT, (at + timedelta(days=7)).date())

    def test_broken_after_the_stop_was_ordered_it_is_announced_anew(
        self, kind: None, owe: Callable[..., Any]
    ) -> None:
        owe()
        at = run_until("STOP")
        agreements.ask_promise(account_code=ACCOUNT, count=2, actor=HOLDER, at=at)
        assert DunningStep.objects.get(kind="STOP").state == "CANCELLED"

        for later in days(40, first=at + timedelta(hours=1)):
            operations.run(at=later)
        told = [
            (step.kind, step.turn, step.state, local_time.to_local(step.at).strftime("%d/%m %H"))
            for step in DunningStep.objects.order_by("id")[3:]
        ]
        assert told == [
            ("STOP", 1, "CANCELLED", "19/11 08"), ("ANNOUNCE", 2, "TOLD", "20/12 07"), ("STOP", 2, "ORDERED", "21/12 08"),
        ]  # fmt: skip


class TestSaidPaid:
    def test_spares_for_the_days_of_the_policy_once_a_case(self, kind: None, owe: Callable[..., Any]) -> None:
        owe()
        at = run_until("STOP")
        assert standing(ACCOUNT, at).may_say_paid
        agreements.say_paid(account_code=ACCOUNT, note="chuyển khoản hôm qua", actor=HOLDER, at=at)

        here = standing(ACCOUNT, at)
        assert (here.where, here.spared_reason, here.spared_until, here.may_say_paid) == (
            "SPARED", "PAID_SAID", date(2026, 11, 22), False,
        )  # fmt: skip
        assert DunningStep.objects.get(kind="STOP").state == "CANCELLED"
        with pytest.raises(SaidBefore):
            agreements.say_paid(account_code=ACCOUNT, note="lần nữa", actor=HOLDER, at=at)
        assert DunningExemption.objects.count() == 1

    def test_not_where_nothing_is_overdue_nor_where_the_policy_has_no_days(
        self, policy: None, owe: Callable[..., Any]
    ) -> None:
        owe()
        at = run_until("NOTICE")
        with pytest.raises(NotOffered):
            agreements.say_paid(account_code=ACCOUNT, note="đã trả", actor=HOLDER, at=at)
        hold_to(KIND, date(2026, 6, 1))
        with pytest.raises(ReasonMissing):
            agreements.say_paid(account_code=ACCOUNT, note=" ", actor=HOLDER, at=at)
        with pytest.raises(NotOffered):
            agreements.say_paid(account_code="PD01000000009", note="đã trả", actor=HOLDER, at=at)


class TestExemptions:
    def spare(self, at: datetime, valid_to: date | None) -> int:
        return agreements.exempt(
            account_code=ACCOUNT, reason="HOSPITAL", note="bệnh viện huyện", proof="Quyết định 12/QĐ-UBND", actor=WORKER,
            valid_from=at.date(), valid_to=valid_to, at=at,
        )  # fmt: skip

    def test_taken_back_the_account_goes_on_with_a_new_announcement(self, owe: Callable[..., Any]) -> None:
        owe()
        at = run_until("ANNOUNCE")
        made = self.spare(at, date(2027, 1, 1))
        assert DunningExemption.objects.get().proof == "Quyết định 12/QĐ-UBND"
        operations.run(at=at + timedelta(days=3))
        assert DunningStep.objects.count() == 3

        agreements.end_exemption(exemption_id=made, actor=BOSS, at=at + timedelta(days=4))
        operations.run(at=at + timedelta(days=4))
        assert DunningStep.objects.order_by("-id").values_list("kind", "turn").first() == ("ANNOUNCE", 2)
        with pytest.raises(ExemptionEnded):
            agreements.end_exemption(exemption_id=made, actor=BOSS, at=at + timedelta(days=4))
        with pytest.raises(NotFound):
            agreements.end_exemption(exemption_id=made + 1, actor=BOSS, at=at)

    def test_its_last_day_is_still_to_come(self, owe: Callable[..., Any]) -> None:
        owe()
        with pytest.raises(ExemptionPeriod):
            self.spare(DUE, DUE.date())
        assert DunningExemption.objects.count() == 0


class TestPolicy:
    def propose(self, **changes: Any) -> int:
        told = {
            "valid_from": date(2027, 1, 1),
            "policy": KIND,
            "source": "Quyết định 7",
            "confidence": "PRIMARY",
        }
        return policies.propose_policy(**{**told, **changes}, actor=WORKER, at=DUE)

    def test_holds_when_another_agrees(self, policy: None) -> None:
        made = self.propose()
        assert queries.policy_on(date(2027, 1, 1)) == POLICY
        with pytest.raises(PolicyOwn):
            policies.decide_policy(policy_id=made, agrees=True, actor=WORKER, at=DUE)
        policies.decide_policy(policy_id=made, agrees=True, actor=BOSS, at=DUE)

        assert queries.policy_on(date(2027, 1, 1)) == KIND
        assert queries.policy_on(date(2026, 12, 31)) == POLICY
        with pytest.raises(PolicyDecided):
            policies.decide_policy(policy_id=made, agrees=False, actor=BOSS, at=DUE)
        verbs = (
            AuditEntry.objects.filter(subject_id="2027-01-01").order_by("id").values_list("verb", flat=True)
        )
        assert list(verbs) == ["debt.policy-proposed", "debt.policy-agreed"]

    def test_refused_it_never_holds(self, policy: None) -> None:
        policies.decide_policy(policy_id=self.propose(), agrees=False, actor=BOSS, at=DUE)

        assert queries.policy_on(date(2027, 1, 1)) == POLICY

    def test_two_of_one_day_do_not_stand(self, policy: None) -> None:
        first, second = self.propose(), self.propose()
        policies.decide_policy(policy_id=first, agrees=True, actor=BOSS, at=DUE)
        with pytest.raises(PolicyDayTaken):
            policies.decide_policy(policy_id=second, agrees=True, actor=BOSS, at=DUE)
        assert DunningPolicy.objects.get(id=second).state == "PROPOSED"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"stop_to": time(7)}, "stop_to"), ({"promise_parts": 5, "promise_days": 3}, "promise_days"), ({"notices": 0}, "notices"),
         ({"least_owed_vnd": 0}, "least_owed_vnd")],
    )  # fmt: skip
    def test_what_cannot_be_is_told_beside_its_field(
        self, policy: None, changes: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(PolicyWrong) as refused:
            self.propose(policy=replace(KIND, **changes))
        assert refused.value.field == field
        with pytest.raises(ReasonMissing):
            self.propose(source=" ")
        assert DunningPolicy.objects.count() == 1
