"""Make the five roles as groups."""

from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

FACTS = [
    "source",
    "programme",
    "publishedfigure",
    "publishedfigurereading",
    "envelope",
    "memorandum",
    "memorandumaction",
    "financier",
    "project",
    "projectstage",
    "costestimate",
    "contribution",
    "contributionevent",
    "chipmodel",
    "chipdeployment",
    "milestone",
    "exchangerate",
]
RESULTS = ["recomputation", "recomputerequest"]

VIEW = [f"view_{model}" for model in [*FACTS, *RESULTS]]
EDIT = [f"{verb}_{model}" for model in FACTS for verb in ("add", "change", "delete")]
PEOPLE = ["add_user", "change_user", "view_user", "view_group"]

ROLES = {
    "Viewer": VIEW,
    "Officer": VIEW,
    "Analyst": VIEW,
    "Editor": [*VIEW, *EDIT],
    "Administrator": [*VIEW, *EDIT, *PEOPLE],
}


def make_roles(apps, schema_editor):
    # Permissions are made after all migrations have run; these roles need them now.
    for label in ("auth", "portfolio"):
        create_permissions(
            live_apps.get_app_config(label), apps=apps, verbosity=0, using=schema_editor.connection.alias
        )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        role, _ = Group.objects.get_or_create(name=name)
        role.permissions.set(
            Permission.objects.filter(
                codename__in=codenames, content_type__app_label__in=["auth", "portfolio"]
            )
        )


def remove_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("portfolio", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_roles, remove_roles)]
