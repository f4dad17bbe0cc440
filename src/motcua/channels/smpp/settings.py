"""How a company's SMPP line is set up, read from the account of the channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from motcua.channels.accounts import Account

HTTP, SMPP = "HTTP", "SMPP"
TRANSCEIVER, PAIR = "TRANSCEIVER", "PAIR"
UDH, SAR, PAYLOAD = "UDH", "SAR", "PAYLOAD"
PLAIN, TLS = "PLAIN", "TLS"
AS_IT_IS, HEX_THEN_DECIMAL = "AS_IT_IS", "HEX_THEN_DECIMAL"

DEFAULTS: dict[str, Any] = {
    "way": HTTP, "host": "", "port": 2775, "security": PLAIN, "system_id": "", "system_type": "", "bind": TRANSCEIVER,
    "window": 10, "per_second": 20, "long_messages": UDH, "enquire_seconds": 30, "answer_seconds": 10, "receipt_ids": AS_IT_IS,
    "number": "", "advertising_name": "", "marks": False,
}  # fmt: skip
_BRAND = re.compile(r"^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 ._-]{1,9}[A-Za-z0-9]$")


@dataclass(frozen=True)
class Line:
    """Everything about a company's line; the password stands in no log."""

    host: str
    port: int
    security: str
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    bind: str = TRANSCEIVER
    window: int = 10
    per_second: int = 20
    long_messages: str = UDH
    enquire_seconds: float = 30.0
    answer_seconds: float = 10.0
    receipt_ids: str = AS_IT_IS
    brand: str = ""
    advertising_brand: str = ""
    number: str = ""


def is_smpp(account: Account | None) -> bool:
    return account is not None and account.settings.get("way", HTTP) == SMPP


def line_of(account: Account) -> Line:
    told = {**DEFAULTS, **account.settings}
    return Line(
        host=str(told["host"]), port=int(told["port"]), security=str(told["security"]), system_id=str(told["system_id"]),
        password=account.keys.get("password", ""), system_type=str(told["system_type"]), bind=str(told["bind"]),
        window=max(1, int(told["window"])), per_second=max(1, int(told["per_second"])),
        long_messages=str(told["long_messages"]), enquire_seconds=float(told["enquire_seconds"]),
        answer_seconds=float(told["answer_seconds"]), receipt_ids=str(told["receipt_ids"]), brand=account.sender_name,
        advertising_brand=str(told["advertising_name"]), number=str(told["number"]),
    )  # fmt: skip


def is_brand(name: str) -> bool:
    """A sender's name as carriers register it: 3 to 11 signs, a letter among them."""
    return bool(_BRAND.match(name))
