"""Money in suspense may be sent back; settled cases are listed newest first."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_walls")]

    operations = [
        migrations.AlterField(
            model_name="suspensecase",
            name="resolution",
            field=models.CharField(
                blank=True,
                choices=[
                    ("CHARGE", "Charge"),
                    ("CREDIT", "Credit"),
                    ("RETURNED", "Returned"),
                    ("REVERSED", "Reversed"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="allocation",
            name="target",
            field=models.CharField(
                choices=[
                    ("CHARGE", "Charge"),
                    ("CREDIT", "Credit"),
                    ("SUSPENSE", "Suspense"),
                    ("RETURN", "Return"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="suspensecase",
            index=models.Index(
                fields=["-closed_at", "-id"], name="payments_case_closed_at", condition=Q(state="CLOSED")
            ),
        ),
    ]
