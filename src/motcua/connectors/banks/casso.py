"""Casso, version 2 (one credit a call, signed) and version 1 (many, a shared token).

The signed text is the time, a dot and the whole body as compact JSON with sorted names, letters as they are: whoever
escapes them refuses every Vietnamese message. Source: CassoHQ/casso-webhook-v2-verify-signature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from motcua.connectors.banks.credit_shapes import Credit, Ignored, amount, moment, text
from motcua.connectors.wallets import signing
from motcua.connectors.wallets.contract import NotGenuine, Unreadable
from motcua.payments.operations.gateways import GatewayAccount

SIGNATURE, TOKEN = "x-casso-signature", "secure-token"
WINDOW = timedelta(minutes=5)
_SIGNATURE = re.compile(r"^t=(\d{10,14}),v1=([0-9a-fA-F]{128})\Z")


def sign(stamp: str, body: bytes, key: str) -> str:
    """The signature of version 2. Raises Unreadable."""
    told = signing.read_object(body)
    compact = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return signing.hmac_hex("sha512", key, f"{stamp}.{compact}")


class Casso:
    code, name = "CASSO", "Casso"
    public_fields, secret_fields = ("accounts",), ("webhook_key", "secure_token")

    def check(self, account: GatewayAccount, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """By its version: a signature within five minutes, or the token. Raises NotGenuine, Unreadable."""
        key, token = account.secrets.get("webhook_key", ""), account.secrets.get("secure_token", "")
        if SIGNATURE in headers and key:
            found = _SIGNATURE.match(headers[SIGNATURE].replace(" ", ""))
            if not found:
                raise NotGenuine("signature-form")
            signing.require_same(found[2], sign(found[1], body, key))
            if abs(at - datetime.fromtimestamp(int(found[1]) / 1000, tz=UTC)) > WINDOW:
                raise NotGenuine("too-old")
        elif TOKEN in headers and token:
            signing.require_same(headers[TOKEN].lower(), token.lower())
        else:
            raise NotGenuine("signature-missing")

    def read(self, body: bytes) -> list[Credit | Ignored]:
        told = signing.read_object(body)
        data = told.get("data")
        given = data if isinstance(data, list) else [data]
        rows = [row for row in given if isinstance(row, dict)]
        if len(rows) != len(given):
            raise Unreadable("data is not there")
        return [_first(row) if isinstance(data, list) else _second(row) for row in rows]


def _second(row: Mapping[str, object]) -> Credit | Ignored:
    external_id, sum_vnd = text(row, "id", needed=True), amount(row, "amount")
    if external_id == "0" or sum_vnd <= 0:
        return Ignored(external_id, "TEST" if external_id == "0" else "MONEY_OUT")
    return Credit(
        external_id, sum_vnd, text(row, "description"), moment(row, "transactionDateTime"), text(row, "accountNumber"),
        text(row, "reference"), text(row, "virtualAccountNumber"),
    )  # fmt: skip


def _first(row: Mapping[str, object]) -> Credit | Ignored:
    external_id, sum_vnd = text(row, "id", needed=True), amount(row, "amount")
    if sum_vnd <= 0:
        return Ignored(external_id, "MONEY_OUT")
    return Credit(
        external_id, sum_vnd, text(row, "description"), moment(row, "when"),
        text(row, "bank_sub_acc_id") or text(row, "subAccId"), text(row, "tid"), text(row, "virtualAccount"),
    )  # fmt: skip
