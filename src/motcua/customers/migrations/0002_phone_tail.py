"""An index for finding a customer by the end of their number."""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Reverse


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                OpClass(Reverse("phone"), name="text_pattern_ops"),
                condition=models.Q(("phone", ""), _negated=True),
                name="customer_phone_tail",
            ),
        ),
    ]
