"""Thousands of rows of one table in one statement.

The ORM adapts and quotes each value of each row; here the rows go as one JSON text, which the database takes apart. For
set-based twins of acts: the rows are new, or whole and locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import orjson
from django.db import connection
from django.db.models import Model

from motcua.config import columns


def write(
    rows: Sequence[Model], *, unique: Sequence[str] = (), update: Sequence[str] = (), ignore: bool = False
) -> None:
    """Write the rows, all of one model; those whose `unique` columns are there already are changed in `update` alone.

    `ignore`: leave those as they are. Keys that the database counts are not read back. Raises what the database refuses.
    """
    if not rows:
        return
    model = type(rows[0])
    names = [(str(field.column), field.attname) for field in columns.of_new(model)]
    told = [{column: getattr(row, name) for column, name in names} for row in rows]
    text = orjson.dumps(told, default=_plain).decode()
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, tuple(unique), tuple(update), ignore), [text])


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no way to write a {type(value).__name__}")


@lru_cache(maxsize=64)
def _statement(model: type[Model], unique: tuple[str, ...], update: tuple[str, ...], ignore: bool) -> str:
    table = columns.table(model)
    names = ", ".join(columns.name(field) for field in columns.of_new(model))
    statement = (
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608  names are the model's
        f"FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
    )
    if ignore:
        return f"{statement} ON CONFLICT DO NOTHING"
    if not update:
        return statement
    quoted = {field.attname: columns.name(field) for field in model._meta.concrete_fields}
    keys = ", ".join(quoted[name] for name in unique)
    changes = ", ".join(f"{quoted[name]} = EXCLUDED.{quoted[name]}" for name in update)
    return f"{statement} ON CONFLICT ({keys}) DO UPDATE SET {changes}"
