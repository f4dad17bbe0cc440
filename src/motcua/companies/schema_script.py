"""The SQL that made a company's schema, kept and said again for the next one.

Migrating an empty schema costs seconds, nearly all of it in Python. What a migration says to the database depends on
the code alone while the schema is empty: so the statements are written down when the first company is migrated, and
every later empty schema is made by saying them again, in one transaction and one round trip. Nothing is copied from
catalogue to catalogue, so nothing can be forgotten: triggers, functions with the path they were made under, sequences
and their owners come into being as they do by migration.

Kept in a schema that no other role may use, since the owner runs it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from django.db import connection, transaction

PACKAGE = Path(__file__).resolve().parents[1]
# Whatever a migration may read: code, and the tables in files beside it.
SOURCES = (".py", ".json", ".yaml")
LIBRARIES = ("Django", "django-tenants", "django-allauth", "django-axes", "procrastinate")
HOUSE = """
CREATE SCHEMA IF NOT EXISTS motcua_house;
REVOKE ALL ON SCHEMA motcua_house FROM PUBLIC;
CREATE TABLE IF NOT EXISTS motcua_house.company_script (
    key text PRIMARY KEY, statements text NOT NULL, made_at timestamptz NOT NULL DEFAULT now()
)
"""
# Reading leaves nothing behind; the path is another company's; savepoints belong to the transactions of the day.
_PASSED_OVER = ("SELECT", "SET SEARCH_PATH", "SAVEPOINT", "RELEASE SAVEPOINT", "SHOW")
# Cannot be said again inside a transaction, or took back something that was written down.
_NOT_REPEATABLE = ("ROLLBACK TO SAVEPOINT", "VACUUM", "CREATE INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY")

_wrapper: Any = connection  # the library's wrapper knows more than Django's type says


@dataclass
class Record:
    """What was said to the database, in order."""

    statements: list[str] = field(default_factory=list)
    is_repeatable: bool = True

    def __call__(
        self, execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        result = execute(statement, params, many, context)
        self._write_down(statement, params, many)
        return result

    def _write_down(self, statement: Any, params: Any, many: bool) -> None:
        said = _wrapper.ops.compose_sql(statement, params) if not many else str(statement)
        begins = " ".join(said.split()).upper()
        if begins.startswith(_PASSED_OVER):
            return
        if many or begins.startswith(_NOT_REPEATABLE) or "INDEX CONCURRENTLY" in begins:
            self.is_repeatable = False
        self.statements.append(said.strip().rstrip(";"))


@contextmanager
def recording() -> Iterator[Record]:
    """Write down what is said to the database meanwhile."""
    record = Record()
    with connection.execute_wrapper(record):
        yield record


@cache
def key() -> str:
    """A hash of everything the statements depend on: our code and the libraries with tables of their own."""
    digest = hashlib.sha256()
    for library in LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\n".encode())
    for path in sorted(path for path in PACKAGE.rglob("*") if path.suffix in SOURCES):
        digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def keep(record: Record) -> None:
    """Keep what made an empty schema, instead of what made one under older code."""
    if not record.is_repeatable:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOUSE)
        cursor.execute("DELETE FROM motcua_house.company_script")
        cursor.execute(
            "INSERT INTO motcua_house.company_script (key, statements) VALUES (%s, %s)",
            [key(), ";\n".join(record.statements)],
        )


def find() -> str | None:
    """The statements that make a company's schema under this code, when they were kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('motcua_house.company_script') IS NOT NULL")
        row = cursor.fetchone()
        if not row or not row[0]:
            return None
        cursor.execute("SELECT statements FROM motcua_house.company_script WHERE key = %s", [key()])
        row = cursor.fetchone()
    return str(row[0]) if row else None


def is_empty(schema_name: str) -> bool:
    """Whether the schema is absent, or holds nothing yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s)",
            [schema_name],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def say_again(schema_name: str, statements: str) -> None:
    """Fill the empty schema: all of it or, when cut, nothing."""
    _wrapper.set_schema(schema_name)
    with transaction.atomic(), connection.cursor() as cursor:
        # each migration checked its deferred constraints at its own commit
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE;\n{statements}")
        cursor.execute("UPDATE django_migrations SET applied = now()")
    _wrapper.set_schema_to_public()
