"""Signatures of VNPAY, MoMo, ZaloPay: public vectors, and what must not pass for them."""

import json

import pytest

from motcua.connectors.wallets import codes, contract, momo, vnpay, zalopay
from motcua.connectors.wallets.contract import NotGenuine, Unreadable
from motcua.connectors.wallets.paying import WALLETS
from motcua.payments.online_rules import Said
from motcua.payments.operations.gateways import GatewayAccount
from motcua.payments.operations.online import Heard

PUBLIC = (
    "vnp_Amount=1000000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14422574&vnp_CardType=ATM&vnp_OrderInfo=Thanh+toan+don+hang+"
    "2024-05-21T02%3A17%3A31.249Z&vnp_PayDate=20240521091806&vnp_ResponseCode={code}&vnp_TmnCode=TEST_TMN_CODE"
    "&vnp_TransactionNo=14422574&vnp_TransactionStatus=00&vnp_TxnRef=1716257871703"
)
PUBLIC_00 = "649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361dbf146889ca446139afe11b9954c4d5c486e99e3b86fcfab6957f29eb0be72895"
PUBLIC_99 = "503194f6d93b57b357b2d1d09742565e67e86d771352c5dca4fc8d39df3d392c6b3809add9405f97cfb9631f445e36c80656cfbf47eac67d97fa165865c13e1b"
VNPAY = GatewayAccount(
    "VNPAY", "VNPAY", "https://x", {"tmn_code": "TEST_TMN_CODE"}, {"hash_secret": "test_secret"}, True
)
MOMO = GatewayAccount(
    "MOMO", "MoMo", "https://x", {"partner_code": "MOMO", "access_key": "F8BBA842ECF85"},
    {"secret_key": "K951B6PE1waDMi640xX08PD3vg6EkVlz"}, True,
)  # fmt: skip
ZALOPAY = GatewayAccount(
    "ZALOPAY", "ZaloPay", "https://x", {"app_id": "2554"},
    {"key1": "sdngKKJmqEMzvh5QQcdD2A9XBSKUNaYn", "key2": "trMrHtvjo6myautxDUiAcYsVtaeQ8nhf"}, True,
)  # fmt: skip


class TestVnpay:
    WALLET = vnpay.Vnpay()

    def call(self, query):
        return self.WALLET.read_call(VNPAY, query, b"")

    @pytest.mark.parametrize(("code", "digest"), [("00", PUBLIC_00), ("99", PUBLIC_99)])
    def test_the_public_calls_are_genuine(self, code, digest):
        query = PUBLIC.format(code=code) + f"&vnp_SecureHash={digest}"

        called = self.call(query)

        assert called.ref == "1716257871703"
        assert called.heard.amount_vnd == 10_000
        assert called.heard.provider_txn_id == "14422574"
        assert called.heard.paid_at.isoformat() == "2024-05-21T09:18:06+07:00"
        assert called.heard.said is (Said.PAID if code == "00" else Said.UNKNOWN)

    def test_the_hash_may_be_written_in_capitals_and_the_fields_in_any_order(self):
        fields = PUBLIC.format(code="00").split("&")
        query = "&".join(
            [f"vnp_SecureHash={PUBLIC_00.upper()}", "vnp_SecureHashType=HMACSHA512", *fields[::-1]]
        )

        assert self.call(query).heard.said is Said.PAID

    @pytest.mark.parametrize(
        ("query", "reason"),
        [
            (PUBLIC.format(code="00").replace("=1000000", "=1000001") + f"&vnp_SecureHash={PUBLIC_00}", "signature-wrong"),
            (PUBLIC.format(code="00"), "signature-missing"),
            (PUBLIC.format(code="00") + "&vnp_SecureHash=", "signature-missing"),
            (PUBLIC.format(code="00") + f"&vnp_SecureHash={PUBLIC_00}&vnp_Amount=1000000", "field-doubled"),
            (PUBLIC.format(code="00") + f"&vnp_Amount=1&vnp_SecureHash={PUBLIC_00}", "field-doubled"),
            (PUBLIC.format(code="99") + f"&vnp_SecureHash={PUBLIC_00}", "signature-wrong"),
            (f"vnp_SecureHash={PUBLIC_00}", "signature-wrong"),
            ("", "signature-missing"),
        ],
    )  # fmt: skip
    def test_what_was_not_signed_so_is_not_believed(self, query, reason):
        with pytest.raises(NotGenuine) as refused:
            self.call(query)
        assert refused.value.reason == reason

    def test_somebody_elses_account_is_not_ours(self):
        fields = {"vnp_TmnCode": "OTHER", "vnp_TxnRef": "1"}
        query = vnpay.text_of(fields) + "&vnp_SecureHash=" + vnpay.sign(fields, "test_secret")

        with pytest.raises(NotGenuine, match="another-account"):
            self.call(query)

    def test_the_address_to_pay_at(self):
        fields = {
            "vnp_Amount": "101230000", "vnp_Command": "pay", "vnp_CreateDate": "20251005103000", "vnp_CurrCode": "VND",
            "vnp_ExpireDate": "20251005104500", "vnp_IpAddr": "127.0.0.1", "vnp_Locale": "vn",
            "vnp_OrderInfo": "Thanh toan tien dien ky 09/2025", "vnp_OrderType": "other",
            "vnp_ReturnUrl": "https://example.vn/pay/return?x=1", "vnp_TmnCode": "EVNTEST1",
            "vnp_TxnRef": "TD-2025-09-PE06000012345", "vnp_Version": "2.1.0", "vnp_BankCode": "",
        }  # fmt: skip

        assert vnpay.sign(fields, "test_secret") == (
            "b086c59fec23b4e7abe6273c84226e5ffbbcfa934cdb650469e28b5957a065fd0cfcd5ff645ca444b55da8983d2bf6bd92afbc01a2b87e391e4b63a2cfe3efb6"
        )
        assert "vnp_OrderInfo=Thanh+toan+tien+dien+ky+09%2F2025" in vnpay.text_of(fields)
        assert "vnp_BankCode" not in vnpay.text_of(fields)

    def test_a_question(self):
        values = [
            "RQ0001",
            "2.1.0",
            "querydr",
            "EVNTEST1",
            "TD0001",
            "20251005103000",
            "20251005110000",
            "127.0.0.1",
            "Truy van GD",
        ]
        fields = dict(zip(vnpay.CREATE_OF_QUERY, values, strict=True))

        assert vnpay.sign_row(vnpay.CREATE_OF_QUERY, fields, "test_secret") == (
            "cca0000663fa042ceb0a1fef560ac64f52d9f95e51f7bb5f7274d9b36ceb170ad69662ad001eeadb85acc7572b7f03b8c0dd43ad40908cea3f68ba636b7c112f"
        )

    def answered(self, **changes):
        told = {
            "vnp_ResponseId": "1", "vnp_Command": "querydr", "vnp_ResponseCode": "00", "vnp_TmnCode": "TEST_TMN_CODE",
            "vnp_TxnRef": "TD1-1", "vnp_Amount": "10584000", "vnp_TransactionNo": "777", "vnp_TransactionStatus": "00",
            "vnp_PayDate": "20251005103100", **changes,
        }  # fmt: skip
        told["vnp_SecureHash"] = vnpay.sign_row(vnpay.ANSWER_OF_QUERY, told, "test_secret")
        return told

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({}, Said.PAID),
            ({"vnp_TransactionStatus": "01"}, Said.WAITING),
            ({"vnp_TransactionStatus": "02"}, Said.FAILED),
            ({"vnp_TransactionStatus": "07"}, Said.HELD),
            ({"vnp_TransactionStatus": "04"}, Said.UNKNOWN),
            ({"vnp_TransactionStatus": "88"}, Said.UNKNOWN),
            ({"vnp_ResponseCode": "91"}, Said.NOT_FOUND),
            ({"vnp_ResponseCode": "94"}, Said.NO_NEWS),
            ({"vnp_ResponseCode": "55"}, Said.NO_NEWS),
        ],
    )
    def test_answers_to_questions(self, changes, said):
        heard = self.WALLET.read_queried(VNPAY, "TD1-1", json.dumps(self.answered(**changes)).encode())

        assert heard.said is said
        if said is Said.PAID:
            assert (heard.amount_vnd, heard.provider_txn_id) == (105_840, "777")

    @pytest.mark.parametrize(
        "change", [{"vnp_SecureHash": None}, {"vnp_SecureHash": ""}, {"vnp_Amount": "10584001"}]
    )
    def test_an_answer_without_its_hash_is_none(self, change):
        told = self.answered() | change

        with pytest.raises(NotGenuine):
            self.WALLET.read_queried(VNPAY, "TD1-1", json.dumps(told).encode())

    def test_an_answer_about_another_order_is_none(self):
        with pytest.raises(NotGenuine, match="another-order"):
            self.WALLET.read_queried(VNPAY, "TD2-1", json.dumps(self.answered()).encode())

    @pytest.mark.parametrize(
        ("response", "status", "said"),
        [
            ("00", "00", Said.PAID), ("00", "01", Said.UNKNOWN), ("00", "02", Said.UNKNOWN), ("99", "00", Said.UNKNOWN),
            ("07", "00", Said.HELD), ("00", "07", Said.HELD), ("24", "02", Said.FAILED), ("11", "02", Said.EXPIRED),
            ("24", "01", Said.UNKNOWN), ("", "", Said.UNKNOWN),
        ],
    )  # fmt: skip
    def test_paid_means_that_both_numbers_say_so(self, response, status, said):
        fields = {
            "vnp_TmnCode": "TEST_TMN_CODE", "vnp_TxnRef": "1", "vnp_ResponseCode": response,
            "vnp_TransactionStatus": status, "vnp_Amount": "100", "vnp_TransactionNo": "5",
        }  # fmt: skip
        query = vnpay.text_of(fields) + "&vnp_SecureHash=" + vnpay.sign(fields, "test_secret")

        assert self.call(query).heard.said is said

    @pytest.mark.parametrize(
        ("text", "amount"), [("1000000", 10_000), ("1000050", None), ("1e6", None), ("-100", None)]
    )
    def test_amounts_are_dong_times_a_hundred(self, text, amount):
        assert vnpay.read_amount(text) == amount


class TestMomo:
    WALLET = momo.Momo()
    KEYS = {"access_key": "F8BBA842ECF85", "secret": "K951B6PE1waDMi640xX08PD3vg6EkVlz"}
    IPN = {
        "amount": 50000, "extraData": "", "message": "Successful.", "orderId": "MOMO1540456472575",
        "orderInfo": "pay with MoMo", "orderType": "momo_wallet", "partnerCode": "MOMO", "payType": "qr",
        "requestId": "MOMO1540456472575", "responseTime": 1721720663942, "resultCode": 0, "transId": 4088878653,
    }  # fmt: skip
    IPN_DIGEST = "6226b21ea29d4098aba2d135d03b3266f087665129c3eac0be11bd3e1af08707"

    @pytest.mark.parametrize(
        ("what", "fields", "digest"),
        [
            (
                "create",
                {
                    "amount": 50000, "extraData": "", "ipnUrl": "https://callback.url/notify",
                    "orderId": "MOMO1540456472575", "orderInfo": "pay with MoMo", "partnerCode": "MOMO",
                    "redirectUrl": "https://momo.vn/return", "requestId": "MOMO1540456472575", "requestType": "captureWallet",
                },
                "66ce74174353c8e6f7a2e998c36e4f505627f2f00f21ca3b5d0eb05e4e21d8fe",
            ),
            ("ipn", IPN, IPN_DIGEST),
            (
                "ipn", IPN | {"message": "Thành công.", "orderInfo": "Thanh toán tiền điện"},
                "bf745aba1c841978d08cb8cefe1955be72d1b6ade28b20cf2343f2be371a056d",
            ),
            (
                "query", {"orderId": "MOMO1540456472575", "partnerCode": "MOMO", "requestId": "MOMO1540456472575"},
                "cb72b7b8bfdfd9d08f226f2f4d7be9181fb4086f515062f01dcdb74c41b17ddb",
            ),
            (
                "refund",
                {
                    "amount": 50000, "description": "", "orderId": "RF1540456472575", "partnerCode": "MOMO",
                    "requestId": "RF1540456472575", "transId": 4088878653,
                },
                "7e0531a27fc484b477777a5d7d815ba35ebc8dd024ccd85813ad0b39b3f9ad9d",
            ),
        ],
    )  # fmt: skip
    def test_signatures(self, what, fields, digest):
        assert momo.sign(what, fields, **self.KEYS) == digest

    def test_the_public_call_is_genuine(self):
        called = self.WALLET.read_call(
            MOMO, "", json.dumps(self.IPN | {"signature": self.IPN_DIGEST}).encode()
        )

        assert called.ref == "MOMO1540456472575"
        assert (called.heard.said, called.heard.amount_vnd, called.heard.provider_txn_id) == (
            Said.PAID,
            50_000,
            "4088878653",
        )

    @pytest.mark.parametrize(
        "change",
        [{"amount": 50001}, {"resultCode": 9000}, {"orderId": "X"}, {"message": "successful."}, {"signature": ""}, {"signature": None}],
    )  # fmt: skip
    def test_a_changed_call_is_not(self, change):
        body = json.dumps(self.IPN | {"signature": self.IPN_DIGEST} | change).encode()

        with pytest.raises(NotGenuine):
            self.WALLET.read_call(MOMO, "", body)

    def test_a_name_that_is_said_twice_is_no_call(self):
        body = json.dumps(self.IPN | {"signature": self.IPN_DIGEST}).encode()[:-1] + b', "amount": 1}'

        with pytest.raises(Unreadable):
            self.WALLET.read_call(MOMO, "", body)

    @pytest.mark.parametrize(
        ("code", "said"),
        [(0, Said.PAID), (9000, Said.PAID), (7002, Said.WAITING), (1005, Said.EXPIRED), (1006, Said.FAILED),
         (42, Said.NOT_FOUND), (43, Said.NO_NEWS), (31337, Said.UNKNOWN)],
    )  # fmt: skip
    def test_answers_to_questions_by_the_table(self, code, said):
        body = json.dumps({"orderId": "A", "resultCode": code, "amount": 5, "transId": 9}).encode()

        assert self.WALLET.read_queried(MOMO, "A", body).said is said

    def test_all_thirty_six_codes_of_the_digest_and_no_more(self):
        table = codes.list_codes("MOMO", "result")
        refunds = codes.list_codes("MOMO", "refund")

        assert len(set(table) | set(refunds)) == 36
        assert set(table.values()) <= {said.value for said in Said}

    @pytest.mark.parametrize(
        ("code", "said"), [(0, Said.WAITING), (41, Said.UNKNOWN), (11, Said.FAILED), (5, Said.UNKNOWN)]
    )
    def test_answers_to_orders(self, code, said):
        made = self.WALLET.read_created(
            MOMO, None, json.dumps({"resultCode": code, "payUrl": "https://pay"}).encode()
        )

        assert made.heard.said is said
        assert bool(made.pay_url) is (said is Said.WAITING)


class TestZalopay:
    WALLET = zalopay.Zalopay()
    DATA = (
        '{"app_id":2554,"app_trans_id":"230407_13221300383","app_time":1680848533635,"app_user":"user123","amount":50000,'
        '"embed_data":"{}","item":"item","zp_trans_id":230407000000123,"server_time":1680848600000,"channel":38,'
        '"merchant_user_id":"","user_fee_amount":0,"discount_amount":0}'
    )
    MAC = "9ff07e9a485dd59abb93cf35f009f2532bf59b1f27bcfa467f52fa4dbe0a7d47"

    def test_an_order(self):
        fields = {
            "app_id": 2554, "app_trans_id": "230407_13221300383", "app_user": "user123", "amount": 50000,
            "app_time": 1680848533635, "embed_data": "{}", "item": "item",
        }  # fmt: skip

        assert zalopay.sign_create(fields, ZALOPAY.secrets["key1"]) == (
            "6d2c87577af20b4786d89729d64dc7820c5c462afd91e4c5b49353f83376ac81"
        )

    def test_a_question(self):
        assert zalopay.sign_query("2554", "230407_13221300383", ZALOPAY.secrets["key1"]) == (
            "7cec9f5d7de580a55c25a2ed92b42cf4f802a8d0c0beb87c5009b1865665b43c"
        )

    def test_the_public_callback_is_genuine(self):
        body = json.dumps({"data": self.DATA, "mac": self.MAC, "type": 1}).encode()

        called = self.WALLET.read_call(ZALOPAY, "", body)

        assert called.ref == "230407_13221300383"
        assert (called.heard.said, called.heard.amount_vnd) == (Said.PAID, 50_000)
        assert called.heard.provider_txn_id == "230407000000123"

    @pytest.mark.parametrize(
        "data",
        [DATA.replace(",", ", "), DATA.replace("50000", "50001"), DATA + " ", json.dumps(json.loads(DATA))],
    )
    def test_the_text_counts_as_it_came(self, data):
        with pytest.raises(NotGenuine):
            self.WALLET.read_call(ZALOPAY, "", json.dumps({"data": data, "mac": self.MAC}).encode())

    @pytest.mark.parametrize("told", [{"data": DATA}, {"mac": MAC}, {"data": {"a": 1}, "mac": MAC}])
    def test_half_a_callback_is_none(self, told):
        with pytest.raises(NotGenuine):
            self.WALLET.read_call(ZALOPAY, "", json.dumps(told).encode())

    @pytest.mark.parametrize(
        ("told", "said"),
        [({"return_code": 1}, Said.PAID), ({"return_code": 2}, Said.FAILED), ({"return_code": 3}, Said.WAITING),
         ({"return_code": 2, "sub_return_code": -101}, Said.NOT_FOUND), ({"return_code": 9}, Said.UNKNOWN)],
    )  # fmt: skip
    def test_answers_to_questions(self, told, said):
        assert self.WALLET.read_queried(ZALOPAY, "x", json.dumps(told).encode()).said is said


@pytest.mark.parametrize("wallet", WALLETS.values(), ids=lambda wallet: wallet.code)
def test_every_outcome_has_its_answer(wallet):
    for outcome in ("TAKEN", "REPEATED", "NO_ORDER", "OTHER_AMOUNT", "NOT_SIGNED", "TROUBLE"):
        assert isinstance(wallet.answer(outcome), contract.Answer)


def test_answers_by_number():
    def said(wallet, outcome):
        return json.loads(WALLETS[wallet].answer(outcome).body)

    assert [said("VNPAY", o)["RspCode"] for o in ("TAKEN", "REPEATED", "NO_ORDER", "OTHER_AMOUNT", "NOT_SIGNED", "TROUBLE")] == [
        "00", "02", "01", "04", "97", "99",
    ]  # fmt: skip
    assert [said("ZALOPAY", o)["return_code"] for o in ("TAKEN", "REPEATED", "NOT_SIGNED", "TROUBLE")] == [
        1,
        2,
        -1,
        0,
    ]
    assert WALLETS["MOMO"].answer("TAKEN") == contract.Answer(204)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b"\xff", b'{"a": NaN}', b"[" * 5000])
def test_what_is_no_object_is_refused_and_never_crashes(body):
    for wallet, account in ((WALLETS["MOMO"], MOMO), (WALLETS["ZALOPAY"], ZALOPAY)):
        with pytest.raises((NotGenuine, Unreadable)):
            wallet.read_call(account, "", body)


def test_references_fit_their_providers(at):
    assert WALLETS["VNPAY"].ref("TD0000001230", 2, at) == "TD0000001230-2"
    assert WALLETS["ZALOPAY"].ref("TD0000001230", 2, at) == "261116_TD0000001230_2"
    assert len(WALLETS["ZALOPAY"].ref("TD0000001230", 99, at)) <= 40


def test_a_word_without_amount_is_still_a_word():
    assert Heard(Said.FAILED, "24").amount_vnd is None
