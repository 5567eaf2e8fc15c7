"""The threshold of approval, off at first, and what each of the five roles may do with proposals."""

from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

SEES = ("view_proposal", "view_reviewthreshold")
ROLES = {
    "Viewer": SEES,
    "Officer": SEES,
    "Analyst": SEES,
    "Editor": (*SEES, "decide_proposal"),
    "Administrator": (*SEES, "decide_proposal", "change_reviewthreshold", "add_reviewthreshold"),
}


def make_threshold(apps, schema_editor):
    apps.get_model("portfolio", "ReviewThreshold").objects.create()


def extend_roles(apps, schema_editor):
    create_permissions(
        live_apps.get_app_config("portfolio"), apps=apps, verbosity=0, using=schema_editor.connection.alias
    )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        role = Group.objects.filter(name=name).first()
        if role is not None:
            role.permissions.add(
                *Permission.objects.filter(codename__in=codenames, content_type__app_label="portfolio")
            )


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0030_proposals")]
    operations = [
        migrations.RunPython(make_threshold, migrations.RunPython.noop),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
