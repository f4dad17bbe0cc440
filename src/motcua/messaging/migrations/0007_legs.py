"""One conversation per customer over several addresses: legs. What there is gets the one leg it always had."""

import django.db.models.deletion
from django.db import migrations, models

LEGS_OF_OLD = """
INSERT INTO messaging_leg (id, conversation_id, channel, address, visitor_id, began_at, last_in_at, ended_at)
SELECT id, id, channel, address, visitor_id, opened_at, last_in_at, closed_at FROM messaging_conversation
ON CONFLICT DO NOTHING;
UPDATE messaging_conversation SET leg_id = id WHERE leg_id IS NULL;
UPDATE messaging_message m SET leg_id = m.conversation_id, channel = c.channel
  FROM messaging_conversation c
 WHERE c.id = m.conversation_id AND m.leg_id IS NULL AND NOT m.is_internal AND m.kind <> 'EVENT';
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_words_of_people")]

    operations = [
        migrations.CreateModel(
            name="Leg",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=16)),
                ("address", models.CharField(max_length=120)),
                ("visitor_id", models.UUIDField(null=True)),
                ("began_at", models.DateTimeField()),
                ("last_in_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="legs",
                        to="messaging.conversation",
                    ),
                ),
            ],
        ),
        migrations.AddField("conversation", "continued_in_id", models.UUIDField(null=True)),
        migrations.AddField("conversation", "leg_id", models.UUIDField(null=True)),
        migrations.AddField(
            "message", "channel", models.CharField(blank=True, db_default="", default="", max_length=16)
        ),
        migrations.AddField(
            "message",
            "leg",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="messaging.leg",
            ),
        ),
        migrations.AddIndex(
            "conversation",
            models.Index(
                condition=models.Q(("continued_in_id__isnull", False)),
                fields=["continued_in_id"],
                name="conversation_continued",
            ),
        ),
        migrations.AddIndex(
            "leg", models.Index(fields=["channel", "address", "-last_in_at"], name="leg_address")
        ),
        migrations.AddConstraint(
            "leg",
            models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("channel", "address"),
                name="leg_open_once",
            ),
        ),
        migrations.RunSQL(LEGS_OF_OLD, migrations.RunSQL.noop, hints={"national": False}),
    ]
