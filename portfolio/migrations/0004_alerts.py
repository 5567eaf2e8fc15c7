import django.core.validators
import django.db.models.deletion
import portfolio.models.fields
import simple_history.models
from decimal import Decimal
from django.apps import apps as live_apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

# Kind, stage, value, unit, note.
THRESHOLDS = [
    ("eib_group_share", "", "0.5", "share", "The EIB Group lends at most half of what a project costs."),
    ("rate_too_old", "", "10", "days", "Between the day of the rate that was used and the day of the amount."),
    ("coverage_below_expectation", "selected", "0", "share", "Signed money over need; 0 expects nothing."),
    ("coverage_below_expectation", "hosting_agreement", "0.5", "share", "Signed money over need."),
    ("coverage_below_expectation", "financial_close", "0.9", "share", "Signed money over need."),
    ("coverage_below_expectation", "procurement", "0.9", "share", "Signed money over need."),
    ("coverage_below_expectation", "construction", "0.95", "share", "Signed money over need."),
    ("coverage_below_expectation", "operational", "0.95", "share", "Signed money over need."),
    ("places_used_up", "", "0", "places", "As many free places, or fewer."),
    ("milestone_overdue", "", "0", "days", "More days than this after the day on which it was due."),
    ("source_outdated", "", "365", "days", "More days than this since the newest source of a selected project."),
    ("results_unverified", "", "2", "days", "More days than this since the last verification."),
]
OFFICERS = ["Officer", "Editor", "Administrator"]


def seed_thresholds(apps, schema_editor):
    AlertThreshold = apps.get_model("portfolio", "AlertThreshold")
    AlertThreshold.objects.bulk_create(
        AlertThreshold(kind=kind, key=key, value=value, unit=unit, note=note)
        for kind, key, value, unit, note in THRESHOLDS
    )


def extend_roles(apps, schema_editor):
    """All roles see alerts; who works on the programme acknowledges; an Administrator sets thresholds."""
    create_permissions(
        live_apps.get_app_config("portfolio"), apps=apps, verbosity=0, using=schema_editor.connection.alias
    )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")

    def permissions(*codenames):
        return Permission.objects.filter(codename__in=codenames, content_type__app_label="portfolio")

    for role in Group.objects.filter(name__in=["Viewer", "Officer", "Analyst", "Editor", "Administrator"]):
        role.permissions.add(*permissions("view_alert", "view_alertthreshold"))
    for role in Group.objects.filter(name__in=OFFICERS):
        role.permissions.add(*permissions("acknowledge_alert"))
    for role in Group.objects.filter(name="Administrator"):
        role.permissions.add(*permissions("change_alertthreshold"))


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0003_past_dates'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertThreshold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('envelope_over_allocated', 'Envelope over-allocated'), ('eu_share_above_maximum', 'EU share of the need above the published maximum'), ('state_share_below_eu_share', 'Participating state below the EU share'), ('disbursed_above_signed', 'Disbursed above signed'), ('signed_above_approved', 'Signed above approved'), ('signed_at_ended_project', 'Signed money at a project that ended'), ('eib_group_share', 'EIB Group above its share of the need'), ('eu_money_above_maximum', 'EU money above the published maximum'), ('rate_too_old', 'Exchange rate older than its amount'), ('coverage_below_expectation', 'Coverage below what its stage expects'), ('places_used_up', 'Gigafactory places used up'), ('milestone_overdue', 'Milestone overdue'), ('need_missing', 'Need missing'), ('rate_missing', 'Exchange rate missing'), ('chips_unknown', 'Chip count or model unknown'), ('source_outdated', 'Newest source outdated'), ('figure_contradicted', 'Published figure contradicted by a newer source'), ('mobilisation_behind', 'Mobilisation behind its straight line'), ('recompute_failed', 'Recomputation failed'), ('results_unverified', 'Results unverified')], max_length=30, verbose_name='kind')),
                ('key', models.CharField(blank=True, help_text='Empty: whatever the stage.', max_length=22, verbose_name='stage')),
                ('value', portfolio.models.fields.ExactDecimalField(max_length=40, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='value')),
                ('unit', models.CharField(max_length=20, verbose_name='unit')),
                ('note', models.TextField(blank=True, verbose_name='note')),
            ],
            options={
                'ordering': ['kind', 'key'],
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='one_threshold_a_kind_and_stage'), models.CheckConstraint(condition=models.Q(('kind__in', ['envelope_over_allocated', 'eu_share_above_maximum', 'state_share_below_eu_share', 'disbursed_above_signed', 'signed_above_approved', 'signed_at_ended_project', 'eib_group_share', 'eu_money_above_maximum', 'rate_too_old', 'coverage_below_expectation', 'places_used_up', 'milestone_overdue', 'need_missing', 'rate_missing', 'chips_unknown', 'source_outdated', 'figure_contradicted', 'mobilisation_behind', 'recompute_failed', 'results_unverified'])), name='alert_threshold_kind')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalAlertThreshold',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('envelope_over_allocated', 'Envelope over-allocated'), ('eu_share_above_maximum', 'EU share of the need above the published maximum'), ('state_share_below_eu_share', 'Participating state below the EU share'), ('disbursed_above_signed', 'Disbursed above signed'), ('signed_above_approved', 'Signed above approved'), ('signed_at_ended_project', 'Signed money at a project that ended'), ('eib_group_share', 'EIB Group above its share of the need'), ('eu_money_above_maximum', 'EU money above the published maximum'), ('rate_too_old', 'Exchange rate older than its amount'), ('coverage_below_expectation', 'Coverage below what its stage expects'), ('places_used_up', 'Gigafactory places used up'), ('milestone_overdue', 'Milestone overdue'), ('need_missing', 'Need missing'), ('rate_missing', 'Exchange rate missing'), ('chips_unknown', 'Chip count or model unknown'), ('source_outdated', 'Newest source outdated'), ('figure_contradicted', 'Published figure contradicted by a newer source'), ('mobilisation_behind', 'Mobilisation behind its straight line'), ('recompute_failed', 'Recomputation failed'), ('results_unverified', 'Results unverified')], max_length=30, verbose_name='kind')),
                ('key', models.CharField(blank=True, help_text='Empty: whatever the stage.', max_length=22, verbose_name='stage')),
                ('value', portfolio.models.fields.ExactDecimalField(max_length=40, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='value')),
                ('unit', models.CharField(max_length=20, verbose_name='unit')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical alert threshold',
                'verbose_name_plural': 'historical alert thresholds',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=600)),
                ('kind', models.CharField(choices=[('envelope_over_allocated', 'Envelope over-allocated'), ('eu_share_above_maximum', 'EU share of the need above the published maximum'), ('state_share_below_eu_share', 'Participating state below the EU share'), ('disbursed_above_signed', 'Disbursed above signed'), ('signed_above_approved', 'Signed above approved'), ('signed_at_ended_project', 'Signed money at a project that ended'), ('eib_group_share', 'EIB Group above its share of the need'), ('eu_money_above_maximum', 'EU money above the published maximum'), ('rate_too_old', 'Exchange rate older than its amount'), ('coverage_below_expectation', 'Coverage below what its stage expects'), ('places_used_up', 'Gigafactory places used up'), ('milestone_overdue', 'Milestone overdue'), ('need_missing', 'Need missing'), ('rate_missing', 'Exchange rate missing'), ('chips_unknown', 'Chip count or model unknown'), ('source_outdated', 'Newest source outdated'), ('figure_contradicted', 'Published figure contradicted by a newer source'), ('mobilisation_behind', 'Mobilisation behind its straight line'), ('recompute_failed', 'Recomputation failed'), ('results_unverified', 'Results unverified')], max_length=30)),
                ('severity', models.PositiveSmallIntegerField(choices=[(1, 'Critical'), (2, 'Warning'), (3, 'Notice')])),
                ('subject', models.CharField(choices=[('portfolio', 'Portfolio'), ('programme', 'Programme'), ('envelope', 'Envelope'), ('project', 'Project'), ('contribution', 'Contribution')], max_length=12)),
                ('subject_key', models.CharField(blank=True, max_length=255)),
                ('subject_name', models.TextField(blank=True)),
                ('sentence', models.TextField()),
                ('measured', models.CharField(blank=True, max_length=60)),
                ('threshold', models.CharField(blank=True, max_length=60)),
                ('first_seen_at', models.DateTimeField(verbose_name='first seen')),
                ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
                ('resolved_at', models.DateTimeField(null=True, verbose_name='resolved')),
                ('acknowledged_at', models.DateTimeField(null=True, verbose_name='acknowledged')),
                ('acknowledgement_note', models.TextField(blank=True, verbose_name='note')),
                ('acknowledged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acknowledged by')),
                ('envelope', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to='portfolio.envelope')),
                ('project', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to='portfolio.project')),
            ],
            options={
                'ordering': ['-id'],
                'permissions': [('acknowledge_alert', 'Can acknowledge alerts')],
                'indexes': [models.Index(condition=models.Q(('resolved_at', None)), fields=['project'], name='open_alert_by_project'), models.Index(condition=models.Q(('resolved_at', None)), fields=['severity', '-first_seen_at', '-id'], name='open_alert_by_severity'), models.Index(condition=models.Q(('acknowledged_at', None), ('resolved_at', None)), fields=['severity', '-first_seen_at', '-id'], name='alert_to_acknowledge'), models.Index(condition=models.Q(('resolved_at__isnull', False)), fields=['-resolved_at', '-id'], name='alert_by_resolution')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('key',), name='one_open_alert_a_key'), models.CheckConstraint(condition=models.Q(('kind__in', ['envelope_over_allocated', 'eu_share_above_maximum', 'state_share_below_eu_share', 'disbursed_above_signed', 'signed_above_approved', 'signed_at_ended_project', 'eib_group_share', 'eu_money_above_maximum', 'rate_too_old', 'coverage_below_expectation', 'places_used_up', 'milestone_overdue', 'need_missing', 'rate_missing', 'chips_unknown', 'source_outdated', 'figure_contradicted', 'mobilisation_behind', 'recompute_failed', 'results_unverified'])), name='alert_kind'), models.CheckConstraint(condition=models.Q(('severity__in', [1, 2, 3])), name='alert_severity'), models.CheckConstraint(condition=models.Q(('subject__in', ['portfolio', 'programme', 'envelope', 'project', 'contribution'])), name='alert_subject')],
            },
        ),
        migrations.CreateModel(
            name='AlertEvaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('data_version', models.PositiveBigIntegerField(verbose_name='data version')),
                ('rules_version', models.CharField(max_length=20)),
                ('evaluated_at', models.DateTimeField(verbose_name='evaluated at')),
            ],
        ),
        migrations.RunPython(seed_thresholds, migrations.RunPython.noop),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
