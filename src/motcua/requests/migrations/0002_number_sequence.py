"""Numbers come from a sequence: no row to wait for, and a gap harms nobody."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("requests", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE requests_number_seq",
            "DROP SEQUENCE requests_number_seq",
            hints={"national": False},
        )
    ]
