"""Making and keeping the schemas: extensions, migrations, roles and grants. Runs as the database's owner.

Every step may be run again; a start that was cut half way goes on where it stopped, company by company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from motcua.companies import schema_script
from motcua.companies.database_roles import FINDER, edge_role_name, role_name
from motcua.companies.models import Company
from motcua.companies.router import is_national

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")

REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

QUEUE_GRANTS = """
GRANT INSERT ON public.procrastinate_jobs, public.procrastinate_events TO {role};
GRANT SELECT (id, queueing_lock, status) ON public.procrastinate_jobs TO {role};
GRANT USAGE ON SEQUENCE public.procrastinate_jobs_id_seq, public.procrastinate_events_id_seq TO {role};
"""

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    return None


def _execute(statement: str, **names: str) -> None:
    identifiers = {key: sql.Identifier(value) for key, value in names.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**identifiers))


@contextmanager
def _in_public() -> Iterator[None]:
    wrapper: Any = connection  # the library's wrapper knows more than Django's type says
    wrapper.set_schema_to_public()
    yield
    wrapper.set_schema_to_public()


def migrate_all(*, app_login: str, progress: Progress = _silent) -> None:
    """Bring `public` and every company to the present migrations, then grant. `app_login` is the role pages
    sign in as.
    """
    migrate_public(app_login=app_login, progress=progress)
    companies = list(Company.objects.order_by("id"))
    for number, company in enumerate(companies, 1):
        progress(f"{number}/{len(companies)} {company.code}")
        migrate_company(company.schema_name, app_login=app_login)


def migrate_public(*, app_login: str, progress: Progress = _silent) -> None:
    """Extensions, national tables, the queue, and the application's grants on them."""
    with _in_public():
        for extension in EXTENSIONS:
            _execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
        progress("public")
        call_command("migrate_schemas", shared=True, interactive=False, verbosity=0, stdout=StringIO())
    with _in_public():
        _execute(REFUSE_CHANGE)
        _protect_append_only(get_public_schema_name())
        _execute("ALTER ROLE {app} SET search_path = ''", app=app_login)
        _execute("GRANT USAGE ON SCHEMA public TO {app}", app=app_login)
        _execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}", app=app_login
        )
        _execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app}", app=app_login)
        if settings.EDGE_LOGIN:
            _execute("ALTER ROLE {edge} SET search_path = ''", edge=settings.EDGE_LOGIN)
        _grant_edge(get_public_schema_name(), app_login)
        _execute(QUEUE_GRANTS, role=edge_role_name(get_public_schema_name()))


def migrate_company(schema_name: str, *, app_login: str) -> None:
    """Make the schema when absent, migrate it, and give its role what it may do: there, and in `public`."""
    with _in_public():
        _execute("CREATE SCHEMA IF NOT EXISTS {schema}", schema=schema_name)
        if not schema_script.is_empty(schema_name):
            _migrate_tables(schema_name)
        elif (statements := schema_script.find()) is not None:
            schema_script.say_again(schema_name, statements)
        else:
            with schema_script.recording() as record:
                _migrate_tables(schema_name)
            schema_script.keep(record)
    with _in_public():
        role = role_name(schema_name)
        _make_role(role, app_login)
        _protect_append_only(schema_name)
        _grant_own_schema(schema_name, role)
        _grant_national(role)
        _grant_edge(schema_name, app_login)
        _grant_finder(schema_name, app_login)


def _migrate_tables(schema_name: str) -> None:
    call_command(
        "migrate_schemas", schema_name=schema_name, interactive=False, verbosity=0, stdout=StringIO()
    )


def _make_role(role: str, app_login: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('motcua roles'))")
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            _execute("CREATE ROLE {role} NOLOGIN", role=role)
    _execute("GRANT {role} TO {app} WITH INHERIT FALSE, SET TRUE", role=role, app=app_login)


def _grant_edge(schema: str, app_login: str) -> None:
    """The edge's role in this schema: for its own login, and for the application where the edge has none."""
    role = edge_role_name(schema)
    _make_role(role, app_login)
    if settings.EDGE_LOGIN and app_login != settings.EDGE_LOGIN:
        _execute("GRANT {role} TO {edge} WITH INHERIT FALSE, SET TRUE", role=role, edge=settings.EDGE_LOGIN)
    _grant_named(schema, role, "edge_may")


def _grant_finder(schema: str, app_login: str) -> None:
    """The one role that sees into every company: no more than the columns by which a code finds its company."""
    _make_role(role_name(FINDER), app_login)
    _grant_named(schema, role_name(FINDER), "finder_may")


def _grant_named(schema: str, role: str, rights: str) -> None:
    """What the models say under that name, and nothing else."""
    _execute("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}", schema=schema, role=role)
    _execute("GRANT USAGE ON SCHEMA {schema} TO {role}", schema=schema, role=role)
    for model in _our_models(schema):
        for right in getattr(model, rights, ()):
            _execute(
                f"GRANT {right} ON {{schema}}.{{table}} TO {{role}}",
                schema=schema,
                table=model._meta.db_table,
                role=role,
            )


def _grant_own_schema(schema: str, role: str) -> None:
    # imports stage their rows; a database closed to PUBLIC, as ours is, lets nobody do that unasked
    _execute(
        "GRANT TEMPORARY ON DATABASE {database} TO {role}",
        database=str(connection.settings_dict["NAME"]),
        role=role,
    )
    _execute("GRANT USAGE ON SCHEMA {schema} TO {role}", schema=schema, role=role)
    _execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        schema=schema,
        role=role,
    )
    _execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}", schema=schema, role=role)
    for model in _our_models(schema):
        if getattr(model, "append_only", False):
            _execute(
                "REVOKE UPDATE, DELETE, TRUNCATE ON {schema}.{table} FROM {role}",
                schema=schema,
                table=model._meta.db_table,
                role=role,
            )


def _grant_national(role: str) -> None:
    _execute("GRANT USAGE ON SCHEMA public TO {role}", role=role)
    for model in _our_models(get_public_schema_name()):
        rights = "SELECT, INSERT, UPDATE, DELETE" if getattr(model, "company_writes", False) else "SELECT"
        _execute(f"GRANT {rights} ON public.{{table}} TO {{role}}", table=model._meta.db_table, role=role)
        if getattr(model, "company_writes", False):
            _execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}", role=role)
    _execute(QUEUE_GRANTS, role=role)


def _protect_append_only(schema: str) -> None:
    for model in _our_models(schema):
        if getattr(model, "append_only", False):
            _execute(
                "CREATE OR REPLACE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {schema}.{table} "
                "FOR EACH ROW EXECUTE FUNCTION public.refuse_change()",
                schema=schema,
                table=model._meta.db_table,
            )


def _our_models(schema: str) -> list[Any]:
    """Our models whose tables stand in the schema (a room half way through its migrations has some missing)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        tables = {name for (name,) in cursor.fetchall()}
    national = schema == get_public_schema_name()
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("motcua.")
        and is_national(model) == national
        and model._meta.db_table in tables
    ]
