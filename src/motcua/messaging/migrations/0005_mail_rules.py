"""The rules of e-mail."""

from typing import Any

from django.db import migrations

from motcua.messaging import seeds


def put_rules(apps: Any, schema_editor: Any) -> None:
    seeds.put_rules(apps.get_model("messaging", "ChannelRule"), seeds.MAIL_RULES)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_parts_and_windows")]

    operations = [migrations.RunPython(put_rules, migrations.RunPython.noop, hints={"national": True})]
