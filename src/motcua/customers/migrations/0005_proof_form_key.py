from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_data_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='proofcode',
            name='form_key',
            field=models.CharField(blank=True, default='', max_length=64),
            preserve_default=False,
        ),
    ]
