"""Refunds that a wallet refuses: asked again under a new reference, or given up with the money back where it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from tests.payments.matched_day import NEXT, PAID, WORKER

from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.ledger import queries as ledger_queries
from motcua.payments import matching_queries, refund_queries
from motcua.payments.models import OnlinePayment, OnlineRefund, Refund, SuspenseCase
from motcua.payments.operations import gateways, online_refunds, refunds
from motcua.payments.operations.statement_refusals import ReasonMissing, RefundDecided

BOSS = Actor.staff("giamsat-1", "Hoa", ["SUPERVISOR"], ["PD0000"])


def plan() -> int:
    return online_refunds.plan_refunds(ref_of=lambda _gateway, id: f"RF{id.hex[-12:]}", at=NEXT)


@pytest.fixture
def refused(own: None, told_by_bank: Callable[..., Any]) -> OnlineRefund:
    gateways.set_gateway(
        code="VNPAY", name="VNPAY", address="", public={}, secrets={"k": "s"}, actor=WORKER, at=PAID
    )
    told_by_bank("V1", 5_000, "khong ro", bank="VNPAY")
    case = SuspenseCase.objects.get()
    OnlinePayment.objects.create(
        id=new_id(PAID), gateway_id="VNPAY", ref="A-1", charge_id=new_id(PAID), payment_code="x", amount_vnd=5_000,
        state="PAID", paid_vnd=5_000, paid_at=PAID, provider_txn_id="V1", started_by="x", created_at=PAID, expires_at=PAID,
        changed_at=PAID,
    )  # fmt: skip
    number = refunds.ask_refund(
        payment_id=case.payment_id,
        case_id=case.id,
        amount_vnd=5_000,
        way="BACK",
        reason="nhầm",
        actor=WORKER,
        at=NEXT,
    )
    refunds.approve_refund(refund_id=number, actor=BOSS, at=NEXT)
    assert plan() == 1
    asked = OnlineRefund.objects.get()
    online_refunds.hear_refund(refund_id=asked.id, state="REFUSED", code="94", at=NEXT)
    return OnlineRefund.objects.get()


def test_is_listed_with_the_wallets_answer(refused: OnlineRefund) -> None:
    [one] = refund_queries.list_refused_online(limit=10)

    assert (one.id, one.gateway_name, one.amount_vnd, one.code) == (refused.id, "VNPAY", 5_000, "94")
    assert refund_queries.count_refused_online() == 1


def test_asked_again_it_has_a_new_reference_and_may_be_done(refused: OnlineRefund) -> None:
    online_refunds.retry_refund(online_refund_id=refused.id, actor=WORKER, at=NEXT)
    assert plan() == 1

    again = OnlineRefund.objects.exclude(id=refused.id).get()
    assert (again.ref != refused.ref, again.amount_vnd, again.state) == (True, 5_000, "ASKED")
    online_refunds.hear_refund(refund_id=again.id, state="DONE", code="00", at=NEXT)
    assert Refund.objects.get().state == "DONE"
    assert OnlinePayment.objects.get().state == "REFUNDED"
    assert refund_queries.list_refused_online(limit=10) == []
    with pytest.raises(RefundDecided):
        online_refunds.retry_refund(online_refund_id=refused.id, actor=WORKER, at=NEXT)


def test_given_up_the_money_is_a_case_again(refused: OnlineRefund) -> None:
    assert ledger_queries.get_balance("138-VNPAY").balance_vnd == 0
    with pytest.raises(ReasonMissing):
        online_refunds.give_up_refund(online_refund_id=refused.id, reason=" ", actor=WORKER, at=NEXT)
    online_refunds.give_up_refund(online_refund_id=refused.id, reason="ví đã đóng", actor=WORKER, at=NEXT)

    assert Refund.objects.get().state == "FAILED"
    assert SuspenseCase.objects.get(state="OPEN").amount_vnd == 5_000
    assert ledger_queries.get_balance("138-VNPAY").balance_vnd == 5_000
    assert matching_queries.check_matching() == []
    assert ledger_queries.check_ledger() == []
    for act in (online_refunds.retry_refund, online_refunds.give_up_refund):
        told: dict[str, UUID | Any] = {"online_refund_id": refused.id, "actor": WORKER, "at": NEXT}
        with pytest.raises(RefundDecided):
            act(**told, **({"reason": "lần nữa"} if act is online_refunds.give_up_refund else {}))


def test_a_refund_that_is_still_asked_for_is_not_given_up(refused: OnlineRefund) -> None:
    online_refunds.retry_refund(online_refund_id=refused.id, actor=WORKER, at=NEXT)
    plan()
    again = OnlineRefund.objects.exclude(id=refused.id).get()

    with pytest.raises(RefundDecided):
        online_refunds.give_up_refund(online_refund_id=again.id, reason="thôi", actor=WORKER, at=NEXT)
    with pytest.raises(RefundDecided):
        refunds.fail_refund(refund_id=Refund.objects.get().id, reason="thôi", actor=WORKER, at=NEXT)
