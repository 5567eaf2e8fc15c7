import django.db.models.deletion
import portfolio.models.fields
from django.db import migrations, models


def forget_results(apps, schema_editor):
    """Results are computed again, since what stands behind them is kept by date from now on."""
    apps.get_model("portfolio", "ResultSet").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0002_roles'),
    ]

    operations = [
        migrations.RunPython(forget_results, migrations.RunPython.noop),
        migrations.DeleteModel(
            name='ProjectRollup',
        ),
        migrations.DeleteModel(
            name='EnvelopeRollup',
        ),
        migrations.DeleteModel(
            name='EnvelopeTotal',
        ),
        migrations.DeleteModel(
            name='PortfolioTotal',
        ),
        migrations.CreateModel(
            name='FactChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveBigIntegerField(db_index=True)),
                ('since', models.DateField(null=True)),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.project')),
            ],
        ),
        migrations.CreateModel(
            name='EnvelopeRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('announced_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='announced')),
                ('under_appraisal_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='under appraisal')),
                ('approved_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='approved')),
                ('signed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed')),
                ('disbursed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='disbursed')),
                ('counted_lines', models.PositiveIntegerField(default=0)),
                ('counted_signed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, counted lines')),
                ('amount_unknown', models.BooleanField(default=False)),
                ('no_exchange_rate', models.BooleanField(default=False)),
                ('envelope', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.envelope')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.project')),
                ('result_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.resultset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('result_set', 'project', 'envelope'), name='envelope_rollup_row')],
            },
        ),
        migrations.CreateModel(
            name='EnvelopeTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('announced_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='announced')),
                ('under_appraisal_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='under appraisal')),
                ('approved_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='approved')),
                ('signed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed')),
                ('disbursed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='disbursed')),
                ('amount_unknown', models.PositiveIntegerField(default=0)),
                ('no_exchange_rate', models.PositiveIntegerField(default=0)),
                ('gross_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='gross mobilised')),
                ('mobilised_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='mobilised')),
                ('attributed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='attributed')),
                ('counted_signed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, counted lines')),
                ('counted_no_cost_estimate', models.PositiveIntegerField(default=0)),
                ('counted_no_exchange_rate', models.PositiveIntegerField(default=0)),
                ('envelope', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.envelope')),
                ('result_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.resultset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('result_set', 'envelope'), name='envelope_total_row')],
            },
        ),
        migrations.CreateModel(
            name='PortfolioTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=8)),
                ('need_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='need')),
                ('secured_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='secured')),
                ('secured_of_needed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='secured, of projects with a need')),
                ('without_need', models.PositiveIntegerField(default=0)),
                ('result_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.resultset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('result_set', 'scope'), name='portfolio_total_row')],
            },
        ),
        migrations.CreateModel(
            name='ProjectRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('announced_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='announced')),
                ('under_appraisal_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='under appraisal')),
                ('approved_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='approved')),
                ('signed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed')),
                ('disbursed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='disbursed')),
                ('guaranteed_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='guaranteed')),
                ('signed_eu_budget_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, EU budget')),
                ('signed_eib_group_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, EIB Group')),
                ('signed_participating_state_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, participating states')),
                ('signed_other_public_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, other public')),
                ('signed_private_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, private')),
                ('signed_in_envelopes_eur', portfolio.models.fields.EuroSumField(default=0, verbose_name='signed, with an envelope')),
                ('amount_unknown', models.BooleanField(default=False)),
                ('no_exchange_rate', models.BooleanField(default=False)),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.project')),
                ('result_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.resultset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('result_set', 'project'), name='project_rollup_row')],
            },
        ),
    ]
