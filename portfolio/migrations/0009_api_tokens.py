import django.db.models.deletion
from django.apps import apps as live_apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

TOKENS = {("portfolio", "add_apitoken")}
OVERSIGHT = {
    ("portfolio", "view_apitoken"),
    ("portfolio", "revoke_apitoken"),
    ("portfolio", "view_accesschange"),
    ("axes", "view_accesslog"),
    ("axes", "view_accessfailurelog"),
    ("axes", "view_accessattempt"),
    ("axes", "delete_accessattempt"),
}
ROLES = {"Officer": TOKENS, "Analyst": TOKENS, "Editor": TOKENS, "Administrator": TOKENS | OVERSIGHT}


def extend_roles(apps, schema_editor):
    """Who works with the figures makes tokens; Administrators see who may do what, and who signed in."""
    for label in ("portfolio", "axes"):
        create_permissions(
            live_apps.get_app_config(label), apps=apps, verbosity=0, using=schema_editor.connection.alias
        )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for role in Group.objects.filter(name__in=ROLES):
        for label, codename in ROLES[role.name]:
            role.permissions.add(
                *Permission.objects.filter(codename=codename, content_type__app_label=label)
            )


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0008_folded_names'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('axes', '0010_accessattemptexpiration'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(db_index=True, verbose_name='changed at')),
                ('changed_by', models.CharField(blank=True, max_length=150, verbose_name='changed by')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='address')),
                ('kind', models.CharField(choices=[('account_added', 'Account added'), ('account_changed', 'Account changed'), ('account_removed', 'Account removed'), ('password_changed', 'Password changed'), ('role_added', 'Role added'), ('role_changed', 'Role changed'), ('role_removed', 'Role removed'), ('token_made', 'API token made'), ('token_revoked', 'API token revoked')], max_length=20, verbose_name='what')),
                ('subject', models.CharField(db_index=True, max_length=150, verbose_name='account or role')),
                ('detail', models.TextField(blank=True, verbose_name='detail')),
            ],
            options={
                'ordering': ['-changed_at', '-id'],
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['account_added', 'account_changed', 'account_removed', 'password_changed', 'role_added', 'role_changed', 'role_removed', 'token_made', 'token_revoked'])), name='access_change_kind')],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('prefix', models.CharField(max_length=20, unique=True, verbose_name='prefix')),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256 of the secret')),
                ('scope', models.CharField(choices=[('read', 'Read'), ('download', 'Read and download')], max_length=20, verbose_name='scope')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('last_used_at', models.DateTimeField(blank=True, null=True, verbose_name='last used at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API token',
                'ordering': ['-created_at', '-id'],
                'permissions': [('revoke_apitoken', 'Can revoke the API token of anybody')],
                'default_permissions': ('add', 'view'),
            },
        ),
        migrations.CreateModel(
            name='ApiTokenUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('used_on', models.DateField(verbose_name='used on')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='address')),
                ('first_used_at', models.DateTimeField(verbose_name='first used at')),
                ('last_used_at', models.DateTimeField(verbose_name='last used at')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='portfolio.apitoken')),
            ],
            options={
                'ordering': ['-last_used_at', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('scope__in', ['read', 'download'])), name='api_token_scope'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='api_token_expires_later'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('owner', 'name'), name='api_token_name_once'),
        ),
        migrations.AddConstraint(
            model_name='apitokenuse',
            constraint=models.UniqueConstraint(fields=('token', 'used_on', 'address'), name='api_token_use_once_a_day'),
        ),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
