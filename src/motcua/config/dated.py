"""Rows that hold from a day to before another, as the database keeps them: a period that ends after it starts, one at a time."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q


class DateRange(Func):
    """The days from `valid_from` to before `valid_to`, for exclusion constraints."""

    function = "daterange"
    output_field = DateRangeField()


def one_at_a_time(name: str, *fields: str, once: str = "") -> list[models.BaseConstraint]:
    """A period that ends after it starts, and no two rows of these fields on one day; named from `name`.

    `once` is the second constraint's own name, where it was made under another.
    """
    expressions: list[tuple[Any, str]] = [(F(field), RangeOperators.EQUAL) for field in fields]
    return [
        models.CheckConstraint(
            condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name=f"{name}_period"
        ),
        ExclusionConstraint(
            name=once or f"{name}_once_a_day",
            expressions=[*expressions, (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS)],
        ),
    ]
