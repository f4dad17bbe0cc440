"""Ready answers, who is named in notes, and what conversations are found by; those there are get their words from the job."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0010_desk_queues"),
    ]

    operations = [
        migrations.CreateModel(
            name="TalkToFind",
            fields=[
                ("conversation_id", models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="CannedAnswer",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("shortcode", models.SlugField(max_length=40)),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("staff_id", models.CharField(blank=True, max_length=60)),
                ("search_key", models.TextField()),
                ("written_by", models.CharField(max_length=80)),
                ("written_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("staff_id", "shortcode"),
                        name="canned_code_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TalkFinding",
            fields=[
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="finding",
                        serialize=False,
                        to="messaging.conversation",
                    ),
                ),
                ("last_at", models.DateTimeField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                ("phone_backwards", models.CharField(blank=True, max_length=16)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="talk_finding_words"),
                    models.Index(fields=["-last_at"], name="talk_finding_recent"),
                    models.Index(
                        django.contrib.postgres.indexes.OpClass("phone_backwards", name="text_pattern_ops"),
                        condition=models.Q(("phone_backwards", ""), _negated=True),
                        name="talk_finding_phone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TalkMention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("staff_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to="messaging.message",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["staff_id", "-at", "id"], name="talk_mention_of_staff"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["staff_id"],
                        name="talk_mention_unread",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("message", "staff_id"), name="talk_mention_once")
                ],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO messaging_talktofind (conversation_id) SELECT id FROM messaging_conversation",
            migrations.RunSQL.noop,
            hints={"national": False},
        ),
    ]
