"""SePay: one movement a call, signed over time and body, or with an API key. Source: developer.sepay.vn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from motcua.connectors.banks.credit_shapes import Credit, Ignored, amount, moment, text
from motcua.connectors.wallets import signing
from motcua.connectors.wallets.contract import NotGenuine
from motcua.payments.operations.gateways import GatewayAccount

STAMP, SIGNATURE, KEY = "x-sepay-timestamp", "x-sepay-signature", "authorization"
WINDOW = timedelta(minutes=5)
_PREFIX = "sha256="


def sign(stamp: str, body: bytes, secret: str) -> str:
    return _PREFIX + signing.hmac_hex("sha256", secret, stamp.encode() + b"." + body)


class Sepay:
    code, name = "SEPAY", "SePay"
    public_fields, secret_fields = ("accounts",), ("webhook_secret", "api_key")

    def check(self, account: GatewayAccount, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """Signed within five minutes; an account without a secret to sign with goes by its API key. Raises NotGenuine."""
        secret, key = account.secrets.get("webhook_secret", ""), account.secrets.get("api_key", "")
        if secret:
            stamp = headers.get(STAMP, "")
            if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
                raise NotGenuine("time-missing")
            signing.require_same(headers.get(SIGNATURE), sign(stamp, body, secret))
            if abs(at - datetime.fromtimestamp(int(stamp), tz=UTC)) > WINDOW:
                raise NotGenuine("too-old")
        elif key:
            signing.require_same(headers.get(KEY), f"apikey {key}".lower())
        else:
            raise NotGenuine("no-secret")

    def read(self, body: bytes) -> list[Credit | Ignored]:
        """The webhook's shape, or that of the bank hub. Raises Unreadable."""
        told = signing.read_object(body)
        if "transaction_id" in told:
            return [_of_hub(told)]
        external_id, sum_vnd = text(told, "id", needed=True), amount(told, "transferAmount")
        if text(told, "transferType") != "in" or sum_vnd <= 0:
            return [Ignored(external_id, "MONEY_OUT")]
        said = " ".join(part for part in (text(told, "content"), text(told, "code")) if part)
        return [
            Credit(
                external_id, sum_vnd, said or text(told, "description"), moment(told, "transactionDate"),
                text(told, "accountNumber"), text(told, "referenceCode"), text(told, "subAccount"),
            )
        ]  # fmt: skip


def _of_hub(told: Mapping[str, object]) -> Credit | Ignored:
    external_id, sum_vnd = text(told, "transaction_id", needed=True), amount(told, "amount")
    if text(told, "transfer_type") != "credit" or sum_vnd <= 0:
        return Ignored(external_id, "MONEY_OUT")
    said = " ".join(part for part in (text(told, "content"), text(told, "payment_code")) if part)
    return Credit(
        external_id, sum_vnd, said, moment(told, "transaction_date"), text(told, "account_number"),
        text(told, "reference_code"), text(told, "va"),
    )  # fmt: skip
