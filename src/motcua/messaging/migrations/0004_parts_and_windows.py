"""Long texts in parts, echoes, the sender's order, reply windows that cost after a while; the rules of Zalo."""

from typing import Any

from django.db import migrations, models

from motcua.messaging import seeds


def put_rules(apps: Any, schema_editor: Any) -> None:
    seeds.put_rules(apps.get_model("messaging", "ChannelRule"), seeds.ZALO_RULES)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0003_push")]

    operations = [
        migrations.AddField("channelrule", "after_window", models.CharField(blank=True, db_default="", default="", max_length=8)),
        migrations.AddField("channelrule", "free_hours", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("inboxevent", "sent_at", models.DateTimeField(null=True)),
        migrations.AddField("outboxmessage", "fell_back_at", models.DateTimeField(null=True)),
        migrations.AddField("outboxmessage", "is_doubtful", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("outboxmessage", "parts_done", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AddField("outboxmessage", "refs", models.JSONField(db_default=[], default=list)),
        migrations.RunPython(put_rules, migrations.RunPython.noop, hints={"national": True}),
    ]
