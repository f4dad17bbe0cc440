"""VNPAY 2.1.0: the payer's browser is sent there with a signed address; VNPAY tells us by a GET, and may be asked.

Amounts on the wire are dong times 100; times are of Vietnam. Source: sandbox.vnpayment.vn/apis/docs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from motcua.connectors.wallets import codes, contract, signing
from motcua.connectors.wallets.contract import (
    Answer,
    Asked,
    Called,
    Created,
    NotGenuine,
    Order,
    Refunding,
    Returned,
)
from motcua.kernel.local_time import ZONE, to_local
from motcua.payments.online_rules import Said
from motcua.payments.operations.gateways import GatewayAccount
from motcua.payments.operations.online import Heard

VERSION = "2.1.0"
HASH, HASH_TYPE = "vnp_SecureHash", "vnp_SecureHashType"
CREATE_OF_QUERY = (
    "vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TxnRef", "vnp_TransactionDate", "vnp_CreateDate",
    "vnp_IpAddr", "vnp_OrderInfo",
)  # fmt: skip
ANSWER_OF_QUERY = (
    "vnp_ResponseId", "vnp_Command", "vnp_ResponseCode", "vnp_Message", "vnp_TmnCode", "vnp_TxnRef", "vnp_Amount",
    "vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo", "vnp_TransactionType", "vnp_TransactionStatus", "vnp_OrderInfo",
    "vnp_PromotionCode", "vnp_PromotionAmount",
)  # fmt: skip
OF_REFUND = (
    "vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TransactionType", "vnp_TxnRef", "vnp_Amount",
    "vnp_TransactionNo", "vnp_TransactionDate", "vnp_CreateBy", "vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo",
)  # fmt: skip
ANSWER_OF_REFUND = ANSWER_OF_QUERY[:13]
_ANSWERS = {
    contract.TAKEN: ("00", "Confirm Success"),
    contract.REPEATED: ("02", "Order already confirmed"),
    contract.NO_ORDER: ("01", "Order not found"),
    contract.OTHER_AMOUNT: ("04", "Invalid amount"),
    contract.NOT_SIGNED: ("97", "Invalid checksum"),
    contract.TROUBLE: ("99", "Unknown error"),
}
# The payer's address where VNPAY asks for one and there is no payer.
NOBODY_IP = "127.0.0.1"


def text_of(fields: Mapping[str, str]) -> str:
    """What pay, IPN and return sign: what is said, by name, as a form writes it."""
    said = sorted((name, value) for name, value in fields.items() if value and name not in (HASH, HASH_TYPE))
    return urlencode(said)


def sign(fields: Mapping[str, str], secret: str) -> str:
    return signing.hmac_hex("sha512", secret, text_of(fields))


def sign_row(names: tuple[str, ...], fields: Mapping[str, Any], secret: str) -> str:
    """What querydr and refund sign: values in a fixed order, pipes between, nothing for what is missing."""
    text = "|".join(signing.plain(fields.get(name)) for name in names)
    return signing.hmac_hex("sha512", secret, text)


def verify(query: str, secret: str) -> dict[str, str]:
    """The signed fields of an IPN or return. Raises NotGenuine: no hash is as bad as a wrong one."""
    fields = signing.read_once(query)
    told = {name: value for name, value in fields.items() if name.startswith("vnp_")}
    signing.require_same(told.get(HASH), sign(told, secret))
    return told


def moment(at: datetime) -> str:
    return f"{to_local(at):%Y%m%d%H%M%S}"


def read_moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ZONE)
    except ValueError:
        return None


def read_amount(text: Any) -> int | None:
    """Dong of what is written times 100; None for what is no whole dong."""
    written = signing.whole(text)
    return written // 100 if written is not None and written % 100 == 0 else None


class Vnpay:
    code, name = "VNPAY", "VNPAY"
    least_vnd, most_vnd = 5_000, 9_999_999_999
    public_fields, secret_fields = ("tmn_code",), ("hash_secret",)
    test_address = "https://sandbox.vnpayment.vn"

    def ref(self, payment_code: str, number: int, at: datetime) -> str:
        return f"{payment_code}-{number}"

    def create(self, account: GatewayAccount, order: Order) -> Created:
        fields = {
            "vnp_Version": VERSION, "vnp_Command": "pay", "vnp_TmnCode": account.settings["tmn_code"],
            "vnp_Amount": str(order.amount_vnd * 100), "vnp_CurrCode": "VND", "vnp_TxnRef": order.ref,
            "vnp_OrderInfo": f"Thanh toan {order.payment_code}", "vnp_OrderType": "billpayment", "vnp_Locale": "vn",
            "vnp_ReturnUrl": order.return_url, "vnp_IpAddr": order.payer_ip,
            "vnp_CreateDate": moment(order.created_at), "vnp_ExpireDate": moment(order.expires_at),
        }  # fmt: skip
        url = f"{account.address}/paymentv2/vpcpay.html?{text_of(fields)}&{HASH}={sign(fields, account.secrets['hash_secret'])}"
        return Created(Heard(Said.WAITING, "SENT"), url)

    def read_created(self, account: GatewayAccount, order: Order, body: bytes) -> Created:
        raise NotImplementedError("VNPAY is sent the payer, not a call")

    def query(
        self, account: GatewayAccount, ref: str, created_at: datetime, *, request_id: str, at: datetime
    ) -> Asked:
        fields = {
            "vnp_RequestId": request_id, "vnp_Version": VERSION, "vnp_Command": "querydr",
            "vnp_TmnCode": account.settings["tmn_code"], "vnp_TxnRef": ref, "vnp_TransactionDate": moment(created_at),
            "vnp_CreateDate": moment(at), "vnp_IpAddr": NOBODY_IP, "vnp_OrderInfo": f"Truy van {ref}",
        }  # fmt: skip
        return self._asked(account, fields, CREATE_OF_QUERY)

    def _asked(self, account: GatewayAccount, fields: dict[str, str], signed: tuple[str, ...]) -> Asked:
        fields[HASH] = sign_row(signed, fields, account.secrets["hash_secret"])
        return Asked(f"{account.address}/merchant_webapi/api/transaction", json.dumps(fields).encode())

    def read_queried(self, account: GatewayAccount, ref: str, body: bytes) -> Heard:
        told = signing.read_object(body)
        signing.require_same(told.get(HASH), sign_row(ANSWER_OF_QUERY, told, account.secrets["hash_secret"]))
        code = signing.plain(told.get("vnp_ResponseCode"))
        meaning = codes.meaning(self.code, "query", code, otherwise=Said.NO_NEWS.value)
        if meaning != "READ":
            return Heard(Said(meaning), code)
        if told.get("vnp_TxnRef") != ref or told.get("vnp_TmnCode") != account.settings["tmn_code"]:
            raise NotGenuine("another-order")
        status = signing.plain(told.get("vnp_TransactionStatus"))
        return self._heard(codes.said(self.code, "status", status), status, told)

    def read_call(self, account: GatewayAccount, query: str, body: bytes) -> Called:
        told = verify(query, account.secrets["hash_secret"])
        if told.get("vnp_TmnCode") != account.settings["tmn_code"]:
            raise NotGenuine("another-account")
        response, status = told.get("vnp_ResponseCode", ""), told.get("vnp_TransactionStatus", "")
        return Called(
            told.get("vnp_TxnRef", ""), self._heard(_both(response, status), f"{response}/{status}", told)
        )

    def _heard(self, said: Said, code: str, told: Mapping[str, Any]) -> Heard:
        number = signing.plain(told.get("vnp_TransactionNo"))
        return Heard(
            said, code, read_amount(told.get("vnp_Amount")), number if number.strip("0") else "",
            read_moment(signing.plain(told.get("vnp_PayDate"))),
        )  # fmt: skip

    def answer(self, outcome: str) -> Answer:
        code, message = _ANSWERS[outcome]
        return Answer(200, json.dumps({"RspCode": code, "Message": message}).encode())

    def read_return(self, account: GatewayAccount, query: str) -> Returned:
        told = verify(query, account.secrets["hash_secret"])
        return Returned(told.get("vnp_TxnRef", ""), told.get("vnp_ResponseCode", ""))

    def refund(self, account: GatewayAccount, refund: Refunding, *, at: datetime) -> Asked:
        fields = {
            "vnp_RequestId": refund.ref, "vnp_Version": VERSION, "vnp_Command": "refund",
            "vnp_TmnCode": account.settings["tmn_code"], "vnp_TransactionType": "02" if refund.is_whole else "03",
            "vnp_TxnRef": refund.payment_ref, "vnp_Amount": str(refund.amount_vnd * 100),
            "vnp_TransactionNo": refund.provider_txn_id, "vnp_TransactionDate": moment(refund.payment_created_at),
            "vnp_CreateBy": refund.asked_by[:40], "vnp_CreateDate": moment(at), "vnp_IpAddr": NOBODY_IP,
            "vnp_OrderInfo": f"Hoan {refund.payment_ref}",
        }  # fmt: skip
        return self._asked(account, fields, OF_REFUND)

    def read_refunded(self, account: GatewayAccount, refund: Refunding, body: bytes) -> tuple[str, str]:
        told = signing.read_object(body)
        signing.require_same(told.get(HASH), sign_row(ANSWER_OF_REFUND, told, account.secrets["hash_secret"]))
        code = signing.plain(told.get("vnp_ResponseCode"))
        return codes.meaning(self.code, "refund", code), code


def _both(response: str, status: str) -> Said:
    """Paid means both numbers say so. Where one is unsure or they differ, nobody knows."""
    one, other = codes.said("VNPAY", "response", response), codes.said("VNPAY", "status", status)
    if Said.HELD in (one, other):
        return Said.HELD
    if one is other:
        return one
    if {one, other} <= {Said.FAILED, Said.EXPIRED}:
        return one
    return Said.UNKNOWN
