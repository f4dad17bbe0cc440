"""Who signs a unit's contracts, and by what power."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("companies", "0002_must_change_password")]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="representative",
            field=models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="unit",
            name="representative_title",
            field=models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="unit",
            name="authorisation_number",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(model_name="unit", name="authorisation_date", field=models.DateField(null=True)),
    ]
