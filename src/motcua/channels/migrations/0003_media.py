"""Files of messages that lie at a channel's own host."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_tokens_and_rejections")]

    operations = [
        migrations.CreateModel(
            name="MediaFetch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=16)),
                ("conversation_id", models.UUIDField()),
                ("seq", models.PositiveIntegerField()),
                ("url", models.CharField(max_length=1000)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(db_index=True)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("conversation_id", "seq"), name="media_fetch_once")]},
        ),
    ]
