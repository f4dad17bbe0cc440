"""Rules money goes by are changed with four eyes: what is proposed, and who decided."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0018_settlements'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleProposal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('SETTLEMENT', 'Settlement'), ('REFUND_LIMIT', 'Refund Limit'), ('SHEET', 'Sheet')], max_length=12)),
                ('data', models.JSONField()),
                ('state', models.CharField(choices=[('PROPOSED', 'Proposed'), ('AGREED', 'Agreed'), ('REFUSED', 'Refused')], default='PROPOSED', max_length=8)),
                ('proposed_by', models.CharField(max_length=80)),
                ('proposed_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, max_length=80)),
                ('decided_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [models.Index(fields=['state', '-proposed_at'], name='payments_rule_proposal_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by', ''), ('state', 'PROPOSED')), models.Q(models.Q(('state', 'PROPOSED'), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), ('decided_at__isnull', False), ('decided_by__gt', '')), _connector='OR'), name='payments_rule_four_eyes')],
            },
        ),
    ]
