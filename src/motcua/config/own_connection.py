"""A connection to the database that no pool knows: for what a session of its own must hold (a lock as long as it lives)."""

from __future__ import annotations

from typing import Any

from django.db import connection
from psycopg.conninfo import make_conninfo


def conninfo(application_name: str) -> str:
    """Where Django's default database is."""
    database = connection.settings_dict
    options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
    fields: dict[str, Any] = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        "application_name": application_name,
        **options,
    }
    return make_conninfo(**{name: value for name, value in fields.items() if value not in ("", None)})
