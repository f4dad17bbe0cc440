"""Cases behind a figure, the latest closed or energised first, without reading everybody's."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests', '0007_finding'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['-closed_at', 'id'], name='request_closed'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('energised_at__isnull', False)), fields=['-energised_at', 'id'], name='request_energised'),
        ),
    ]
