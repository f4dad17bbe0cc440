"""Thousands of rows of one table in one statement.

The ORM adapts and quotes each value of each row; here the rows go as one JSON text, which the database takes apart. For
set-based twins of acts: the rows are new, or whole and locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection
from django.db.models import AutoField, Field, Model


def write(
    rows: Sequence[Model], *, unique: Sequence[str] = (), update: Sequence[str] = (), ignore: bool = False
) -> None:
    """Write the rows, all of one model; those whose `unique` columns are there already are changed in `update` alone.

    `ignore`: leave those as they are. Keys that the database counts are not read back. Raises what the database refuses.
    """
    if not rows:
        return
    model = type(rows[0])
    names = tuple(field.attname for field in _columns(model))
    told = [{_column(model, name): getattr(row, name) for name in names} for row in rows]
    text = orjson.dumps(told, default=_plain).decode()
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, tuple(unique), tuple(update), ignore), [text])


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no way to write a {type(value).__name__}")


def _columns(model: type[Model]) -> Iterable[Field[Any, Any]]:
    return (
        field
        for field in model._meta.concrete_fields
        if not field.generated and not isinstance(field, AutoField)
    )


@lru_cache(maxsize=512)
def _column(model: type[Model], name: str) -> str:
    return str(next(field.column for field in model._meta.concrete_fields if field.attname == name))


@lru_cache(maxsize=64)
def _statement(model: type[Model], unique: tuple[str, ...], update: tuple[str, ...], ignore: bool) -> str:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(_column(model, field.attname)) for field in _columns(model))
    statement = (
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608  names are the model's
        f"FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
    )
    if ignore:
        return f"{statement} ON CONFLICT DO NOTHING"
    if not update:
        return statement
    keys = ", ".join(quote(_column(model, name)) for name in unique)
    changes = ", ".join(
        f"{quote(c)} = EXCLUDED.{quote(c)}" for c in (_column(model, name) for name in update)
    )
    return f"{statement} ON CONFLICT ({keys}) DO UPDATE SET {changes}"
