"""Days on which staff are away, and who stands in."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import motcua.companies.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0003_signatory'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffAbsence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('LEAVE', 'Leave'), ('SICK', 'Sick'), ('TRAINING', 'Training'), ('OTHER', 'Other')], max_length=8)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField()),
                ('recorded_by', models.CharField(max_length=80)),
                ('recorded_at', models.DateTimeField()),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ('stand_in', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['valid_to'], name='staff_absence_end')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('staff'), '='), (motcua.companies.models.DateRange('valid_from', 'valid_to'), '&&')], name='staff_absence_period'), models.CheckConstraint(condition=models.Q(('valid_to__gt', models.F('valid_from'))), name='staff_absence_order'), models.CheckConstraint(condition=models.Q(('stand_in__isnull', True), models.Q(('stand_in', models.F('staff')), _negated=True), _connector='OR'), name='staff_absence_other')],
            },
        ),
    ]
