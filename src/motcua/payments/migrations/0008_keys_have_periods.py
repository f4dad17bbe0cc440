"""The secret of a bank stands with its keys now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_bank_walls")]

    operations = [migrations.RemoveField(model_name="partner", name="secret_sealed")]
