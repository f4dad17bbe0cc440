"""Attempts to pay online: the legal graph, money that is never dropped, one receipt however often it is told."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.payments.conftest import CUSTOMER, SYSTEM, TOTAL

from motcua.kernel.results import NotFound
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import online_rules as rules
from motcua.payments import queries as payment_queries
from motcua.payments.models import (
    BankNotification,
    Gateway,
    GatewayCall,
    OnlineEvent,
    OnlinePayment,
    Payment,
    SuspenseCase,
)
from motcua.payments.online_rules import Said, State
from motcua.payments.operations import calls as call_ops
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations import online as online_ops
from motcua.payments.operations.online import Heard

PAID = Heard(Said.PAID, "00/00", TOTAL, "VNP1")


def sound():
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


@pytest.fixture
def wallets(company, at):
    for code in ("VNPAY", "MOMO"):
        gateway_ops.set_gateway(
            code=code, name=code, address="https://pay.example", public={"tmn_code": "T"}, secrets={"hash_secret": "s"},
            actor=SYSTEM, at=at,
        )  # fmt: skip


@pytest.fixture
def begin(at):
    def make(charge, gateway="VNPAY", **changes):
        told = {
            "gateway": gateway, "charge_id": charge.id, "ref_of": lambda code, number: f"{code}-{number}",
            "least_vnd": 1_000, "most_vnd": 50_000_000, "actor": SYSTEM, "at": at,
        }  # fmt: skip
        return online_ops.begin_online(**(told | changes))

    return make


@pytest.fixture
def hear(at):
    def make(payment, heard, came_from="CALLBACK", **changes):
        return online_ops.hear(
            payment_id=payment.id, heard=heard, came_from=came_from, **({"at": at} | changes)
        )

    return make


class TestAPart:
    def test_takes_the_part_that_is_asked_for_and_leaves_the_rest(self, wallets, raise_one, begin, hear):
        charge = raise_one()
        payment = begin(charge, part_vnd=40_000)
        hear(payment, Heard(Said.PAID, "00/00", 40_000, "VNP1"))

        after = ledger_queries.get_charge(charge.id)
        assert (payment.amount_vnd, after.remaining_vnd, after.is_open) == (40_000, TOTAL - 40_000, True)
        sound()

    def test_never_more_than_is_owed(self, wallets, raise_one, begin):
        assert begin(raise_one(), part_vnd=TOTAL + 1).amount_vnd == TOTAL

    def test_another_amount_is_another_attempt(self, wallets, raise_one, begin, at):
        charge = raise_one()
        first = begin(charge, part_vnd=40_000)
        online_ops.record_created(
            payment_id=first.id, heard=Heard(Said.WAITING, "0"), pay_url="https://pay.example/1", at=at
        )

        assert begin(charge, part_vnd=40_000).id == first.id
        with pytest.raises(online_ops.AttemptUnsettled):
            begin(charge)


class TestGraph:
    """The rule's graph and the database's are one: every pair of states is tried on both."""

    PATHS = {
        State.CREATED: [], State.REFUNDING: [State.PAID, State.REFUNDING],
        State.REFUNDED: [State.PAID, State.REFUNDING, State.REFUNDED],
    }  # fmt: skip

    def test_every_change_the_rules_allow_and_no_other_is_taken_by_the_database(
        self, wallets, raise_one, begin, at
    ):
        payment = begin(raise_one())
        allowed = set()
        for state in State:
            for other in set(State) - {state}:
                if self.takes(payment, [*self.PATHS.get(state, [state]), other], at):
                    allowed.add((state, other))

        assert allowed == {(a, b) for a, others in rules.TRANSITIONS.items() for b in others}

    def takes(self, payment, path, at):
        rows, step = OnlinePayment.objects.filter(id=payment.id), 0
        try:
            with transaction.atomic():
                for step, state in enumerate(path, 1):  # noqa: B007 - told when it is refused
                    paid = {"paid_vnd": 5, "paid_at": at, "provider_txn_id": "X"}
                    rows.update(state=state, **(paid if state in rules.SETTLED else {"paid_vnd": None}))
                raise RuntimeError("roll back")
        except RuntimeError:
            return True
        except DatabaseError:
            assert step == len(path)  # the way there is legal
            return False

    def test_paid_never_fails(self):
        for state in rules.SETTLED:
            assert not rules.TRANSITIONS[state] & {State.FAILED, State.EXPIRED, State.UNKNOWN, State.WAITING}

    def test_what_it_was_begun_with_is_never_changed(self, wallets, raise_one, begin):
        payment = begin(raise_one())
        for change in ({"amount_vnd": 5}, {"ref": "other"}, {"payment_code": "X"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                OnlinePayment.objects.filter(id=payment.id).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            OnlineEvent.objects.update(said="PAID")
        with pytest.raises(DatabaseError), transaction.atomic():
            OnlinePayment.objects.filter(id=payment.id).delete()


class TestBegin:
    def test_an_attempt_takes_what_is_still_owed(self, wallets, raise_one, tell, begin):
        charge = raise_one()
        tell("FT1", 5_840, charge.payment_code)

        payment = begin(charge)

        assert (payment.amount_vnd, payment.state, payment.ref) == (
            100_000,
            "CREATED",
            f"{charge.payment_code}-1",
        )
        assert payment.next_poll_at is not None
        assert [(e.came_from, e.became) for e in payment.events.all()] == [("START", "CREATED")]

    def test_one_that_waits_is_gone_on_with(self, wallets, raise_one, begin, at):
        charge = raise_one()
        first = begin(charge)
        online_ops.record_created(
            payment_id=first.id, heard=Heard(Said.WAITING, "0"), pay_url="https://pay", at=at
        )

        assert begin(charge).id == first.id
        later = begin(charge, at=at + timedelta(minutes=16), is_sure=True)
        assert later.ref == f"{charge.payment_code}-2"

    def test_another_one_waits_for_who_is_sure(self, wallets, raise_one, begin, hear):
        charge = raise_one()
        first = begin(charge)
        hear(first, Heard(Said.UNKNOWN, "ReadTimeout"), "CREATE")

        with pytest.raises(online_ops.AttemptUnsettled) as refused:
            begin(charge, "MOMO")
        assert refused.value.facts["ref"] == first.ref
        assert OnlinePayment.objects.count() == 1
        assert begin(charge, "MOMO", is_sure=True).gateway_id == "MOMO"

    def test_none_is_begun_while_money_is_held(self, wallets, raise_one, begin, hear):
        charge = raise_one()
        hear(begin(charge), Heard(Said.HELD, "07/00", TOTAL, "VNP1"))

        with pytest.raises(online_ops.AttemptHeld):
            begin(charge, "MOMO", is_sure=True)

    def test_refuses_what_is_not_owed_not_offered_or_too_much(self, wallets, raise_one, tell, begin, at):
        charge = raise_one()
        with pytest.raises(online_ops.AmountOutside):
            begin(charge, most_vnd=100_000)
        with pytest.raises(online_ops.GatewayOff):
            begin(charge, "ZALOPAY")
        gateway_ops.switch_gateway(code="VNPAY", is_active=False, actor=SYSTEM, at=at)
        with pytest.raises(online_ops.GatewayOff):
            begin(charge)
        tell("FT1", TOTAL, charge.payment_code)
        with pytest.raises(online_ops.NothingToPay):
            begin(charge, "MOMO")
        assert OnlinePayment.objects.count() == 0


class TestHear:
    def test_success_pays_the_charge_from_the_providers_clearing(self, wallets, raise_one, begin, hear):
        charge = raise_one()
        payment = begin(charge)

        told = hear(payment, PAID)

        assert (told.was, told.state) == (State.CREATED, State.PAID)
        assert ledger_queries.get_charge(charge.id).is_paid
        assert ledger_queries.get_balance("138-VNPAY").balance_vnd == TOTAL
        payment.refresh_from_db()
        assert (payment.paid_vnd, payment.provider_txn_id, payment.next_poll_at) == (TOTAL, "VNP1", None)
        sound()

    def test_the_same_again_is_one_receipt(self, wallets, raise_one, begin, hear):
        payment = begin(raise_one())
        for came_from in ("CALLBACK", "CALLBACK", "QUERY", "CREATE"):
            hear(payment, PAID, came_from)

        assert (Payment.objects.count(), BankNotification.objects.count()) == (1, 1)
        sound()

    def test_failed_after_paid_changes_nothing_and_is_noted(self, wallets, raise_one, begin, hear):
        charge = raise_one()
        payment = begin(charge)
        hear(payment, PAID)

        told = hear(payment, Heard(Said.FAILED, "24/02"))

        assert told.state is State.PAID
        assert ledger_queries.get_charge(charge.id).is_paid
        assert payment.events.order_by("-seq").first().said == "FAILED"

    @pytest.mark.parametrize("first", [Said.FAILED, Said.EXPIRED, Said.UNKNOWN, Said.HELD, Said.WAITING])
    def test_late_success_is_money(self, wallets, raise_one, begin, hear, first):
        charge = raise_one()
        payment = begin(charge)
        hear(payment, Heard(first, "x"))

        assert hear(payment, PAID).state is State.PAID
        assert ledger_queries.get_charge(charge.id).is_paid
        sound()

    def test_late_success_for_a_cancelled_charge_is_a_case(self, wallets, raise_one, begin, hear, at):
        charge = raise_one()
        payment = begin(charge)
        ledger_ops.cancel_charge(charge_id=charge.id, reason="x", actor=SYSTEM, at=at, key="c")

        hear(payment, PAID)

        assert SuspenseCase.objects.get().reason == "CHARGE_CANCELLED"
        sound()

    def test_a_create_that_timed_out_and_a_second_payment_are_both_money(
        self, wallets, raise_one, begin, hear
    ):
        """L3: the provider had taken the order, the payer paid again elsewhere."""
        charge = raise_one()
        first = begin(charge)
        hear(first, Heard(Said.UNKNOWN, "ReadTimeout"), "CREATE")
        second = begin(charge, "MOMO", is_sure=True)
        hear(second, Heard(Said.PAID, "0", TOTAL, "MM1"))
        hear(first, PAID, "QUERY")

        assert Payment.objects.count() == 2
        assert ledger_queries.get_charge(charge.id).is_paid
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == TOTAL
        sound()

    def test_held_is_neither_paid_nor_failed(self, wallets, raise_one, begin, hear):
        charge = raise_one()
        payment = begin(charge)

        assert hear(payment, Heard(Said.HELD, "07/00", TOTAL, "VNP1")).state is State.HELD
        assert Payment.objects.count() == 0
        assert ledger_queries.get_charge(charge.id).is_open
        payment.refresh_from_db()
        assert payment.next_poll_at is not None
        assert hear(payment, PAID, "QUERY").state is State.PAID

    def test_a_call_with_another_amount_is_asked_about_first(self, wallets, raise_one, begin, hear, at):
        charge = raise_one()
        payment = begin(charge)

        told = hear(payment, Heard(Said.PAID, "00/00", TOTAL - 1, "VNP1"))

        assert (told.is_amount_other, told.state) == (True, State.UNKNOWN)
        assert Payment.objects.count() == 0
        payment.refresh_from_db()
        assert payment.next_poll_at == at
        hear(payment, Heard(Said.PAID, "00", TOTAL - 1, "VNP1"), "QUERY")
        assert ledger_queries.get_charge(charge.id).remaining_vnd == 1
        sound()

    @pytest.mark.parametrize(
        "heard",
        [Heard(Said.PAID, "00", TOTAL, ""), Heard(Said.PAID, "00", None, "V"), Heard(Said.PAID, "0", 0, "V")],
    )
    def test_success_of_nothing_is_unknown(self, wallets, raise_one, begin, hear, heard):
        assert hear(begin(raise_one()), heard, "QUERY").state is State.UNKNOWN
        assert Payment.objects.count() == 0

    def test_a_second_transaction_of_one_order_is_other_money(self, wallets, raise_one, begin, hear):
        payment = begin(raise_one())
        hear(payment, PAID)
        hear(payment, Heard(Said.PAID, "00/00", TOTAL, "VNP2"))

        assert Payment.objects.count() == 2
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == TOTAL
        sound()

    def test_not_found_is_no_failure_before_its_time(self, wallets, raise_one, begin, hear, at):
        payment = begin(raise_one())
        hear(payment, Heard(Said.UNKNOWN, "ReadTimeout"), "CREATE")
        gone = Heard(Said.NOT_FOUND, "91")

        assert hear(payment, gone, "QUERY", at=at + timedelta(minutes=29)).state is State.UNKNOWN
        assert hear(payment, gone, "QUERY", at=at + timedelta(minutes=30)).state is State.EXPIRED

    def test_no_news_changes_nothing_and_waits_longer_each_time(self, wallets, raise_one, begin, hear, at):
        payment = begin(raise_one())
        waits = []
        for _ in range(12):
            assert hear(payment, Heard(Said.NO_NEWS, "ReadTimeout"), "QUERY").state is State.CREATED
            payment.refresh_from_db()
            waits.append(payment.next_poll_at - at)

        assert waits == sorted(waits)
        assert waits[-1] == timedelta(minutes=30)
        assert (
            payment.events.count() == 2
        )  # the start and the first silence; silence is not written again and again

    def test_unknown_references_are_refused(self, wallets, at):
        with pytest.raises(NotFound):
            online_ops.hear_of(gateway="VNPAY", ref="nobody", heard=PAID, came_from="CALLBACK", at=at)

    def test_coming_back_proves_nothing_and_has_the_provider_asked(self, wallets, raise_one, begin, at):
        payment = begin(raise_one())
        for _ in range(3):
            online_ops.note_return(payment_id=payment.id, at=at)

        payment.refresh_from_db()
        assert (payment.state, payment.next_poll_at) == ("CREATED", at)
        assert payment.events.filter(came_from="RETURN").count() == 1
        assert Payment.objects.count() == 0


class TestOrders:
    """L4: whatever the order and number of events, the same balances."""

    def test_every_order_of_events_ends_the_same(self, wallets, raise_one, begin, hear):
        from itertools import permutations

        events = {
            "created": (Heard(Said.WAITING, "0"), "CREATE"),
            "failed": (Heard(Said.FAILED, "24/02"), "CALLBACK"),
            "paid": (PAID, "CALLBACK"),
            "asked": (PAID, "QUERY"),
            "unknown": (Heard(Said.UNKNOWN, "77"), "CALLBACK"),
        }
        for number, order in enumerate(permutations(events)):
            if number % 7:  # a seventh of 120, spread over all of them
                continue
            charge = raise_one()
            payment = begin(charge)
            for name in order:
                heard, came_from = events[name]
                if heard.provider_txn_id:
                    heard = Heard(heard.said, heard.code, TOTAL, f"V{number}")
                hear(payment, heard, came_from)
            payment.refresh_from_db()
            assert (order, payment.state) == (order, "PAID")
            assert ledger_queries.get_charge(charge.id).is_paid
        assert ledger_queries.get_balance("138-VNPAY").balance_vnd == Payment.objects.count() * TOTAL
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == 0
        sound()


class TestCalls:
    def test_the_same_call_is_kept_once_and_another_body_beside_it(self, company, at):
        first = call_ops.store_call(source="SEPAY", external_id="7", body=b"a", at=at)
        again = call_ops.store_call(source="SEPAY", external_id="7", body=b"a", at=at)
        other = call_ops.store_call(source="SEPAY", external_id="7", body=b"b", at=at)

        assert (first.is_new, again.is_new, again.id == first.id) == (True, False, True)
        assert (other.is_new, other.differs) == (True, True)
        assert GatewayCall.objects.count() == 2

    def test_what_came_is_never_changed(self, company, at):
        stored = call_ops.store_call(source="SEPAY", external_id="7", body=b"a", at=at)
        with pytest.raises(DatabaseError), transaction.atomic():
            GatewayCall.objects.filter(id=stored.id).update(body=b"x")
        call_ops.finish_call(call_id=stored.id, state="DONE", verdict="x", at=at)
        with pytest.raises(DatabaseError), transaction.atomic():
            GatewayCall.objects.filter(id=stored.id).update(state="RECEIVED")


class TestGateways:
    def test_secrets_are_sealed_and_those_left_empty_stay(self, wallets, at):
        gateway_ops.set_gateway(
            code="VNPAY", name="VNPAY", address="https://b", public={"tmn_code": "U"}, secrets={"hash_secret": ""},
            actor=SYSTEM, at=at,
        )  # fmt: skip

        account = gateway_ops.find_account("VNPAY")
        assert (account.settings["tmn_code"], account.secrets["hash_secret"]) == ("U", "s")
        assert b"hash_secret" not in bytes(Gateway.objects.get(code="VNPAY").secrets_sealed)
        assert "s" not in repr(account).removeprefix("GatewayAccount")
