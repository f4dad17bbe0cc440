"""What a customer has with us: given, spent on charges, paid out, never twice."""

from decimal import Decimal

import pytest
from tests.ledger.conftest import CLEARING, CUSTOMER, SYSTEM

from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries

pytestmark = pytest.mark.usefixtures("company")


def balance(account):
    return ledger_queries.get_balance(account).balance_vnd


def held():
    return ledger_queries.get_party_balance("3387", CUSTOMER)


@pytest.fixture(autouse=True)
def _bank(company, clearing):
    clearing()


@pytest.fixture
def give(at):
    def make(net_vnd=50_000, vat_vnd=4_000, key="correction-1", **changes):
        given = {
            "customer_id": CUSTOMER, "kind": "TD", "net_vnd": net_vnd, "vat_vnd": vat_vnd, "vat_rate": Decimal("0.08"),
            "reason": "wrong price", "actor": SYSTEM, "at": at, "key": key,
        }  # fmt: skip
        return ledger_ops.give_credit(**{**given, **changes})

    return make


@pytest.fixture
def apply(at):
    def make(charge, key="apply-1", **changes):
        return ledger_ops.apply_credit(charge_id=charge.id, actor=SYSTEM, at=at, key=key, **changes)

    return make


class TestGiveCredit:
    def test_lowers_income_and_tax_and_is_the_customers(self, raise_one, give):
        charge = raise_one(kind="TD", amount_vnd=100_000)
        give(charge_id=charge.id)

        assert (balance("511-TD"), balance("33311"), held()) == (50_000, 4_000, 54_000)
        assert ledger_queries.check_ledger() == []

    def test_again_changes_nothing_and_other_content_is_refused_naming_the_field(self, give):
        first = give()

        assert give().transaction_id == first.transaction_id
        assert held() == 54_000
        with pytest.raises(ledger_ops.KeyReused) as refused:
            give(vat_vnd=4_001)
        assert refused.value.field == "vat_vnd"

    @pytest.mark.parametrize("changes", [{"net_vnd": 0}, {"net_vnd": 1.5}, {"vat_vnd": -1}])
    def test_odd_amounts_are_refused(self, give, changes):
        with pytest.raises(ledger_ops.AmountInvalid):
            give(**changes)

    def test_can_be_reversed_while_it_is_not_spent(self, give, raise_one, apply, at):
        posted = give()
        charge = raise_one(amount_vnd=10_000)
        apply(charge)

        with pytest.raises(ledger_ops.CreditTooSmall):
            ledger_ops.reverse(
                transaction_id=posted.transaction_id, reason="mistake", actor=SYSTEM, at=at, key="r1"
            )
        other = give(key="correction-2")
        ledger_ops.reverse(
            transaction_id=other.transaction_id, reason="mistake", actor=SYSTEM, at=at, key="r2"
        )
        assert held() == 54_000 - 10_800
        assert ledger_queries.check_ledger() == []


class TestApplyCredit:
    def test_pays_as_far_as_it_goes(self, give, raise_one, apply):
        give()
        charge = raise_one()

        told = apply(charge)

        assert (told.applied_vnd, told.remaining_vnd, told.status) == (54_000, 51_840, "OPEN")
        assert held() == 0
        assert ledger_queries.check_ledger() == []

    def test_never_more_than_is_owed_and_pays_the_charge(self, give, raise_one, apply):
        give(net_vnd=500_000, vat_vnd=0)
        charge = raise_one()

        assert apply(charge).status == "PAID"
        assert held() == 500_000 - 105_840
        assert apply(charge).is_new is False
        assert apply(charge, key="apply-2") is None

    def test_never_more_than_asked(self, give, raise_one, apply):
        give()

        assert apply(raise_one(), at_most_vnd=20_000).applied_vnd == 20_000
        assert held() == 34_000

    def test_nothing_there_books_nothing(self, raise_one, apply):
        charge = raise_one()

        assert apply(charge) is None
        assert len(ledger_queries.list_transactions(charge.id)) == 1


class TestTakeCredit:
    def test_pays_out_what_is_there_and_no_more(self, give, at):
        give()

        def take(amount_vnd, key):
            return ledger_ops.take_credit(
                customer_id=CUSTOMER, amount_vnd=amount_vnd, credit_account=CLEARING, reason="asked back",
                actor=SYSTEM, at=at, key=key,
            )  # fmt: skip

        take(50_000, "out-1")
        assert take(50_000, "out-1").is_new is False
        assert held() == 4_000
        with pytest.raises(ledger_ops.CreditTooSmall):
            take(4_001, "out-2")
