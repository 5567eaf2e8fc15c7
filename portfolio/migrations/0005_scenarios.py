import django.core.validators
import django.db.models.deletion
import portfolio.models.fields
from decimal import Decimal
from django.apps import apps as live_apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def extend_roles(apps, schema_editor):
    """Who works on the programme makes scenarios; an Administrator may change those of others."""
    create_permissions(
        live_apps.get_app_config("portfolio"), apps=apps, verbosity=0, using=schema_editor.connection.alias
    )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")

    def permissions(*codenames):
        return Permission.objects.filter(codename__in=codenames, content_type__app_label="portfolio")

    for role in Group.objects.filter(name__in=["Officer", "Editor", "Administrator"]):
        role.permissions.add(*permissions("add_scenario", "change_scenario", "delete_scenario"))
    for role in Group.objects.filter(name="Administrator"):
        role.permissions.add(*permissions("change_any_scenario"))


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0004_alerts'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Scenario',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=255, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9._-]*\\Z', 'Use letters, digits, dots, hyphens and underscores, beginning with a letter or a digit.')], verbose_name='slug')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-changed_at', 'slug'],
                'permissions': [('change_any_scenario', 'Can change scenarios of others')],
            },
        ),
        migrations.CreateModel(
            name='ScenarioChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('kind', models.CharField(choices=[('sign_contribution', 'Sign a contribution'), ('cancel_contribution', 'Cancel a contribution'), ('add_contribution', 'Add a contribution'), ('change_cost', 'Change the cost of a project'), ('drop_project', 'Drop a project'), ('set_stage', 'Put a project at a stage'), ('set_figure', 'Set a published figure'), ('set_envelope_amount', 'Set the amount of an envelope'), ('add_chips', 'Add chips to a project')], max_length=19, verbose_name='kind')),
                ('project', models.CharField(blank=True, max_length=255, verbose_name='project')),
                ('contribution', models.CharField(blank=True, max_length=255, verbose_name='contribution')),
                ('envelope', models.CharField(blank=True, max_length=255, verbose_name='envelope')),
                ('financier', models.CharField(blank=True, max_length=255, verbose_name='financier')),
                ('chip_model', models.CharField(blank=True, max_length=255, verbose_name='chip model')),
                ('instrument', models.CharField(blank=True, choices=[('grant', 'Grant'), ('national_contribution', 'National contribution'), ('loan', 'Loan'), ('guarantee', 'Guarantee'), ('equity', 'Equity'), ('quasi_equity', 'Quasi-equity'), ('venture_debt', 'Venture debt'), ('commercial_debt', 'Commercial debt'), ('in_kind', 'In kind')], max_length=21, verbose_name='instrument')),
                ('state', models.CharField(blank=True, choices=[('announced', 'Announced'), ('under_appraisal', 'Under appraisal'), ('approved', 'Approved'), ('signed', 'Signed'), ('disbursed', 'Disbursed'), ('cancelled', 'Cancelled')], max_length=15, verbose_name='state')),
                ('stage', models.CharField(blank=True, choices=[('idea', 'Idea'), ('expression_of_interest', 'Expression of interest'), ('proposal', 'Proposal'), ('selected', 'Selected'), ('hosting_agreement', 'Hosting agreement'), ('financial_close', 'Financial close'), ('procurement', 'Procurement'), ('construction', 'Construction'), ('operational', 'Operational'), ('not_selected', 'Not selected'), ('withdrawn', 'Withdrawn')], max_length=22, verbose_name='stage')),
                ('status', models.CharField(blank=True, choices=[('planned', 'Planned'), ('contracted', 'Contracted'), ('installed', 'Installed'), ('operational', 'Operational')], max_length=11, verbose_name='status')),
                ('figure', models.CharField(blank=True, choices=[('gigafactory_limit', 'Gigafactories, at most'), ('chips_per_gigafactory', 'Chips in each gigafactory'), ('chips_vs_existing', 'Chips of a gigafactory over an existing AI factory')], max_length=21, verbose_name='figure')),
                ('amount', portfolio.models.fields.MoneyField(blank=True, null=True, verbose_name='amount')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('percent', portfolio.models.fields.ExactDecimalField(blank=True, max_length=40, null=True, verbose_name='percent')),
                ('value', portfolio.models.fields.ExactDecimalField(blank=True, max_length=40, null=True, verbose_name='value')),
                ('chips', models.BigIntegerField(blank=True, null=True, verbose_name='chips')),
                ('scenario', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='portfolio.scenario')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('scenario', 'position'), name='scenario_change_position'), models.CheckConstraint(condition=models.Q(('kind__in', ['sign_contribution', 'cancel_contribution', 'add_contribution', 'change_cost', 'drop_project', 'set_stage', 'set_figure', 'set_envelope_amount', 'add_chips'])), name='scenario_change_kind'), models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gte', Decimal('0')), _connector='OR'), name='scenario_amount_not_negative'), models.CheckConstraint(condition=models.Q(('chips', None), ('chips__gte', 0), _connector='OR'), name='scenario_chips_in_range')],
            },
        ),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
