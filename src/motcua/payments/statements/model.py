"""A statement as every reader gives it. Amounts are exact decimals of the account's currency; whole for VND."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from motcua.kernel import hashing

CURRENCY = "VND"
NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "NOTAVAILABLE", "NOTKNOWN", "0"})


class Kind(StrEnum):
    """What a statement may do: STATEMENT closes its day, INTRADAY and NOTICE never do."""

    STATEMENT = "STATEMENT"
    INTRADAY = "INTRADAY"
    NOTICE = "NOTICE"


class Fault(NamedTuple):
    """Something wrong: a stable code, where (a line or entry of the file), and what was found there."""

    code: str
    place: str = ""
    about: str = ""


class Line(NamedTuple):
    """One movement of money: an entry, or one of the details of an entry. `amount` is above 0."""

    entry: int
    detail: int  # 1.. within an entry that has several; 0: the entry itself
    key: str  # the bank's id of the transaction, made unlike its neighbours' where the bank used one twice
    reference: str
    txn_id: str
    amount: Decimal
    is_credit: bool
    is_reversal: bool
    booked_on: date | None
    value_on: date | None
    text: str
    payer_name: str = ""
    payer_account: str = ""
    end_to_end: str = ""
    bank_code: str = ""  # PMNT/RCDT/DMCT, NTRF ...
    is_fee: bool = False
    batch_of: int = 0  # how many payments one undivided entry stands for

    @property
    def signed(self) -> Decimal:
        return self.amount if self.is_credit else -self.amount


@dataclass
class Statement:
    """What a bank says of an account over a day or a part of it."""

    kind: Kind
    format: str
    id: str = ""
    sequence: int | None = None
    account: str = ""
    bank: str = ""
    currency: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    from_date: date | None = None
    to_date: date | None = None
    lines: list[Line] = field(default_factory=list)
    entries: int = 0
    not_booked: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def moved(self) -> Decimal:
        return sum((line.signed for line in self.lines), Decimal(0))

    @property
    def is_balanced(self) -> bool | None:
        """Opening and entries give closing; None when the bank did not say both balances."""
        if self.opening is None or self.closing is None:
            return None
        return self.opening + self.moved == self.closing

    @property
    def content_sha256(self) -> str:
        """Changes whenever anything the bank says in it changes, whatever the file looks like."""
        said = [
            [self.kind.value, self.account, self.currency, _text(self.opening), _text(self.closing)],
            *([*map(_text, line)] for line in self.lines),
        ]
        return hashing.fingerprint(said)


def _text(value: object) -> str:
    """A value as text; the amount 5.00 is the amount 5."""
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    return "" if value is None else str(value)


def amount_of(text: str, currency: str) -> Decimal | str:
    """An amount above or equal to nothing, written with a point; or why it is none.

    Whole dong may end in `.00`; a fraction of a dong is refused, never rounded.
    """
    bare = text.strip()
    whole, point, rest = bare.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (
        point and rest and not (rest.isascii() and rest.isdigit())
    ):
        return "AMOUNT_UNREADABLE"
    if len(whole) > 15 or len(rest) > 5:
        return "AMOUNT_UNREADABLE"
    if currency == CURRENCY and rest.strip("0"):
        return "FRACTION_OF_DONG"
    return Decimal(whole) if currency == CURRENCY or not rest else Decimal(f"{whole}.{rest}")


def is_reference(text: str) -> bool:
    return text.upper() not in NO_REFERENCE


def distinct_keys(statement: Statement) -> None:
    """Give every line a key: the bank's id of the transaction; the statement's id and place where there is none.

    An id that a bank used for two lines (a transfer and its fee) is told apart by its turn, so that the same
    transaction has the same key in the notice of noon and the statement of the evening.
    """
    used: dict[str, int] = {}
    several: dict[int, int] = {}
    for line in statement.lines:
        several[line.entry] = several.get(line.entry, 0) + 1
    for place, line in enumerate(statement.lines):
        own = _own_id(line, is_alone=several[line.entry] == 1)
        base = own or f"{statement.id}:{line.entry}:{line.detail}"
        turn = used[base] = used.get(base, 0) + 1
        statement.lines[place] = line._replace(key=base if turn == 1 else f"{base}#{turn}")


def _own_id(line: Line, *, is_alone: bool) -> str:
    """Of an entry by itself the bank's reference; of one of several details its own transaction id."""
    first, second = (line.reference, line.txn_id) if is_alone else (line.txn_id, "")
    if is_reference(first):
        return first
    if is_reference(second):
        return second
    return f"{line.reference}/{line.detail}" if not is_alone and is_reference(line.reference) else ""


def totals(statement: Statement) -> tuple[Decimal, Decimal]:
    """What came in and what went out."""
    came = sum((line.amount for line in statement.lines if line.is_credit), Decimal(0))
    return came, came - statement.moved
