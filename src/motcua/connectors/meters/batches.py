"""A batch as it came over the wire: which rows can be read, and what is wrong with each of the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from motcua.kernel import codes
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.results import Refused, gettext_noop
from motcua.supply import rules

MOST_ROWS = 200_000
ANY_DIGITS = 9
REGISTERS = frozenset({"KT", "BT", "CD", "TD", "VC"})
KINDS = {"PERIODIC": False, "RECHECK": True}
KNOWN = frozenset({"id", "meter", "account", "register", "at", "value"})

_ID = re.compile(r"^[A-Za-z0-9._:/-]{1,64}\Z")
_SERIAL = re.compile(r"^[A-Za-z0-9./-]{1,24}\Z")


class BatchMalformed(Refused):
    """The whole cannot be read; `field` says which part of it."""

    code = "MALFORMED"
    message = gettext_noop("Nội dung gửi chưa đúng dạng.")


class BatchTooLong(Refused):
    code = "TOO_MANY_ROWS"
    message = gettext_noop("Mỗi lần gửi không quá 200.000 chỉ số.")


@dataclass(frozen=True)
class Row:
    """A reading that can be read; `n` is its place in the batch, from 0."""

    n: int
    own_id: str
    serial: str
    account_code: str
    register: str
    read_at: datetime
    value: Decimal


@dataclass(frozen=True)
class Fault:
    """Why a reading is not taken: a code, and the name of what is wrong where one field is."""

    code: str
    field: str = ""


@dataclass
class Batch:
    """What a call says. `ids` are the callers' own, of every row, as far as they can be read; faults by place."""

    own_id: str
    is_recheck: bool
    wants_all: bool
    ids: list[str]
    rows: list[Row] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    content_sha256: str = ""


def read(body: bytes) -> Batch:
    """The batch. Refuses BatchMalformed and BatchTooLong; a row that cannot be read does not refuse the others."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BatchMalformed(field="body") from None
    if not isinstance(told, dict):
        raise BatchMalformed(field="body")
    own_id, sent = told.get("batch_id"), told.get("readings")
    kind, answer = told.get("kind", "PERIODIC"), told.get("answer", "ALL")
    if not isinstance(own_id, str) or not _ID.match(own_id):
        raise BatchMalformed(field="batch_id")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BatchMalformed(field="kind")
    if answer not in ("ALL", "FAULTS"):
        raise BatchMalformed(field="answer")
    if unknown := sorted(told.keys() - {"batch_id", "readings", "kind", "answer"}):
        raise BatchMalformed(field=unknown[0][:64])
    if not isinstance(sent, list) or not sent:
        raise BatchMalformed(field="readings")
    if len(sent) > MOST_ROWS:
        raise BatchTooLong(field="readings")
    batch = Batch(own_id, KINDS[kind], answer == "ALL", [])
    for n, one in enumerate(sent):
        batch.ids.append(_own_id(one))
        found = _row(n, one)
        if isinstance(found, Row):
            batch.rows.append(found)
        else:
            batch.faults[n] = found
    batch.content_sha256 = _content(kind, sent)
    return batch


def _content(kind: str, sent: Sequence[Any]) -> str:
    """The same rows in another order are the same content."""
    lines = sorted(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in sent)
    return sha256_hex(b"\n".join([kind.encode(), *lines]))


def _own_id(one: Any) -> str:
    told = one.get("id") if isinstance(one, dict) else None
    return told if isinstance(told, str) and _ID.match(told) else ""


def _row(n: int, one: Any) -> Row | Fault:
    if not isinstance(one, dict):
        return Fault("ROW_MALFORMED")
    own_id = _own_id(one)
    if not own_id:
        return Fault("ID_WRONG", "id")
    for name in _unknown(one):
        return Fault("FIELD_UNKNOWN", name[:64])
    serial, account = one.get("meter", ""), one.get("account", "")
    if not isinstance(serial, str) or (serial and not _SERIAL.match(serial)):
        return Fault("METER_WRONG", "meter")
    account_code = codes.clean_account_code(account) if isinstance(account, str) else ""
    if account and (not account_code or len(account_code) > 13):
        return Fault("ACCOUNT_WRONG", "account")
    if bool(serial) == bool(account_code):  # one of the two names the meter, and both might differ
        return Fault("METER_MISSING" if not serial else "METER_TWICE", "meter")
    register = one.get("register")
    if not isinstance(register, str) or register not in REGISTERS:
        return Fault("REGISTER_UNKNOWN", "register")
    read_at = _instant(one.get("at"))
    if read_at is None:
        return Fault("TIME_WRONG", "at")
    value, reason = rules.reading_value(one.get("value"), ANY_DIGITS)
    if value is None:
        return Fault(reason, "value")
    return Row(n, own_id, serial.upper(), account_code, register, read_at, value)


def _unknown(one: Mapping[str, Any]) -> Iterator[str]:
    if not one.keys() <= KNOWN:
        yield from sorted(one.keys() - KNOWN)


def _instant(told: Any) -> datetime | None:
    """ISO 8601 with a zone; a time without one could be seven hours off."""
    if not isinstance(told, str):
        return None
    try:
        at = datetime.fromisoformat(told)
        return at if at.tzinfo is not None and at.utcoffset() is not None and 2000 <= at.year < 2200 else None
    except ValueError:
        return None
