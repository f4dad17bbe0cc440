"""The wrapper Django loads as ENGINE `motcua.companies.backend`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.utils import DatabaseError
from django_tenants.postgresql_backend import base
from django_tenants.utils import get_limit_set_calls, get_public_schema_name

SET_COMPANY = "SELECT set_config('search_path', %s, false), set_config('role', %s, false)"


def role_of(schema_name: str) -> str:
    """The database role that sees this schema alone; `none` in `public` and for the owner's migrations."""
    prefix: str = settings.COMPANY_ROLE_PREFIX
    return "none" if not prefix or schema_name == get_public_schema_name() else prefix + schema_name


class DatabaseWrapper(base.DatabaseWrapper):
    """Sets path and role together: the first wall finds no foreign table, the second may not read it."""

    _setting_search_path: bool
    search_path_set_schemas: list[str] | None

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or (get_limit_set_calls() and self.search_path_set_schemas):
            return
        paths = self._get_cursor_search_paths()
        quoted = ",".join('"{}"'.format(path.replace('"', '""')) for path in paths)
        self._setting_search_path = True
        own = self.connection.cursor() if cursor is None else cursor
        try:
            own.execute(SET_COMPANY, [quoted, role_of(self.schema_name)])
        except (DatabaseError, psycopg.errors.InFailedSqlTransaction):
            # In a failed transaction only the roll-back that follows matters.
            self.search_path_set_schemas = None
            if not self._transaction_failed():
                raise
        else:
            self.search_path_set_schemas = paths
        finally:
            self._setting_search_path = False
            if cursor is None:
                own.close()

    @contextmanager
    def prepared_cursor(self) -> Iterator[Any]:
        """A cursor whose statements the server keeps prepared, for what is said again and again in the same words.

        Not for questions: a plan made for all values may be a bad one for this value. Statements are prepared at first
        sight: counting them first would have the library keep the text of every other statement too, and forget to
        take back the name of one that a refusal before it kept from the server.
        """
        self.ensure_connection()
        connection = self.connection
        with self._prepare_cursor(ServerBindingCursor(connection)) as cursor:  # type: ignore[call-arg]
            self._handle_search_path(cursor)
            connection.prepare_threshold = 0
            try:
                yield cursor
            finally:
                connection.prepare_threshold = None

    def _transaction_failed(self) -> bool:
        status = self.connection.info.transaction_status
        return bool(status == psycopg.pq.TransactionStatus.INERROR)
