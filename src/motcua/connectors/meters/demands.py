"""Highest demands told by a head-end: each row is taken by itself, or told why not. Nothing that is owed changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from motcua.billing import operations as billing_ops
from motcua.billing import queries
from motcua.connectors.meters.batches import BatchMalformed, BatchTooLong, Fault
from motcua.connectors.meters.head_ends import HeadEndView
from motcua.kernel import codes
from motcua.kernel.results import Refused, gettext_noop

MOST_ROWS = 1_000
KNOWN = frozenset({"account", "month", "period", "kw", "sure"})
OK = Fault("OK")

_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])\Z")
_KW = re.compile(r"^\d{1,7}(\.\d{1,2})?\Z")


class TooManyDemands(BatchTooLong):
    message = gettext_noop("Mỗi lần gửi không quá 1.000 dòng.")


@dataclass(frozen=True)
class Demand:
    """The highest demand of a billed period, in hundredths of a kilowatt."""

    account_code: str
    month: date
    period: int
    kw_hundredths: int
    is_sure: bool


def read(body: bytes) -> list[Demand | Fault]:
    """The rows as far as they can be read. Refuses BatchMalformed, TooManyDemands."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BatchMalformed(field="body") from None
    if not isinstance(told, dict):
        raise BatchMalformed(field="body")
    sent = told.get("demands")
    if not isinstance(sent, list) or not sent:
        raise BatchMalformed(field="demands")
    if unknown := sorted(told.keys() - {"demands"}):
        raise BatchMalformed(field=unknown[0][:64])
    if len(sent) > MOST_ROWS:
        raise TooManyDemands(field="demands")
    return [_row(one) for one in sent]


def take(here: HeadEndView, rows: list[Demand | Fault], *, at: datetime) -> list[Fault]:
    """What became of each, in their order; `OK` is taken. The same demand again changes nothing."""
    units = frozenset(here.unit_codes)
    return [row if isinstance(row, Fault) else _take(here, row, units, at) for row in rows]


def _take(here: HeadEndView, row: Demand, units: frozenset[str], at: datetime) -> Fault:
    bill = queries.find_standing(row.account_code, row.month, row.period)
    if bill is None or bill.unit_code not in units:
        return Fault("NO_BILL", "account")
    try:
        billing_ops.tell_demand(
            bill_id=bill.id, kw_hundredths=row.kw_hundredths, source=here.name, actor=here.actor, at=at, is_sure=row.is_sure
        )  # fmt: skip
    except Refused as refusal:
        return Fault(refusal.code, "kw" if refusal.field == "kw" else "")
    return OK


def _row(one: Any) -> Demand | Fault:
    if not isinstance(one, dict):
        return Fault("ROW_MALFORMED")
    if unknown := sorted(one.keys() - KNOWN):
        return Fault("FIELD_UNKNOWN", unknown[0][:64])
    account = one.get("account")
    account_code = codes.clean_account_code(account) if isinstance(account, str) else ""
    if not account_code or len(account_code) > 13:
        return Fault("ACCOUNT_WRONG", "account")
    return _figures(account_code, one)


def _figures(account_code: str, one: Mapping[str, Any]) -> Demand | Fault:
    month = _MONTH.match(one["month"]) if isinstance(one.get("month"), str) else None
    if month is None:
        return Fault("MONTH_WRONG", "month")
    period, sure = one.get("period", 1), one.get("sure", False)
    if not isinstance(period, int) or isinstance(period, bool) or period not in (1, 2, 3):
        return Fault("PERIOD_WRONG", "period")
    kw = str(one.get("kw"))
    if not _KW.match(kw) or isinstance(one.get("kw"), bool) or not Decimal(kw):
        return Fault("KW_WRONG", "kw")
    if not isinstance(sure, bool):
        return Fault("SURE_WRONG", "sure")
    return Demand(account_code, date(int(month[1]), int(month[2]), 1), period, int(Decimal(kw) * 100), sure)
