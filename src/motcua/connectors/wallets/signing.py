"""What the providers' signatures have in common: HMAC in hexadecimal, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from typing import Any
from urllib.parse import parse_qsl

from motcua.connectors.wallets.contract import NotGenuine, Unreadable


def hmac_hex(algorithm: str, secret: str, text: str | bytes) -> str:
    """HMAC of the text as UTF-8, in small hexadecimal letters. `algorithm`: sha256 or sha512."""
    data = text.encode() if isinstance(text, str) else text
    return hmac.new(secret.encode(), data, getattr(hashlib, algorithm)).hexdigest()


def require_same(given: Any, right: str) -> None:
    """Raises NotGenuine, for a signature that is missing as for one that is wrong."""
    if not isinstance(given, str) or not given:
        raise NotGenuine("signature-missing")
    if not hmac.compare_digest(given.strip().lower().encode(), right.encode()):
        raise NotGenuine("signature-wrong")


def read_once(query: str) -> dict[str, str]:
    """The fields of a query string, each said once. Raises NotGenuine for a doubled one: nobody signs that."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=60, errors="strict")
    except ValueError:
        raise NotGenuine("query-unreadable") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotGenuine("field-doubled")
    return fields


def read_object(body: bytes | str) -> dict[str, Any]:
    """An object of JSON, each name said once, whole numbers kept whole. Raises Unreadable."""
    try:
        found = json.loads(body, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unreadable("no JSON object") from None
    if not isinstance(found, dict):
        raise Unreadable("no JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name is said twice")
    return fields


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def plain(value: Any) -> str:
    """A value as it stands in a text to be signed: nothing for null, digits for whole numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def whole(value: Any) -> int | None:
    """An amount: a whole number, or its digits; None for everything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() and abs(value) < 2**53 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    return None
