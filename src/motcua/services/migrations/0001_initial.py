from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='PublishedDeclaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('version', models.PositiveIntegerField()),
                ('content_hash', models.CharField(max_length=64)),
                ('published_at', models.DateTimeField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code', 'version'), name='published_declaration_once'),
                    models.CheckConstraint(condition=models.Q(('content_hash__regex', '^[0-9a-f]{64}$')), name='published_declaration_hash'),
                    models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='published_declaration_version'),
                ],
            },
        ),
    ]
