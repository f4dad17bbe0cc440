"""What companies' roles may do beyond their tables."""

from django.db import connection
from psycopg import sql

from motcua.companies import database_roles, schemas
from motcua.ops import embedded


class TestCompanyRole:
    def test_may_stage_rows_in_a_database_closed_to_the_public(self, owner):
        """An import makes temporary tables; the embedded server's database grants them to nobody by itself."""
        database = sql.Identifier(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))

        schemas.migrate_company("npc", app_login=embedded.APP)

        connection.set_schema_to_public()
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, false)", [database_roles.role_name("npc")])
            cursor.execute("CREATE TEMPORARY TABLE staged (id int)")
            cursor.execute("RESET ROLE")
