"""A schema made by saying the kept statements again is the one that migrations make, object for object."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from motcua.companies import schema_script, schemas
from motcua.ops import embedded

MIGRATED, SAID_AGAIN = "wmigrated", "wsaidagain"

# Each line of the answer describes one object; the schema's and its role's names are made alike afterwards.
CATALOGUE = {
    "relations": """
        SELECT relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions::text, relispartition,
               relreplident, relowner::regrole::text,
               (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(relacl) a)
          FROM pg_class WHERE relnamespace = %(schema)s::regnamespace""",
    "columns": """
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
               a.attgenerated, a.attstorage, a.attcompression, a.attcollation::regcollation::text, a.attacl::text,
               pg_get_expr(d.adbin, d.adrelid)
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE c.relnamespace = %(schema)s::regnamespace AND a.attnum > 0""",
    "constraints": """
        SELECT conname, contype, condeferrable, condeferred, convalidated, conrelid::regclass::text,
               confrelid::regclass::text, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace""",
    "indexes": """
        SELECT c.relname, i.indisvalid, i.indisready, i.indisunique, i.indisexclusion, i.indimmediate,
               pg_get_indexdef(i.indexrelid)
          FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = %(schema)s::regnamespace""",
    "triggers": """
        SELECT t.tgname, t.tgenabled, pg_get_triggerdef(t.oid)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = %(schema)s::regnamespace AND NOT t.tgisinternal""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid), proowner::regrole::text, proacl::text
          FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace""",
    "policies": "SELECT * FROM pg_policies WHERE schemaname = %(schema)s",
    "sequences": """
        SELECT s.relname, q.data_type::text, q.start_value, q.min_value, q.max_value, q.increment_by, q.cycle,
               q.last_value, d.deptype, d.refobjid::regclass::text, d.refobjsubid
          FROM pg_class s JOIN pg_sequences q ON q.schemaname = %(schema)s AND q.sequencename = s.relname
          LEFT JOIN pg_depend d ON d.objid = s.oid AND d.refclassid = 'pg_class'::regclass
                AND d.deptype IN ('a', 'i')
         WHERE s.relnamespace = %(schema)s::regnamespace AND s.relkind = 'S'""",
    "types": """
        SELECT typname, typtype, pg_catalog.format_type(typbasetype, typtypmod)
          FROM pg_type WHERE typnamespace = %(schema)s::regnamespace""",
    "statistics": "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxnamespace = %(schema)s::regnamespace",
    "comments": """
        SELECT c.relname, d.objsubid, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
         WHERE c.relnamespace = %(schema)s::regnamespace""",
    "usage": "SELECT nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname = %(schema)s",
    "migrations": "SELECT id, app, name FROM {schema}.django_migrations",
}


def ask(statement: str, **values: str) -> list[tuple[Any, ...]]:
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()


def describe(what: str, schema: str) -> list[str]:
    """The schema's objects of one kind, one a line, without its name."""
    rows = ask(CATALOGUE[what].replace("{schema}", schema), schema=schema)
    return sorted(repr(row).replace(schema, "SCHEMA") for row in rows)


def rows_of(schema: str) -> dict[str, list[str]]:
    """Every row that an empty company's tables hold, but the instants of its migrations and its random mark."""
    tables = [name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = %(s)s", s=schema)]
    return {
        table: sorted(row for (row,) in ask(f'SELECT t::text FROM "{schema}"."{table}" t'))
        for table in tables
        if table not in {"django_migrations", "companies_companyedition"}
    }


class TestSayAgain:
    def test_makes_what_migrations_make(self, owner, monkeypatch):
        """Made from a schema that had a table already, which is migrated whatever was kept."""
        records, migrate = [], schemas._migrate_tables

        def write_down(schema_name):
            with schema_script.recording() as record:
                migrate(schema_name)
            records.append(record)

        monkeypatch.setattr(schemas, "_migrate_tables", write_down)
        connection.cursor().execute(f"CREATE SCHEMA {MIGRATED}; CREATE TABLE {MIGRATED}.something (id int)")
        schemas.migrate_company(MIGRATED, app_login=embedded.APP)
        connection.cursor().execute(f"DROP TABLE {MIGRATED}.something")
        assert len(records) == 1
        schema_script.keep(records[0])

        with connection.execute_wrapper(no_migration):
            schemas.migrate_company(SAID_AGAIN, app_login=embedded.APP)

        for what in CATALOGUE:
            assert describe(what, SAID_AGAIN) == describe(what, MIGRATED), what
        assert rows_of(SAID_AGAIN) == rows_of(MIGRATED)
        assert len(describe("relations", SAID_AGAIN)) > 200
        assert len(describe("triggers", SAID_AGAIN)) > 10
        assert len(describe("functions", SAID_AGAIN)) > 5
        assert any("EXCLUDE" in line for line in describe("constraints", SAID_AGAIN))
        assert any("WHERE" in line for line in describe("indexes", SAID_AGAIN))

    def test_leaves_nothing_to_migrate(self, owner):
        schemas.migrate_company("wfirst", app_login=embedded.APP)
        schemas.migrate_company("wsecond", app_login=embedded.APP)

        with schema_script.recording() as record:
            schemas.migrate_company("wsecond", app_login=embedded.APP)

        assert not [
            said for said in record.statements if said.startswith(("CREATE TABLE", "INSERT", "ALTER TABLE"))
        ]

    def test_a_cut_leaves_nothing_behind(self, owner):
        connection.cursor().execute("CREATE SCHEMA wcut")

        with pytest.raises(Exception, match="no_such"):
            schema_script.say_again("wcut", "CREATE TABLE half (id int);\nSELECT no_such()")

        assert schema_script.is_empty("wcut")


class TestKeep:
    def test_is_forgotten_when_the_code_changes(self, owner, monkeypatch):
        schemas.migrate_company("wkept", app_login=embedded.APP)
        assert schema_script.find()

        monkeypatch.setattr(schema_script, "key", lambda: "other code")

        assert schema_script.find() is None

    def test_nobody_but_the_owner_may_change_it(self, owner):
        schemas.migrate_company("wowner", app_login=embedded.APP)

        assert ask("SELECT has_schema_privilege(%(role)s, 'motcua_house', 'USAGE')", role=embedded.APP) == [
            (False,)
        ]

    @pytest.mark.parametrize(
        "statement", ["CREATE INDEX CONCURRENTLY i ON t (x)", "VACUUM t", "ROLLBACK TO SAVEPOINT s"]
    )
    def test_what_cannot_be_said_again_is_not_kept(self, owner, statement):
        connection.cursor().execute("DROP SCHEMA IF EXISTS motcua_house CASCADE")
        record = schema_script.Record()

        record(lambda *_: None, statement, None, False, {})
        schema_script.keep(record)

        assert schema_script.find() is None


def no_migration(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
    assert not str(statement).startswith('INSERT INTO "django_migrations"'), "migrated after all"
    return execute(statement, params, many, context)
