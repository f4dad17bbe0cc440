"""MT940 and MT942, SWIFT's statements in lines of tags. A file may hold many messages; each begins with :20:.

Texts of payers are cut anywhere, so that a line of text may look like a tag (a time, ":30:15"): a tag counts only
where the message may have it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from motcua.payments.statements.model import Fault, Kind, Line, Statement, amount_of, distinct_keys

_TAG = re.compile(r"^:(20|21|25P?|28C?|13D|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS):")
_BALANCE = re.compile(r"^([CD])(\d{6})([A-Z]{3})([\d.,]+)", re.ASCII)
_ENTRY = re.compile(
    r"^(?P<value>\d{6})(?P<entry>\d{4})?(?P<sign>R?[CD]|E[CD])(?P<funds>[A-Z])?(?P<amount>\d[\d.,]*)"
    r"(?P<code>[A-Z][A-Z0-9]{3})(?P<reference>(?:(?!//).){0,35}?)(?://(?P<bank>.{0,35}))?$",
    re.ASCII,
)
_SUBFIELD = re.compile(r"\?(\d\d)")
_WRAP = 65
_FEES = {"NCHG", "FCHG", "NCOM", "FCOM"}


@dataclass
class _Message:
    fields: list[tuple[str, int, list[str]]] = field(default_factory=list)  # tag, line of the file, lines

    def has(self, start: str) -> bool:
        return any(tag.startswith(start) for tag, _line, _said in self.fields)


def looks_like(text: str) -> bool:
    """Whether a text is a SWIFT statement: its :20: comes before an account and a balance."""
    head = text[:4000]
    return bool(re.search(r"(?m)^:20:", head) and re.search(r"(?m)^:25P?:", head))


def read(text: str) -> Iterator[Statement]:
    """A statement for each message; the pages of one statement are put together."""
    waiting: Statement | None = None
    for message in _messages(text.splitlines()):
        statement, is_open = _statement(message)
        if waiting and _goes_on(waiting, statement, message):
            _join(waiting, statement)
            statement = waiting
        elif waiting:
            yield _done(waiting)
        waiting = statement
        if not is_open:
            yield _done(statement)
            waiting = None
    if waiting:
        yield _done(waiting)


def _done(statement: Statement) -> Statement:
    distinct_keys(statement)
    return statement


def _messages(lines: list[str]) -> Iterator[_Message]:
    current: _Message | None = None
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n ")
        line = re.sub(r"^(?:\{[1-5]:[^{}]*(?:\{[^{}]*\})*\})*\{4:", "", line)
        tag = _tag_of(line, current, lines[number] if number < len(lines) else "")
        if tag == "20":
            if current:
                yield current
            current = _Message()
        if current is None or line in {"-", "-}"} or line.startswith("-}"):
            continue
        if tag:
            current.fields.append((tag, number, [line[len(tag) + 2 :]]))
        elif current.fields and line:
            current.fields[-1][2].append(line)
    if current:
        yield current


def _tag_of(line: str, current: _Message | None, following: str) -> str:
    """The tag a line begins with, where the message may have it here; else it is text that goes on."""
    found = _TAG.match(line)
    if not found:
        return ""
    tag = found[1]
    if tag == "20":
        begins = current is None or current.has("62") or following.startswith((":25", ":21:", ":28"))
        return tag if begins else ""
    if current is None:
        return ""
    if tag in {"21", "25", "25P", "28", "28C"} and current.has("60"):
        return ""
    if tag == "13D" and current.has("61"):
        return ""
    return tag


def _statement(message: _Message) -> tuple[Statement, bool]:
    """The statement of one message, and whether another page goes on with it."""
    intraday = message.has("34") and not message.has("60")
    made = Statement(Kind.INTRADAY if intraday else Kind.STATEMENT, "MT942" if intraday else "MT940")
    is_open = False
    is_behind = False
    for tag, number, said in message.fields:
        if tag == "20":
            made.id = said[0].strip()
        elif tag in {"25", "25P"}:
            made.account = said[0].strip().rpartition("/")[2]
            made.bank = said[0].strip().rpartition("/")[0]
        elif tag in {"28", "28C"}:
            first = said[0].partition("/")[0].strip()
            made.sequence = int(first) if first.isascii() and first.isdigit() else None
        elif tag in {"60F", "60M"}:
            made.opening, made.from_date = _balance(made, tag, number, said[0])
        elif tag in {"62F", "62M"}:
            made.closing, made.to_date = _balance(made, tag, number, said[0])
            is_open, is_behind = tag == "62M", True
        elif tag == "61":
            _take_entry(made, number, said)
        elif tag == "86" and not is_behind:
            _take_text(made, said)
    return made, is_open


def _goes_on(waiting: Statement, statement: Statement, message: _Message) -> bool:
    same = (waiting.account, waiting.sequence) == (statement.account, statement.sequence)
    return same and message.has("60M")


def _join(waiting: Statement, page: Statement) -> None:
    if page.opening != waiting.closing:
        waiting.faults.append(
            Fault("PAGE_DIFFERS", f"page of {page.id}", f"{page.opening} / {waiting.closing}")
        )
    waiting.lines += [line._replace(entry=line.entry + waiting.entries) for line in page.lines]
    waiting.entries += page.entries
    waiting.closing, waiting.to_date = page.closing, page.to_date
    waiting.faults += page.faults


def _number(text: str, currency: str) -> Decimal | str:
    return amount_of(text.replace(",", ".") if text.count(",") <= 1 and "." not in text else "?", currency)


def _balance(made: Statement, tag: str, number: int, said: str) -> tuple[Decimal | None, date | None]:
    found = _BALANCE.match(said.strip())
    if not found:
        made.faults.append(Fault("BALANCE_UNREADABLE", f"line {number}", said[:40]))
        return None, None
    if made.currency and made.currency != found[3]:
        made.faults.append(Fault("CURRENCY_DIFFERS", f"line {number}", found[3]))
    made.currency = made.currency or found[3]
    amount = _number(found[4], found[3])
    if isinstance(amount, str):
        made.faults.append(Fault(amount, f"line {number}", found[4]))
        return None, None
    return (amount if found[1] == "C" else -amount), _day(found[2])


def _take_entry(made: Statement, number: int, said: list[str]) -> None:
    made.entries += 1
    found = _ENTRY.match(said[0].strip())
    if not found:
        made.faults.append(Fault("ENTRY_UNREADABLE", f"line {number}", said[0][:60]))
        return
    amount = _number(found["amount"], made.currency)
    if isinstance(amount, str):
        made.faults.append(Fault(amount, f"line {number}", found["amount"]))
        return
    sign = found["sign"]
    if sign.startswith("E"):  # expected, not booked
        made.not_booked += 1
        return
    if not amount:
        made.not_booked += 1
        return
    value_on = _day(found["value"])
    made.lines.append(
        Line(
            entry=made.entries,
            detail=0,
            key="",
            reference=(found["bank"] or "").strip(),
            txn_id=found["reference"].strip() if found["reference"].strip() != "NONREF" else "",
            amount=amount,
            is_credit=sign in {"C", "RD"},
            is_reversal=sign.startswith("R"),
            booked_on=_entry_day(found["entry"], value_on) or value_on,
            value_on=value_on,
            text=" ".join(part.strip() for part in said[1:]),
            bank_code=found["code"],
            is_fee=sign == "D" and found["code"] in _FEES,
        )
    )
    if value_on is None:
        made.faults.append(Fault("DAY_MISSING", f"line {number}", found["value"]))


def _take_text(made: Statement, said: list[str]) -> None:
    """What stands in :86: belongs to the entry before it."""
    if not made.lines or made.lines[-1].entry != made.entries:
        return
    line = made.lines[-1]
    whole = "".join(part if len(part) >= _WRAP else f"{part} " for part in said).strip()
    parts = _SUBFIELD.split(whole)
    if len(parts) < 3:
        made.lines[-1] = line._replace(text=" ".join(whole.split()) or line.text)
        return
    by_number: dict[str, str] = {}
    for code, value in zip(parts[1::2], parts[2::2], strict=True):
        by_number[code] = by_number.get(code, "") + value
    words = [by_number[code] for code in sorted(by_number) if code[0] == "2" or "60" <= code <= "63"]
    made.lines[-1] = line._replace(
        text=" ".join(" ".join(words).split()),
        payer_name=(by_number.get("32", "") + by_number.get("33", "")).strip()[:140],
        payer_account=by_number.get("31", "").strip()[:40],
    )


def _day(text: str) -> date | None:
    """A day of six digits; banks that count every month as 30 days write 30 February for its last."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:6])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _entry_day(text: str | None, value_on: date | None) -> date | None:
    """The day of booking, four digits, in the year nearest to the day of value."""
    if not text or value_on is None:
        return None
    days = [found for year in (-1, 0, 1) if (found := _day(f"{value_on.year + year - 2000:02d}{text}"))]
    return min(days, key=lambda day: abs((day - value_on).days)) if days else None
