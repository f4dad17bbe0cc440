"""The bank interface as a bank sees it."""

from datetime import timedelta
from uuid import UUID

import pytest

from motcua.companies.context import using_company
from motcua.ledger import queries as ledger_queries
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, PartnerAnswer, Payment
from motcua.payments.operations import inbox
from tests.api.conftest import BANK, SYSTEM


@pytest.fixture(autouse=True)
def _bank(company, add_bank):
    add_bank()


class TestNotifications:
    def test_a_signed_notice_pays_the_charge(self, call, notice, raise_one):
        charge = raise_one()
        answer = call("notifications", notice(f"MBVCB.1.{charge.payment_code}.CT"), request_id="r1")

        assert answer.status_code == 200
        stored = BankNotification.objects.get()
        assert answer.json() == {
            "code": "00",
            "state": "accepted",
            "request_id": "r1",
            "txn_id": "FT1",
            "receipt_no": str(stored.id),
        }
        assert ledger_queries.get_charge(charge.id).is_paid
        assert stored.bank == BANK

    def test_the_same_request_again_gives_the_same_bytes(self, call, notice, raise_one, bank_clock):
        body = notice(raise_one().payment_code)
        first = call("notifications", body, request_id="r1")
        bank_clock.advance(timedelta(minutes=30))
        again = call("notifications", body, request_id="r1")

        assert (again.status_code, again.content) == (200, first.content)
        assert Payment.objects.count() == 1
        assert PartnerAnswer.objects.count() == 1

    def test_the_same_request_with_another_body_is_a_conflict(self, call, notice, raise_one):
        charge = raise_one()
        call("notifications", notice(charge.payment_code), request_id="r1")
        answer = call("notifications", notice(charge.payment_code, txn_id="FT2"), request_id="r1")

        assert (answer.status_code, answer.json()["code"]) == (409, "06")
        assert BankNotification.objects.count() == 1

    def test_the_same_transaction_under_another_request_is_a_duplicate(self, call, notice, raise_one):
        charge = raise_one()
        first = call("notifications", notice(charge.payment_code), request_id="r1").json()
        second = call("notifications", notice(charge.payment_code), request_id="r2").json()

        assert (second["code"], second["state"]) == ("00", "duplicate")
        assert second["receipt_no"] == first["receipt_no"]
        assert Payment.objects.count() == 1

    def test_the_same_transaction_with_another_amount_is_a_conflict_naming_it(self, call, notice, raise_one):
        charge = raise_one()
        call("notifications", notice(charge.payment_code))
        answer = call("notifications", notice(charge.payment_code, amount_vnd=5), request_id="r2")

        assert (answer.status_code, answer.json()["code"]) == (409, "06")
        assert answer.json()["fields"] == ["amount_vnd"]
        assert not PartnerAnswer.objects.filter(request_id="r2").exists()

    def test_unknown_money_is_accepted(self, call, notice):
        assert call("notifications", notice("?")).json()["state"] == "accepted"
        assert len(payment_queries.list_open_cases()) == 1

    def test_a_reversal_is_told_with_what_it_takes_back(self, call, notice, raise_one):
        charge = raise_one()
        call("notifications", notice(charge.payment_code))
        answer = call("notifications", notice("", txn_id="FT2", kind="reversal", original_txn_id="FT1"))

        assert answer.json()["code"] == "00"
        assert ledger_queries.get_charge(charge.id).is_open

    @pytest.mark.parametrize(
        ("change", "status", "code", "fields"),
        [
            ({"amount_vnd": 0}, 422, "05", ["amount_vnd"]),
            ({"amount_vnd": -5}, 422, "05", ["amount_vnd"]),
            ({"amount_vnd": 10.5}, 422, "05", ["amount_vnd"]),
            ({"amount_vnd": "105840"}, 422, "05", ["amount_vnd"]),
            ({"txn_id": ""}, 400, "98", ["notice.txn_id"]),
            ({"currency": "USD"}, 400, "98", ["notice.currency"]),
            ({"paid_at": "2026-11-16 09:00"}, 400, "98", ["notice.paid_at"]),
            ({"kind": "reversal"}, 400, "98", ["original_txn_id"]),
            ({"original_txn_id": "FT0"}, 400, "98", ["original_txn_id"]),
            ({"account": "0011"}, 400, "98", ["account"]),
            ({"surprise": 1}, 400, "98", ["notice.surprise"]),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_field(self, call, notice, change, status, code, fields):
        answer = call("notifications", notice("x", **change))

        found = [name.removeprefix("notice.") for name in answer.json()["fields"]]
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert found == [name.removeprefix("notice.") for name in fields]
        assert BankNotification.objects.count() == 0
        assert PartnerAnswer.objects.count() == 0

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
    def test_a_body_that_is_no_json_is_refused(self, call, body):
        answer = call("notifications", None, body=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "98")

    def test_a_failure_while_booking_is_still_accepted(self, call, notice, raise_one, monkeypatch):
        charge = raise_one()

        def broken(*args, **kwargs):
            raise RuntimeError("down")

        monkeypatch.setattr(inbox, "process_notification", broken)
        assert call("notifications", notice(charge.payment_code)).json()["state"] == "accepted"
        assert call("pay-status", {"txn_id": "FT1"}).json()["state"] == "pending"


class TestInquiry:
    def test_shows_what_is_owed_and_a_masked_name(self, call, raise_one, at):
        from motcua.customers import operations as customer_ops

        customer = customer_ops.find_or_create_customer(
            full_name="Nguyễn Thị Hoa",
            phone="0901234567",
            id_number="",
            email="",
            kind="PERSON",
            actor=SYSTEM,
            at=at,
        )
        charge = raise_one(customer_id=customer.id, due_at=at + timedelta(days=5))
        answer = call("inquiry", {"payment_code": charge.payment_code.lower()})

        assert answer.status_code == 200
        found = answer.json()
        assert found["customer_name"] == "N••••• T•• H••"
        assert "Hoa" not in answer.content.decode()
        (bill,) = found["bills"]
        assert (bill["bill_id"], bill["amount_vnd"], bill["kind"]) == (str(charge.id), 105_840, "NG")
        assert (bill["period"], bill["due_date"]) == ("11/2026", "2026-11-21")

    def test_the_version_changes_with_what_is_owed(self, call, raise_one, notice):
        charge = raise_one()
        before = call("inquiry", {"payment_code": charge.payment_code}).json()["bills"][0]
        call("notifications", notice(charge.payment_code, amount_vnd=5_840))
        after = call("inquiry", {"payment_code": charge.payment_code}).json()["bills"][0]

        assert (before["amount_vnd"], after["amount_vnd"]) == (105_840, 100_000)
        assert before["version"] != after["version"]

    def test_unknown_paid_and_cancelled(self, call, raise_one, notice, at):
        from motcua.ledger import operations as ledger_ops

        paid, cancelled = raise_one(), raise_one()
        call("notifications", notice(paid.payment_code))
        ledger_ops.cancel_charge(charge_id=cancelled.id, reason="", actor=SYSTEM, at=at, key="c")

        for asked, status, code in [
            ({"payment_code": "CM123"}, 404, "01"),
            ({"customer_code": "PD01000000001"}, 404, "01"),
            ({"payment_code": paid.payment_code}, 409, "04"),
            ({"payment_code": cancelled.payment_code}, 200, "02"),
            ({}, 400, "98"),
            ({"payment_code": "x", "customer_code": "y"}, 400, "98"),
        ]:
            answer = call("inquiry", asked)
            assert (answer.status_code, answer.json()["code"]) == (status, code), asked

    def test_asking_changes_nothing(self, call, raise_one):
        charge = raise_one()
        call("inquiry", {"payment_code": charge.payment_code}, request_id="r1")
        call("inquiry", {"payment_code": charge.payment_code}, request_id="r1")
        assert PartnerAnswer.objects.count() == 0


class TestPayStatus:
    def test_unknown_then_paid_then_reversed(self, call, raise_one, notice):
        charge = raise_one()
        states = [call("pay-status", {"txn_id": "FT1"}).json()["state"]]
        call("notifications", notice(charge.payment_code))
        paid = call("pay-status", {"txn_id": "FT1"}).json()
        states.append(paid["state"])
        call("notifications", notice("", txn_id="FT2", kind="reversal", original_txn_id="FT1"))
        states.append(call("pay-status", {"txn_id": "FT1"}).json()["state"])

        assert states == ["unknown", "paid", "reversed"]
        assert UUID(paid["ledger_txn_id"]) == Payment.objects.get(txn_id="FT1").ledger_transaction_id

    def test_another_bank_knows_nothing_of_it(self, call, raise_one, notice, add_bank):
        add_bank(code="NHB", bank="ACB", secret="b" * 40)
        call("notifications", notice(raise_one().payment_code))
        answer = call("pay-status", {"txn_id": "FT1"}, bank="ACB", partner="NHB", secret="b" * 40)
        assert answer.json()["state"] == "unknown"


class TestWhoMayCall:
    CALLS = [
        (
            "notifications",
            {"txn_id": "FT1", "amount_vnd": 1, "text": "", "paid_at": "2026-11-16T09:00:00+07:00"},
        ),
        ("inquiry", {"payment_code": "x"}),
        ("pay-status", {"txn_id": "FT1"}),
    ]

    def refused(self, answer, status=401, code="97"):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert BankNotification.objects.count() == 0
        assert PartnerAnswer.objects.count() == 0

    @pytest.mark.parametrize(("name", "content"), CALLS)
    def test_not_without_the_right_secret(self, call, name, content):
        self.refused(call(name, content, secret="x" * 40))

    @pytest.mark.parametrize(("name", "content"), CALLS)
    @pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(minutes=6), timedelta(days=-1)])
    def test_not_with_an_old_or_early_timestamp(self, call, bank_clock, name, content, off):
        self.refused(call(name, content, at=bank_clock.now() + off))

    @pytest.mark.parametrize("off", [timedelta(minutes=-4), timedelta(minutes=4)])
    def test_a_clock_a_little_off_is_let_in(self, call, bank_clock, off):
        assert call("pay-status", {"txn_id": "FT1"}, at=bank_clock.now() + off).status_code == 200

    @pytest.mark.parametrize(("name", "content"), CALLS)
    def test_not_an_unknown_partner(self, call, name, content):
        self.refused(call(name, content, partner="GHOST"))

    @pytest.mark.parametrize(("name", "content"), CALLS)
    def test_not_a_partner_of_another_company(self, call, add_bank, name, content):
        with using_company("NPC"):
            add_bank(code="NHN", bank="ACB", secret="n" * 40)
        self.refused(call(name, content, partner="NHN", secret="n" * 40, bank="ACB"))
        self.refused(call(name, content, host="npc.localhost"))

    def test_a_partner_serves_the_company_it_belongs_to(self, call, add_bank):
        with using_company("NPC"):
            add_bank(code="NHN", bank="ACB", secret="n" * 40)
        answer = call(
            "pay-status", {"txn_id": "F"}, partner="NHN", secret="n" * 40, bank="ACB", host="npc.localhost"
        )
        assert answer.status_code == 200

    @pytest.mark.parametrize(("name", "content"), CALLS)
    def test_not_at_another_banks_address(self, call, add_bank, name, content):
        add_bank(code="NHB", bank="ACB", secret="b" * 40)
        self.refused(call(name, content, bank="ACB"))

    @pytest.mark.parametrize(("name", "content"), CALLS)
    def test_not_while_suspended(self, call, at, name, content):
        payment_ops.switch_partner(code="NHA", is_active=False, actor=SYSTEM, at=at)
        self.refused(call(name, content), status=403, code="07")

    def test_a_new_secret_ends_the_old_one(self, call, at):
        payment_ops.change_partner_secret(code="NHA", secret="t" * 40, actor=SYSTEM, at=at)
        self.refused(call("pay-status", {"txn_id": "F"}))
        assert call("pay-status", {"txn_id": "F"}, secret="t" * 40).status_code == 200

    @pytest.mark.parametrize("header", ["X-Partner-Id", "X-Request-Id", "X-Timestamp", "X-Signature"])
    @pytest.mark.parametrize("value", ["", "x y", "0" * 300, "%s", "Ω"])
    def test_not_with_a_header_missing_or_misshapen(self, call, header, value):
        self.refused(call("pay-status", {"txn_id": "F"}, headers={header: value}))

    def test_not_with_a_signature_for_another_path_or_body(self, call):
        self.refused(call("pay-status", {"txn_id": "F"}, signed_path=f"/api/banks/{BANK}/inquiry"))
        answer = call("pay-status", {"txn_id": "F"})
        assert answer.status_code == 200

    def test_the_secret_is_not_stored_readable(self):
        from motcua.payments.models import PartnerKey
        from tests.api.conftest import SECRET

        assert SECRET.encode() not in bytes(PartnerKey.objects.get().secret_sealed)

    def test_get_is_no_call(self, hanoi):
        assert hanoi.get(f"/api/banks/{BANK}/notifications").status_code == 405


class TestDescription:
    def test_the_openapi_document_names_calls_headers_and_answers(self, hanoi):
        document = hanoi.get("/api/banks/openapi.json").json()

        paths = {path.rsplit("/", 1)[-1]: value["post"] for path, value in document["paths"].items()}
        assert set(paths) == {
            "notifications", "inquiry", "pay", "hold", "confirm", "release", "reverse", "pay-status", "daily-file",
            "reconcile",
        }  # fmt: skip
        for call in paths.values():
            names = {p["name"] for p in call["parameters"]}
            assert {"X-Partner-Id", "X-Request-Id", "X-Timestamp", "X-Signature"} <= names
            assert {"200", "401", "409"} <= {str(status) for status in call["responses"]}
