"""A model's columns and their names as statements of ours write them."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model

Fields = tuple["Field[Any, Any]", ...]


def of(model: type[Model]) -> Fields:
    """Every column that is written: what the database computes is not."""
    return tuple(field for field in model._meta.concrete_fields if not field.generated)


def of_new(model: type[Model]) -> Fields:
    """The columns a new row brings: a key that the database counts is not among them."""
    return tuple(field for field in of(model) if not isinstance(field, AutoField))


def table(model: type[Model]) -> str:
    """The table's name, quoted."""
    return connection.ops.quote_name(model._meta.db_table)


def name(field: Field[Any, Any]) -> str:
    """The column's name, quoted."""
    return connection.ops.quote_name(str(field.column))
