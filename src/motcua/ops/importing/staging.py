"""The tables of one import's session and how a chunk goes through them; all of it is gone when the session
ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

from motcua.ops.importing.faults import Fault
from motcua.ops.importing.stage_lines import STAGE_COLUMNS

ANALYSED = "row_no, account_code, point_code, meter_serial, id_number, search_key, key"

_SESSION_TABLES = (
    "CREATE TEMPORARY TABLE import_seen_line (key bytea PRIMARY KEY, row_no integer NOT NULL)",
    "CREATE TEMPORARY TABLE import_seen ("
    "kind text, value text, owner text NOT NULL, row_no integer NOT NULL, PRIMARY KEY (kind, value))",
)
_STAGE = ", ".join(f"{name} {kind}" for name, kind in STAGE_COLUMNS)
_CHUNK_TABLES = (
    f"CREATE TEMPORARY TABLE import_stage ({_STAGE}) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE import_error (row_no integer, field text, code text, hint text) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE import_customer ("
    "account_code text PRIMARY KEY, row_no integer, customer_id uuid, is_new boolean) ON COMMIT DROP",
)
CHUNK_NAMES = (
    "import_stage",
    "import_error",
    "import_customer",
    "import_customer_change",
    "import_point",
    "import_meter",
    "import_hanging",
)
_COPY = f"COPY import_stage ({', '.join(name for name, _ in STAGE_COLUMNS)}) FROM STDIN"


@dataclass
class Chunk:
    """Cleaned rows of the file, ready to be copied; how many rows were read for them, and what was wrong."""

    number: int
    lines: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows_read: int = 0


def open_session() -> None:
    """Make the tables that outlive chunks."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_seen, pg_temp.import_seen_line")
        for statement in _SESSION_TABLES:
            cursor.execute(statement)


def close_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_seen, pg_temp.import_seen_line")


def drop_chunk() -> None:
    """Drop the chunk's tables; a transaction's end does it too, unless it stands inside another one."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in CHUNK_NAMES)}")


def wait_for_other_imports() -> None:
    """One chunk of the company at a time, whoever imports: until the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':import customers', 0))"
        )


def stage(lines: Iterable[str]) -> None:
    """Make the chunk's tables and copy the lines in. Inside the chunk's transaction."""
    with connection.cursor() as cursor:
        for statement in _CHUNK_TABLES:
            cursor.execute(statement)
        copy_lines(cursor, _COPY, lines)
        cursor.execute(f"ANALYZE import_stage ({ANALYSED})")


def copy_lines(cursor: object, statement: str, lines: Iterable[str]) -> None:
    """COPY lines of text, in pieces large enough not to count."""
    with cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        piece: list[str] = []
        for line in lines:
            piece.append(line)
            if len(piece) == 2000:
                copy.write("".join(piece).encode())
                piece.clear()
        copy.write("".join(piece).encode())


def take_faults() -> list[Fault]:
    """What the rooms refused in this chunk. Their rows leave the tables here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_no, field, code, hint FROM import_error ORDER BY row_no")
        faults = [Fault(*row) for row in cursor.fetchall()]
        if faults:
            cursor.execute(
                "DELETE FROM import_customer c USING import_stage s, import_error e "
                "WHERE e.row_no = s.row_no AND c.account_code = s.account_code"
            )
            cursor.execute("DELETE FROM import_stage s USING import_error e WHERE e.row_no = s.row_no")
    return faults
