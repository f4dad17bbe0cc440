"""Money that goes back: two people, never more than came, ordered once, done when the statement says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, transaction
from tests.payments.conftest import CUSTOMER
from tests.payments.matched_day import DAY, NEXT, OWN, PAID, WORKER, swift

from motcua.documents import operations as document_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import matching_queries, pain001, queries
from motcua.payments import operations as payment_ops
from motcua.payments.models import Payment, Refund, RefundOrder, SuspenseCase
from motcua.payments.operations import matching, refunds, statements
from motcua.payments.operations.refusals import CaseClosed
from motcua.payments.operations.statement_refusals import (
    NothingToOrder,
    PayeeWrong,
    ReasonMissing,
    RefundAboveLimit,
    RefundDecided,
    RefundOwnRequest,
    RefundTooLarge,
)

ASKER = Actor.staff("kd-1", "Minh", ["BUSINESS"], ["PD0000"])
BOSS = Actor.staff("gs-1", "Thảo", ["SUPERVISOR"], ["PD0000"])
PAYEE = {"payee_name": "Nguyễn Văn A", "payee_account": "8888 8888 88", "payee_bin": "970436"}


@pytest.fixture
def own(company: Any, at: datetime) -> None:
    statements.open_own_account(number=OWN, bank="VCB", name="Công ty Điện lực", actor=WORKER, at=at)


@pytest.fixture
def credited(own: None, tell: Callable[..., Any], raise_one: Callable[..., Any]) -> Payment:
    """A charge paid with 20,000 too much: the customer's credit."""
    charge = raise_one()
    tell("FT1", 125_840, charge.payment_code, bank="VCB", paid_at=PAID, at=PAID)
    return Payment.objects.get()


@pytest.fixture
def treated(own: None, tell: Callable[..., Any]) -> SuspenseCase:
    """5,000 that nobody knows."""
    tell("FT1", 5_000, "cam on", bank="VCB", paid_at=PAID, at=PAID)
    return SuspenseCase.objects.get()


def ask(payment: Payment, amount_vnd: int = 20_000, **changes: Any) -> UUID:
    given = {"payment_id": payment.id, "amount_vnd": amount_vnd, "way": "BANK", "reason": "trả thừa", "actor": ASKER, "at": NEXT,
             "customer_id": CUSTOMER, **PAYEE}  # fmt: skip
    return refunds.ask_refund(**{**given, **changes})


def ask_case(case: SuspenseCase, **changes: Any) -> UUID:
    given = {"amount_vnd": case.amount_vnd, "case_id": case.id, "customer_id": None}
    return ask(case.payment, **{**given, **changes})


def approve(refund_id: UUID, actor: Actor = BOSS) -> None:
    refunds.approve_refund(refund_id=refund_id, actor=actor, at=NEXT)


def assert_all_holds() -> None:
    assert matching_queries.check_matching() == []
    assert queries.check_payments() == []
    assert ledger_queries.check_ledger() == []


class TestFourEyes:
    def test_whoever_asked_never_approves(self, credited: Payment) -> None:
        refund_id = ask(credited)
        both = Actor.staff("kd-1", "Minh", ["BUSINESS", "SUPERVISOR"], ["PD0000"])

        with pytest.raises(RefundOwnRequest):
            approve(refund_id, both)
        with pytest.raises(RefundOwnRequest):
            refunds.refuse_refund(refund_id=refund_id, note="thôi", actor=ASKER, at=NEXT)
        assert Refund.objects.get().state == "ASKED"
        assert ledger_queries.get_balance("3387").balance_vnd == 20_000

    def test_nor_behind_the_operations_back(self, credited: Payment) -> None:
        refund_id = ask(credited)
        with pytest.raises(IntegrityError), transaction.atomic():
            Refund.objects.filter(id=refund_id).update(
                state="APPROVED", decided_by=ASKER.ref, decided_at=NEXT
            )

    def test_somebody_else_does_and_the_credit_is_gone(self, credited: Payment) -> None:
        approve(ask(credited))

        assert Refund.objects.get().state == "APPROVED"
        assert ledger_queries.get_balance("3387").balance_vnd == 0
        assert ledger_queries.get_balance("3388-HOAN").balance_vnd == 20_000
        assert_all_holds()

    def test_only_once(self, credited: Payment) -> None:
        refund_id = ask(credited)
        approve(refund_id)
        with pytest.raises(RefundDecided):
            approve(refund_id)

    def test_up_to_a_limit(self, credited: Payment) -> None:
        refunds.set_refund_limit(
            role="SUPERVISOR", most_vnd=19_999, valid_from=date(2026, 1, 1), actor=WORKER, at=NEXT
        )
        refund_id = ask(credited)
        with pytest.raises(RefundAboveLimit):
            approve(refund_id)
        refunds.set_refund_limit(
            role="SUPERVISOR", most_vnd=20_000, valid_from=date(2026, 11, 1), actor=WORKER, at=NEXT
        )
        approve(refund_id)

    def test_a_role_without_a_limit_approves_nothing_once_there_are_limits(self, credited: Payment) -> None:
        refunds.set_refund_limit(
            role="ADMIN", most_vnd=10**9, valid_from=date(2026, 1, 1), actor=WORKER, at=NEXT
        )
        with pytest.raises(RefundAboveLimit):
            approve(ask(credited))

    def test_a_no_needs_its_reason_and_frees_the_amount(self, credited: Payment) -> None:
        refund_id = ask(credited, 125_840)
        with pytest.raises(ReasonMissing):
            refunds.refuse_refund(refund_id=refund_id, note="", actor=BOSS, at=NEXT)
        refunds.refuse_refund(refund_id=refund_id, note="nhầm số tiền", actor=BOSS, at=NEXT)

        assert ask(credited, 20_000) != refund_id


class TestNeverMoreThanCame:
    def test_together_not_more_than_the_payment_brought(self, credited: Payment) -> None:
        ask(credited, 100_000)
        with pytest.raises(RefundTooLarge):
            ask(credited, 25_841)
        ask(credited, 25_840)

    def test_not_more_than_the_customer_still_has(self, credited: Payment) -> None:
        refund_id = ask(credited, 20_001)
        with pytest.raises(ledger_ops.CreditTooSmall):
            approve(refund_id)
        assert ledger_queries.get_balance("3387").balance_vnd == 20_000

    def test_a_case_goes_back_whole_and_once(self, treated: SuspenseCase) -> None:
        with pytest.raises(RefundTooLarge):
            ask_case(treated, amount_vnd=4_999)
        ask_case(treated)
        with pytest.raises(RefundTooLarge):
            ask_case(treated)

    def test_the_wall_of_the_database_holds_alone(self, credited: Payment) -> None:
        ask(credited, 100_000)
        one = Refund.objects.get()
        one.pk, one.number, one.amount_vnd = UUID(int=7), "HTX", 25_841
        with pytest.raises(IntegrityError, match="more than it brought"), transaction.atomic():
            one.save(force_insert=True)

    @pytest.mark.parametrize("amount", [0, -1, 1.5, True, 10**15])
    def test_only_whole_dong_above_nothing(self, credited: Payment, amount: Any) -> None:
        with pytest.raises(ledger_ops.AmountInvalid):
            ask(credited, amount)

    @pytest.mark.parametrize(
        "wrong",
        [{"payee_account": ""}, {"payee_bin": "97"}, {"payee_name": " "}, {"payee_account": "12;DROP"}],
    )
    def test_a_transfer_needs_its_payee(self, credited: Payment, wrong: dict[str, str]) -> None:
        with pytest.raises(PayeeWrong):
            ask(credited, **wrong)


class TestOrder:
    def test_is_a_file_for_the_bank_with_every_refund_once(self, credited: Payment) -> None:
        approve(ask(credited, 15_000))
        approve(ask(credited, 5_000))
        order_id = refunds.make_order(account=OWN, actor=WORKER, at=NEXT)

        order = RefundOrder.objects.get(id=order_id)
        assert (order.count, order.total_vnd) == (2, 20_000)
        document = ElementTree.fromstring(document_ops.read_for_machine(order.document_id))  # noqa: S314 - our own
        said = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
        assert [one.text for one in document.iter(f"{said}InstdAmt")] == ["15000", "5000"]
        assert {one.text for one in document.iter(f"{said}CtrlSum")} == {"20000"}
        assert [one.text for one in document.iter(f"{said}EndToEndId")] == list(
            Refund.objects.order_by("id").values_list("number", flat=True)
        )
        with pytest.raises(NothingToOrder):
            refunds.make_order(account=OWN, actor=WORKER, at=NEXT)

    def test_the_statement_ends_it(self, credited: Payment) -> None:
        approve(ask(credited))
        refunds.make_order(account=OWN, actor=WORKER, at=NEXT)
        number = Refund.objects.get().number
        content = swift("C|125840|FT1|x", f"D|20000|FT2|HOAN TIEN {number}")
        statements.import_file(content=content, name="x", actor=WORKER, at=NEXT)
        done = matching.match_day(day=DAY, actor=WORKER, at=NEXT)

        assert done.still_open == 0
        assert (Refund.objects.get().state, Refund.objects.get().line.key) == ("DONE", "FT2")
        assert ledger_queries.get_balance("3388-HOAN").balance_vnd == 0
        assert ledger_queries.get_balance(f"112-{OWN}").balance_vnd == 105_840
        assert_all_holds()

    def test_a_refund_that_nobody_ordered_is_not_done_by_a_line(self, credited: Payment) -> None:
        ask(credited)
        content = swift("C|125840|FT1|x", f"D|20000|FT2|HOAN TIEN {Refund.objects.get().number}")
        statements.import_file(content=content, name="x", actor=WORKER, at=NEXT)
        matching.match_day(day=DAY, actor=WORKER, at=NEXT)

        assert Refund.objects.get().state == "ASKED"
        assert [row.kind for row in matching_queries.open_differences(DAY)] == ["UNKNOWN_DEBIT"]

    def test_the_bank_did_not_do_it(self, credited: Payment) -> None:
        refund_id = ask(credited)
        approve(refund_id)
        refunds.make_order(account=OWN, actor=WORKER, at=NEXT)
        refunds.fail_refund(refund_id=refund_id, reason="sai tài khoản", actor=WORKER, at=NEXT)

        assert ledger_queries.get_balance("3387").balance_vnd == 20_000
        assert ask(credited)
        assert_all_holds()

    def test_names_are_written_so_that_banks_take_them(self) -> None:
        one = pain001.Transfer("HT1", 5, "Nguyễn <Văn> & Đỗ", "1", "970436", "x")
        content = pain001.write(
            number="LC1", at=NEXT, name="Điện lực", account="2", bank="VCB", transfers=[one]
        ).decode()

        assert "Nguyen &lt;Van&gt; &amp; Do" in content
        with pytest.raises(ValueError, match="above nothing"):
            pain001.write(number="LC1", at=NEXT, name="x", account="2", bank="VCB", transfers=[])


class TestCases:
    def test_out_of_suspense_through_our_bank(self, treated: SuspenseCase) -> None:
        approve(ask_case(treated))

        treated.refresh_from_db()
        assert (treated.state, treated.resolution) == ("CLOSED", "RETURNED")
        assert ledger_queries.get_balance("3388").balance_vnd == 0
        assert_all_holds()

    def test_back_through_the_channel_it_came_by(self, treated: SuspenseCase) -> None:
        approve(ask_case(treated, way="BACK", payee_name="", payee_account="", payee_bin=""))
        number = Refund.objects.get().number
        assert_all_holds()
        statements.import_file(
            content=swift("C|5000|FT1|cam on", f"D|5000|FT2|{number}"), name="x", actor=WORKER, at=NEXT
        )
        matching.match_day(day=DAY, actor=WORKER, at=NEXT)

        assert (Refund.objects.get().state, ledger_queries.get_balance("138-VCB").balance_vnd) == ("DONE", 0)
        assert_all_holds()

    def test_kept_as_the_customers_credit(self, treated: SuspenseCase) -> None:
        approve(ask_case(treated, way="CREDIT", customer_id=CUSTOMER))

        assert Refund.objects.get().state == "DONE"
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == 5_000
        assert_all_holds()

    def test_a_case_that_was_placed_meanwhile(
        self, treated: SuspenseCase, raise_one: Callable[..., Any]
    ) -> None:
        refund_id = ask_case(treated)
        payment_ops.resolve_case(case_id=treated.id, charge_id=raise_one().id, actor=WORKER, at=NEXT)

        with pytest.raises(CaseClosed):
            approve(refund_id)
        assert_all_holds()

    def test_money_that_came_back_is_a_case_again(self, treated: SuspenseCase) -> None:
        refund_id = ask_case(treated)
        approve(refund_id)
        refunds.fail_refund(refund_id=refund_id, reason="tài khoản đóng", actor=WORKER, at=NEXT)

        assert SuspenseCase.objects.get(state="OPEN").amount_vnd == 5_000
        assert_all_holds()


def test_13_askers_at_the_same_time_never_promise_more_than_came(
    committed_company: Any, race: Callable[..., Any], raise_one: Callable[..., Any], at: datetime
) -> None:
    charge = raise_one()
    payment_ops.record_bank_notification(
        bank="VCB",
        txn_id="FT1",
        amount_vnd=205_840,
        text=charge.payment_code,
        paid_at=PAID,
        raw_sha256="0" * 64,
        at=PAID,
    )
    payment = Payment.objects.get()

    results = race(*[lambda: ask(payment, 100_000)] * 5)
    assert sorted(type(result).__name__ for result in results) == ["RefundTooLarge"] * 3 + ["UUID"] * 2
    ids = list(Refund.objects.values_list("id", flat=True))
    outcomes = race(*[lambda id=id: approve(id) for id in [*ids, *ids]])
    assert sum(outcome is None for outcome in outcomes) == 1
    assert ledger_queries.get_balance("3387").balance_vnd == 0


def test_a_payment_taken_back_is_not_refunded(credited: Payment, tell: Callable[..., Any]) -> None:
    tell(
        "FT9",
        125_840,
        "",
        kind="REVERSAL",
        original_txn_id="FT1",
        bank="VCB",
        at=datetime(2026, 11, 16, 5, tzinfo=UTC),
    )

    with pytest.raises(NotFound):
        ask(credited)
    assert Refund.objects.count() == 0
