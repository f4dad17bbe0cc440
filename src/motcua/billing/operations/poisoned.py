"""A chunk that fails each time is cut down to the accounts that make it fail; these are set aside, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

from motcua.billing.models import BillRun, ExceptionState, RunException
from motcua.kernel.results import Refused
from motcua.supply import queries as supply_queries

log = structlog.get_logger(__name__)

FAILED = "FAILED"
IN_A_ROW = 50  # when so many fail one after another and none goes, it is not the accounts
MOST_PROBLEM = 200

_NEXT = """
SELECT account_code FROM billing_runaccount WHERE run_id = %s ORDER BY account_code LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_LEAVE = "DELETE FROM billing_runaccount WHERE run_id = %s AND account_code = %s RETURNING period"


class Came(Protocol):
    """What some accounts came to."""

    accounts: int
    bills: int

    def add(self, other: Any) -> None: ...


Some = TypeVar("Some", bound=Came)


def is_of_accounts(error: Exception) -> bool:
    """Whether an account may be the cause: not the server, the connection or the run itself."""
    return not isinstance(error, OperationalError | InterfaceError | Refused)


def part_by_part(
    size: int, came: Some, *, take: Callable[[int], Some], alone: Callable[[], tuple[Some, Exception | None]]
) -> Some:
    """As many accounts as `size`, in parts that go: halves of what fails, one alone at the end.

    `alone` gives what one account came to, and what it failed with. Raises that, when account after account fails.
    """
    part, failed = max(size // 2, 1), 0
    while came.accounts < size:
        part = min(part, size - came.accounts)
        if part > 1:
            try:
                got = take(part)
            except Exception as error:
                if not is_of_accounts(error):
                    raise
                part //= 2
                continue
        else:
            got, error_alone = alone()
            failed = failed + 1 if error_alone else 0
            if error_alone and failed >= IN_A_ROW and not came.bills:
                raise error_alone
        if not got.accounts:
            break
        came.add(got)
        part *= 2
    return came


def next_account(run: BillRun) -> str | None:
    """The first account that nobody holds, held; None: there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [run.id])
        row = cursor.fetchone()
    return str(row[0]) if row else None


def set_aside(run: BillRun, account_code: str, error: Exception, at: datetime) -> None:
    """It leaves the queue and waits for a person, with what went wrong in the machine's words."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [run.id, account_code])
        (period,) = cursor.fetchone()
    contract = supply_queries.find_contract(account_code)
    problem = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    RunException.objects.update_or_create(
        run=run,
        account_code=account_code,
        defaults={
            "unit_code": contract.unit_code if contract else run.unit_code, "code": FAILED, "kwh": None, "found_at": at,
            "facts": {"period": period, "problem": problem[:MOST_PROBLEM]}, "state": ExceptionState.OPEN, "decided_at": None,
            "decided_by": "", "reason": "",
        },
    )  # fmt: skip
    log.error("bill-run.account-failed", run=str(run.id), account=account_code, error=type(error).__name__)
