"""A password an administrator set is changed at the first sign-in; nobody who has one today is asked to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("companies", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="staff", name="must_change_password", field=models.BooleanField(default=False)
        ),
    ]
