"""All may read the sums of money, each company's role writes its own rows alone."""

from importlib import import_module

from django.db import migrations

earlier = import_module("motcua.reports.migrations.0004_row_security_and_recount")
TABLES = ("reports_moneyday", "reports_moneypayers", "reports_moneydebt")


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_money")]

    operations = [
        migrations.RunSQL(
            "".join(earlier.policies(table, "company_code") for table in TABLES),
            "".join(earlier.no_policies(table) for table in TABLES),
            hints={"national": True},
        )
    ]
