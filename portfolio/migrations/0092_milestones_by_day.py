from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0091_dates_asked_for")]

    # There are a few milestones a project: the index takes a fraction of a second.
    operations = [
        migrations.AddIndex(
            model_name="milestone",
            index=models.Index(fields=["due_on"], name="milestone_by_due_day"),
        )
    ]
