"""At the group's host: an id of a bank belongs to the company that its first call was for."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from motcua.payments.models import BankRoute

REQUEST, TXN = "REQUEST", "TXN"


def claim_route(*, bank: str, kind: str, ref: str, company_code: str, at: datetime) -> str:
    """The company this id belongs to: the one given, unless an earlier call claimed it for another. Never undone.

    Runs in the group's schema and commits before the company is called, so that a call that is repeated after a kill
    finds its way again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_bankroute (bank, kind, ref, company_code, at) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (bank, kind, ref) DO NOTHING
            """,
            [bank, kind, ref, company_code, at],
        )
        if cursor.rowcount == 1:
            return company_code
    return BankRoute.objects.values_list("company_code", flat=True).get(bank=bank, kind=kind, ref=ref)
