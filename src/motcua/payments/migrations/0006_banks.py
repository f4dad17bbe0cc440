"""Banks' keys, calls, limits, cut-offs, reservations, days; what stands already is carried over by 0007."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0005_cash_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('told_count', models.PositiveIntegerField()),
                ('told_vnd', models.BigIntegerField()),
                ('matched', models.PositiveIntegerField()),
                ('differing', models.PositiveIntegerField()),
                ('compared_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='BankDayLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('txn_id', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=8)),
                ('amount_vnd', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='BankHold',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('bank', models.CharField(max_length=16)),
                ('txn_id', models.CharField(max_length=64)),
                ('charge_id', models.UUIDField()),
                ('amount_vnd', models.BigIntegerField()),
                ('channel', models.CharField(blank=True, max_length=12)),
                ('request_id', models.CharField(max_length=64)),
                ('held_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('HELD', 'Held'), ('CONFIRMED', 'Confirmed'), ('RELEASED', 'Released')], default='HELD', max_length=9)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BankRoute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bank', models.CharField(max_length=16)),
                ('kind', models.CharField(max_length=8)),
                ('ref', models.CharField(max_length=64)),
                ('company_code', models.CharField(max_length=12)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CollectionPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(unique=True)),
                ('order', models.CharField(choices=[('OLDEST_DUE', 'Oldest Due'), ('OLDEST_RAISED', 'Oldest Raised')], max_length=16)),
                ('part_payment', models.BooleanField()),
                ('must_follow_order', models.BooleanField()),
                ('hold_seconds', models.PositiveIntegerField()),
                ('source', models.CharField(max_length=200)),
                ('created_by', models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name='PartnerCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('call', models.CharField(max_length=20)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('code', models.CharField(max_length=2)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('took_ms', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='PartnerCutOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('ends_at', models.TimeField(null=True)),
                ('created_by', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PartnerKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('HMAC', 'Hmac'), ('ED25519', 'Ed25519')], max_length=8)),
                ('secret_sealed', models.BinaryField(default=b'')),
                ('public_key', models.CharField(blank=True, max_length=64)),
                ('is_sandbox', models.BooleanField(default=False)),
                ('needs_nonce', models.BooleanField(default=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name='PartnerMinute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('minute', models.DateTimeField()),
                ('calls', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='PartnerNonce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nonce', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='banknotification',
            name='channel',
            field=models.CharField(blank=True, db_default='', max_length=12),
        ),
        migrations.AddField(
            model_name='partner',
            name='calls_per_minute',
            field=models.PositiveIntegerField(default=6000),
        ),
        migrations.AddField(
            model_name='partneranswer',
            name='asked',
            field=models.JSONField(null=True),
        ),
        migrations.AddIndex(
            model_name='banknotification',
            index=models.Index(condition=models.Q(('charge_id__isnull', False), ('state', 'RECEIVED')), fields=['charge_id'], name='payments_notification_coming'),
        ),
        migrations.AddIndex(
            model_name='banknotification',
            index=models.Index(fields=['bank', 'received_at'], name='payments_notification_day'),
        ),
        migrations.AddConstraint(
            model_name='partner',
            constraint=models.CheckConstraint(condition=models.Q(('calls_per_minute__gt', 0)), name='payments_partner_limit'),
        ),
        migrations.AddField(
            model_name='bankday',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='payments.partner'),
        ),
        migrations.AddField(
            model_name='bankdayline',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.partner'),
        ),
        migrations.AddIndex(
            model_name='bankhold',
            index=models.Index(condition=models.Q(('state', 'HELD')), fields=['charge_id'], name='payments_hold_open'),
        ),
        migrations.AddConstraint(
            model_name='bankhold',
            constraint=models.UniqueConstraint(fields=('bank', 'txn_id'), name='payments_hold_once'),
        ),
        migrations.AddConstraint(
            model_name='bankhold',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0), ('expires_at__gt', models.F('held_at'))), name='payments_hold_amount'),
        ),
        migrations.AddConstraint(
            model_name='bankhold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'HELD')), models.Q(models.Q(('state', 'HELD'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='payments_hold_closed'),
        ),
        migrations.AddConstraint(
            model_name='bankroute',
            constraint=models.UniqueConstraint(fields=('bank', 'kind', 'ref'), name='payments_route_once'),
        ),
        migrations.AddConstraint(
            model_name='collectionpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('hold_seconds__gte', 10), ('hold_seconds__lte', 86400)), name='payments_policy_hold'),
        ),
        migrations.AddField(
            model_name='partnercall',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.partner'),
        ),
        migrations.AddField(
            model_name='partnercutoff',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cut_offs', to='payments.partner'),
        ),
        migrations.AddField(
            model_name='partnerkey',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='payments.partner'),
        ),
        migrations.AddField(
            model_name='partnerminute',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.partner'),
        ),
        migrations.AddField(
            model_name='partnernonce',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.partner'),
        ),
        migrations.AddConstraint(
            model_name='bankday',
            constraint=models.UniqueConstraint(fields=('partner', 'day'), name='payments_bank_day_once'),
        ),
        migrations.AddConstraint(
            model_name='bankdayline',
            constraint=models.UniqueConstraint(fields=('partner', 'day', 'txn_id'), name='payments_day_line_once'),
        ),
        migrations.AddConstraint(
            model_name='bankdayline',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='payments_day_line_amount'),
        ),
        migrations.AddIndex(
            model_name='partnercall',
            index=models.Index(fields=['partner', '-id'], name='payments_call_newest'),
        ),
        migrations.AddIndex(
            model_name='partnercall',
            index=models.Index(condition=models.Q(('code', '00'), _negated=True), fields=['partner', '-id'], name='payments_call_failed'),
        ),
        migrations.AddIndex(
            model_name='partnercall',
            index=models.Index(fields=['at'], name='payments_call_at'),
        ),
        migrations.AddConstraint(
            model_name='partnercutoff',
            constraint=models.UniqueConstraint(fields=('partner', 'valid_from'), name='payments_cut_off_once'),
        ),
        migrations.AddConstraint(
            model_name='partnerkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'HMAC'), ('public_key', ''), models.Q(('secret_sealed', b''), _negated=True)), models.Q(('kind', 'ED25519'), ('public_key__regex', '^[0-9a-f]{64}$'), ('secret_sealed', b'')), _connector='OR'), name='payments_key_material'),
        ),
        migrations.AddConstraint(
            model_name='partnerkey',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='payments_key_period'),
        ),
        migrations.AddConstraint(
            model_name='partnerminute',
            constraint=models.UniqueConstraint(fields=('partner', 'minute'), name='payments_minute_once'),
        ),
        migrations.AddIndex(
            model_name='partnernonce',
            index=models.Index(fields=['at'], name='payments_nonce_at'),
        ),
        migrations.AddConstraint(
            model_name='partnernonce',
            constraint=models.UniqueConstraint(fields=('partner', 'nonce'), name='payments_nonce_once'),
        ),
    ]
