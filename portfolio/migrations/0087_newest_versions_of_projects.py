from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolio", "0072_newest_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # These tables are of a size that an index takes a fraction of a second for.
    operations = [
        migrations.AddIndex(
            model_name=f"historical{name}",
            index=models.Index(fields=["history_date", "history_id"], name=f"{name}_newest"),
        )
        for name in ("chipdeployment", "costestimate", "milestone", "project", "projectstage")
    ]
