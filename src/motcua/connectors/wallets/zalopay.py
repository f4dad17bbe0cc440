"""ZaloPay v2: forms signed over values with pipes between; the callback signs its `data` as the text it is.

Source: zalopay-oss/zalopay-nodejs, specs/zlp.yaml. The callback tells of success alone: failure comes from asking.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
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
from motcua.kernel.local_time import to_local
from motcua.payments.online_rules import Said
from motcua.payments.operations.gateways import GatewayAccount
from motcua.payments.operations.online import Heard

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_USER = "motcua"


def sign_create(fields: Mapping[str, Any], key1: str) -> str:
    names = ("app_id", "app_trans_id", "app_user", "amount", "app_time", "embed_data", "item")
    return signing.hmac_hex("sha256", key1, "|".join(signing.plain(fields.get(name)) for name in names))


def sign_query(app_id: str, app_trans_id: str, key1: str) -> str:
    """The key stands inside the text as well."""
    return signing.hmac_hex("sha256", key1, f"{app_id}|{app_trans_id}|{key1}")


def sign_refund(fields: Mapping[str, Any], key1: str) -> str:
    names = ("app_id", "zp_trans_id", "amount", "description", "timestamp")
    return signing.hmac_hex("sha256", key1, "|".join(signing.plain(fields.get(name)) for name in names))


def sign_callback(data: str, key2: str) -> str:
    """Over the text exactly as it came."""
    return signing.hmac_hex("sha256", key2, data)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class Zalopay:
    code, name = "ZALOPAY", "ZaloPay"
    least_vnd, most_vnd = 1_000, 50_000_000
    public_fields, secret_fields = ("app_id",), ("key1", "key2")
    test_address = "https://sb-openapi.zalopay.vn"

    def ref(self, payment_code: str, number: int, at: datetime) -> str:
        """Must begin with the day in Vietnam on which the order is made."""
        return f"{to_local(at):%y%m%d}_{payment_code}_{number}"

    def create(self, account: GatewayAccount, order: Order) -> Asked:
        fields: dict[str, Any] = {
            "app_id": account.settings["app_id"], "app_user": _USER, "app_trans_id": order.ref,
            "app_time": milliseconds(order.created_at), "amount": order.amount_vnd, "item": "[]",
            "embed_data": json.dumps({"redirecturl": order.return_url}), "bank_code": "",
            "callback_url": order.callback_url, "description": f"Thanh toan {order.payment_code}",
            "expire_duration_seconds": int((order.expires_at - order.created_at).total_seconds()),
        }  # fmt: skip
        fields["mac"] = sign_create(fields, account.secrets["key1"])
        return _form(account, "create", fields)

    def read_created(self, account: GatewayAccount, order: Order, body: bytes) -> Created:
        told = signing.read_object(body)
        code = signing.plain(told.get("return_code"))
        said = codes.said(self.code, "create", code)
        url = told.get("order_url")
        is_sent = said is Said.WAITING and isinstance(url, str) and bool(url)
        if said is Said.WAITING and not is_sent:
            said = Said.UNKNOWN
        sub = signing.plain(told.get("sub_return_code"))
        return Created(Heard(said, f"{code}/{sub}" if sub else code), str(url) if is_sent else "")

    def query(
        self, account: GatewayAccount, ref: str, created_at: datetime, *, request_id: str, at: datetime
    ) -> Asked:
        app_id = account.settings["app_id"]
        mac = sign_query(app_id, ref, account.secrets["key1"])
        return _form(account, "query", {"app_id": app_id, "app_trans_id": ref, "mac": mac})

    def read_queried(self, account: GatewayAccount, ref: str, body: bytes) -> Heard:
        """Answers to questions are not signed: they come over the connection that we opened."""
        told = signing.read_object(body)
        code, sub = signing.plain(told.get("return_code")), signing.plain(told.get("sub_return_code"))
        said = codes.said(self.code, "query", code)
        if said is Said.FAILED:
            said = Said(codes.meaning(self.code, "query_sub", sub, otherwise=said.value))
        return _heard(said, f"{code}/{sub}" if sub else code, told)

    def read_call(self, account: GatewayAccount, query: str, body: bytes) -> Called:
        told = signing.read_object(body)
        data = told.get("data")
        if not isinstance(data, str):
            raise NotGenuine("data-missing")
        signing.require_same(told.get("mac"), sign_callback(data, account.secrets["key2"]))
        said = signing.read_object(data)
        if signing.plain(said.get("app_id")) != account.settings["app_id"]:
            raise NotGenuine("another-account")
        return Called(signing.plain(said.get("app_trans_id")), _heard(Said.PAID, "CALLBACK", said))

    def answer(self, outcome: str) -> Answer:
        code, message = {
            contract.TAKEN: (1, "success"), contract.REPEATED: (2, "duplicate"), contract.OTHER_AMOUNT: (1, "success"),
            contract.NO_ORDER: (0, "order not found"), contract.NOT_SIGNED: (-1, "mac not equal"),
            contract.TROUBLE: (0, "try again"),
        }[outcome]  # fmt: skip
        return Answer(200, json.dumps({"return_code": code, "return_message": message}).encode())

    def read_return(self, account: GatewayAccount, query: str) -> Returned:
        """The redirect's checksum has its own order; what it says is for showing alone."""
        told = signing.read_once(query)
        names = ("appid", "apptransid", "pmcid", "bankcode", "amount", "discountamount", "status")
        text = "|".join(told.get(name, "") for name in names)
        signing.require_same(told.get("checksum"), signing.hmac_hex("sha256", account.secrets["key2"], text))
        return Returned(told.get("apptransid", ""), told.get("status", ""))

    def refund(self, account: GatewayAccount, refund: Refunding, *, at: datetime) -> Asked:
        app_id = account.settings["app_id"]
        fields: dict[str, Any] = {
            "app_id": app_id, "m_refund_id": refund.ref, "zp_trans_id": refund.provider_txn_id,
            "amount": refund.amount_vnd, "timestamp": milliseconds(at), "description": f"Hoan {refund.payment_ref}",
        }  # fmt: skip
        fields["mac"] = sign_refund(fields, account.secrets["key1"])
        return _form(account, "refund", fields)

    def read_refunded(self, account: GatewayAccount, refund: Refunding, body: bytes) -> tuple[str, str]:
        code = signing.plain(signing.read_object(body).get("return_code"))
        return codes.meaning(self.code, "refund", code), code


def _form(account: GatewayAccount, what: str, fields: Mapping[str, Any]) -> Asked:
    return Asked(f"{account.address}/v2/{what}", urlencode(fields).encode(), _FORM)


def _heard(said: Said, code: str, told: Mapping[str, Any]) -> Heard:
    number = signing.plain(told.get("zp_trans_id"))
    told_at = signing.whole(told.get("server_time"))
    paid_at = datetime.fromtimestamp(told_at / 1000, tz=UTC) if told_at and 0 < told_at < 10**14 else None
    return Heard(said, code, signing.whole(told.get("amount")), number if number.strip("0") else "", paid_at)
