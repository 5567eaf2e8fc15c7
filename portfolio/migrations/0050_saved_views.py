import django.db.models.deletion
import portfolio.models.fields
import uuid
from django.apps import apps as live_apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

ROLES = ["Officer", "Analyst", "Editor", "Administrator"]


def extend_roles(apps, schema_editor):
    """Who works with the figures keeps views of them."""
    create_permissions(
        live_apps.get_app_config("portfolio"), apps=apps, verbosity=0, using=schema_editor.connection.alias
    )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for role in Group.objects.filter(name__in=ROLES):
        role.permissions.add(
            *Permission.objects.filter(codename="add_savedview", content_type__app_label="portfolio")
        )


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0060_board_reports'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='key')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('folded_name', portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('name',), verbose_name='folded name')),
                ('query', models.TextField(blank=True, verbose_name='query')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['folded_name', 'id'],
                'default_permissions': ('add',),
                'constraints': [models.UniqueConstraint(fields=('owner', 'folded_name'), name='one_view_a_name_and_owner')],
            },
        ),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
