"""Words that a person wrote, marked as such after the window; the rules of Messenger."""

from typing import Any

from django.db import migrations, models

from motcua.messaging import seeds


def put_rules(apps: Any, schema_editor: Any) -> None:
    seeds.put_rules(apps.get_model("messaging", "ChannelRule"), seeds.MESSENGER_RULES)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0005_mail_rules")]

    operations = [
        migrations.AddField("channelrule", "person_hours", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField(
            "outboxmessage", "is_by_person", models.BooleanField(db_default=False, default=False)
        ),
        migrations.RunPython(put_rules, migrations.RunPython.noop, hints={"national": True}),
    ]
