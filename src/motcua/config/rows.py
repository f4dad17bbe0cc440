"""New rows of several tables in one round trip.

The ORM builds each INSERT anew and waits for its answer. An act that writes five rows into five tables says them here
at once: prepared once a connection, sent together. The first error among them is raised, and none of them stands
(they run in the caller's transaction). Rows have their keys already; a key that the database counts is not read back.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from motcua.config import columns
from motcua.config.columns import Fields

_wrapper: Any = connection  # the library's wrapper knows more than Django's type says


Statement = tuple[str, Any]  # its words, and its values: a list, or a mapping where they have names


def insert(*rows: Model) -> None:
    """Write these rows in the order given. Needs an open transaction. Raises what the database refuses them for."""
    say(*(insertion(row) for row in rows))


def insert_new(row: Model) -> bool:
    """Write the row unless another has one of its keys; whether it was written."""
    statement, values = insertion(row)
    with _wrapper.prepared_cursor() as cursor:
        cursor.execute(f"{statement} ON CONFLICT DO NOTHING", values)
        return bool(cursor.rowcount)


def say(*statements: Statement) -> None:
    """Say these statements in the order given, without asking what they answered."""
    if not connection.in_atomic_block:
        raise RuntimeError("rows are written inside a transaction")
    with _wrapper.wrap_database_errors, _wrapper.prepared_cursor() as cursor, _wrapper.connection.pipeline():
        for statement, values in statements:
            cursor.execute(statement, values)


def ask(*statements: Statement) -> list[list[tuple[Any, ...]]]:
    """Say these statements in the order given, in one round trip; the rows that each answered.

    Each sees what those before it wrote, and what others committed before it began. For those few whose plan is the same for
    every value: they stay prepared.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("statements are said together inside a transaction")
    with _wrapper.wrap_database_errors, ExitStack() as opened:
        cursors = [opened.enter_context(_wrapper.prepared_cursor()) for _ in statements]
        with _wrapper.connection.pipeline():
            for cursor, (statement, values) in zip(cursors, statements, strict=True):
                cursor.execute(statement, values)
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def insertion(row: Model) -> Statement:
    """The INSERT of a row that is not there yet."""
    statement, fields = _insertion(type(row))
    return statement, _values(row, fields)


def replacement(row: Model) -> Statement:
    """The UPDATE of every column of a row that is there and locked."""
    statement, fields = _replacement(type(row))
    return statement, _values(row, fields)


def _values(row: Model, fields: Fields) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


@lru_cache
def _insertion(model: type[Model]) -> tuple[str, Fields]:
    fields = columns.of_new(model)
    names = ", ".join(columns.name(field) for field in fields)
    return f"INSERT INTO {columns.table(model)} ({names}) VALUES ({', '.join(['%s'] * len(fields))})", fields  # noqa: S608


@lru_cache
def _replacement(model: type[Model]) -> tuple[str, Fields]:
    fields = tuple(field for field in columns.of(model) if not field.primary_key)
    changes = ", ".join(f"{columns.name(field)} = %s" for field in fields)
    key: Any = model._meta.pk
    return f"UPDATE {columns.table(model)} SET {changes} WHERE {columns.name(key)} = %s", (*fields, key)  # noqa: S608
