"""Both walls between companies: the path finds no foreign table, the role may not read one."""

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from motcua.companies import operations as company_ops
from motcua.companies.context import current_company_code, in_public, using_company
from motcua.companies.models import AuditEntry, Company, Unit
from motcua.kernel.actors import Actor

EMPTY = [("", "none"), ('""', "none")]


class TestPath:
    def test_each_company_sees_its_own_rows(self, company, at):
        company_ops.record_audit(
            actor=Actor.system("t"), verb="seen", subject_type="x", subject_id="1", at=at
        )

        assert AuditEntry.objects.count() == 1
        with using_company("NPC"):
            assert AuditEntry.objects.count() == 0
            assert current_company_code() == "NPC"
        assert current_company_code() == "HANOI"

    def test_no_company_finds_no_table(self, company):
        with in_public(), pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
            Unit.objects.count()

    def test_a_pooled_connection_comes_back_empty(self, committed_company):
        assert Unit.objects.exists()

        connections["default"].close()
        connections["default"].ensure_connection()

        raw = connections["default"].connection
        assert (
            raw.execute("SELECT current_setting('search_path'), current_setting('role')").fetchone() in EMPTY
        )

    def test_a_pooled_connection_lets_go_of_its_locks(self, committed_company):
        """A job that gives its connection back while it calls out must not keep its lock with it."""
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        connection.cursor().execute("SELECT pg_advisory_lock(4711)")

        connections["default"].close()
        connections["default"].ensure_connection()

        assert connections["default"].connection.execute(held).fetchone() == (0,)
        free = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"
        assert connections["default"].connection.execute(free).fetchone() == (0,)

    def test_a_connection_that_broke_in_a_transaction_comes_back_empty(self, committed_company):
        with pytest.raises(ProgrammingError), transaction.atomic():
            connection.cursor().execute("SELECT * FROM no_such_table")

        connections["default"].close()
        connections["default"].ensure_connection()

        raw = connections["default"].connection
        assert (
            raw.execute("SELECT current_setting('search_path'), current_setting('role')").fetchone() in EMPTY
        )


class TestRole:
    @pytest.mark.parametrize(
        "statement",
        [
            'SELECT count(*) FROM "npc".companies_unit',
            "UPDATE \"npc\".companies_staff SET name = 'x'",
            "DELETE FROM public.companies_company",
            "UPDATE public.companies_domain SET domain = 'evil.localhost'",
            "CREATE TABLE public.mine (id int)",
        ],
    )
    def test_refuses_what_is_not_the_companys_even_when_fully_named(self, company, statement):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)

    def test_a_savepoint_rolled_back_keeps_the_company(self, company):
        try:
            with transaction.atomic():
                connection.cursor().execute("SELECT nothing")
        except ProgrammingError:
            pass

        assert Unit.objects.exists()
        assert current_company_code() == "HANOI"

    def test_append_only_rows_are_never_changed(self, company, at):
        company_ops.record_audit(
            actor=Actor.system("t"), verb="seen", subject_type="x", subject_id="1", at=at
        )

        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            AuditEntry.objects.update(verb="hidden")


class TestHosts:
    def test_an_unknown_host_is_404_and_touches_no_company(self, company, hanoi):
        assert hanoi.get("/", headers={"host": "nobody.localhost"}).status_code == 404
        assert Company.objects.filter(code="HANOI").exists()
