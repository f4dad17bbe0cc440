"""The bulk twin of connecting: a chunk of an import at once, set-based, on temporary tables.

The importer (a room above) makes these tables of its session, fills the first, and calls the functions in the
order in which they stand here, with the customers' own between the last two:

- `import_stage`: a row of the file each, cleaned; its columns are in `motcua.ops.importing.staging`;
- `import_seen_line` (key, row_no) and `import_seen` (kind, value, owner, row_no): what earlier chunks of the
  file held;
- `import_customer`: account_code, row_no, customer_id, is_new;
- `import_error`: row_no, field, code, hint. Rows named there are left out by the importer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import gettext_noop

SOURCE = "IMPORT"

HINTS = {
    "double": gettext_noop("Dòng này trùng với dòng %s của tệp. Giữ lại một dòng."),
    "meter_twice": gettext_noop("Số công tơ này đã có ở dòng %s cho điểm đo khác. Kiểm tra lại số công tơ."),
    "two_meters": gettext_noop("Điểm đo này đã có công tơ khác ở dòng trước. Giữ lại công tơ đang treo."),
    "point_twice": gettext_noop(
        "Mã điểm đo này đã có ở dòng %s cho mã khách hàng khác. Kiểm tra lại mã điểm đo."
    ),
    "point_taken": gettext_noop("Mã điểm đo này đang thuộc mã khách hàng khác. Kiểm tra lại mã điểm đo."),
    "elsewhere": gettext_noop(
        "Công tơ này đang treo tại điểm đo khác. Nếu công tơ đã được chuyển, "
        "hãy nhập lại tệp sau khi điểm đo kia đã có công tơ mới."
    ),
}

# Kinds in import_seen: M a meter (owner: its point), P a point of its own name (owner: its account).
_DOUBLES = """
INSERT INTO import_error (row_no, field, code, hint)
SELECT row_no, 'account_code', 'DOUBLE', format(%(double)s, first_row)
FROM (
    SELECT s.row_no, coalesce(x.row_no, min(s.row_no) OVER (PARTITION BY s.key)) AS first_row
    FROM import_stage s LEFT JOIN import_seen_line x ON x.key = s.key
) told
WHERE row_no <> first_row
"""
_METER_TWICE = """
INSERT INTO import_error (row_no, field, code, hint)
SELECT row_no, 'meter_serial', 'METER_TWICE', format(%(meter_twice)s, coalesce(seen_row, first_row))
FROM (
    SELECT s.row_no, s.point_code, x.owner, x.row_no AS seen_row,
           first_value(s.point_code) OVER one AS first_point, first_value(s.row_no) OVER one AS first_row
    FROM import_stage s LEFT JOIN import_seen x ON x.kind = 'M' AND x.value = s.meter_serial
    WHERE s.meter_serial <> ''
    WINDOW one AS (PARTITION BY s.meter_serial ORDER BY s.row_no)
) told
WHERE point_code <> coalesce(owner, first_point)
"""
_TWO_METERS = """
INSERT INTO import_error (row_no, field, code, hint)
SELECT row_no, 'meter_serial', 'POINT_HAS_TWO_METERS', %(two_meters)s
FROM (
    SELECT s.row_no, s.meter_serial,
           first_value(s.meter_serial) OVER one AS first_serial
    FROM import_stage s WHERE s.meter_serial <> ''
    WINDOW one AS (PARTITION BY s.point_code, s.is_reactive ORDER BY s.row_no)
) told
WHERE meter_serial <> first_serial
"""
_POINT_TWICE = """
INSERT INTO import_error (row_no, field, code, hint)
SELECT row_no, 'point_code', 'POINT_TWICE', format(%(point_twice)s, coalesce(seen_row, first_row))
FROM (
    SELECT s.row_no, s.account_code, x.owner, x.row_no AS seen_row,
           first_value(s.account_code) OVER one AS first_account, first_value(s.row_no) OVER one AS first_row
    FROM import_stage s LEFT JOIN import_seen x ON x.kind = 'P' AND x.value = s.point_code
    WHERE NOT starts_with(s.point_code, s.account_code)
    WINDOW one AS (PARTITION BY s.point_code ORDER BY s.row_no)
) told
WHERE account_code <> coalesce(owner, first_account)
"""
_REMEMBER_LINES = "INSERT INTO import_seen_line (key, row_no) SELECT key, row_no FROM import_stage"
_REMEMBER_POINTS = """
INSERT INTO import_seen (kind, value, owner, row_no)
SELECT DISTINCT ON (point_code) 'P', point_code, account_code, row_no
FROM import_stage WHERE NOT starts_with(point_code, account_code) ORDER BY point_code, row_no
ON CONFLICT DO NOTHING
"""
_REMEMBER_METERS = """
INSERT INTO import_seen (kind, value, owner, row_no)
SELECT DISTINCT ON (meter_serial) 'M', meter_serial, point_code, row_no
FROM import_stage WHERE meter_serial <> '' ORDER BY meter_serial, row_no
ON CONFLICT DO NOTHING
"""

_SKIP_UNCHANGED = """
DELETE FROM import_stage s USING supply_importedline l WHERE l.key = s.key AND l.fingerprint = s.fingerprint
"""

_POINT_TAKEN = """
INSERT INTO import_error (row_no, field, code, hint)
SELECT s.row_no, 'point_code', 'POINT_TAKEN', %(point_taken)s
FROM import_stage s JOIN supply_servicepoint p ON p.code = s.point_code
WHERE p.account_code <> s.account_code
"""
_ELSEWHERE = """
INSERT INTO import_error (row_no, field, code, hint)
SELECT s.row_no, 'meter_serial', 'METER_ELSEWHERE', %(elsewhere)s
FROM import_stage s
JOIN supply_meter m ON m.serial = s.meter_serial AND m.status = 'INSTALLED'
JOIN supply_installation i ON i.meter_id = m.id AND i.removed_at IS NULL
JOIN supply_servicepoint p ON p.id = i.service_point_id
WHERE p.code <> s.point_code
"""

_ACCOUNTS = """
INSERT INTO import_customer (account_code, row_no, customer_id, is_new)
SELECT DISTINCT ON (s.account_code) s.account_code, s.row_no, c.customer_id, false
FROM import_stage s LEFT JOIN supply_contract c ON c.account_code = s.account_code
ORDER BY s.account_code, s.row_no
"""
_COUNT = """
SELECT count(*) FILTER (WHERE p.id IS NULL), count(*) FILTER (WHERE p.id IS NOT NULL)
FROM import_stage s LEFT JOIN supply_servicepoint p ON p.code = s.point_code
"""

_POINTS = """
CREATE TEMPORARY TABLE import_point ON COMMIT DROP AS
SELECT *,
       coalesce(known_id, nextval(%(point_ids)s::regclass)) AS id,
       CASE WHEN known_id IS NULL OR is_moved THEN uuidv7(%(at)s - clock_timestamp())
            ELSE known_place_id END AS place_id
FROM (
    SELECT DISTINCT ON (s.point_code)
           s.point_code, s.row_no, s.account_code, p.id AS known_id, p.place_id AS known_place_id,
           (
               place.text <> s.place_text
               OR (s.lat IS NOT NULL AND (place.lat, place.lon) IS DISTINCT FROM (s.lat, s.lon))
           ) AS is_moved
    FROM import_stage s
    LEFT JOIN supply_servicepoint p ON p.code = s.point_code
    LEFT JOIN supply_place place ON place.id = p.place_id
    ORDER BY s.point_code, s.row_no
) told
"""
_PLACES = """
INSERT INTO supply_place (
    id, text, given_on, province_code, district, commune, old_province_code, old_district, old_commune,
    new_province_code, new_commune, hamlet, street, house, pole_number, neighbour_account_code, lat, lon,
    created_at, created_by
)
SELECT p.place_id, s.place_text, %(on)s, s.province_code, s.district, s.commune,
       CASE WHEN s.district <> '' THEN s.province_code ELSE '' END, s.district,
       CASE WHEN s.district <> '' THEN s.commune ELSE '' END,
       s.new_province_code, CASE WHEN s.district = '' THEN s.commune ELSE '' END,
       s.hamlet, s.street, s.house, s.pole_number, '', s.lat, s.lon, %(at)s, %(actor)s
FROM import_point p JOIN import_stage s ON s.row_no = p.row_no
WHERE p.known_id IS NULL OR p.is_moved
"""
_NEW_POINTS = """
INSERT INTO supply_servicepoint (
    id, code, place_id, account_code, unit_code, pole_number, station_code, phases, capacity_kw, created_at
)
SELECT p.id, p.point_code, p.place_id, p.account_code, s.unit_code, s.pole_number, s.station_code,
       coalesce(s.phases, 1), s.capacity_kw, %(at)s
FROM import_point p JOIN import_stage s ON s.row_no = p.row_no
WHERE p.known_id IS NULL
"""
_OLD_POINTS = """
UPDATE supply_servicepoint o SET
    place_id = p.place_id,
    unit_code = s.unit_code,
    pole_number = coalesce(nullif(s.pole_number, ''), o.pole_number),
    station_code = coalesce(nullif(s.station_code, ''), o.station_code),
    phases = coalesce(s.phases, o.phases),
    capacity_kw = coalesce(s.capacity_kw, o.capacity_kw)
FROM import_point p JOIN import_stage s ON s.row_no = p.row_no
WHERE p.known_id = o.id
"""
_NEW_CONTRACTS = """
INSERT INTO supply_contract (
    account_code, customer_id, service_point_id, number, signed_at, started_at, purpose, quota,
    status, created_at
)
SELECT DISTINCT ON (p.account_code)
       p.account_code, c.customer_id, p.id, s.contract_number, s.signed_at, s.signed_at,
       coalesce(nullif(s.purpose, ''), 'RESIDENTIAL'), coalesce(s.quota, 1), 'ACTIVE', %(at)s
FROM import_point p
JOIN import_stage s ON s.row_no = p.row_no
JOIN import_customer c ON c.account_code = p.account_code
WHERE NOT EXISTS (SELECT FROM supply_contract o WHERE o.account_code = p.account_code)
ORDER BY p.account_code, p.point_code
"""
_OLD_CONTRACTS = """
UPDATE supply_contract o SET
    number = coalesce(nullif(s.contract_number, ''), o.number),
    signed_at = coalesce(s.signed_at, o.signed_at),
    purpose = coalesce(nullif(s.purpose, ''), o.purpose),
    quota = coalesce(s.quota, o.quota)
FROM import_customer c JOIN import_stage s ON s.row_no = c.row_no
WHERE o.account_code = c.account_code AND NOT c.is_new
"""

_METERS = """
CREATE TEMPORARY TABLE import_meter ON COMMIT DROP AS
SELECT told.*, m.id AS known_id, coalesce(m.id, nextval(%(meter_ids)s::regclass)) AS id
FROM (
    SELECT s.meter_serial AS serial, p.id AS point_id, p.known_id AS known_point_id,
           bool_and(s.is_reactive) AS is_reactive,
           bool_or(coalesce(s.reading_bt, s.reading_cd, s.reading_td) IS NOT NULL) AS is_time_of_use,
           min(s.unit_code) AS unit_code, max(coalesce(s.phases, 1)) AS phases,
           greatest(6, max(length(trunc(greatest(
               s.reading_kt, s.reading_bt, s.reading_cd, s.reading_td, s.reading_vc))::text))) AS digits,
           min(coalesce(s.reading_at, s.signed_at, %(at)s)) AS since
    FROM import_stage s JOIN import_point p ON p.point_code = s.point_code
    WHERE s.meter_serial <> ''
    GROUP BY s.meter_serial, p.id, p.known_id
) told
LEFT JOIN supply_meter m ON m.serial = told.serial
"""
_NEW_METERS = """
INSERT INTO supply_meter (id, serial, kind, phases, digits, unit_code, status, received_at)
SELECT id, serial,
       CASE WHEN is_reactive THEN 'REACTIVE' WHEN is_time_of_use THEN 'TIME_OF_USE' ELSE 'ACTIVE' END,
       phases, digits, unit_code, 'INSTALLED', since
FROM import_meter WHERE known_id IS NULL
"""
_OLD_METERS = """
UPDATE supply_meter o SET status = 'INSTALLED', unit_code = m.unit_code, digits = greatest(o.digits, m.digits)
FROM import_meter m
WHERE o.id = m.known_id AND (o.status, o.unit_code) IS DISTINCT FROM ('INSTALLED', m.unit_code)
"""
# Where a known meter or point is concerned, the new period begins after every earlier one of the meter and
# the point.
_HANGINGS = """
CREATE TEMPORARY TABLE import_hanging ON COMMIT DROP AS
SELECT m.id AS meter_id, m.point_id, m.is_reactive,
       CASE WHEN m.known_id IS NULL AND m.known_point_id IS NULL THEN m.since ELSE greatest(
           m.since,
           (SELECT max(coalesce(i.removed_at, i.installed_at + interval '1 second'))
            FROM supply_installation i WHERE i.meter_id = m.known_id),
           (SELECT max(coalesce(i.removed_at, i.installed_at + interval '1 second'))
            FROM supply_installation i
            WHERE i.service_point_id = m.known_point_id AND i.is_reactive = m.is_reactive)
       ) END AS since
FROM import_meter m
WHERE m.known_id IS NULL OR m.known_point_id IS NULL OR NOT EXISTS (
    SELECT FROM supply_installation i
    WHERE i.meter_id = m.known_id AND i.service_point_id = m.known_point_id AND i.removed_at IS NULL
)
"""
_TAKE_DOWN = """
WITH down AS (
    UPDATE supply_installation i SET removed_at = h.since
    FROM import_hanging h
    WHERE i.service_point_id = h.point_id AND i.is_reactive = h.is_reactive AND i.removed_at IS NULL
    RETURNING i.meter_id
)
UPDATE supply_meter m SET status = 'REMOVED' FROM down WHERE m.id = down.meter_id
"""
_HANG = """
INSERT INTO supply_installation (meter_id, service_point_id, is_reactive, installed_at, seals, installed_by)
SELECT meter_id, point_id, is_reactive, since, '[]', %(actor)s FROM import_hanging
"""
_READINGS = """
INSERT INTO supply_reading AS r (meter_id, register, at, source, value_kwh)
SELECT DISTINCT ON (m.id, told.register, s.reading_at)
       m.id, told.register, s.reading_at, %(source)s, told.value
FROM import_stage s
JOIN import_meter m ON m.serial = s.meter_serial
CROSS JOIN LATERAL (VALUES
    ('KT', s.reading_kt), ('BT', s.reading_bt), ('CD', s.reading_cd), ('TD', s.reading_td),
    ('VC', s.reading_vc)
) told(register, value)
WHERE told.value IS NOT NULL AND s.reading_at IS NOT NULL
ORDER BY m.id, told.register, s.reading_at, s.row_no
ON CONFLICT (meter_id, register, at, source) DO UPDATE SET value_kwh = EXCLUDED.value_kwh
WHERE r.value_kwh <> EXCLUDED.value_kwh
"""
_BALANCES = """
INSERT INTO supply_balance AS b (account_code, amount_vnd, as_of)
SELECT DISTINCT ON (account_code) account_code, balance_vnd, coalesce(balance_on, %(on)s)
FROM import_stage WHERE balance_vnd IS NOT NULL
ORDER BY account_code, row_no
ON CONFLICT (account_code) DO UPDATE SET amount_vnd = EXCLUDED.amount_vnd, as_of = EXCLUDED.as_of
WHERE EXCLUDED.as_of >= b.as_of
"""
_LINES = """
INSERT INTO supply_importedline AS l (key, fingerprint, imported_at)
SELECT key, fingerprint, %(at)s FROM import_stage
ON CONFLICT (key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, imported_at = EXCLUDED.imported_at
"""
# Serials near the end are somebody's convention, not a count.
_COUNTERS = """
INSERT INTO supply_accountcounter AS c (prefix, last_serial)
SELECT left(account_code, 6), max(right(account_code, 7)::int)
FROM import_stage
WHERE account_code ~ '^P[A-Z][0-9A-Z]{4}[0-9]{7}$' AND right(account_code, 7)::int < 9900000
GROUP BY left(account_code, 6)
ORDER BY 1
ON CONFLICT (prefix) DO UPDATE SET last_serial = greatest(c.last_serial, EXCLUDED.last_serial)
"""


@dataclass(frozen=True)
class StagedSupply:
    """Rows of the chunk by what they did: `new` brought a point we did not have, `changed` told something
    else of one.
    """

    new: int
    changed: int


def note_staged_seen(*, dry_run: bool) -> None:
    """Refuse rows that the file has had before, and meters and points that it gives to two; remember the
    rest.

    Meters of earlier chunks hang by then, and `check_staged` finds them; in a dry run they must be
    remembered.
    """
    with connection.cursor() as cursor:
        for statement in (_DOUBLES, _METER_TWICE, _TWO_METERS, _POINT_TWICE):
            cursor.execute(statement, HINTS)
        cursor.execute("DELETE FROM import_stage s USING import_error e WHERE e.row_no = s.row_no")
        cursor.execute(_REMEMBER_LINES)
        cursor.execute(_REMEMBER_POINTS)
        if dry_run:
            cursor.execute(_REMEMBER_METERS)


def skip_staged_unchanged() -> int:
    """Take out the rows that say what they said when they were imported last; how many they were."""
    with connection.cursor() as cursor:
        cursor.execute(_SKIP_UNCHANGED)
        return int(cursor.rowcount)


def check_staged() -> None:
    """Refuse what contradicts the house, and note each account with the customer who has it.

    Writes nothing lasting: a dry run ends after this and the customers' own check.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POINT_TAKEN, HINTS)
        cursor.execute(_ELSEWHERE, HINTS)
        cursor.execute("DELETE FROM import_stage s USING import_error e WHERE e.row_no = s.row_no")
        cursor.execute(_ACCOUNTS)


def count_staged() -> StagedSupply:
    """How many staged rows are new, and how many change something."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        return StagedSupply(*cursor.fetchone())


def upsert_staged(*, actor: Actor, at: datetime) -> None:
    """Make or change places, points, contracts, meters, installations, readings and balances of the staged
    rows.

    Must run in the transaction of the chunk, after the customers' upsert has filled `import_customer`. An
    empty cell changes nothing. A row that races with a connection made at this moment breaks a constraint:
    the chunk is tried again.
    """
    values: dict[str, Any] = {
        "at": at,
        "on": local_time.local_date(at),
        "actor": actor.ref,
        "source": SOURCE,
        "point_ids": _sequence("supply_servicepoint"),
        "meter_ids": _sequence("supply_meter"),
    }
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, values)
        cursor.execute("ANALYZE import_point")
        for statement in (_PLACES, _NEW_POINTS, _OLD_POINTS, _NEW_CONTRACTS, _OLD_CONTRACTS):
            cursor.execute(statement, values)
        cursor.execute(_METERS, values)
        cursor.execute("ANALYZE import_meter")
        for statement in (
            _NEW_METERS,
            _OLD_METERS,
            _HANGINGS,
            _TAKE_DOWN,
            _HANG,
            _READINGS,
            _BALANCES,
            _LINES,
            _COUNTERS,
        ):
            cursor.execute(statement, values)


def _sequence(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (name,) = cursor.fetchone()
    return str(name)
