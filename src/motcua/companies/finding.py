"""Which companies' records know something: asked of all of them in one statement, for an address that serves them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import sql

from motcua.companies import context, queries
from motcua.companies.models import Company


def find_companies(condition: str, facts: Mapping[str, Any]) -> list[Company]:
    """The power corporations in whose records the condition holds, in the order of their ids.

    `condition` is SQL of ours: it writes `{records}.` before each table of a company and takes its values from `facts`. It may ask
    for no other columns than those a model gives away as `finder_may`.
    """
    companies = list(queries.list_companies())
    if not companies:
        return []
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL(f"SELECT {{id}} WHERE {condition}").format(
            id=sql.Literal(company.pk), records=sql.Identifier(company.schema_name)
        )
        for company in companies
    )
    with context.as_finder(), connection.cursor() as cursor:
        cursor.execute(asked, facts)
        knowing = {id for (id,) in cursor.fetchall()}
    return [company for company in companies if company.pk in knowing]
