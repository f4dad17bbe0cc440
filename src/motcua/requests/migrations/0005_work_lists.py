"""Work lists in the order people want them, what they keep of them, acts on many requests, reminders."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests', '0004_taken_back'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkAct',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(choices=[('ASSIGN', 'Assign'), ('REMIND', 'Remind')], max_length=6)),
                ('actor', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
                ('assignee', models.CharField(blank=True, max_length=80)),
                ('done', models.JSONField(default=list)),
                ('refused', models.JSONField(default=list)),
                ('undone_at', models.DateTimeField(null=True)),
                ('kept', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='DeskChoice',
            fields=[
                ('staff_id', models.UUIDField(primary_key=True, serialize=False)),
                ('columns', models.JSONField(default=list)),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('PENDING', 'Pending'), ('SENT', 'Sent'), ('WITHDRAWN', 'Withdrawn'), ('NEEDLESS', 'Needless')], default='PENDING', max_length=9)),
                ('by', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField()),
                ('send_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SavedList',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('staff_id', models.UUIDField()),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(max_length=400)),
                ('columns', models.JSONField(default=list)),
                ('unit_code', models.CharField(blank=True, max_length=8)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='request',
            name='request_work',
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('state__in', ['OPEN', 'WAITING_PAPERS'])), fields=['unit_code', 'waiting_role', 'step_due_at', 'id'], include=('service_code', 'step', 'assignee'), name='request_work_due'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('state__in', ['OPEN', 'WAITING_PAPERS'])), fields=['unit_code', 'waiting_role', 'due_at', 'id'], include=('service_code', 'step', 'assignee'), name='request_work_promise'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('state__in', ['OPEN', 'WAITING_PAPERS']), models.Q(('assignee', ''), _negated=True)), fields=['assignee', 'step_due_at', 'id'], name='request_work_holder'),
        ),
        migrations.AddIndex(
            model_name='bulkact',
            index=models.Index(fields=['actor', '-at'], name='bulk_act_actor'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='bulk',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='requests.bulkact'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='requests.request'),
        ),
        migrations.AddIndex(
            model_name='savedlist',
            index=models.Index(condition=models.Q(('unit_code', ''), _negated=True), fields=['unit_code'], name='saved_list_shared'),
        ),
        migrations.AddConstraint(
            model_name='savedlist',
            constraint=models.UniqueConstraint(fields=('staff_id', 'name'), name='saved_list_name'),
        ),
        migrations.AddConstraint(
            model_name='savedlist',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_list_has_name'),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(condition=models.Q(('state', 'PENDING')), fields=['send_at', 'id'], name='reminder_due'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'PENDING')), fields=('request',), name='reminder_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'PENDING')), models.Q(models.Q(('state', 'PENDING'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='reminder_ended_at'),
        ),
    ]
