"""How fast a channel's account may be called."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0011_talk")]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("channel", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
            ],
        ),
    ]
