"""The sums of promises read from an index alone; the newest requests of a phone's end."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests', '0008_closed_cases'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='request',
            name='request_breaking',
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(django.db.models.functions.text.Left('phone_backwards', 4), models.OrderBy(models.F('submitted_at'), descending=True), condition=models.Q(('phone_backwards', ''), _negated=True), name='finding_phone_end'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('state__in', ['OPEN', 'WAITING_PAPERS']), ('paused_at__isnull', True)), fields=['unit_code', 'due_at'], include=('assignee',), name='request_promises'),
        ),
    ]
