from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0088_states_by_amount")]

    # There are thousands of projects, not millions: an index takes a moment.
    operations = [
        migrations.AddIndex(
            model_name="project",
            index=models.Index(fields=["kind", "folded_name"], name="project_by_kind"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(fields=["countries", "folded_name"], name="project_by_country"),
        ),
    ]
