"""Mass notices, versions of texts, and lanes in the outbox."""

import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0007_legs"),
    ]

    operations = [
        migrations.CreateModel(
            name="MassCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_code", models.CharField(max_length=13)),
            ],
        ),
        migrations.CreateModel(
            name="MassNotice",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("topic", models.CharField(max_length=12)),
                ("kind", models.CharField(max_length=13)),
                ("purpose", models.CharField(blank=True, max_length=40)),
                ("template", models.CharField(blank=True, max_length=60)),
                ("texts", models.JSONField()),
                ("params", models.JSONField(default=dict)),
                ("audience", models.CharField(max_length=24)),
                ("audience_params", models.JSONField(default=dict)),
                ("is_per_account", models.BooleanField(default=False)),
                ("channels", models.JSONField()),
                ("day_from", models.TimeField(default=datetime.time(7, 0))),
                ("day_to", models.TimeField(default=datetime.time(21, 0))),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("GATHERING", "Gathering"),
                            ("READY", "Ready"),
                            ("RUNNING", "Running"),
                            ("PAUSED", "Paused"),
                            ("STOPPED", "Stopped"),
                            ("DONE", "Done"),
                        ],
                        default="GATHERING",
                        max_length=9,
                    ),
                ),
                ("gathered_up_to", models.CharField(blank=True, max_length=40)),
                ("released_up_to", models.BigIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("counted_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=80)),
                ("started_at", models.DateTimeField(null=True)),
                ("started_by", models.CharField(blank=True, max_length=80)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="MassPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("four_eyes_above", models.PositiveIntegerField()),
                ("prices", models.JSONField(default=dict)),
                ("source", models.CharField(blank=True, max_length=300)),
                ("set_at", models.DateTimeField()),
                ("set_by", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="MassRecipient",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=40)),
                ("customer_id", models.UUIDField(null=True)),
                ("account_code", models.CharField(blank=True, max_length=13)),
                ("channel", models.CharField(blank=True, max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("TO_SEND", "To Send"),
                            ("NO_ADDRESS", "No Address"),
                            ("NO_CONSENT", "No Consent"),
                            ("DECLINED", "Declined"),
                            ("UNKNOWN", "Unknown"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("form", models.CharField(max_length=5)),
                ("number", models.PositiveIntegerField()),
                ("vi", models.TextField()),
                ("en", models.TextField()),
                ("author", models.CharField(max_length=80)),
                ("reason", models.CharField(max_length=300)),
                ("valid_from", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="outboxmessage",
            name="outbox_due",
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="lane",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="mass_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="purpose",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="template_version",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["QUEUED", "SENDING"])),
                fields=["lane", "next_at", "id"],
                name="outbox_due_by_lane",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("mass_id__isnull", False)),
                fields=["mass_id", "state"],
                name="outbox_mass",
            ),
        ),
        migrations.AddIndex(
            model_name="massnotice",
            index=models.Index(fields=["-created_at"], name="mass_recent"),
        ),
        migrations.AddIndex(
            model_name="massnotice",
            index=models.Index(
                condition=models.Q(("state__in", ["GATHERING", "RUNNING"])),
                fields=["state"],
                name="mass_at_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="massnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("started_at__isnull", True), ("state__in", ["GATHERING", "READY"])),
                    models.Q(("started_at__isnull", False), ("state__in", ["RUNNING", "PAUSED", "DONE"])),
                    ("state", "STOPPED"),
                    _connector="OR",
                ),
                name="mass_started_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="massnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ["STOPPED", "DONE"])),
                    models.Q(
                        models.Q(("state__in", ["STOPPED", "DONE"]), _negated=True),
                        ("ended_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="mass_ended_at",
            ),
        ),
        migrations.AddField(
            model_name="masscode",
            name="notice",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="codes",
                to="messaging.massnotice",
            ),
        ),
        migrations.AddField(
            model_name="massrecipient",
            name="notice",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recipients",
                to="messaging.massnotice",
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.UniqueConstraint(
                fields=("code", "form", "number"), name="template_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="template_version_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("vi", ""), _negated=True),
                    models.Q(("en", ""), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                ),
                name="template_version_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="masscode",
            constraint=models.UniqueConstraint(fields=("notice", "account_code"), name="mass_code_once"),
        ),
        migrations.AddIndex(
            model_name="massrecipient",
            index=models.Index(
                condition=models.Q(("state", "TO_SEND")),
                fields=["notice", "id"],
                name="mass_recipient_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="massrecipient",
            constraint=models.UniqueConstraint(fields=("notice", "subject"), name="mass_recipient_once"),
        ),
    ]
