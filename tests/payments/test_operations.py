import itertools
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.payments.conftest import BANK, CLEARING, CUSTOMER, SYSTEM, TOTAL

from motcua.companies.models import AuditEntry
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.models import LedgerTransaction
from motcua.payments import operations as payment_ops
from motcua.payments import partner_queries
from motcua.payments import queries as payment_queries
from motcua.payments.models import Allocation, BankNotification, Payment, SuspenseCase

pytestmark = pytest.mark.usefixtures("company")


def balance(account):
    return ledger_queries.get_balance(account).balance_vnd


def sound():
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


@pytest.fixture(autouse=True)
def _always_sound(company):
    yield
    sound()


class TestMatching:
    def test_the_exact_amount_with_the_code_pays_the_charge(self, raise_one, tell):
        charge = raise_one()
        done = tell("FT1", TOTAL, f"MBVCB.123.{charge.payment_code}.CT tu 0011")

        assert (done.state, done.charge_id, done.outcome) == ("matched", charge.id, "MATCHED")
        assert ledger_queries.get_charge(charge.id).is_paid
        assert balance(CLEARING) == TOTAL
        assert Payment.objects.get().amount_vnd == TOTAL
        assert payment_queries.list_allocations(charge.id) == [(Payment.objects.get().id, TOTAL)]

    def test_the_same_notice_again_is_a_duplicate(self, raise_one, tell, at):
        charge = raise_one()
        tell("FT1", TOTAL, charge.payment_code)
        again = tell("FT1", TOTAL, charge.payment_code, at=at + timedelta(minutes=3))

        assert (again.state, again.charge_id) == ("duplicate", charge.id)
        assert (BankNotification.objects.count(), Payment.objects.count()) == (1, 1)
        assert balance(CLEARING) == TOTAL

    @pytest.mark.parametrize(
        ("field", "value"),
        [("amount_vnd", 5), ("text", "khac"), ("paid_at", timedelta(days=1))],
    )
    def test_the_same_id_with_other_content_is_refused_naming_the_field(
        self, raise_one, tell, at, field, value
    ):
        charge = raise_one()
        tell("FT1", TOTAL, charge.payment_code)
        changed = at + value if isinstance(value, timedelta) else value
        amount = changed if field == "amount_vnd" else TOTAL
        text = changed if field == "text" else charge.payment_code

        with pytest.raises(payment_ops.NotificationDiffers) as refused:
            tell("FT1", amount, text, paid_at=changed if field == "paid_at" else at)

        assert refused.value.field == field
        assert balance(CLEARING) == TOTAL

    def test_two_genuine_equal_transfers_are_two_payments(self, raise_one, tell):
        first, second = raise_one(), raise_one()
        tell("FT1", TOTAL, first.payment_code)
        tell("FT2", TOTAL, second.payment_code)

        assert Payment.objects.count() == 2
        assert balance(CLEARING) == 2 * TOTAL

    def test_less_than_owed_leaves_the_rest_open(self, raise_one, tell):
        charge = raise_one()
        done = tell("FT1", 100_000, charge.payment_code)

        assert (done.state, done.outcome) == ("matched", "PARTIAL")
        assert ledger_queries.get_charge(charge.id).remaining_vnd == 5_840
        assert payment_queries.payment_view(charge.id).state == "PARTLY_PAID"

    def test_more_than_owed_becomes_credit(self, raise_one, tell):
        done = tell("FT1", TOTAL + 1_340, raise_one().payment_code)

        assert done.outcome == "OVERPAID"
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == 1_340
        assert Allocation.objects.count() == 2

    def test_paid_twice_is_two_receipts_and_credit(self, raise_one, tell):
        charge = raise_one()
        tell("FT1", TOTAL, charge.payment_code)
        late = tell("FT2", TOTAL, charge.payment_code)

        assert (late.state, late.outcome) == ("matched", "CREDITED")
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == TOTAL

    def test_money_for_a_cancelled_charge_is_accepted_into_suspense(self, raise_one, tell, at):
        charge = raise_one()
        ledger_ops.cancel_charge(charge_id=charge.id, reason="hủy", actor=SYSTEM, at=at, key="c")
        done = tell("FT1", TOTAL, charge.payment_code)

        assert (done.state, done.charge_id) == ("suspense", charge.id)
        case = SuspenseCase.objects.get()
        assert (case.reason, case.amount_vnd, case.charge_id) == ("CHARGE_CANCELLED", TOTAL, charge.id)

    def test_too_much_for_a_charge_of_nobody_is_a_case(self, raise_one, tell):
        done = tell("FT1", TOTAL + 10, raise_one(customer_id=None).payment_code)

        assert done.outcome == "OVERPAID"
        assert SuspenseCase.objects.get().reason == "OWNER_UNKNOWN"

    @pytest.mark.parametrize(
        ("text", "reason"), [("chuyen tien dien", "NO_CODE"), ("CM0000000012", None), ("", "NO_CODE")]
    )
    def test_unknown_text_waits_in_suspense_with_its_age(self, tell, at, text, reason):
        done = tell("FT1", 50_000, text)

        assert (done.state, done.charge_id) == ("suspense", None)
        (case,) = payment_queries.list_open_cases()
        assert case.reason in {reason or "NO_CODE", "UNKNOWN_CODE"}
        assert case.age(at + timedelta(days=2)) == timedelta(days=2)
        assert balance("3388") == 50_000

    def test_a_code_of_no_charge_is_unknown(self, tell):
        from motcua.kernel import codes

        tell("FT1", 50_000, codes.payment_code("CM", 999_999_999))
        assert SuspenseCase.objects.get().reason == "UNKNOWN_CODE"

    def test_two_codes_in_one_text_are_for_a_person_to_tell_apart(self, raise_one, tell):
        first, second = raise_one(), raise_one()
        done = tell("FT1", 2 * TOTAL, f"{first.payment_code} {second.payment_code}")

        assert done.state == "suspense"
        assert SuspenseCase.objects.get().reason == "MANY_CODES"
        assert ledger_queries.get_charge(first.id).is_open

    @pytest.mark.parametrize("amount", [0, -1, 5.5, True])
    def test_an_amount_that_is_none_is_refused_and_nothing_is_stored(self, tell, amount):
        with pytest.raises(ledger_ops.AmountInvalid):
            tell("FT1", amount, "x")
        assert BankNotification.objects.count() == 0


class TestReversal:
    def test_a_reversed_receipt_is_owed_again(self, raise_one, tell, at):
        charge = raise_one()
        tell("FT1", TOTAL, charge.payment_code)
        done = tell("FT2", TOTAL, "", kind="REVERSAL", original_txn_id="FT1")

        assert done.state == "reversed"
        assert ledger_queries.get_charge(charge.id).is_open
        assert balance(CLEARING) == 0
        assert partner_queries.transaction_status(BANK, "FT1", at=at).state == "reversed"

    def test_told_twice_it_is_reversed_once(self, raise_one, tell):
        charge = raise_one()
        tell("FT1", TOTAL, charge.payment_code)
        tell("FT2", TOTAL, "", kind="REVERSAL", original_txn_id="FT1")
        assert tell("FT2", TOTAL, "", kind="REVERSAL", original_txn_id="FT1").state == "duplicate"
        assert tell("FT3", TOTAL, "", kind="REVERSAL", original_txn_id="FT1").state == "reversed"
        assert balance(CLEARING) == 0
        assert LedgerTransaction.objects.filter(kind="REVERSE").count() == 1

    def test_a_reversal_before_its_receipt_waits_for_it(self, raise_one, tell):
        charge = raise_one()
        early = tell("FT2", TOTAL, "", kind="REVERSAL", original_txn_id="FT1")
        assert early.state == "pending"

        tell("FT1", TOTAL, charge.payment_code)

        assert ledger_queries.get_charge(charge.id).is_open
        assert balance(CLEARING) == 0
        assert payment_queries.count_unprocessed() == 0

    def test_a_reversal_of_another_amount_is_for_a_person(self, raise_one, tell):
        charge = raise_one()
        tell("FT1", TOTAL, charge.payment_code)
        tell("FT2", 5, "", kind="REVERSAL", original_txn_id="FT1")

        assert BankNotification.objects.get(txn_id="FT2").state == "FAILED"
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_money_in_suspense_and_money_placed_by_a_person_are_reversed_too(self, raise_one, tell, at):
        charge = raise_one()
        tell("FT1", TOTAL, "?")
        tell("FT2", 70_000, "?")
        case = SuspenseCase.objects.get(amount_vnd=TOTAL)
        payment_ops.resolve_case(case_id=case.id, charge_id=charge.id, actor=SYSTEM, at=at)
        for number in (1, 2):
            amount = TOTAL if number == 1 else 70_000
            tell(f"R{number}", amount, "", kind="REVERSAL", original_txn_id=f"FT{number}")

        assert (balance("3388"), balance(CLEARING)) == (0, 0)
        assert ledger_queries.get_charge(charge.id).is_open
        assert payment_queries.list_open_cases() == []

    def test_part_paid_then_cancelled_then_reversed_takes_the_credit_back(self, raise_one, tell, at):
        charge = raise_one()
        tell("FT1", 40_000, charge.payment_code)
        ledger_ops.cancel_charge(charge_id=charge.id, reason="", actor=SYSTEM, at=at, key="c")
        tell("FT2", 40_000, "", kind="REVERSAL", original_txn_id="FT1")

        assert (balance("3387"), balance(CLEARING)) == (0, 0)

    def test_any_order_of_the_same_events_ends_the_same(self, raise_one, tell):
        """L4: shuffled and doubled notices give the same balances."""
        ends = set()
        for number, order in enumerate(itertools.permutations(range(4))):
            charge = raise_one(customer_id=CUSTOMER)
            before = {account: balance(account) for account in (CLEARING, "3387", "131-CM")} if number else {}
            code = charge.payment_code
            events = [
                lambda n=number, c=code: tell(f"A{n}", TOTAL, c),
                lambda n=number, c=code: tell(f"B{n}", TOTAL, c),
                lambda n=number: tell(f"C{n}", TOTAL, "", kind="REVERSAL", original_txn_id=f"A{n}"),
                lambda n=number, c=code: tell(f"B{n}", TOTAL, c),
            ]
            for index in order:
                events[index]()
            money = tuple(balance(account) - before.get(account, 0) for account in (CLEARING,))
            charge_after = ledger_queries.get_charge(charge.id)
            ends.add((money, charge_after.paid_vnd + balance("3387") - before.get("3387", 0)))
        assert ends == {((TOTAL,), TOTAL)}


class TestCases:
    @pytest.fixture
    def case(self, tell):
        tell("FT1", TOTAL, "khong ro")
        return SuspenseCase.objects.get()

    def test_placed_on_a_charge_it_pays_it(self, raise_one, case, at, business):
        charge = raise_one()
        payment_ops.resolve_case(case_id=case.id, charge_id=charge.id, actor=business, at=at, note="gọi hỏi")

        assert ledger_queries.get_charge(charge.id).is_paid
        assert balance("3388") == 0
        assert AuditEntry.objects.filter(verb="suspense.resolved", subject_id=str(case.id)).count() == 1

    def test_twice_is_once_and_another_choice_is_refused(self, raise_one, case, at):
        first, second = raise_one(), raise_one()
        payment_ops.resolve_case(case_id=case.id, charge_id=first.id, actor=SYSTEM, at=at)
        again = payment_ops.resolve_case(case_id=case.id, charge_id=first.id, actor=SYSTEM, at=at)
        assert again.state == "duplicate"

        with pytest.raises(payment_ops.CaseClosed):
            payment_ops.resolve_case(case_id=case.id, charge_id=second.id, actor=SYSTEM, at=at)
        with pytest.raises(payment_ops.CaseClosed):
            payment_ops.credit_case(case_id=case.id, customer_id=CUSTOMER, actor=SYSTEM, at=at)

    def test_a_charge_that_is_not_owed_takes_nothing(self, raise_one, case, tell, at):
        charge = raise_one()
        tell("FT9", TOTAL, charge.payment_code)
        with pytest.raises(payment_ops.ChargeCannotTake):
            payment_ops.resolve_case(case_id=case.id, charge_id=charge.id, actor=SYSTEM, at=at)
        assert SuspenseCase.objects.get(id=case.id).state == "OPEN"

    def test_credited_to_a_customer(self, case, at):
        payment_ops.credit_case(case_id=case.id, customer_id=CUSTOMER, actor=SYSTEM, at=at)
        assert (balance("3388"), ledger_queries.get_party_balance("3387", CUSTOMER)) == (0, TOTAL)


class TestStoredThenBooked:
    def test_a_failure_while_booking_is_kept_and_tried_again(self, raise_one, tell, at):
        charge = raise_one()

        def broken(charge_id, at, actor):
            raise RuntimeError("down")

        registry.on_charge_paid(broken)
        try:
            done = tell("FT1", TOTAL, charge.payment_code)
        finally:
            registry.forget(broken)
        notice = BankNotification.objects.get()
        assert (done.state, notice.state, notice.attempts) == ("pending", "RECEIVED", 1)
        assert notice.last_error == "RuntimeError"
        assert payment_queries.payment_view(charge.id).state == "CHECKING"
        assert partner_queries.transaction_status(BANK, "FT1", at=at).state == "pending"
        assert Payment.objects.count() == 0
        health = payment_queries.measure_inbox(at + timedelta(minutes=5))
        assert (health.waiting, health.oldest, health.failed) == (1, timedelta(minutes=5), 0)

        assert payment_ops.process_due(at=at) == 0, "it waits a little first"
        assert payment_ops.process_due(at=at + timedelta(minutes=2)) == 1
        assert ledger_queries.get_charge(charge.id).is_paid
        assert payment_ops.process_due(at=at + timedelta(minutes=3)) == 0

    def test_unknown_is_an_answer(self, at):
        assert partner_queries.transaction_status(BANK, "nobody", at=at).state == "unknown"


class TestWalls:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE payments_banknotification SET amount_vnd = 1",
            "UPDATE payments_banknotification SET state = 'RECEIVED', outcome = '', processed_at = NULL",
            "DELETE FROM payments_banknotification",
            "UPDATE payments_payment SET amount_vnd = 1",
            "DELETE FROM payments_payment",
            "UPDATE payments_allocation SET amount_vnd = 1",
            "DELETE FROM payments_allocation",
            "UPDATE payments_suspensecase SET amount_vnd = 1",
            "DELETE FROM payments_suspensecase",
        ],
    )
    def test_what_was_told_and_booked_stays(self, raise_one, tell, statement):
        tell("FT1", TOTAL, raise_one().payment_code)
        tell("FT2", TOTAL, "?")
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


class TestPaymentView:
    def test_holds_a_qr_that_a_bank_can_read(self, raise_one, company):
        from motcua.kernel import vietqr

        charge = raise_one()
        view = payment_queries.payment_view(charge.id)
        read = vietqr.decode(view.qr_text)

        assert (read.bin, read.account) == (company.bank_bin, company.bank_account)
        assert (read.amount_vnd, read.purpose, read.bill_number) == (
            TOTAL,
            charge.payment_code,
            charge.payment_code,
        )
        assert read.is_transfer()
        assert read.is_dynamic
        assert view.qr_svg.startswith("<svg")
        assert "style" not in view.qr_svg
        assert (view.state, view.remaining_vnd, view.remittance_text) == (
            "WAITING",
            TOTAL,
            charge.payment_code,
        )

    def test_asks_for_the_rest_and_then_for_nothing(self, raise_one, tell):
        from motcua.kernel import vietqr

        charge = raise_one()
        tell("FT1", 100_000, charge.payment_code)
        assert vietqr.decode(payment_queries.payment_view(charge.id).qr_text).amount_vnd == 5_840
        tell("FT2", 5_840, charge.payment_code)
        view = payment_queries.payment_view(charge.id)
        assert (view.state, view.qr_text, view.qr_svg, view.remaining_vnd) == ("PAID", "", "", 0)

    def test_above_the_limit_there_is_no_qr(self, raise_one):
        view = payment_queries.payment_view(raise_one(amount_vnd=600_000_000).id)
        assert (view.is_above_qr_limit, view.qr_text, view.state) == (True, "", "WAITING")


class TestAccess:
    def test_the_customer_and_staff_of_the_unit_see_it_and_nobody_else(self, raise_one):
        from motcua.kernel.actors import Actor
        from motcua.kernel.results import NotFound
        from motcua.payments import access

        charge = raise_one()
        for actor in (Actor.customer(CUSTOMER), Actor.staff("1", "", ["INTAKE"], ["PD0100"])):
            assert access.access_payment(actor=actor, charge_id=charge.id).charge_id == charge.id
        for actor in (
            Actor.customer("01900000-0000-7000-8000-0000000000ff"),
            Actor.staff("1", "", ["INTAKE"], ["PD0200"]),
            Actor.staff("1", "", ["CREW"], ["PD0100"]),
            Actor.partner("NHTHU"),
            Actor.anonymous(),
        ):
            with pytest.raises(NotFound):
                access.access_payment(actor=actor, charge_id=charge.id)

    def test_cases_are_for_business_staff(self, intake, business):
        from motcua.kernel.results import NotAllowed
        from motcua.payments import access

        access.require_case_worker(business)
        with pytest.raises(NotAllowed):
            access.require_case_worker(intake)
