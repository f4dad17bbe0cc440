"""Casso, SePay, payOS: their vectors, replay windows, and what becomes of the money they tell of."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from motcua.connectors.banks import casso, credits, payos, sepay
from motcua.connectors.wallets.contract import NotGenuine, Unreadable
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import queries as payment_queries
from motcua.payments import virtual_accounts
from motcua.payments.models import BankNotification, GatewayCall, Payment, SuspenseCase
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations.gateways import GatewayAccount

SYSTEM = Actor.system("test")
KEY = "mgExMrjj4i7a1p8Cs6LmFbpCd8lbw4sSX4LZXPag7TKazeIogtR90tvWYTkwQbvs"
STAMP = "1727948258788"
CASSO_DATA = {
    "id": 0, "reference": "MA_GIAO_DICH_THU_NGHIEM", "description": "giao dich thu nghiem", "amount": 599000,
    "runningBalance": 25000000, "transactionDateTime": "2024-10-03 15:06:37", "accountNumber": "88888888",
    "bankName": "VPBank", "bankAbbreviation": "VPB", "virtualAccountNumber": "", "virtualAccountName": "",
    "counterAccountName": "NGUYEN VAN A", "counterAccountNumber": "8888888888", "counterAccountBankId": "970415",
    "counterAccountBankName": "VietinBank",
}  # fmt: skip
CASSO_GOOD = "ed0a4bd2e826d5cb69988cdb141e6c1a080e21f3b57eb72cd78192220042b9e7dde0868fc667faea8e224900fa7904e7c88dfa098032fb2d6b6996856e8b7ff3"
CASSO_VIETNAMESE = "acd9e3d3ce6ebd40df341858f1163eb95fafada56e9992b091e41c255d789a047b368589b749388c1b3d073e5b8ecc0ddc1f4b92af812c85b269d86273f23bc8"
SEPAY_BODY = (
    b'{"id":92704,"gateway":"Vietcombank","transactionDate":"2025-10-05 10:31:02","accountNumber":"0011001234567",'
    b'"code":null,"content":"TD PE06000012345 0925","transferType":"in","transferAmount":1012300,"accumulated":25000000,'
    b'"subAccount":null,"referenceCode":"MBVCB.3278907687","description":""}'
)
SEPAY_GOOD = "sha256=18c27693384079c4196882bdf4344f39429772944a558c76c43e780a2af809e9"
SEPAY_AT = datetime.fromtimestamp(1759635062, tz=UTC)


def account(code, **secrets):
    return GatewayAccount(code, code, "", {}, secrets, True)


class TestCasso:
    SERVICE = casso.Casso()
    AT = datetime.fromtimestamp(int(STAMP) / 1000, tz=UTC)

    def check(self, body, digest, at=AT):
        headers = {casso.SIGNATURE: f"t={STAMP},v1={digest}"}
        self.SERVICE.check(account("CASSO", webhook_key=KEY), headers, body, at)

    def body(self, **changes):
        return json.dumps({"error": 0, "data": CASSO_DATA | changes}).encode()

    def test_the_public_vector(self):
        self.check(self.body(), CASSO_GOOD)
        shuffled = {"data": dict(reversed(CASSO_DATA.items())), "error": 0}
        self.check(json.dumps(shuffled, indent=2).encode(), CASSO_GOOD)

    def test_vietnamese_letters_as_they_are_and_escaped_on_the_wire(self):
        self.check(self.body(description="tiền điện"), CASSO_VIETNAMESE)
        raw = json.dumps({"error": 0, "data": CASSO_DATA | {"description": "tiền điện"}}, ensure_ascii=False)
        self.check(raw.encode(), CASSO_VIETNAMESE)

    def test_the_vendors_escaping_variant_is_refused(self):
        escaped = json.dumps(
            {"error": 0, "data": CASSO_DATA | {"description": "tiền điện"}},
            sort_keys=True,
            separators=(",", ":"),
        )
        from motcua.connectors.wallets import signing

        digest = signing.hmac_hex("sha512", KEY, f"{STAMP}.{escaped}")
        assert digest.startswith("c485b235")
        with pytest.raises(NotGenuine):
            self.check(self.body(description="tiền điện"), digest)

    @pytest.mark.parametrize(
        "change", [{"amount": 599001}, {"amount": 599000.0}, {"description": "x"}, {"id": 1}, {"more": None}]
    )
    def test_a_changed_body_is_refused(self, change):
        with pytest.raises(NotGenuine):
            self.check(self.body(**change), CASSO_GOOD)

    @pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
    def test_a_replayed_call_is_refused(self, late):
        with pytest.raises(NotGenuine, match="too-old"):
            self.check(self.body(), CASSO_GOOD, at=self.AT + late)

    @pytest.mark.parametrize(
        "headers", [{}, {casso.SIGNATURE: CASSO_GOOD}, {casso.SIGNATURE: f"t={STAMP},v1="}, {casso.TOKEN: ""}]
    )
    def test_a_call_without_its_signature_is_refused(self, headers):
        with pytest.raises(NotGenuine):
            self.SERVICE.check(account("CASSO", webhook_key=KEY), headers, self.body(), self.AT)

    def test_the_first_version_goes_by_its_token(self):
        ours = account("CASSO", secure_token="Token1")
        self.SERVICE.check(ours, {casso.TOKEN: "Token1"}, b"{}", self.AT)
        with pytest.raises(NotGenuine):
            self.SERVICE.check(ours, {casso.TOKEN: "Token2"}, b"{}", self.AT)

    def test_the_first_version_tells_many_and_minus_is_money_out(self):
        row = {
            "id": 5,
            "tid": "FT1",
            "description": "TD",
            "amount": 1000,
            "when": "2025-10-05 10:31:02",
            "bank_sub_acc_id": "001",
        }
        told = self.SERVICE.read(
            json.dumps({"error": 0, "data": [row, row | {"id": 6, "amount": -1000}]}).encode()
        )

        assert (told[0].external_id, told[0].amount_vnd, told[0].account) == ("5", 1000, "001")
        assert told[0].paid_at.isoformat() == "2025-10-05T10:31:02+07:00"
        assert told[1].why == "MONEY_OUT"


class TestSepay:
    SERVICE = sepay.Sepay()
    OURS = account("SEPAY", webhook_secret="sepay_test_secret")

    def check(self, stamp="1759635062", signature=SEPAY_GOOD, body=SEPAY_BODY, at=SEPAY_AT):
        self.SERVICE.check(self.OURS, {sepay.STAMP: stamp, sepay.SIGNATURE: signature}, body, at)

    def test_the_public_vector(self):
        self.check()
        [credit] = self.SERVICE.read(SEPAY_BODY)
        assert (credit.external_id, credit.amount_vnd, credit.reference) == (
            "92704",
            1_012_300,
            "MBVCB.3278907687",
        )

    @pytest.mark.parametrize("minutes", [6, -6])
    def test_six_minutes_are_too_many(self, minutes):
        with pytest.raises(NotGenuine, match="too-old"):
            self.check(at=SEPAY_AT + timedelta(minutes=minutes))
        self.check(at=SEPAY_AT + timedelta(minutes=4 if minutes > 0 else -4))

    @pytest.mark.parametrize(
        "change",
        [{"body": SEPAY_BODY + b" "}, {"stamp": "1759635063"}, {"stamp": ""}, {"stamp": "²"}, {"signature": ""}, {"signature": SEPAY_GOOD[7:]}],
    )  # fmt: skip
    def test_what_was_not_signed_so_is_refused(self, change):
        with pytest.raises(NotGenuine):
            self.check(**change)

    def test_an_account_with_an_api_key_alone(self):
        ours = account("SEPAY", api_key="Key1")
        self.SERVICE.check(ours, {sepay.KEY: "Apikey Key1"}, b"", SEPAY_AT)
        for headers in ({sepay.KEY: "Apikey Key2"}, {sepay.KEY: "Key1"}, {}):
            with pytest.raises(NotGenuine):
                self.SERVICE.check(ours, headers, b"", SEPAY_AT)
        with pytest.raises(NotGenuine):
            self.SERVICE.check(account("SEPAY"), {}, b"", SEPAY_AT)

    def test_money_out_is_kept_and_not_booked(self):
        [told] = self.SERVICE.read(SEPAY_BODY.replace(b'"in"', b'"out"'))
        assert told.why == "MONEY_OUT"

    @pytest.mark.parametrize("amount", [b'"1.5"', b"1.5", b"null", b'"x"', b"true"])
    def test_an_amount_is_never_guessed(self, amount):
        with pytest.raises(Unreadable):
            self.SERVICE.read(SEPAY_BODY.replace(b"1012300", amount))

    def test_the_hubs_shape(self):
        body = {
            "transaction_id": "T1", "transaction_date": "2025-10-05 10:31:02", "account_number": "1", "va": "V9",
            "payment_code": "TD1", "transfer_type": "credit", "amount": 5000, "reference_code": "R",
        }  # fmt: skip
        [credit] = self.SERVICE.read(json.dumps(body).encode())
        assert (credit.external_id, credit.virtual_account, credit.text) == ("T1", "V9", "TD1")


class TestPayos:
    def test_the_public_vector_of_signing_by_name(self):
        fields = {
            "returnUrl": "https://example.vn/return", "amount": 1012300, "description": "TD0925", "orderCode": 123456,
            "cancelUrl": "https://example.vn/cancel",
        }  # fmt: skip
        assert payos.sign(fields, "payos_test_checksum_key") == (
            "e55c19aa1095207a8b3d6a1dbe80edb2aa7c74e72ac2f8c1d63fde4c3234a756"
        )

    def test_nothing_for_null(self):
        assert payos.sign({"a": None, "b": 1}, "k") == payos.sign({"b": 1, "a": ""}, "k")


class TestBooking:
    """From the call to the charge, for each service."""

    @pytest.fixture(autouse=True)
    def accounts(self, company, at, monkeypatch):
        from motcua.ledger import registry

        monkeypatch.setattr(registry, "_paid", {})
        secrets = {
            "CASSO": {"webhook_key": "k"}, "SEPAY": {"webhook_secret": "k"}, "PAYOS": {"checksum_key": "k"},
        }  # fmt: skip
        for code, told in secrets.items():
            gateway_ops.set_gateway(
                code=code,
                name=code,
                address="",
                public={"accounts": "001,002"},
                secrets=told,
                actor=SYSTEM,
                at=at,
            )

    @pytest.fixture
    def charge(self, at):
        return self.raise_one(at, "a")

    def raise_one(self, at, key, account_code="", amount=100_000):
        return ledger_ops.raise_charge(
            kind="TD", amount_vnd=amount, vat_rate=Decimal("0.08"), customer_id=None, request_id=None,
            unit_code="PD0100", account_code=account_code, actor=SYSTEM, at=at, key=key,
        )  # fmt: skip

    def tell(self, at, *, id=1, text="", amount=108_000, account="001", va=None, kind="in"):
        body = json.dumps({
            "id": id, "transactionDate": "2026-11-16 09:00:00", "accountNumber": account, "code": None, "content": text,
            "transferType": kind, "transferAmount": amount, "subAccount": va, "referenceCode": f"R{id}", "description": "",
        }).encode()  # fmt: skip
        stamp = str(int(at.timestamp()))
        headers = {sepay.STAMP: stamp, sepay.SIGNATURE: sepay.sign(stamp, body, "k")}
        return credits.take_call(source="SEPAY", headers=headers, body=body, at=at)

    def test_the_code_in_the_text_pays_the_charge_once(self, charge, at):
        for _ in range(3):
            assert self.tell(at, text=f"MBVCB.1.{charge.payment_code}.CT tu").status == 200

        assert ledger_queries.get_charge(charge.id).is_paid
        assert ledger_queries.get_balance("138-SEPAY").balance_vnd == 108_000
        assert (Payment.objects.count(), GatewayCall.objects.count()) == (1, 1)
        assert GatewayCall.objects.get().external_id == "1"

    def test_two_equal_transfers_of_one_day_are_two(self, at):
        self.tell(at, id=1, text="tien dien")
        self.tell(at, id=2, text="tien dien")

        assert Payment.objects.count() == 2
        assert SuspenseCase.objects.count() == 2

    def test_the_same_id_with_another_amount_books_nothing_and_is_kept(self, charge, at):
        self.tell(at, text=charge.payment_code)
        self.tell(at, text=charge.payment_code, amount=5)

        assert Payment.objects.count() == 1
        assert GatewayCall.objects.filter(state="RECEIVED", verdict="NotificationDiffers").count() == 1

    def test_money_out_and_other_accounts_are_kept_and_not_booked(self, charge, at):
        self.tell(at, id=1, text=charge.payment_code, kind="out")
        self.tell(at, id=2, text=charge.payment_code, account="009")

        assert sorted(GatewayCall.objects.values_list("state", "verdict")) == [
            ("IGNORED", "MONEY_OUT"),
            ("IGNORED", "OTHER_ACCOUNT"),
        ]
        assert BankNotification.objects.count() == 0

    def test_a_virtual_account_of_a_charge_needs_no_text(self, charge, at):
        virtual_accounts.assign(number="V9TD01", bank_bin="970418", charge_id=charge.id, actor=SYSTEM, at=at)

        self.tell(at, text="chuyen tien", account="V9TD01", va="V9TD01")

        assert ledger_queries.get_charge(charge.id).is_paid

    def test_a_virtual_account_of_a_customer_pays_what_owes_just_this_then_the_oldest(self, at):
        code = "PD01000123456"
        old = self.raise_one(at, "old", code, 200_000)
        new = self.raise_one(at + timedelta(days=30), "new", code, 100_000)
        virtual_accounts.assign(number="V9PD01", bank_bin="970418", account_code=code, actor=SYSTEM, at=at)

        self.tell(at, id=1, va="V9PD01", amount=108_000)
        self.tell(at, id=2, va="V9PD01", amount=50_000)

        assert ledger_queries.get_charge(new.id).is_paid
        assert ledger_queries.get_charge(old.id).paid_vnd == 50_000
        assert ledger_queries.check_ledger() == []
        assert payment_queries.check_payments() == []

    def test_a_customers_virtual_account_that_owes_nothing_is_a_case_that_names_them(self, at):
        virtual_accounts.assign(
            number="V9PD01", bank_bin="970418", account_code="PD01000123456", actor=SYSTEM, at=at
        )
        self.tell(at, va="V9PD01")

        assert "PD01000123456" in BankNotification.objects.get().text
        assert SuspenseCase.objects.count() == 1

    def test_a_virtual_account_has_one_owner(self, charge, at):
        give = {"bank_bin": "970418", "actor": SYSTEM, "at": at}
        virtual_accounts.assign(number="V1", account_code="PD01000123456", **give)
        virtual_accounts.assign(number="V1", account_code="PD01000123456", **give)
        for number, owner in (("V1", {"charge_id": charge.id}), ("V2", {"account_code": "PD01000123456"})):
            with pytest.raises(virtual_accounts.VirtualAccountTaken):
                virtual_accounts.assign(number=number, **owner, **give)
        for number, owner in (("V 3", {"charge_id": charge.id}), ("V3", {}), ("V3", {"account_code": "x"})):
            with pytest.raises(virtual_accounts.VirtualAccountInvalid):
                virtual_accounts.assign(number=number, **owner, **give)

    def test_a_body_that_says_nothing_is_kept_for_a_person(self, at):
        body = b'{"hello": "world"}'
        stamp = str(int(at.timestamp()))
        headers = {sepay.STAMP: stamp, sepay.SIGNATURE: sepay.sign(stamp, body, "k")}

        assert credits.take_call(source="SEPAY", headers=headers, body=body, at=at).status == 200
        call = GatewayCall.objects.get()
        assert (call.state, call.verdict, bytes(call.body)) == ("RECEIVED", "Unreadable", body)

    def test_a_call_that_is_not_genuine_is_not_kept(self, at):
        assert credits.take_call(source="SEPAY", headers={}, body=SEPAY_BODY, at=at).status == 401
        assert GatewayCall.objects.count() == 0

    def test_a_payment_link_that_was_paid(self, charge, at):
        data = {
            "orderCode": 1, "amount": 108_000, "description": charge.payment_code, "accountNumber": "002",
            "reference": "FT1", "transactionDateTime": "2026-11-16 09:00:00", "currency": "VND", "code": "00",
            "desc": "ok", "paymentLinkId": "x", "counterAccountName": None,
        }  # fmt: skip
        body = json.dumps(
            {"code": "00", "desc": "ok", "success": True, "data": data, "signature": payos.sign(data, "k")}
        ).encode()

        assert credits.take_call(source="PAYOS", headers={}, body=body, at=at).status == 200
        assert ledger_queries.get_charge(charge.id).is_paid
        forged = body.replace(b"108000", b"108001")
        assert credits.take_call(source="PAYOS", headers={}, body=forged, at=at).status == 401

    def test_over_http(self, hanoi, charge, at, monkeypatch):
        from motcua.config import clock

        monkeypatch.setattr(clock, "now", lambda: at)
        body = SEPAY_BODY.replace(b"TD PE06000012345 0925", charge.payment_code.encode()).replace(
            b"0011001234567", b"001"
        )
        stamp = str(int(at.timestamp()))
        answer = hanoi.post(
            "/api/wallets/sepay/credits", data=body, content_type="application/json",
            headers={"X-SePay-Timestamp": stamp, "X-SePay-Signature": sepay.sign(stamp, body, "k")},
        )  # fmt: skip

        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert Payment.objects.count() == 1
        assert hanoi.get("/api/wallets/sepay/credits").status_code == 405
        assert (
            hanoi.post("/api/wallets/payos/credits", data=b"x", content_type="application/json").status_code
            == 401
        )
