"""What makes a statement untrustworthy: alone, and behind the one before it. A reason is a stable code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from motcua.payments.statements.model import Fault, Kind, Statement


@dataclass(frozen=True)
class Before:
    """What is known of the last trusted statement of an account."""

    id: str
    sequence: int | None
    closing: Decimal | None
    to_date: date | None
    content_sha256: str = ""


def judge(statement: Statement, *, currency: str = "") -> list[Fault]:
    """Why this statement may not be used, by itself. With a currency, only that one is taken."""
    reasons = list(statement.faults)
    if not statement.account:
        reasons.append(Fault("ACCOUNT_MISSING"))
    if currency and statement.currency != currency:
        reasons.append(Fault("CURRENCY_DIFFERS", "", statement.currency))
    if statement.kind is Kind.STATEMENT and (statement.opening is None or statement.closing is None):
        reasons.append(Fault("BALANCE_MISSING", "", "opening" if statement.opening is None else "closing"))
    if statement.is_balanced is False:
        assert statement.opening is not None  # else it could not be unbalanced
        summed = statement.opening + statement.moved
        reasons.append(Fault("UNBALANCED", "", f"{plain(summed)} / {plain(statement.closing)}"))
    return reasons


def follow(before: Before | None, statement: Statement) -> list[Fault]:
    """Why it may not come behind the statement before it: a gap in the numbers, another opening. Only whole days are held to it."""
    if before is None or statement.kind is not Kind.STATEMENT:
        return []
    reasons: list[Fault] = []
    if before.sequence is not None and statement.sequence is not None and not _is_next(before, statement):
        reasons.append(Fault("SEQUENCE_GAP", "", f"{before.sequence} / {statement.sequence}"))
    if before.closing is not None and statement.opening is not None and before.closing != statement.opening:
        reasons.append(Fault("OPENING_DIFFERS", "", f"{plain(before.closing)} / {plain(statement.opening)}"))
    return reasons


def _is_next(before: Before, statement: Statement) -> bool:
    """Numbers go up by one; some banks begin again with the year."""
    assert before.sequence is not None
    new_year = bool(
        before.to_date
        and statement.to_date
        and before.to_date.year < statement.to_date.year
        and statement.sequence == 1
    )
    return statement.sequence == before.sequence + 1 or new_year


def as_before(statement: Statement) -> Before:
    return Before(
        statement.id, statement.sequence, statement.closing, statement.to_date, statement.content_sha256
    )


def plain(value: Decimal | None) -> str:
    """An amount as text: whole numbers without a point."""
    if value is None:
        return ""
    return str(int(value)) if value == value.to_integral_value() else format(value, "f")


def worst(reasons: Sequence[Fault]) -> str:
    """The first reason's code; empty when there is none."""
    return reasons[0].code if reasons else ""
