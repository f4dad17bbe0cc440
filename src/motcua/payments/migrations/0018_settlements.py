"""Settlements of wallets and gateways; what a provider wrote stays, and is brought by one line of the bank, once."""

import django.db.models.deletion
from django.db import migrations, models


GUARD = """
CREATE FUNCTION payments_guard_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.line_id IS NOT NULL OR NOT OLD.is_accepted OR (OLD.id, OLD.file_id, OLD.gateway, OLD.provider_id,
        OLD.from_date, OLD.to_date, OLD.rows_count, OLD.amount_vnd, OLD.fee_vnd, OLD.content_sha256, OLD.is_accepted)
       IS DISTINCT FROM (NEW.id, NEW.file_id, NEW.gateway, NEW.provider_id, NEW.from_date, NEW.to_date, NEW.rows_count,
        NEW.amount_vnd, NEW.fee_vnd, NEW.content_sha256, NEW.is_accepted) THEN
        RAISE EXCEPTION 'what a provider settled is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_settlement_guard BEFORE UPDATE OR DELETE ON payments_gatewaysettlement
    FOR EACH ROW EXECUTE FUNCTION payments_guard_settlement();
"""

UNDO = """
DROP TRIGGER payments_settlement_guard ON payments_gatewaysettlement;
DROP FUNCTION payments_guard_settlement();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0017_wallet_refunds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='difference',
            name='kind',
            field=models.CharField(choices=[('MISSING_HERE', 'Missing Here'), ('PERHAPS_SAME', 'Perhaps Same'), ('MISSING_THERE', 'Missing There'), ('AMOUNT_DIFFERS', 'Amount Differs'), ('DOUBLED', 'Doubled'), ('OTHER_DAY', 'Other Day'), ('FEE', 'Fee'), ('UNKNOWN_DEBIT', 'Unknown Debit'), ('NOT_BOOKED', 'Not Booked'), ('LUMP_OPEN', 'Lump Open'), ('NO_STATEMENT', 'No Statement'), ('STATEMENT_GONE', 'Statement Gone'), ('FILE_UNKNOWN', 'File Unknown'), ('FILE_MISSING', 'File Missing'), ('FILE_AMOUNT', 'File Amount'), ('FILE_OPEN', 'File Open')], max_length=14),
        ),
        migrations.CreateModel(
            name='GatewaySettlement',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('gateway', models.CharField(max_length=16)),
                ('provider_id', models.CharField(max_length=60)),
                ('from_date', models.DateField(null=True)),
                ('to_date', models.DateField(null=True)),
                ('rows_count', models.PositiveIntegerField()),
                ('amount_vnd', models.BigIntegerField()),
                ('fee_vnd', models.BigIntegerField()),
                ('content_sha256', models.CharField(max_length=64)),
                ('is_accepted', models.BooleanField()),
                ('faults', models.JSONField(default=list)),
                ('came_at', models.DateTimeField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='payments.statementfile')),
                ('line', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='payments.statementline')),
            ],
        ),
        migrations.CreateModel(
            name='SettledPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField()),
                ('gateway', models.CharField(max_length=16)),
                ('txn_id', models.CharField(max_length=64)),
                ('own_ref', models.CharField(blank=True, max_length=64)),
                ('is_refund', models.BooleanField(default=False)),
                ('amount_vnd', models.BigIntegerField()),
                ('fee_vnd', models.BigIntegerField(default=0)),
                ('paid_on', models.DateField()),
                ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='payments.gatewaysettlement')),
            ],
        ),
        migrations.AddIndex(
            model_name='gatewaysettlement',
            index=models.Index(fields=['-came_at', '-id'], name='payments_settlement_newest'),
        ),
        migrations.AddConstraint(
            model_name='gatewaysettlement',
            constraint=models.UniqueConstraint(condition=models.Q(('is_accepted', True)), fields=('gateway', 'provider_id'), name='payments_settlement_once'),
        ),
        migrations.AddConstraint(
            model_name='gatewaysettlement',
            constraint=models.CheckConstraint(condition=models.Q(('is_accepted', True), models.Q(('is_accepted', False), ('line__isnull', True)), _connector='OR'), name='payments_settlement_line'),
        ),
        migrations.AddConstraint(
            model_name='settledpayment',
            constraint=models.UniqueConstraint(fields=('gateway', 'txn_id', 'is_refund'), name='payments_settled_once'),
        ),
        migrations.AddConstraint(
            model_name='settledpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='payments_settled_amount'),
        ),
        migrations.RunSQL(GUARD, UNDO, hints={"national": False}),
    ]
