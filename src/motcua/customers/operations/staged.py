"""The bulk twin of `find_or_create_customer`: a chunk of an import at once, set-based, on temporary tables.

The importer (a room above) makes these tables of its session and fills the first:

- `import_stage`: a row of the file each, cleaned: row_no, account_code, full_name, search_key, kind,
  id_number, phone, email, contact_address;
- `import_customer`: an account code each: account_code, row_no (its first row), customer_id (null unless the
  account is known), is_new;
- `import_error`: row_no, field, code, hint. Rows named there are left out by the importer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from motcua.kernel.actors import Actor
from motcua.kernel.results import gettext_noop

ERASED_HINT = gettext_noop("Thông tin khách hàng này đã được xóa theo yêu cầu. Bỏ dòng này khỏi tệp.")

_FOLLOW_MERGES = """
UPDATE import_customer m SET customer_id = c.merged_into_id
FROM customers_customer c WHERE c.id = m.customer_id AND c.status = 'MERGED'
"""

_REFUSE_ERASED = """
INSERT INTO import_error (row_no, field, code, hint)
SELECT s.row_no, 'account_code', 'CUSTOMER_ERASED', %(hint)s
FROM import_customer m
JOIN customers_customer c ON c.id = m.customer_id AND c.status = 'ERASED'
JOIN import_stage s ON s.account_code = m.account_code
"""

# Accounts of nobody known: the active customer with this identity number and name, else a new one for the
# accounts
# that share both; without a number, one for each account.
_MATCH = """
UPDATE import_customer m SET customer_id = found.id
FROM (
    SELECT DISTINCT ON (m.account_code) m.account_code, c.id
    FROM import_customer m
    JOIN import_stage s ON s.row_no = m.row_no
    JOIN customers_customer c ON c.id_number = s.id_number AND c.search_key = s.search_key
    WHERE m.customer_id IS NULL AND s.id_number <> '' AND c.id_number <> '' AND c.status = 'ACTIVE'
    ORDER BY m.account_code, c.id
) found
WHERE m.account_code = found.account_code
"""

_NAME_NEW = """
UPDATE import_customer m SET customer_id = fresh.id, is_new = fresh.is_first
FROM (
    SELECT account_code, first_value(id) OVER same AS id, row_number() OVER same = 1 AS is_first
    FROM (
        SELECT m.account_code, m.row_no, s.search_key, uuidv7(%(at)s - clock_timestamp()) AS id,
               CASE WHEN s.id_number = '' THEN m.account_code ELSE s.id_number END AS who
        FROM import_customer m JOIN import_stage s ON s.row_no = m.row_no
        WHERE m.customer_id IS NULL
        OFFSET 0
    ) one
    WINDOW same AS (PARTITION BY who, search_key ORDER BY row_no)
) fresh
WHERE m.account_code = fresh.account_code
"""

_INSERT_NEW = """
INSERT INTO customers_customer (
    id, kind, full_name, search_key, id_number, phone, email, contact_address, status,
    created_at, created_by, changed_at
)
SELECT m.customer_id, s.kind, s.full_name, s.search_key, s.id_number, s.phone, s.email, s.contact_address,
       'ACTIVE', %(at)s, %(actor)s, %(at)s
FROM import_customer m JOIN import_stage s ON s.row_no = m.row_no
WHERE m.is_new
"""

# What the file says of a customer that we have; an empty cell says nothing.
_CHANGES = """
CREATE TEMPORARY TABLE import_customer_change ON COMMIT DROP AS
SELECT c.id, told.field, told.old, told.new
FROM (
    SELECT DISTINCT ON (m.customer_id) m.customer_id, s.*
    FROM import_customer m JOIN import_stage s ON s.row_no = m.row_no
    WHERE NOT m.is_new
    ORDER BY m.customer_id, s.row_no
) s
JOIN customers_customer c ON c.id = s.customer_id AND c.status = 'ACTIVE'
CROSS JOIN LATERAL (VALUES
    ('full_name', c.full_name, s.full_name),
    ('id_number', c.id_number, s.id_number),
    ('phone', c.phone, s.phone),
    ('email', c.email, s.email),
    ('contact_address', c.contact_address, s.contact_address)
) told(field, old, new)
WHERE told.new <> '' AND told.new <> told.old
"""

_KEEP_OLD = """
INSERT INTO customers_customerchange (customer_id, field, old_value, reason, actor, at)
SELECT id, field, old, 'import', %(actor)s, %(at)s FROM import_customer_change
"""

_UPDATE = """
UPDATE customers_customer c SET
    full_name = coalesce(n.full_name, c.full_name),
    search_key = CASE WHEN n.full_name IS NULL THEN c.search_key ELSE n.search_key END,
    id_number = coalesce(n.id_number, c.id_number),
    phone = coalesce(n.phone, c.phone),
    email = coalesce(n.email, c.email),
    contact_address = coalesce(n.contact_address, c.contact_address),
    changed_at = %(at)s
FROM (
    SELECT x.id,
           max(x.new) FILTER (WHERE x.field = 'full_name') AS full_name,
           max(s.search_key) AS search_key,
           max(x.new) FILTER (WHERE x.field = 'id_number') AS id_number,
           max(x.new) FILTER (WHERE x.field = 'phone') AS phone,
           max(x.new) FILTER (WHERE x.field = 'email') AS email,
           max(x.new) FILTER (WHERE x.field = 'contact_address') AS contact_address
    FROM import_customer_change x
    LEFT JOIN LATERAL (
        SELECT s.search_key FROM import_customer m JOIN import_stage s ON s.row_no = m.row_no
        WHERE m.customer_id = x.id AND NOT m.is_new ORDER BY s.row_no LIMIT 1
    ) s ON x.field = 'full_name'
    GROUP BY x.id
) n
WHERE c.id = n.id
"""


@dataclass(frozen=True)
class StagedCustomers:
    """How many customers of the chunk were made and how many got other values."""

    created: int
    changed: int


def check_staged() -> None:
    """Follow merges of known customers, and refuse rows of erased ones into `import_error`. Writes nothing
    lasting.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW_MERGES)
        while cursor.rowcount:
            cursor.execute(_FOLLOW_MERGES)
        cursor.execute(_REFUSE_ERASED, {"hint": ERASED_HINT})


def upsert_staged(*, actor: Actor, at: datetime) -> StagedCustomers:
    """Make or change the customers of the staged rows and note who has which account in `import_customer`.

    Must run in the transaction of the chunk. Old values are kept in the history, as `correct_details` does.
    """
    values: dict[str, Any] = {"actor": actor.ref, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_MATCH)
        cursor.execute(_NAME_NEW, values)
        cursor.execute(_INSERT_NEW, values)
        created = cursor.rowcount
        cursor.execute("ANALYZE import_customer")
        cursor.execute(_CHANGES)
        cursor.execute("SELECT count(DISTINCT id) FROM import_customer_change")
        (changed,) = cursor.fetchone()
        if changed:
            cursor.execute(_KEEP_OLD, values)
            cursor.execute(_UPDATE, values)
    return StagedCustomers(created, changed)
