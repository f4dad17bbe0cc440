"""What many meters showed, taken together: from a sheet, from a head-end. Every row is taken or told why not; nothing is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import Problem, gettext_noop

PROBLEMS = {
    "METER_UNKNOWN": gettext_noop("Không có công tơ này trong phạm vi của anh/chị."),
    "REGISTER_UNFIT": gettext_noop("Công tơ này không có bộ ghi đó."),
    "TOO_MANY_DIGITS": gettext_noop("Chỉ số nhiều chữ số hơn mặt công tơ."),
    "READ_AHEAD": gettext_noop("Ngày giờ ghi chưa đến."),
    "READ_TWICE": gettext_noop("Bộ ghi này đã có ở dòng khác của cùng ngày giờ với chỉ số khác."),
    "OTHER_VALUE": gettext_noop("Ngày giờ này đã ghi một chỉ số khác; đọc lại thì nhập là phúc tra."),
}

STAGE = """
CREATE TEMPORARY TABLE reading_stage (
    n bigint PRIMARY KEY, row_no bigint NOT NULL, serial text NOT NULL, account_code text NOT NULL, register text NOT NULL,
    read_at timestamptz NOT NULL, value numeric(12, 3) NOT NULL
) ON COMMIT DROP
"""
FOUND = """
CREATE TEMPORARY TABLE reading_found ON COMMIT DROP AS
SELECT s.n, s.row_no, s.register, s.read_at, s.value, m.id AS meter_id,
       CASE WHEN m.id IS NULL THEN 'METER_UNKNOWN'
            WHEN s.register <> 'VC' AND (m.kind = 'REACTIVE' OR (m.kind = 'TIME_OF_USE') <> (s.register <> 'KT')) THEN 'REGISTER_UNFIT'
            WHEN s.value >= 10::numeric ^ m.digits THEN 'TOO_MANY_DIGITS'
            WHEN s.read_at > %(at)s THEN 'READ_AHEAD'
            WHEN min(s.value) OVER same <> max(s.value) OVER same THEN 'READ_TWICE'
            WHEN r.value_kwh <> s.value THEN 'OTHER_VALUE' ELSE '' END AS code,
       r.id IS NOT NULL AS is_known
FROM reading_stage s
LEFT JOIN LATERAL (
    SELECT m.id, m.kind, m.digits FROM supply_meter m
    WHERE s.serial <> '' AND m.serial = s.serial AND m.unit_code = ANY(%(units)s)
    UNION ALL
    SELECT m.id, m.kind, m.digits FROM supply_servicepoint p
    JOIN supply_installation i ON i.service_point_id = p.id AND i.installed_at <= s.read_at
     AND (i.removed_at IS NULL OR i.removed_at > s.read_at)
    JOIN supply_meter m ON m.id = i.meter_id
    WHERE s.serial = '' AND p.account_code = s.account_code AND p.unit_code = ANY(%(units)s)
      AND CASE s.register WHEN 'VC' THEN m.kind = 'REACTIVE' WHEN 'KT' THEN m.kind = 'ACTIVE' ELSE m.kind = 'TIME_OF_USE' END
    LIMIT 1
) m ON true
LEFT JOIN supply_reading r ON r.meter_id = m.id AND r.register = s.register AND r.at = s.read_at AND r.source = %(source)s
WINDOW same AS (PARTITION BY m.id, s.register, s.read_at)
"""
WRITE = """
INSERT INTO supply_reading (meter_id, register, at, source, value_kwh)
SELECT DISTINCT ON (meter_id, register, read_at) meter_id, register, read_at, %(source)s, value
FROM reading_found WHERE code = '' AND NOT is_known ORDER BY meter_id, register, read_at, n
ON CONFLICT (meter_id, register, at, source) DO NOTHING
"""
# Another wrote another value between our look and our writing: ours was passed over, and is told so.
OVERTAKEN = """
UPDATE reading_found f SET code = 'OTHER_VALUE' FROM supply_reading r
WHERE f.code = '' AND NOT f.is_known AND r.meter_id = f.meter_id AND r.register = f.register AND r.at = f.read_at
  AND r.source = %(source)s AND r.value_kwh <> f.value
"""


@dataclass(frozen=True)
class NewReading:
    """What a register showed. `serial`, or the account at whose point the meter hangs then."""

    row_no: int
    register: str
    read_at: datetime
    value: Decimal
    serial: str = ""
    account_code: str = ""


@dataclass(frozen=True)
class ReadingFault:
    row_no: int
    register: str
    problem: Problem


@dataclass(frozen=True)
class ReadingsTaken:
    """How many were new, how many we had, and what was wrong with the others."""

    new: int
    same: int
    faults: tuple[ReadingFault, ...]


@transaction.atomic
def take_readings(
    *,
    readings: Iterable[NewReading],
    source: str,
    unit_codes: Collection[str],
    actor: Actor,
    at: datetime,
    dry_run: bool = False,
) -> ReadingsTaken:
    """Write those that may be; the same ones again are no harm. `unit_codes`: whose meters may be read."""
    open_reading_stage()
    with connection.cursor() as cursor:
        columns = "n, row_no, serial, account_code, register, read_at, value"
        with cursor.copy(f"COPY reading_stage ({columns}) FROM STDIN") as copy:
            for n, one in enumerate(readings):
                copy.write_row(
                    (n, one.row_no, one.serial, one.account_code, one.register, one.read_at, one.value)
                )
    return take_staged_readings(source=source, unit_codes=unit_codes, actor=actor, at=at, dry_run=dry_run)


def open_reading_stage() -> None:
    """`reading_stage` for whoever fills it without leaving the database; only inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)


@transaction.atomic
def take_staged_readings(
    *, source: str, unit_codes: Collection[str], actor: Actor, at: datetime, dry_run: bool = False
) -> ReadingsTaken:
    """As `take_readings`, of what stands in `reading_stage`, which goes. `n` is unique, `row_no` is what is told."""
    told: dict[str, Any] = {"at": at, "source": source, "units": sorted(unit_codes)}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reading_stage")
        cursor.execute(FOUND, told)
        new = 0
        if not dry_run:
            cursor.execute(WRITE, told)
            new = cursor.rowcount
            cursor.execute(OVERTAKEN, told)
        cursor.execute(
            "SELECT count(*) FILTER (WHERE code = '' AND is_known), count(*) FILTER (WHERE code = '' AND NOT is_known) FROM reading_found"
        )
        same, fresh = cursor.fetchone()
        cursor.execute("SELECT row_no, register, code FROM reading_found WHERE code <> '' ORDER BY n")
        faults = tuple(_fault(*row) for row in cursor.fetchall())
        cursor.execute("DROP TABLE reading_stage, reading_found")
    if new:
        company_ops.record_audit(
            actor=actor, verb="readings.taken", subject_type="readings", subject_id=source, at=at,
            facts={"new": new, "same": same, "refused": len(faults)},
        )  # fmt: skip
    return ReadingsTaken(new if not dry_run else fresh, same, faults)


def _fault(row_no: int, register: str, code: str) -> ReadingFault:
    return ReadingFault(row_no, register, Problem(code, PROBLEMS[code]))
