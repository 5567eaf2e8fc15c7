from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0090_results_by_their_constraints")]

    operations = [
        migrations.AddField(
            "resultset",
            "asked_at",
            models.DateTimeField(editable=False, null=True, verbose_name="asked for"),
        ),
    ]
