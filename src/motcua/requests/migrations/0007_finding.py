"""What requests are found by; those there are get their words from the room's job."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests', '0006_late_party_mentions'),
    ]

    operations = [
        migrations.CreateModel(
            name='ToFind',
            fields=[
                ('request_id', models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='finding', serialize=False, to='requests.request')),
                ('submitted_at', models.DateTimeField()),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('phone_backwards', models.CharField(blank=True, max_length=16)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['words'], name='finding_words'), models.Index(fields=['-submitted_at'], name='finding_recent'), models.Index(django.contrib.postgres.indexes.OpClass('phone_backwards', name='text_pattern_ops'), condition=models.Q(('phone_backwards', ''), _negated=True), name='finding_phone_tail')],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO requests_tofind (request_id) SELECT id FROM requests_request",
            migrations.RunSQL.noop,
            hints={"national": False},
        ),
    ]
