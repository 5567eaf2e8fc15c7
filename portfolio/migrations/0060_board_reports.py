import django.db.models.deletion
import uuid
from django.apps import apps as live_apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

ROLES = ("Officer", "Editor", "Administrator")


def extend_roles(apps, schema_editor):
    """Those who may publish results make board reports."""
    create_permissions(
        live_apps.get_app_config("portfolio"), apps=apps, verbosity=0, using=schema_editor.connection.alias
    )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for role in Group.objects.filter(name__in=ROLES):
        role.permissions.add(
            *Permission.objects.filter(codename="add_boardreport", content_type__app_label="portfolio")
        )


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0031_roles_of_proposals'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BoardReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='key')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('sections', models.JSONField(verbose_name='sections')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('since', models.DateField(blank=True, null=True, verbose_name='changes since')),
                ('publication', models.CharField(blank=True, max_length=255, verbose_name='publication')),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Being made'), ('ready', 'Ready'), ('failed', 'Failed'), ('expired', 'Expired')], default='queued', max_length=7, verbose_name='state')),
                ('message', models.TextField(blank=True, verbose_name='message')),
                ('section', models.CharField(blank=True, max_length=80, verbose_name='section being made')),
                ('sections_done', models.PositiveSmallIntegerField(default=0, verbose_name='sections done')),
                ('data_version', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='data version')),
                ('pages', models.PositiveIntegerField(blank=True, null=True, verbose_name='pages')),
                ('size', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='bytes')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('created_at', models.DateTimeField(verbose_name='asked for at')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires at')),
                ('attempt', models.PositiveIntegerField(default=0, verbose_name='attempt')),
                ('deaths', models.PositiveIntegerField(default=0, verbose_name='attempts whose worker went away')),
                ('worked_on_at', models.DateTimeField(blank=True, null=True, verbose_name='worked on at')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='board_reports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'default_permissions': ('add',),
                'indexes': [models.Index(fields=['owner', 'state'], name='board_report_by_owner'), models.Index(fields=['state', 'worked_on_at'], name='board_report_by_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'ready', 'failed', 'expired'])), name='board_report_state')],
            },
        ),
        migrations.CreateModel(
            name='BoardReportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pdf', models.BinaryField(verbose_name='PDF')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='file', to='portfolio.boardreport')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
