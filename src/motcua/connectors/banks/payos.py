"""payOS: a payment link was paid by transfer. The signature stands in the body, over `data` by its names.

It carries no time: a repeat is known by the bank's reference alone. Source: PyPI payos 1.1.0 (MIT).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from motcua.connectors.banks.credit_shapes import Credit, Ignored, amount, moment, text
from motcua.connectors.wallets import signing
from motcua.connectors.wallets.contract import NotGenuine, Unreadable
from motcua.payments.operations.gateways import GatewayAccount

GOOD = "00"


def sign(data: Mapping[str, Any], key: str) -> str:
    """Over `name=value` by name; nothing for null."""
    return signing.hmac_hex("sha256", key, "&".join(f"{name}={_value(data[name])}" for name in sorted(data)))


def _value(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return signing.plain(value)


class Payos:
    code, name = "PAYOS", "payOS"
    public_fields, secret_fields = ("accounts",), ("checksum_key",)

    def check(self, account: GatewayAccount, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """Raises NotGenuine, Unreadable."""
        key = account.secrets.get("checksum_key", "")
        if not key:
            raise NotGenuine("no-secret")
        told = signing.read_object(body)
        signing.require_same(told.get("signature"), sign(_data(told), key))

    def read(self, body: bytes) -> list[Credit | Ignored]:
        told = signing.read_object(body)
        data = _data(told)
        external_id = text(data, "reference", needed=True)
        if text(told, "code") != GOOD or text(data, "code") not in ("", GOOD):
            return [Ignored(external_id, "NOT_PAID")]
        sum_vnd = amount(data, "amount")
        if sum_vnd <= 0 or text(data, "currency") not in ("", "VND"):
            return [Ignored(external_id, "NO_DONG")]
        return [
            Credit(
                external_id, sum_vnd, text(data, "description"), moment(data, "transactionDateTime"),
                text(data, "accountNumber"), "", text(data, "virtualAccountNumber"),
            )
        ]  # fmt: skip


def _data(told: Mapping[str, Any]) -> Mapping[str, Any]:
    data = told.get("data")
    if not isinstance(data, dict):
        raise Unreadable("data is not there")
    return data
