"""Who sends what, how, when in 2018, and how it ends: all of it a function of the request's number.

What shares are published of comes out as told at every size: it walks through its weights by a sequence that fills the
interval from 0 to 1 evenly (n times an irrational number, modulo 1). All else is scattered by a hash of the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from motcua.kernel.local_time import instant
from motcua.ops.year import mix
from motcua.ops.year.mix import AT_ONCE, BUILT, DESK, LIGHT, SERVICES, SOON, VISIT

T = TypeVar("T")
TOTAL = 9_600_000
# Requests of 2018 by company. HCMC and Hanoi as published (1.6 million; 343,549); the rest of 9.6 million over the three
# others roughly as their customers.
COMPANIES = {"NPC": 3_300_000, "HANOI": 343_549, "CPC": 1_356_451, "SPC": 3_000_000, "HCMC": 1_600_000}
INDIRECT, DIRECT, UNKNOWN = "INDIRECT", "DIRECT", "UNKNOWN"
# The country: 82.3 % indirect, about 17 % direct, 0.7 % unsaid. Hanoi's 74.2 % is published. HCMC settled nearly 98 % fully
# online, so at least as many came indirectly. The three others make up the rest.
_KNOWN = {
    "HANOI": {INDIRECT: 254_865 / 343_549, DIRECT: 0.251, UNKNOWN: 1 - 254_865 / 343_549 - 0.251},
    "HCMC": {INDIRECT: 0.982, DIRECT: 0.018, UNKNOWN: 0.0},
}
_COUNTRY = {INDIRECT: 0.823, DIRECT: 0.170, UNKNOWN: 0.007}
CHANNELS = {
    INDIRECT: {
        "CALL": 34,
        "WEB": 22,
        "ZALO": 14,
        "PORTAL": 9,
        "MESSENGER": 8,
        "WEBCHAT": 6,
        "EMAIL": 4,
        "APP": 3,
    },
    DIRECT: {"COUNTER": 88, "DESK": 12},
    UNKNOWN: {"API": 1},
}
BANK, CASH = "BANK", "CASH"
COST_VND = 450_000
DAYS_OF_WORKS = 21  # what the customer's own builders take, which counts for nobody's promise
CHARGED = {"COMPANY": 50, "CUSTOMER": 15, "THIRD_PARTY": 15, "": 20}
TOPICS = ("PRICE_BILL", "INTERRUPTION", "PROCEDURE", "METER", "SAFETY_SAVING", "OTHER")
MONTHS = (7.4, 6.2, 7.9, 8.0, 8.8, 9.3, 9.2, 9.0, 8.5, 8.5, 8.4, 8.8)
# How it ends. A trip: the customer had to come to an office although the request came in otherwise.
ENDS = {"ANSWERED": 97.6, "CANCELLED": 1.0, "OPEN": 0.6, "TRIP": 0.2, "LATE": 0.6}
RATED = 0.35
SURVEYED, RURAL = 0.3, 0.4
SCORES = {5: 46, 4: 33, 3: 14, 2: 4, 1: 3}
# Thousands of people, roughly, by the census of 2019: what weighs a province within its company.
PEOPLE = {
    "Hà Nội": 8054, "Hồ Chí Minh": 8993, "Thanh Hóa": 3640, "Nghệ An": 3328, "Đồng Nai": 3097, "Bình Dương": 2427, "Hải Phòng": 2029,
    "An Giang": 1908, "Hải Dương": 1892, "Đắk Lắk": 1869, "Thái Bình": 1860, "Bắc Giang": 1804, "Nam Định": 1780, "Tiền Giang": 1764,
    "Kiên Giang": 1723, "Long An": 1689, "Đồng Tháp": 1599, "Gia Lai": 1514, "Quảng Nam": 1496, "Bình Định": 1487, "Phú Thọ": 1464,
    "Bắc Ninh": 1369, "Quảng Ninh": 1320, "Lâm Đồng": 1297, "Hà Tĩnh": 1289, "Bến Tre": 1288, "Thái Nguyên": 1287, "Hưng Yên": 1253,
    "Sơn La": 1248, "Cần Thơ": 1235, "Quảng Ngãi": 1232, "Khánh Hòa": 1231, "Bình Thuận": 1231, "Sóc Trăng": 1200, "Cà Mau": 1194,
    "Tây Ninh": 1169, "Vĩnh Phúc": 1151, "Bà Rịa - Vũng Tàu": 1148, "Đà Nẵng": 1134, "Thừa Thiên Huế": 1129, "Vĩnh Long": 1023,
    "Trà Vinh": 1009, "Bình Phước": 995, "Ninh Bình": 982, "Bạc Liêu": 907, "Quảng Bình": 895, "Phú Yên": 872, "Hà Giang": 855,
    "Hòa Bình": 854, "Hà Nam": 853, "Yên Bái": 821, "Tuyên Quang": 785, "Lạng Sơn": 782, "Hậu Giang": 733, "Lào Cai": 730,
    "Quảng Trị": 632, "Đắk Nông": 622, "Điện Biên": 599, "Ninh Thuận": 591, "Kon Tum": 540, "Cao Bằng": 530, "Lai Châu": 460,
    "Bắc Kạn": 314,
}  # fmt: skip
FEWEST_PEOPLE = 500
_WALKS = {"reception": 5**0.5 % 1, "end": 19**0.5 % 1, "charged": 7**0.5 % 1}
_SALTS = {
    name: salt * 0x9E3779B97F4A7C15
    for salt, name in enumerate(
        (
            "channel",
            "service",
            "unit",
            "month",
            "day",
            "minute",
            "pace",
            "rated",
            "score",
            "account",
            "topic",
            "name",
            "cost",
            "survey",
            "rural",
        ),
        start=1,
    )
}
_BITS = 0xFFFFFFFFFFFFFFFF
# From the sending to the end: at least, and up to how many more.
MINUTES = {
    AT_ONCE: (5, 170), DESK: (130, 170), SOON: (14 * 60, 4 * 60), VISIT: (22 * 60, 6 * 60), LIGHT: (46 * 60, 6 * 60),
    BUILT: ((DAYS_OF_WORKS + 1) * 24 * 60 + 22 * 60, 6 * 60),
}  # fmt: skip
DAY_START, DAY_MINUTES = 6 * 60, 15 * 60  # between six in the morning and nine at night


@dataclass(frozen=True)
class Planned:
    """One request of the year."""

    number: int
    company: str
    reception: str
    channel: str
    service: str
    unit: int  # which of the company's weighted units
    account: float  # which of the unit's accounts, 0 to 1
    topic: str
    sent_at: datetime
    end: str
    ended_at: datetime | None
    rated_at: datetime | None
    score: int | None
    pace: float  # 0 to 1: quick or slow within what is usual
    name: float
    paid: str  # BANK, CASH, or nothing to pay
    is_surveyed: bool
    is_rural: bool
    charged_to: str  # of one that is late
    explained_at: datetime | None

    @property
    def is_settled(self) -> bool:
        return self.end in {"ANSWERED", "TRIP", "LATE"}

    @property
    def is_fully_online(self) -> bool:
        """No office, what was due paid online; papers came online, as nobody was at a counter."""
        return self.is_settled and self.reception == INDIRECT and self.end != "TRIP" and self.paid != CASH

    @property
    def kind(self) -> mix.Service:
        return SERVICES[self.service]

    @property
    def is_new_supply(self) -> bool:
        """Whether it ends with the lamp lit."""
        return self.kind.ends in {LIGHT, BUILT}

    @property
    def energised_at(self) -> datetime | None:
        return self.ended_at if self.is_settled and self.is_new_supply else None

    @property
    def trips(self) -> int:
        return int(self.reception == DIRECT or self.channel in CHANNELS[DIRECT]) + int(self.end == "TRIP")


def size(company: str, scale: float) -> int:
    return max(1, round(COMPANIES[company] * scale))


def shares(company: str) -> dict[str, float]:
    """How the company's requests come in."""
    if company in _KNOWN:
        return _KNOWN[company]
    rest = TOTAL - sum(COMPANIES[known] for known in _KNOWN)
    return {
        kind: (share * TOTAL - sum(_KNOWN[known][kind] * COMPANIES[known] for known in _KNOWN)) / rest
        for kind, share in _COUNTRY.items()
    }


def _at(name: str, number: int) -> float:
    if name in _WALKS:
        return (0.5 + number * _WALKS[name]) % 1.0
    mixed = (number * 0xD1342543DE82EF95 + _SALTS[name]) & _BITS  # splitmix64
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _BITS
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _BITS
    return ((mixed ^ (mixed >> 31)) >> 11) / 2.0**53


def _choose(at: float, weights: Sequence[tuple[T, float]]) -> T:
    whole = sum(weight for _, weight in weights)
    reached = 0.0
    for value, weight in weights:
        reached += weight
        if at * whole < reached:
            return value
    return weights[-1][0]


@lru_cache(maxsize=16)
def _receptions(company: str) -> tuple[tuple[str, float], ...]:
    return tuple(shares(company).items())


_CHANNELS = {kind: tuple(weights.items()) for kind, weights in CHANNELS.items()}
_ENDS, _SCORES, _CHARGED = tuple(ENDS.items()), tuple(SCORES.items()), tuple(CHARGED.items())
_MONTHS = tuple(enumerate(MONTHS, start=1))


def planned(
    company: str, number: int, units: Sequence[tuple[int, float]], services: mix.Weights = mix.ALL
) -> Planned:
    """The request of this number; `units`: places and weights of the company's units; `services`: those of the mix to play."""
    reception = _choose(_at("reception", number), _receptions(company))
    channel = _choose(_at("channel", number), _CHANNELS[reception])
    service = _choose(_at("service", number), services)
    end = _choose(_at("end", number), _ENDS)
    if end == "TRIP" and reception != INDIRECT:
        end = "ANSWERED"
    sent_at = _sent_at(number)
    ended_at = _ended_at(sent_at, end, service, number)
    settled = end in {"ANSWERED", "TRIP", "LATE"}
    rated = settled and _at("rated", number) < RATED
    pays = SERVICES[service].pays if end in {"ANSWERED", "TRIP"} else ""
    charged_to = _choose(_at("charged", number), _CHARGED) if end == "LATE" else ""
    return Planned(
        number, company, reception, channel, service, _choose(_at("unit", number), units), _at("account", number),
        TOPICS[int(_at("topic", number) * len(TOPICS))], sent_at, end, ended_at,
        ended_at + timedelta(hours=9) if rated and ended_at else None, _choose(_at("score", number), _SCORES) if rated else None,
        _at("pace", number), _at("name", number), _choose(_at("cost", number), mix.WAYS_TO_PAY[pays]) if pays else "",
        _at("survey", number) < SURVEYED, _at("rural", number) < RURAL, charged_to,
        ended_at + timedelta(hours=20) if charged_to and ended_at else None,
    )  # fmt: skip


def _sent_at(number: int) -> datetime:
    month = _choose(_at("month", number), _MONTHS)
    days = ((date(2018, month, 28) + timedelta(days=4)).replace(day=1) - date(2018, month, 1)).days
    day = date(2018, month, 1 + int(_at("day", number) * days))
    return instant(day) + timedelta(minutes=DAY_START + int(_at("minute", number) * DAY_MINUTES))


def _ended_at(sent_at: datetime, end: str, service: str, number: int) -> datetime | None:
    """Within every promise (two hours for a fault, the next working day for a purpose, three for most), or far beyond it."""
    pace = _at("pace", number)
    shape = SERVICES[service].ends
    if end == "OPEN":
        return None
    if end == "LATE":
        return sent_at + timedelta(days=(30 if shape != BUILT else 60 + DAYS_OF_WORKS) + int(pace * 10))
    if end == "CANCELLED":
        shape = AT_ONCE
    least, spread = (5, 100) if service == "FAULT" else MINUTES[shape]
    return sent_at + timedelta(minutes=least + int(pace * spread))
