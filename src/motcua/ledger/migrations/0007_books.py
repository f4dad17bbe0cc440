"""Bookings are numbered and legs know their day; balances are kept by day; periods, seals, holds, rates and mappings.

Balances are emptied here and counted anew by the next migration.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


HERE = {"national": False}
TABLES = ("ledger_ledgertransaction", "ledger_posting", "ledger_accountbalance")
OPEN = "".join(f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in TABLES)
SHUT = "".join(f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in TABLES)
DAYS = """
UPDATE ledger_posting p SET day = t.business_date FROM ledger_ledgertransaction t WHERE t.id = p.transaction_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0006_credits'),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE ledger_transaction_number START 1", "DROP SEQUENCE ledger_transaction_number", hints=HERE
        ),
        migrations.RunSQL(OPEN, SHUT, hints=HERE),
        migrations.RunSQL("DELETE FROM ledger_accountbalance", migrations.RunSQL.noop, hints=HERE),
        migrations.CreateModel(
            name='AccountMapping',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='mapping', serialize=False, to='ledger.account')),
                ('own_code', models.CharField(max_length=24)),
                ('own_name', models.CharField(blank=True, max_length=120)),
                ('set_by', models.CharField(max_length=80)),
                ('set_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('content', models.JSONField()),
                ('amount_vnd', models.BigIntegerField()),
                ('reference', models.CharField(max_length=120)),
                ('state', models.CharField(choices=[('PENDING', 'Pending'), ('POSTED', 'Posted'), ('VOIDED', 'Voided'), ('EXPIRED', 'Expired')], default='PENDING', max_length=7)),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=80)),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='LateRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(unique=True)),
                ('percent_a_year', models.DecimalField(decimal_places=3, max_digits=6)),
                ('days_of_year', models.PositiveSmallIntegerField(default=365)),
                ('grace_days', models.PositiveSmallIntegerField(default=0)),
                ('source', models.CharField(max_length=300)),
                ('set_by', models.CharField(max_length=80)),
                ('set_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Period',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('DAY', 'Day'), ('MONTH', 'Month')], max_length=5)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('state', models.CharField(choices=[('CLOSED', 'Closed'), ('REOPENED', 'Reopened')], default='CLOSED', max_length=8)),
                ('checks', models.JSONField()),
                ('closed_at', models.DateTimeField()),
                ('closed_by', models.CharField(max_length=80)),
                ('reopen_reason', models.CharField(blank=True, max_length=300)),
                ('reopen_asked_at', models.DateTimeField(null=True)),
                ('reopen_asked_by', models.CharField(blank=True, max_length=80)),
                ('reopened_at', models.DateTimeField(null=True)),
                ('reopened_by', models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('after_number', models.BigIntegerField()),
                ('up_to_number', models.BigIntegerField()),
                ('missing', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('late', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('bookings', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='accountbalance',
            name='ledger_balance_stripe',
        ),
        migrations.AddField(
            model_name='accountbalance',
            name='day',
            field=models.DateField(default="1970-01-01"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='ledgertransaction',
            name='number',
            field=models.BigIntegerField(db_default=models.Func(function="nextval('ledger_transaction_number')", output_field=models.BigIntegerField(), template='%(function)s'), editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='posting',
            name='day',
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(DAYS, migrations.RunSQL.noop, hints=HERE),
        migrations.AlterField(model_name='posting', name='day', field=models.DateField()),
        migrations.AlterField(
            model_name='accountbalance',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='balances', to='ledger.account'),
        ),
        migrations.AlterField(
            model_name='posting',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='ledger.account'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['account', 'day', 'id'], name='ledger_posting_day'),
        ),
        migrations.AddConstraint(
            model_name='accountbalance',
            constraint=models.UniqueConstraint(fields=('account', 'day', 'stripe'), name='ledger_balance_stripe'),
        ),
        migrations.AddConstraint(
            model_name='accountmapping',
            constraint=models.CheckConstraint(condition=models.Q(('own_code__regex', '^[0-9A-Za-z.\\-]{1,24}$')), name='ledger_mapping_code'),
        ),
        migrations.AddField(
            model_name='hold',
            name='charge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='ledger.charge'),
        ),
        migrations.AddField(
            model_name='hold',
            name='clearing_account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='ledger.account'),
        ),
        migrations.AddField(
            model_name='hold',
            name='transaction',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='hold', to='ledger.ledgertransaction'),
        ),
        migrations.AddConstraint(
            model_name='laterate',
            constraint=models.CheckConstraint(condition=models.Q(('days_of_year__in', [360, 365]), ('percent_a_year__gte', 0), ('percent_a_year__lte', 20)), name='ledger_late_rate_sound'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(fields=('after_number',), name='ledger_seal_no_fork'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('after_number__lte', models.F('up_to_number')), ('number__gte', 1)), name='ledger_seal_forward'),
        ),
        migrations.AddField(
            model_name='period',
            name='seal',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='ledger.seal'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'PENDING')), fields=['expires_at'], name='ledger_hold_due'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'PENDING')), fields=('charge',), name='ledger_hold_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0), ('expires_at__gt', models.F('at'))), name='ledger_hold_sound'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'PENDING'), ('transaction__isnull', True)), models.Q(('ended_at__isnull', False), ('state', 'POSTED'), ('transaction__isnull', False)), models.Q(('ended_at__isnull', False), ('state__in', ['VOIDED', 'EXPIRED']), ('transaction__isnull', True)), _connector='OR'), name='ledger_hold_state_true'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'CLOSED')), fields=('kind', 'first_day'), name='ledger_period_once'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'DAY'), ('last_day', models.F('first_day'))), models.Q(('kind', 'MONTH'), ('last_day__gt', models.F('first_day'))), _connector='OR'), name='ledger_period_days'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reopened_at__isnull', True), ('state', 'CLOSED')), models.Q(('reopen_asked_at__isnull', False), ('reopened_at__isnull', False), ('state', 'REOPENED'), models.Q(('reopen_reason', ''), _negated=True), models.Q(('reopened_by', ''), _negated=True)), _connector='OR'), name='ledger_period_state_true'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('reopened_by', ''), models.Q(('reopened_by', models.F('reopen_asked_by')), _negated=True), _connector='OR'), name='ledger_period_four_eyes'),
        ),
        migrations.RunSQL(SHUT, OPEN, hints=HERE),
    ]
