"""What an account has of its own, the pair of tokens that opens it, and the calls that were not believed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0001_initial")]

    operations = [
        migrations.AddField("channelaccount", "settings", models.JSONField(db_default={}, default=dict)),
        migrations.CreateModel(
            name="ChannelToken",
            fields=[
                ("channel", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("state", models.CharField(choices=[("LIVE", "Live"), ("NEEDS_CONSENT", "Needs Consent")], default="NEEDS_CONSENT", max_length=13)),
                ("sealed_pair", models.TextField(blank=True)),
                ("sealed_before", models.TextField(blank=True)),
                ("sealed_answer", models.TextField(blank=True)),
                ("generation", models.PositiveIntegerField(default=0)),
                ("access_until", models.DateTimeField(null=True)),
                ("refresh_until", models.DateTimeField(null=True)),
                ("lease", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("refused_code", models.CharField(blank=True, max_length=60)),
                ("refused_at", models.DateTimeField(null=True)),
                ("sealed_asked", models.TextField(blank=True)),
                ("asked_until", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RejectedCall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=20)),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("channel", "reason", "day"), name="rejected_call_once")]},
        ),
    ]
