"""The dated rules of the channels that ship with the house."""

from typing import Any

from django.db import migrations

from motcua.messaging import seeds


def put_rules(apps: Any, schema_editor: Any) -> None:
    seeds.put_rules(apps.get_model("messaging", "ChannelRule"))


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [migrations.RunPython(put_rules, migrations.RunPython.noop, hints={"national": True})]
