"""From one instant or day to before another, as ranges for exclusion constraints."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField
from django.db.models import Func


class InstantRange(Func):
    """[from, to) as a range, for exclusion constraints."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class DayRange(Func):
    """The days from one to before another, for exclusion constraints."""

    function = "daterange"
    output_field = DateRangeField()
