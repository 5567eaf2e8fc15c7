"""Thresholds with their first values, and what each of the five roles may do with advice."""

from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

# Key, value, note.
THRESHOLDS = [
    ("received", "30", "A request waits this long for a decision at most."),
    ("accepted", "60", "Between a decision to help and the start of an engagement."),
    ("engagement_started", "365", "Between the start of an engagement and what comes after it."),
    ("ready", "180", "Between being ready and an appraisal."),
    ("under_appraisal", "270", "Between the beginning of an appraisal and an approval."),
    ("approved", "180", "Between an approval and a signature."),
    ("deliverable_overdue", "0", "More days than this after the day on which it was due."),
    ("assessed_at_least", "5", "So many assessed cases stand behind a public figure of readiness, or more."),
]

OPEN = [
    "advisoryprovider",
    "adviser",
    "advisercapacity",
    "advisoryrequest",
    "advisorytriage",
    "advisoryengagement",
    "advisoryworkpackage",
    "advisorydeliverable",
    "readinessscale",
    "readinesscriterion",
]
CONFIDENTIAL = ["advisorymeeting", "advisorynote", "readinessassessment", "readinessscore"]
WORK = ["advisoryrequest", "advisorytriage", "advisoryengagement", "advisoryworkpackage", "advisorydeliverable"]


def may(verbs, models):
    return [f"{verb}_{model}" for verb in verbs for model in models]


SEE = may(["view"], [*OPEN, "advicethreshold"])
ROLES = {
    "Viewer": SEE,
    "Analyst": SEE,
    "Officer": [
        *SEE,
        *may(["add", "change"], [*WORK, "advisoryprovider", "adviser", "advisercapacity"]),
        *may(["view", "add", "change"], CONFIDENTIAL),
    ],
    "Editor": [*SEE, *may(["add", "change", "delete"], OPEN)],
    "Administrator": [
        *SEE,
        *may(["add", "change", "delete"], OPEN),
        *may(["view", "add", "change", "delete"], CONFIDENTIAL),
        "change_advicethreshold",
    ],
}


def seed_thresholds(apps, schema_editor):
    AdviceThreshold = apps.get_model("advisory", "AdviceThreshold")
    AdviceThreshold.objects.bulk_create(
        AdviceThreshold(key=key, value=value, note=note) for key, value, note in THRESHOLDS
    )


def extend_roles(apps, schema_editor):
    create_permissions(
        live_apps.get_app_config("advisory"), apps=apps, verbosity=0, using=schema_editor.connection.alias
    )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        role, _ = Group.objects.get_or_create(name=name)
        role.permissions.add(
            *Permission.objects.filter(codename__in=codenames, content_type__app_label="advisory")
        )


class Migration(migrations.Migration):
    dependencies = [
        ("advisory", "0001_facts"),
        ("portfolio", "0007_publications"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(seed_thresholds, migrations.RunPython.noop),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
