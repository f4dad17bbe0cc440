"""What the edge may do in the database: store what comes in, read what a stream plays, wake the worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from motcua.companies import database_roles
from motcua.ops import database, embedded

# All that the edge's role may do in a company's schema, and in `public`. More needs a reason, and a line here.
IN_A_COMPANY = {
    "channels_channelaccount": {"SELECT"},
    "channels_rejectedcall": {"SELECT", "INSERT", "UPDATE"},
    "messaging_inboxevent": {"SELECT", "INSERT"},
    "messaging_message": {"SELECT"},
}
IN_PUBLIC = {
    "companies_company": {"SELECT"},
    "companies_domain": {"SELECT"},
    "procrastinate_jobs": {"SELECT", "INSERT"},
    "procrastinate_events": {"INSERT"},
}
RIGHTS = """
SELECT c.relname, r.right_ FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) r (right_)
 WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
   AND has_any_column_privilege(%(role)s, c.oid, r.right_)
UNION ALL
SELECT c.relname, r.right_ FROM pg_class c, unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER', 'MAINTAIN']) r (right_)
 WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
   AND has_table_privilege(%(role)s, c.oid, r.right_)
"""
PERSONAL = (
    "customers_customer",
    "requests_request",
    "requests_requestdata",
    "requests_entry",
    "ledger_charge",
    "ledger_posting",
    "documents_document",
    "supply_place",
    "companies_staff",
    "messaging_conversation",
    "messaging_outboxmessage",
)


@pytest.fixture
def signed_in(django_db_setup: None, shared_server: Any) -> Iterator[psycopg.Connection]:
    """A connection as the edge makes it."""
    url = shared_server.edge_url(connections["default"].settings_dict["NAME"])
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_owner(django_db_setup: None, shared_server: Any) -> Iterator[psycopg.Connection]:
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(shared_server.owner_url(name), autocommit=True) as owner:
        yield owner


def rights(owner: psycopg.Connection, schema: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    names = {"schema": schema, "role": database_roles.edge_role_name(schema)}
    for table, right in owner.execute(RIGHTS, names).fetchall():
        found.setdefault(table, set()).add(right)
    return found


class TestRole:
    def test_may_do_in_a_company_what_is_listed_here_and_nothing_else(self, as_owner):
        assert rights(as_owner, "hanoi") == IN_A_COMPANY

    def test_may_do_in_public_what_is_listed_here_and_nothing_else(self, as_owner):
        assert rights(as_owner, "public") == IN_PUBLIC

    @pytest.mark.parametrize("table", PERSONAL)
    def test_reads_nothing_of_customers_requests_and_money(self, signed_in, table):
        signed_in.execute("SELECT set_config('search_path', 'hanoi', false)")
        signed_in.execute("SELECT set_config('role', %s, false)", [database_roles.edge_role_name("hanoi")])

        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=table):
            signed_in.execute(f"SELECT * FROM {table}")

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT payload FROM messaging_inboxevent",
            "UPDATE messaging_inboxevent SET state = 'DONE'",
            "DELETE FROM messaging_message",
            "SELECT sealed_keys FROM channels_channelaccount",
            "INSERT INTO messaging_inboxevent (channel, event_id, sender, payload, received_at, state) "
            "VALUES ('SMS', 'x', '', '{}', now(), 'DONE')",
            "INSERT INTO npc.messaging_inboxevent (channel, event_id, sender, payload, received_at) "
            "VALUES ('SMS', 'x', '', '{}', now())",
            "SELECT hotline FROM public.companies_company",
            "CREATE TABLE hanoi.mine (id int)",
        ],
    )
    def test_goes_no_step_further_where_it_may_do_something(self, signed_in, statement):
        signed_in.execute("SELECT set_config('search_path', 'hanoi', false)")
        signed_in.execute("SELECT set_config('role', %s, false)", [database_roles.edge_role_name("hanoi")])

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            signed_in.execute(statement)


class TestLogin:
    @pytest.mark.parametrize("role", ["hanoi", "npc", "group"])
    def test_may_not_take_on_a_companys_role(self, signed_in, role):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            signed_in.execute("SELECT set_config('role', %s, false)", [database_roles.role_name(role)])

    def test_may_do_nothing_before_it_takes_on_a_role(self, signed_in):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            signed_in.execute("SELECT code FROM public.companies_company")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            signed_in.execute("SELECT * FROM hanoi.messaging_message")

    def test_a_start_sees_that_the_roles_are_missing(self, shared_server, committed_company, monkeypatch):
        monkeypatch.setenv("MOTCUA_DB_ROLE_PREFIX", settings.COMPANY_ROLE_PREFIX.removesuffix("_"))
        name = committed_company.test_database
        found = database.Database(
            shared_server.app_url(name), shared_server.owner_url(name), None, shared_server.edge_url(name)
        )
        assert database.edge_has_its_roles(found)

        with psycopg.connect(found.owner_url, autocommit=True) as owner:
            owner.execute("UPDATE companies_company SET schema_name = 'elsewhere' WHERE code = 'NPC'")

        assert not database.edge_has_its_roles(found)

    def test_the_edge_is_told_no_other_login(self, shared_server):
        found = database.Database(
            "postgresql://app@/x", "postgresql://owner@/x", None, "postgresql://edge@/x"
        )
        environment = database.as_edge(
            {"DATABASE_URL": found.app_url, "DATABASE_OWNER_URL": found.owner_url}, found
        )

        assert set(environment.values()) == {"postgresql://edge@/x"}
        assert embedded.EDGE in shared_server.server.edge_url
