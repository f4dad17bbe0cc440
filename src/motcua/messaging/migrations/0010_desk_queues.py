"""The queues a company begins with, and an episode for whoever waits or is answered already."""

from typing import Any

from django.db import migrations

from motcua.messaging.desk import seeds

HERE = {"national": False}


def put_queues(apps: Any, schema_editor: Any) -> None:
    seeds.put_queues(apps.get_model("messaging", "DeskQueue"), apps.get_model("messaging", "DeskTarget"))


class Migration(migrations.Migration):
    dependencies = [("messaging", "0009_desk")]

    operations = [
        migrations.RunPython(put_queues, migrations.RunPython.noop, hints=HERE),
        migrations.RunSQL(seeds.CARRIED_OVER, migrations.RunSQL.noop, hints=HERE),
    ]
