"""MoMo v2 (AIO gateway): JSON calls signed over `key=value` pairs in a fixed order, values as they are.

Source: developers.momo.vn/v3. The access key stands in the signed text and not in what MoMo sends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

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
from motcua.payments.online_rules import Said
from motcua.payments.operations.gateways import GatewayAccount
from motcua.payments.operations.online import Heard

_CREATE = (
    "accessKey", "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode", "redirectUrl", "requestId",
    "requestType",
)  # fmt: skip
_IPN = (
    "accessKey", "amount", "extraData", "message", "orderId", "orderInfo", "orderType", "partnerCode", "payType",
    "requestId", "responseTime", "resultCode", "transId",
)  # fmt: skip
_QUERY = ("accessKey", "orderId", "partnerCode", "requestId")
_REFUND = ("accessKey", "amount", "description", "orderId", "partnerCode", "requestId", "transId")
ORDERS = {"create": _CREATE, "ipn": _IPN, "query": _QUERY, "refund": _REFUND}


def sign(what: str, fields: Mapping[str, Any], *, access_key: str, secret: str) -> str:
    """The signature of a `create`, `ipn`, `query` or `refund`."""
    said = {**fields, "accessKey": access_key}
    text = "&".join(f"{name}={signing.plain(said.get(name))}" for name in ORDERS[what])
    return signing.hmac_hex("sha256", secret, text)


class Momo:
    code, name = "MOMO", "MoMo"
    least_vnd, most_vnd = 1_000, 50_000_000
    public_fields, secret_fields = ("partner_code", "access_key"), ("secret_key",)
    test_address = "https://test-payment.momo.vn"

    def ref(self, payment_code: str, number: int, at: datetime) -> str:
        return f"{payment_code}-{number}"

    def _sign(self, account: GatewayAccount, what: str, fields: Mapping[str, Any]) -> str:
        return sign(
            what, fields, access_key=account.settings["access_key"], secret=account.secrets["secret_key"]
        )

    def _asked(self, account: GatewayAccount, what: str, fields: dict[str, Any]) -> Asked:
        fields["signature"] = self._sign(account, what, fields)
        return Asked(
            f"{account.address}/v2/gateway/api/{what}", json.dumps(fields, ensure_ascii=False).encode()
        )

    def create(self, account: GatewayAccount, order: Order) -> Asked:
        return self._asked(account, "create", {
            "partnerCode": account.settings["partner_code"], "requestId": order.ref, "amount": order.amount_vnd,
            "orderId": order.ref, "orderInfo": f"Thanh toán {order.payment_code}", "redirectUrl": order.return_url,
            "ipnUrl": order.callback_url, "requestType": "captureWallet", "extraData": "", "lang": "vi",
            "autoCapture": True,
        })  # fmt: skip

    def read_created(self, account: GatewayAccount, order: Order, body: bytes) -> Created:
        told = signing.read_object(body)
        code = signing.plain(told.get("resultCode"))
        said = codes.said(self.code, "create", code)
        pay_url = told.get("payUrl")
        is_sent = said is Said.WAITING and isinstance(pay_url, str) and bool(pay_url)
        if said is Said.WAITING and not is_sent:
            said = Said.UNKNOWN
        return Created(Heard(said, code), str(pay_url) if is_sent else "")

    def query(
        self, account: GatewayAccount, ref: str, created_at: datetime, *, request_id: str, at: datetime
    ) -> Asked:
        partner = account.settings["partner_code"]
        return self._asked(
            account, "query", {"partnerCode": partner, "requestId": request_id, "orderId": ref, "lang": "vi"}
        )

    def read_queried(self, account: GatewayAccount, ref: str, body: bytes) -> Heard:
        """Answers to questions are not signed by MoMo: they come over the connection that we opened."""
        told = signing.read_object(body)
        code = signing.plain(told.get("resultCode"))
        said = codes.said(self.code, "result", code)
        is_of_order = said in (Said.NO_NEWS, Said.NOT_FOUND) or told.get("orderId") == ref
        if not is_of_order:
            raise NotGenuine("another-order")
        return _heard(said, code, told)

    def read_call(self, account: GatewayAccount, query: str, body: bytes) -> Called:
        told = signing.read_object(body)
        signing.require_same(told.get("signature"), self._sign(account, "ipn", told))
        if told.get("partnerCode") != account.settings["partner_code"]:
            raise NotGenuine("another-account")
        code = signing.plain(told.get("resultCode"))
        return Called(
            signing.plain(told.get("orderId")), _heard(codes.said(self.code, "result", code), code, told)
        )

    def answer(self, outcome: str) -> Answer:
        """204 is the only good answer, also for a copy; with anything else MoMo comes again, or shows it to its people."""
        status = {
            contract.TAKEN: 204, contract.REPEATED: 204, contract.OTHER_AMOUNT: 204, contract.NO_ORDER: 404,
            contract.NOT_SIGNED: 401, contract.TROUBLE: 503,
        }[outcome]  # fmt: skip
        return Answer(status)

    def read_return(self, account: GatewayAccount, query: str) -> Returned:
        told = signing.read_once(query)
        signing.require_same(told.get("signature"), self._sign(account, "ipn", told))
        return Returned(told.get("orderId", ""), told.get("resultCode", ""))

    def refund(self, account: GatewayAccount, refund: Refunding, *, at: datetime) -> Asked:
        return self._asked(account, "refund", {
            "partnerCode": account.settings["partner_code"], "orderId": refund.ref, "requestId": refund.ref,
            "amount": refund.amount_vnd, "transId": signing.whole(refund.provider_txn_id) or refund.provider_txn_id,
            "lang": "vi", "description": f"Hoan {refund.payment_ref}",
        })  # fmt: skip

    def read_refunded(self, account: GatewayAccount, refund: Refunding, body: bytes) -> tuple[str, str]:
        code = signing.plain(signing.read_object(body).get("resultCode"))
        return codes.meaning(self.code, "refund", code), code


def _heard(said: Said, code: str, told: Mapping[str, Any]) -> Heard:
    number = signing.plain(told.get("transId"))
    return Heard(
        said, code, signing.whole(told.get("amount")), number if number.strip("0") else "", _paid_at(told)
    )


def _paid_at(told: Mapping[str, Any]) -> datetime | None:
    milliseconds = signing.whole(told.get("responseTime"))
    if not milliseconds or not 0 < milliseconds < 10**14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
