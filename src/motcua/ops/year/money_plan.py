"""Who is billed what in 2018 and pays how: a function of the customer's number and the month.

Published and met at every size: in December 2018 in Ho Chi Minh City 90.51 % of the bills and 97.89 % of the money without cash;
14.9 % of customers paying online in 2015, 60 % in 2018. All else (how many customers, what a bill comes to, cashless shares of
other companies and months) is made up, and the boards must say that too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import TypeVar

from motcua.kernel.local_time import instant
from motcua.reports.money.ways import Way

T = TypeVar("T")
# Thousands of customers, roughly, as the companies told of themselves about 2018.
CUSTOMERS = {"NPC": 10_000, "HANOI": 2_500, "CPC": 3_900, "SPC": 7_900, "HCMC": 2_450}
FEWEST = 200
ONLINE = {2015: 0.149, 2018: 0.60}
CASHLESS_BILLS, CASHLESS_MONEY = 0.9051, 0.9789  # of Ho Chi Minh City, December 2018
ELSEWHERE = {"NPC": 0.71, "HANOI": 0.86, "CPC": 0.78, "SPC": 0.74, "HCMC": 0.88}  # of other months, made up
OF_2015 = 0.35  # cashless in December 2015, made up
NEVER_PAID = 400  # one customer of so many does not pay from September on: what debt by age is made of
MONTHS = (date(2015, 12, 1), *(date(2018, month, 1) for month in range(1, 13)))
BANKS = (("VCB", 30), ("BIDV", 22), ("ICB", 20), ("VBA", 16), ("TCB", 12))
CASHLESS_REST = ((Way.STANDING, "STANDING", 45), (Way.MACHINE, "ATM", 20), (Way.UNSAID, "", 35))
VAT_PERCENT = 10
_WALK = 5**0.5 % 1


@dataclass(frozen=True)
class Bill:
    """A bill of one customer and month. `bank` and `channel` are empty for cash at our counter; `paid_at` None: never."""

    company: str
    customer: int
    unit: int
    month: date
    net_vnd: int
    way: Way
    bank: str
    channel: str
    issued_at: datetime
    due_at: datetime
    paid_at: datetime | None

    @property
    def vat_vnd(self) -> int:
        return (self.net_vnd * VAT_PERCENT + 50) // 100

    @property
    def total_vnd(self) -> int:
        return self.net_vnd + self.vat_vnd


def size(company: str, scale: float) -> int:
    return max(FEWEST, round(CUSTOMERS[company] * 1000 * scale))


def bills(company: str, month: date, customers: int, weights: Sequence[float]) -> list[Bill]:
    """The bills of a month; `weights` are those of the company's units."""
    edges = list(accumulate(weights))
    ways = [_way(number, company, month) for number in range(customers)]
    amounts = _amounts(company, month, [way.is_cash for way in ways])
    return [
        _bill(company, month, number, amounts[number], ways[number], edges) for number in range(customers)
    ]


@dataclass(frozen=True)
class _How:
    way: Way
    channel: str

    @property
    def is_cash(self) -> bool:
        return self.way in (Way.CASH, Way.AGENT)


def _way(number: int, company: str, month: date) -> _How:
    """Customers walk evenly through the shares: online, then cashless in other ways, then cash."""
    at = number * _WALK % 1
    online, cashless = ONLINE[month.year], cashless_share(company, month)
    if at < online:
        return _How(Way.ONLINE, "MOBILE" if _scatter(number, 1) < 0.7 else "WEB")
    if at < cashless:
        way, channel = _choose(_scatter(number, 2), {(w, c): n for w, c, n in CASHLESS_REST})
        return _How(way, channel)
    return _How(Way.CASH, "") if _scatter(number, 3) < 0.6 else _How(Way.AGENT, "COUNTER")


def cashless_share(company: str, month: date) -> float:
    """The share of a month's bills that are paid without cash."""
    if month.year == 2015:
        return OF_2015
    if company == "HCMC" and month.month == 12:
        return CASHLESS_BILLS
    return ELSEWHERE[company]


def _amounts(company: str, month: date, cash: Sequence[bool]) -> list[int]:
    """Before tax. In the published month the bills paid in cash are so small that the share of the money comes out too."""
    drawn = [200_000 + int(_scatter(number, 10 + month.month) * 900_000) for number in range(len(cash))]
    if not (company == "HCMC" and month == date(2018, 12, 1)):
        return drawn
    others = sum(amount for amount, is_cash in zip(drawn, cash, strict=True) if not is_cash)
    wanted = others * (1 - CASHLESS_MONEY) / CASHLESS_MONEY
    held = sum(amount for amount, is_cash in zip(drawn, cash, strict=True) if is_cash)
    return [
        max(1, round(amount * wanted / held)) if is_cash else amount
        for amount, is_cash in zip(drawn, cash, strict=True)
    ]


def _bill(company: str, month: date, number: int, net: int, how: _How, edges: Sequence[float]) -> Bill:
    issued = instant(month + timedelta(days=2 + int(_scatter(number, 4) * 5)), time(8))
    paid = issued + timedelta(
        days=1 + int(_scatter(number, 5 + month.month) * 18), hours=int(_scatter(number, 6) * 10)
    )
    owes = number % NEVER_PAID == NEVER_PAID - 1 and date(2018, 9, 1) <= month < date(2018, 12, 1)
    through_bank = how.way is not Way.CASH
    return Bill(
        company, number, _place(_scatter(number, 7), edges), month, net, how.way,
        _choose(_scatter(number, 8), dict(BANKS)) if through_bank else "", how.channel, issued, issued + timedelta(days=7),
        None if owes else paid,
    )  # fmt: skip


def all_bills(company: str, scale: float, weights: Sequence[float]) -> Iterator[Bill]:
    """Every bill that goes in, month after month."""
    for month in MONTHS:
        yield from bills(company, month, size(company, scale), weights)


def _place(at: float, edges: Sequence[float]) -> int:
    return next((index for index, edge in enumerate(edges) if at * edges[-1] < edge), len(edges) - 1)


def _choose(at: float, weights: Mapping[T, float]) -> T:
    aim = at * sum(weights.values())
    for value, weight in weights.items():
        aim -= weight
        if aim < 0:
            return value
    return list(weights)[-1]


def _scatter(number: int, salt: int) -> float:
    """From 0 to 1, as if drawn, the same each time (SplitMix64)."""
    x = (number * 0x9E3779B97F4A7C15 + salt * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (x ^ (x >> 31)) / 2**64
