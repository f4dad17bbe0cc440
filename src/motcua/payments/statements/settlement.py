"""A wallet's or gateway's sheet of the payments of a day that it hands over: each with its fee, refunds taken off.

Which columns it has is data (`settlements.json`, or a mapping of the company): no provider publishes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import NamedTuple

from motcua.kernel import hashing, vietnamese
from motcua.payments.statements.model import Fault
from motcua.payments.statements.sheet import Cells, Table, amount_in, day_in

_TOTALS = {"total": "amount_vnd", "fee_total": "fee_vnd", "net_total": "net_vnd"}


class SettledRow(NamedTuple):
    """One payment, or one refund, in whole dong above 0; the provider's id of it and ours. The fee is kept back of both."""

    place: int
    txn_id: str
    own_ref: str
    is_refund: bool
    amount_vnd: int
    fee_vnd: int
    paid_on: date


@dataclass
class Settlement:
    """What a provider says it hands over in one sum: `net_vnd` is payments less refunds less fees."""

    gateway: str
    format: str
    id: str = ""
    rows: list[SettledRow] = field(default_factory=list)
    not_done: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def amount_vnd(self) -> int:
        return sum(-row.amount_vnd if row.is_refund else row.amount_vnd for row in self.rows)

    @property
    def fee_vnd(self) -> int:
        return sum(row.fee_vnd for row in self.rows)

    @property
    def net_vnd(self) -> int:
        return self.amount_vnd - self.fee_vnd

    @property
    def from_date(self) -> date | None:
        return min((row.paid_on for row in self.rows), default=None)

    @property
    def to_date(self) -> date | None:
        return max((row.paid_on for row in self.rows), default=None)

    @property
    def content_sha256(self) -> str:
        """Changes whenever anything it says of a payment changes, whatever the file looks like."""
        return hashing.fingerprint([[self.gateway], *([str(value) for value in row] for row in self.rows)])


def settlement_of(table: Table, name: str) -> Settlement:
    """The settlement of a sheet. A row that cannot be read, a sum that is none, an id told twice are faults."""
    made = Settlement(table.mapping.bank, f"SHEET {table.mapping.code}")
    told: dict[str, int] = {}
    for number, label, value in table.labels():
        amount = amount_in(value) if label in _TOTALS else None
        if label == "id":
            made.id = made.id or value[:60]
        elif isinstance(amount, Decimal):
            told[label] = int(amount)
        else:
            made.faults.append(Fault("AMOUNT_UNREADABLE", f"line {number}", value[:40]))
    seen: set[tuple[str, bool]] = set()
    for number, cells, wrong in table.rows:
        if wrong:
            made.faults.append(Fault(wrong, f"line {number}"))
        elif not table.is_label(cells) and (row := _row(made, table, table.told(cells), f"line {number}")):
            if (row.txn_id, row.is_refund) in seen:
                made.faults.append(Fault("LINE_TWICE", f"line {number}", row.txn_id[:40]))
            seen.add((row.txn_id, row.is_refund))
            made.rows.append(row)
    made.id = made.id or PurePath(name).stem[:60]
    for label, total in told.items():
        if (found := getattr(made, _TOTALS[label])) != total:
            made.faults.append(Fault("TOTAL_DIFFERS", label, f"{found} / {total}"))
    if not made.rows and not made.faults:
        made.faults.append(Fault("NO_STATEMENT"))
    return made


def _row(made: Settlement, table: Table, told: Cells, place: str) -> SettledRow | None:
    """A payment or refund; None, with its fault when it is one."""
    if not told.get("reference") and not told.get("booked_on"):
        return None  # a sum at the foot, or an empty line
    done = table.mapping.done_words
    if done and "status" in told and vietnamese.search_key(told["status"]) not in done:
        made.not_done += 1
        return None
    paid_on = day_in(told.get("booked_on", ""))
    amounts = [_whole(told.get(name, "")) for name in ("amount", "fee", "net")]
    wrong = next((value for value in amounts if isinstance(value, str)), "")
    if paid_on is None or not told.get("reference") or wrong:
        code = "DAY_UNREADABLE" if paid_on is None else wrong or "REFERENCE_MISSING"
        made.faults.append(Fault(code, place, told.get("amount", "")[:40]))
        return None
    amount, fee, net = (int(value) for value in amounts)
    is_refund = amount < 0 or vietnamese.search_key(told.get("sign", "")) in table.mapping.debit_words
    sign = -1 if is_refund else 1
    kept = abs(fee)
    if told.get("net") and sign * (abs(amount) - abs(net)) != kept:
        kept = -kept  # a fee given back with the payment
    if not amount or (told.get("net") and sign * (abs(amount) - abs(net)) != kept):
        made.faults.append(Fault("ROW_DIFFERS", place, f"{sign * abs(amount)} - {fee} / {net}"))
        return None
    ref = told.get("own_ref", "")[:64]
    return SettledRow(len(made.rows) + 1, told["reference"][:64], ref, is_refund, abs(amount), kept, paid_on)


def _whole(text: str) -> Decimal | str:
    return amount_in(text) if text.strip("- ") else Decimal(0)
