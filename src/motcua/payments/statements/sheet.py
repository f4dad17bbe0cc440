"""A bank's CSV or Excel sheet, read by a mapping. Balances come from its labels, or from its running balance.

A row that cannot be read is a fault of its own, with its number; the others are read all the same.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import BinaryIO

from motcua.kernel import sheets, vietnamese
from motcua.payments.statements.mapping import SETTLEMENT, SheetMapping
from motcua.payments.statements.model import CURRENCY, Fault, Kind, Line, Statement, distinct_keys

_GROUPED = re.compile(r"^\d{1,3}(?:([., ])\d{3})(?:\1\d{3})*(?:[.,]0{1,2})?$", re.ASCII)
_PLAIN = re.compile(r"^\d+(?:[.,](\d{1,2}))?$", re.ASCII)
_UNIT = re.compile(r"(?i)\s*(vnđ|vnd|đồng|đ|₫)\.?$")
_DMY = re.compile(r"^(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4})(?!\d)", re.ASCII)
_YMD = re.compile(r"^(\d{4})[/\-.](\d{1,2})[/\-.](\d{1,2})(?!\d)", re.ASCII)

Cells = dict[str, str]


class SheetRefused(Exception):
    """No mapping knows this sheet, or it cannot be read. `code`: UNKNOWN_COLUMNS or one of `sheets`."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code, self.about = code, about


@dataclass(frozen=True)
class Table:
    """A sheet whose columns a mapping knows: which column stands where, what stands around the table, what is in it."""

    mapping: SheetMapping
    position: Mapping[str, int]
    around: Sequence[sheets.Row]
    rows: Sequence[sheets.Row]

    def told(self, cells: Sequence[str]) -> Cells:
        return {name: cells[at].strip() for name, at in self.position.items() if at < len(cells)}

    def is_label(self, cells: Sequence[str]) -> bool:
        return any(self.mapping.label_of(cell.partition(":")[0]) for cell in cells)

    def labels(self) -> Iterator[tuple[int, str, str]]:
        """What stands above and below the table: the row, which label it is, what it says."""
        for number, cells, _wrong in self.around:
            for at, cell in enumerate(cells):
                if not cell.strip():
                    continue
                said, colon, value = cell.partition(":")
                label = self.mapping.label_of(said)
                behind = next((c.strip() for c in cells[at + 1 :] if c.strip()), "")
                value = value.strip() if colon and value.strip() else behind
                if label and value:
                    yield number, label, value
                    break


def open_table(file: BinaryIO, mappings: Sequence[SheetMapping]) -> Table:
    """The sheet by the mapping that knows most of its columns. Raises SheetRefused."""
    try:
        rows = list(sheets.read_all_rows(file, lambda cells: max(one.known(cells) for one in mappings)))
    except sheets.SheetUnreadable as error:
        raise SheetRefused(error.code, error.about) from None
    head = rows[: sheets.HEADER_WITHIN]
    scored = [
        (mapping.known(cells), -place, -turn)
        for turn, mapping in enumerate(mappings)
        for place, (_number, cells, _wrong) in enumerate(head)
    ]
    best = max(scored, default=(0, 0, 0))
    mapping, place = mappings[-best[2]], -best[1]
    position = (
        {mapping.column_of(cell): at for at, cell in reversed(list(enumerate(rows[place][1])))}
        if rows
        else {}
    )
    position.pop("", None)
    needs = {"booked_on", "reference", "amount"} if mapping.kind == SETTLEMENT else {"booked_on"}
    if not needs <= position.keys() or not {"amount", "credit", "debit"} & position.keys():
        raise SheetRefused("UNKNOWN_COLUMNS", ", ".join(rows[place][1])[:120] if rows else "")
    return Table(mapping, position, [*rows[:place], *rows[place + 1 :]], rows[place + 1 :])


def statement_of(table: Table, name: str) -> Statement:
    """The one statement of a bank's sheet."""
    made = Statement(
        Kind.STATEMENT, f"SHEET {table.mapping.code}", currency=CURRENCY, bank=table.mapping.bank
    )
    _labels(made, table)
    balances = _rows(made, table)
    _close(made, balances)
    made.id = made.id or PurePath(name).stem[:60]
    distinct_keys(made)
    return made


def amount_in(text: str) -> Decimal | str:
    """Whole dong as a sheet writes them: points, commas or spaces part thousands, minus goes first. Or why it is none."""
    bare = _UNIT.sub("", text.strip().replace("\u00a0", " "))
    is_minus = bare.startswith("-") or (bare.startswith("(") and bare.endswith(")"))
    bare = bare.strip("-+() ")
    if _GROUPED.match(bare):
        whole = re.sub(r"[., ]", "", re.sub(r"[.,]0{1,2}$", "", bare))
    elif plain := _PLAIN.match(bare):
        if plain[1] and plain[1].strip("0"):
            return "FRACTION_OF_DONG"
        whole = re.split(r"[.,]", bare)[0]
    else:
        return "AMOUNT_UNREADABLE"
    if len(whole) > 15:
        return "AMOUNT_UNREADABLE"
    return -Decimal(whole) if is_minus else Decimal(whole)


def day_in(text: str) -> date | None:
    """5/10/2025, 05-10-2025 and 2025-10-05; a time behind it does not matter."""
    bare = text.strip()
    if found := _DMY.match(bare):
        parts = (found[3], found[2], found[1])
    elif found := _YMD.match(bare):
        parts = (found[1], found[2], found[3])
    else:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def _labels(made: Statement, table: Table) -> None:
    """The account, the balances, the number."""
    for number, label, value in table.labels():
        if label in {"opening", "closing"}:
            amount = amount_in(value)
            if isinstance(amount, str):
                made.faults.append(Fault(amount, f"line {number}", value[:40]))
            else:
                setattr(made, label, amount)
        elif label == "account" and not made.account:
            made.account = re.split(r"[^0-9A-Za-z]", value)[0][:40]
        elif label == "id" and not made.id:
            made.id = value[:60]
        elif label == "sequence" and value.isascii() and value.isdigit():
            made.sequence = int(value)


def _rows(made: Statement, table: Table) -> list[tuple[Decimal, Decimal]]:
    """The table; gives the running balance behind each line with what moved, as far as the sheet tells it."""
    balances: list[tuple[Decimal, Decimal]] = []
    for number, cells, wrong in table.rows:
        if wrong:
            made.faults.append(Fault(wrong, f"line {number}"))
            continue
        told = table.told(cells)
        if table.is_label(cells) or not _is_entry(told):
            continue
        made.entries += 1
        line = _line(made, table.mapping, told, number)
        if line is None:
            continue
        made.lines.append(line)
        if told.get("balance"):
            balance = amount_in(told["balance"])
            if isinstance(balance, Decimal):
                balances.append((balance, line.signed))
    return balances


def _is_entry(told: Cells) -> bool:
    """A row of the table has a day or an amount; sums at its foot have no day and no reference."""
    if told.get("booked_on"):
        return True
    return bool(told.get("reference")) and any(told.get(name) for name in ("amount", "credit", "debit"))


def _line(made: Statement, mapping: SheetMapping, told: Cells, number: int) -> Line | None:
    place = f"line {number}"
    booked_on = day_in(told.get("booked_on", ""))
    if booked_on is None:
        made.faults.append(Fault("DAY_UNREADABLE", place, told.get("booked_on", "")[:20]))
        return None
    signed = _signed(mapping, told)
    if isinstance(signed, str):
        made.faults.append(
            Fault(
                signed, place, " ".join(told.get(n, "") for n in ("amount", "credit", "debit")).strip()[:40]
            )
        )
        return None
    text = " ".join(told.get("text", "").split())
    key = vietnamese.search_key(text)
    return Line(
        entry=made.entries,
        detail=0,
        key="",
        reference=told.get("reference", "")[:60],
        txn_id="",
        amount=abs(signed),
        is_credit=signed > 0,
        is_reversal=False,
        booked_on=booked_on,
        value_on=day_in(told.get("value_on", "")),
        text=text,
        payer_name=told.get("payer_name", "")[:140],
        payer_account=told.get("payer_account", "")[:40],
        is_fee=signed < 0 and any(key == word or key.startswith(f"{word} ") for word in mapping.fee_words),
    )


def _signed(mapping: SheetMapping, told: Cells) -> Decimal | str:
    """What came in above 0, what went out below; or why it cannot be told."""
    sides = {
        name: told[name] for name in ("credit", "debit") if told.get(name) and told[name] not in {"-", "0"}
    }
    if sides:
        found = {name: amount_in(text) for name, text in sides.items()}
        if wrong := next((value for value in found.values() if isinstance(value, str)), ""):
            return wrong
        filled = {name: value for name, value in found.items() if isinstance(value, Decimal) and value}
        if len(filled) != 1:
            return "AMOUNT_TWICE" if filled else "AMOUNT_UNREADABLE"
        name, value = next(iter(filled.items()))
        return abs(value) if name == "credit" else -abs(value)
    amount = amount_in(told.get("amount", ""))
    if isinstance(amount, str):
        return amount
    if not amount:
        return "AMOUNT_UNREADABLE"
    sign = vietnamese.search_key(told.get("sign", ""))
    if sign in mapping.debit_words:
        return -abs(amount)
    if sign and sign not in mapping.credit_words:
        return "SIGN_MISSING"
    return amount


def _close(made: Statement, balances: list[tuple[Decimal, Decimal]]) -> None:
    """The running balance must run; it also opens and closes a sheet that says neither."""
    days = [line.booked_on for line in made.lines if line.booked_on]
    made.from_date, made.to_date = min(days, default=None), max(days, default=None)
    if not balances or len(balances) != len(made.lines):
        return
    newest_first = len(balances) > 1 and all(
        before[0] - before[1] == behind[0] for before, behind in itertools.pairwise(balances)
    )
    run = balances[::-1] if newest_first else balances
    for at, (before, behind) in enumerate(itertools.pairwise(run)):
        if before[0] + behind[1] != behind[0]:
            made.faults.append(
                Fault("RUNNING_BALANCE", f"row {at + 2}", f"{before[0]} {behind[1]} {behind[0]}")
            )
            break
    if made.opening is None:
        made.opening = run[0][0] - run[0][1]
    if made.closing is None:
        made.closing = run[-1][0]
