"""Browsers that let us wake them, and the rules of that channel."""

from typing import Any

from django.db import migrations, models

from motcua.messaging import seeds


def put_rules(apps: Any, schema_editor: Any) -> None:
    seeds.put_rules(apps.get_model("messaging", "ChannelRule"))


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_channel_rules")]

    operations = [
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("customer_id", models.UUIDField(db_index=True)),
                ("visitor_id", models.UUIDField(db_index=True)),
                ("endpoint", models.URLField(max_length=500, unique=True)),
                ("p256dh", models.CharField(max_length=100)),
                ("auth", models.CharField(max_length=40)),
                ("language", models.CharField(default="vi", max_length=2)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.CharField(blank=True, max_length=20)),
            ],
        ),
        migrations.RunPython(put_rules, migrations.RunPython.noop, hints={"national": True}),
    ]
