"""Who owes is told what is overdue by our clock, to the dong; whoever has paid by then is not told."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from tests.payments import debt_house
from tests.payments.debtors import DUE, pay

from motcua.ledger import operations as ledger_ops
from motcua.messaging import rules
from motcua.messaging.mass import running
from motcua.messaging.mass.models import MassRecipient
from motcua.messaging.models import OutboxMessage
from motcua.payments.dunning import operations
from motcua.payments.dunning.standing import standing

FAR_AHEAD = datetime.fromisoformat("2046-11-05T08:00:00+07:00")


@pytest.fixture(params=[DUE, FAR_AHEAD], ids=["behind the machine", "years ahead of it"])
def begun(request: pytest.FixtureRequest, policy: None) -> debt_house.Debt:
    """Mrs Hoa owes 270,000 since that day, and 118,800 that fall due two weeks later."""
    debt = debt_house.make(request.param)
    ledger_ops.raise_charge(
        kind="TD", amount_vnd=110_000, vat_rate=Decimal("0.08"), customer_id=debt.home.hoa, request_id=None,
        unit_code="PD0100", actor=debt_house.CLERK, at=request.param - timedelta(days=3), key="later",
        account_code=debt.account, due_at=request.param + timedelta(days=14),
    )  # fmt: skip
    return debt


def work(at: datetime) -> None:
    for _turn in range(10):
        if not running.work(at=at):
            break


def told() -> list[tuple[str, str]]:
    """The template and the text of every message, in their order."""
    rows = OutboxMessage.objects.filter(template__in=["debt.notice", "debt.announce"]).order_by("created_at")
    return [(row.template, rules.render(row.texts[row.language], row.params)) for row in rows]


class TestOverdueByOurClock:
    def test_what_falls_due_between_our_time_and_the_machine_s_is_not_asked_for(
        self, begun: debt_house.Debt
    ) -> None:
        at = begun.charge.due_at + timedelta(days=1, hours=1)
        operations.run(at=at)
        work(at)

        since = f"{begun.charge.due_at + timedelta(hours=7):%d/%m/%Y}"
        assert told() == [
            (
                "debt.notice",
                f"EVNHANOI: Mã {begun.account} còn nợ tiền điện 270.000 đ, quá hạn từ {since}. Xem và trả tại "
                "http://hanoi.localhost:8000/hoa-don/no/ Đã trả thì xin bỏ qua. Muốn trả dần: gọi 19001288.",
            )
        ]

    def test_what_fell_due_meanwhile_is(self, begun: debt_house.Debt) -> None:
        for days in (1, 8, 16):
            at = begun.charge.due_at + timedelta(days=days, hours=1)
            operations.run(at=at)
            work(at)

        said = [(template, re.findall(r"nợ (?:tiền điện )?([\d.]+ đ)", text)) for template, text in told()]
        assert said == [
            ("debt.notice", ["270.000 đ"]), ("debt.notice", ["270.000 đ"]), ("debt.announce", ["388.800 đ"]),
        ]  # fmt: skip

    def test_paid_by_the_time_the_message_is_made_is_not_told(self, begun: debt_house.Debt) -> None:
        at = begun.charge.due_at + timedelta(days=1, hours=1)
        operations.run(at=at)
        pay(begun.charge, at=at)
        work(at + timedelta(minutes=1))

        assert told() == []
        assert [row.state for row in MassRecipient.objects.all()] == ["OVER"]


def test_due_at_midnight_it_is_told_at_the_hour_that_was_foretold(policy: None) -> None:
    midnight = datetime.fromisoformat("2026-11-02T00:00:00+07:00")
    debt = debt_house.make(midnight)
    foretold = standing(debt.account, midnight + timedelta(hours=1)).coming[0].at
    for at in (midnight + timedelta(days=1), foretold - timedelta(seconds=1)):
        operations.run(at=at)
        work(at)
        assert told() == []
    operations.run(at=foretold)
    work(foretold)

    assert foretold == midnight + timedelta(days=1, hours=7)
    assert [row.created_at for row in OutboxMessage.objects.filter(template="debt.notice")] == [foretold]
