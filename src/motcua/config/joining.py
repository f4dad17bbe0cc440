"""A transaction of one's own, or the caller's: without a savepoint, which costs two statements."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

Given = ParamSpec("Given")
Result = TypeVar("Result")


def joins(operation: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run the operation in the caller's transaction, or in one of its own where there is none.

    For operations that refuse before they write: what they refuse leaves nothing to take back in the caller's transaction.
    """

    @wraps(operation)
    def joined(*given: Given.args, **told: Given.kwargs) -> Result:
        if connection.in_atomic_block:
            return operation(*given, **told)
        with transaction.atomic():
            return operation(*given, **told)

    return joined
