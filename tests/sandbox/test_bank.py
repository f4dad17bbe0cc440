"""The stand-in bank against our own bank interface, over HTTP."""

from datetime import timedelta
from decimal import Decimal

import httpx
import orjson
import pytest
from django.urls import reverse

from motcua.config import clock
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, Payment
from motcua.payments.statements import reading
from motcua.sandbox import bank, bank_statement_files, courier, gate
from motcua.sandbox.bank import Fault
from motcua.sandbox.models import SandboxBankDelivery, SandboxBankTransfer

HOST = "hanoi.localhost"
TOTAL = 105_840
# A good code for an account that is not ours; and the same with a character changed.
OTHER_QR = (
    "00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA5303704540410005802VN"
    "62150811Chuyen tien6304BBB8"
)
BROKEN_QR = OTHER_QR.replace("010212", "010211")


@pytest.fixture
def charge_of(at):
    def make(key="fee"):
        return ledger_ops.raise_charge(
            kind="CM",
            amount_vnd=98_000,
            vat_rate=Decimal("0.08"),
            customer_id=None,
            request_id=None,
            unit_code="PD0100",
            actor=Actor.system("test"),
            at=at,
            key=key,
        )

    return make


@pytest.fixture
def pay(at):
    def make(charge, *faults):
        order = bank.read_order(told=payment_queries.payment_view(charge.id).qr_text, amount_vnd=None)
        return bank.pay(order=order, faults=frozenset(faults), host=HOST, at=at)

    return make


def deliveries():
    rows = SandboxBankDelivery.objects.order_by("id")
    return [(row.state, row.attempts, row.answer_status) for row in rows]


def sound():
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


class TestDelivery:
    @pytest.fixture(autouse=True)
    def _served(self, committed_company, pages):
        yield
        sound()

    def test_a_payment_by_qr_pays_the_charge(self, charge_of, pay):
        charge = charge_of()
        pay(charge)
        assert bank.deliver_due() == 1
        assert deliveries() == [("DELIVERED", 1, 200)]
        assert ledger_queries.get_charge(charge.id).is_paid
        assert bank.deliver_due() == 0

    def test_late(self, charge_of, pay, outside):
        charge = charge_of()
        pay(charge, Fault.LATE)
        assert bank.deliver_due() == 0
        outside.advance(courier.LATE_BY)
        assert bank.deliver_due() == 1
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_lost_then_told_again(self, charge_of, pay, outside):
        charge = charge_of()
        pay(charge, Fault.LOST)
        bank.deliver_due()
        assert deliveries() == [("PENDING", 1, None)]
        assert ledger_queries.get_charge(charge.id).is_open
        outside.advance(courier.RETRY_FIRST)
        bank.deliver_due()
        assert deliveries() == [("DELIVERED", 2, 200)]
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_doubled_is_one_receipt(self, charge_of, pay):
        charge = charge_of()
        pay(charge, Fault.DOUBLED)
        assert bank.deliver_due() == 3
        assert deliveries() == [("DELIVERED", 1, 200)] * 3
        assert Payment.objects.count() == 1

    def test_reordered_comes_after_a_later_one(self, charge_of, pay):
        first, second = charge_of("a"), charge_of("b")
        held, direct = pay(first, Fault.REORDERED), pay(second)
        assert bank.deliver_due() == 2
        told = BankNotification.objects.order_by("id").values_list("txn_id", flat=True)
        assert list(told) == [direct, held]

    def test_reordered_comes_by_itself_at_last(self, charge_of, pay, outside):
        charge = charge_of()
        pay(charge, Fault.REORDERED)
        assert bank.deliver_due() == 0
        outside.advance(courier.HELD_AT_MOST)
        bank.deliver_due()
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_slow(self, charge_of, pay, monkeypatch):
        monkeypatch.setattr(courier, "SLOW_PAUSE_SECONDS", 0.02)
        charge = charge_of()
        pay(charge, Fault.SLOW)
        bank.deliver_due()
        assert deliveries() == [("DELIVERED", 1, 200)]

    def test_other_amount_leaves_the_rest_open(self, charge_of, pay):
        charge = charge_of()
        pay(charge, Fault.OTHER_AMOUNT)
        bank.deliver_due()
        assert ledger_queries.get_charge(charge.id).remaining_vnd == 1_000

    def test_a_forged_call_is_refused_and_the_true_one_follows(self, charge_of, pay, outside):
        charge = charge_of()
        pay(charge, Fault.WRONG_SIGNATURE)
        bank.deliver_due()
        assert deliveries() == [("PENDING", 1, 401)]
        assert BankNotification.objects.count() == 0
        outside.advance(courier.RETRY_FIRST)
        bank.deliver_due()
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_everything_at_once_is_one_receipt(self, charge_of, pay, outside, monkeypatch):
        monkeypatch.setattr(courier, "SLOW_PAUSE_SECONDS", 0.01)
        charge = charge_of()
        pay(charge, Fault.LOST, Fault.DOUBLED, Fault.SLOW, Fault.WRONG_SIGNATURE, Fault.LATE, Fault.REORDERED)
        for _ in range(12):
            bank.deliver_due()
            outside.advance(timedelta(seconds=30))
        assert {row[0] for row in deliveries()} == {"DELIVERED"}
        assert Payment.objects.count() == 1
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_a_taken_back_payment_is_owed_again_even_when_the_news_comes_first(
        self, charge_of, pay, outside, at
    ):
        charge = charge_of()
        txn_id = pay(charge, Fault.LATE)
        bank.take_back(txn_id=txn_id, host=HOST, at=at)
        bank.take_back(txn_id=txn_id, host=HOST, at=at)
        assert bank.deliver_due() == 1
        outside.advance(courier.LATE_BY)
        assert bank.deliver_due() == 1
        assert ledger_queries.get_charge(charge.id).is_open
        assert ledger_queries.get_balance("138-NHTHU").balance_vnd == 0

    def test_the_pages_being_down_loses_nothing(self, charge_of, pay, outside, monkeypatch):
        charge = charge_of()
        pay(charge)
        with monkeypatch.context() as patch:
            patch.setattr(courier, "our_address", lambda: "http://127.0.0.1:9")
            bank.deliver_due()
        assert deliveries()[0][:2] == ("PENDING", 1)
        outside.advance(timedelta(minutes=2))
        bank.deliver_due()
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_a_courier_that_died_while_calling_is_followed_by_another(
        self, charge_of, pay, outside, monkeypatch
    ):
        charge = charge_of()
        pay(charge)

        class Killed(BaseException):
            pass

        def die(*args, **kwargs):
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(courier, "call_us", die)
            with pytest.raises(Killed):
                bank.deliver_due()
        assert bank.deliver_due() == 0
        outside.advance(courier.LEASE)
        assert bank.deliver_due() == 1
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_the_courier_in_the_background_delivers(self, charge_of, pay):
        import time

        charge = charge_of()
        pay(charge)
        courier.Background(bank.COURIER, "HANOI")
        for _ in range(1200):
            if ledger_queries.get_charge(charge.id).is_paid:
                break
            time.sleep(0.05)
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_pays_by_json_over_http(self, charge_of, pages):
        charge = charge_of()
        body = {"qr": payment_queries.payment_view(charge.id).qr_text, "faults": ["doubled"]}
        answer = httpx.post(f"{pages}/sandbox/bank/pay", json=body, headers={"Host": HOST}, timeout=60)
        assert answer.status_code == 202, answer.text
        bank.deliver_due()
        state = httpx.get(
            f"{pages}/sandbox/bank/transfers/{answer.json()['txn_id']}", headers={"Host": HOST}, timeout=60
        )
        assert [row["state"] for row in state.json()["deliveries"]] == ["DELIVERED"] * 3
        assert ledger_queries.get_charge(charge.id).is_paid


class TestOrders:
    @pytest.fixture(autouse=True)
    def _company(self, company):
        pass

    def test_a_code_typed_with_its_amount(self, charge_of):
        charge = charge_of()
        order = bank.read_order(told=f" {charge.payment_code.lower()} ", amount_vnd=5_000)
        assert order == bank.Order(5_000, charge.payment_code)

    @pytest.mark.parametrize(
        ("told", "amount", "code"),
        [
            ("", 5, "TEXT_MISSING"),
            ("hello", None, "AMOUNT_MISSING"),
            ("hello", 0, "AMOUNT_MISSING"),
            ("00020101021138", 5, "QR_UNREADABLE"),
            (
                BROKEN_QR,
                5,
                "QR_UNREADABLE",
            ),
            (
                OTHER_QR,
                None,
                "OTHER_ACCOUNT",
            ),
        ],
    )
    def test_what_cannot_be_paid_is_refused(self, told, amount, code):
        with pytest.raises(bank.Refused) as refused:
            bank.read_order(told=told, amount_vnd=amount)
        assert refused.value.code == code

    def test_an_unknown_fault_is_refused(self):
        with pytest.raises(courier.FaultUnknown):
            bank.read_faults(["late", "gone"])


class TestPages:
    def test_the_phone_pays(self, hanoi, charge_of):
        charge = charge_of()
        page = hanoi.get(reverse("sandbox:bank"), {"qr": "CM1"})
        assert page.status_code == 200
        assert "CM1" in page.content.decode()
        answer = hanoi.post(
            reverse("sandbox:bank"),
            {"told": charge.payment_code, "amount_vnd": "105.840", "faults": ["late"]},
        )
        assert answer.status_code == 302
        transfer = SandboxBankTransfer.objects.get()
        assert (transfer.amount_vnd, transfer.faults) == (TOTAL, ["late"])
        assert charge.payment_code in transfer.text
        assert transfer.txn_id in hanoi.get(answer.url).content.decode()

    def test_what_was_typed_stays_beside_the_error(self, hanoi):
        answer = hanoi.post(reverse("sandbox:bank"), {"told": "tiền điện", "amount_vnd": "abc"})
        assert answer.status_code == 422
        assert "tiền điện" in answer.content.decode()
        assert SandboxBankTransfer.objects.count() == 0

    def test_the_json_call_refuses_with_code_and_field(self, hanoi):
        answer = hanoi.post(
            reverse("sandbox:bank-pay"), orjson.dumps({"text": "x"}), content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
            422,
            "AMOUNT_MISSING",
            "amount_vnd",
        )
        assert hanoi.post(reverse("sandbox:bank-pay"), {"text": "x"}).status_code == 415

    def test_take_back_by_form_and_of_nothing(self, hanoi, charge_of, pay):
        txn_id = pay(charge_of())
        url = reverse("sandbox:bank-take-back", args=[txn_id])
        assert hanoi.post(url).status_code == 302
        assert SandboxBankTransfer.objects.get().reversed_txn_id
        missing = reverse("sandbox:bank-take-back", args=["FT0"])
        assert hanoi.post(missing, b"{}", content_type="application/json").status_code == 404

    def test_the_group_names_the_companies(self, company):
        from django.test import Client

        page = Client(headers={"host": "localhost:8123"}).get("/sandbox/bank/").content.decode()
        assert "http://hanoi.localhost:8123/sandbox/bank/" in page

    def test_the_index_lists_the_bank(self, hanoi):
        assert reverse("sandbox:bank") in hanoi.get(reverse("sandbox:index")).content.decode()

    def test_forms_need_their_token(self, company):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
        assert strict.post(reverse("sandbox:bank"), {"told": "x", "amount_vnd": "5"}).status_code == 403
        assert strict.post(reverse("sandbox:clock"), {"real": "1"}).status_code == 403

    @pytest.mark.parametrize("path", ["", "clock", "bank/", "bank/transfers/FT1"])
    def test_in_production_there_is_nothing(self, hanoi, monkeypatch, path):
        monkeypatch.setattr(gate, "is_open", lambda: False)
        assert hanoi.get(f"/sandbox/{path}").status_code == 404
        assert hanoi.post("/sandbox/bank/pay", b"{}", content_type="application/json").status_code == 404
        assert hanoi.post("/sandbox/clock", b"{}", content_type="application/json").status_code == 404

    def test_open_only_where_it_may_be(self, monkeypatch):
        from dataclasses import replace

        for production, demo, debug, is_open in [
            (True, True, True, False),
            (False, True, False, True),
            (False, False, True, True),
            (False, False, False, False),
        ]:
            monkeypatch.setattr(gate, "ENV", replace(gate.ENV, production=production, demo=demo, debug=debug))
            assert gate.is_open() is is_open


class TestWays:
    """The stand-in looks up, pays in one call, holds and confirms, and asks to have it taken back."""

    @pytest.fixture(autouse=True)
    def _served(self, committed_company, pages):
        yield
        sound()

    @pytest.fixture
    def pay_by(self, at):
        def make(charge, way, *faults):
            order = bank.read_order(told=charge.payment_code, amount_vnd=TOTAL)
            return bank.pay(order=order, faults=frozenset(faults), host=HOST, at=at, way=way)

        return make

    def test_pays_in_one_call(self, charge_of, pay_by):
        charge = charge_of()
        txn_id = pay_by(charge, bank.Way.PAY)
        assert bank.deliver_due() == 1
        assert ledger_queries.get_charge(charge.id).is_paid
        assert BankNotification.objects.get(txn_id=txn_id).channel == "MOBILE"

    def test_holds_then_confirms(self, charge_of, pay_by):
        charge = charge_of()
        pay_by(charge, bank.Way.HOLD)
        assert bank.deliver_due() == 2
        assert [row.call_name for row in SandboxBankDelivery.objects.order_by("id")] == ["hold", "confirm"]
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_confirms_after_the_hold_is_over(self, charge_of, pay_by, outside, monkeypatch):
        charge = charge_of()
        pay_by(charge, bank.Way.HOLD, Fault.HOLD_TIMED_OUT)
        assert bank.deliver_due() == 1
        assert ledger_queries.get_charge(charge.id).is_open
        outside.advance(courier.LATE_BY)
        monkeypatch.setattr(courier.clock, "CLOCK", outside)
        assert bank.deliver_due() == 1
        answer = orjson.loads(SandboxBankDelivery.objects.get(call_name="confirm").answer)
        assert (answer["state"], answer["was_late"]) == ("paid", True)

    @pytest.mark.parametrize("way", [bank.Way.PAY, bank.Way.HOLD])
    def test_lost_doubled_and_forged_are_one_receipt(self, charge_of, pay_by, outside, way):
        charge = charge_of()
        pay_by(charge, way, Fault.LOST, Fault.DOUBLED, Fault.WRONG_SIGNATURE)
        for _ in range(4):
            bank.deliver_due()
            outside.advance(courier.RETRY_FIRST * 4)
        assert ledger_queries.get_charge(charge.id).is_paid
        assert Payment.objects.count() == 1
        assert not SandboxBankDelivery.objects.filter(state="PENDING").exists()

    def test_a_charge_that_is_paid_is_refused_and_moves_no_money(self, charge_of, pay_by, at):
        charge = charge_of()
        pay_by(charge, bank.Way.PAY)
        bank.deliver_due()
        pay_by(charge, bank.Way.PAY)
        bank.deliver_due()
        assert deliveries()[-1] == ("REFUSED", 1, 409)
        assert len(bank_statement_files.read(local_time.local_date(at)).entries) == 1

    def test_asks_to_have_it_taken_back_on_its_day_and_not_after(self, charge_of, pay_by, at, monkeypatch):
        first, second = charge_of("a"), charge_of("b")
        one, two = pay_by(first, bank.Way.PAY), pay_by(second, bank.Way.PAY)
        bank.deliver_due()
        bank.take_back(txn_id=one, host=HOST, at=at, asks=True)
        bank.deliver_due()
        assert ledger_queries.get_charge(first.id).is_open

        monkeypatch.setattr(clock, "CLOCK", FixedClock(at + timedelta(days=1)))
        bank.take_back(txn_id=two, host=HOST, at=at + timedelta(days=1), asks=True)
        bank.deliver_due()
        assert orjson.loads(SandboxBankDelivery.objects.latest("id").answer)["code"] == "08"
        assert ledger_queries.get_charge(second.id).is_paid
        assert SandboxBankTransfer.objects.get(txn_id=two).reversed_txn_id == ""


class TestStatement:
    @pytest.fixture
    def day(self, company, at):
        def moved(txn_id, *faults, days=0, **more):
            SandboxBankTransfer.objects.create(
                txn_id=txn_id, amount_vnd=TOTAL, text=f"CT <{txn_id}>", faults=list(faults), paid_at=at + timedelta(days=days),
                created_at=at, **more,
            )  # fmt: skip

        moved("FT1", days=-1)
        moved("FT2")
        moved("FT3", "statement_late")
        moved("FT4", reversed_txn_id="RV4", reversed_at=at)
        moved("FT5", way="pay")  # refused: no money moved
        return local_time.local_date(at)

    @pytest.mark.parametrize("form", ["xml", "csv"])
    def test_is_read_balanced_and_follows_the_day_before(self, hanoi, day, form):
        read = {}
        for number in (-1, 0, 1):
            name = f"/sandbox/bank/statement/{day + timedelta(days=number)}.{form}"
            file = hanoi.get(name)
            assert file.status_code == 200
            (statement,) = reading.read(
                file.content, name=file["Content-Disposition"].split('"')[1]
            ).statements
            assert statement.is_balanced
            read[number] = statement
        assert [sorted(line.reference for line in read[n].lines) for n in (-1, 0, 1)] == [
            ["FT1"], ["FT2", "FT4", "RV4"], ["FT3"]
        ]  # fmt: skip
        assert read[0].opening == read[-1].closing
        assert read[1].opening == read[0].closing == bank_statement_files.OPENED_WITH_VND + 2 * TOTAL
        assert read[0].account == "9101304000"

    def test_other_addresses(self, hanoi):
        assert hanoi.get("/sandbox/bank/statement/2026-11-16.pdf").status_code == 404
        assert hanoi.get("/sandbox/bank/statement/x.xml").status_code == 404
