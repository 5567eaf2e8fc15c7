from django.db import migrations, models

# As Django named them.
INDICES = {
    "chipcomparison": "portfolio_chipcomparison_result_set_id_874f74be",
    "envelopeutilisation": "portfolio_envelopeutilisation_result_set_id_d4977d2d",
    "portfoliosummary": "portfolio_portfoliosummary_result_set_id_cdccbfde",
    "projectcoverage": "portfolio_projectcoverage_result_set_id_c4d254ef",
}


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0089_projects_grouped")]

    # Dropping an index takes a moment. To alter the field, Django would make its constraint again, and check
    # every row for that while nobody writes.
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX IF EXISTS {index}",
                    f"CREATE INDEX {index} ON portfolio_{table} (result_set_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    table,
                    "result_set",
                    models.ForeignKey(
                        "portfolio.resultset",
                        models.CASCADE,
                        related_name="%(class)s_rows",
                        db_index=False,
                    ),
                )
            ],
        )
        for table, index in INDICES.items()
    ]
