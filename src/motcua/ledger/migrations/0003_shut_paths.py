"""The checks run as the owner: their path ends with the temporary schema instead of beginning with it."""

from django.db import migrations

from motcua.companies.definers import shut_path

FUNCTIONS = ("ledger_check_balanced", "ledger_keep_balances")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_walls")]

    operations = [
        migrations.RunSQL(shut_path(function), migrations.RunSQL.noop, hints={"national": False})
        for function in FUNCTIONS
    ]
