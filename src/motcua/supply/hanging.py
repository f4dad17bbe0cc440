"""The meters that hang at accounts now: what registers each has, and what was known last of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

REGISTERS: Mapping[str, tuple[str, ...]] = {"ACTIVE": ("KT",), "TIME_OF_USE": ("BT", "CD", "TD"), "REACTIVE": ("VC",)}  # fmt: skip

_HANGING = """
SELECT p.account_code, p.unit_code, m.serial, m.kind, m.digits, i.installed_at
FROM supply_servicepoint p
JOIN supply_installation i ON i.service_point_id = p.id AND i.installed_at <= %(at)s AND (i.removed_at IS NULL OR i.removed_at > %(at)s)
JOIN supply_meter m ON m.id = i.meter_id
WHERE p.account_code = ANY(%(accounts)s)
ORDER BY p.account_code, p.code, m.kind, m.serial
"""
_LAST = """
SELECT m.serial, r.register, r.value_kwh, r.at, r.source
FROM supply_meter m
CROSS JOIN LATERAL (SELECT unnest(%(registers)s::text[]) AS register) k
CROSS JOIN LATERAL (
    SELECT x.register, x.value_kwh, x.at, x.source FROM supply_reading x
    WHERE x.meter_id = m.id AND x.register = k.register AND x.at <= %(at)s ORDER BY x.at DESC, x.id DESC LIMIT 1
) r
WHERE m.serial = ANY(%(serials)s)
"""


@dataclass(frozen=True)
class LastShown:
    """The newest that is known of a register."""

    value: Decimal
    at: datetime
    source: str


@dataclass(frozen=True)
class Hanging:
    """A meter at its point, and what is known last of its registers."""

    account_code: str
    unit_code: str
    serial: str
    kind: str
    digits: int
    installed_at: datetime
    last: Mapping[str, LastShown]

    @property
    def registers(self) -> tuple[str, ...]:
        return REGISTERS[self.kind]


def list_hanging(account_codes: Iterable[str], at: datetime) -> dict[str, list[Hanging]]:
    """The meters of these accounts at an instant, by account; two questions however many accounts."""
    told: dict[str, Any] = {"accounts": sorted(set(account_codes)), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_HANGING, told)
        rows = cursor.fetchall()
        names = [name for registers in REGISTERS.values() for name in registers]
        cursor.execute(_LAST, {"serials": sorted({row[2] for row in rows}), "registers": names, "at": at})
        last: dict[str, dict[str, LastShown]] = {}
        for serial, register, value, shown_at, source in cursor.fetchall():
            last.setdefault(serial, {})[register] = LastShown(value, shown_at, source)
    found: dict[str, list[Hanging]] = {}
    for row in rows:
        account, unit, serial, kind, digits, installed_at = row
        meter = Hanging(account, unit, serial, kind, digits, installed_at, last.get(serial, {}))
        found.setdefault(account, []).append(meter)
    return found
