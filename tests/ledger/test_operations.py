from datetime import timedelta
from decimal import Decimal

import pytest
from tests.ledger.conftest import CLEARING, CUSTOMER, REQUEST, SYSTEM

from motcua.kernel import codes
from motcua.kernel.results import NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.chart import AccountKind
from motcua.ledger.models import Charge, LedgerTransaction, Posting

pytestmark = pytest.mark.usefixtures("company")


def balance(account):
    return ledger_queries.get_balance(account).balance_vnd


@pytest.fixture(autouse=True)
def _bank(company, clearing):
    clearing()


@pytest.fixture
def heard():
    calls = []

    def paid(charge_id, at, actor):
        calls.append(("paid", charge_id))

    def reopened(charge_id, at, actor):
        calls.append(("reopened", charge_id))

    registry.on_charge_paid(paid)
    registry.on_charge_reopened(reopened)
    yield calls
    registry.forget(paid)
    registry.forget(reopened)


class TestRaiseCharge:
    def test_books_receivable_revenue_and_vat(self, raise_one):
        charge = raise_one()

        assert (charge.net_vnd, charge.vat_vnd, charge.total_vnd) == (98_000, 7_840, 105_840)
        assert charge.status == "OPEN"
        assert charge.remaining_vnd == 105_840
        assert codes.parse_payment_code(charge.payment_code) == charge.payment_code
        assert (balance("131-CM"), balance("511-CM"), balance("33311")) == (105_840, 98_000, 7_840)
        assert ledger_queries.list_charges(REQUEST) == [charge]
        assert ledger_queries.check_ledger() == []

    def test_without_vat_there_is_no_vat_leg(self, raise_one):
        charge = raise_one(vat_rate=Decimal(0))

        (booking,) = ledger_queries.list_transactions(charge.id)
        assert [leg.account for leg in booking.postings] == ["131-CM", "511-CM"]

    def test_the_same_key_gives_the_same_charge(self, raise_one, at):
        first = raise_one(key="fee-1")
        again = raise_one(key="fee-1", at=at + timedelta(hours=1))

        assert again == first
        assert Charge.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("amount_vnd", 98_001),
            ("vat_rate", Decimal("0.1")),
            ("kind", "NG"),
            ("unit_code", "PD0200"),
            ("customer_id", None),
        ],
    )
    def test_the_same_key_with_other_content_is_refused_naming_the_field(self, raise_one, field, value):
        raise_one(key="fee-1")

        with pytest.raises(ledger_ops.KeyReused) as refused:
            raise_one(key="fee-1", **{field: value})

        assert refused.value.field == field
        assert LedgerTransaction.objects.count() == 1

    @pytest.mark.parametrize("amount", [0, -5, 12.5, Decimal("5"), True, "98000"])
    def test_refuses_what_is_no_whole_amount(self, raise_one, amount):
        with pytest.raises(ledger_ops.AmountInvalid):
            raise_one(amount_vnd=amount)
        assert Posting.objects.count() == 0

    @pytest.mark.parametrize("rate", [Decimal("-0.01"), Decimal(1), Decimal("0.00001"), Decimal("NaN")])
    def test_refuses_an_impossible_rate(self, raise_one, rate):
        with pytest.raises(ledger_ops.VatRateInvalid):
            raise_one(vat_rate=rate)

    def test_refuses_an_unknown_kind(self, raise_one):
        with pytest.raises(ledger_ops.ChargeKindUnknown):
            raise_one(kind="XX")


class TestSettleCharge:
    def test_the_whole_amount_pays_it_and_tells_who_waits(self, raise_one, settle, heard, at):
        charge = raise_one()
        done = settle(charge, 105_840, key="bank:1")

        assert (done.applied_vnd, done.excess_vnd, done.remaining_vnd, done.status) == (105_840, 0, 0, "PAID")
        assert heard == [("paid", charge.id)]
        after = ledger_queries.get_charge(charge.id)
        assert (after.status, after.paid_at, after.remaining_vnd) == ("PAID", at, 0)
        assert (balance("131-CM"), balance(CLEARING)) == (0, 105_840)
        assert ledger_queries.check_ledger() == []

    def test_the_same_key_again_gives_the_first_answer_and_no_second_effect(self, raise_one, settle, heard):
        charge = raise_one()
        first = settle(charge, 105_840, key="bank:1")
        again = settle(charge, 105_840, key="bank:1")

        assert again.transaction_id == first.transaction_id
        assert (first.is_new, again.is_new) == (True, False)
        assert (again.applied_vnd, again.status) == (105_840, "PAID")
        assert len(heard) == 1
        assert balance(CLEARING) == 105_840

    @pytest.mark.parametrize(
        ("field", "value"), [("amount_vnd", 1), ("reference", "x"), ("clearing_account", "112")]
    )
    def test_the_same_key_with_other_content_is_refused(self, raise_one, settle, field, value):
        charge = raise_one()
        settle(charge, 105_840, key="bank:1")

        with pytest.raises(ledger_ops.KeyReused) as refused:
            ledger_ops.settle_charge(
                **{
                    "charge_id": charge.id,
                    "amount_vnd": 105_840,
                    "clearing_account": CLEARING,
                    "reference": "bank:1",
                    "actor": SYSTEM,
                    "at": charge.created_at,
                    "key": "bank:1",
                    field: value,
                }
            )
        assert refused.value.field == field

    def test_the_same_key_for_another_charge_is_refused(self, raise_one, settle):
        settle(raise_one(), 105_840, key="bank:1")

        with pytest.raises(ledger_ops.KeyReused) as refused:
            settle(raise_one(), 105_840, key="bank:1", reference="bank:1")

        assert refused.value.field == "charge_id"

    def test_too_little_leaves_it_open_with_the_rest(self, raise_one, settle, heard):
        charge = raise_one()
        done = settle(charge, 100_000, key="bank:1")

        assert (done.remaining_vnd, done.status) == (5_840, "OPEN")
        assert heard == []
        settle(charge, 5_840, key="bank:2")
        assert heard == [("paid", charge.id)]
        assert ledger_queries.check_ledger() == []

    def test_too_much_becomes_the_customers_credit(self, raise_one, settle):
        done = settle(raise_one(), 107_180, key="bank:1")

        assert (done.applied_vnd, done.excess_vnd, done.excess_account) == (105_840, 1_340, "3387")
        assert done.case_id is None
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == 1_340

    def test_money_for_a_paid_charge_becomes_credit(self, raise_one, settle, heard):
        charge = raise_one()
        settle(charge, 105_840, key="bank:1")
        done = settle(charge, 105_840, key="bank:2")

        assert (done.applied_vnd, done.excess_vnd, done.excess_account) == (0, 105_840, "3387")
        assert len(heard) == 1

    def test_money_for_a_cancelled_charge_is_kept_in_suspense(self, raise_one, settle, at):
        charge = raise_one()
        ledger_ops.cancel_charge(charge_id=charge.id, reason="khách hủy", actor=SYSTEM, at=at, key="cancel")
        done = settle(charge, 105_840, key="bank:1")

        assert (done.excess_account, done.status) == ("3388", "CANCELLED")
        assert ledger_queries.get_party_balance("3388", done.case_id) == 105_840
        assert ledger_queries.check_ledger() == []

    def test_refuses_an_unknown_account_and_an_unknown_charge(self, raise_one, settle, at):
        charge = raise_one()
        with pytest.raises(ledger_ops.AccountUnknown):
            settle(charge, 1, key="a", clearing_account="138-NOWHERE")
        with pytest.raises(NotFound):
            settle(type("Ghost", (), {"id": CUSTOMER}), 1, key="b")
        assert LedgerTransaction.objects.count() == 1

    def test_a_handler_that_fails_takes_the_booking_back(self, raise_one, settle):
        charge = raise_one()

        def broken(charge_id, at, actor):
            raise RuntimeError("no")

        registry.on_charge_paid(broken)
        try:
            with pytest.raises(RuntimeError):
                settle(charge, 105_840, key="bank:1")
        finally:
            registry.forget(broken)
        assert ledger_queries.get_charge(charge.id).status == "OPEN"
        assert LedgerTransaction.objects.filter(key="bank:1").count() == 0


class TestCancelCharge:
    def test_takes_the_raising_back(self, raise_one, at):
        charge = raise_one()
        done = ledger_ops.cancel_charge(charge_id=charge.id, reason="sai", actor=SYSTEM, at=at, key="c")

        assert done.status == "CANCELLED"
        assert (balance("131-CM"), balance("511-CM"), balance("33311")) == (0, 0, 0)
        again = ledger_ops.cancel_charge(charge_id=charge.id, reason="sai", actor=SYSTEM, at=at, key="c")
        assert again == done
        assert ledger_queries.check_ledger() == []

    def test_what_was_paid_in_part_becomes_credit(self, raise_one, settle, at):
        charge = raise_one()
        settle(charge, 40_000, key="bank:1")
        ledger_ops.cancel_charge(charge_id=charge.id, reason="sai", actor=SYSTEM, at=at, key="c")

        assert (balance("131-CM"), balance("3387"), balance(CLEARING)) == (0, 40_000, 40_000)
        assert ledger_queries.check_ledger() == []

    def test_a_paid_charge_is_not_cancelled(self, raise_one, settle, at):
        charge = raise_one()
        settle(charge, 105_840, key="bank:1")

        with pytest.raises(ledger_ops.ChargeNotOpen):
            ledger_ops.cancel_charge(charge_id=charge.id, reason="", actor=SYSTEM, at=at, key="c")
        assert ledger_queries.get_charge(charge.id).status == "PAID"

    def test_a_part_paid_charge_of_nobody_is_not_cancelled(self, raise_one, settle, at):
        charge = raise_one(customer_id=None)
        settle(charge, 40_000, key="bank:1")

        with pytest.raises(ledger_ops.ChargePartlyPaid):
            ledger_ops.cancel_charge(charge_id=charge.id, reason="", actor=SYSTEM, at=at, key="c")


class TestReverse:
    def test_a_reversed_payment_is_owed_again(self, raise_one, settle, heard, at):
        charge = raise_one()
        done = settle(charge, 107_000, key="bank:1")
        ledger_ops.reverse(
            transaction_id=done.transaction_id, reason="ngân hàng báo hủy", actor=SYSTEM, at=at, key="r"
        )

        assert ledger_queries.get_charge(charge.id).remaining_vnd == 105_840
        assert (balance(CLEARING), balance("131-CM"), balance("3387")) == (0, 105_840, 0)
        assert heard == [("paid", charge.id), ("reopened", charge.id)]
        assert ledger_queries.check_ledger() == []

    def test_once_only_and_the_same_key_changes_nothing(self, raise_one, settle, at):
        done = settle(raise_one(), 105_840, key="bank:1")
        act = {"transaction_id": done.transaction_id, "reason": "x", "actor": SYSTEM, "at": at}
        first = ledger_ops.reverse(**act, key="r")

        assert ledger_ops.reverse(**act, key="r").transaction_id == first.transaction_id
        with pytest.raises(ledger_ops.AlreadyReversed):
            ledger_ops.reverse(**act, key="other")
        assert balance(CLEARING) == 0

    def test_a_raising_a_cancelling_and_a_reversal_are_not_reversed(self, raise_one, settle, at):
        charge = raise_one()
        done = settle(charge, 105_840, key="bank:1")
        back = ledger_ops.reverse(transaction_id=done.transaction_id, reason="", actor=SYSTEM, at=at, key="r")
        raising = LedgerTransaction.objects.get(kind="RAISE")

        for id in (raising.id, back.transaction_id):
            with pytest.raises(ledger_ops.NotReversible):
                ledger_ops.reverse(transaction_id=id, reason="", actor=SYSTEM, at=at, key=f"r-{id}")
        with pytest.raises(NotFound):
            ledger_ops.reverse(transaction_id=CUSTOMER, reason="", actor=SYSTEM, at=at, key="r-none")


class TestTransferAndReceive:
    def test_unmatched_money_waits_under_its_case_and_can_settle_a_charge_later(self, raise_one, settle, at):
        case = REQUEST
        ledger_ops.receive_unmatched(
            amount_vnd=105_840,
            clearing_account=CLEARING,
            case_id=case,
            reference="t",
            actor=SYSTEM,
            at=at,
            key="in",
        )
        charge = raise_one()
        settle(charge, 105_840, key="case", clearing_account="3388", clearing_party=case)

        assert (balance("3388"), balance("131-CM"), balance(CLEARING)) == (0, 0, 105_840)
        assert ledger_queries.get_party_balance("3388", case) == 0

    def test_receivables_move_by_charges_alone(self, at):
        with pytest.raises(ledger_ops.NotReversible):
            ledger_ops.transfer(
                debit_account="131-CM", credit_account="3387", amount_vnd=5, actor=SYSTEM, at=at, key="t"
            )

    def test_settled_by_the_bank_with_its_fee(self, raise_one, settle, at):
        settle(raise_one(), 105_840, key="bank:1")
        for account, amount in (("112", 104_740), ("6417", 1_100)):
            ledger_ops.transfer(
                debit_account=account,
                credit_account=CLEARING,
                amount_vnd=amount,
                actor=SYSTEM,
                at=at,
                key=account,
            )
        assert (balance(CLEARING), balance("112"), balance("6417")) == (0, 104_740, 1_100)
        assert ledger_queries.check_ledger() == []

    def test_an_account_opened_again_otherwise_is_refused(self):
        ledger_ops.open_account(code="138-A", kind=AccountKind.ASSET, name="A")
        ledger_ops.open_account(code="138-A", kind=AccountKind.ASSET, name="A")
        with pytest.raises(ledger_ops.AccountDiffers) as refused:
            ledger_ops.open_account(code="138-A", kind=AccountKind.REVENUE, name="A")
        assert refused.value.field == "kind"
