"""What runs as the database's owner cannot be led to somebody's temporary table."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from motcua.companies import remembered
from motcua.companies.models import Unit

DEFINERS = """
SELECT n.nspname || '.' || p.proname, p.proconfig
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""


@pytest.mark.usefixtures("company")
def test_every_function_of_the_owner_looks_into_temporary_tables_last() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DEFINERS)
        found = dict(cursor.fetchall())

    assert {
        "hanoi.companies_companyedition_turn",
        "public.companies_nationaledition_turn",
        "hanoi.ledger_keep_balances",
    } <= set(found)
    for function, settings in found.items():
        [path] = [
            entry.partition("=")[2] for entry in settings or [] if entry.startswith("search_path=")
        ] or [""]
        assert path.split(",")[-1].strip() == "pg_temp", function


def test_a_companys_role_cannot_put_its_own_table_under_the_owners_function(company: Any) -> None:
    before = remembered.own().mark
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE companies_companyedition (id int, mark uuid)")
        cursor.execute("INSERT INTO companies_companyedition VALUES (1, gen_random_uuid())")

    Unit.objects.filter(kind="CENTRE").update(name="Trung tâm mới")

    with connection.cursor() as cursor:
        cursor.execute("SELECT mark FROM hanoi.companies_companyedition")
        assert cursor.fetchone()[0] != before
