"""Where companies keep their people, and who of them signed in from there."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffDirectory',
            fields=[
                ('code', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('OIDC', 'Oidc'), ('LDAP', 'Ldap')], max_length=4)),
                ('name', models.CharField(max_length=120)),
                ('address', models.CharField(max_length=300)),
                ('client_id', models.CharField(max_length=200)),
                ('secret_sealed', models.BinaryField()),
                ('options', models.JSONField(default=dict)),
                ('recheck_minutes', models.PositiveSmallIntegerField(default=10)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('recheck_minutes__range', (1, 55))), name='staff_directory_hour')],
            },
        ),
        migrations.CreateModel(
            name='StaffSignIn',
            fields=[
                ('state_hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('browser_hash', models.CharField(max_length=64)),
                ('nonce', models.CharField(max_length=64)),
                ('verifier_sealed', models.BinaryField()),
                ('goes_to', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_index=True)),
                ('directory', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connectors.staffdirectory')),
            ],
        ),
        migrations.CreateModel(
            name='StaffIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff_id', models.UUIDField(unique=True)),
                ('subject', models.CharField(max_length=255)),
                ('refresh_sealed', models.BinaryField(null=True)),
                ('signed_in_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField()),
                ('is_open', models.BooleanField(default=True)),
                ('directory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identities', to='connectors.staffdirectory')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_open', True)), fields=['checked_at'], name='staff_identity_due')],
                'constraints': [models.UniqueConstraint(fields=('directory', 'subject'), name='staff_identity_subject')],
            },
        ),
    ]
