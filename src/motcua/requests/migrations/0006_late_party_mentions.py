"""Who broken promises are charged to, in the row too; people named in notes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests', '0005_work_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='request',
            name='late_party',
            field=models.CharField(blank=True, db_default='', default='', max_length=11),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('state__in', ['OPEN', 'WAITING_PAPERS']), ('paused_at__isnull', True)), fields=['unit_code', 'due_at', 'id'], name='request_breaking'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('on_time', False), ('state', 'SETTLED')), fields=['unit_code', 'closed_at'], include=('on_time', 'late_party'), name='request_late'),
        ),
        migrations.AddField(
            model_name='mention',
            name='note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mentions', to='requests.note'),
        ),
        migrations.AddField(
            model_name='mention',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mentions', to='requests.request'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(fields=['staff_id', '-at', 'id'], name='mention_of_staff'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(condition=models.Q(('read_at__isnull', True)), fields=['staff_id'], name='mention_unread'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(fields=('note', 'staff_id'), name='mention_once'),
        ),
        migrations.RunSQL(
            """
            UPDATE requests_request r SET late_party = told.party
              FROM (SELECT DISTINCT ON (request_id) request_id, payload->>'party' AS party FROM requests_entry
                     WHERE name = 'late.explained' ORDER BY request_id, seq DESC) told
             WHERE told.request_id = r.id
            """,
            migrations.RunSQL.noop,
            hints={"national": False},
        ),
    ]
